"""Every named question is asked of an empty and of a filled warehouse, and answers with the rows expected."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from schemas.tables import TABLES
from tests.unit.conftest import NOW, RUN, Row, frames, landed, load_of, rows, sha256
from tests.unit.test_report_lookups import REPORTED
from warehouse.load import load, registered
from warehouse.lookup import lookup
from warehouse.runs import Counts, Run, finish_run, start_run
from warehouse.sql import read_sql, sql_files
from warehouse.vocabularies import note_refresh

Con = duckdb.DuckDBPyConnection

DAY = timedelta(days=1)
AGAIN = Run("run-2", "flow-run-2", "ingest", "articles")
PAGES = Run("run-3", "flow-run-2", "ingest", "pages")
REJECTS: list[Row] = [
    {"run_id": "run-2", "source_id": "b.xml", "value": "x", "rejected_at": NOW + DAY, "document_id": "b"},
    {"run_id": "run-2", "source_id": "a.xml", "value": "y", "rejected_at": NOW + DAY, "document_id": "a"},
    {"run_id": "run-1", "source_id": "PMC2.xml", "value": "z", "table_name": "papers", "column_name": "doi",
     "check": "str_matches", "document_id": "PMC2"},
    {"run_id": "run-1", "source_id": "lost.xml", "value": "gone", "table_name": "documents", "column_name": None,
     "check": "found", "document_id": "lost", "row": None},
]  # fmt: skip


def document(url: str, content: str) -> Row:
    line = landed(url, content)
    return {name: getattr(line, name) for name in ("document_id", "source", "source_id", "url", "sha256")}


#: What known_documents is asked of: a document as it was, one that changed, and one that moved.
ASKED = [
    document("file:///PMC1.xml", "PMC1"),
    document("file:///PMC2.xml", "PMC2 changed"),
    document("file:///moved.xml", "PMC3"),
]
#: What changed_papers and given_elsewhere are asked of: a paper as it was from its own file, another edition from
#: another one, and one that is new.
INCOMING = [
    {"paper_id": "PMC1", "source": "jats", "own_id": "PMC1", "url": "file:///PMC1.xml", "content_hash": sha256("PMC1")},
    {"paper_id": "PMC3", "source": "jats", "own_id": "PMC3", "url": "file:///other.xml", "content_hash": sha256("3")},
    {"paper_id": "PMC4", "source": "jats", "own_id": "PMC4", "url": "file:///PMC4.xml", "content_hash": sha256("PMC4")},
]
PARAMETERS: dict[str, dict[str, Any]] = {
    "find_papers": {"paper_id": "10.5555/one", "pmcid": None, "pmid": "22", "doi": "10.5555/one"},
    "claims_of_sources": {"sources": ["jats", "pubtator"]},
    "papers_there": {"papers": ["PMC2", "PMC9"]},
    "documents": {"document_ids": ["PMC2", "unknown"]},
    "given_elsewhere": {"flow_run_id": RUN.flow_run_id, "replay": False},
    "known_documents": {"flow_run_id": RUN.flow_run_id},
    "paper": {"paper_id": "PMC2"},
    "rejects": {"run_ids": [], "most": 100},
    "rejects_by_reason": {"run_ids": []},
    "retries_due": {"topic": "nelm"},
    "sample_documents": {"most": 2},
    "backfill_windows": {"topic": "nelm", "query": "liver"},
    "papers_unparsed": {"setting": "unparsed"},
    "papers_to_ask": {"purpose": "notices", "topics": [], "anyone": True, "most": 2},
    "view_comments": {"view": "paper_references"},
}


@pytest.fixture
def asked(con: Con) -> Iterator[Con]:
    """An empty warehouse that knows which documents are asked for, and what a batch brings."""
    con.execute("DELETE FROM ops.runs")
    with registered(con, asked=pl.DataFrame(ASKED), incoming=pl.DataFrame(INCOMING)):
        yield con


@pytest.fixture
def filled(asked: Con) -> Con:
    """Three papers of two runs, one of which cites the others; rejects, a watermark, and a run that failed."""
    start_run(asked, RUN)
    papers: list[Row] = [
        {"paper_id": "PMC1", "pmcid": "PMC1", "doi": "10.5555/one", "tldr": "In one line.", "title": "One"},
        {"paper_id": "PMC2", "pmid": "22", "doi": None, "abstract": "An abstract", "published": date(2025, 1, 1)},
        {"paper_id": "PMC3", "doi": None, "published": None, "title": "Three"},
    ]
    batch = load_of(
        frames(
            [paper | {"content_hash": sha256(paper["paper_id"])} for paper in papers],
            authors=[{}, {}],
            entities=[
                {"curie": "MESH:D1", "label": "NETs"},
                {"paper_id": "PMC2", "curie": "MESH:D1", "label": "tumours"},
                {"paper_id": "PMC2", "curie": "MESH:D1", "label": "NETs"},
                {"paper_id": "PMC2", "curie": "MESH:D2", "label": "livers"},
                {"paper_id": "PMC3", "curie": None, "label": "nameless"},
            ],
            references=[
                {"paper_id": "PMC3", "doi": "10.5555/one", "pmcid": "PMC1"},
                {"paper_id": "PMC3", "pmid": "22"},
                {"paper_id": "PMC2", "pmcid": "PMC1"},
                {"paper_id": "PMC2", "pmid": "22"},
            ],
            sections=[{}],
        ),
        REJECTS,
    )
    load(asked, batch, RUN, Counts(loaded=3))
    finish_run(asked, RUN, Counts(loaded=3), None)
    for run, error in ((AGAIN, None), (PAGES, "unreachable")):
        start_run(asked, run)
        finish_run(asked, run, Counts(unchanged=2, rejected=1), error)
    asked.execute("INSERT INTO ops.watermarks VALUES ('nelm', 'europepmc', '2025-06-30', ?)", [NOW])
    for source_id, hours in (("MED:1", -1), ("MED:2", 1)):
        at = datetime.now(UTC) + timedelta(hours=hours)
        asked.execute("INSERT INTO ops.retries VALUES ('nelm', 'pubtator', ?, 1, ?, 'busy')", [source_id, at])
    note_refresh(asked, "mondo_mesh", "file:///mondo.tsv", "it is gone")
    began = datetime(2025, 7, 1, 12, tzinfo=UTC)
    for year, expected, fetched in ((2023, 40, 40), (2022, 20, 20), (2021, 60, None)):
        ended = began + timedelta(minutes=15) if fetched else None
        window = [date(year, 1, 1), date(year, 12, 31), expected, fetched, fetched, began if fetched else None, ended]
        asked.execute("INSERT INTO ops.backfills VALUES ('nelm', 'liver', ?, ?, ?, ?, ?, ?, ?, NULL)", window)
    asked.execute("UPDATE ops.documents SET document_id = 'PMC2' WHERE url LIKE '%PMC2.xml'")
    asked.execute("UPDATE main.paper_sources SET document_id = 'PMC2' WHERE paper_id = 'PMC2'")
    return asked


def only(found: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in found]


def known_documents(con: Con) -> None:
    known = {row["document_id"]: (row["papers"], row["rejected"]) for row in ask(con, "known_documents")}
    assert [known.get(row["document_id"]) for row in ASKED] == [(1, 0), None, (1, 0)]


def claims_of_sources(con: Con) -> None:
    found = only(ask(con, "claims_of_sources"), "paper_id", "source", "own_id")
    assert found == [(f"PMC{number}", "jats", f"PMC{number}") for number in (1, 2, 3)]


def papers_of_several(con: Con) -> None:
    assert ask(con, "papers_of_several") == []
    con.execute("INSERT INTO paper_sources SELECT * REPLACE ('pubtator' AS source) FROM paper_sources LIMIT 1")
    assert only(ask(con, "papers_of_several"), "paper_id") == [("PMC1",)]


def conflicts(con: Con) -> None:
    assert ask(con, "conflicts") == []
    con.execute("UPDATE paper_sources SET doi = '10.5555/one' WHERE paper_id = 'PMC2'")
    con.execute("UPDATE paper_sources SET doi = '10.5555/one' WHERE paper_id = 'PMC1'")
    assert only(ask(con, "conflicts"), "value", "paper_ids") == [("10.5555/one", ["PMC1", "PMC2"])]


def papers_there(con: Con) -> None:
    assert only(ask(con, "papers_there"), "paper_id") == [("PMC2",)]


def documents(con: Con) -> None:
    assert only(ask(con, "documents"), "document_id", "url") == [("PMC2", "file:///PMC2.xml")]


def changed_papers(con: Con) -> None:
    assert sorted(only(ask(con, "changed_papers"), "paper_id")) == [("PMC3",), ("PMC4",)]


def given_elsewhere(con: Con) -> None:
    assert only(ask(con, "given_elsewhere"), "paper_id", "url") == [("PMC3", "file:///PMC3.xml")]


def find_papers(con: Con) -> None:
    assert only(ask(con, "find_papers"), "paper_id") == [("PMC1",), ("PMC2",)]
    own = {"paper_id": "PMC2", "pmcid": "PMC1", "pmid": None, "doi": None}
    assert only(lookup(con, "find_papers", **own), "paper_id") == [("PMC2",)]
    con.execute("UPDATE main.paper_sources SET doi = '10.5555/preprint' WHERE paper_id = 'PMC3'")
    claimed = {"paper_id": "10.5555/preprint", "pmcid": None, "pmid": None, "doi": "10.5555/preprint"}
    assert only(lookup(con, "find_papers", **claimed), "paper_id") == [("PMC3",)]
    assert lookup(con, "find_papers", paper_id="1", pmcid=None, pmid="1", doi=None) == []


def paper(con: Con) -> None:
    (found,) = ask(con, "paper")
    assert (found["paper"]["paper_id"], found["paper"]["published"]) == ("PMC2", date(2025, 1, 1))
    assert found["authors"] is None
    assert only(found["entities"], "label") == [("tumours",), ("NETs",), ("livers",)]
    assert only(found["references"], "position", "pmid", "pmcid") == [(1, None, "PMC1"), (2, "22", None)]


def backfill_windows(con: Con) -> None:
    assert only(ask(con, "backfill_windows"), "first_day", "expected") == [
        (date(2023, 1, 1), 40),
        (date(2022, 1, 1), 20),
        (date(2021, 1, 1), 60),
    ]
    assert lookup(con, "backfill_windows", topic="nelm", query="another") == []


def backfills(con: Con) -> None:
    """60 papers in half an hour: 120 an hour, and 60 more are left."""
    columns = ("windows_done", "windows_left", "back_to", "papers", "papers_left", "papers_an_hour", "hours_left")
    assert only(ask(con, "backfills"), *columns) == [(2, 1, date(2022, 1, 1), 60, 60, 120, 0.5)]


def noticed(con: Con) -> None:
    assert ask(con, "noticed") == []
    con.execute("UPDATE papers SET is_retracted = true WHERE paper_id = 'PMC2'")
    con.execute("UPDATE papers SET notices = ['retraction: MED:9'] WHERE paper_id = 'PMC1'")
    assert only(ask(con, "noticed"), "paper_id", "is_retracted") == [("PMC1", None), ("PMC2", True)]


def papers_to_ask(con: Con) -> None:
    """By ids, those that nobody asked about first; then by the record, and the topic that brought it."""
    assert only(ask(con, "papers_to_ask"), "name", "topic") == [("MED:22", "articles"), ("PMCID:PMC1", "articles")]
    con.execute("INSERT INTO ops.asked VALUES ('notices', 'PMC2', now()), ('entities', 'PMC1', now())")
    assert only(ask(con, "papers_to_ask"), "name") == [("PMCID:PMC1",), ("MED:22",)]
    con.execute(
        "INSERT INTO ops.documents SELECT * REPLACE ('record' AS document_id, 'europepmc-search' AS kind, "
        "'nelm 2024-01-01..2024-03-31' AS source_id) FROM ops.documents LIMIT 1"
    )
    con.execute(
        "INSERT INTO paper_sources SELECT * REPLACE ('europepmc' AS source, 'MED:1' AS own_id, "
        "'record' AS document_id) FROM paper_sources WHERE paper_id = 'PMC1'"
    )
    assert only(ask(con, "papers_to_ask"), "name", "topic") == [("MED:1", "nelm"), ("MED:22", "articles")]
    of_nelm = {"purpose": "entities", "topics": ["nelm"], "anyone": False, "most": 9}
    assert only(lookup(con, "papers_to_ask", **of_nelm), "name", "paper_id") == [("MED:1", "PMC1")]


def topic_papers(con: Con) -> None:
    assert only(ask(con, "topic_papers"), "topic", "source", "papers") == [("articles", "jats", 3)]


def last_runs(con: Con) -> None:
    found = ask(con, "last_runs")
    assert only(found, "topic", "status", "fetched", "loaded", "unchanged", "rejected", "error", "run_id") == [
        ("articles", "done", 3, 0, 2, 1, None, "run-2"),
        ("pages", "failed", 3, 0, 2, 1, "unreachable", "run-3"),
    ]
    assert all(row["finished_at"] >= row["started_at"] for row in found)


def rejected_documents(con: Con) -> None:
    assert only(ask(con, "rejected_documents"), "document_id", "url") == [("PMC2", "file:///PMC2.xml")]


def rejects(con: Con) -> None:
    assert only(ask(con, "rejects"), "run_id", "source_id", "value") == [
        ("run-1", "lost.xml", "gone"),
        ("run-1", "PMC2.xml", "z"),
        ("run-2", "a.xml", "y"),
        ("run-2", "b.xml", "x"),
    ]
    assert only(lookup(con, "rejects", run_ids=["run-1", "run-9"], most=100), "value") == [("gone",), ("z",)]
    assert only(lookup(con, "rejects", run_ids=[], most=1), "value") == [("gone",)]
    assert ask(con, "rejects")[3]["row"] == '{"paper_id": "PMC1"}'


def rejects_by_reason(con: Con) -> None:
    assert only(ask(con, "rejects_by_reason"), "table_name", "column_name", "check", "rows") == [
        ("authors", "orcid", "orcid_check_digit", 2),
        ("documents", None, "found", 1),
        ("papers", "doi", "str_matches", 1),
    ]
    assert only(ask(con, "rejects_by_reason"), "example", "value")[2] == ("PMC2.xml", "z")
    of_run = lookup(con, "rejects_by_reason", run_ids=["run-2"])
    assert only(of_run, "table_name", "rows") == [("authors", 2)]


def sample_documents(con: Con) -> None:
    stored = set(rows(con, "SELECT sha256, url FROM ops.documents"))
    sample = set(only(ask(con, "sample_documents"), "sha256", "url"))
    assert len(sample) == 2
    assert sample < stored


def table_counts(con: Con) -> None:
    assert only(ask(con, "table_counts"), "table_name", "rows") == [
        ("papers", 3),
        ("authors", 2),
        ("entities", 5),
        ("references", 4),
        ("sections", 1),
    ]


def tables_described(con: Con) -> None:
    found = ask(con, "tables_described")
    assert {row["table_name"] for row in found} >= set(TABLES)
    assert only(found[:2], "table_name", "column_name", "data_type", "is_nullable") == [
        ("papers", "paper_id", "VARCHAR", False),
        ("papers", "pmcid", "VARCHAR", True),
    ]
    assert all(row["table_comment"] and row["column_comment"] for row in found)


def retries(con: Con) -> None:
    found = ask(con, "retries")
    columns = ("topic", "source", "source_id", "attempts", "reason")
    assert only(found, *columns) == [("nelm", "pubtator", "MED:1", 1, "busy"), ("nelm", "pubtator", "MED:2", 1, "busy")]


def retries_due(con: Con) -> None:
    assert only(ask(con, "retries_due"), "source_id") == [("MED:1",)]
    assert lookup(con, "retries_due", topic="another") == []


def view_comments(con: Con) -> None:
    assert ask(con, "view_comments") == [], "a migration has written them"
    con.execute("CREATE VIEW main.cited AS SELECT paper_id, citation, 1 AS new FROM main.references")
    found = {row["column_name"]: row["comment"] for row in lookup(con, "view_comments", view="cited")}
    assert set(found) == {"paper_id", "citation"}
    assert found["citation"] == "The whole reference as text"


def vocabularies(con: Con) -> None:
    (row,) = ask(con, "vocabularies")
    assert (row["name"], row["version"], row["rows"], row["error"]) == ("mondo_mesh", None, 0, "it is gone")


def watermarks(con: Con) -> None:
    assert ask(con, "watermarks") == [
        {"topic": "nelm", "source": "europepmc", "high_water": "2025-06-30", "updated_at": NOW}
    ]


def macros_described(con: Con) -> None:
    expected = [
        ("entity_pairs", ["concept"]),
        ("folded_word", ["word"]),
        ("folded_words", ["given"]),
        ("search", ["query"]),
    ]
    assert only(ask(con, "macros_described"), "function_name", "parameters") == expected
    assert all(row["comment"] for row in ask(con, "macros_described"))


def papers_unindexed(con: Con) -> None:
    assert ask(con, "papers_unindexed") == [], "a load indexes its papers"
    con.execute("DELETE FROM search.lengths")
    there = rows(con, "SELECT paper_id FROM papers ORDER BY paper_id")
    assert only(ask(con, "papers_unindexed"), "paper_id") == there != []


def papers_unparsed(con: Con) -> None:
    assert ask(con, "papers_unparsed") == [], "nothing was noted"
    con.execute("INSERT INTO ops.settings SELECT 'unparsed', '[]', max(updated_at) FROM papers")
    before = rows(con, "SELECT paper_id FROM papers WHERE updated_at < (SELECT max(updated_at) FROM papers) ORDER BY 1")
    assert only(ask(con, "papers_unparsed"), "paper_id") == before
    con.execute("UPDATE ops.settings SET updated_at = now() WHERE name = 'unparsed'")
    assert only(ask(con, "papers_unparsed"), "paper_id") == rows(con, "SELECT paper_id FROM papers ORDER BY 1") != []


def views_described(con: Con) -> None:
    found = ask(con, "views_described")
    assert only(found[:2], "view_name", "column_name", "data_type") == [
        ("citation_counts", "paper_id", "VARCHAR"),
        ("citation_counts", "title", "VARCHAR"),
    ]
    assert all(row["view_comment"] and row["column_comment"] for row in found)


LOOKUPS = {
    check.__name__: check
    for check in (
        backfill_windows, backfills, changed_papers, claims_of_sources, conflicts, documents, find_papers,
        given_elsewhere, known_documents, last_runs, macros_described, noticed, paper, papers_of_several,
        papers_there, papers_to_ask, papers_unindexed, papers_unparsed, rejected_documents, rejects,
        rejects_by_reason, retries, retries_due, sample_documents, table_counts, tables_described, topic_papers,
        view_comments, views_described, vocabularies, watermarks,
    )
}  # fmt: skip


def ask(con: Con, name: str) -> list[Row]:
    return lookup(con, name, **PARAMETERS.get(name, {}))


def test_every_lookup_is_asked_here_or_with_the_reports() -> None:
    assert list(LOOKUPS) == sorted(LOOKUPS)
    assert sorted(f"{name}.sql" for name in (*LOOKUPS, *REPORTED)) == sql_files("lookups")


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_lookup_on_an_empty_warehouse(asked: Con, name: str) -> None:
    found = ask(asked, name)
    if name == "table_counts":
        assert [row["rows"] for row in found] == [0] * 5
    elif name == "changed_papers":
        assert len(found) == len(INCOMING), "all of it is news"
    else:
        assert found == [] or name.endswith("s_described")


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_lookup_on_a_filled_warehouse(filled: Con, name: str) -> None:
    LOOKUPS[name](filled)


QUERIES: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {
    "1_concepts_in_most_papers.sql": (
        ["entity_type", "curie", "papers", "labels"],
        [("Disease", "MESH:D1", 2, ["NETs", "tumours"]), ("Disease", "MESH:D2", 1, ["livers"])],
    ),
    "2_cited_within.sql": (
        ["paper_id", "title", "published", "cited_by"],
        [("PMC1", "One", date(2024, 3, 1), 2), ("PMC2", "A title", date(2025, 1, 1), 1)],
    ),
    "3_newest_in_one_line.sql": (
        ["published", "paper_id", "in_short"],
        [(date(2025, 1, 1), "PMC2", "An abstract"), (date(2024, 3, 1), "PMC1", "In one line.")],
    ),
}


def test_every_query_is_asked_here() -> None:
    assert list(QUERIES) == sql_files("queries")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_says_what_it_asks_and_answers(filled: Con, name: str) -> None:
    columns, expected = QUERIES[name]
    answer = filled.execute(read_sql("queries", name))
    assert [column[0] for column in answer.description or []] == columns
    assert answer.fetchall() == expected
    first_line = read_sql("queries", name).splitlines()[0]
    assert first_line.startswith("-- ")
    assert first_line.endswith("?")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_on_an_empty_warehouse(con: Con, name: str) -> None:
    assert rows(con, read_sql("queries", name)) == []


def test_a_lookup_that_is_not_there(con: Con) -> None:
    with pytest.raises(FileNotFoundError):
        lookup(con, "nothing")
