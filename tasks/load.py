"""Load: write a validated batch into the build file, in one transaction that is checked before it commits."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.ops import Documents, PaperDocuments, Rejects
from schemas.quarantine import Frames
from schemas.tables import TABLES, empty, polars_schema
from tasks.batches import Batch, Parsed
from tasks.parse import parse_landed, read_parsed
from tasks.parsers.batch import COUNTED, FILES, Outcome, duplicate_of
from tasks.parsers.merge import merge
from tasks.parsers.rows import ParseError
from tasks.validate import validate_parsed
from warehouse.landing import Landed, Landing
from warehouse.layout import Layout
from warehouse.load import Connection, Load, changed_papers, given_elsewhere, other_documents
from warehouse.load import load as write
from warehouse.retries import FAILED
from warehouse.runs import Counts, Run
from warehouse.store import disk_errors, open_build


@task(task_run_name="load {valid.batch.name}", cache_policy=NO_CACHE)
def load(layout: Layout, valid: Parsed, run: Run, before: Counts, full_refresh: bool) -> Counts:
    """Load a validated batch. before: what the run has counted so far.

    Returns what the batch counts for. Raises: CheckFailed, StorageError; nothing of the batch is written then.
    """
    return load_valid(layout, valid, run, before, full_refresh)


def load_valid(layout: Layout, valid: Parsed, run: Run, before: Counts, full_refresh: bool) -> Counts:
    """What the task does, as a plain function."""
    witnesses, rejects = read_parsed(valid.folder)
    documents = Landing.read_journal(valid.batch.journal)
    outcomes = {key: replace(outcome) for key, outcome in valid.result.outcomes.items()}
    hearing = _Hearing(witnesses, valid.result.leads, outcomes)
    with disk_errors(layout), open_build(layout) as con:
        if not full_refresh:
            hearing.dismiss_unchanged(con)
        rejects = pl.concat([rejects, hearing.set_duplicates_aside(con, run, documents)])
        tables = _merged(con, layout, witnesses, hearing.paper_documents())
        rejects = pl.concat([rejects, hearing.set_unknown_aside(tables, run, documents)])
        paper_documents = hearing.paper_documents()
        tables["papers"] = tables["papers"].with_columns(
            run_id=pl.lit(run.run_id), updated_at=pl.lit(datetime.now(UTC))
        )
        counts = sum((Counts(o.papers, o.unchanged, o.rejected) for o in outcomes.values()), Counts())
        batch = Load(
            tables,
            paper_documents,
            _documents(documents, outcomes),
            rejects,
            valid.batch.watermark,
            _failed(documents),
            list(valid.batch.retried),
        )
        write(con, batch, run, before + counts)
    shutil.rmtree(valid.folder.parent)
    return counts


@dataclass
class _Hearing:
    """The witnesses of a batch while it is decided which are heard; leads: the document that a paper counts for."""

    witnesses: dict[str, Frames]
    leads: dict[str, str]
    outcomes: dict[str, Outcome]

    def paper_documents(self, *sources: str) -> pl.DataFrame:
        """The rows of paper_documents of these sources, or of all."""
        frames = [self.witnesses[source]["paper_documents"] for source in sources or self.witnesses]
        return pl.concat([empty(PaperDocuments), *frames])

    def dismiss_unchanged(self, con: Connection) -> None:
        """Take out the papers of which all sources say what they said before, as most articles of a changed set."""
        changed = changed_papers(con, self.paper_documents())
        unchanged = set(self.paper_documents()["paper_id"]) - changed
        for paper_id in unchanged:
            outcome = self.outcomes[self.leads[paper_id]]
            outcome.papers -= 1
            outcome.unchanged += 1
        self._dismiss(unchanged)

    def set_duplicates_aside(self, con: Connection, run: Run, documents: list[Landed]) -> pl.DataFrame:
        """Quarantine papers that another file gave in this same flow run, with other content. Returns the rejects."""
        files = self.paper_documents(*(source for source in self.witnesses if source in FILES))
        addresses = {line.document_id: line.url for line in documents}
        source_ids = {line.document_id: line.source_id for line in documents}
        url = pl.col("document_id").replace_strict(addresses, return_dtype=pl.String)
        given = given_elsewhere(con, files.with_columns(url=url), run)
        rejects = []
        for row in files.filter(pl.col("paper_id").is_in(list(given))).to_dicts():
            outcome = self.outcomes[self.leads[row["paper_id"]]]
            outcome.papers -= 1
            outcome.rejected += 1
            reason = duplicate_of(row["paper_id"], given[row["paper_id"]])
            papers = self.witnesses[row["source"]]["papers"].filter(paper_id=row["paper_id"])
            rejects.append(_reject(run, row, source_ids, reason, papers.row(0, named=True)))
        self._dismiss(set(given))
        return pl.DataFrame(rejects, schema=polars_schema(Rejects))

    def set_unknown_aside(self, tables: Frames, run: Run, documents: list[Landed]) -> pl.DataFrame:
        """Quarantine what is told of papers that no source describes, out of the tables, too. Returns the rejects."""
        unknown = self.paper_documents().join(tables["papers"], on="paper_id", how="anti")
        source_ids = {line.document_id: line.source_id for line in documents}
        reason = ParseError("described", "rows about a paper that no source describes; fetch its record")
        rejects = [_reject(run, row, source_ids, reason, row) for row in unknown.to_dicts()]
        for paper_id in set(unknown["paper_id"]):
            self.outcomes[self.leads[paper_id]].papers -= 1
            self.outcomes[self.leads[paper_id]].rejected += 1
        self._dismiss(set(unknown["paper_id"]))
        for table in tables:
            tables[table] = tables[table].join(unknown, on="paper_id", how="anti", maintain_order="left")
        return pl.DataFrame(rejects, schema=polars_schema(Rejects))

    def _dismiss(self, paper_ids: set[str]) -> None:
        if paper_ids:
            for frames in self.witnesses.values():
                for table in frames:
                    frames[table] = frames[table].filter(~pl.col("paper_id").is_in(list(paper_ids)))


def _reject(
    run: Run, told: dict[str, Any], source_ids: dict[str, str], reason: ParseError, row: dict[str, Any]
) -> dict[str, Any]:
    """A row of the quarantine for a paper, of which a row of paper_documents says who told."""
    return {
        "run_id": run.run_id,
        "document_id": told["document_id"],
        "source": told["source"],
        "source_id": source_ids[told["document_id"]],
        "table_name": "papers",
        "column_name": "paper_id",
        "check": reason.check,
        "value": reason.message,
        "row": json.dumps(row, default=str, ensure_ascii=False),
        "rejected_at": datetime.now(UTC),
    }


def _merged(con: Connection, layout: Layout, witnesses: dict[str, Frames], paper_documents: pl.DataFrame) -> Frames:
    """The rows of the batch's papers, with what other sources said of them before, parsed again from landing."""
    heard = {source: {table: frames[table] for table in TABLES} for source, frames in witnesses.items()}
    others = other_documents(con, paper_documents)
    if not others.is_empty():
        batch = landed_again(layout, "others", others.unique("document_id", maintain_order=True).to_dicts())
        valid = validate_parsed(parse_landed(layout, batch))
        wanted = others.select("paper_id", "document_id")
        for source, frames in read_parsed(valid.folder)[0].items():
            told = frames["paper_documents"].join(wanted, on=["paper_id", "document_id"], how="semi")
            again = {
                table: frames[table].join(told, on="paper_id", how="semi", maintain_order="left") for table in TABLES
            }
            heard[source] = {
                table: pl.concat([*([heard[source][table]] if source in heard else []), frame])
                for table, frame in again.items()
            }
        shutil.rmtree(valid.folder.parent)
        batch.journal.unlink()
    return merge(heard) if heard else {table: empty(model) for table, model in TABLES.items()}


def landed_again(layout: Layout, name: str, documents: list[dict[str, Any]], run_id: str | None = None) -> Batch:
    """A batch, with its journal in the work folder, of documents that landed earlier, given as rows of ops.documents.

    run_id: the run that takes them up, where it shall stand for the one that fetched them.
    """
    lines = [
        {column: row[column] for column in ("document_id", "source", "source_id", "kind", "url", "sha256", "bytes")}
        | {"fetched_at": row["fetched_at"].isoformat(), "run_id": run_id or row["run_id"]}
        for row in documents
    ]
    journal = layout.work / f"{name}.jsonl"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return Batch(name, journal)


def _documents(documents: list[Landed], outcomes: dict[str, Outcome]) -> pl.DataFrame:
    """The rows of ops.documents of a batch."""
    rows = [
        {name: getattr(line, name) for name in ("document_id", "source", "source_id", "kind", "url", "sha256", "bytes")}
        | {"fetched_at": datetime.fromisoformat(line.fetched_at), "run_id": line.run_id}
        | {"papers": (outcome := outcomes[line.document_id]).papers + outcome.unchanged, "rejected": outcome.rejected}
        for line in documents
        if line.sha256 is not None
    ]
    return pl.DataFrame(rows, schema=polars_schema(Documents))


def _failed(documents: list[Landed]) -> pl.DataFrame:
    """What belongs to papers and could not be had."""
    rows = [
        (line.source, line.source_id, line.message)
        for line in documents
        if line.sha256 is None and line.source not in COUNTED
    ]
    return pl.DataFrame(rows, schema=FAILED, orient="row")
