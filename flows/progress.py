"""Show how far an ingest is: a progress artifact in the Prefect UI and, on a terminal, a bar."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
from prefect import get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.exceptions import PrefectException
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from warehouse.runs import Counts


class TopicProgress:
    """The progress of one topic, in batches: those loaded of those known, a unit not yet fetched counting as one."""

    def __init__(self, artifact: UUID | None, bars: Progress, bar: TaskID, units: int) -> None:
        self._artifact, self._bars, self._bar = artifact, bars, bar
        self._total, self._done = units, 0

    def documents_landed(self, documents: int) -> None:
        """The unit that is being fetched gave so many documents so far."""
        self._bars.update(self._bar, papers=f"{documents:,} documents landed")

    def unit_fetched(self, batches: int, counts: Counts) -> None:
        """A unit turned out to be so many batches."""
        self._total += batches - 1
        self._show(counts)

    def batch_loaded(self, counts: Counts) -> None:
        """One more batch is in the warehouse."""
        self._done += 1
        self._show(counts)

    def _show(self, counts: Counts) -> None:
        total = max(self._total, 1)
        self._bars.update(self._bar, completed=self._done, total=total, papers=f"{counts.fetched:,} papers")
        self._tell(100 * min(self._done / total, 0.99))

    def end(self, counts: Counts) -> None:
        """The topic is through."""
        self._bars.update(self._bar, completed=1, total=1, papers=f"{counts.fetched:,} papers")
        self._tell(100.0)

    def _tell(self, percent: float) -> None:
        if self._artifact:
            with shown_where_possible("how far the run is"):
                update_progress_artifact(self._artifact, progress=percent)


@contextmanager
def shown_where_possible(what: str) -> Iterator[None]:
    """Tell the Prefect server something of a run; where it does not take that, the log says so and the run goes on."""
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        get_run_logger().warning("the Prefect server did not take %s (%s)", what, type(error).__name__)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """The bars on standard error; nothing is drawn where that is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("batches"),
        TextColumn("{task.fields[papers]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bars:
        yield bars


def artifact_key(*words: str) -> str:
    """Words as the key of an artifact, which takes lower-case letters, digits and dashes."""
    return "".join(letter if letter.isalnum() else "-" for letter in "-".join(words).lower())


def topic_progress(bars: Progress, topic: str, units: int) -> TopicProgress:
    """Begin to show a topic that has so many units of work."""
    key = artifact_key("progress", topic)
    artifact = None
    with shown_where_possible("how far the run is"):
        artifact = create_progress_artifact(progress=0.0, key=key, description=f"Topic {topic}: batches loaded")
    return TopicProgress(artifact, bars, bars.add_task(topic, total=units, papers=""), units)
