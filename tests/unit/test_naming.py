"""The span of days in a run's name, and the day that a harvest starts from."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.naming import span
from schemas.config import EuropePmcTopic, JatsTopic
from tasks.sources.catalogue import first_day

TOPIC = EuropePmcTopic(name="nelm", source="europepmc", query="x", since=date(2024, 1, 1))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-20", "2026-11-23", "2026-11-20..23"),
        ("2026-10-30", "2026-11-23", "2026-10-30..11-23"),
        ("2025-11-20", "2026-11-23", "2025-11-20..2026-11-23"),
        ("2026-11-23", "2026-11-23", "2026-11-23"),
    ],
)
def test_a_span_leaves_out_what_its_days_share(first: str, last: str, words: str) -> None:
    assert span(date.fromisoformat(first), date.fromisoformat(last)) == words


def test_the_first_day_is_since_or_the_one_after_the_watermark() -> None:
    assert first_day(TOPIC, None) == date(2024, 1, 1)
    assert first_day(TOPIC, "2025-05-31") == date(2025, 6, 1)
    assert first_day(JatsTopic(name="files", source="jats", path="x"), None) is None


def test_a_watermark_ahead_of_the_clock_leaves_today() -> None:
    today = datetime.now(UTC).date()
    assert first_day(TOPIC, str(today + timedelta(days=3))) == today
