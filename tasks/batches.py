"""What the tasks hand to each other: a batch of landed documents, and the same batch as rows."""

from dataclasses import dataclass
from pathlib import Path

from tasks.parsers.batch import Result


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
