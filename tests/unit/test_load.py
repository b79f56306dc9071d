"""Loading: a batch is written whole or not at all, by paper, and the checks let nothing through that breaks a rule."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import duckdb
import polars as pl
import pytest

from schemas.errors import CheckFailed
from schemas.ops import Loads
from schemas.tables import CHILDREN, PUBLISHED, TABLES
from tests.unit.conftest import NOW, RUN, Row, everything, frame, frames, landed, load_of, rows, sha256
from warehouse.landing import Landed
from warehouse.load import (
    Load,
    changed_papers,
    check_everything,
    given_elsewhere,
    known_documents,
    load,
    stored_documents,
)
from warehouse.lookup import as_frame, lookup
from warehouse.runs import Counts, Run, start_run
from warehouse.sql import sql_files

Con = duckdb.DuckDBPyConnection
SECOND = Run("run-2", "flow-run-2", "ingest", "articles")
REPLAY = Run("run-3", "flow-run-3", "replay", None)


def paper(key: str, content: str = "", **values: object) -> Row:
    """A paper whose document holds ``content``."""
    return {"paper_id": key, "content_hash": sha256(content or key), **values}


def two_papers() -> Load:
    return load_of(
        frames(
            [paper("PMC1"), paper("PMC2")],
            authors=[{}, {}, {"paper_id": "PMC2"}],
            entities=[{}],
            references=[{"paper_id": "PMC2"}],
            sections=[{}, {}],
        )
    )


def counts_of(con: Con) -> dict[str, int]:
    return {table: rows(con, f'SELECT count(*) FROM main."{table}"')[0][0] for table in TABLES}


def test_a_batch_is_inserted_as_it_is(con: Con) -> None:
    batch = two_papers()
    load(con, batch, RUN, Counts(loaded=2))
    for name, table in batch.tables.items():
        assert as_frame(con, f'FROM main."{name}" ORDER BY ALL').equals(table.sort(table.columns[:2]))
    assert as_frame(con, "FROM ops.documents ORDER BY url").equals(batch.documents)
    assert as_frame(con, "FROM main.paper_sources ORDER BY paper_id").equals(batch.paper_sources)


def test_the_order_of_a_frames_columns_does_not_matter(con: Con) -> None:
    batch = two_papers()
    expected = batch.tables["papers"]
    batch.tables["papers"] = expected.select(reversed(expected.columns))
    load(con, batch, RUN, Counts(loaded=2))
    assert as_frame(con, "FROM main.papers ORDER BY paper_id").equals(expected)


def test_a_paper_replaces_what_it_was_and_no_other(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    others = {table: rows(con, f"FROM main.\"{table}\" WHERE paper_id = 'PMC2' ORDER BY ALL") for table in TABLES}
    changed = load_of(frames([paper("PMC1", "changed", title="Another title")], authors=[{"name": "Bo Ek"}]))
    load(con, changed, RUN, Counts(loaded=3))
    assert rows(con, "SELECT title FROM papers WHERE paper_id = 'PMC1'") == [("Another title",)]
    assert rows(con, "SELECT position, name FROM authors WHERE paper_id = 'PMC1'") == [(1, "Bo Ek")]
    assert rows(con, "SELECT count(*) FROM sections WHERE paper_id = 'PMC1'") == [(0,)]
    assert rows(con, "SELECT count(*) FROM entities WHERE paper_id = 'PMC1'") == [(0,)]
    for table in TABLES:
        assert rows(con, f"FROM main.\"{table}\" WHERE paper_id = 'PMC2' ORDER BY ALL") == others[table]
    lineage = rows(con, "SELECT content_hash FROM main.paper_sources WHERE paper_id = 'PMC1'")
    assert lineage == [(sha256("changed"),)], "one document a paper and source, the newest"
    assert rows(con, "SELECT count(*) FROM ops.documents") == [(3,)], "the documents stay on record"


def test_a_paper_that_moved_leaves_nothing_behind(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    moved = load_of(frames([paper("PMC3")], authors=[{"paper_id": "PMC3"}]))
    load(con, replace(moved, touched=["PMC1", "PMC3"]), RUN, Counts(loaded=3))
    for table in (*PUBLISHED, "paper_ids"):
        assert rows(con, f"SELECT 1 FROM main.\"{table}\" WHERE paper_id = 'PMC1'") == [], table
    assert rows(con, "SELECT paper_id FROM papers ORDER BY ALL") == [("PMC2",), ("PMC3",)]
    assert rows(con, "SELECT paper_id, own_id FROM paper_sources ORDER BY ALL") == [("PMC2", "PMC2"), ("PMC3", "PMC3")]


def test_the_same_batch_twice_gives_the_same_rows(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    once = everything(con)
    load(con, two_papers(), RUN, Counts(loaded=2))
    assert everything(con) == once


def test_a_load_counts_what_it_wrote_and_what_of_it_is_new(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    more = frames(
        [paper("PMC2", "changed", doi=None, pmcid="PMC2"), paper("PMC3", abstract="Short.", has_full_text=True)],
        entities=[{"paper_id": "PMC3", "label": label} for label in ("liver", "heart")],
        references=[{"paper_id": "PMC3", "pmcid": "PMC2"}, {"paper_id": "PMC3"}],
    )
    load(con, load_of(more), RUN, Counts(loaded=4))
    load(con, load_of(frames([])), RUN, Counts(loaded=4))
    loads = as_frame(con, "FROM ops.loads ORDER BY loaded_at")
    assert Loads.validate(loads, lazy=True).drop("loaded_at", "run_id").rows() == [
        (2, 2, 3, 1, 1, 2, 2, 0, 0, 1, 0),
        (2, 1, 0, 2, 2, 0, 1, 1, 1, 1, 1),
    ]
    assert [row["paper_id"] for row in lookup(con, "new_papers", run_ids=[RUN.run_id], most=20)] == [
        "PMC1",
        "PMC2",
        "PMC3",
    ]


def test_a_report_names_no_more_than_the_first_new_papers(con: Con) -> None:
    load(con, load_of(frames([paper(f"PMC{number}") for number in range(25)])), RUN, Counts(loaded=25))
    assert rows(con, "SELECT new_papers FROM ops.loads") == [(25,)]
    assert len(lookup(con, "new_papers", run_ids=[RUN.run_id], most=20)) == 20


def test_an_empty_batch_is_well(con: Con) -> None:
    load(con, load_of(frames([])), RUN, Counts(unchanged=3))
    assert counts_of(con) == dict.fromkeys(TABLES, 0)
    assert rows(con, "SELECT fetched, unchanged FROM ops.runs") == [(3, 3)]


def test_the_counts_of_the_run_come_with_the_load(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2, unchanged=3, rejected=4))
    assert rows(con, "SELECT fetched, loaded, unchanged, rejected FROM ops.runs") == [(9, 2, 3, 4)]


def reject(source_id: str, value: str, source: str = "jats", **values: object) -> Row:
    return {"source": source, "source_id": source_id, "document_id": f"{source}/{source_id}", "value": value, **values}


def rejects_of(con: Con) -> list[tuple[str, str, str]]:
    return rows(con, "SELECT source, source_id, value FROM ops.rejects ORDER BY ALL")


def test_rejects_of_a_document_are_replaced_together(con: Con) -> None:
    first = [reject("PMC1.xml", "old 1"), reject("PMC1.xml", "old 2"), reject("b.xml", "stays")]
    load(con, replace(load_of(frames([])), rejects=frame("rejects", *first, reject("PMC1.xml", "page", "tomesphere"))),
         RUN, Counts(rejected=4))  # fmt: skip
    load(con, load_of(frames([]), [reject("PMC1.xml", "new")]), RUN, Counts(rejected=5))
    assert rejects_of(con) == [
        ("jats", "PMC1.xml", "new"),
        ("jats", "b.xml", "stays"),
        ("tomesphere", "PMC1.xml", "page"),
    ]


def test_a_document_that_is_well_now_leaves_quarantine(con: Con) -> None:
    load(con, load_of(frames([]), [reject("PMC1.xml", "old"), reject("b.xml", "stays")]), RUN, Counts(rejected=2))
    load(con, load_of(frames([paper("PMC1")])), RUN, Counts(loaded=1, rejected=2))
    assert rejects_of(con) == [("jats", "b.xml", "stays")]


def test_a_rejects_row_is_json_to_ask(con: Con) -> None:
    load(con, load_of(frames([]), [reject("a.xml", "x", row='{"doi": "10.1/ü", "n": null}')]), RUN, Counts(rejected=1))
    assert rows(con, "SELECT row->>'doi' FROM ops.rejects") == [("10.1/ü",)]


def doubled_paper() -> Load:
    return load_of(frames([paper("PMC1"), paper("PMC1")]))


def position(table: str, *positions: int) -> Callable[[], Load]:
    return lambda: load_of(frames([paper("PMC1")], **{table: [{"position": place} for place in positions]}))


def orphan(table: str) -> Callable[[], Load]:
    return lambda: load_of(frames([paper("PMC1")], **{table: [{"paper_id": "PMC404"}]}))


def without_document() -> Load:
    return replace(load_of(frames([paper("PMC1")])), documents=frame("documents"))


def without_lineage() -> Load:
    return replace(load_of(frames([paper("PMC1")])), paper_sources=frame("paper_sources"))


def from_other_content() -> Load:
    whole = load_of(frames([paper("PMC1")]))
    other = whole.paper_sources.with_columns(content_hash=pl.lit(sha256("other")))
    return replace(whole, paper_sources=other)


OFFENCES: dict[str, tuple[str, Callable[[], Load]]] = {
    "a paper twice": ("doubles", doubled_paper),
    **{
        f"{table} {places}": ("gaps", position(table, *places))
        for table in ("authors", "references", "sections")
        for places in [(1, 3), (1, 1), (2, 3), (0, 1, 2)]
    },
    **{f"{table} without their paper": ("orphans", orphan(table)) for table in CHILDREN},
    "a paper without a document": ("witnesses", without_document),
    "a paper without lineage": ("witnesses", without_lineage),
    "a paper from other content": ("witnesses", from_other_content),
}


@pytest.mark.parametrize(("check", "offence"), OFFENCES.values(), ids=OFFENCES)
def test_a_load_that_breaks_a_rule_is_rolled_back(con: Con, check: str, offence: Callable[[], Load]) -> None:
    load(con, load_of(frames([paper("PMC1", "before"), paper("PMC2")], authors=[{}])), RUN, Counts(loaded=2))
    before = everything(con)
    with pytest.raises(CheckFailed) as failed:
        load(con, offence(), RUN, Counts(loaded=3))
    assert str(failed.value).startswith(f"check {check} failed: {{'")
    assert "nothing of this batch was written" in str(failed.value)
    assert "\n" not in str(failed.value)
    assert everything(con) == before
    load(con, load_of(frames([paper("PMC3")])), RUN, Counts(loaded=3))
    assert counts_of(con)["papers"] == 3, "the next load is well"


def test_sums_that_do_not_add_up_are_found(con: Con) -> None:
    con.execute("UPDATE ops.runs SET fetched = 5")
    start_run(con, SECOND)
    with pytest.raises(CheckFailed, match=r"check sums failed: \{'run_id': 'run-1', 'fetched': 5, 'loaded': 0"):
        load(con, two_papers(), SECOND, Counts(loaded=2))
    assert counts_of(con)["papers"] == 0
    assert rows(con, "SELECT loaded FROM ops.runs WHERE run_id = 'run-2'") == [(0,)]


def test_every_check_has_an_offence_here() -> None:
    assert {f"{check}.sql" for check, _ in OFFENCES.values()} | {"sums.sql"} == set(sql_files("checks"))


def test_a_value_that_is_not_allowed_is_rolled_back(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    before = everything(con)
    with pytest.raises(duckdb.ConstraintException):
        load(con, load_of(frames([paper("PMC1", "changed")], sections=[{"level": None}])), RUN, Counts(loaded=3))
    assert everything(con) == before


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("SELECT 1", None),
        ("DELETE FROM main.papers WHERE paper_id = 'PMC1'", "orphans"),
        ("UPDATE main.authors SET paper_id = 'PMC404' WHERE paper_id = 'PMC2'", "orphans"),
        ("UPDATE main.references SET paper_id = 'PMC404'", "orphans"),
        ("INSERT INTO main.papers SELECT * FROM main.papers WHERE paper_id = 'PMC2'", "doubles"),
        ("UPDATE main.sections SET position = position + 1", "gaps"),
        ("DELETE FROM main.authors WHERE paper_id = 'PMC1' AND position = 1", "gaps"),
        ("DELETE FROM ops.documents", "witnesses"),
        ("UPDATE ops.runs SET rejected = 1", "sums"),
    ],
)
def test_everything_can_be_checked(con: Con, statement: str, check: str | None) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    con.execute(statement)
    if check is None:
        check_everything(con)
        assert rows(con, "SELECT count(*) FROM touched") == [(2,)]
        return
    with pytest.raises(CheckFailed, match=f"check {check} failed"):
        check_everything(con)


A, B = "file:///a/one.xml", "file:///b/one.xml"


def enter(con: Con, url: str, content: str, *, papers: int = 1, rejected: int = 0, days: int = 0) -> Landed:
    """Load a document that was fetched after so many days; where it gave a paper, that is PMC1."""
    document = landed(url, content)
    given = [paper("PMC1", content)] if papers else []
    batch = load_of(frames(given), url=url)
    at = NOW + timedelta(days=days)
    record = {
        "document_id": document.document_id,
        "url": url,
        "source_id": document.source_id,
        "sha256": document.sha256,
        "fetched_at": at,
        "papers": papers,
        "rejected": rejected,
    }
    load(con, replace(batch, documents=frame("documents", record)), RUN, Counts(loaded=1))
    return document


def known(con: Con, *documents: Landed, run: Run = RUN) -> list[tuple[int, int] | None]:
    """For each document what it counts for where it is known, else None."""
    found = known_documents(con, documents, run)
    assert set(found) <= {document.document_id for document in documents}
    return [found.get(document.document_id) for document in documents]


def test_the_same_bytes_from_the_same_address_are_known(con: Con) -> None:
    enter(con, A, "one", papers=1, rejected=2)
    assert known(con, landed(A, "one"), landed(A, "changed"), landed(B, "other")) == [(1, 2), None, None]


def test_a_file_that_was_moved_is_known(con: Con) -> None:
    enter(con, A, "one")
    assert known(con, landed(B, "one")) == [(1, 0)]


def test_a_file_that_was_put_back_is_not_known(con: Con) -> None:
    """What the warehouse holds is the version in between; the old bytes must be loaded again."""
    enter(con, A, "one")
    enter(con, A, "two", days=1)
    assert known(con, landed(A, "one"), landed(A, "two")) == [None, (1, 0)]
    enter(con, A, "one", days=2)
    assert known(con, landed(A, "one"), landed(A, "two")) == [(1, 0), None]


def test_a_rejected_document_is_known_by_its_address_only(con: Con) -> None:
    enter(con, A, "broken", papers=0, rejected=1)
    assert known(con, landed(A, "broken"), landed(B, "broken"), landed(A, "mended")) == [(0, 1), None, None]


def test_a_known_document_is_worked_through_to_clear_what_was_set_aside_in_its_place(con: Con) -> None:
    """The page could not be had in between: its reject must go once the page is there again, unchanged."""
    enter(con, A, "one")
    name = landed(A, "one").source_id
    load(con, load_of(frames([]), [reject(name, "404 Not Found")]), RUN, Counts(rejected=1))
    assert known(con, landed(A, "one"), landed("file:///other.xml", "one")) == [None, (1, 0)]


def test_another_sources_documents_are_not_known(con: Con) -> None:
    enter(con, A, "one")
    assert known(con, landed(A, "one", source="tomesphere")) == [None]


def test_what_could_not_be_had_is_not_known(con: Con) -> None:
    enter(con, A, "one")
    assert known(con, landed(A, None), landed(A, "one")) == [None, (1, 0)]
    assert known(con) == []


def test_a_bytes_wise_copy_in_one_batch_is_known_once_each(con: Con) -> None:
    enter(con, A, "one")
    enter(con, B, "one", papers=0, rejected=0)
    assert known(con, landed(A, "one"), landed(B, "one")) == [(1, 0), (0, 0)]


def test_a_double_is_known_as_long_as_the_first_one_is_found(con: Con) -> None:
    enter(con, A, "one")
    double = {"source_id": "b.xml", "document_id": landed(B, "two").document_id, "table_name": "papers"}
    row = json.dumps({"paper_id": rows(con, "SELECT paper_id FROM papers")[0][0]})
    load(con, load_of(frames([]), [double | {"check": "unique", "row": row}]), RUN, Counts(rejected=1))
    enter(con, B, "two", papers=0, rejected=1)
    assert known(con, landed(A, "one"), landed(B, "two")) == [(1, 0), (0, 1)]
    start_run(con, Run("run-of-others", "flow-run-of-others", "ingest", "another topic"))
    assert known(con, landed(B, "two"), run=Run("", "flow-run-of-others", "", "")) == [(0, 1)]
    start_run(con, SECOND)
    assert known(con, landed(B, "two"), run=SECOND) == [None]
    assert known(con, landed(A, "one"), landed(B, "two"), run=SECOND) == [(1, 0), (0, 1)]


def documents(*given: tuple[str, str, str]) -> pl.DataFrame:
    """The rows of main.paper_sources of a batch: paper, source, content."""
    return frame(
        "paper_sources",
        *(
            {
                "paper_id": key,
                "own_id": key,
                "source": source,
                "content_hash": sha256(content),
                "document_id": f"new {key}",
            }
            for key, source, content in given
        ),
    )


def test_changed_is_what_a_source_says_anew(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    batch = documents(("PMC1", "jats", "PMC1"), ("PMC2", "jats", "changed"), ("PMC3", "jats", "PMC1"))
    assert changed_papers(con, batch) == {"PMC2", "PMC3"}
    assert changed_papers(con, documents(("PMC1", "tomesphere", "PMC1"))) == {"PMC1"}
    assert changed_papers(con, documents(("PMC1", "jats", "PMC1"), ("PMC1", "pubtator", "new"))) == {"PMC1"}
    assert changed_papers(con, documents()) == set()


def given(*told: tuple[str, str, str]) -> pl.DataFrame:
    """What files say of papers (paper, source, address), as the load asks of it."""
    return pl.DataFrame(
        told, schema=dict.fromkeys(["paper_id", "source", "url"], pl.String), orient="row"
    ).with_columns(own_id=pl.col("paper_id"))


def test_given_by_another_file_of_the_same_flow_run(con: Con) -> None:
    start_run(con, Run("run-1b", RUN.flow_run_id, "ingest", "another topic"))
    start_run(con, SECOND)
    load(con, load_of(frames([paper("PMC1"), paper("PMC2", run_id="run-1b")])), RUN, Counts(loaded=2))
    batch = given(("PMC1", "jats", "x"), ("PMC2", "jats", "y"), ("PMC3", "jats", "z"), ("PMC2", "tomesphere", "y"))
    expected = {"PMC1": "file:///PMC1.xml", "PMC2": "file:///PMC2.xml"}
    assert given_elsewhere(con, batch, RUN) == expected
    assert given_elsewhere(con, batch, SECOND) == {}
    assert given_elsewhere(con, batch, REPLAY) == expected


def test_the_same_file_again_is_no_double(con: Con) -> None:
    load(con, two_papers(), RUN, Counts(loaded=2))
    batch = given(("PMC1", "jats", "file:///PMC1.xml"), ("PMC2", "jats", "file:///PMC2.xml"))
    assert given_elsewhere(con, batch, RUN) == {}
    assert given_elsewhere(con, batch, REPLAY) == {}


def test_documents_by_their_keys(con: Con) -> None:
    batch = two_papers()
    load(con, batch, RUN, Counts(loaded=2))
    wanted = batch.documents["document_id"][0]
    assert [row["document_id"] for row in stored_documents(con, [wanted, "unknown"])] == [wanted]
    assert stored_documents(con, []) == []
