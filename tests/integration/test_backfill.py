"""A backfill of earlier years: in windows, the newest first, resumable, and beside the nightly runs."""

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration.house import House
from tests.integration.test_harvest import assert_added_up, configure, day, remembered, targets

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(280)]

YEARS = range(2018, 2022)
OF_A_YEAR = 3


def library_of_years() -> Library:
    """Some papers a year that were updated before the topic's `since`, and one that was updated lately."""
    library = Library()
    for year in YEARS:
        for number in range(OF_A_YEAR):
            when = date(year, 1 + 4 * number, 7)
            library.add(f"{year}{number}", updated=day(900), title=f"Of {year}.", firstPublicationDate=str(when))
    library.add("101", updated=day(3), title="Of late.", firstPublicationDate=str(day(3)))
    return library


@pytest.fixture
def world(serve: Callable[..., ApiServer], house: House) -> tuple[Library, ApiServer, House]:
    library = library_of_years()
    server = serve(*services(library))
    return library, server, configure(house, server, since=day(30), full_text=False, references=False, entities=[])


def windows(house: House) -> list[tuple[str, bool]]:
    """The windows in the book, the newest first, and whether they are done."""
    rows = house.query("SELECT first_day, last_day, finished_at IS NOT NULL FROM ops.backfills ORDER BY last_day DESC")
    return [(f"{first}..{last}", done) for first, last, done in rows]


def years_searched(server: ApiServer, since: int = 0) -> list[str]:
    """The years of publication that records were asked for, in the order of the requests."""
    first_pages = ("FIRST_PDATE", "resultType=core", "cursorMark=%2A")
    found = [target for target in targets(server, since) if all(part in target for part in first_pages)]
    return [target.partition("FIRST_PDATE%3A%5B")[2][:4] for target in found]


def test_a_dry_run_counts_and_fetches_nothing(world: tuple[Library, ApiServer, House]) -> None:
    _, server, house = world
    ended = house.run("backfill", "live", "--from", "2018", "--to", "2021", "--months", "12").ok()
    assert "live: 4 windows left with 12 papers; nothing was fetched (a dry run)" in ended.out
    assert "2021-01-01 to 2021-12-31: 3 papers" in ended.out
    assert years_searched(server) == []
    assert not (house.data / "landing").exists()


def test_windows_are_done_newest_first_and_once(world: tuple[Library, ApiServer, House]) -> None:
    library, server, house = world
    house.ingest().ok()
    assert house.value("SELECT count(*) FROM papers") == 1
    before = house.query("SELECT topic, high_water FROM ops.watermarks")
    call = ("backfill", "live", "--from", "2018", "--to", "2021", "--months", "12", "--apply")
    out = house.run(*call).ok().out
    assert "live: 4 of 4 windows done, back to 2018-01-01, 12 papers" in out
    assert "12 loaded, 0 unchanged, 0 rejected" in out
    assert house.value("SELECT count(*) FROM papers") == len(library)
    assert years_searched(server) == ["2021", "2020", "2019", "2018"]
    assert house.query("SELECT topic, high_water FROM ops.watermarks") == before
    assert_added_up(house)
    asked = len(server.requests)
    assert "no window is left" in house.run(*call).ok().out
    assert years_searched(server, asked) == []
    status = json.loads(house.run("status", "--json").ok().out)
    (row,) = status["backfills"]
    assert (row["windows_done"], row["windows_left"], row["papers"], row["papers_left"]) == (4, 0, 12, 0)
    assert row["papers_an_hour"] > 0
    assert "backfills" in house.run("status").ok().out
    assert {run["flow"] for run in status["last_runs"]} == {"ingest", "backfill"}


def test_a_killed_backfill_goes_on_where_it_was_and_leaves_the_nightly_walk_alone(
    world: tuple[Library, ApiServer, House],
) -> None:
    library, server, house = world
    call = ("backfill", "live", "--from", "2018", "--to", "2021", "--months", "12", "--apply")
    running = house.start(*call)
    running.wait_until(lambda: len(years_searched(server)) == 3)
    running.kill()
    running.close()
    house.ingest().ok()  # a nightly run in between
    assert house.value("SELECT count(*) FROM papers") >= 1 + 2 * OF_A_YEAR
    left = [window for window, done in windows(house) if not done]
    assert left in (["2019-01-01..2019-12-31", "2018-01-01..2018-12-31"], ["2018-01-01..2018-12-31"])
    known, asked = remembered(house), len(server.requests)
    house.run(*call).ok()
    assert [url for url in targets(server, asked) if f"{server.base_url}{url}" in known] == []
    assert years_searched(server, asked) in (["2019", "2018"], ["2018"])
    assert house.value("SELECT count(*) FROM papers") == len(library)
    assert all(done for _, done in windows(house))
    assert list((house.data / "landing" / "resume").glob("*")) == []
    assert_added_up(house)


def test_a_run_that_waits_has_its_turn_between_two_windows(world: tuple[Library, ApiServer, House]) -> None:
    library, server, house = world
    backfill = house.start("backfill", "live", "--from", "2018", "--to", "2021", "--months", "6", "--apply")
    backfill.wait_until(lambda: years_searched(server))
    nightly = house.ingest("--wait", "100").ok()
    assert "1 loaded" not in nightly.err
    assert backfill.process.poll() is None, "the backfill was through before the ingest had its turn"
    assert house.value("SELECT count(*) FROM papers WHERE title = 'Of late'") == 1
    backfill.wait().ok()
    flows = [flow for (flow,) in house.query("SELECT flow FROM ops.runs ORDER BY started_at")]
    assert flows.count("backfill") == 8
    assert 0 < flows.index("ingest") < len(flows) - 1
    assert house.value("SELECT count(*) FROM papers") == len(library)
    runs = house.query("SELECT started_at, finished_at FROM ops.runs ORDER BY started_at")
    assert all(end <= start for (_, end), (start, _) in pairwise(runs))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nothing", "--from", "2018"], "no topic is called 'nothing'"),
        (["live", "--from", "2021", "--to", "2018"], "first_year 2021 is after last_year 2018; swap them"),
        (["live", "--from", "12"], "--first-year: Input should be greater than or equal to 1780"),
        (["pages", "--from", "2018"], "topic pages reads tomesphere; only a search of europepmc has a past"),
    ],
)
def test_what_cannot_be_backfilled_ends_with_a_line(house: House, arguments: list[str], line: str) -> None:
    house.configure(
        {"name": "live", "source": "europepmc", "query": "water"},
        {"name": "pages", "source": "tomesphere", "ids": ["PMC1"]},
    )
    ended = house.run("backfill", *arguments)
    assert ended.code == 2
    assert line in ended.line
