"""Ingests that die: at any moment readers see what was published, and the next ingest finishes the work."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration import samples
from tests.integration.accidents import DIES_HALF_WAY, Strike, after, below, sends, survivors
from tests.integration.house import LINEAGE, Ended, House, Running, topic

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(280)]

SETS = 4
#: More than a batch that is parsed without a process of its own.
ARTICLES = 25
SECONDS_TO_STOP = 60


def write_sets(house: House, edition: int) -> None:
    """Archives, each a unit and a batch of its own, whose articles are all of one edition."""
    for number in range(SETS):
        numbers = range(number * ARTICLES + 1, (number + 1) * ARTICLES + 1)
        content = samples.articles(numbers, edition=edition, words="A word. " * 2000)
        samples.write(house.folder / "sets", {f"set-{number}.tar": samples.tar_of(content, "")})


def whole(edition: int) -> list[list[Any]]:
    """What a reader is told where all rows are of one edition."""
    papers = SETS * ARTICLES
    rows = {"authors": 2, "papers": 1, "references": 3, "sections": 2}
    return [[table, edition, each * papers] for table, each in rows.items()]


#: When to strike: what to wait for, and how many seconds (at random, at most) longer.
MOMENTS = {
    "a document has landed": ("landing/documents/*/*", 0.0),
    "the first batch has landed": ("landing/journal/*", 0.0),
    "a batch is being parsed": ("work/*/parsed", 0.0),
    "a batch is being loaded": ("work/*/valid", 0.1),
    "somewhere in between": ("landing/journal/*", 2.0),
}

#: How an ingest is stopped: by which signal, whether all processes of the group get it, as from a terminal, and
#: whether it runs on a temporary server of its own.
STOPS = {
    "Ctrl-C": (signal.SIGINT, True, False),
    "Ctrl-C with a server of its own": (signal.SIGINT, True, True),
    "SIGTERM with a server of its own": (signal.SIGTERM, False, True),
}
PARSER = "a process that parses is killed"
PUBLISHING = "it is being published"


@dataclass(frozen=True)
class Accident:
    """An ingest that was struck and the one after it.

    seen: the tables in between. survivors: processes that the ingest left behind. answers: what a reader was told
    from before the one until after the other.
    """

    house: House
    struck: Ended
    seen: dict[str, list[tuple[Any, ...]]]
    survivors: list[str]
    again: Ended
    answers: list[Any]


@dataclass(frozen=True)
class Undisturbed:
    """What the tables hold before and after an ingest that nothing disturbs."""

    before: dict[str, list[tuple[Any, ...]]]
    after: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def base(lasting_houses: Callable[[str], House]) -> House:
    """A house with its first edition loaded and the second one waiting."""
    house = lasting_houses("base")
    house.configure(topic("sets", "jats", "sets"))
    write_sets(house, 1)
    house.ingest().ok()
    write_sets(house, 2)
    return house


@pytest.fixture(scope="module")
def under_way(base: House, lasting_houses: Callable[[str], House]) -> Iterator[dict[str, Future[Any]]]:
    """The undisturbed ingest and all accidents, some at a time."""
    chance = random.Random(2)
    with ThreadPoolExecutor(3) as pool:
        futures: dict[str, Future[Any]] = {"undisturbed": pool.submit(ingest, base, lasting_houses("undisturbed"))}
        for number, (moment, (pattern, longest)) in enumerate(MOMENTS.items()):
            strike = after(chance.uniform(0, longest), Running.kill)
            futures[moment] = pool.submit(accident, base, lasting_houses(f"killed-{number}"), pattern, strike)
        house = lasting_houses("killed-while-publishing")
        futures[PUBLISHING] = pool.submit(accident, base, house, "", None, code=DIES_HALF_WAY)
        for number, (stop, (how, all_of_them, own)) in enumerate(STOPS.items()):
            house, strike = lasting_houses(f"stopped-{number}"), sends(how, all_of_them)
            futures[stop] = pool.submit(accident, base, house, "work/*/valid", strike, own=own)
        futures[PARSER] = pool.submit(lose_a_parser, base, lasting_houses("accident-of-a-parser"))
        yield futures
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def undisturbed(under_way: dict[str, Future[Any]]) -> Undisturbed:
    done: Undisturbed = under_way["undisturbed"].result()
    return done


def ingest(base: House, house: House) -> Undisturbed:
    base.copy(house.folder)
    before = house.content(*LINEAGE)
    house.ingest().ok()
    assert house.counts() == {"sets": ("done", SETS * ARTICLES, SETS * ARTICLES, 0, 0)}
    return Undisturbed(before, house.content(*LINEAGE))


def accident(
    base: House, house: House, pattern: str, strike: Strike | None, code: str | None = None, own: bool = False
) -> Accident:
    """Start an ingest of the second edition, strike it, look at what is there, and ingest again.

    strike: what befalls the command when something new matches the pattern below the warehouse's folder; without
    one, the code sees to it. own: it runs on a temporary server of its own.
    """
    base.copy(house.folder)
    stop = house.folder / "stop"
    reads = house.start_reader(stop, "reopen", 0.2)
    configured = dict(house.env)
    if own:
        del house.env["PREFECT_API_URL"]
        house.env["PREFECT_HOME"] = str(house.folder / "prefect")
    running = house.start("ingest", code=code)
    if strike:
        running.wait_until(below(house, pattern))
        strike(running)
    struck, left = running.wait(SECONDS_TO_STOP), survivors(running)
    running.close()
    seen = house.content(*LINEAGE)
    house.env = configured
    again = house.ingest()
    stop.touch()
    return Accident(house, struck, seen, left, again, reads.wait().ok().json_lines()[:-1])


def lose_a_parser(base: House, house: House) -> tuple[Ended, House]:
    """Kill one of the processes that parse, as a machine does that is short of memory, and ingest again."""
    base.copy(house.folder)
    running = house.start("ingest")
    running.wait_until(below(house, "work/*/parsed"))
    parser = next(process for process, command in running.members().items() if "spawn_main" in command)
    os.kill(parser, signal.SIGKILL)
    ended = running.wait()
    house.ingest().ok()
    return ended, house


@pytest.mark.parametrize("moment", [*MOMENTS, PUBLISHING])
def test_the_next_ingest_finishes_what_a_killed_one_began(
    moment: str, under_way: dict[str, Future[Any]], undisturbed: Undisturbed
) -> None:
    accident: Accident = under_way[moment].result()
    assert accident.struck.code == -signal.SIGKILL
    assert accident.seen in (undisturbed.before, undisturbed.after)
    assert accident.answers == [whole(1), whole(2)]
    accident.again.ok()
    assert accident.house.content(*LINEAGE) == undisturbed.after
    accident.house.assert_sound()
    first, struck, again = accident.house.runs()
    assert (first["status"], again["status"]) == ("done", "done")
    assert struck["status"] == ("interrupted" if struck["loaded"] < SETS * ARTICLES else "done")
    assert again["fetched"] == SETS * ARTICLES
    assert again["loaded"] == SETS * ARTICLES - struck["loaded"]


@pytest.mark.parametrize("moment", [*MOMENTS, PUBLISHING])
def test_a_killed_ingest_leaves_no_process_behind(moment: str, under_way: dict[str, Future[Any]]) -> None:
    assert under_way[moment].result().survivors == []


@pytest.mark.parametrize("stop", STOPS)
def test_a_stopped_ingest_does_no_damage_and_leaves_nothing_running(
    stop: str, under_way: dict[str, Future[Any]], undisturbed: Undisturbed
) -> None:
    accident: Accident = under_way[stop].result()
    assert accident.survivors == []
    assert "Traceback" not in accident.struck.err
    assert accident.seen in (undisturbed.before, undisturbed.after)
    assert accident.answers == [whole(1), whole(2)]
    accident.again.ok()
    assert accident.house.content(*LINEAGE) == undisturbed.after
    accident.house.assert_sound()


@pytest.mark.parametrize("stop", [stop for stop, (how, *_) in STOPS.items() if how == signal.SIGINT])
def test_ctrl_c_is_answered_with_one_line(stop: str, under_way: dict[str, Future[Any]]) -> None:
    struck: Ended = under_way[stop].result().struck
    assert struck.code == 130
    assert "run it again" in struck.line


def test_a_parser_that_is_killed_costs_at_most_the_run(
    under_way: dict[str, Future[Any]], undisturbed: Undisturbed
) -> None:
    ended, house = under_way[PARSER].result()
    done, failed = (0, ""), (1, ended.err and ended.line)
    assert (ended.code, ended.err.strip()) in (done, failed)
    assert house.content(*LINEAGE) == undisturbed.after
    house.assert_sound()
