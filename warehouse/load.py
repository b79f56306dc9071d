"""Load a batch: one transaction of DELETE + INSERT by paper, checked before it commits."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl

from schemas.errors import CheckFailed
from schemas.quarantine import Frames
from schemas.tables import CHILDREN, TABLES
from warehouse.derive import derive
from warehouse.landing import Landed
from warehouse.lookup import lookup
from warehouse.retries import FAILED, renew_retries
from warehouse.runs import Counts, Run, record_counts, set_watermark
from warehouse.search import index_touched
from warehouse.sql import read_sql, sql_files

Connection = duckdb.DuckDBPyConnection


@dataclass
class Load:
    """What a load writes.

    tables: a frame for each table of ``schemas.tables.TABLES``: all rows of the papers that change.
    paper_sources: all claims about these papers.
    documents, rejects: the rows of the tables of that name in ``ops``; the rejects of a document replace all that its
        source_id had before.
    touched: papers whose rows go, besides those that get new ones.
    watermark: how far the run's topic has come with this load, in its source; None where that does not change.
    failed, retried: what could not be had of papers, and which papers were asked for again; see ``warehouse.retries``.
    """

    tables: Frames
    paper_sources: pl.DataFrame
    documents: pl.DataFrame
    rejects: pl.DataFrame
    touched: list[str] = field(default_factory=list)
    watermark: str | None = None
    failed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAILED))
    retried: list[str] = field(default_factory=list)


def known_documents(con: Connection, documents: Iterable[Landed], run: Run) -> dict[str, tuple[int, int]]:
    """Which of these documents were worked through before, with the papers and rejects that they gave.

    Known is a document whose address gave the same bytes the last time, or whose bytes are what some paper now
    comes from. Returns (papers, rejected) by document_id.
    """
    asked = pl.DataFrame(
        [
            (document.document_id, document.source, document.source_id, document.url, document.sha256)
            for document in documents
            if document.sha256
        ],
        schema=dict.fromkeys(["document_id", "source", "source_id", "url", "sha256"], pl.String),
        orient="row",
    )
    with registered(con, asked=asked):
        con.execute(read_sql("updates", "seen_again.sql"), {"run_id": run.run_id})
        rows = con.execute(read_sql("lookups", "known_documents.sql"), {"flow_run_id": run.flow_run_id}).fetchall()
    return {document_id: (papers, rejected) for document_id, papers, rejected in rows}


def changed_papers(con: Connection, paper_sources: pl.DataFrame) -> set[str]:
    """The papers of a batch, by the keys that their own ids give, of which some source says something new."""
    with registered(con, incoming=paper_sources):
        rows = con.execute(read_sql("lookups", "changed_papers.sql")).fetchall()
    return {paper_id for (paper_id,) in rows}


def given_elsewhere(con: Connection, given: pl.DataFrame, run: Run) -> dict[str, str]:
    """The papers of a batch that a file at another address gave in the same flow run, with that address.

    given: paper_id, source, document_id and url, of sources on disk; what a service says later in a run is news. In a
    replay, which looks for no files, any other address counts.
    """
    with registered(con, incoming=given):
        parameters = {"flow_run_id": run.flow_run_id, "replay": run.topic is None}
        rows = con.execute(read_sql("lookups", "given_elsewhere.sql"), parameters).fetchall()
    return dict(rows)


def stored_documents(con: Connection, document_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of ops.documents with these keys."""
    return lookup(con, "documents", document_ids=list(document_ids))


def load(con: Connection, batch: Load, run: Run, counts: Counts) -> None:
    """Write a batch and what the run has done with it, all or nothing.

    counts: of the run so far, this batch included. Raises: CheckFailed, and nothing is written.
    """
    with registered(con, **_frames(batch)), transaction(con):
        new = " UNION ".join(f'SELECT paper_id FROM "new_{table}"' for table in TABLES)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE touched AS SELECT unnest(?) AS paper_id UNION {new}", [batch.touched]
        )
        con.execute("CREATE OR REPLACE TEMP TABLE replaced AS FROM touched SEMI JOIN main.papers USING (paper_id)")
        con.execute(read_sql("updates", "arrived.sql"), {"run_id": run.run_id})
        con.execute(read_sql("updates", "departed.sql"))
        for table in (*TABLES, "paper_sources"):
            _replace(con, table)
        derive(con)
        index_touched(con)
        con.execute("DELETE FROM ops.documents WHERE document_id IN (SELECT document_id FROM new_documents)")
        con.execute("INSERT INTO ops.documents BY NAME SELECT * FROM new_documents")
        con.execute(
            "DELETE FROM ops.rejects WHERE (source, source_id) IN "
            "(SELECT (source, source_id) FROM new_documents UNION SELECT (source, source_id) FROM new_rejects)"
        )
        con.execute("INSERT INTO ops.rejects BY NAME SELECT * FROM new_rejects")
        con.execute(read_sql("updates", "count_load.sql"), {"run_id": run.run_id})
        record_counts(con, run, counts)
        renew_retries(con, run, batch.failed, batch.retried)
        if batch.watermark:
            set_watermark(con, run, batch.watermark)
        run_checks(con)


def _frames(batch: Load) -> dict[str, pl.DataFrame]:
    frames = {f"new_{table}": frame for table, frame in batch.tables.items()}
    return frames | {
        "new_paper_sources": batch.paper_sources,
        "new_documents": batch.documents,
        "new_rejects": batch.rejects,
    }


def _replace(con: Connection, table: str) -> None:
    """Put the new rows of a table in place of the old ones of the same papers."""
    con.execute(f'DELETE FROM main."{table}" WHERE paper_id IN (FROM replaced)')
    con.execute(f'INSERT INTO main."{table}" BY NAME SELECT * FROM "new_{table}"')


def run_checks(con: Connection) -> None:
    """Run every check of warehouse/checks on the papers in the temporary table ``touched``.

    Raises: CheckFailed with the first offending rows.
    """
    for name in sql_files("checks"):
        relation = con.execute(read_sql("checks", name))
        offending = relation.fetchmany(3)
        if offending:
            columns = [column[0] for column in relation.description]
            rows = "; ".join(str(dict(zip(columns, row, strict=True))) for row in offending)
            raise CheckFailed(
                f"check {name.removesuffix('.sql')} failed: {rows}; nothing of this batch was written, "
                "please report it with the documents named"
            )


def check_everything(con: Connection) -> None:
    """Run every check on all papers of a warehouse. Raises: CheckFailed."""
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT paper_id FROM main.papers")
    tables = " UNION ".join(f'SELECT paper_id FROM main."{table}"' for table in CHILDREN)
    con.execute(f"INSERT INTO touched {tables} EXCEPT SELECT paper_id FROM touched")
    run_checks(con)


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """All of it or nothing."""
    con.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # what led here counts; a disk that is full has ended the transaction
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


@contextmanager
def registered(con: Connection, **frames: pl.DataFrame) -> Iterator[None]:
    """Let SQL see frames as tables of these names."""
    for name, frame in frames.items():
        con.register(name, frame.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            con.unregister(name)
