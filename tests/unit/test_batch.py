"""Parsing a batch: every document of the journal is accounted for, and what Arrow cannot hold is set aside."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pytest

from schemas.quarantine import validate
from schemas.tables import CHILDREN, TABLES, empty, polars_schema
from tasks.parse import PARSED, WITNESSED, read_parsed
from tasks.parsers import batch as module
from tasks.parsers.batch import Outcome, parse_batch
from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.conftest import NOW, RUN, Row
from warehouse.landing import Landed, Landing, document_id

PAGE = """\
# A page about livers

**Authors:** Ada Quill, Bo Ek

PMC · DOI: 10.5555/page.1 · A Journal · 2025-07-01

## Abstract

Some text.

## Linked entities

- **Diseases:** liver failure (MONDO:0100192)

---
Source: https://tomesphere.com/paper/PMC7
"""


def article(number: int, title: str = "A title") -> str:
    """A small JATS article, PMC<number>, with two authors, a reference and a section."""
    return f"""<article xml:lang="en">
<front><article-meta>
  <article-id pub-id-type="pmcid">PMC{number}</article-id>
  <title-group><article-title>{title}</article-title></title-group>
  <contrib-group>
    <contrib contrib-type="author"><name><surname>Quill</surname><given-names>Ada</given-names></name></contrib>
    <contrib contrib-type="author"><name><surname>Ek</surname><given-names>Bo</given-names></name></contrib>
  </contrib-group>
  <pub-date><year>2024</year></pub-date>
</article-meta></front>
<body><sec><title>Introduction</title><p>Text.</p></sec></body>
<back><ref-list>
  <ref><mixed-citation>Ek B. A cited work. <year>2019</year></mixed-citation></ref>
</ref-list></back>
</article>"""


ONE = article(1)


@dataclass
class Answer:
    """What parse_batch gave: outcomes in the journal's order, and the frames as the next step reads them."""

    outcomes: list[Outcome]
    frames: dict[str, pl.DataFrame]

    @property
    def papers(self) -> list[str]:
        return self.frames["papers"]["paper_id"].to_list()

    @property
    def rejects(self) -> list[Row]:
        return self.frames["rejects"].to_dicts()


Parse = Callable[..., Answer]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


@pytest.fixture
def land(landing: Landing) -> Callable[..., Landed]:
    """Lands a document and gives its line of the journal."""

    def land(name: str, content: str | bytes, kind: str = "jats") -> Landed:
        data = content.encode() if isinstance(content, str) else content
        stored = landing.store(io.BytesIO(data))
        source = "tomesphere" if kind == "tomesphere-page" else "jats"
        url = f"https://tomesphere.com/paper/{name}/full.md" if source == "tomesphere" else f"file:///{name}"
        key = document_id(source, url, stored.sha256)
        return Landed(key, source, name, kind, url, stored.sha256, stored.bytes, NOW.isoformat(), RUN.run_id)

    return land


@pytest.fixture
def parse(landing: Landing, tmp_path: Path) -> Parse:
    """Parses the documents given, in that order, as one batch."""

    def parse(*documents: Landed) -> Answer:
        journal = landing.write_journal("batch", documents)
        types = {table: empty(model).to_arrow().schema for table, model in PARSED.items()}
        outcomes = parse_batch(landing.root, journal, tmp_path / "parsed", types).outcomes
        assert list(outcomes) == [document.document_id for document in documents]
        witnesses, rejects = read_parsed(tmp_path / "parsed")
        frames = {
            table: pl.concat([empty(model), *(frames[table] for frames in witnesses.values())])
            for table, model in WITNESSED.items()
        } | {"rejects": rejects}
        assert {table: frame.schema for table, frame in frames.items()} == {
            table: polars_schema(model) for table, model in PARSED.items()
        }
        assert sum(outcome.papers for outcome in outcomes.values()) == frames["papers"].height
        return Answer(list(outcomes.values()), frames)

    return parse


def test_an_article_becomes_rows(land: Callable[..., Landed], parse: Parse) -> None:
    document = land("one.xml", ONE)
    answer = parse(document)
    assert answer.outcomes == [Outcome(papers=1)]
    (paper,) = answer.frames["papers"].to_dicts()
    assert {column: value for column, value in paper.items() if value is not None and column != "updated_at"} == {
        "paper_id": "PMC1",
        "pmcid": "PMC1",
        "title": "A title",
        "published": date(2024, 1, 1),
        "published_precision": "year",
        "authors": ["Ada Quill", "Bo Ek"],
        "language": "en",
        "reference_count": 1,
        "is_retracted": False,
        "has_full_text": True,
        "source": "jats",
        "url": "https://pmc.ncbi.nlm.nih.gov/articles/PMC1/",
        "fetched_at": NOW,
        "content_hash": document.sha256,
        "run_id": RUN.run_id,
    }
    assert answer.frames["authors"].select("paper_id", "position", "name").rows() == [
        ("PMC1", 1, "Ada Quill"),
        ("PMC1", 2, "Bo Ek"),
    ]
    assert answer.frames["references"].select("paper_id", "position", "year", "source").rows() == [
        ("PMC1", 1, 2019, "jats")
    ]
    assert answer.frames["sections"].select("paper_id", "position", "heading").rows() == [("PMC1", 1, "Introduction")]
    assert answer.frames["paper_sources"].to_dicts() == [
        {
            "paper_id": "PMC1",
            "source": "jats",
            "own_id": "PMC1",
            "document_id": document.document_id,
            "content_hash": document.sha256,
            "pmcid": "PMC1",
            "pmid": None,
            "doi": None,
            "gave": None,
            "run_id": RUN.run_id,
        }
    ]


def test_a_page_becomes_rows(land: Callable[..., Landed], parse: Parse) -> None:
    answer = parse(land("PMC7", PAGE, "tomesphere-page"))
    assert answer.outcomes == [Outcome(papers=1)]
    (paper,) = answer.frames["papers"].to_dicts()
    assert (paper["paper_id"], paper["title"], paper["doi"]) == ("PMC7", "A page about livers", "10.5555/page.1")
    assert (paper["source"], paper["url"]) == ("tomesphere", "https://tomesphere.com/paper/PMC7")
    assert (paper["has_full_text"], paper["published"]) == (False, date(2025, 7, 1))
    assert answer.frames["entities"].select("paper_id", "scope", "curie", "source").rows() == [
        ("PMC7", "linked", "MONDO:0100192", "tomesphere")
    ]


def test_what_comes_of_a_batch_keeps_the_contract(land: Callable[..., Landed], parse: Parse) -> None:
    answer = parse(land("one.xml", ONE), land("PMC7", PAGE, "tomesphere-page"))
    lineage = answer.frames["papers"].select(
        "paper_id", "source", "run_id", document_id="source", source_id="source", rejected_at="updated_at"
    )
    good, rejects = validate({table: answer.frames[table] for table in TABLES}, lineage)
    assert rejects.is_empty()
    assert good["papers"].height == 2


def test_a_batch_without_documents(parse: Parse) -> None:
    answer = parse()
    assert answer.outcomes == []
    assert all(frame.is_empty() for frame in answer.frames.values())


@pytest.mark.parametrize(
    ("content", "check"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><title>503</title></html>", "not_jats"),
        (ONE[: len(ONE) // 2], "well_formed"),
        (b"just text", "not_jats"),
        (b"<articles></articles>", "not_jats"),
    ],
)
def test_a_document_that_gives_no_paper_is_set_aside(
    land: Callable[..., Landed], parse: Parse, content: str | bytes, check: str
) -> None:
    broken = land("broken.xml", content)
    answer = parse(broken, land("one.xml", ONE))
    assert answer.outcomes == [Outcome(rejected=1), Outcome(papers=1)]
    assert answer.papers == ["PMC1"]
    (reject,) = answer.rejects
    assert reject.pop("value")
    assert reject.pop("rejected_at") == answer.frames["papers"]["updated_at"][0]
    assert reject == {
        "run_id": RUN.run_id,
        "document_id": broken.document_id,
        "source": "jats",
        "source_id": "broken.xml",
        "table_name": "documents",
        "column_name": None,
        "check": check,
        "row": None,
    }


def test_what_could_not_be_fetched_is_set_aside(land: Callable[..., Landed], parse: Parse) -> None:
    lost = replace(land("one.xml", ONE), sha256=None, check="found", message="404 Not Found: check the id")
    answer = parse(lost, replace(lost, document_id="another", check=None, message=None))
    assert answer.outcomes == [Outcome(rejected=1)] * 2
    assert [(reject["check"], reject["value"]) for reject in answer.rejects] == [
        ("found", "404 Not Found: check the id"),
        ("readable", ""),
    ]


@pytest.mark.parametrize(
    ("member", "check"),
    [
        ("<article><body><p>no front matter</p></body></article>", "not_jats"),
        ('<error id="2" code="cannotDisseminateFormat">not open access</error>', "available"),
    ],
)
def test_an_article_set_with_a_broken_member(
    land: Callable[..., Landed], parse: Parse, member: str, check: str
) -> None:
    document = land("set.xml", f"<pmc-articleset>{ONE}{member}{article(3)}</pmc-articleset>")
    answer = parse(document)
    assert answer.outcomes == [Outcome(papers=2, rejected=1)]
    assert answer.papers == ["PMC1", "PMC3"]
    (reject,) = answer.rejects
    assert (reject["table_name"], reject["source_id"], reject["check"]) == ("documents", "set.xml", check)
    hashes = answer.frames["paper_sources"]["content_hash"].to_list()
    assert len({*hashes, document.sha256}) == 3, "each article has a hash of its own"
    assert answer.frames["papers"]["content_hash"].to_list() == hashes


def test_an_article_set_that_ends_early_keeps_what_came_before(land: Callable[..., Landed], parse: Parse) -> None:
    answer = parse(land("set.xml", f"<pmc-articleset>{ONE}{article(2)[:300]}"))
    assert answer.outcomes == [Outcome(papers=1, rejected=1)]
    assert answer.papers == ["PMC1"]
    assert answer.rejects[0]["check"] == "well_formed"


def test_the_same_content_again_is_unchanged(land: Callable[..., Landed], parse: Parse) -> None:
    answer = parse(land("one.xml", ONE), land("copy.xml", ONE))
    assert answer.outcomes == [Outcome(papers=1), Outcome(unchanged=1)]
    assert answer.papers == ["PMC1"]
    assert answer.rejects == []
    assert answer.frames["authors"].height == 2


def test_other_content_of_the_same_paper_is_set_aside(land: Callable[..., Landed], parse: Parse) -> None:
    answer = parse(land("one.xml", ONE), land("other.xml", article(1, "Another title")), land("two.xml", article(2)))
    assert answer.outcomes == [Outcome(papers=1), Outcome(rejected=1), Outcome(papers=1)]
    assert answer.frames["papers"]["title"].to_list() == ["A title", "A title"]
    assert answer.frames["authors"].height == 4
    (reject,) = answer.rejects
    assert (reject["table_name"], reject["column_name"], reject["check"]) == ("papers", "paper_id", "unique")
    assert reject["source_id"] == "other.xml"
    assert reject["value"].startswith("PMC1 was given by file:///one.xml already, with other content")
    assert json.loads(reject["row"])["title"] == "Another title"


def fake(monkeypatch: pytest.MonkeyPatch, *papers: PaperRows | ParseError, then: ParseError | None = None) -> None:
    """Let the parser of the kind ``fake`` give these papers, whatever it reads."""

    def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
        document.read()
        yield from papers
        if then:
            raise then

    monkeypatch.setitem(module.PARSERS, "fake", parse)


def rows_of(key: str, **values: Any) -> PaperRows:
    """The rows of a paper with one row in every table, and some values of its own: ``authors_name`` and so on."""
    rows = PaperRows(
        {"pmcid": key, "title": "A title", "published": date(2024, 1, 1)},
        authors=[{"name": "Ada Quill", "is_collective": False}],
        entities=[{"scope": "linked", "entity_type": "Disease", "label": "NETs"}],
        references=[{"citation": "A cited work"}],
        sections=[{"level": 1, "section_type": "other", "text": "Text."}],
    )
    for name, value in values.items():
        table, _, column = name.partition("_")
        row = rows.paper if table == "papers" else getattr(rows, table)[0]
        row[column] = value
    return rows


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("references", "year", 10**20),
        ("references", "year", 2**31),
        ("references", "year", "2019"),
        ("references", "title", "a lone \udc80 surrogate"),
        ("papers", "abstract", "a lone \ud800 surrogate"),
        ("papers", "abstract", b"bytes \xff"),
        ("papers", "keywords", ["fine", "\udfff"]),
        ("papers", "published", "2024"),
        ("papers", "reference_count", -(10**30)),
        ("papers", "is_retracted", "no"),
        ("papers", "title", "\udcff"),
        ("authors", "affiliations", [["nested"]]),
        ("entities", "mention_count", 10**20),
        ("sections", "level", 10**20),
        ("sections", "text", "\udcff"),
    ],
)
def test_a_value_that_arrow_cannot_hold_is_set_aside(
    land: Callable[..., Landed], parse: Parse, monkeypatch: pytest.MonkeyPatch, table: str, column: str, value: Any
) -> None:
    good, other = rows_of("PMC1"), rows_of("PMC3")
    fake(monkeypatch, good, rows_of("PMC2", **{f"{table}_{column}": value}), other)
    answer = parse(land("fake.bin", b"x", "fake"))
    assert answer.outcomes == [Outcome(papers=3)]
    assert answer.papers == ["PMC1", "PMC2", "PMC3"]
    assert {name: answer.frames[name].height for name in TABLES} == dict.fromkeys(TABLES, 3)
    assert answer.frames[table][column][1] is None
    (reject,) = answer.rejects
    assert (reject["table_name"], reject["column_name"], reject["check"]) == (table, column, "type")
    assert (reject["source_id"], reject["run_id"]) == ("fake.bin", RUN.run_id)
    assert reject["value"]
    assert json.loads(reject["row"])["paper_id"] == "PMC2"
    for name in TABLES:  # the neighbours are as they would be without it
        whole = answer.frames[name].filter(pl.col("paper_id") != "PMC2")
        assert whole.drop("paper_id", "pmcid", strict=False)[0].equals(whole.drop("paper_id", "pmcid", strict=False)[1])


def test_rejects_that_arrow_cannot_hold_are_written_with_escapes(
    land: Callable[..., Landed], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, ParseError("title", "a lone \udcff surrogate"), ParseError("title", "fine: ü"))
    answer = parse(land("fake.bin", b"x", "fake"))
    assert answer.outcomes == [Outcome(rejected=2)]
    assert [reject["value"] for reject in answer.rejects] == ["a lone \\udcff surrogate", "fine: ü"]


def test_an_error_after_some_papers_keeps_them(
    land: Callable[..., Landed], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, rows_of("PMC1"), rows_of("PMC2"), then=ParseError("size", "too big"))
    answer = parse(land("fake.bin", b"x", "fake"))
    assert answer.outcomes == [Outcome(papers=2, rejected=1)]
    assert [reject["check"] for reject in answer.rejects] == ["size"]


def test_a_document_without_an_article_is_set_aside(
    land: Callable[..., Landed], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch)
    answer = parse(land("fake.bin", b"x", "fake"))
    assert answer.outcomes == [Outcome(rejected=1)]
    assert [(reject["check"], reject["value"]) for reject in answer.rejects] == [
        ("not_empty", "the document holds no article")
    ]


def test_a_paper_without_an_id_is_known_by_its_documents(
    land: Callable[..., Landed], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(
        monkeypatch,
        PaperRows({"title": "A title", "pmcid": "nonsense", "doi": "10.5555/one"}),
        PaperRows({"title": "B"}),
    )
    answer = parse(land("a file.bin", b"x", "fake"))
    assert answer.papers == ["DOI:10.5555/one", "JATS:a_file.bin"]
    assert answer.frames["papers"]["pmcid"].to_list() == ["nonsense", None], "for validation to judge"


def test_children_stay_with_their_paper_and_count_from_one(
    land: Callable[..., Landed], parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = [rows_of("PMC1"), rows_of("PMC2")]
    papers[0].sections += [{"level": 2, "section_type": "other"}, {"level": 1, "section_type": "results"}]
    fake(monkeypatch, *papers)
    frames = parse(land("fake.bin", b"x", "fake")).frames
    assert frames["sections"].select("paper_id", "position", "level").rows() == [
        ("PMC1", 1, 1),
        ("PMC1", 2, 2),
        ("PMC1", 3, 1),
        ("PMC2", 1, 1),
    ]
    for table in CHILDREN:
        assert frames[table]["paper_id"].unique(maintain_order=True).to_list() == ["PMC1", "PMC2"]
