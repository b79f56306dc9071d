"""Vocabularies: fetch, land and load them, and link the papers anew that they change.

A vocabulary that cannot be had, or read, is told of and noted; what was loaded of it before stays, with its links.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import polars as pl
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from schemas.derived import ConceptMappings
from schemas.errors import SourceError
from schemas.tables import polars_schema
from tasks.parsers.rows import ParseError
from tasks.parsers.sssom import parse
from tasks.sources.vocabularies import Vocabulary, fetch
from warehouse.landing import Landed, Landing, document_id
from warehouse.layout import Layout
from warehouse.runs import Counts, Run, finish_run, start_run
from warehouse.store import open_build
from warehouse.vocabularies import load_vocabulary, loaded_as, note_refresh


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of a vocabulary.

    rows: its mappings, where it was loaded. relinked: papers whose links it may have changed. error: why it could not
    be loaded, one line.
    """

    name: str
    rows: int | None = None
    relinked: int = 0
    error: str | None = None

    def one_line(self) -> str:
        if self.error:
            return f"vocabulary {self.name} is not refreshed: {self.error}"
        if self.rows is None:
            return f"{self.name} is as it was loaded"
        return f"{self.name}: {self.rows:,} mappings loaded, papers linked anew: {self.relinked:,}"


def not_loaded(layout: Layout, vocabularies: Sequence[Vocabulary]) -> list[Vocabulary]:
    """Those of which nothing is loaded, or what another address gave."""
    with open_build(layout) as con:
        loaded = {vocabulary.name: loaded_as(con, vocabulary.name) for vocabulary in vocabularies}
    return [v for v in vocabularies if (loaded[v.name] or ("", ""))[0] != v.address]


@task(name="refresh vocabularies", task_run_name="refresh vocabularies", cache_policy=NO_CACHE)
def refresh_vocabularies(layout: Layout, vocabularies: Sequence[Vocabulary], flow_run_id: str) -> list[Refreshed]:
    """Load what changed of these vocabularies, one after another; one that fails does not stop the others.

    The caller is the only writer. Raises: CheckFailed, StorageError.
    """
    results = refresh(layout, vocabularies, flow_run_id)
    for result in results:
        (get_run_logger().warning if result.error else get_run_logger().info)(result.one_line())
    return results


def refresh(layout: Layout, vocabularies: Sequence[Vocabulary], flow_run_id: str) -> list[Refreshed]:
    """What the task does, as a plain function."""
    run = Run(f"{datetime.now(UTC):%Y%m%dT%H%M%S}-vocabularies-{uuid4().hex[:6]}", flow_run_id, "vocabularies", None)
    with open_build(layout) as con:
        start_run(con, run)
    results = [_refresh_one(layout, vocabulary, run) for vocabulary in vocabularies]
    errors = "; ".join(result.one_line() for result in results if result.error)
    with open_build(layout) as con:
        finish_run(con, run, Counts(), errors or None)
    return results


def _refresh_one(layout: Layout, vocabulary: Vocabulary, run: Run) -> Refreshed:
    try:
        return _load(layout, vocabulary, run)
    except SourceError as error:
        message = str(error)
    except ParseError as error:
        message = f"{vocabulary.address}: {error.message}; what was loaded before stays"
    with open_build(layout) as con:
        note_refresh(con, vocabulary.name, vocabulary.address, message)
    return Refreshed(vocabulary.name, error=message)


def _load(layout: Layout, vocabulary: Vocabulary, run: Run) -> Refreshed:
    """Raises: SourceError where it cannot be had, ParseError where it cannot be read."""
    name, document = vocabulary.name, _land(layout, vocabulary, run)
    with open_build(layout) as con:
        if loaded_as(con, name) == (document.url, document.sha256):
            note_refresh(con, name, document.url, None)
            return Refreshed(name)
    with Landing(layout.landing).open(document.sha256 or "") as body:
        found = parse(body)
    rows = [row | {"vocabulary": name} for row in found.mappings]
    mappings = pl.DataFrame(rows, schema=polars_schema(ConceptMappings))
    with open_build(layout) as con:
        loaded = load_vocabulary(con, document, found.version, mappings)
    return Refreshed(name, loaded.rows, loaded.relinked)


def _land(layout: Layout, vocabulary: Vocabulary, run: Run) -> Landed:
    """Store its bytes, and say in the journal where and when they came from."""
    landing = Landing(layout.landing)
    stored = landing.store(io.BytesIO(fetch(vocabulary)))
    name, address = vocabulary.name, vocabulary.address
    key, now = document_id(name, address, stored.sha256), datetime.now(UTC).isoformat()
    document = Landed(key, name, name, "sssom", address, stored.sha256, stored.bytes, now, run.run_id)
    landing.write_journal(f"{run.run_id}.{name}", [document])
    return document
