"""Pipelines that start at once on one warehouse, by command and by worker, take turns or say who writes."""

import itertools
import random
import time
from collections.abc import Callable, Iterator

import pytest
import yaml

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services, sources
from tests.integration.house import House
from tests.integration.station import Station
from tests.integration.test_harvest import ENTITIES, assert_added_up, assert_same, day, small_library
from tests.integration.test_succession import overlaps
from tests.integration.torture import LONG, SEED

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

ROUNDS = 8 if LONG else 1
#: Commands at once, and the seconds within which they start.
COMMANDS, WITHIN = (4, 3.0) if LONG else (3, 0.5)
PATIENCE = 900
#: Topics; two of them find the same papers, and the third some of these.
QUERIES = {"all": "water", "again": "(water)", "open": "OPEN_ACCESS:Y"}
#: What a command or run says that does not wait.
BUSY = ("is writing it", "wait for it to end, then run again")


def configure(house: House, server: ApiServer) -> House:
    """Two configuration files with the same topics, whose warehouse is one folder under two names."""
    asked = {"source": "europepmc", "since": str(day(300)), "full_text": True, "references": True}
    topics = [{"name": name, "query": query, **asked, "entities": ["pubtator"]} for name, query in QUERIES.items()]
    services = {name: {**source, "requests_per_second": 100} for name, source in sources(server.base_url).items()}
    house.configure(*topics, sources=services)
    house.data.mkdir()
    (house.folder / "alias").symlink_to("data")
    other = {"topics": topics, "sources": services, "warehouse": {"directory": "alias"}}
    (house.folder / "other.yaml").write_text(yaml.safe_dump(other), encoding="utf-8")
    return house


def news(library: Library, numbers: Iterator[int]) -> None:
    """Two papers are new, two others change."""
    for number in itertools.islice(numbers, 2):
        library.add(str(number), updated=day(0), title=f"Paper {number}.", abstract="Cancer.", entities=ENTITIES)
        library.change(f"MED:{110 + number % 12}", day(0), title=f"Changed with {number}.")


def arguments(chance: random.Random, wait: bool) -> list[str]:
    """An ingest of some topics by one of the configurations."""
    named = [word for name in chance.sample(list(QUERIES), chance.randint(0, 2)) for word in ("--topic", name)]
    waiting = ["--wait", str(PATIENCE)] if wait else []
    return ["ingest", "--config", chance.choice(["paperhouse.yaml", "other.yaml"]), *named, *waiting]


class Tally:
    """What became of commands and runs."""

    def __init__(self) -> None:
        self.done = self.refused = 0

    def commands(self, house: House, chance: random.Random) -> None:
        """Start some at about the same time; those that wait go through, the others do, or say in a line who writes."""
        started = []
        for patient in [True] + [chance.random() < 0.5 for _ in range(COMMANDS - 1)]:
            started.append((patient, house.start(*arguments(chance, patient))))
            time.sleep(chance.uniform(0, WITHIN / COMMANDS))
        for patient, running in started:
            ended = running.wait(PATIENCE)
            if patient or ended.code == 0:
                ended.ok()
                self.done += 1
            else:
                assert ended.code == 1
                assert all(part in ended.line for part in BUSY)
                self.refused += 1
            running.close()

    def runs(self, station: Station, flow_runs: dict[str, bool]) -> None:
        """What became of a worker's runs. flow_runs: their ids, and whether they wait."""
        for flow_run, patient in flow_runs.items():
            state = station.ended(flow_run)
            if patient or state["type"] == "COMPLETED":
                assert state["type"] == "COMPLETED", state
                self.done += 1
            else:
                assert state["type"] == "FAILED"
                assert BUSY[0] in state["message"]
                self.refused += 1


def assert_in_turns(house: House, library: Library, server: ApiServer, calm: House) -> None:
    """One run after another wrote; what all of them left is what a single one leaves that finds it all at once."""
    runs = house.runs()
    assert {run["status"] for run in runs} == {"done"}
    assert overlaps([(run["started_at"], run["finished_at"]) for run in runs]) == 0
    house.ingest().ok()
    with ApiServer(services(library)) as calm_server:
        configure(calm, calm_server).ingest().ok()
        assert_same(house, server, calm, calm_server)
    assert len(house.papers()) == len(library)
    assert_added_up(house)


@pytest.mark.slow
def test_commands_that_start_at_once(houses: Callable[[str], House], serve: Callable[..., ApiServer]) -> None:
    library, numbers, chance = small_library(), itertools.count(200), random.Random(SEED)
    server = serve(*services(library))
    house, tally = configure(houses("busy"), server), Tally()
    for _ in range(ROUNDS):
        news(library, numbers)
        tally.commands(house, chance)
    print(f"\n{ROUNDS} times {COMMANDS} commands at once: {tally.done} done, {tally.refused} refused with one line")
    assert_in_turns(house, library, server, houses("calm"))
    print(f"{len(library)} papers, none twice and none lost; {len(house.runs())} runs of topics, no two at a time")


@pytest.mark.slow
def test_commands_and_a_worker(station: Station, home: House, serve: Callable[..., ApiServer]) -> None:
    library, numbers, chance = small_library(), itertools.count(200), random.Random(SEED)
    server = serve(*services(library))
    configure(home, server)
    parameters = {"config": str(home.folder / "other.yaml")}
    station.deploy(
        home.folder / "prefect.yaml",
        patient={"like": "on-demand", "parameters": {**parameters, "wait_seconds": PATIENCE}},
        hasty={"like": "on-demand", "parameters": {**parameters, "wait_seconds": 0}},
    )
    station.start_worker()
    commands, runs, rounds = Tally(), Tally(), max(2, ROUNDS // 2)
    for _ in range(rounds):
        news(library, numbers)
        flow_runs = {station.run(f"ingest/{name}"): name == "patient" for name in ("patient", "hasty", "patient")}
        commands.commands(home, chance)
        runs.runs(station, flow_runs)
    print(f"\n{rounds} times {COMMANDS} commands: {commands.done} done, {commands.refused} refused with one line;")
    print(f"{rounds} times 3 runs of a worker beside them: {runs.done} done, {runs.refused} refused")
    calm = House(home.folder.parent / "calm", station.settings)
    assert_in_turns(home, library, server, calm)
    calm.close()
    print(f"{len(library)} papers, none twice and none lost; {len(home.runs())} runs of topics, no two at a time")
