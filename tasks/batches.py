"""What the tasks hand to each other: a batch of landed documents, and the same batch as rows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.parsers.batch import Result
from warehouse.layout import Layout


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of landed documents: its name for people, as ``nelm 1.2``, and the journal that lists them.

    watermark: how far the topic has come once this batch is loaded; None where more of the window follows. retried: the
    papers, as ``MED:1``, of which everything was asked for again.
    """

    name: str
    journal: Path
    watermark: str | None = None
    retried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A batch as rows: the folder with an Arrow file a source and table, and what became of its documents."""

    batch: Batch
    folder: Path
    result: Result


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
