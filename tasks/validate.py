"""Validate: hold the rows of a batch against the contract; what fails goes to quarantine."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.ops import Rejects
from schemas.quarantine import Frames
from schemas.quarantine import validate as split
from schemas.tables import TABLES, polars_schema
from tasks.batches import Parsed
from tasks.parse import read_parsed, write_parsed
from tasks.parsers.batch import Result
from warehouse.disk import storage_errors
from warehouse.landing import Landed, Landing


@task(task_run_name="validate {parsed.batch.name}", cache_policy=NO_CACHE)
def validate(parsed: Parsed) -> Parsed:
    """Validate a parsed batch; returns it with the rows that keep the contract and all rejects in ``valid``."""
    return validate_parsed(parsed)


def validate_parsed(parsed: Parsed) -> Parsed:
    """What the task does, as a plain function."""
    witnesses, rejects = read_parsed(parsed.folder)
    documents = {line.document_id: line for line in Landing.read_journal(parsed.batch.journal)}
    source_ids = {key: line.source_id for key, line in documents.items()}
    valid, failures = {}, [rejects]
    for source, frames in witnesses.items():
        valid[source], failed = _validate_witness(frames, source_ids)
        failures.append(failed)
    result, twins = _without_lost(parsed.result, witnesses, valid, documents)
    folder = parsed.folder.with_name("valid")
    with storage_errors(folder.parent.parent):
        write_parsed(folder, valid, pl.concat([*failures, twins]))
    shutil.rmtree(parsed.folder)
    return Parsed(parsed.batch, folder, result)


def _validate_witness(frames: Frames, source_ids: dict[str, str]) -> tuple[Frames, pl.DataFrame]:
    """What one source says, held against the contract: what keeps it, and the rejects."""
    documents = frames["paper_sources"]
    lineage = documents.with_columns(
        source_id=pl.col("document_id").replace_strict(source_ids, return_dtype=pl.String),
        rejected_at=pl.lit(datetime.now(UTC)),
    )
    good, rejects = split({table: frames[table] for table in TABLES}, lineage)
    lost = frames["papers"].join(good["papers"], on="paper_id", how="anti")
    return good | {"paper_sources": documents.join(lost, on="paper_id", how="anti", maintain_order="left")}, rejects


def _without_lost(
    result: Result, before: dict[str, Frames], after: dict[str, Frames], documents: dict[str, Landed]
) -> tuple[Result, pl.DataFrame]:
    """Count the papers that lost the row of every source as rejected; what else was told of them goes along.

    Returns the rejects of the documents that gave the same as one of them, too.
    """

    def papers(witnesses: dict[str, Frames]) -> set[str]:
        return {paper_id for frames in witnesses.values() for paper_id in frames["papers"]["paper_id"]}

    lost = papers(before) - papers(after)
    counted = result.copied()
    twins = [row for paper_id in lost for row in counted.set_aside(paper_id, documents)]
    for frames in after.values():
        for table in frames:
            frames[table] = frames[table].filter(~pl.col("paper_id").is_in(list(lost)))
    leads = {paper_id: lead for paper_id, lead in result.leads.items() if paper_id not in lost}
    return replace(counted, leads=leads), pl.DataFrame(twins, schema=polars_schema(Rejects))
