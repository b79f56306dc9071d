"""The windows of a backfill: whole months, the newest first, without gaps, none after today, and none done twice."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources.years import left_of, publication_windows

TODAY = date(2025, 5, 3)


@given(st.integers(1990, 2025), st.integers(0, 10), st.sampled_from([1, 3, 6, 12]), st.dates(date(2000, 1, 1)))
def test_windows_cover_their_years_once(first: int, more: int, months: int, today: date) -> None:
    found = list(publication_windows(first, first + more, months, today))
    assert all(start <= end <= today for start, end in found)
    for (start, _), (_, end) in pairwise(found):
        assert end == start - timedelta(days=1)
    if date(first, 1, 1) <= today:
        assert found[-1][0] == date(first, 1, 1)
        assert found[0][1] == min(date(first + more, 12, 31), today)
    else:
        assert found == []


def test_the_newest_comes_first_and_ends_today() -> None:
    assert list(publication_windows(2024, 2025, 6, TODAY)) == [
        (date(2025, 1, 1), TODAY),
        (date(2024, 7, 1), date(2024, 12, 31)),
        (date(2024, 1, 1), date(2024, 6, 30)),
    ]


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ([], 3),
        ([(date(2024, 1, 1), date(2024, 12, 31))], 1),  # by a longer window
        ([(date(2025, 1, 1), date(2025, 5, 2))], 3),  # the present one has grown since
        ([(date(2024, 7, 1), date(2024, 9, 30)), (date(2024, 10, 1), date(2024, 12, 31))], 3),  # by shorter ones
    ],
)
def test_what_is_done_is_left_out(done: list[tuple[date, date]], left: int) -> None:
    assert len(left_of(publication_windows(2024, 2025, 6, TODAY), done)) == left
