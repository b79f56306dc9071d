"""Runs that a worker runs for a server, when the run, the worker or the server goes away meanwhile."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration.house import LINEAGE, House
from tests.integration.station import UNDER_WAY, Station, kill, wait_until
from tests.integration.test_harvest import assert_added_up, configure, small_library

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(560)]


def slow_world(home: House, serve: Callable[..., ApiServer], station: Station) -> tuple[Library, ApiServer]:
    """A harvest that takes some twenty seconds, and its deployment."""
    library = small_library()
    server = serve(*services(library))
    configure(home, server, rate=3)
    parameters = {"config": str(home.folder / "paperhouse.yaml"), "wait_seconds": 60}
    station.deploy(home.folder / "prefect.yaml", slow={"like": "on-demand", "parameters": parameters})
    return library, server


def same_as_undisturbed(home: House, library: Library, tmp_path: Path, station: Station) -> None:
    """All papers are there, row for row as an undisturbed harvest loads them."""
    with ApiServer(services(library)) as server:
        calm = configure(House(tmp_path / "calm", station.settings), server)
        calm.ingest().ok()
    counted = {table: len(rows) for table, rows in calm.content(*LINEAGE).items()}
    assert {table: len(rows) for table, rows in home.content(*LINEAGE).items()} == counted
    calm.close()
    assert_added_up(home)


def test_a_run_and_its_worker_that_are_killed(
    station: Station, home: House, serve: Callable[..., ApiServer], tmp_path: Path
) -> None:
    """First the run alone, then the worker with it: the next run finishes the work, and the UI says what happened."""
    library, server = slow_world(home, serve, station)
    worker = station.start_worker()
    first = station.run("ingest/slow")
    wait_until(lambda: len(server.requests) > 5)
    assert kill(worker.members(), "prefect.engine")
    state = station.ended(first)
    assert (state["type"], state["name"]) == ("CRASHED", "Crashed")
    second, asked = station.run("ingest/slow"), len(server.requests)
    wait_until(lambda: len(server.requests) > asked + 5)
    worker.close()  # and whatever it runs
    assert station.state(second)["type"] == "RUNNING", "nobody was left to say that it died"
    station.start_worker()
    third = station.run("ingest/slow")
    wait_until(lambda: station.state(second)["type"] == "CRASHED" or station.state(third)["type"] not in UNDER_WAY)
    print("the killed run", station.state(second), "the next", station.state(third))
    assert station.state(second)["type"] == "CRASHED"
    assert "the next run took its work up" in station.state(second)["message"]
    assert station.ended(third)["type"] == "COMPLETED"
    assert [run["status"] for run in home.runs()] == ["interrupted", "interrupted", "done"]
    same_as_undisturbed(home, library, tmp_path, station)


def test_a_server_that_stops_in_the_middle_of_a_run(
    station: Station, home: House, serve: Callable[..., ApiServer], tmp_path: Path
) -> None:
    """It comes back after a while, and so does the worker; the next run finishes the work."""
    library, server = slow_world(home, serve, station)
    worker = station.start_worker()
    first = station.run("ingest/slow")
    wait_until(lambda: len(server.requests) > 5)
    station.server.stop()
    asked = len(server.requests)
    time.sleep(10)
    station.server = station.start_server()
    before = station.state(first)["type"]
    print(f"{len(server.requests) - asked} requests were made while the server was away")
    worker.close()
    station.start_worker()
    state = station.ended(station.run("ingest/slow"))
    assert state["type"] == "COMPLETED", state["message"]
    assert station.state(first)["type"] in ("CRASHED", "FAILED", "COMPLETED")
    print(f"the run whose server stopped: {before}, then {station.state(first)}")
    assert {run["status"] for run in home.runs()} <= {"interrupted", "failed", "done"}
    assert home.runs()[-1]["status"] == "done"
    same_as_undisturbed(home, library, tmp_path, station)


def test_a_server_that_takes_no_artifacts(station: Station, home: House, serve: Callable[..., ApiServer]) -> None:
    """What cannot be shown does not fail the run, and the log says so."""
    configure(home, serve(*services(small_library())))
    station.refuse_artifacts()
    home.ingest().ok()
    assert_added_up(home)
    (run,) = station.post("/flow_runs/filter")
    assert run["state"]["type"] == "COMPLETED"
    untold = [line["message"] for line in station.post("/logs/filter") if "did not take" in line["message"]]
    assert any("the report of the run" in line for line in untold)
    assert any("how far the run is" in line for line in untold)


def test_the_old_runs_of_a_server_are_tidied_up(station: Station, home: House) -> None:
    """By default nothing goes; runs of other flows never do."""
    home.configure({"name": "pages", "source": "tomesphere", "path": "pages"})
    (home.folder / "pages").mkdir()
    (home.folder / "pages" / "1.md").write_text("# A page\n\nText.\n", encoding="utf-8")
    home.ingest().ok()
    (ours,) = station.post("/flow_runs/filter")
    theirs = station.post("/flows/", name="another")
    others, old = (
        station.post("/flow_runs/", flow_id=flow_id, state={"type": "COMPLETED"})
        for flow_id in (theirs["id"], ours["flow_id"])
    )
    station.age(100, others["id"], old["id"])
    station.post("/artifacts/", key="progress-old", type="markdown", data="old", flow_run_id=old["id"])
    out = home.run("maintain", "--server-days", "30").ok().out
    assert "server: 1 old flow runs" in out
    assert "nothing was changed (a dry run)" in out
    assert {old["id"], others["id"], ours["id"]} <= {run["id"] for run in station.post("/flow_runs/filter")}
    home.run("maintain", "--server-days", "30", "--apply").ok()
    there = {run["id"] for run in station.post("/flow_runs/filter")}
    assert {ours["id"], others["id"]} <= there
    assert old["id"] not in there
    of_old = {"flow_run_id": {"any_": [old["id"]]}}
    assert station.post("/artifacts/filter", artifacts=of_old) == []
