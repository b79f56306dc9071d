"""Alarms: what raises them, what does not, and what their configuration says."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from schemas.alarms import Alarms
from tasks.alarms import look
from tasks.runs import TopicResult
from warehouse.runs import Counts, Run

RUN = Run("run-1", "flow-run-1", "ingest", "nelm", "europepmc")
TABLES = {"papers": 1000, "entities": 100}


def raised(
    counts: Counts | None = None,
    error: str | None = None,
    days: float = 0,
    after: dict[str, int] = TABLES,
    **alarms: object,
) -> list[tuple[str, str, str | None]]:
    """Name, level and topic of the alarms of a run of one topic."""
    result = TopicResult(RUN, counts or Counts(loaded=100), 1.0, error)
    given = {"nelm": datetime.now(UTC) - timedelta(days=days)}
    found = look(Alarms.model_validate(alarms), [result], given, TABLES, after)
    assert all(alarm.message.count("\n") == 0 for alarm in found)
    return [(alarm.name, alarm.level, alarm.topic) for alarm in found]


def test_a_good_run_raises_none() -> None:
    assert raised() == []


def test_nothing_published_before_is_no_fall() -> None:
    assert look(Alarms(), [], {}, {}, TABLES) == []


def test_by_default_a_failed_topic_fails_the_run_and_all_else_warns() -> None:
    counts = Counts(loaded=50, rejected=50)
    found = raised(counts, "the service is away", days=31, after={"papers": 1000, "entities": 90})
    assert found == [
        ("topic_failed", "fail", "nelm"),
        ("reject_rate", "warn", "nelm"),
        ("silent_source", "warn", "nelm"),
        ("falling_rows", "warn", None),
    ]


@pytest.mark.parametrize("level", ["off", False])
def test_an_alarm_can_be_switched_off(level: object) -> None:
    off = {name: {"level": level} for name in ("topic_failed", "reject_rate", "silent_source", "falling_rows")}
    assert raised(Counts(rejected=50), "away", 31, {"papers": 0}, **off) == []


@pytest.mark.parametrize(
    ("rejected", "fetched", "is_raised"), [(10, 100, False), (11, 100, True), (19, 19, False), (20, 20, True)]
)
def test_the_rate_of_rejects_must_be_above_and_of_enough_papers(rejected: int, fetched: int, is_raised: bool) -> None:
    assert bool(raised(Counts(loaded=fetched - rejected, rejected=rejected))) is is_raised


@pytest.mark.parametrize(("rows", "is_raised"), [(95, False), (94, True), (0, True), (200, False)])
def test_a_fall_must_be_above(rows: int, is_raised: bool) -> None:
    assert bool(raised(after={"papers": 1000, "entities": rows})) is is_raised


def test_a_small_table_may_fall() -> None:
    assert look(Alarms(), [], {}, {"papers": 99}, {"papers": 0}) == []


def test_a_table_that_is_gone_has_fallen() -> None:
    assert raised(after={"papers": 1000}) == [("falling_rows", "warn", None)]


@pytest.mark.parametrize("webhook", [{}, {"environment": "A", "secret_block": "b"}, {"environment": "https://a/b"}])
def test_a_webhooks_address_is_named_in_one_place_and_not_written(webhook: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Alarms.model_validate({"webhook": webhook})
