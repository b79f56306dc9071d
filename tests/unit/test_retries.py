"""What could not be had of a paper is listed, tried again after twice as long each time, and taken off when had."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.config import EuropePmcTopic
from tasks.fetch import finish_unit
from tasks.sources.catalogue import Unit
from tests.unit.conftest import Row
from warehouse.layout import Layout
from warehouse.lookup import as_frame
from warehouse.retries import FAILED, renew_retries
from warehouse.runs import Run
from warehouse.store import open_build

RUN = Run("run-1", "flow-run-1", "ingest", "nelm", "europepmc")
HOUR = timedelta(hours=1)


def failures(*papers: str, source: str = "pubtator") -> pl.DataFrame:
    return pl.DataFrame([(source, paper, "busy") for paper in papers], schema=FAILED, orient="row")


def listed(con: duckdb.DuckDBPyConnection) -> list[Row]:
    return as_frame(con, "FROM ops.retries ORDER BY source_id, source").to_dicts()


def test_a_failure_is_listed_for_the_next_hour(con: duckdb.DuckDBPyConnection) -> None:
    renew_retries(con, RUN, failures("MED:1", "MED:1", "MED:2"), [])
    assert [(row["topic"], row["source_id"], row["attempts"], row["reason"]) for row in listed(con)] == [
        ("nelm", "MED:1", 1, "busy"),
        ("nelm", "MED:2", 1, "busy"),
    ]
    wait = listed(con)[0]["next_attempt_at"] - datetime.now(UTC)
    assert 0.9 * HOUR < wait <= HOUR


@pytest.mark.parametrize(("times", "hours"), [(2, 2), (4, 8), (9, 168)])
def test_each_failure_doubles_the_wait_up_to_a_week(con: duckdb.DuckDBPyConnection, times: int, hours: int) -> None:
    for _ in range(times):
        renew_retries(con, RUN, failures("MED:1"), ["MED:1"])
    (row,) = listed(con)
    assert row["attempts"] == times
    assert 0.9 * hours * HOUR < row["next_attempt_at"] - datetime.now(UTC) <= hours * HOUR


def test_what_was_had_is_taken_off(con: duckdb.DuckDBPyConnection) -> None:
    renew_retries(con, RUN, failures("MED:1", "MED:2"), [])
    renew_retries(con, RUN, failures("MED:1", source="europepmc:fulltext"), [])
    renew_retries(con, RUN, failures("MED:1"), ["MED:1"])
    assert [(row["source"], row["source_id"], row["attempts"]) for row in listed(con)] == [
        ("pubtator", "MED:1", 2),
        ("pubtator", "MED:2", 1),
    ]


def test_topics_do_not_mix(con: duckdb.DuckDBPyConnection) -> None:
    renew_retries(con, RUN, failures("MED:1"), [])
    renew_retries(con, Run("run-2", "f", "ingest", "another", "europepmc"), failures(), ["MED:1"])
    assert len(listed(con)) == 1


def test_papers_of_which_there_is_nothing_new_are_taken_off(tmp_path: Path) -> None:
    layout, topic = Layout(tmp_path), EuropePmcTopic(name="nelm", source="europepmc", query="water")
    with open_build(layout) as con:
        renew_retries(con, RUN, failures("MED:1", "MED:2"), [])
    finish_unit(layout, topic, Unit(1, "again", ["MED:1"], retries=True), RUN, loaded=False)
    with open_build(layout) as con:
        assert [row["source_id"] for row in listed(con)] == ["MED:2"]
