"""The publication date of an article, with how much of it is known."""

import re
from datetime import date

from tasks.parsers.jats.elements import Element, fold, raw_text

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ISO = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_ELECTRONIC, _PRINT, _COLLECTION, _OTHER, _ARCHIVE = range(5)
_BY_PUB_TYPE = {
    "epub": _ELECTRONIC,
    "epub-ppub": _PRINT,
    "ppub": _PRINT,
    "pub": _OTHER,
    "collection": _COLLECTION,
    "ecollection": _COLLECTION,
    "publication-year": _OTHER,
    "epub-original": _OTHER,
    "epreprint": _OTHER,
    "preprint": _OTHER,
    "pmc-release": _ARCHIVE,
}

Published = tuple[date | None, str | None]


def published(dates: list[Element]) -> Published:
    """The date of the ``pub-date`` elements that counts (electronic, print, collection, other), and its precision.

    The precision is ``day``, ``month`` or ``year``; parts that are not known are 1. An archive's own release date
    counts only where there is nothing else.
    """
    ranked = sorted((pair for pair in ((_rank(item), item) for item in dates) if pair[0] is not None), key=_first)
    for _, item in ranked:
        found = _read(item)
        if found[0] is not None:
            return found
    return None, None


def _first(pair: tuple[int | None, Element]) -> int:
    return pair[0] or 0


def _rank(item: Element) -> int | None:
    pub_type = item.get("pub-type", "").lower()
    if pub_type:
        return _BY_PUB_TYPE.get(pub_type)
    kind, form = item.get("date-type", "pub").lower(), item.get("publication-format", "").lower()
    if kind in ("collection", "ecollection", "issue"):
        return _COLLECTION
    if kind in ("pub", "publication", "epub", "ppub"):
        if form in ("electronic", "online", "epub") or kind == "epub":
            return _ELECTRONIC
        return _PRINT if form in ("print", "ppub") or kind == "ppub" else _OTHER
    return _BY_PUB_TYPE.get(kind)


def _read(item: Element) -> Published:
    parts = {str(child.tag): fold(raw_text(child)) for child in reversed(item)}
    year = _number(parts.get("year"))
    if year is not None:
        return _dated(year, _month(parts.get("month")), _number(parts.get("day")))
    if iso := _ISO.match(item.get("iso-8601-date", "")):
        return _dated(*(int(part) if part else None for part in iso.groups()))
    if loose := _YEAR.search(parts.get("string-date", "")):
        return _dated(int(loose[1]), None, None)
    return None, None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 5 else None


def _month(text: str | None) -> int | None:
    number = _number(text)
    if number is not None:
        return number
    start = (text or "")[:3].lower()
    is_range = re.search(r"[-–/]", text or "") is not None
    return _MONTHS.index(start) + 1 if start in _MONTHS and not is_range else None


def _dated(year: int | None, month: int | None, day: int | None) -> Published:
    if not year:
        return None, None
    for parts, precision in (((month, day), "day"), ((month, 1), "month"), ((1, 1), "year")):
        if all(parts):
            try:
                return date(year, parts[0] or 1, parts[1] or 1), precision
            except ValueError:
                continue
    return None, None
