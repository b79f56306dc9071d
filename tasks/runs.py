"""Keep the book of runs: who runs, what came of it, and which runs died."""

from dataclasses import dataclass

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from tasks.server import close_dead_runs
from warehouse.derive import derive_everything, is_derived_otherwise
from warehouse.layout import Layout
from warehouse.load import transaction
from warehouse.lookup import lookup
from warehouse.runs import Counts, Run, close_interrupted, finish_run, read_watermark, start_run
from warehouse.store import clear_work, open_build


@task(name="begin", task_run_name="begin", cache_policy=NO_CACHE)
def begin_runs(layout: Layout) -> None:
    """Open the build file, clear what a run that died left behind, and close its entry in the book.

    What an earlier version derived by other rules, or not at all, is derived anew.
    """
    with open_build(layout) as con:
        if is_derived_otherwise(con):
            with transaction(con):
                derive_everything(con)
        interrupted = close_interrupted(con)
    clear_work(layout)
    if interrupted:
        get_run_logger().warning("%s earlier runs had died; this one takes their work up", len(interrupted))
        close_dead_runs(set(interrupted) - {str(flow_run.id)})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a topic has come before a run: its watermark, and the papers to ask for again."""

    watermark: str | None
    due: list[str]


@dataclass
class TopicResult:
    """What became of a topic. error: why it failed, if it did."""

    run: Run
    counts: Counts
    seconds: float
    error: str | None = None


def begin_topic(layout: Layout, run: Run) -> Progress:
    """Enter a run in the book. Raises: StorageError."""
    with open_build(layout) as con:
        start_run(con, run)
        due = lookup(con, "retries_due", topic=run.topic)
        return Progress(read_watermark(con, run.topic or "", run.source or ""), [row["source_id"] for row in due])


def end_topic(layout: Layout, run: Run, counts: Counts, error: str | None) -> None:
    """Close a run in the book. Raises: StorageError."""
    with open_build(layout) as con:
        finish_run(con, run, counts, error)
