"""A page of /search, resultType core or lite: its records, its next cursor, and what is no such page."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from tasks.parsers.answers import get, lacking, many, not_an_object, number, read_values, refusal, text
from tasks.parsers.europepmc.record import rows
from tasks.parsers.rows import PaperRows, ParseError


def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
    """The papers of a search answer in order, one a record; also of a single record, and of lists of either.

    source_id is not needed: the records name themselves.
    """
    for answer in read_values(document):
        for at, record in enumerate(_records_of(answer), start=1):
            yield _rows_or_reason(record, at)


def records(answer: dict[str, Any]) -> list[Any]:
    """The records of a page, none where nothing was found; ParseError for anything that is no search answer."""
    if not isinstance(get(answer, "resultList"), dict):
        raise refusal(answer) or lacking(answer, "resultList")
    found = get(answer, "resultList", "result")
    if found is None and number(get(answer, "hitCount")) != 0:
        raise lacking(get(answer, "resultList"), "result in the resultList")
    return many(found)


def next_cursor(answer: dict[str, Any], sent: str) -> str | None:
    """The cursor of the page after this one, which was asked for with ``sent``; None at the end of the walk.

    The end is a page without records, without a cursor, or with the very cursor that was sent.
    """
    cursor = text(get(answer, "nextCursorMark"))
    return cursor if cursor != sent and records(answer) else None


def _records_of(answer: Any) -> Iterator[Any]:
    for part in answer if isinstance(answer, list) else [answer]:
        if isinstance(get(part, "full"), dict):  # as some clients save a record
            yield get(part, "full")
        elif isinstance(part, list) or (get(part, "resultList") is None and get(part, "id") is not None):
            yield part
        else:
            yield from records(part)


def _rows_or_reason(record: Any, at: int) -> PaperRows | ParseError:
    if not isinstance(record, dict):
        return not_an_object(record, "record", at)
    try:
        return rows(record)
    except ParseError as error:
        return ParseError(error.check, f"record {at}: {error.message}")
