"""Europe PMC's answers: every record a paper with all that it says, reference lists, and what is no answer."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from tasks.parsers import europepmc
from tasks.parsers.europepmc.notices import notices
from tasks.parsers.europepmc.record import unknown_keys
from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.answers import DATA, NO_ANSWERS, any_bytes, assert_columns, outcomes, papers

CORE = (DATA / "europepmc/core.json").read_bytes()
REFERENCES = (DATA / "europepmc/references.json").read_bytes()
#: Recorded as they are, but no answers in JSON.
NOT_JSON = {"search_cancer.xml", "search_cancer_dc.xml"}


def record(**keys: Any) -> PaperRows:
    """The rows of a record with these keys."""
    [paper] = papers(europepmc.parse, {"resultList": {"result": [{"id": "1", "source": "MED", **keys}]}})
    return paper


def paper(**keys: Any) -> dict[str, Any]:
    return record(**keys).paper


def test_a_core_record() -> None:
    first, preprint, only_pmc = papers(europepmc.parse, CORE)
    assert_columns([first, preprint, only_pmc])
    assert first.paper == {
        "pmcid": "PMC9900001",
        "pmid": "90000001",
        "doi": "10.5555/lake.2025.1",
        "title": "Otters of the upper lake: 10^6 tracks & one spraint",
        "abstract": "Background: Otters swim (P<0.001). Results: They do, at 4 °C, always.",
        "journal": "Journal of lakes",
        "publisher": None,
        "issn": "2041-172X",
        "published": date(2025, 8, 22),
        "published_precision": "day",
        "authors": ["Ida B Reed", "Bo Marsh", "Lake Otter Study Group"],
        "article_type": "research-article",
        "language": "en",
        "license": "CC-BY",
        "is_open_access": True,
        "is_retracted": False,
        "notices": None,
        "notice_of": None,
        "keywords": ["Otters", "Lutra lutra"],
        "mesh_terms": ["Animals", "Otters"],
        "cited_by_count": 7,
        "has_full_text": False,
        "url": "https://europepmc.org/article/MED/90000001",
    }
    assert first.authors == [
        {
            "name": "Ida B Reed",
            "given_names": "Ida B",
            "surname": "Reed",
            "is_collective": False,
            "orcid": "0000-0002-1825-0097",
            "affiliations": ["Lake Institute, Reedham.", "Otter Trust & Co."],
        },
        {
            "name": "Bo Marsh",
            "given_names": "Bo",
            "surname": "Marsh",
            "is_collective": False,
            "orcid": None,
            "affiliations": None,
        },
        {"name": "Lake Otter Study Group", "is_collective": True, "orcid": None, "affiliations": None},
    ]
    assert (first.partial, first.source_id, preprint.source_id) == (False, "MED:90000001", "PPR:PPR900001")
    stated = {key: preprint.paper[key] for key in ("publisher", "journal", "article_type", "is_retracted", "authors")}
    assert stated == {
        "publisher": "lakeRxiv",
        "journal": None,
        "article_type": "preprint",
        "is_retracted": True,
        "authors": ["DA Haas-Kogan", "P le Roux", "JD Smith Jr", "Vandana"],
    }
    assert (preprint.paper["published"], preprint.paper["published_precision"]) == (date(2025, 6, 1), "day")
    assert (only_pmc.paper["published"], only_pmc.paper["published_precision"]) == (date(1931, 1, 1), "year")
    assert (only_pmc.paper["title"], only_pmc.paper["is_retracted"]) == ("[On weirs]", True)
    assert (only_pmc.paper["pmcid"], only_pmc.paper["pmid"]) == ("PMC9900003", None)


def test_a_lite_record() -> None:
    row = record(
        title="On otters.",
        authorString="Reed IB, Lake Study Group.",
        journalTitle="J Lakes",
        journalIssn="1111-1111; 2041-172x; ",
        pubYear="2025",
        pubType="review; journal article",
        firstPublicationDate="2025-12-01",
        citedByCount=0,
        isOpenAccess="N",
    )
    expected = {
        "pmid": "1",
        "title": "On otters",
        "journal": "J Lakes",
        "issn": "2041-172X",
        "published": date(2025, 12, 1),
        "published_precision": "month",
        "article_type": "review-article",
        "is_open_access": False,
        "is_retracted": False,
        "cited_by_count": 0,
    }
    assert row.paper | expected == row.paper
    assert row.authors == [
        {"name": "IB Reed", "given_names": "IB", "surname": "Reed", "is_collective": False},
        {"name": "Lake Study Group", "is_collective": True},
    ]


def test_three_wrappings_of_a_record_give_the_same_rows() -> None:
    flat = json.loads(CORE)["resultList"]["result"][0]

    def listed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: item if isinstance(item, list) else [listed(item)] for key, item in value.items()}
        return value

    [expected] = papers(europepmc.parse, flat)
    for wrapped in (listed(flat), {"downloaded": True, "full": flat}):
        [found] = papers(europepmc.parse, wrapped)
        assert (found.paper, found.authors) == (expected.paper, expected.authors)


def test_single_values_where_lists_are_expected() -> None:
    author = {"lastName": "Reed", "authorId": {"@type": "ORCID", "#text": "0000-0002-1825-0097"}}
    affiliation = {"authorAffiliationDetailsList": {"authorAffiliation": {"affiliation": "Lake Institute"}}}
    found = record(
        authorList={"author": author | affiliation},
        keywordList={"keyword": "Otters"},
        meshHeadingList={"meshHeading": {"descriptorName": "Animals"}},
        pubTypeList={"pubType": "Letter"},
    )
    assert found.authors[0]["orcid"] == "0000-0002-1825-0097"
    assert found.authors[0]["affiliations"] == ["Lake Institute"]
    assert (found.paper["keywords"], found.paper["mesh_terms"], found.paper["article_type"]) == (
        ["Otters"],
        ["Animals"],
        "letter",
    )


def test_the_first_authors_affiliation_stands_with_the_record_in_old_records() -> None:
    authors = record(authorList={"author": [{"lastName": "A"}, {"lastName": "B"}]}, affiliation="Lake").authors
    assert [row["affiliations"] for row in authors] == [["Lake"], None]


DECEMBER = {"journalInfo": {"dateOfPublication": "2025 Dec"}}


@pytest.mark.parametrize(
    ("keys", "published", "precision"),
    [
        ({"electronicPublicationDate": "2025-08-22", **DECEMBER}, "2025-08-22", "day"),
        ({**DECEMBER, "firstPublicationDate": "2025-12-01"}, "2025-12-01", "month"),
        ({**DECEMBER, "firstPublicationDate": "2025-12-05"}, "2025-12-05", "day"),
        ({**DECEMBER, "firstPublicationDate": "2025-03-05"}, "2025-03-05", "day"),
        ({**DECEMBER, "firstPublicationDate": "2026-03-05"}, "2025-12-01", "month"),
        ({"journalInfo": {"dateOfPublication": "2025 Dec 5"}}, "2025-12-05", "day"),
        ({"journalInfo": {"dateOfPublication": "2025 "}}, "2025-01-01", "year"),
        ({"journalInfo": {"dateOfPublication": "2025 Nov-Dec"}}, "2025-01-01", "year"),
        ({"journalInfo": {"dateOfPublication": "2025 Winter"}}, "2025-01-01", "year"),
        ({"journalInfo": {"yearOfPublication": 2025, "monthOfPublication": 12}}, "2025-12-01", "month"),
        ({"journalInfo": {"yearOfPublication": 2025, "monthOfPublication": 0}}, "2025-01-01", "year"),
        ({"firstPublicationDate": "2031-02-03"}, "2031-02-03", "day"),
        ({"firstPublicationDate": "2025-01-01"}, "2025-01-01", "year"),
        ({"pubYear": "2025"}, "2025-01-01", "year"),
        ({"bookOrReportDetails": {"yearOfPublication": 2025}}, "2025-01-01", "year"),
        ({"firstPublicationDate": "2025-02-30", "pubYear": "0"}, None, None),
    ],
)  # fmt: skip
def test_published(keys: dict[str, Any], published: str | None, precision: str | None) -> None:
    row = paper(**keys)
    expected = date.fromisoformat(published) if published else None
    assert (row["published"], row["published_precision"]) == (expected, precision)


@pytest.mark.parametrize(
    ("kinds", "article_type"),
    [
        (["Journal Article", "Review", "review-article"], "review-article"),
        (["case-report", "Case Reports"], "case-report"),
        (["systematic-review", "Systematic Review"], "systematic-review"),
        (["Journal Article", "Review"], "review-article"),
        (["Randomized Controlled Trial", "Journal Article"], "research-article"),
        (["Clinical Trial, Phase II", "Journal Article"], "research-article"),
        (["Journal Article", "retraction notice", "Retraction of Publication"], "retraction"),
        (["Published Erratum", "correction"], "correction"),
        (["Comment", "Letter"], "letter"),
        (["Research Support, Non-U.S. Gov't", "Journal Article"], "journal-article"),
        (["Meta-Analysis", "Journal Article"], "meta-analysis"),
        (["Video-Audio Media"], "video-audio-media"),
        (["Journal Article", "Retracted Publication", "research-article"], "research-article"),
        ([], None),
    ],
)
def test_article_type(kinds: list[str], article_type: str | None) -> None:
    assert paper(pubTypeList={"pubType": kinds})["article_type"] == article_type


@pytest.mark.parametrize(
    ("title", "keys", "is_retracted"),
    [
        ("A", {"pubTypeList": {"pubType": ["Retracted Publication"]}}, True),
        ("A", {"pubType": "retracted publication; journal article"}, True),
        ("A", {"commentCorrectionList": {"commentCorrection": {"type": "Retraction in"}}}, True),
        ("A", {"commentCorrectionList": {"commentCorrection": [{"type": "Retraction of"}]}}, False),
        ("A", {"commentCorrectionList": {"commentCorrection": [{"type": "Expression of concern in"}]}}, False),
        ("WITHDRAWN: A", {}, True),
        ("RETRACTED: A", {"pubType": "journal article"}, True),
        ("Retracted article: A", {}, True),
        ("[RETRACTED ARTICLE] A", {}, True),
        ("Retracted: A", {"pubTypeList": {"pubType": ["Retraction of Publication"]}}, False),
        ("Withdrawn children of the lake", {"pubType": "journal article"}, False),
        ("A", {"pubType": "journal article"}, False),
        ("A", {}, None),
    ],
)
def test_is_retracted(title: str, keys: dict[str, Any], is_retracted: bool | None) -> None:
    assert paper(title=title, **keys)["is_retracted"] is is_retracted


@pytest.mark.parametrize(
    ("links", "about_it", "notice_of"),
    [
        ([("Erratum in", "MED", "1"), ("Erratum in", "MED", "2")], ["correction"], None),
        ([("Retraction in", "MED", "1"), ("Expression of concern in", None, None)],
         ["retraction", "expression-of-concern"], None),
        ([("Erratum for", "MED", "1"), ("Expression of concern for", "PMC", "PMC2"), ("Retraction of", None, None)],
         None, ["PMID:1", "PMC2"]),
        ([("Comment in", "MED", "1"), ("Preprint in", "MED", "2")], None, None),
        ([], None, None),
    ],
)  # fmt: skip
def test_notices(links: list[tuple[str | None, ...]], about_it: list[str] | None, notice_of: list[str] | None) -> None:
    listed = [
        {key: value for key, value in zip(("type", "source", "id"), link, strict=True) if value} for link in links
    ]
    record = {"commentCorrectionList": {"commentCorrection": listed}}
    assert notices(record) == {"notices": about_it, "notice_of": notice_of}


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("P<0.001, x<y and <i>z</i>", "P<0.001, x<y and z"),
        ("A&lt;sup&gt;2&lt;/sup&gt; &lt; &#177;1 R&D;", "A2 < ±1 R&D;"),
        ("<label>AIM</label>To swim.<p>On.</p><p>And on.</p>", "AIM: To swim. On. And on."),
        ("<h4>Abstract</h4>Text", "Text"),
        ("3 x 10<sup>-7</sup> of Na<sup>+</sup> in H<sub>2</sub>O", "3 x 10^-7 of Na+ in H2O"),
        ('<mml:math xmlns:mml="x"><mml:mi>a</mml:mi></mml:math> <a href="y">b</a>', "a b"),
    ],
)
def test_markup(markup: str, text: str) -> None:
    assert paper(abstractText=markup)["abstract"] == text


@pytest.mark.parametrize(
    ("stated", "language"),
    [("eng", "en"), ("ger", "de"), ("eng,fre", "en"), ("und", None), ("haw", "haw"), (None, None)],
)
def test_language(stated: str | None, language: str | None) -> None:
    assert paper(language=stated)["language"] == language


@pytest.mark.parametrize(
    ("stated", "spdx"),
    [("cc by", "CC-BY"), ("cc by-nc-nd", "CC-BY-NC-ND"), ("cc0", "CC0-1.0"), ("bespoke", "bespoke"), (None, None)],
)
def test_license(stated: str | None, spdx: str | None) -> None:
    assert paper(license=stated)["license"] == spdx


def test_the_hash_is_that_of_the_record_whatever_the_order_of_its_keys() -> None:
    canonical = b'{"citedByCount":1,"id":"1","source":"MED"}'
    assert record(citedByCount=1).content_hash == hashlib.sha256(canonical).hexdigest()
    assert record(citedByCount=2).content_hash != record(citedByCount=1).content_hash
    assert record(title="a", pubYear="1").content_hash == record(pubYear="1", title="a").content_hash


def test_what_names_no_paper_is_set_aside_and_the_next_ones_follow() -> None:
    found = outcomes(europepmc.parse, {"resultList": {"result": ["x", {"title": "T"}, {"id": "1", "source": "MED"}]}})
    assert [item.message if isinstance(item, ParseError) else item.source_id for item in found] == [
        "record 1 is a text, not an object",
        "record 2: the record has no id",
        "MED:1",
    ]


@pytest.mark.parametrize(("answer", "check", "message"), NO_ANSWERS)
@pytest.mark.parametrize("parser", [europepmc.parse, europepmc.parse_references], ids=["search", "references"])
def test_no_answers(parser: Any, answer: bytes, check: str, message: str) -> None:
    [error] = outcomes(parser, answer)
    assert isinstance(error, ParseError)
    assert error.check == check
    assert message in error.message


def test_records_and_next_cursor() -> None:
    page = json.loads(CORE)
    assert len(europepmc.records(page)) == 3
    assert europepmc.next_cursor(page, "*") == "AoIIPw+/next=="
    assert europepmc.next_cursor(page, "AoIIPw+/next==") is None
    assert europepmc.next_cursor(page | {"nextCursorMark": None}, "*") is None
    empty = {"version": "6.9", "hitCount": 0, "nextCursorMark": "x", "resultList": {"result": []}}
    assert europepmc.records(empty) == []
    assert europepmc.next_cursor(empty, "*") is None
    assert papers(europepmc.parse, empty) == []
    for broken in ({"version": "6.9"}, {"errCode": 404, "errMsg": "Empty"}, {"hitCount": 9, "resultList": {}}):
        with pytest.raises(ParseError):
            europepmc.records(broken)


def test_references() -> None:
    [paper] = papers(europepmc.parse_references, REFERENCES)
    assert_columns([paper])
    assert (paper.paper, paper.partial, paper.source_id) == ({"pmcid": None, "pmid": "90000001"}, True, "MED:90000001")
    nothing = dict.fromkeys(("label", "title", "authors", "journal", "year", "volume", "pages", "doi", "pmid", "pmcid"))
    assert paper.references == [
        nothing
        | {
            "citation": "Reed IB, Haas-Kogan DA. On otters. J Lakes. 2010;12(3):45-67. doi:10.5555/x.1. PMID:80000001.",
            "title": "On otters",
            "authors": ["IB Reed", "DA Haas-Kogan"],
            "journal": "J Lakes",
            "year": 2010,
            "volume": "12",
            "pages": "45-67",
            "doi": "10.5555/x.1",
            "pmid": "80000001",
        },
        nothing
        | {
            "citation": "Weir board. Weirs? Reedham: Reed & Co. 1931.",
            "title": "Weirs?",
            "authors": ["Weir board"],
            "year": 1931,
        },
        nothing | {"citation": "Lake board. Rules of the lake. 1899."},
    ]


def test_a_paper_without_references() -> None:
    answer = {"version": "6.9", "hitCount": 0, "request": {"id": "PMC1", "source": "PMC"}}
    [paper] = papers(europepmc.parse_references, answer)
    assert (paper.paper, paper.references) == ({"pmcid": "PMC1", "pmid": None}, [])
    [paper] = papers(europepmc.parse_references, {"hitCount": 0}, "MED:7")
    assert (paper.paper, paper.source_id) == ({"pmcid": None, "pmid": "7"}, "MED:7")


def test_citations_are_no_references() -> None:
    [error] = outcomes(europepmc.parse_references, {"hitCount": 1, "citationList": {"citation": []}})
    assert isinstance(error, ParseError)
    assert error.message == "no referenceList: holds citationList, hitCount"


def stated_records(answer: Any) -> list[dict[str, Any]]:
    """The records of a recorded file, counted without the parser's code."""
    if isinstance(answer, list):
        return [record for part in answer for record in stated_records(part)]
    if "resultList" in answer:
        return list(answer["resultList"]["result"])
    return [answer.get("full", answer)]


@pytest.mark.parametrize(("archive", "folder"), [("apis.tar.xz", "eupmc_search"), ("dev.tar.xz", "eupmc_result")])
def test_every_recorded_record_is_a_paper(
    recorded: Callable[[str, str], dict[str, bytes]], archive: str, folder: str
) -> None:
    files = recorded(archive, folder)
    assert len(files) > 10
    for name, content in files.items():
        if name.rpartition("/")[2] in NOT_JSON:
            [error] = outcomes(europepmc.parse, content)
            assert isinstance(error, ParseError)
            continue
        stated = stated_records(json.loads(content))
        found = papers(europepmc.parse, content)
        assert len(found) == len(stated), name
        for record, rows in zip(stated, found, strict=True):
            assert unknown_keys(record) == set(), name
            [own_id] = record["id"] if isinstance(record["id"], list) else [record["id"]]
            assert rows.source_id is not None
            assert rows.source_id.endswith(f":{own_id}")
            assert rows.paper["title"] or set(record) <= {"id", "source", "pmid", "pmcid", "fullTextIdList", "doi"}
            for key, column in (("abstractText", "abstract"), ("authorString", "authors"), ("license", "license")):
                assert bool(record.get(key)) <= bool(rows.paper[column]), (name, key)
            for key, column in (("pmid", "pmid"), ("pmcid", "pmcid"), ("doi", "doi")):
                stated_id = record.get(key)
                [text] = stated_id if isinstance(stated_id, list) else [stated_id]
                assert rows.paper[column] == (text.lower() if text and key == "doi" else text)


def test_every_recorded_reference_is_a_row(recorded: Callable[[str, str], dict[str, bytes]]) -> None:
    files = {
        name: body for name, body in recorded("apis.tar.xz", "eupmc_references").items() if "citations.json" not in name
    }
    assert files
    for name, content in files.items():
        stated = json.loads(content)["referenceList"]["reference"]
        [paper] = papers(europepmc.parse_references, content)
        assert [row["pmid"] for row in paper.references] == [item["id"] for item in stated], name
        assert all(row["title"] and row["authors"] and row["year"] and row["citation"] for row in paper.references)


@settings(max_examples=300, deadline=None)
@given(any_bytes())
def test_whatever_comes_in_only_rows_or_reasons_come_out(document: bytes) -> None:
    for parser in (europepmc.parse, europepmc.parse_references):
        for found in outcomes(parser, document):
            assert isinstance(found, PaperRows | ParseError)
