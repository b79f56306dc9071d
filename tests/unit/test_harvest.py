"""The harvest asks for windows, walks their pages to the end, and fetches what belongs to the papers that changed."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from schemas.config import EuropePmcTopic, Sources
from schemas.errors import Unreachable
from tasks.parsers.rows import PaperRows
from tasks.sources import europepmc
from tasks.sources.documents import Document, RawDocument, Unfetched
from tasks.sources.europepmc import Harvest, count_hits, published_query, reached, windows
from tasks.sources.http import Service
from tasks.sources.services import DOWN, Services
from tests.apis import faults
from tests.apis.chance import RandomFaults, Restless
from tests.apis.library import Library, annotation, article
from tests.apis.server import ApiServer, Fault
from tests.apis.services import services, sources
from warehouse.landing import Landed, Landing, Memory, forget_walks

WHOLE = (date(2024, 1, 1), date(2024, 12, 31))
Serve = Callable[..., ApiServer]


@pytest.mark.parametrize(
    ("since", "watermark", "today", "expected"),
    [
        (date(2024, 1, 1), None, date(2024, 1, 1), [(date(2024, 1, 1), date(2024, 1, 1))]),
        (date(2024, 1, 1), None, date(2024, 4, 1), [(date(2024, 1, 1), date(2024, 3, 31)), (date(2024, 4, 1),) * 2]),
        (date(2024, 1, 1), date(2024, 3, 10), date(2024, 3, 12), [(date(2024, 3, 11), date(2024, 3, 12))]),
        (date(2024, 3, 12), date(2024, 3, 10), date(2024, 3, 12), [(date(2024, 3, 12), date(2024, 3, 12))]),
        (date(2024, 5, 1), None, date(2024, 4, 1), []),
    ],
)
def test_windows(since: date, watermark: date | None, today: date, expected: list[tuple[date, date]]) -> None:
    assert list(windows(since, watermark, today)) == expected


def test_the_last_days_are_asked_for_again() -> None:
    today = date(2024, 3, 12)
    assert reached(date(2024, 1, 31), today) == date(2024, 1, 31)
    assert next(windows(date(2024, 1, 1), reached(today, today), today)) == (date(2024, 3, 10), today)


@pytest.fixture
def library() -> Library:
    library = Library()
    library.add("101", title="On water.", pmcid="PMC101", open_access=True, jats=article("PMC101", "On water"))
    library.add("102", title="On ice.")
    library.annotate("MED:101", annotation("water", "Chemicals", uri="http://purl.obolibrary.org/obo/CHEBI_15377"))
    library.add("PMC103", "PMC", title="On steam.", pmcid="PMC103")
    library.add("PPR1", "PPR", title="On fog.")
    return library


@pytest.fixture
def server(serve: Serve, library: Library) -> ApiServer:
    return serve(*services(library))


def harvest(
    server: ApiServer,
    changed: Callable[[list[PaperRows]], list[PaperRows]] = list,
    remembered: Callable[[str], bytes | None] = lambda url: None,
    again: list[str] | None = None,
    window: tuple[date, date] = WHOLE,
    rate: float = 100,
    **options: object,
) -> Iterator[Document]:
    with asking(server, changed, remembered, rate, **options) as asked:
        yield from asked.again(again) if again else asked.window(*window)


@contextmanager
def asking(
    server: ApiServer,
    changed: Callable[[list[PaperRows]], list[PaperRows]] = list,
    remembered: Callable[[str], bytes | None] = lambda url: None,
    rate: float = 100,
    **options: object,
) -> Iterator[Harvest]:
    """The harvest of a topic with these options."""
    topic = EuropePmcTopic.model_validate({"name": "t", "source": "europepmc", "query": "water", **options})
    rated = {name: {**found, "requests_per_second": rate} for name, found in sources(server.base_url).items()}
    with Services(Sources.model_validate(rated), remembered) as opened:
        yield Harvest(topic, opened, changed)


def kinds(found: list[Document]) -> list[tuple[str, str]]:
    return [(document.source, document.kind) for document in found]


def test_records_alone(server: ApiServer) -> None:
    found = list(harvest(server))
    assert set(kinds(found)) == {("europepmc", "europepmc-search")}
    assert all("UPDATE_DATE%3A%5B2024-01-01+TO+2024-12-31%5D" in request.target for request in server.requests)


def test_what_belongs_to_them(server: ApiServer) -> None:
    found = list(harvest(server, full_text=True, references=True, entities=["pubtator", "europepmc"]))
    assert set(kinds(found)) == {
        ("europepmc", "europepmc-search"),
        ("europepmc:fulltext", "jats"),
        ("europepmc:references", "europepmc-references"),
        ("europepmc:annotations", "annotations"),
        ("pubtator", "pubtator"),
    }
    assert [document for document in found if isinstance(document, Unfetched)] == []
    full_text = next(document for document in found if document.source == "europepmc:fulltext")
    assert full_text.source_id == "MED:101"
    opening = [document.opens for document in found if isinstance(document, RawDocument)]
    assert opening == [document.kind == "europepmc-search" for document in found if isinstance(document, RawDocument)]


def test_nothing_is_fetched_for_what_did_not_change(server: ApiServer) -> None:
    found = list(harvest(server, changed=lambda papers: [], full_text=True, entities=["pubtator", "europepmc"]))
    assert set(kinds(found)) == {("europepmc", "europepmc-search")}


def test_what_was_landed_is_not_asked_for_again(server: ApiServer, tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    memory = Memory(landing, "t", "walk")
    first = list(harvest(server, full_text=True))
    for document in first:
        assert isinstance(document, RawDocument)
        stored = landing.store(document.body)
        memory.note(
            Landed("d", document.source, document.source_id, document.kind, document.url, stored.sha256, 1, "", "r")
        )
    asked = len(server.requests)
    again = list(harvest(server, remembered=Memory(landing, "t", "walk").recall, full_text=True))
    assert kinds(again) == kinds(first)
    assert len(server.requests) == asked
    assert Memory(landing, "t", "another walk").recall(first[0].url) is None
    memory.forget()
    assert Memory(landing, "t", "walk").recall(first[0].url) is None


def test_walks_that_are_not_taken_up_again_are_forgotten(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    memories = {walk: Memory(landing, topic, walk) for topic, walk in (("t", "old"), ("t", "new"), ("t-u", "other"))}
    for memory in memories.values():
        memory.note(Landed("d", "s", "i", "k", "http://x/1", landing.store(io.BytesIO(b"1")).sha256, 1, "", "r"))
    forget_walks(landing, "t", but=[memories["new"]])
    assert {walk: memory.recall("http://x/1") for walk, memory in memories.items()} == {
        "old": None,
        "new": b"1",
        "other": b"1",
    }


def test_the_last_line_of_a_process_that_died_is_passed_over(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    memory = Memory(landing, "t", "walk")
    memory.note(Landed("d", "s", "i", "k", "http://x/1", "ab", 1, "", "r"))
    (file,) = (tmp_path / "resume").iterdir()
    file.write_text(file.read_text(encoding="utf-8") + '["http://x/2", "cd', encoding="utf-8")
    assert Memory(landing, "t", "walk").recall("http://x/3") is None


FULL_TEXT = "/europepmc/webservices/rest/PMC101/fullTextXML"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries that do not wait."""
    monkeypatch.setattr(Service, "_sleep", staticmethod(lambda seconds: None))


def test_documents_come_in_the_order_of_the_records_however_long_an_answer_takes(
    serve: Serve, server: ApiServer, library: Library
) -> None:
    asked = {"full_text": True, "references": True, "entities": ["pubtator", "europepmc"]}
    calm = [(document.kind, document.source_id) for document in harvest(server, **asked)]
    slow = serve(*services(library))
    slow.fail(faults.slow(0.3), path=FULL_TEXT)
    found = [(document.kind, document.source_id) for document in harvest(slow, **asked)]
    assert [(kind, id.replace(slow.base_url, server.base_url)) for kind, id in found] == calm
    moments = [request.at for request in slow.requests]
    assert moments[-1] - moments[0] < 0.3


def test_a_service_that_has_no_full_text_after_all(server: ApiServer) -> None:
    server.fail(faults.status(404), times=1000, path=FULL_TEXT)
    found = kinds(list(harvest(server, full_text=True, references=True)))
    assert ("europepmc:fulltext", "jats") not in found
    assert found.count(("europepmc:references", "europepmc-references")) == 4


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("fault", [faults.status(500), faults.drop, faults.answer(b""), faults.status(403)])
def test_a_paper_that_a_service_fails_for_does_not_hold_up_the_rest(server: ApiServer, fault: Fault) -> None:
    server.fail(fault, times=1000, path=FULL_TEXT)
    found = list(harvest(server, full_text=True, references=True))
    (missing,) = [document for document in found if isinstance(document, Unfetched)]
    assert (missing.source, missing.source_id, missing.check) == ("europepmc:fulltext", "MED:101", "answer")
    assert FULL_TEXT in missing.message
    assert kinds(found).count(("europepmc:references", "europepmc-references")) == 3


def test_papers_that_are_tried_again_are_asked_about_one_by_one(server: ApiServer) -> None:
    list(harvest(server, again=["MED:101", "MED:102", "PPR:PPR1"], entities=["pubtator", "europepmc"]))
    assert {target.split("?")[1] for target in server.asked() if "annotationsByArticleIds" in target} == {
        f"articleIds={one}&format=JSON" for one in ("MED%3A101", "MED%3A102", "PPR%3APPR1")
    }
    assert {target.split("?")[1] for target in server.asked() if "/publications/export/" in target} == {
        f"pmids={one}&full=true" for one in (101, 102)
    }


@pytest.mark.usefixtures("hasty")
def test_a_service_that_is_down_ends_the_window(server: ApiServer, library: Library) -> None:
    for number in range(8 * (DOWN + 1)):
        library.add(str(200 + number))
    server.fail(faults.status(503), times=1000, path="/annotations_api/")
    with pytest.raises(Unreachable, match="503 Service Unavailable"):
        list(harvest(server, entities=["europepmc"]))
    server.server_close()
    with pytest.raises(Unreachable):
        list(harvest(server))


def test_articles_and_ids_that_an_answer_leaves_out_are_asked_for_once_more(server: ApiServer) -> None:
    server.chance = RandomFaults(1.0, 2, kinds=["late", "dropped_id"])
    found = list(harvest(server, entities=["europepmc", "pubtator"]))
    told = [document.body.read() for document in found if isinstance(document, RawDocument)]
    assert sum(b'"exact": "water"' in content for content in told) == 1
    assert sorted(id for id in (b'"pmid": 101', b'"pmid": 102') for content in told if id in content) == [
        b'"pmid": 101',
        b'"pmid": 102',
    ]


def test_a_record_that_changes_while_a_cursor_walks_is_met_in_a_later_window(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(europepmc, "PAGE_SIZE", 5)
    library = Library()
    for number in range(40):
        library.add(str(100 + number))
    server = serve(*services(library, on_search=Restless(library, 1.0, 3)))
    seen = [records_of(found) for found in (harvest(server), harvest(server, window=(date.today(), date.today())))]
    assert set(seen[0]) != set(map(str, library))
    assert {*seen[0], *seen[1]} == set(map(str, library))


def test_papers_by_the_day_of_their_publication(serve: Serve) -> None:
    library = Library()
    for year in (2019, 2020, 2021):
        library.add(str(year), updated="2024-06-01", firstPublicationDate=f"{year}-12-31")
    with asking(serve(*services(library))) as asked:
        assert records_of(asked.published(date(2020, 1, 1), date(2020, 12, 31))) == ["MED:2020"]
        assert len(records_of(asked.published(date(2019, 12, 31), date(2021, 12, 30)))) == 2
        assert count_hits(asked.services, published_query(asked.topic, date(2019, 1, 1), date(2020, 12, 31))) == 2
        assert count_hits(asked.services, published_query(asked.topic, date(1990, 1, 1), date(1990, 12, 31))) == 0


def test_known_papers_are_asked_about_by_any_name(server: ApiServer, library: Library) -> None:
    library.add("104", title="On snow.", doi="10.5555/snow")
    with asking(server) as asked:
        found = asked.known(["MED:101", "PMCID:PMC103", "PPR:PPR1", "DOI:10.5555/snow"], with_entities=False)
        assert sorted(records_of(found)) == ["MED:101", "MED:104", "PMC:PMC103", "PPR:PPR1"]


def test_entities_of_known_papers_that_did_not_change(server: ApiServer) -> None:
    """Of the one that changed all is fetched, of the others only entities."""
    options = {"full_text": True, "references": True, "entities": ["pubtator", "europepmc"]}

    def one_changed(papers: list[PaperRows]) -> list[PaperRows]:
        return [paper for paper in papers if paper.source_id == "MED:102"]

    with asking(server, one_changed, **options) as asked:
        list(asked.known(["MED:101", "MED:102"], with_entities=False))
        assert [target for target in server.asked() if "MED%3A101&" in target or "fullTextXML" in target] == []
        first = len(server.requests)
        list(asked.known(["MED:101", "MED:102"], with_entities=True))
        later = [request.target for request in server.requests][first:]
    assert [target for target in later if "fullTextXML" in target] == []
    assert sum("annotationsByArticleIds?articleIds=MED%3A101" in target for target in later) == 1
    assert sum("pmids=101&" in target for target in later) == 1


def test_names_of_many_papers_take_several_searches(server: ApiServer) -> None:
    with asking(server) as asked:
        list(asked.known([f"MED:{number}" for number in range(120)], with_entities=False))
    assert len({target for target in server.asked() if "cursorMark=%2A" in target}) == 3


def records_of(found: Iterator[Document]) -> list[str]:
    return [
        f"{record['source']}:{record['id']}"
        for document in found
        if isinstance(document, RawDocument)
        for record in json.load(document.body)["resultList"]["result"]
    ]


@pytest.mark.alone
def test_the_allowed_rate_is_used_however_long_an_answer_takes(serve: Serve) -> None:
    rate, library = 20, Library.synthetic(80, first="2024-01-01", last="2024-12-31", full_text=True)
    server = serve(lambda request: time.sleep(0.5), *services(library))
    list(harvest(server, rate=rate, full_text=True, references=True, entities=["pubtator", "europepmc"]))
    moments = sorted(request.at for request in server.requests)[1:]  # nothing is known before the first page
    assert server.most_in_a_second() <= rate
    assert (len(moments) - 1) / (moments[-1] - moments[0]) >= 0.95 * rate
