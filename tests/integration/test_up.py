"""`paperhouse up` from nothing to a green run and back: nothing is left behind, and it can be done again."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services, sources
from tests.integration import samples
from tests.integration.conftest import PrefectServer
from tests.integration.house import House, topic
from tests.integration.samples import article, page, pmcid
from tests.integration.up import PATIENCE, SETTINGS, STOPPED_WITHIN, Up, free_port, start

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(540)]


@pytest.fixture
def furnished(tmp_path: Path) -> Iterator[House]:
    """A house with three papers to load, and no server."""
    house = House(tmp_path / "furnished", SETTINGS)
    samples.write(house.folder / "pages", {"1.md": page(1), "2.md": page(2)})
    samples.write(house.folder / "articles", {"3.xml": article(3)})
    house.configure(topic("pages", "tomesphere", "pages"), topic("articles", "jats", "articles"))
    yield house
    house.close()


def test_from_nothing_to_a_green_run_and_again(furnished: House) -> None:
    up = start(furnished)
    up.wait_until_it_says("run ", "completed: 3 loaded, 0 unchanged, 0 rejected")
    assert furnished.papers() == [pmcid(1), pmcid(2), pmcid(3)]
    assert up.says("server", f"{up.url} answers after", f"log {furnished.data}/logs/server.log")
    assert up.says("worker", f"log {furnished.data}/logs/worker.log")
    assert up.says("deployments", "ingest/nightly", "ingest/on-demand")
    assert up.says("first run", "nothing is loaded yet")
    assert "<title>" in httpx.get(f"{up.url}/", trust_env=False).text
    assert httpx.get(f"{up.url}/ui-settings", trust_env=False).json()["api_url"] == "/api"
    (run,) = up.ingests("COMPLETED")
    assert run["state"]["message"] == "3 loaded, 0 unchanged, 0 rejected"
    assert (furnished.data / "prefect" / "prefect.db").exists()
    up.wait_until_it_says("next", "ingest/nightly", "02:30 UTC, in ")

    second = furnished.run("up", "--port", str(free_port()))
    assert second.code == 1
    assert f"{furnished.data}: `paperhouse up` with {up.url} runs already (process " in second.line
    assert "is up" not in second.out
    up.stop()
    assert up.says("stopped")

    again = start(furnished, int(up.url.rpartition(":")[2]))
    again.wait_until_it_says("next", "ingest/nightly")
    assert not again.says("first run")
    assert {deployment["name"] for deployment in again.api("/deployments/filter")} >= {"nightly", "on-demand"}
    assert len(again.ingests("COMPLETED")) == 1
    again.stop(signal.SIGTERM)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[House]:
    """A house whose ingest takes minutes, and no server."""
    house = House(tmp_path / "slow", SETTINGS)
    with ApiServer(services(Library.synthetic(300))) as apis:
        pace = {"europepmc": {**sources(apis.base_url)["europepmc"], "requests_per_second": 0.05}}
        house.configure({"name": "slow", "source": "europepmc", "query": "*", "since": "2024-01-01"}, sources=pace)
        yield house
        house.close()


def a_run_is_under_way(up: Up) -> bool:
    return bool(up.runs("RUNNING")) and any("prefect.engine" in line for line in up.running.members().values())


def test_a_run_that_is_stopped_says_so_and_what_dies_starts_again(slow: House) -> None:
    up = start(slow)
    up.wait_until_it_says("up", up.url)
    up.running.wait_until(lambda: a_run_is_under_way(up), PATIENCE)
    up.stop()
    assert up.says("stopping")

    again = start(slow)
    again.wait_until_it_says("first run", "nothing is loaded yet")
    assert [run["state"]["message"] for run in again.ingests("CRASHED")] == [
        "Execution was aborted by a termination signal."
    ]
    worker = again.process("prefect", "worker", "start")
    os.kill(worker, signal.SIGKILL)
    again.wait_until_it_says("worker", "died (SIGKILL), starts again in 1 s")
    again.wait_until_it_says("worker", "started again")
    assert again.process("prefect", "worker", "start") != worker
    os.kill(again.process("prefect", "server", "start"), signal.SIGKILL)
    again.wait_until_it_says("server", "died (SIGKILL)")
    again.wait_until_it_says("server", "started again")
    again.running.wait_until(again.answers, PATIENCE)
    again.stop()


def test_nothing_outlives_up_that_is_killed(slow: House) -> None:
    up = start(slow)
    up.running.wait_until(lambda: up.says("up", up.url) and a_run_is_under_way(up), PATIENCE)
    assert up.running.kill().code == -signal.SIGKILL
    deadline = time.monotonic() + STOPPED_WITHIN
    while left := up.running.members():
        assert time.monotonic() < deadline, left
        time.sleep(0.2)

    again = start(slow, int(up.url.rpartition(":")[2]))
    again.wait_until_it_says("interrupted", "the next run finishes its work")
    assert [run["state_type"] for run in again.ingests("CRASHED", "RUNNING")] == ["CRASHED"]
    again.stop()


def test_a_port_that_is_taken_is_one_line(furnished: House, prefect: PrefectServer) -> None:
    port = prefect.settings["PREFECT_SERVER_API_PORT"]
    taken = furnished.run("up", "--port", port)
    assert (taken.code, taken.line) == (
        1,
        f"paperhouse: port {port} of 127.0.0.1 is taken by a Prefect server; set PREFECT_API_URL={prefect.api_url} "
        "to use it, or name another port with --port",
    )
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = furnished.run("up", "--port", str(port))
    assert (taken.code, taken.line.partition(",")[0]) == (
        1,
        f"paperhouse: port {port} of 127.0.0.1 is taken by another program; stop it",
    )
    assert furnished.run("up", "--host", "192.0.2.1").code == 2
    assert furnished.run("up", "--port", "none").code == 2


def test_a_server_that_is_configured_is_used(furnished: House, prefect: PrefectServer) -> None:
    furnished.env |= prefect.settings
    up = Up(furnished.start("up"), furnished, prefect.api_url.removesuffix("/api"))
    up.wait_until_it_says("run ", "completed: 3 loaded, 0 unchanged, 0 rejected")
    assert up.says("server", up.url, "none is started")
    assert not any("server start" in line for line in up.running.members().values())
    assert not (furnished.data / "prefect" / "prefect.db").exists()
    up.stop()
    assert up.answers()


def test_a_configured_server_that_is_gone_is_one_line(furnished: House) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    furnished.env["PREFECT_API_URL"] = url
    gone = furnished.run("up")
    assert (gone.code, gone.line.startswith(f"paperhouse: {url} does not answer")) == (1, True)
