"""Replay: parse and validate the documents in quarantine again, from landing, without the network."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import uuid4

from schemas.config import Merging
from tasks.batches import landed_again
from tasks.load import load_valid
from tasks.parse import parse_landed
from tasks.validate import validate_parsed
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.runs import Counts, Run, finish_run, start_run
from warehouse.store import clear_work, open_build

#: Documents a batch.
BATCH = 500


def replay(layout: Layout, merging: Merging) -> Counts:
    """Try every document in quarantine again. The caller is the only writer. Returns what came of them."""
    clear_work(layout)
    run = Run(f"{datetime.now(UTC):%Y%m%dT%H%M%S}-replay-{uuid4().hex[:6]}", uuid4().hex, "replay", None)
    counts = Counts()
    with open_build(layout) as con:
        documents = lookup(con, "rejected_documents")
        if documents:
            start_run(con, run)
    for number, some in enumerate(_batches(documents), start=1):
        batch = landed_again(layout, f"{run.run_id}.{number}", some, run.run_id)
        valid = validate_parsed(parse_landed(layout, batch))
        counts += load_valid(layout, valid, run, counts, full_refresh=False, merging=merging)
        batch.journal.unlink()
    if documents:
        with open_build(layout) as con:
            finish_run(con, run, counts, None)
    return counts


def _batches(documents: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The documents in batches of one source each, as a load wants them."""
    for _, of_source in groupby(documents, key=itemgetter("source")):
        rest = iter(of_source)
        while batch := list(islice(rest, BATCH)):
            yield batch
