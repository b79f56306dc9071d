"""The tables of schema ``ops``: what the pipeline says of itself. One pandera model each, as in ``schemas.tables``."""

import pandera.polars as pa
import polars as pl

from schemas.tables import SHA256, Instant, Table

PURPOSES = ["notices", "entities"]
STATUSES = ["running", "done", "failed", "interrupted"]


class Runs(Table):
    """One row a run and topic; the counts are papers, and fetched = loaded + unchanged + rejected."""

    run_id: str = pa.Field(unique=True, description="Key of the run of one topic")
    flow_run_id: str = pa.Field(nullable=True, description="Flow run in Prefect; the topics of one ingest share it")
    flow: str = pa.Field(description="Name of the flow")
    topic: str = pa.Field(nullable=True, description="Topic of the configuration")
    started_at: Instant = pa.Field(description="When the topic began")
    finished_at: Instant = pa.Field(nullable=True, description="When it ended; null while it runs")
    status: str = pa.Field(
        isin=STATUSES, description="running, done, failed, or interrupted (it died, the next one said so)"
    )
    fetched: pl.Int64 = pa.Field(ge=0, description="Papers that the source gave")
    loaded: pl.Int64 = pa.Field(ge=0, description="Papers written")
    unchanged: pl.Int64 = pa.Field(ge=0, description="Papers whose bytes were known; nothing was written for them")
    rejected: pl.Int64 = pa.Field(ge=0, description="Papers (or documents without one) in quarantine, see rejects")
    error: str = pa.Field(nullable=True, description="Why the topic failed")


class Documents(Table):
    """One row a landed document; its bytes lie compressed at landing/documents/<first two of sha256>/<sha256>.zst."""

    document_id: str = pa.Field(unique=True, description="Key: hash of source, url and sha256")
    source: str = pa.Field(description="Source that gave it")
    source_id: str = pa.Field(description="Its id there: an id that was asked for, or the path of a file or member")
    kind: str = pa.Field(description="Parser that reads it")
    url: str = pa.Field(description="Address it came from")
    sha256: str = pa.Field(str_matches=SHA256, description="Hash of its bytes")
    bytes: pl.Int64 = pa.Field(ge=0, description="Its size, uncompressed")
    fetched_at: Instant = pa.Field(description="When it was fetched")
    run_id: str = pa.Field(description="Run that fetched it")
    papers: pl.Int32 = pa.Field(ge=0, description="Papers it gave")
    rejected: pl.Int32 = pa.Field(ge=0, description="Papers of it in quarantine; 1 where it could not be read at all")


class Rejects(Table):
    """The quarantine: what failed a check, why, and the row as it was. One document's rows are replaced together."""

    run_id: str = pa.Field(description="Run that set it aside")
    document_id: str = pa.Field(description="Document it came from, see documents")
    source: str = pa.Field(description="Source that gave it")
    source_id: str = pa.Field(description="Its id there")
    table_name: str = pa.Field(description="Table it was meant for; documents where a document gave no paper")
    column_name: str = pa.Field(nullable=True, description="Column that failed")
    check_: str = pa.Field(alias="check", description="Check that was not met")
    value: str = pa.Field(nullable=True, description="The value, or what was wrong")
    row: str = pa.Field(nullable=True, description="The row as JSON")
    rejected_at: Instant = pa.Field(description="When")


class Watermarks(Table):
    """How far an incremental topic has come."""

    topic: str = pa.Field(unique=True, description="Topic of the configuration")
    source: str = pa.Field(description="Source of the topic")
    high_water: str = pa.Field(nullable=True, description="Everything up to here is loaded")
    updated_at: Instant = pa.Field(description="When it moved")


class Retries(Table):
    """What could not be had of a paper: it is tried again in later runs, after 1, 2, 4 ... hours, a week at most."""

    topic: str = pa.Field(description="Topic that asked for it")
    source: str = pa.Field(description="Source that did not give it")
    source_id: str = pa.Field(description="The paper there")
    attempts: pl.Int32 = pa.Field(ge=1, description="How often it failed")
    next_attempt_at: Instant = pa.Field(description="When the next run may try again")
    reason: str = pa.Field(nullable=True, description="Why it failed the last time")


class Arrivals(Table):
    """When each paper came into the warehouse; a change does not move it, nor does a better id."""

    paper_id: str = pa.Field(unique=True, description="Paper, see papers")
    added_at: Instant = pa.Field(description="When it was first loaded")
    run_id: str = pa.Field(description="Run that loaded it first, see runs")


class Backfills(Table):
    """The windows of the backfills: how far each has come; independent of the watermark of the topic's nightly runs."""

    topic: str = pa.Field(description="Topic of the configuration")
    query: str = pa.Field(description="Its query when the window was planned; another query is another backfill")
    first_day: pl.Date = pa.Field(description="First day of publication in the window")
    last_day: pl.Date = pa.Field(description="Last day of publication in the window")
    expected: pl.Int64 = pa.Field(ge=0, description="Papers that the source counted when the window was planned")
    fetched: pl.Int64 = pa.Field(nullable=True, ge=0, description="Papers that the source gave; null until it is done")
    loaded: pl.Int64 = pa.Field(nullable=True, ge=0, description="Papers of them that were written")
    started_at: Instant = pa.Field(nullable=True, description="When the run that did the window began with it")
    finished_at: Instant = pa.Field(nullable=True, description="When the window was done; null while it is left")
    run_id: str = pa.Field(nullable=True, description="Run that did it, see runs")


class Asked(Table):
    """When a service was last asked again about a paper, so that the next run begins with those asked longest ago."""

    purpose: str = pa.Field(isin=PURPOSES, description="notices (a sweep) or entities (a refresh)")
    paper_id: str = pa.Field(description="Paper, see papers")
    asked_at: Instant = pa.Field(description="When")


class Settings(Table):
    """What of the configuration the rows were made by, to notice when it changes."""

    name: str = pa.Field(unique=True, description="Name of the setting")
    value: str = pa.Field(description="Its value when the rows were made, as JSON")
    updated_at: Instant = pa.Field(description="When it was noted")


class TitleKeys(Table):
    """Titles of papers and of references as the keys by which they are compared; short titles have none."""

    paper_id: str = pa.Field(description="Paper; of a reference the citing one")
    position: pl.Int32 = pa.Field(nullable=True, ge=1, description="Place of the reference; null for the paper's own")
    title_key: pl.UInt64 = pa.Field(description="Hash of the title's letters and digits")
    year: pl.Int32 = pa.Field(nullable=True, description="Year of the work")


class Vocabularies(Table):
    """The vocabularies that link concepts: what is loaded of each, and why the last refresh failed, if it did."""

    name: str = pa.Field(unique=True, description="Name in the configuration")
    address: str = pa.Field(description="Where it was fetched from")
    version: str = pa.Field(nullable=True, description="Its version, as it states it itself")
    sha256: str = pa.Field(
        nullable=True, str_matches=SHA256, description="Hash of its bytes, see documents; null where none is loaded"
    )
    loaded_at: Instant = pa.Field(nullable=True, description="When this version was loaded")
    rows: pl.Int64 = pa.Field(ge=0, description="Mappings that it gave, see main.concept_mappings")
    error: str = pa.Field(nullable=True, description="Why the last refresh failed; what was loaded before it stays")


class Migrations(Table):
    """Which migrations this file has seen."""

    number: pl.Int32 = pa.Field(unique=True, description="Number of the migration")
    name: str = pa.Field(description="Its file name")
    applied_at: Instant = pa.Field(description="When it ran")


class Loads(Table):
    """One row a load that wrote papers: what it wrote, and how complete that is. A run's loads add up to the run."""

    run_id: str = pa.Field(description="Run that loaded, see runs")
    loaded_at: Instant = pa.Field(description="When")
    papers: pl.Int64 = pa.Field(ge=1, description="Papers written")
    new_papers: pl.Int64 = pa.Field(ge=0, description="Those of them that came with this run, see arrivals")
    authors: pl.Int64 = pa.Field(ge=0, description="Rows of authors written")
    entities: pl.Int64 = pa.Field(ge=0, description="Rows of entities written")
    reference_rows: pl.Int64 = pa.Field(ge=0, description="Rows of references written")
    sections: pl.Int64 = pa.Field(ge=0, description="Rows of sections written")
    with_doi: pl.Int64 = pa.Field(ge=0, description="Papers that have a DOI")
    with_abstract: pl.Int64 = pa.Field(ge=0, description="Papers that have an abstract")
    with_full_text: pl.Int64 = pa.Field(ge=0, description="Papers that have their full text")
    with_entities: pl.Int64 = pa.Field(ge=0, description="Papers that have an entity")
    references_resolved: pl.Int64 = pa.Field(ge=0, description="References that resolve to a paper of this warehouse")


OPS_TABLES: dict[str, type[Table]] = {
    "runs": Runs,
    "documents": Documents,
    "rejects": Rejects,
    "watermarks": Watermarks,
    "retries": Retries,
    "backfills": Backfills,
    "asked": Asked,
    "settings": Settings,
    "title_keys": TitleKeys,
    "vocabularies": Vocabularies,
    "arrivals": Arrivals,
    "loads": Loads,
    "migrations": Migrations,
}
