"""When a record was published, and how much of that is known.

The electronic date counts first, as it does for JATS. Next the issue's date (``2025 Dec``, to the month or year),
made exact by the record's first date where that lies in it, or earlier. The first date alone (all that lite records
have) is padded by the service where only a month or year is known: the first of a month is believed to the month,
1 January to the year; a preprint's is never padded. Dates ahead of today come as they are: issues have them.
"""

import re
from datetime import date
from typing import Any

from tasks.parsers.answers import get, number, text

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
#: ``2025``, ``2025 Dec``, ``2025 Dec 5``; of ``2025 Nov-Dec`` and ``2025 Winter`` the year.
_ISSUE = re.compile(
    r"(?P<year>[0-9]{4})(?: (?P<month>[A-Za-z]{3})[a-z]*(?![\w/-])(?: (?P<day>[0-9]{1,2})(?![\w/-]))?)?"
)

Published = tuple[date | None, str | None]


def published(record: dict[str, Any]) -> Published:
    """``published`` and ``published_precision`` of a record."""
    if electronic := _iso(record, "electronicPublicationDate"):
        return electronic, "day"
    first = _iso(record, "firstPublicationDate")
    when, precision = _issue(record)
    if when is None:
        if first is not None:
            return first, "day" if text(get(record, "source")) == "PPR" else _believed(first)
        return _year(record)
    if first is not None and precision != "day" and (first < when or _within(first, when, precision)):
        return first, _believed(first) if first != when else precision
    return when, precision


def _issue(record: dict[str, Any]) -> Published:
    info = get(record, "journalInfo")
    found = _ISSUE.match(text(get(info, "dateOfPublication")) or "")
    if found is None:
        return _dated(number(get(info, "yearOfPublication")), number(get(info, "monthOfPublication")), None)
    name = (found["month"] or "").lower()
    month = _MONTHS.index(name) + 1 if name in _MONTHS else None
    return _dated(int(found["year"]), month, int(found["day"]) if found["day"] else None)


def _year(record: dict[str, Any]) -> Published:
    return _dated(number(get(record, "pubYear")) or number(get(record, "bookOrReportDetails", "yearOfPublication")))


def _iso(record: dict[str, Any], key: str) -> date | None:
    found = _ISO.fullmatch(text(get(record, key)) or "")
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _believed(first: date) -> str:
    return "day" if first.day > 1 else "month" if first.month > 1 else "year"


def _within(day: date, when: date, precision: str | None) -> bool:
    return day.year == when.year and (precision == "year" or day.month == when.month)


def _dated(year: int | None, month: int | None = None, day: int | None = None) -> Published:
    """The most exact date that the parts make."""
    for parts, precision in (((month, day), "day"), ((month, 1), "month"), ((1, 1), "year")):
        try:
            if year and all(parts):
                return date(year, parts[0] or 1, parts[1] or 1), precision
        except (ValueError, OverflowError):
            continue
    return None, None
