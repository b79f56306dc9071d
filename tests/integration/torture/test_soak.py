"""Hundreds of runs, one after another, leave no more behind than what they loaded.

PAPERHOUSE_SOAK names a file that keeps what was measured at each run, for ``benchmarks/soak.py`` to draw.
"""

import csv
import itertools
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer, Request, Service
from tests.apis.services import services
from tests.integration.conftest import PrefectServer
from tests.integration.house import House
from tests.integration.station import Station, wait_until
from tests.integration.test_harvest import SEARCH, assert_added_up, configure, day, small_library
from tests.integration.test_succession import memory
from tests.integration.torture import LONG, soaking

pytestmark = [pytest.mark.integration, pytest.mark.timeout(7200)]

RUNS, EVERY = (500, 25) if LONG else (6, 3)
#: Seconds after which no more begin: on a busy machine there are less of them.
SECONDS = 4500
#: The papers of the library that change by turns, so many at each run.
CHANGING, AT_ONCE = range(110, 122), 3
MB = 1_000_000
#: What may have come on top at the end, in MB: a journal a run in landing, caches in memory.
ROOM = {"memory": 40, "build": 4, "snapshots": 8, "landing": 4, "server_memory": 80, "server_database": 40}
#: What is not measured in bytes.
IN_NUMBERS = ("seconds", "open_files", "landed_files")
#: Runs of a worker, so many after so many; how many at the same time, and what it may grow by in the last two thirds.
BATCHES, BATCH, BESIDE, GROWTH = (20, 10, 4, 30) if LONG else (3, 4, 4, 30)
#: The server deletes events after 7 days by itself, looking each hour; here after some minutes.
SOON = {
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "PT2M",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "60",
}

Row = dict[str, float]


def changing(library: Library) -> Service:
    """Answers nothing, but each walk through the results finds other papers changed."""
    numbers, changes = itertools.cycle(CHANGING), itertools.count(1)

    def happen(request: Request) -> None:
        if request.path == SEARCH and request.query["cursorMark"] == ["*"]:
            change = next(changes)
            for number in itertools.islice(numbers, AT_ONCE):
                library.change(f"MED:{number}", day(0), title=f"Paper {number}, change {change}.")

    return happen


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PrefectServer]:
    """A server that serves nobody else where it is measured for long."""
    with ExitStack() as stack:
        if LONG:
            station = Station(tmp_path / "prefect", **SOON)
            stack.callback(station.close)
            pid = station.server.process.pid
            yield PrefectServer(station.settings["PREFECT_API_URL"], station.settings, pid)
        else:
            yield request.getfixturevalue("prefect")


def least(rows: list[Row], what: str) -> float:
    """What stays at least: between two clean-ups things grow and go again."""
    return min(row[what] for row in rows)


@pytest.mark.slow
def test_five_hundred_runs_in_one_process(tmp_path: Path, server: PrefectServer) -> None:
    library = small_library()
    with ApiServer([changing(library), *services(library)]) as apis:
        house = configure(House(tmp_path / "house", server.settings), apis)
        running = house.start_python(soaking.__file__, RUNS, SECONDS, EVERY, server.pid)
        rows: list[Row] = running.wait(SECONDS + 600).ok().json_lines()
        house.close()
    if keep := os.environ.get("PAPERHOUSE_SOAK"):
        with Path(keep).open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)

    assert len(rows) == RUNS or (LONG and len(rows) > 4 * EVERY)
    runs = house.runs()
    assert [run["status"] for run in runs] == ["done"] * len(rows)
    assert [run["loaded"] for run in runs[1:]] == [AT_ONCE] * (len(rows) - 1)
    assert_added_up(house)
    assert_flat(rows)


def assert_flat(rows: list[Row]) -> None:
    """Print what there was early and late, and hold the two against each other."""
    early, late = rows[EVERY : 2 * EVERY] if LONG else rows[1:EVERY], rows[-EVERY:]
    print(f"\n{len(rows)} runs, each with {AT_ONCE} changed papers, maintain after each {EVERY}th:")
    for what in list(rows[0])[1:]:
        unit = 1 if what in IN_NUMBERS else MB
        first, last = (median(row[what] for row in part) / unit for part in (early, late))
        print(f"{what}: {first:.1f} in runs {early[0]['run']:.0f} to {early[-1]['run']:.0f}, {last:.1f} at the end")
    assert least(late, "open_files") <= least(early, "open_files") + 2
    for what, room in ROOM.items():
        assert least(late, what) <= least(early, what) + room * MB, what
    assert median(row["seconds"] for row in late) <= 2 * median(row["seconds"] for row in early) + 1


@pytest.mark.slow
def test_a_worker_through_hundreds_of_runs(station: Station, tmp_path: Path) -> None:
    """Runs whose process ends at once: what it costs the worker to start one is the same whatever the process does.

    Each run makes clients of its own, whose certificates stay in memory until Python's garbage collector comes by.
    """
    pool = {"name": "paperhouse", "job_variables": {"command": "true", "working_dir": "."}}
    station.deploy(tmp_path / "prefect.yaml", idle={"like": "on-demand", "work_pool": pool})
    worker = station.start_worker("--limit", str(BESIDE))
    measured = []
    for _ in range(BATCHES):
        started = [station.run("ingest/idle") for _ in range(BATCH)]
        wait_until(lambda of=started: all(station.state(run)["type"] != "SCHEDULED" for run in of))
        measured.append(tuple(memory(process) / MB for process in (worker, station.server)))
    print(f"\nmemory in MB after each {BATCH} runs by one worker:")
    print("worker:", *(f"{mine:.0f}" for mine, _ in measured))
    print("server:", *(f"{theirs:.0f}" for _, theirs in measured))
    warm, last = measured[BATCHES // 3][0], measured[-1][0]
    assert last - warm < GROWTH
