"""Validate: hold the rows of a batch against the contract; what fails goes to quarantine."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.quarantine import Frames
from schemas.quarantine import validate as split
from schemas.tables import TABLES
from tasks.batches import Parsed
from tasks.parse import read_parsed, write_parsed
from tasks.parsers.batch import Result
from warehouse.landing import Landing, storage_errors


@task(task_run_name="validate {parsed.batch.name}", cache_policy=NO_CACHE)
def validate(parsed: Parsed) -> Parsed:
    """Validate a parsed batch; returns it with the rows that keep the contract and all rejects in ``valid``."""
    return validate_parsed(parsed)


def validate_parsed(parsed: Parsed) -> Parsed:
    """What the task does, as a plain function."""
    witnesses, rejects = read_parsed(parsed.folder)
    source_ids = {line.document_id: line.source_id for line in Landing.read_journal(parsed.batch.journal)}
    valid, failures = {}, [rejects]
    for source, frames in witnesses.items():
        valid[source], failed = _validate_witness(frames, source_ids)
        failures.append(failed)
    result = _without_lost(parsed.result, witnesses, valid)
    folder = parsed.folder.with_name("valid")
    with storage_errors(folder.parent.parent):
        write_parsed(folder, valid, pl.concat(failures))
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


def _without_lost(result: Result, before: dict[str, Frames], after: dict[str, Frames]) -> Result:
    """Count the papers that lost the row of every source as rejected; what else was told of them goes along."""

    def papers(witnesses: dict[str, Frames]) -> set[str]:
        return {paper_id for frames in witnesses.values() for paper_id in frames["papers"]["paper_id"]}

    lost = papers(before) - papers(after)
    outcomes = {key: replace(outcome) for key, outcome in result.outcomes.items()}
    for paper_id in lost:
        outcomes[result.leads[paper_id]].papers -= 1
        outcomes[result.leads[paper_id]].rejected += 1
    for frames in after.values():
        for table in frames:
            frames[table] = frames[table].filter(~pl.col("paper_id").is_in(list(lost)))
    return Result(outcomes, {paper_id: lead for paper_id, lead in result.leads.items() if paper_id not in lost})
