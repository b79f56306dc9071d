"""Cut years of publication into windows for a backfill."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from warehouse.backfills import Window


def publication_windows(first_year: int, last_year: int, months: int, today: date) -> Iterator[Window]:
    """The windows of these years, the newest first; each begins with a month, and none ends after today.

    months: how long each is: a divisor of 12.
    """
    for year in range(last_year, first_year - 1, -1):
        for month in range(13 - months, 0, -months):
            start = date(year, month, 1)
            following = date(year + (month + months) // 13, (month + months - 1) % 12 + 1, 1)
            if start <= today:
                yield start, min(following - timedelta(days=1), today)


def left_of(windows: Iterable[Window], done: Iterable[Window]) -> list[Window]:
    """The windows that no window that is done covers."""
    through = list(done)
    return [
        (start, end) for start, end in windows if not any(first <= start and end <= last for first, last in through)
    ]
