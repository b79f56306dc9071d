"""Papers of the warehouse are asked about again: a sweep for notices, a refresh of entities."""

import json
from collections.abc import Callable

import pytest

from tests.apis.library import Library, annotation
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration import samples
from tests.integration.house import House, topic
from tests.integration.samples import article, page, pmcid
from tests.integration.test_harvest import (
    SEARCH,
    WATER,
    assert_added_up,
    by_paper,
    configure,
    day,
    small_library,
    targets,
)

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(280)]


@pytest.fixture
def world(serve: Callable[..., ApiServer], house: House) -> tuple[Library, ApiServer, House]:
    """A house that has harvested the small library; what changes from now on bears no date that a harvest looks for."""
    library = small_library()
    server = serve(*services(library))
    configure(house, server).ingest().ok()
    return library, server, house


def searches(server: ApiServer, since: int) -> list[str]:
    return [target for target in targets(server, since) if target.startswith(SEARCH)]


def test_a_sweep_finds_retractions_that_no_harvest_would(world: tuple[Library, ApiServer, House]) -> None:
    library, server, house = world
    before = by_paper(house)
    library.retract("MED:102", day(700), notice="900")
    library.change("MED:101", day(700), title="On water and ice.")
    house.ingest().ok()
    assert by_paper(house) == before
    asked = len(server.requests)
    out = house.run("sweep").ok().out
    assert f"{len(library)} asked about: 2 changed, 1 newly retracted, 1 with new notices" in out
    retracted = house.value("SELECT paper_id FROM papers WHERE pmid = '102'")
    assert f"newly retracted: {retracted}" in out
    assert house.query("SELECT is_retracted, len(notices) FROM papers WHERE pmid = '102'") == [(True, 1)]
    assert [target for target in targets(server, asked) if "PMC101/fullTextXML" in target]
    after = by_paper(house)
    assert {key for key in before if before[key] != after[key]} == {retracted, "PMC101"}
    assert house.value("SELECT has_full_text FROM papers WHERE paper_id = 'PMC101'") is True
    assert len(searches(server, asked)) <= 2
    assert_added_up(house)
    assert house.counts()["live"] == ("done", len(library), 2, len(library) - 2, 0)
    house.ingest().ok()
    assert by_paper(house) == after


def test_those_asked_longest_ago_come_first_and_unchanged_papers_write_nothing(
    world: tuple[Library, ApiServer, House],
) -> None:
    library, server, house = world
    before = by_paper(house)
    turns = []
    for _ in range(4):
        asked = len(server.requests)
        house.run("sweep", "--most", "6").ok()
        turns.append(sorted(part[:20] for part in "".join(searches(server, asked)).split("EXT_ID%3A")[1:]))
    everyone = len(library)
    assert everyone == 20, "three runs ask about 18 of them, the fourth about the last two and begins again"
    assert len(set(turns[0] + turns[1] + turns[2])) == 18
    assert len(set(turns[3]) & set(turns[0])) == 4
    assert by_paper(house) == before
    assert_added_up(house)


def test_papers_that_came_as_files_are_swept_too(house: House, serve: Callable[..., ApiServer]) -> None:
    library = Library()
    library.add("201", pmcid=pmcid(3), updated=day(900), title="As Europe PMC has it.", mesh=("Water",))
    library.retract("MED:201", day(800))
    server = serve(*services(library))
    configure(house, server)
    samples.write(house.folder / "articles", {"3.xml": article(3), "4.xml": article(4)})
    config = house.folder / "paperhouse.yaml"
    settings = config.read_text(encoding="utf-8")
    config.write_text(settings + "- {name: articles, source: jats, path: articles}\n", encoding="utf-8")
    house.ingest().ok()
    assert house.query("SELECT paper_id, is_retracted FROM papers ORDER BY 1") == [(pmcid(3), False), (pmcid(4), False)]
    title = house.value(f"SELECT title FROM papers WHERE paper_id = '{pmcid(3)}'")
    assert "2 asked about: 1 changed, 1 newly retracted" in house.run("sweep").ok().out
    assert house.query("SELECT paper_id, is_retracted FROM papers ORDER BY 1") == [(pmcid(3), True), (pmcid(4), False)]
    assert house.value(f"SELECT title FROM papers WHERE paper_id = '{pmcid(3)}'") == title
    told = house.query("SELECT source, own_id FROM paper_sources ORDER BY ALL")
    assert told == [("europepmc", "MED:201"), ("jats", pmcid(3)), ("jats", pmcid(4))]
    assert "2 asked about: 0 changed, 0 newly retracted" in house.run("sweep").ok().out
    assert_added_up(house)


def test_a_refresh_brings_annotations_that_came_late(world: tuple[Library, ApiServer, House]) -> None:
    library, server, house = world
    before = by_paper(house)
    house.run("refresh").ok()
    assert by_paper(house) == before
    landed = house.landed()
    out = house.run("refresh").ok().out
    assert f"{len(library)} asked about: 0 changed, {len(library)} unchanged, 0 rejected" in out
    assert house.landed() == landed, "answers that are known write nothing"
    library.annotate("MED:102", annotation("late", "Diseases", "http://linkedlifedata.com/resource/umls-concept/C1"))
    library.change("MED:103", entities=(WATER,), title="With references and water.")
    asked = len(server.requests)
    out = house.run("refresh").ok().out
    assert f"{len(library)} asked about: 2 changed" in out
    assert [target for target in targets(server, asked) if "fullTextXML" in target] == []
    labels = "SELECT label FROM entities JOIN papers USING (paper_id) WHERE pmid = "
    assert ("late",) in house.query(f"{labels} '102'")
    assert {label for (label,) in house.query(f"{labels} '103'")} == {"water"}
    after = by_paper(house)
    assert len({key for key in before if before[key] != after[key]}) == 2
    assert_added_up(house)
    claims = "SELECT source, own_id FROM paper_sources GROUP BY ALL HAVING count(*) > 1 OR NOT contains(own_id, ':')"
    assert house.query(claims) == []


def test_topics_without_entities_are_not_refreshed(house: House, serve: Callable[..., ApiServer]) -> None:
    library = small_library()
    server = serve(*services(library))
    configure(house, server, entities=[], full_text=False, references=False).ingest().ok()
    asked = len(server.requests)
    assert "0 asked about" in house.run("refresh").ok().out
    assert len(server.requests) == asked


def test_a_topic_that_is_gone_keeps_its_papers_and_says_so(world: tuple[Library, ApiServer, House]) -> None:
    library, _, house = world
    samples.write(house.folder / "pages", {"1.md": page(1)})
    settings = (house.folder / "paperhouse.yaml").read_text(encoding="utf-8")
    house.configure(topic("pages", "tomesphere", "pages"))
    ended = house.ingest().ok()
    line = f"topic live is no longer in paperhouse.yaml; its papers stay: {len(library)} of europepmc"
    assert f"{line} (`paperhouse withdraw europepmc` takes them away)" in ended.err
    assert house.value("SELECT count(*) FROM papers") == len(library) + 1
    (gone,) = json.loads(house.run("status", "--json").ok().out)["gone_topics"]
    assert (gone["topic"], gone["papers"]) == ("live", len(library))
    assert "topics no longer in the configuration" in house.run("status").ok().out
    # renamed: the search is another topic's now, which must not lose its papers
    (house.folder / "paperhouse.yaml").write_text(settings.replace("name: live", "name: renamed"), encoding="utf-8")
    ended = house.ingest().ok()
    assert "topic live is no longer in paperhouse.yaml" in ended.err
    assert "withdraw europepmc" not in ended.err
    assert house.value("SELECT count(*) FROM papers") == len(library) + 1
