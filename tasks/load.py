"""Load: write a validated batch into the build file, in one transaction that is checked before it commits."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.config import Merging
from schemas.ops import Documents, Rejects
from schemas.quarantine import Frames
from schemas.sources import COUNTED, FILES
from schemas.tables import PaperSources, empty, polars_schema
from tasks.batches import Parsed
from tasks.parse import read_parsed
from tasks.parsers.batch import Outcome, Result, duplicate_of
from tasks.parsers.rows import ParseError
from tasks.unite import United, unite
from warehouse.landing import Landed, Landing
from warehouse.layout import Layout
from warehouse.load import Connection, Load, changed_papers, given_elsewhere
from warehouse.load import load as write
from warehouse.retries import FAILED
from warehouse.runs import Counts, Run
from warehouse.store import open_build


@task(task_run_name="load {valid.batch.name}", cache_policy=NO_CACHE)
def load(layout: Layout, valid: Parsed, run: Run, before: Counts, full_refresh: bool, merging: Merging) -> Counts:
    """Load a validated batch. before: what the run has counted so far. merging: which source is believed.

    Returns what the batch counts for. Raises: CheckFailed, StorageError; nothing of the batch is written then.
    """
    return load_valid(layout, valid, run, before, full_refresh, merging)


def load_valid(layout: Layout, valid: Parsed, run: Run, before: Counts, full_refresh: bool, merging: Merging) -> Counts:
    """What the task does, as a plain function."""
    witnesses, rejects = read_parsed(valid.folder)
    documents = Landing.read_journal(valid.batch.journal)
    result = valid.result.copied()
    outcomes = result.outcomes
    hearing = _Hearing(witnesses, result)
    with open_build(layout) as con:
        if not full_refresh:
            hearing.dismiss_unchanged(con)
        rejects = pl.concat([rejects, hearing.set_duplicates_aside(con, run, documents)])
        united = unite(con, layout, witnesses, documents, merging)
        rejects = pl.concat([rejects, united.rejects, hearing.set_unknown_aside(united, run, documents)])
        counts = sum((Counts(o.papers, o.unchanged, o.rejected) for o in outcomes.values()), Counts())
        batch = Load(
            **stamped(united, run),
            documents=_documents(documents, outcomes),
            rejects=rejects,
            watermark=valid.batch.watermark,
            failed=_failed(documents),
            retried=list(valid.batch.retried),
        )
        write(con, batch, run, before + counts)
    shutil.rmtree(valid.folder.parent)
    return counts


@dataclass
class _Hearing:
    """The witnesses of a batch while it is decided which are heard; result: what its documents count for."""

    witnesses: dict[str, Frames]
    result: Result

    def paper_sources(self, *sources: str) -> pl.DataFrame:
        """The rows of paper_sources of these sources, or of all."""
        frames = [self.witnesses[source]["paper_sources"] for source in sources or self.witnesses]
        return pl.concat([empty(PaperSources), *frames])

    def dismiss_unchanged(self, con: Connection) -> None:
        """Take out the papers of which all sources say what they said before, as most articles of a changed set."""
        changed = changed_papers(con, self.paper_sources())
        unchanged = set(self.paper_sources()["paper_id"]) - changed
        for paper_id in unchanged:
            outcome = self.result.outcomes[self.result.leads[paper_id]]
            outcome.papers -= 1
            outcome.unchanged += 1
        self._dismiss(unchanged)

    def set_duplicates_aside(self, con: Connection, run: Run, documents: list[Landed]) -> pl.DataFrame:
        """Quarantine papers that another file gave in this same flow run, with other content. Returns the rejects."""
        files = self.paper_sources(*(source for source in self.witnesses if source in FILES))
        lines = {line.document_id: line for line in documents}
        source_ids = {key: line.source_id for key, line in lines.items()}
        addresses = {key: line.url for key, line in lines.items()}
        url = pl.col("document_id").replace_strict(addresses, return_dtype=pl.String)
        given = given_elsewhere(con, files.with_columns(url=url), run)
        rejects = []
        for row in files.filter(pl.col("paper_id").is_in(list(given))).to_dicts():
            rejects += self.result.set_aside(row["paper_id"], lines)
            reason = duplicate_of(row["paper_id"], given[row["paper_id"]])
            papers = self.witnesses[row["source"]]["papers"].filter(paper_id=row["paper_id"])
            rejects.append(_reject(run, row, source_ids, reason, papers.row(0, named=True)))
        self._dismiss(set(given))
        return pl.DataFrame(rejects, schema=polars_schema(Rejects))

    def set_unknown_aside(self, united: United, run: Run, documents: list[Landed]) -> pl.DataFrame:
        """Quarantine what is told of papers that no source describes, out of the union, too. Returns the rejects."""
        unknown = united.undescribed()
        source_ids = {line.document_id: line.source_id for line in documents}
        reason = ParseError("described", "rows about a paper that no source describes; fetch its record")
        told = united.paper_sources.filter(pl.col("paper_id").is_in(list(unknown)))
        told = told.filter(pl.col("document_id").is_in(list(source_ids)))
        rejects = [_reject(run, row, source_ids, reason, row) for row in told.to_dicts()]
        for told_as in set(told["told_as"]):
            self.result.outcomes[self.result.leads[told_as]].papers -= 1
            self.result.outcomes[self.result.leads[told_as]].rejected += 1
        united.leave_out(unknown)
        return pl.DataFrame(rejects, schema=polars_schema(Rejects))

    def _dismiss(self, paper_ids: set[str]) -> None:
        if paper_ids:
            for frames in self.witnesses.values():
                for table in frames:
                    frames[table] = frames[table].filter(~pl.col("paper_id").is_in(list(paper_ids)))


def _reject(
    run: Run, told: dict[str, Any], source_ids: dict[str, str], reason: ParseError, row: dict[str, Any]
) -> dict[str, Any]:
    """A row of the quarantine for a paper, of which a row of paper_sources says who told."""
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


def stamped(united: United, run: Run) -> dict[str, Any]:
    """What a load writes of a union, with the run and the time of its writing."""
    now = datetime.now(UTC)
    papers = united.tables["papers"].with_columns(run_id=pl.lit(run.run_id), updated_at=pl.lit(now))
    return {
        "tables": united.tables | {"papers": papers},
        "paper_sources": united.paper_sources.drop("told_as").with_columns(run_id=pl.lit(run.run_id)),
        "touched": sorted(united.touched),
    }


def _documents(documents: list[Landed], outcomes: dict[str, Outcome]) -> pl.DataFrame:
    """The rows of ops.documents of a batch."""
    rows = [
        line.row()
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
