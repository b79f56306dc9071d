"""The book of runs: one row in ops.runs a run and topic, whose counts always add up."""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb


@dataclass(slots=True)
class Counts:
    """Papers of a run: fetched = loaded + unchanged + rejected."""

    loaded: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def fetched(self) -> int:
        return self.loaded + self.unchanged + self.rejected

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.loaded + other.loaded, self.unchanged + other.unchanged, self.rejected + other.rejected)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of one topic in its source, or of none (a replay). The topics of one ingest share the flow run."""

    run_id: str
    flow_run_id: str
    flow: str
    topic: str | None
    source: str | None = None


def start_run(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Enter a run that begins."""
    con.execute(
        "INSERT INTO ops.runs VALUES (?, ?, ?, ?, ?, NULL, 'running', 0, 0, 0, 0, NULL)",
        [run.run_id, run.flow_run_id, run.flow, run.topic, datetime.now(UTC)],
    )


def record_counts(con: duckdb.DuckDBPyConnection, run: Run, counts: Counts) -> None:
    """Set what the run has done so far; called within the load's transaction, so that it is true after a crash."""
    con.execute(
        "UPDATE ops.runs SET fetched = ?, loaded = ?, unchanged = ?, rejected = ? WHERE run_id = ?",
        [counts.fetched, counts.loaded, counts.unchanged, counts.rejected, run.run_id],
    )


def finish_run(con: duckdb.DuckDBPyConnection, run: Run, counts: Counts, error: str | None) -> None:
    """Close a run as done, or as failed with its error."""
    record_counts(con, run, counts)
    con.execute(
        "UPDATE ops.runs SET finished_at = ?, status = ?, error = ? WHERE run_id = ?",
        [datetime.now(UTC), "failed" if error else "done", error, run.run_id],
    )


def close_interrupted(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Mark runs that died as interrupted; the caller holds the writer's lock, so nobody runs them.

    Returns the flow run of each.
    """
    rows = con.execute(
        "UPDATE ops.runs SET status = 'interrupted', finished_at = now(), error = 'the process died; "
        "the next run took its work up again' WHERE status = 'running' RETURNING flow_run_id"
    ).fetchall()
    return [flow_run_id or "" for (flow_run_id,) in rows]


def read_watermark(con: duckdb.DuckDBPyConnection, topic: str, source: str) -> str | None:
    """How far a topic has come in its source; None where it has not begun."""
    row = con.execute(
        "SELECT high_water FROM ops.watermarks WHERE topic = ? AND source = ?", [topic, source]
    ).fetchone()
    return row[0] if row else None


def set_watermark(con: duckdb.DuckDBPyConnection, run: Run, high_water: str) -> None:
    """Say how far the topic of a run has come; called within the load's transaction."""
    con.execute("DELETE FROM ops.watermarks WHERE topic = ? AND source = ?", [run.topic, run.source])
    con.execute(
        "INSERT INTO ops.watermarks VALUES (?, ?, ?, ?)", [run.topic, run.source, high_water, datetime.now(UTC)]
    )
