"""What reports and alarms ask of the book of runs and of loads: rows in, answers out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.unit.conftest import frames, load_of
from warehouse.load import load
from warehouse.lookup import lookup
from warehouse.runs import Counts, Run, finish_run, start_run

Con = duckdb.DuckDBPyConnection

#: The lookups that are asked here, with parameters of each.
REPORTED: dict[str, dict[str, Any]] = {
    "earlier_runs": {"run_ids": ["r1"]},
    "last_given": {"topics": ["a"]},
    "loads_of_runs": {"run_ids": ["r1"]},
    "new_papers": {"run_ids": ["r1"], "most": 20},
    "papers_by_day": {"days": 30},
    "quality_history": {"most": 30},
}


def run_of(con: Con, number: int, topic: str | None, flow_run: str, counts: Counts, days_ago: float = 0) -> Run:
    """A run that has ended, begun so many days ago."""
    run = Run(f"r{number}", flow_run, "ingest", topic)
    start_run(con, run)
    finish_run(con, run, counts, None)
    began = datetime.now(UTC) - timedelta(days=days_ago)
    con.execute("UPDATE ops.runs SET started_at = ? WHERE run_id = ?", [began, run.run_id])
    return run


@pytest.fixture
def book(con: Con) -> Con:
    """Three flow runs of the topics a and b: two papers, then nothing, then one that changed and a new one."""
    con.execute("DELETE FROM ops.runs")
    first = run_of(con, 1, "a", "f1", Counts(loaded=2), days_ago=3)
    run_of(con, 2, "b", "f1", Counts(), days_ago=2.9)
    run_of(con, 3, "a", "f2", Counts(unchanged=2), days_ago=2)
    last = run_of(con, 4, "a", "f3", Counts(loaded=2, rejected=2))
    run_of(con, 5, "b", "f3", Counts())
    run_of(con, 6, None, "f4", Counts())
    old = [
        {"paper_id": "PMC1", "doi": "10.5555/1", "abstract": "An abstract."},
        {"paper_id": "PMC2", "pmcid": "PMC2", "doi": None, "has_full_text": True},
    ]
    told = {"references": [{"pmcid": "PMC2"}, {}, {}, {}], "entities": [{}]}
    load(con, load_of(frames(old, **told)), first, Counts(loaded=2))
    new = [{"paper_id": "PMC2"}, {"paper_id": "PMC3", "published": date(2025, 1, 1)}]
    load(con, load_of(frames(new)), last, Counts(loaded=2, rejected=2))
    con.execute("UPDATE ops.loads SET loaded_at = loaded_at - INTERVAL 3 DAY WHERE run_id = 'r1'")
    return con


@pytest.mark.parametrize("name", REPORTED)
def test_an_empty_warehouse_has_nothing_to_report(con: Con, name: str) -> None:
    assert lookup(con, name, **REPORTED[name]) == []


def test_quality_by_flow_run_the_newest_first(book: Con) -> None:
    rows = lookup(book, "quality_history", most=10)
    shares = ["papers", "doi", "abstract", "full_text", "entities", "references_resolved", "rejected"]
    assert [(row["flow_run_id"], *(row[share] for share in shares)) for row in rows] == [
        ("f3", 2, 1.0, 0.0, 0.0, 0.0, None, 0.5),
        ("f2", 0, None, None, None, None, None, 0.0),
        ("f1", 2, 0.5, 0.5, 0.5, 0.5, 0.25, 0.0),
    ]
    assert [row["flow_run_id"] for row in lookup(book, "quality_history", most=1)] == ["f3"]


def test_papers_by_day(book: Con) -> None:
    today = datetime.now(UTC).date()
    assert lookup(book, "papers_by_day", days=30) == [
        {"day": today - timedelta(days=3), "new_papers": 2, "changed_papers": 0},
        {"day": today, "new_papers": 1, "changed_papers": 1},
    ]
    assert [row["day"] for row in lookup(book, "papers_by_day", days=3)] == [today]


def test_what_these_runs_wrote_and_which_papers_are_new(book: Con) -> None:
    assert lookup(book, "loads_of_runs", run_ids=["r4", "r5"]) == [
        {"topic": "a", "papers": 2, "new_papers": 1, "authors": 0, "entities": 0, "references": 0, "sections": 0}
    ]
    assert [row["paper_id"] for row in lookup(book, "new_papers", run_ids=["r4"], most=20)] == ["PMC3"]
    both = lookup(book, "new_papers", run_ids=["r1", "r4"], most=2)
    assert [row["paper_id"] for row in both] == ["PMC3", "PMC1"]


def test_the_run_before(book: Con) -> None:
    rows = lookup(book, "earlier_runs", run_ids=["r4", "r5"])
    assert sorted((row["topic"], row["fetched"], row["unchanged"]) for row in rows) == [("a", 2, 2), ("b", 0, 0)]
    assert lookup(book, "earlier_runs", run_ids=["r1", "r2", "r3", "r4", "r5"]) == []


def test_when_a_topic_last_gave_something(book: Con) -> None:
    now = datetime.now(UTC)
    rows = {row["topic"]: row["last_given"] for row in lookup(book, "last_given", topics=["a", "b", "c"])}
    assert {topic: round((now - given) / timedelta(days=1), 1) for topic, given in rows.items()} == {"a": 0.0, "b": 2.9}
