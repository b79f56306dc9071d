"""One Prefect server for all integration tests, and warehouses that use it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.integration.disks import SmallDisk
from tests.integration.house import ROOT, House, Running, environment, free_port
from tests.integration.station import Station


@dataclass(frozen=True)
class PrefectServer:
    """A server that runs. settings: what a client needs to reach it, as environment variables."""

    api_url: str
    settings: dict[str, str]
    pid: int


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A real Prefect server with its own home folder; it ends after all that use it."""
    home = tmp_path_factory.mktemp("prefect")
    port = free_port()
    settings = {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    if sys.dont_write_bytecode:  # without any, each command compiles Prefect anew: twice the time
        settings["PYTHONPYCACHEPREFIX"] = str(home / "bytecode")
    command = [sys.executable, "-m", "prefect", "server", "start"]
    server = Running(command, home, environment(settings))
    try:
        server.wait_until(lambda: _answers(settings["PREFECT_API_URL"]))
        yield PrefectServer(settings["PREFECT_API_URL"], settings, server.process.pid)
    finally:
        server.stop()
        server.close()


def _answers(api_url: str) -> bool:
    try:
        return httpx.get(f"{api_url}/health", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def houses(tmp_path: Path, prefect: PrefectServer) -> Iterator[Callable[[str], House]]:
    """Makes empty folders for warehouses, by name."""
    yield from _houses(tmp_path, prefect)


@pytest.fixture(scope="module")
def lasting_houses(
    tmp_path_factory: pytest.TempPathFactory, prefect: PrefectServer
) -> Iterator[Callable[[str], House]]:
    """The same for warehouses that all tests of a module look at."""
    yield from _houses(tmp_path_factory.mktemp("houses"), prefect)


@pytest.fixture(scope="module")
def demo(lasting_houses: Callable[[str], House]) -> House:
    """The demo, loaded as `make demo` loads it."""
    house = lasting_houses("demo")
    shutil.copytree(ROOT / "demo", house.folder / "demo")
    shutil.copy(ROOT / "paperhouse.yaml", house.folder)
    house.ingest().ok()
    return house


def _houses(folder: Path, prefect: PrefectServer) -> Iterator[Callable[[str], House]]:
    with ExitStack() as stack:

        def make(name: str) -> House:
            house = House(folder / name, prefect.settings)
            stack.callback(house.close)
            return house

        yield make


@pytest.fixture
def house(houses: Callable[[str], House]) -> House:
    """An empty folder for a warehouse."""
    return houses("house")


@pytest.fixture
def small_disk(house: House) -> Iterator[Callable[[Path], SmallDisk]]:
    """Makes a folder a disk of its own."""
    with ExitStack() as stack:

        def make(folder: Path) -> SmallDisk:
            disk = SmallDisk(folder)
            stack.callback(disk.unmount)
            return disk

        stack.callback(house.close)
        yield make


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A server of the test's own, which may stop and come back, without a worker yet."""
    station = Station(tmp_path / "prefect")
    try:
        yield station
    finally:
        station.close()


@pytest.fixture
def home(tmp_path: Path, station: Station) -> Iterator[House]:
    """An empty folder for a warehouse whose commands use that server."""
    home = House(tmp_path / "home", station.settings)
    yield home
    home.close()
