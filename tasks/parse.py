"""Parse: from the journal of a batch to the rows of its papers, in a process of its own."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.ops import Rejects
from schemas.quarantine import Frames
from schemas.tables import TABLES, PaperSources, Table, empty
from tasks.batches import Batch, Parsed
from tasks.parsers.batch import parse_batch
from tasks.parsers.process import follow_parent
from warehouse.disk import storage_errors
from warehouse.landing import Landing
from warehouse.layout import Layout

#: Batches of fewer documents and bytes are parsed where we are: starting a process would cost more.
SMALL, SMALL_BYTES = 20, 512 << 10

WITNESSED: dict[str, type[Table]] = {**TABLES, "paper_sources": PaperSources}
PARSED: dict[str, type[Table]] = {**WITNESSED, "rejects": Rejects}


@contextmanager
def parser_processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that parse, one a core; they start when the first batch comes."""
    own = os.getpid()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), initializer=follow_parent, initargs=(own,)) as pool:
        yield pool


@task(task_run_name="parse {batch.name}", cache_policy=NO_CACHE)
def parse(layout: Layout, batch: Batch, pool: ProcessPoolExecutor) -> Parsed:
    """Parse the documents of a batch into ``work/<journal>/parsed``."""
    return parse_landed(layout, batch, pool)


def parse_landed(layout: Layout, batch: Batch, pool: ProcessPoolExecutor | None = None) -> Parsed:
    """What the task does, as a plain function; without a pool in this process."""
    out = layout.work / batch.journal.stem / "parsed"
    types = {table: empty(model).to_arrow().schema for table, model in PARSED.items()}
    work = (layout.landing, batch.journal, out, types)
    with storage_errors(layout.directory):
        result = parse_batch(*work) if pool is None or _is_small(batch) else pool.submit(parse_batch, *work).result()
    return Parsed(batch, out, result)


def _is_small(batch: Batch) -> bool:
    documents = Landing.read_journal(batch.journal)
    return len(documents) < SMALL and sum(document.bytes for document in documents) < SMALL_BYTES


def read_parsed(folder: Path) -> tuple[dict[str, Frames], pl.DataFrame]:
    """A parsed (or validated) batch: the frames of each source by table, with ``paper_sources``; and the rejects."""
    sources = sorted(path for path in folder.iterdir() if path.is_dir())
    frames = {path.name: {table: pl.read_ipc(path / f"{table}.arrow") for table in WITNESSED} for path in sources}
    return frames, pl.read_ipc(folder / "rejects.arrow")


def write_parsed(folder: Path, witnesses: dict[str, Frames], rejects: pl.DataFrame) -> None:
    """Write what ``read_parsed`` reads."""
    for source, frames in witnesses.items():
        (folder / source).mkdir(parents=True)
        for table, frame in frames.items():
            frame.write_ipc(folder / source / f"{table}.arrow")
    folder.mkdir(exist_ok=True)
    rejects.write_ipc(folder / "rejects.arrow")
