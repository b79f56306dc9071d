"""A topic of Europe PMC, harvested from the loopback services: what comes of it, and that nothing disturbs it."""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
import zstandard

from tests.apis import faults
from tests.apis.chance import RandomFaults
from tests.apis.library import Library, annotation, article
from tests.apis.paper import Entity
from tests.apis.records import core, reference
from tests.apis.server import ApiServer, Fault, Reply, Request
from tests.apis.services import services, sources
from tests.integration.house import LINEAGE, ROOT, House

pytestmark = [pytest.mark.integration, pytest.mark.timeout(280)]

SEEDS = range(int(os.environ.get("PAPERHOUSE_SEEDS", "1")))
KILLS = range(int(os.environ.get("PAPERHOUSE_KILLS", "1")))
#: Runs that a harvest may need where every service fails a third of the time.
TRIES = 3
CONTACT = "harvest@example.org"
SEARCH = "/europepmc/webservices/rest/search"

WATER = Entity(
    "water", "Chemical", "MESH:D014867", "Water", None, "Chemicals", "http://purl.obolibrary.org/obo/CHEBI_15377"
)
CANCER = Entity("cancer", "Disease", "MESH:D009369", "Neoplasms")
WORMS = Entity("C. elegans", "Species", "6239;252961")
STRESS = Entity("stress", "Disease")
EXTRACT = Entity("extract", "Chemical", "-")
ENTITIES = (WATER, CANCER, WORMS, STRESS, EXTRACT)

Rows = dict[str, list[tuple[Any, ...]]]


def day(ago: int) -> date:
    """So many days ago, by the clock of the harvest."""
    return datetime.now(UTC).date() - timedelta(days=ago)


def small_library() -> Library:
    """Papers of all kinds, some updated a window or more ago and some lately."""
    library = Library()
    library.add(
        "101",
        updated=day(250),
        title="On water.",
        abstract="Water and stress.",
        pmcid="PMC101",
        doi="10.5555/101",
        open_access=True,
        license="cc by",
        keywords=("water", "ice"),
        mesh=("Water", "Humans"),
        cited=7,
        jats=_article("PMC101", "On water", "Water meets cancer.", "More water, and C. elegans."),
        references=[reference(1), reference(2)],
        entities=ENTITIES,
    )
    library.add("102", updated=day(250), title="Without a text.", abstract="An extract.", entities=ENTITIES)
    cited = core("9001", title="On old water.", doi="10.5555/9001", authors=("Reed IB", "Marsh B"))
    library.add("103", updated=day(150), title="With references.", references=[reference(2), reference(1, cited)])
    library.add(
        "PMC104",
        "PMC",
        updated=day(150),
        title="Known to PMC alone.",
        open_access=True,
        jats=_article("PMC104", "Known to PMC alone", "Water again."),
        entities=ENTITIES,
    )
    library.add("PPR105", "PPR", updated=day(20), title="A preprint.", abstract="Water first.", entities=ENTITIES)
    library.add(
        "106",
        updated=day(20),
        title="Retraction: On something.",
        types=("Retraction of Publication",),
        commentCorrectionList={
            "commentCorrection": [{"id": "107", "source": "MED", "type": "Retraction of", "orderIn": 1}]
        },
    )
    library.retract(str(library.add("107", updated=day(20), title="On something.")), day(20), notice="106")
    library.add("108", updated=day(20), title="Open, but without a text.", pmcid="PMC108", open_access=True)
    library.annotate(
        "MED:102",
        annotation("photosynthesis", "Gene Ontology", "http://identifiers.org/GO:0015979"),
        annotation("something", "Diseases"),
    )
    for number in range(110, 122):
        library.add(
            str(number),
            updated=day((number - 110) % 2),
            title=f"Paper {number} on water.",
            abstract="Cancer and cancer.",
            pmcid=f"PMC{number}" if number % 3 == 0 else None,
            open_access=number % 3 == 0,
            jats=_article(f"PMC{number}", f"Paper {number}", "Water and stress.") if number % 3 == 0 else None,
            references=[reference(at + 1) for at in range(number % 4)],
            entities=ENTITIES,
        )
    return library


def _article(pmcid: str, title: str, *paragraphs: str) -> bytes:
    """With a reference of its own."""
    back = (
        '<back><ref-list><ref id="r1"><mixed-citation>Roe R. <article-title>A printed reference</article-title>.'
        "</mixed-citation></ref></ref-list></back></article>"
    )
    return article(pmcid, title, *paragraphs).replace(b"</article>", back.encode())


def configure(house: House, server: ApiServer, since: date | None = None, rate: float = 100, **topic: Any) -> House:
    """One topic with everything that can be asked for."""
    asked = {"full_text": True, "references": True, "entities": ["pubtator", "europepmc"]} | topic
    settings = {
        name: {**source, "requests_per_second": rate, "contact": CONTACT}
        for name, source in sources(server.base_url).items()
    }
    about = {"name": "live", "source": "europepmc", "query": "water", "since": str(since or day(300))}
    house.configure(about | asked, sources=settings)
    house.env["PYTHONPATH"] = str(ROOT)  # this checkout's packages, wherever the environment installed them from
    return house


def targets(server: ApiServer, since: int = 0) -> list[str]:
    """The addresses asked for since the n-th request."""
    return [request.target for request in server.requests[since:]]


def landed_bytes(house: House) -> Iterator[bytes]:
    """Every document in landing, unpacked."""
    for path in sorted((house.data / "landing" / "documents").rglob("*.zst")):
        with path.open("rb") as file:
            yield zstandard.ZstdDecompressor().stream_reader(file).read()


def assert_added_up(house: House) -> None:
    for run in house.runs():
        assert run["fetched"] == run["loaded"] + run["unchanged"] + run["rejected"], run
    house.assert_sound()


@pytest.fixture(scope="module")
def harvested(lasting_houses: Callable[[str], House]) -> Iterator[tuple[Library, ApiServer, House]]:
    """The small library, its server, and a house that harvested all of it without any fault."""
    library = small_library()
    with ApiServer(services(library)) as server:
        house = configure(lasting_houses("harvested"), server)
        house.ingest().ok()
        yield library, server, house


@pytest.fixture
def published(harvested: tuple[Library, ApiServer, House]) -> House:
    return harvested[2]


# What a harvest gives


def test_every_paper_has_its_row(harvested: tuple[Library, ApiServer, House]) -> None:
    library, _, house = harvested
    assert house.counts() == {"live": ("done", len(library), len(library), 0, 0)}
    found = dict(house.query("SELECT coalesce(pmid, pmcid, 'PPR'), has_full_text FROM papers"))
    texts = {"101", "PMC104", *(str(number) for number in range(110, 122) if number % 3 == 0)}
    expected = {paper.pmid or paper.pmcid or "PPR": (paper.pmid or paper.pmcid) in texts for paper in library}
    assert found == expected
    assert house.rejects() == []
    assert_added_up(house)


def test_the_columns_of_a_paper_come_from_record_and_full_text(published: House) -> None:
    ((row),) = published.query(
        "SELECT pmcid, pmid, doi, title, journal, issn, license, is_open_access, is_retracted, keywords, mesh_terms, "
        "cited_by_count, has_full_text, language, article_type FROM papers WHERE pmid = '101'"
    )
    assert row[:6] == ("PMC101", "101", "10.5555/101", "On water", "Journal of samples", "1234-5679")
    assert row[6:13] == ("CC-BY", True, False, ["water", "ice"], ["Water", "Humans"], 7, True)
    assert row[13:] == ("en", "research-article")
    assert published.query("SELECT section_type, text FROM sections WHERE paper_id = 'PMC101' ORDER BY position") != []


def test_kinds_of_records(published: House) -> None:
    rows = published.query("SELECT paper_id, article_type, is_retracted FROM papers WHERE NOT has_full_text")
    kinds = {paper_id: rest for paper_id, *rest in rows}
    assert kinds[_id_of(published, "106")] == ["retraction", False]
    assert kinds[_id_of(published, "107")] == ["journal-article", True]
    ((preprint, retracted),) = published.query(
        "SELECT article_type, is_retracted FROM papers WHERE title = 'A preprint'"
    )
    assert (preprint, retracted) == ("preprint", False)


def _id_of(house: House, pmid: str) -> str:
    return str(house.value(f"SELECT paper_id FROM papers WHERE pmid = '{pmid}'"))


def entities(house: House, title: str) -> list[tuple[Any, ...]]:
    return house.query(
        "SELECT e.source, scope, entity_type, lower(label), curie, sum(mention_count)::INTEGER "
        f"FROM entities AS e JOIN papers USING (paper_id) WHERE title = '{title}' GROUP BY ALL ORDER BY ALL"
    )


def test_entities_of_both_services(published: House) -> None:
    assert entities(published, "On water") == [
        ("europepmc", "abstract", "Chemical", "water", "CHEBI:15377", 2),
        ("europepmc", "full_text", "Chemical", "water", "CHEBI:15377", 2),
        ("pubtator", "abstract", "Chemical", "water", "MESH:D014867", 2),
        ("pubtator", "abstract", "Disease", "stress", None, 1),
        ("pubtator", "full_text", "Chemical", "water", "MESH:D014867", 2),
        ("pubtator", "full_text", "Disease", "cancer", "MESH:D009369", 1),
        ("pubtator", "full_text", "Species", "c. elegans", "NCBITaxon:252961", 1),
        ("pubtator", "full_text", "Species", "c. elegans", "NCBITaxon:6239", 1),
    ]
    assert entities(published, "Without a text") == [
        ("europepmc", "abstract", "Disease", "something", None, 1),
        ("europepmc", "abstract", "Gene Ontology", "photosynthesis", "GO:0015979", 1),
        ("pubtator", "abstract", "Chemical", "extract", None, 1),
    ]
    sources_of = [(row[0], row[1]) for row in entities(published, "Known to PMC alone")]
    assert sources_of == [("europepmc", "full_text"), ("pubtator", "full_text")]
    assert [row[0] for row in entities(published, "A preprint")] == ["europepmc"]


def test_references_of_the_text_or_of_the_service(harvested: tuple[Library, ApiServer, House]) -> None:
    _, server, house = harvested
    query = 'SELECT r.title, r.doi, r.pmid FROM "references" AS r JOIN papers AS p USING (paper_id) WHERE p.pmid ='
    printed = house.query(f"{query} '101'")
    assert [row[0] for row in printed] == ["A printed reference"]
    listed = house.query(f"{query} '103' ORDER BY r.position")
    assert listed == [("On old water", "10.5555/9001", "9001"), (None, None, None)]
    asked = {target.partition("?")[0] for target in targets(server) if "/references" in target}
    assert not any("/MED/101/" in target for target in asked)
    assert any("/MED/108/" in target for target in asked)  # open access, but without a text after all


def test_the_services_know_who_asks(harvested: tuple[Library, ApiServer, House]) -> None:
    _, server, _ = harvested
    agents = {request.headers["User-Agent"] for request in server.requests}
    assert len(agents) == 1
    assert CONTACT in agents.pop()


# What comes later


@pytest.fixture
def world(serve: Callable[..., ApiServer], house: House) -> tuple[Library, ApiServer, House]:
    """The same for tests that change it: harvested twice, so that only the overlap is left to ask for."""
    library = small_library()
    server = serve(*services(library))
    configure(house, server).ingest().ok()
    house.ingest().ok()
    return library, server, house


def test_a_run_again_asks_for_the_window_and_writes_nothing(world: tuple[Library, ApiServer, House]) -> None:
    library, server, house = world
    before, landed, asked = house.fingerprints(), house.landed(), len(server.requests)
    house.ingest().ok()
    assert {target.partition("?")[0] for target in targets(server, asked)} == {SEARCH}
    assert len(server.requests) - asked <= 2
    assert house.fingerprints() == before
    assert house.landed() == landed
    lately = sum(paper.updated >= day(2) for paper in library)
    assert lately >= 12
    assert house.counts() == {"live": ("done", lately, 0, lately, 0)}
    assert_added_up(house)


def test_what_changes_on_the_server_changes_alone(world: tuple[Library, ApiServer, House]) -> None:
    library, _, house = world
    before = by_paper(house)
    changed, retracted = _id_of(house, "102"), _id_of(house, "103")
    library.change("MED:102", day(0), title="With another title.")
    library.retract("MED:103", day(0))
    house.ingest().ok()
    after = by_paper(house)
    assert {key for key in before | after if before.get(key) != after.get(key)} == {changed, retracted}
    assert house.value("SELECT title FROM papers WHERE pmid = '102'") == "With another title"
    assert house.value("SELECT is_retracted FROM papers WHERE pmid = '103'") is True
    assert house.counts()["live"][2] == 2
    unlike = {table for key in (changed, retracted) for table in before[key] if before[key][table] != after[key][table]}
    assert unlike == {"papers"}
    assert_added_up(house)


def by_paper(house: House) -> dict[str, Rows]:
    """All rows by paper and table, lineage included."""
    found: dict[str, Rows] = {}
    for table, rows in house.content().items():
        for row in rows:
            found.setdefault(row[0], {}).setdefault(table, []).append(row)
    return found


# Faults


def harvest_in_spite(house: House) -> int:
    """Run until it ends well. Returns how many runs that took."""
    for number in range(1, TRIES + 1):
        ended = house.ingest()
        assert "Traceback" not in ended.err
        if ended.code == 0:
            return number
        assert ended.code == 1
    pytest.fail(f"not done after {TRIES} runs:\n{ended.out}\n{ended.err}")


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_leave_no_trace(
    seed: int, harvested: tuple[Library, ApiServer, House], houses: Callable[[str], House]
) -> None:
    library, _, calm = harvested
    with ApiServer(services(library), chance=RandomFaults(0.3, seed, longest=0)) as server:
        house = configure(houses(f"seed-{seed}"), server)
        runs = harvest_in_spite(house)
        print(f"seed {seed}: {runs} runs, {dict(server.faulted)}")
        assert server.faulted.total() >= 5
        fault_pages = fault_pages_in(house, server, calm, harvested[1])
        assert fault_pages == []
        assert house.rejects() == []
        assert_same(house, server, calm, harvested[1])
    assert_added_up(house)


def fault_pages_in(house: House, server: ApiServer, calm: House, calm_server: ApiServer) -> list[bytes]:
    """Documents that landed here and not in a calm run.

    Answers about entities with a paper left out are documents all the same; no fault looks like one of them.
    """
    known = set(landed_without(calm, calm_server))
    found = [page for page in landed_without(house, server) if page not in known]
    return [page for page in found if not page.startswith((b'{"PubTator3"', b"["))]


def landed_without(house: House, server: ApiServer) -> list[bytes]:
    """The landed documents, but for the server's address in them."""
    return [page.replace(server.base_url.removeprefix("http://").encode(), b"SERVER") for page in landed_bytes(house)]


def assert_same(house: House, server: ApiServer, calm: House, calm_server: ApiServer) -> None:
    """Row for row, but for when, by which run, and at which port."""
    mine, other = (
        {table: [repr(row).replace(at.base_url, "") for row in rows] for table, rows in of.content(*LINEAGE).items()}
        for of, at in ((house, server), (calm, calm_server))
    )
    for table, rows in other.items():
        expected, found = Counter(rows), Counter(mine[table])
        assert (expected - found, found - expected) == (Counter(), Counter()), table


@pytest.mark.slow
def test_what_could_not_be_had_is_listed_and_had_by_a_later_run(
    serve: Callable[..., ApiServer], houses: Callable[[str], House]
) -> None:
    """A service and a single full text fail for the whole of a run, after the records have come."""
    library = small_library()
    down = {"/annotations_api/", "/PMC101/fullTextXML"}

    def shut(request: Request, reply: Reply) -> tuple[str, Fault] | None:
        return ("down", faults.status(503)) if any(part in request.path for part in down) else None

    calm_server, server = serve(*services(library)), serve(*services(library))
    calm = configure(houses("calm"), calm_server)
    calm.ingest().ok()
    server.chance = shut
    house = configure(houses("down"), server)
    house.ingest().ok()
    assert house.value("SELECT count(*) FROM papers") == len(library)
    listed = json.loads(house.run("status", "--json").ok().out)["retries"]
    assert {row["source_id"] for row in listed if row["source"] == "europepmc:annotations"} == set(map(str, library))
    assert [row["source_id"] for row in listed if row["source"] == "europepmc:fulltext"] == ["MED:101"]
    assert all("503 Service Unavailable" in row["reason"] for row in listed)
    down.clear()
    asked = len(server.requests)
    house.ingest().ok()  # too early for them
    assert {target.partition("?")[0] for target in targets(server, asked)} == {SEARCH}
    with duckdb.connect(str(house.data / "build" / "warehouse.duckdb")) as con:
        con.execute("UPDATE ops.retries SET next_attempt_at = now()")
    house.ingest().ok()
    assert_same(house, server, calm, calm_server)
    assert json.loads(house.run("status", "--json").ok().out)["retries"] == []
    assert house.rejects() == []
    assert_added_up(house)


# kill -9


def remembered(house: House) -> set[str]:
    """The addresses whose answers are landed and remembered right now."""
    found = set()
    for file in (house.data / "landing" / "resume").glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").split("\n")[:-1]:
            found.add(json.loads(line)[0])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kill", KILLS)
def test_a_killed_harvest_is_taken_up(
    kill: int, harvested: tuple[Library, ApiServer, House], houses: Callable[[str], House]
) -> None:
    library, calm_server, calm = harvested
    chance = random.Random(kill)
    steps = len(calm_server.requests)
    at = chance.randrange(1 + steps * kill // len(KILLS), 2 + steps * (kill + 1) // len(KILLS))
    with ApiServer(services(library)) as server:
        house = configure(houses(f"kill-{kill}"), server)
        running = house.start("ingest")
        running.wait_until(lambda: len(server.requests) >= min(at, steps))
        time.sleep(chance.choice((0, 0.005, 0.02, 0.5)))
        running.kill()
        running.close()
        known, asked = remembered(house), len(server.requests)
        print(f"kill {kill}: after {asked} of {steps} requests, {len(known)} remembered")
        house.ingest().ok()
        again = [f"{server.base_url}{target}" for target in targets(server, asked)]
        assert [url for url in again if url in known] == []
        assert_same(house, server, calm, calm_server)
        assert_added_up(house)
        assert list((house.data / "landing" / "resume").glob("*")) == []
