"""Ingests that are killed, or asked to end, at any moment, again and again: the last one finishes the work of all."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.apis.faults import silence
from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration.accidents import DIES_HALF_WAY, dies_at, survivors
from tests.integration.house import LINEAGE, Ended, House, Running, topic
from tests.integration.torture import LONG, SEED
from tests.integration.torture.world import (
    ARTICLES,
    SETS,
    World,
    assert_landing_intact,
    configure,
    copy,
    is_writing,
    make_world,
    write_library,
    write_sets,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(7200 if LONG else 280)]

#: Places that are too short to be hit by chance, in the order of an ingest: what dies there, and when.
PLACES = {
    "before the work folder is cleared": dies_at("tasks.runs:clear_work"),
    "before a document is flushed": dies_at("os:fsync"),
    "a document has landed": dies_at("warehouse.landing:Landing.store", "after", 2),
    "before a journal is written": dies_at("warehouse.landing:Landing.write_journal"),
    "a journal is written": dies_at("warehouse.landing:Landing.write_journal", "after"),
    "an answer is landed and remembered": dies_at("warehouse.landing:Memory.note", "after", 3),
    "before parsing": dies_at("tasks.parse:parse_landed"),
    "while parsing": dies_at("tasks.parse:parse_landed", "during", seconds=0.3),
    "a batch is parsed": dies_at("tasks.parse:parse_landed", "after"),
    "before valid rows are written": dies_at("tasks.validate:write_parsed"),
    "valid rows are written": dies_at("tasks.validate:write_parsed", "after"),
    "papers are united": dies_at("tasks.load:unite", "after"),
    "while loading": dies_at("tasks.load:write", "during", seconds=0.1),
    "in the transaction, before its checks": dies_at("warehouse.load:run_checks"),
    "in the transaction, before its commit": dies_at("warehouse.load:run_checks", "after"),
    "committed, and only in the log": dies_at("tasks.load:write", "after"),
    "the second batch is loaded": dies_at("tasks.load:load_valid", "after", 2),
    "before the walk is forgotten": dies_at("warehouse.landing:Memory.forget"),
    "before the run is closed in the book": dies_at("tasks.runs:finish_run"),
    "before the checkpoint": dies_at("tasks.publish:copy_and_swap"),
    "while checkpoint and copy": dies_at("tasks.publish:copy_and_swap", "during", seconds=0.02),
    "after the checkpoint": dies_at("warehouse.publish:_refuse_open_log"),
    "half of the copy": DIES_HALF_WAY,
    "copied, not flushed": dies_at("warehouse.publish:flush_file"),
    "before the link is swapped": dies_at("warehouse.publish:_swap"),
    "the new link lies beside the old one": dies_at("pathlib:Path.symlink_to", "after"),
    "after the link is swapped": dies_at("warehouse.publish:_swap", "after"),
    "published": dies_at("tasks.publish:copy_and_swap", "after"),
}
#: From here on what was killed before may have done its work.
LATE = "before the run is closed in the book"
#: How many ingests are killed, or ended, one after the other, before one may finish.
IN_A_ROW = 6 if LONG else 2
KILLS, STOPS = (200, 20) if LONG else (2, 1)
SECONDS_TO_STOP = 10
STOPPED = "paperhouse: stopped; run it again to go on where it was"
#: So often a stop comes while the command still starts, before it writes anything.
EARLY = 0.2


@dataclass
class Tally:
    """What was done, for the figures: which steps were hit, and at which places."""

    steps: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    finished: int = 0
    answers: int = 0
    verified: int = 0
    stops: list[tuple[float, int, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def world(lasting_houses: Callable[[str], House]) -> Iterator[World]:
    library = Library()
    with ApiServer(services(library)) as server:
        yield make_world(lasting_houses, server, library)


def step_of(house: House, seen: dict[str, Any]) -> str:
    """The step that an ingest was in when it died, by what lies there. seen: what was there before."""
    data = house.data

    def new(pattern: str) -> bool:
        return bool({*data.glob(pattern)} - seen["files"])

    if data.joinpath("papers.duckdb").resolve() != seen["published"]:
        return "published"
    if new("papers.duckdb.new") or new("snapshots/*.duckdb"):
        return "rename"
    if new("snapshots/*.part"):
        return "copy"
    if new("build/*.wal"):
        return "commit and checkpoint"
    for pattern, step in (("work/*/valid", "load"), ("work/*/parsed", "parse and validate")):
        if new(pattern):
            return step
    if new("landing/part/*"):
        return "land"
    if new("landing/journal/*"):
        return "between two steps"
    return "fetch" if new("landing/**/*") else "begin"


def state(house: House) -> dict[str, Any]:
    """What there is before an ingest begins."""
    return {"files": set(house.data.rglob("*")), "published": house.data.joinpath("papers.duckdb").resolve()}


@dataclass
class Chain:
    """A copy of the world in which one ingest after the other is struck, and a last one finishes."""

    world: World
    house: House
    tally: Tally
    longest: float = 0

    def __enter__(self) -> "Chain":
        copy(self.world.base, self.house)
        self.longest = self.world.seconds
        self.stop: Path = self.house.folder / "stop"
        self.reader = self.house.start_reader(self.stop, "reopen", 0.2)
        self.reader.wait_until(self.reader.output)
        return self

    def __exit__(self, *_: object) -> None:
        self.house.close()

    def struck(self, running: Running, seen: dict[str, Any], strike: Callable[[Running], object]) -> Ended:
        """Strike an ingest and look at what it leaves: no process, and the tables of before or after."""
        strike(running)
        ended = running.wait()
        step = step_of(self.house, seen)
        if ended.code:
            self.tally.steps[step] += 1
        assert survivors(running) == []
        running.close()
        assert self.house.content(*LINEAGE) in (self.world.before, self.world.after)
        return ended

    def kill_at(self, place: str) -> None:
        """Let an ingest die at a place; where its work was done before, it may not come there."""
        seen = state(self.house)
        ended = self.struck(self.house.start("ingest", code=PLACES[place]), seen, lambda running: None)
        assert ended.code in (-signal.SIGKILL, 0), ended.err
        self.tally.places[place] += ended.code != 0

    def kill_at_random(self, chance: random.Random) -> None:
        """kill -9 at any moment from when it is the writer; where it was at its end before, that does not count."""
        running, seen = self._writing()
        self._let_work(running, chance)
        ended = self.struck(running, seen, lambda running: running.process.kill())
        self.tally.killed += ended.code == -signal.SIGKILL

    def _let_work(self, running: Running, chance: random.Random) -> None:
        """Wait a random part of the time that it takes; where it ends before, the next one takes no longer."""
        began = time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(chance.uniform(0, self.longest))
            self.longest = time.monotonic() - began

    def _writing(self) -> tuple[Running, dict[str, Any]]:
        seen = state(self.house)
        running = self.house.start("ingest")
        running.wait_until(lambda: is_writing(running.process.pid, self.house))
        return running, seen

    def stop_at_random(self, chance: random.Random) -> None:
        """SIGTERM at any moment; where it was at its end before, that does not count."""
        if chance.random() < EARLY:
            seen, running = state(self.house), self.house.start("ingest")
            time.sleep(chance.uniform(1, 3))
        else:
            running, seen = self._writing()
            self._let_work(running, chance)
        began = time.monotonic()
        running.process.terminate()
        ended = running.wait()
        seconds = time.monotonic() - began
        self.struck(running, seen, lambda running: None)
        if ended.code:
            self.tally.stops.append((seconds, ended.code, ended.err.strip()))

    def finish(self) -> None:
        """The ingest after all of them: the tables are those of a run that nothing disturbed."""
        self.house.ingest().ok()
        self.stop.touch()
        *answers, asked = self.reader.wait().ok().json_lines()
        assert answers == self.world.answers
        self.world.assert_finished(self.house)
        self.tally.verified += assert_landing_intact(self.house)
        self.tally.answers += asked
        self.tally.finished += 1


@pytest.mark.skipif(LONG, reason="the long form has this and more")
def test_an_ingest_that_is_killed_twice_is_finished_by_the_third(house: House) -> None:
    """The short form: the first ingest of all, killed where a batch is committed and where a copy is half made."""
    write_sets(house, 1)
    house.configure(topic("sets", "jats", "sets"))
    for place in ("committed, and only in the log", "half of the copy"):
        ended = house.start("ingest", code=PLACES[place]).wait()
        assert ended.code == -signal.SIGKILL, ended.err
        assert not (house.data / "papers.duckdb").exists()
    house.ingest().ok()
    papers = SETS * ARTICLES
    assert house.value("SELECT count(*) FROM papers") == papers
    assert [(run["status"], run["loaded"]) for run in house.runs()] == [
        ("interrupted", ARTICLES),
        ("done", papers - ARTICLES),
        ("done", 0),
    ]
    house.assert_sound()
    assert assert_landing_intact(house) == papers


@pytest.mark.slow
def test_whatever_moment_kills_an_ingest_the_next_one_finishes_its_work(
    world: World, lasting_houses: Callable[[str], House]
) -> None:
    tally = Tally()
    places = list(PLACES) if LONG else ["half of the copy", "committed, and only in the log"]

    def chain(number: int) -> None:
        chance = random.Random(SEED * 1000 + number)
        with Chain(world, lasting_houses(f"killed-{number}"), tally) as house:
            place = places[number % len(places)]
            late = list(PLACES).index(place) >= list(PLACES).index(LATE)
            if not late:
                house.kill_at(place)
            for _ in range(IN_A_ROW):
                house.kill_at_random(chance)
            if late:
                house.kill_at(place)
            house.finish()

    with ThreadPoolExecutor(2) as pool:
        done = 0
        while tally.killed < KILLS or done < len(places):
            rounds = range(done, done + max(2, min(len(places) - done, 8)))
            for _ in pool.map(chain, rounds):
                pass
            done = rounds.stop
    print(f"\nkilled at random {tally.killed} times, at places of their own {tally.places.total()} times")
    print(f"by step: {', '.join(f'{step} {times}' for step, times in tally.steps.most_common())}")
    print(f"at places: {', '.join(f'{place} {tally.places[place]}' for place in places)}")
    print(f"{tally.finished} warehouses equal to an undisturbed one, {tally.answers} reads, {tally.verified} documents")
    assert tally.killed >= KILLS
    assert [place for place in places if not tally.places[place]] == []


@pytest.mark.slow
def test_an_ingest_that_is_asked_to_end_does_so_at_once(world: World, lasting_houses: Callable[[str], House]) -> None:
    tally, number = Tally(), 0
    while len(tally.stops) < STOPS:
        number += 1
        chance = random.Random(SEED * 1000 + number)
        with Chain(world, lasting_houses(f"ended-{number}"), tally) as house:
            for _ in range(min(IN_A_ROW, STOPS - len(tally.stops))):
                house.stop_at_random(chance)
            house.finish()
    seconds = sorted(took for took, _, _ in tally.stops)
    codes = Counter(code for _, code, _ in tally.stops)
    print(f"\nasked to end {len(seconds)} times; by step: {dict(tally.steps)}")
    median, longest = seconds[len(seconds) // 2], seconds[-1]
    print(f"ended after {median:.1f} s (median), {longest:.1f} s (longest); codes {dict(codes)}")
    assert longest < SECONDS_TO_STOP
    for _, code, text in tally.stops:
        assert code == 143, text
        assert text == STOPPED


@pytest.mark.slow
def test_an_ingest_ends_at_once_while_a_service_is_silent(world: World, lasting_houses: Callable[[str], House]) -> None:
    library = Library()
    write_library(library, 1)
    with ApiServer(services(library)) as server:
        house = lasting_houses("silent")
        configure(house, server)
        write_sets(house, 1)
        server.fail(silence, times=50)
        running = house.start("ingest", "--topic", "live")
        running.wait_until(lambda: server.requests)
        began = time.monotonic()
        ended = running.stop()
        print(f"\nasked to end while a service is silent: ended after {time.monotonic() - began:.1f} s")
        assert time.monotonic() - began < SECONDS_TO_STOP
        assert (ended.code, ended.line) == (143, STOPPED)
        assert survivors(running) == []
