"""The book of runs: begun, counted, closed; and runs that died are closed by the next one."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from schemas.ops import Runs
from tests.unit.conftest import RUN, rows
from warehouse.lookup import as_frame
from warehouse.runs import Counts, Run, close_interrupted, finish_run, record_counts, start_run

Con = duckdb.DuckDBPyConnection
REPLAY = Run("run-2", "flow-run-2", "replay", None)
COUNTS = "fetched, loaded, unchanged, rejected"


def test_counts_add_up() -> None:
    total = sum([Counts(1, 2, 3), Counts(loaded=4), Counts()], Counts())
    assert total == Counts(loaded=5, unchanged=2, rejected=3)
    assert total.fetched == 10


def test_a_run_begins(con: Con) -> None:
    start_run(con, REPLAY)
    assert rows(
        con, f"SELECT run_id, flow_run_id, flow, topic, status, finished_at, error, {COUNTS} FROM ops.runs"
    ) == [
        ("run-1", "flow-run-1", "ingest", "articles", "running", None, None, 0, 0, 0, 0),
        ("run-2", "flow-run-2", "replay", None, "running", None, None, 0, 0, 0, 0),
    ]
    (began,) = {at for (at,) in rows(con, "SELECT started_at FROM ops.runs WHERE run_id = 'run-2'")}
    assert timedelta(0) <= datetime.now(UTC) - began < timedelta(minutes=1)


def test_a_runs_counts_are_recorded_and_no_others(con: Con) -> None:
    start_run(con, REPLAY)
    record_counts(con, RUN, Counts(1, 2, 3))
    record_counts(con, RUN, Counts(2, 2, 3))
    assert rows(con, f"SELECT {COUNTS}, status FROM ops.runs ORDER BY run_id") == [
        (7, 2, 2, 3, "running"),
        (0, 0, 0, 0, "running"),
    ]


@pytest.mark.parametrize(("error", "status"), [(None, "done"), ("the disk is full", "failed")])
def test_a_run_ends(con: Con, error: str | None, status: str) -> None:
    start_run(con, REPLAY)
    finish_run(con, RUN, Counts(loaded=2), error)
    assert rows(con, f"SELECT status, error, {COUNTS} FROM ops.runs ORDER BY run_id") == [
        (status, error, 2, 2, 0, 0),
        ("running", None, 0, 0, 0, 0),
    ]
    began, ended = rows(con, "SELECT started_at, finished_at FROM ops.runs WHERE run_id = 'run-1'")[0]
    assert timedelta(0) <= ended - began < timedelta(minutes=1)


def test_runs_that_died_are_closed(con: Con) -> None:
    start_run(con, REPLAY)
    record_counts(con, REPLAY, Counts(loaded=2))
    finish_run(con, RUN, Counts(loaded=1), None)
    done = rows(con, "FROM ops.runs WHERE run_id = 'run-1'")
    assert close_interrupted(con) == [REPLAY.flow_run_id]
    assert close_interrupted(con) == []
    assert rows(con, "FROM ops.runs WHERE run_id = 'run-1'") == done
    assert rows(
        con, f"SELECT status, error, {COUNTS}, finished_at >= started_at FROM ops.runs WHERE run_id = 'run-2'"
    ) == [("interrupted", "the process died; the next run took its work up again", 2, 2, 0, 0, True)]


def test_the_book_keeps_its_contract(con: Con) -> None:
    start_run(con, REPLAY)
    finish_run(con, RUN, Counts(loaded=1), "an error")
    close_interrupted(con)
    book = as_frame(con, "FROM ops.runs")
    assert Runs.validate(book, lazy=True).height == 2
