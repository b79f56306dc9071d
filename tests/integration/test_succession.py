"""Scheduled runs in fast succession: none is lost, they write one after another, and nothing grows.

PAPERHOUSE_LONG=1 waits for thirty of them, instead of five.
"""

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.up import RUNS as AT_ONCE
from tests.apis.library import Library
from tests.apis.records import reference
from tests.apis.server import ApiServer, Request, Service
from tests.apis.services import services
from tests.integration.house import House, Running
from tests.integration.station import UNDER_WAY, Station, wait_until
from tests.integration.test_harvest import (
    ENTITIES,
    SEARCH,
    assert_added_up,
    assert_same,
    configure,
    day,
    small_library,
)

LONG = bool(os.environ.get("PAPERHOUSE_LONG"))
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800 if LONG else 560)]

#: Scheduled runs that are waited for, and the seconds between two: less than a run takes.
RUNS, INTERVAL = (30 if LONG else 5), 3
BEGUN, ENDED = ("PENDING", "RUNNING"), ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
#: After that the server calls a run late.
LATE = timedelta(seconds=15)
#: Seconds for all of them on a busy machine.
PATIENCE = 1500 if LONG else 400
#: What server and worker may grow by in the last two thirds: caches that fill up, not two megabytes for each of twenty.
GROWTH = 40 << 20


def news(library: Library) -> Service:
    """Answers nothing, but each walk through the results finds a new paper and a changed one."""
    numbers = itertools.count(200)

    def happen(request: Request) -> None:
        if request.path == SEARCH and request.query["cursorMark"] == ["*"]:
            number = next(numbers)
            library.add(
                str(number),
                updated=day(0),
                title=f"Paper {number} on water.",
                abstract="Cancer.",
                references=[reference(1)],
                entities=ENTITIES,
            )
            library.change("MED:110", day(0), title=f"Paper 110, changed with {number}.")

    return happen


class Scheduled:
    """The runs of a deployment with a schedule."""

    def __init__(self, station: Station, deployment: str) -> None:
        self.station = station
        self.which = {"deployments": {"name": {"any_": [deployment]}}}

    def count(self, what: str, *states: str) -> int:
        """How many are in one of these states. what: their ``type`` or their ``name``."""
        found: int = self.station.post("/flow_runs/count", flow_runs={"state": {what: {"any_": states}}}, **self.which)
        return found

    def all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.station.post("/flow_runs/filter", limit=200, **self.which)
        return found

    def pause(self) -> None:
        """No more begin; those under way go on."""
        self.station.post(f"/deployments/{self.all()[0]['deployment_id']}/pause_deployment")


def memory(process: Running) -> int:
    """The resident memory of a server or worker itself, without the runs that it started, in bytes."""
    status = Path(f"/proc/{process.process.pid}/status").read_text(encoding="utf-8")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) << 10


def moment(run: dict[str, Any], what: str) -> datetime:
    return datetime.fromisoformat(run[what])


def overlaps(times: list[tuple[Any, Any]]) -> int:
    """How many begin before the one before them has ended."""
    return sum(end > begin for (_, end), (begin, _) in itertools.pairwise(sorted(times)))


def test_runs_that_come_faster_than_they_end(station: Station, home: House, serve: Callable[..., ApiServer]) -> None:
    """They wait for the writer, as `wait_seconds` says, also those that were late before a worker was there."""
    library = small_library()
    server = serve(news(library), *services(library))
    configure(home, server)
    parameters = {"config": str(home.folder / "paperhouse.yaml"), "wait_seconds": 3600}
    schedule = {"slug": "fast", "interval": INTERVAL, "anchor_date": datetime.now(UTC).isoformat()}
    station.deploy(
        home.folder / "prefect.yaml",
        fast={"like": "on-demand", "parameters": parameters, "schedules": [schedule]},
    )
    runs = Scheduled(station, "fast")
    wait_until(lambda: runs.count("name", "Late"))
    worker = station.start_worker("--limit", str(AT_ONCE))
    wait_until(lambda: runs.count("type", *ENDED) >= RUNS // 3, PATIENCE)
    first = [memory(process) for process in (station.server, worker)]
    wait_until(lambda: runs.count("type", *BEGUN, *ENDED) >= RUNS, PATIENCE)
    runs.pause()
    wait_until(lambda: not runs.count("type", *UNDER_WAY), PATIENCE)
    last = [memory(process) for process in (station.server, worker)]
    for name, before, after in zip(("server", "worker"), first, last, strict=True):
        print(f"the {name}: {before >> 20} MB after a third of the runs, {after >> 20} MB after all")

    done = runs.all()
    assert len(done) >= RUNS
    due = sorted(moment(run, "expected_start_time") for run in done)
    assert {after - before for before, after in itertools.pairwise(due)} == {timedelta(seconds=INTERVAL)}, "no gap"
    assert {run["state"]["type"] for run in done} == {"COMPLETED"}, [run["state"] for run in done]
    written = home.runs()
    assert [run["status"] for run in written] == ["done"] * len(done)
    assert {run["flow_run_id"] for run in written} == {run["id"] for run in done}
    assert all(run["loaded"] for run in written), "each had work"
    assert overlaps([(run["started_at"], run["finished_at"]) for run in written]) == 0
    waited = overlaps([(run["start_time"], run["end_time"]) for run in done])
    assert waited, "else nobody had to wait"

    late = sum(moment(run, "start_time") - moment(run, "expected_start_time") > LATE for run in done)
    assert late, "else none was late"
    print(f"{len(done)} runs completed, {late} of them were late, {waited} began while another was under way")
    assert all(after - before < GROWTH for before, after in zip(first, last, strict=True))

    with ApiServer(services(library)) as calm_server:
        calm = configure(House(home.folder.parent / "calm", station.settings), calm_server)
        calm.ingest().ok()
        assert_same(home, server, calm, calm_server)
    assert_added_up(home)
