"""The book of backfills: the windows that are planned, and those that are done."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import duckdb

from warehouse.runs import Counts, Run

#: First and last day of a window, both included.
Window = tuple[date, date]


def plan_windows(con: duckdb.DuckDBPyConnection, topic: str, query: str, expected: Mapping[Window, int]) -> None:
    """Enter the windows that are left, with the papers that each is expected to give, in place of earlier plans.

    What is done stays; so it is known what an earlier backfill of the same query has done. Called in a transaction.
    """
    con.execute("DELETE FROM ops.backfills WHERE topic = ? AND finished_at IS NULL", [topic])
    rows = [(topic, query, *window, papers) for window, papers in expected.items()]
    if rows:
        con.executemany(
            "INSERT INTO ops.backfills (topic, query, first_day, last_day, expected) VALUES (?, ?, ?, ?, ?)", rows
        )


def finish_window(
    con: duckdb.DuckDBPyConnection, run: Run, query: str, window: Window, counts: Counts, began: datetime
) -> None:
    """Say that all of a window is loaded."""
    con.execute(
        "UPDATE ops.backfills SET fetched = ?, loaded = ?, started_at = ?, finished_at = ?, run_id = ? "
        "WHERE topic = ? AND query = ? AND first_day = ? AND last_day = ? AND finished_at IS NULL",
        [counts.fetched, counts.loaded, began, datetime.now(UTC), run.run_id, run.topic, query, *window],
    )
