"""The loopback services behave as the real ones: the rules that a client meets, seen over HTTP."""

import gzip
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apis import chance, records
from tests.apis.chance import RandomFaults, Restless
from tests.apis.europepmc import ENDINGS
from tests.apis.library import Library, annotation, article
from tests.apis.paper import Entity, Paper
from tests.apis.query import QueryError, matcher
from tests.apis.server import ApiServer, Reply, Request
from tests.apis.services import services, sources

Serve = Callable[..., ApiServer]
JSON = {"format": "json"}


@pytest.fixture
def library() -> Library:
    """Sixty papers: MED 100 to 139, of which 20 with a PMCID, PPR1 to PPR10, PMC9001 to PMC9010."""
    made = Library()
    for number in range(40):
        pmcid = f"PMC{number}" if number % 2 else None
        made.add(str(100 + number), pmcid=pmcid, updated=f"2024-06-{1 + number % 30:02}", title=f"Paper {number}.")
    for number in range(1, 11):
        made.add(f"PPR{number}", "PPR", doi=f"10.5555/p{number}")
        made.add(f"PMC900{number}" if number < 10 else "PMC9010", "PMC", open_access=True)
    return made


@pytest.fixture
def client(serve: Serve, library: Library) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serve(*services(library)).base_url) as opened:
        yield opened


def search(client: httpx.Client, query: str, **params: Any) -> dict[str, Any]:
    answer = client.get("/europepmc/webservices/rest/search", params={"query": query, **JSON, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def walk(client: httpx.Client, query: str, page_size: int = 7, **params: Any) -> Iterator[list[dict[str, Any]]]:
    """The pages of a search, as a client should walk them."""
    cursor: str | None = "*"
    while cursor:
        page = search(client, query, pageSize=page_size, cursorMark=cursor, **params)
        yield page["resultList"]["result"]
        following = page.get("nextCursorMark")
        cursor = following if following != cursor and page["resultList"]["result"] else None


def found(client: httpx.Client, query: str) -> set[str]:
    return {row["id"] for page in walk(client, query, 1000) for row in page}


# --- search


def test_the_envelope(client: httpx.Client) -> None:
    page = search(client, "water", pageSize=2, resultType="core")
    assert list(page) == ["version", "hitCount", "nextCursorMark", "nextPageUrl", "request", "resultList"]
    assert (page["version"], page["hitCount"]) == ("6.9", 60)
    assert page["request"] == {
        "queryString": "water",
        "resultType": "core",
        "cursorMark": "%2A",
        "pageSize": 2,
        "sort": "",
        "synonym": False,
    }
    assert f"cursorMark={page['nextCursorMark']}&" in page["nextPageUrl"]
    assert len(page["resultList"]["result"]) == 2
    assert len(search(client, "water")["resultList"]["result"]) == 25


def test_a_query_by_post(client: httpx.Client) -> None:
    address, form = "/europepmc/webservices/rest/searchPOST", {"query": "SRC:PPR", "pageSize": "3", **JSON}
    page = client.post(address, data=form).json()
    assert page["hitCount"] == 10
    assert "nextPageUrl" not in page
    assert page["request"]["cursorMark"] == "*"
    assert client.get(address, params=form).status_code == 405


def test_nothing_found_has_no_cursor(client: httpx.Client) -> None:
    page = search(client, 'TITLE:"no such words"')
    assert (page["hitCount"], page["resultList"]) == (0, {"result": []})
    assert not {"nextCursorMark", "nextPageUrl"} & set(page)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("size", [7, 20, 60, 1000])
def test_a_walk_meets_every_record_once_however_it_ends(serve: Serve, library: Library, ending: str, size: int) -> None:
    with httpx.Client(base_url=serve(*services(library, ending=ending)).base_url) as client:
        pages = list(walk(client, "water", size))
        ids = [row["id"] for page in pages for row in page]
        assert len(ids) == len(set(ids)) == 60
        assert (pages[-1] == []) == (ending == "empty page")


def test_cursors_belong_to_a_query_and_must_be_quoted(client: httpx.Client) -> None:
    cursors = []
    cursor = "*"
    for _ in range(30):
        cursor = search(client, "water", pageSize=1, cursorMark=cursor)["nextCursorMark"]
        cursors.append(cursor)
    assert all(cursor.endswith("==") for cursor in cursors)
    assert any("+" in cursor for cursor in cursors)
    wrong = [
        search(client, "ice", cursorMark=cursors[0]),
        search(client, "water", cursorMark=cursors[0], sort="CITED desc"),
        search(client, "water", cursorMark="AoII"),
        search(client, "water", cursorMark=next(cursor for cursor in cursors if "+" in cursor).replace("+", " ")),
    ]
    for body in wrong:
        assert set(body) == {"version", "errCode", "errMsg"}


def test_core_lite_and_idlist(client: httpx.Client) -> None:
    core, lite, ids = (
        search(client, "EXT_ID:101", resultType=kind)["resultList"]["result"][0] for kind in ("core", "lite", "idlist")
    )
    assert core["journalInfo"]["journal"]["title"] == lite["journalTitle"] == "Journal of samples"
    assert (core["pubYear"], core["isOpenAccess"], core["citedByCount"]) == ("2024", "N", 0)
    assert lite["pubType"] == "journal article"
    assert "abstractText" not in lite
    assert None not in core.values()
    assert ids == {
        "id": "101",
        "source": "MED",
        "pmid": "101",
        "pmcid": "PMC1",
        "fullTextIdList": {"fullTextId": ["PMC1"]},
    }


def test_xml_is_the_default_and_an_unknown_sort_gives_a_version_only(client: httpx.Client) -> None:
    address = "/europepmc/webservices/rest/search"
    answer = client.get(address, params={"query": "water"}, headers={"Accept": "*/*"})
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.text.startswith("<?xml")
    accepted = client.get(address, params={"query": "water"}, headers={"Accept": "application/json"})
    assert accepted.json()["hitCount"] == 60
    overruled = client.get(address, params={"query": "water", "format": "xml"}, headers={"Accept": "application/json"})
    assert overruled.text.startswith("<?xml")
    assert search(client, "water", sort="NOISE desc") == {"version": "6.9"}


@pytest.mark.parametrize(
    "params",
    [
        {"query": ""},
        {"query": "(water"},
        {"query": "water)"},
        {"query": "water AND"},
        {"query": "UPDATE_DATE:[2024-06-01 TO soon]"},
        {"query": "UPDATE_DATE:[2024-06-01T00:00:00 TO 2024-06-02]"},
        {"query": 'say "water'},
        {"query": "water", "pageSize": 1001},
        {"query": "water", "pageSize": 0},
        {"query": "water", "resultType": "all"},
    ],
)
def test_a_bad_request_is_a_200_with_an_error(client: httpx.Client, params: dict[str, Any]) -> None:
    body = search(client, **params)
    assert body["errCode"] == 404
    assert "resultList" not in body


def test_sorted_results(library: Library, client: httpx.Client) -> None:
    for number in range(40):
        library.change(f"MED:{100 + number}", citedByCount=number * 3)
    cited = [row["citedByCount"] for page in walk(client, "SRC:MED", sort="CITED desc") for row in page]
    assert cited == sorted(cited, reverse=True)
    assert len(cited) == 40


def paper(**fields: Any) -> Paper:
    day = date.fromisoformat(fields.pop("updated", "2024-06-15"))
    return Paper.of(records.core(fields.pop("id", "12"), fields.pop("source", "MED"), **fields), day)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("UPDATE_DATE:[2024-06-15 TO 2024-06-15]", {}),
        ("UPDATE_DATE:[2024-06-01 TO 2024-06-14]", None),
        ("UPDATE_DATE:[2024-06-16 TO *]", None),
        ("UPDATE_DATE:[* TO 3000]", {}),
        ("UPDATE_DATE:[2024 TO 2024-06]", {}),
        ("UPDATE_DATE:2024-06-15", {}),
        ("(water AND ice) AND UPDATE_DATE:[2024-06-01 TO 2024-06-30]", {}),
        ('("heavy water" OR ice) AND UPDATE_DATE:[2024-07-01 TO 2024-07-30]', None),
        ("water OR UPDATE_DATE:[2024-07-01 TO 2024-07-30]", {}),
        ("(AUTH:Doe OR KW:x) OPEN_ACCESS:Y", {"open_access": True}),
        ("OPEN_ACCESS:y", None),
        ("NOT OPEN_ACCESS:Y", {}),
        ("water NOT SRC:MED", None),
        ("EXT_ID:12 AND SRC:MED", {}),
        ('EXT_ID:"12" AND SRC:MED', None),
        ("PMCID:PMC3 AND SRC:PMC", None),
        ("PMCID:pmc3", {"pmcid": "PMC3"}),
        ('DOI:"10.5555/A"', {"doi": "10.5555/a"}),
        ("SRC:(PMC OR MED)", {}),
        ('TITLE:"heavy water"', {"title": "On Heavy Water."}),
        ('TITLE:(water AND "ice")', {"title": "Water"}),
        ('PUB_TYPE:"Retracted Publication"', None),
        ('PUB_TYPE:"journal article"', {}),
        ("PUB_YEAR:[2023 TO 2024] AND FIRST_PDATE:2024-03", {}),
        ("PUB_YEAR:2023", None),
        ("HAS_ABSTRACT:Y", {"abstract": None}),
    ],
)
def test_queries(query: str, fields: dict[str, Any] | None) -> None:
    """Fields: those of a paper that is found; None: it is not."""
    expected = fields is not None and query not in ('TITLE:(water AND "ice")', "HAS_ABSTRACT:Y")
    assert matcher(query)(paper(**fields or {})) == expected


def test_any_words_that_are_no_query() -> None:
    for query in ("a AND OR b", "AND", "()", "TITLE:(a", "NOT"):
        with pytest.raises(QueryError):
            matcher(query)


# --- a library that changes


def test_changes_show_at_once(library: Library, client: httpx.Client) -> None:
    july = "UPDATE_DATE:[2024-07-01 TO 2024-07-31]"
    assert found(client, july) == set()
    library.change("MED:103", "2024-07-02", title="Mended.", license=None, citedByCount=7)
    library.retract("PMC5", "2024-07-03", notice="555")
    library.add("200", updated="2024-07-04")
    library.remove("MED:100")
    assert found(client, july) == {"103", "105", "200"}
    rows = {row["id"]: row for page in walk(client, july, resultType="core") for row in page}
    assert (rows["103"]["title"], rows["103"]["citedByCount"]) == ("Mended.", 7)
    assert rows["105"]["pubTypeList"]["pubType"] == ["Journal Article", "Retracted Publication"]
    assert rows["105"]["commentCorrectionList"]["commentCorrection"][0]["type"] == "Retraction in"
    assert search(client, "water")["hitCount"] == 60


def test_a_record_that_changes_while_a_cursor_walks(serve: Serve, library: Library) -> None:
    def on_search(number: int) -> None:
        if number == 3:
            library.change("MED:110", "2024-08-01", title="New.")
            library.add("300", updated="2024-08-01")

    with httpx.Client(base_url=serve(*services(library, on_search=on_search)).base_url) as client:
        seen = Counter(row["id"] for page in walk(client, "water", 5) for row in page)
        others = set(seen) - {"110", "300"}
        assert len(others) == 59
        assert all(seen[id] == 1 for id in others)
        assert seen["110"] <= 2
        assert found(client, "UPDATE_DATE:[2024-08-01 TO 2024-08-01]") == {"110", "300"}


# --- references, citations, full text


def test_references_by_page(library: Library, client: httpx.Client) -> None:
    cited = library["MED:101"].record
    rows = [records.reference(order, None if order == 2 else cited) for order in range(1, 31)]
    library.change("MED:100", references=rows, citations=[{**records.citation(cited), "citedByCount": 1}])
    base = "/europepmc/webservices/rest/MED"
    first = client.get(f"{base}/100/references", params=JSON).json()
    assert (first["hitCount"], len(first["referenceList"]["reference"])) == (30, 25)
    assert first["request"] == {"id": "100", "source": "MED", "offSet": 0, "pageSize": 25}
    last = client.get(f"{base}/100/references", params={"page": 3, "pageSize": 12, **JSON}).json()
    assert [row["citedOrder"] for row in last["referenceList"]["reference"]] == [25, 26, 27, 28, 29, 30]
    match, text = first["referenceList"]["reference"][:2]
    assert (match["id"], match["match"], match["pubYear"]) == ("101", "Y", 2024)
    assert (text["match"], "id" in text, "unstructuredInformation" in text) == ("N", False, True)
    assert client.get(f"{base}/100/citations", params=JSON).json()["citationList"]["citation"][0]["citedByCount"] == 1
    assert client.get(f"{base}/999/references", params=JSON).json()["referenceList"] == {"reference": []}
    assert client.get(f"{base}/100/references", params={"page": 0, **JSON}).json()["errCode"] == 404
    assert client.get(f"{base}/100/references").text.startswith("<?xml")


def test_full_text_only_of_open_access(library: Library, client: httpx.Client) -> None:
    xml = article("PMC9001", "On water", "Water is wet.")
    library.change("PMC9001", jats=xml)
    library.change("PMC1", jats=xml)
    base = "/europepmc/webservices/rest"
    answer = client.get(f"{base}/PMC9001/fullTextXML", headers={"Accept": "application/xml"})
    assert answer.content == xml
    assert answer.headers["content-type"].startswith("application/xml")
    assert client.get(f"{base}/PMC9001/fullTextXML").status_code == 200
    assert client.get(f"{base}/PMC9001/fullTextXML", headers={"Accept": "application/json"}).status_code == 406
    for id in ("PMC1", "PMC9002", "PMC77", "9001"):
        missing = client.get(f"{base}/{id}/fullTextXML")
        assert (missing.status_code, missing.json()) == (404, {"status": 404, "error": "Not Found"})


# --- annotations and PubTator

WATER = Entity(
    "water", "Chemical", "MESH:D014867", "Water", None, "Chemicals", "http://purl.obolibrary.org/obo/CHEBI_15377"
)
HUMANS = Entity("humans", "Species", "9606")
ODD = (Entity("dew", "Chemical", "-"), Entity("worm", "Species", "6239;252961"), Entity("fog", "Disease"))


@pytest.fixture
def annotated(library: Library) -> Library:
    library.change(
        "MED:100", title="Water.", abstractText="Of <i>water</i> and humans.", entities=[WATER, HUMANS, *ODD]
    )
    xml = article("PMC9001", "On water", "Watery water, dew and a worm.", "Fog.")
    library.change("PMC9001", jats=xml, title="On water", entities=[WATER, HUMANS, *ODD])
    return library


def annotated_articles(client: httpx.Client, *ids: str, **params: str) -> Any:
    address = "/europepmc/annotations_api/annotationsByArticleIds"
    return client.get(address, params={"articleIds": ",".join(ids), "format": "JSON", **params})


def test_annotations_of_one_to_eight_articles(annotated: Library, client: httpx.Client) -> None:
    body = annotated_articles(client, "MED:100", "MED:102", "PMC:PMC9001", "PMC:1", "MED:0").json()
    assert [(each["source"], each["extId"], each.get("pmcid")) for each in body] == [
        ("MED", "100", None),
        ("PMC", "PMC9001", "PMC9001"),
    ]
    title, abstract = body[0]["annotations"]
    assert (title["exact"], title["section"]) == ("Water", "Title (http://purl.org/dc/elements/1.1/title)")
    assert (abstract["exact"], abstract["prefix"], abstract["postfix"]) == ("water", "Of ", " and humans.")
    assert abstract["tags"] == [{"name": "water", "uri": "http://purl.obolibrary.org/obo/CHEBI_15377"}]
    assert [row["section"].split()[0] for row in body[1]["annotations"]] == ["Title", "Introduction"]
    assert annotated_articles(client, "PMC:9001").json() == annotated_articles(client, "PMC:PMC9001").json()
    assert annotated_articles(client, "MED:100", type="Diseases").json() == []
    for ids in ([], [f"MED:{id}" for id in range(9)], ["100"]):
        refused = annotated_articles(client, *ids)
        assert refused.status_code == 400
        assert refused.json()["status"] == 400
    assert "between 1 and 8 values" in annotated_articles(client).json()["message"]


def test_late_annotations(library: Library, client: httpx.Client) -> None:
    assert annotated_articles(client, "MED:101").json() == []
    library.annotate(
        "MED:101", annotation("PCR", "Experimental Methods", "http://x.test/OBI_1"), annotation("x", "Diseases")
    )
    (late,) = annotated_articles(client, "MED:101").json()
    assert [row["exact"] for row in late["annotations"]] == ["PCR", "x"]
    assert late["pmcid"] == "PMC1"
    assert library["MED:101"].updated == date(2024, 6, 2)


def pubtator(client: httpx.Client, path: str = "export", **params: str) -> httpx.Response:
    return client.get(f"/research/pubtator3-api/publications/{path}/biocjson", params=params)


def test_pubtator_by_pmid(annotated: Library, client: httpx.Client) -> None:
    body = pubtator(client, pmids="100,5,101,x").json()
    assert list(body) == ["PubTator3"]
    first, second = body["PubTator3"]
    assert (first["_id"], first["id"], first["pmid"], first["pmcid"]) == ("100|None", "100", 100, None)
    assert [passage["infons"]["type"] for passage in first["passages"]] == ["title", "abstract"]
    assert second["passages"][0]["infons"]["article-id_pmc"] == "PMC1"
    for document in (first, second):
        for passage in document["passages"]:
            for mention in passage["annotations"]:
                at = mention["locations"][0]["offset"] - passage["offset"]
                assert passage["text"][at : at + len(mention["text"])] == mention["text"]
    infons = [mention["infons"] for passage in first["passages"] for mention in passage["annotations"]]
    assert [each["identifier"] for each in infons] == ["MESH:D014867", "MESH:D014867", "9606"]
    assert (infons[0]["normalized_id"], infons[0]["name"]) == ("D014867", "Water")
    assert (infons[2]["normalized_id"], infons[2]["name"], infons[2]["accession"]) == (9606, "9606", None)


def test_pubtator_by_pmcid_has_the_full_text(annotated: Library, client: httpx.Client) -> None:
    (document,) = pubtator(client, "pmc_export", pmcids="PMC9001,PMC1,9001,PMC5").json()["PubTator3"]
    assert (document["id"], document["pmid"]) == ("9001", None)
    assert [passage["infons"]["section_type"] for passage in document["passages"]] == [
        *("TITLE", "ABSTRACT", "INTRO", "INTRO", "RESULTS", "RESULTS")
    ]
    infons = [mention["infons"] for passage in document["passages"] for mention in passage["annotations"]]
    assert [each.get("identifier") for each in infons] == ["MESH:D014867", "MESH:D014867", "-", "6239;252961", None]
    assert (infons[3]["normalized_id"], infons[3]["name"]) == (6239, "6239")
    assert infons[4] == {"type": "Disease", "valid": False, "normalized_id": None, "biotype": "disease"}


def test_pubtator_refuses(annotated: Library, client: httpx.Client) -> None:
    assert pubtator(client, pmids="5").status_code == 404
    assert pubtator(client).status_code == 400
    assert pubtator(client, pmids=",".join(map(str, range(100)))).status_code == 404
    assert pubtator(client, pmids=",".join(map(str, range(101)))).status_code == 502
    assert pubtator(client, pmids="100", full="true").json()["PubTator3"][0]["_id"] == "100|None"
    annotated.change("MED:100", documents=[{"_id": "as it is"}])
    assert pubtator(client, pmids="100").json() == {"PubTator3": [{"_id": "as it is"}]}


def test_pages(library: Library, client: httpx.Client) -> None:
    assert client.get("/paper/PMC1/full.md").text.startswith("# Paper 1.\n")
    library.change("PMC1", page=b"# Own page\n")
    assert client.get("/paper/PMC1/full.md").text == "# Own page\n"
    assert client.get("/paper/PMC77/full.md").status_code == 404


# --- libraries from folders and from nothing


def test_records_in_three_wrappings_are_flattened() -> None:
    live = {
        "id": "1",
        "source": "MED",
        "title": "T",
        "authorList": {
            "author": [
                {
                    "fullName": "Doe J",
                    "authorId": {"type": "ORCID", "value": "0000-0002-1825-0097"},
                    "authorAffiliationDetailsList": {"authorAffiliation": [{"affiliation": "Here"}]},
                }
            ]
        },
        "journalInfo": {"yearOfPublication": 2020, "journal": {"issn": "1234-5679"}},
        "keywordList": {"keyword": ["one"]},
        "citedByCount": 3,
    }
    lists = {
        "id": ["1"],
        "source": ["MED"],
        "title": ["T"],
        "authorList": [
            {
                "author": [
                    {
                        "fullName": ["Doe J"],
                        "authorId": [{"_": "0000-0002-1825-0097", "$": {"type": "ORCID"}}],
                        "affiliation": ["Here"],
                    }
                ]
            }
        ],
        "journalInfo": [{"yearOfPublication": ["2020"], "journal": [{"ISSN": ["1234-5679"]}]}],
        "keywordList": [{"keyword": ["one"]}],
        "citedByCount": ["3"],
    }
    below = {
        "downloaded": True,
        "full": {
            "id": "1",
            "source": "MED",
            "title": "T",
            "authorList": {
                "author": {
                    "fullName": "Doe J",
                    "authorId": {"@type": "ORCID", "#text": "0000-0002-1825-0097"},
                    "authorAffiliationDetailsList": {"authorAffiliation": {"affiliation": "Here"}},
                }
            },
            "journalInfo": {"yearOfPublication": "2020", "journal": {"ISSN": "1234-5679"}},
            "keywordList": {"keyword": "one"},
            "citedByCount": "3",
        },
    }
    assert records.flat(live) == records.flat(lists) == records.flat(below) == live
    assert records.flat({"pmid": "1"}) is records.flat([]) is None


def test_a_library_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.xml").write_bytes(article("PMC11", "One", "Wheat.", doi="10.5555/one"))
    (tmp_path / "a" / "two.nxml").write_bytes(article("", "Two", "Rice.", doi="10.5555/two").replace(b"pmcid", b"pmc"))
    (tmp_path / "not.xml").write_text("<html/>")
    (tmp_path / "broken.xml").write_text("<article")
    (tmp_path / "PMC11.md").write_text("# Page")
    (tmp_path / "one.json").write_text(json.dumps(records.core("7", pmcid="PMC11", title="One", open_access=True)))
    (tmp_path / "alone.json").write_text(json.dumps([records.core("8")]))
    made, again = Library.from_corpus(tmp_path), Library.from_corpus(tmp_path)
    assert [(str(each), each.updated) for each in made] == [(str(each), each.updated) for each in again]
    by_source = Counter(each.source for each in made)
    assert by_source == {"MED": 7, "PMC": 4, "PPR": 4}
    one = made["PMC11"]
    assert (one.id, one.page, one.xml) == ("7", b"# Page", (tmp_path / "a" / "one.xml").read_bytes())
    (two,) = (each for each in made if each.record.get("doi") == "10.5555/two")
    assert two.pmcid is not None
    assert two.pmcid.startswith("PMC9")
    assert two.record["title"] == "Two"
    assert two.is_open
    assert date(2024, 1, 1) <= two.updated <= date(2025, 12, 31)
    assert {row["match"] for row in two.list_of("references")} <= {"Y", "N"}
    assert any("Retracted Publication" in each.record["pubTypeList"]["pubType"] for each in made)
    assert any(each.record["title"].startswith("WITHDRAWN") for each in made)


def test_a_synthetic_library_is_made_on_demand() -> None:
    made, again, other = Library.synthetic(300, 1), Library.synthetic(300, 1), Library.synthetic(300, 2)
    assert [each.record for each in made] == [each.record for each in again]
    assert made["MED:40000001"].record != other["MED:40000001"].record
    assert Counter(each.source for each in made) == {"MED": 285, "PPR": 15}
    texts = Library.synthetic(30, full_text=True)
    assert all(each.xml and each.is_open for each in texts if each.pmcid)


# --- faults


def answers(server: ApiServer, paths: list[str], threads: int = 1) -> list[str]:
    with httpx.Client(base_url=server.base_url) as http, ThreadPoolExecutor(threads) as pool:

        def ask(path: str) -> str:
            try:
                answer = http.get(path)
            except httpx.HTTPError as error:
                return type(error).__name__
            return f"{answer.status_code} {answer.headers.get('retry-after')} {answer.text[:50]}"

        return list(pool.map(ask, paths))


def test_the_same_seed_gives_the_same_faults(serve: Serve, library: Library) -> None:
    paths = [f"/europepmc/webservices/rest/MED/{100 + at}/references?format=json" for at in range(20)] * 2
    runs = []
    for seed, threads in ((5, 1), (5, 4), (6, 1)):
        server = serve(*services(library))
        server.chance = RandomFaults(0.5, seed, longest=0)
        runs.append(Counter(zip(paths, answers(server, paths, threads), strict=True)))
        assert 10 <= server.faulted.total() <= 30
    assert runs[0] == runs[1] != runs[2]


def test_no_address_meets_more_faults_in_a_row_than_allowed() -> None:
    always = RandomFaults(1.0, 3, in_a_row=2, kinds=["unavailable", "err_code"])
    request = Request(0, "GET", "/search?a", "/search", {}, {})
    wrong = [always(request, Reply(b'{"version":"6.9"}')) is not None for _ in range(9)]
    assert wrong == [True, True, False] * 3
    with pytest.raises(ValueError, match="no such faults: noise"):
        RandomFaults(0.1, kinds=["noise"])


def test_every_kind_of_fault_comes_where_it_belongs() -> None:
    came: dict[str, set[str]] = {}
    bioc = json.dumps({"PubTator3": [{"_id": str(id)} for id in range(500)]}).encode()
    articles = json.dumps([{"source": "MED", "extId": str(id)} for id in range(500)]).encode()
    requests = {
        "/europepmc/webservices/rest/search": b'{"version": "6.9", "hitCount": 1}',
        "/europepmc/webservices/rest/PMC1/fullTextXML": b"<article/>",
        "/europepmc/annotations_api/annotationsByArticleIds": articles,
        "/research/pubtator3-api/publications/export/biocjson": bioc,
    }
    for path, body in requests.items():
        always = RandomFaults(1.0, 1, in_a_row=10**6)
        headers = {"accept-encoding": "gzip"}
        faults = (always(Request(0, "GET", f"{path}?{at}", path, {}, headers), Reply(body)) for at in range(200))
        came[path.split("/")[-1]] = {fault[0] for fault in faults if fault}
    assert came["search"] == {*chance.GENERAL, "err_code", "version_only"}
    assert came["fullTextXML"] == {*chance.GENERAL}
    assert came["annotationsByArticleIds"] == {*chance.GENERAL, "late"}
    assert came["biocjson"] == {*chance.GENERAL, "maintenance", "dropped_id"}


def test_a_dropped_id_comes_with_the_next_request(serve: Serve, library: Library) -> None:
    server = serve(*services(library))
    server.chance = RandomFaults(1.0, 2, kinds=["dropped_id"])
    ids = {str(id) for id in range(100, 110)}
    with httpx.Client(base_url=server.base_url) as client:
        lacking = ids - {
            document["id"] for document in pubtator(client, pmids=",".join(sorted(ids))).json()["PubTator3"]
        }
        assert len(lacking) == 1
        (again,) = pubtator(client, pmids=",".join(lacking)).json()["PubTator3"]
    assert {again["id"]} == lacking


def test_a_late_article_comes_with_the_next_request(serve: Serve, library: Library) -> None:
    library.annotate("MED:110", annotation("water", "Chemicals"))
    server = serve(*services(library))
    server.chance = RandomFaults(1.0, 2, kinds=["late"])
    with httpx.Client(base_url=server.base_url) as client:
        answers = [
            client.get("/europepmc/annotations_api/annotationsByArticleIds?articleIds=MED:110,MED:111").json()
            for _ in range(2)
        ]
    assert [len(answer) for answer in answers] == [0, 1]


def test_a_restless_library_updates_records_while_a_cursor_walks(serve: Serve, library: Library) -> None:
    before = {str(paper): paper.updated for paper in library}
    restless = Restless(library, 0.5, 1)
    with httpx.Client(base_url=serve(*services(library, on_search=restless)).base_url) as client:
        assert sum(len(page) for page in walk(client, "water", 5)) >= 50
    updated = {str(paper) for paper in library if paper.updated != before[str(paper)]}
    assert 2 <= len(updated) <= 12
    assert all(library[key].record["citedByCount"] >= 1 for key in updated)


def careful(client: httpx.Client, attempts: int = 4, **params: Any) -> dict[str, Any]:
    """A page of results, asked for again until it is whole."""
    for _ in range(attempts):
        try:
            answer = client.get("/europepmc/webservices/rest/search", params={**JSON, **params})
            if answer.status_code == 200 and "resultList" in answer.json():
                page: dict[str, Any] = answer.json()
                return page
        except (httpx.HTTPError, ValueError):
            continue
    raise AssertionError(f"{params} after {attempts} attempts")


@pytest.mark.parametrize("seed", range(3))
def test_a_careful_client_gets_every_record_once_under_faults(serve: Serve, library: Library, seed: int) -> None:
    server = serve(*services(library))
    server.chance = RandomFaults(0.3, seed, longest=0)
    seen: Counter[str] = Counter()
    cursor: str | None = "*"
    with httpx.Client(base_url=server.base_url) as client:
        while cursor:
            page = careful(client, query="water", pageSize=2, cursorMark=cursor, resultType="core")
            rows = page["resultList"]["result"]
            seen.update(row["id"] for row in rows)
            following = page.get("nextCursorMark")
            cursor = following if rows and following != cursor else None
    assert len(seen) == 60
    assert set(seen.values()) == {1}
    assert server.faulted.total() > 3


# --- the server


def test_the_server_tells_what_was_asked(serve: Serve, library: Library, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with ApiServer(services(library), log=log) as server:
        server.fail(lambda exchange, reply: exchange.send(reply), path="MED/1")
        with httpx.Client(base_url=server.base_url, headers={"User-Agent": "me"}) as client:
            client.post("/europepmc/webservices/rest/searchPOST", data={"query": "x", **JSON})
            for _ in range(5):
                client.get("/europepmc/webservices/rest/MED/1/references", params=JSON)
        assert server.most_in_a_second() == 6
        assert server.most_in_a_second("/europepmc/webservices/rest/MED") == 5
        assert server.faulted == {"ordered": 1}
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["fault"] for line in lines] == ["", "ordered", "", "", "", ""]
    assert (lines[0]["method"], lines[0]["form"], lines[0]["status"]) == ("POST", "query=x&format=json", 200)
    assert "me" in lines[0]["headers"].values()


def test_most_in_a_second(serve: Serve) -> None:
    server = serve()
    server.requests = [Request(at, "GET", "/a", "/a", {}, {}) for at in (0, 0.1, 0.999, 1.05, 1.0, 2.5, 1.1)]
    assert server.most_in_a_second() == 4
    assert server.most_in_a_second("/b") == 0


def test_the_addresses_are_those_of_the_contract(client: httpx.Client) -> None:
    base = str(client.base_url).rstrip("/")
    for name, path in {
        "europepmc": "search?query=water&format=json",
        "annotations": "annotationsByArticleIds?articleIds=MED:1",
        "pubtator": "publications/export/biocjson?pmids=101",
        "tomesphere": "paper/PMC1/full.md",
    }.items():
        assert httpx.get(f"{sources(base)[name]['base_url']}/{path}").status_code == 200


def test_compressed_and_fast(serve: Serve) -> None:
    server = serve(*services(Library.synthetic(1000)))
    with httpx.Client(base_url=server.base_url, headers={"Accept-Encoding": "gzip"}) as client:
        address = "/europepmc/webservices/rest/search"
        with client.stream("GET", address, params={"query": "x", "pageSize": 100, **JSON}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            assert len(json.loads(gzip.decompress(b"".join(answer.iter_raw())))["resultList"]["result"]) == 100
        started = time.perf_counter()
        for _ in range(50):
            client.get("/europepmc/webservices/rest/MED/40000001/references", params=JSON)
        assert time.perf_counter() - started < 2


def test_all_services_by_hand(tmp_path: Path) -> None:
    (tmp_path / "one.xml").write_bytes(article("PMC11", "One", "Wheat."))
    command = [sys.executable, "-m", "tests.apis", "--corpus", str(tmp_path), "--port", "0"]
    with subprocess.Popen(
        [*command, "--faults", "1", "--kinds", "err_code"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            with httpx.Client(base_url=process.stdout.readline().split()[-1]) as client:
                bodies = [search(client, "x") for _ in range(4)]
                assert ["errCode" in body for body in bodies] == [True, True, True, False]
                assert bodies[3]["hitCount"] == 14
        finally:
            process.terminate()
    for wrong in (["--faults", "2"], ["--kinds", "noise"], ["--corpus", str(tmp_path / "no")]):
        refused = subprocess.run([*command, *wrong], capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        assert refused.stderr.splitlines()[-1].startswith("python -m tests.apis: error: ")
