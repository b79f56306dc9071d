"""Who paid for an article, with the numbers of the awards."""

import re

from tasks.parsers.jats.elements import Element
from tasks.parsers.jats.text import TITLE, Pieces, Rules, inline, write

_ID = re.compile(r"id(entifier)?$", re.IGNORECASE)


def funding(meta: Element) -> list[str]:
    """Each funder once, as ``National Lake Fund (L-12, L-13)``; where none is tagged, the statement on funding."""
    awards: dict[str, list[str]] = {}
    for award in meta.iterfind("funding-group/award-group"):
        funders = [inline(source, _FUNDER) for source in award.findall("funding-source")]
        numbers = awards.setdefault("; ".join(filter(None, funders)), [])
        numbers.extend(inline(item, TITLE) for item in award.findall("award-id"))
    found = [_named(funder, numbers) for funder, numbers in awards.items()]
    statements = [inline(item, TITLE) for item in meta.iterfind("funding-group/funding-statement")]
    return list(filter(None, found)) or list(filter(None, statements))


def _named(funder: str, numbers: list[str]) -> str:
    known = ", ".join(number for number in dict.fromkeys(numbers) if any(map(str.isalnum, number)))
    return f"{funder} ({known})" if funder and known else funder or known


def _skip(_element: Element, _out: Pieces, _rules: Rules) -> None:
    pass


def _named_content(element: Element, out: Pieces, rules: Rules) -> None:
    """The funder's name, and not its number in a register."""
    if not _ID.search(element.get("content-type", "")):
        write(element, out, rules)


_FUNDER: Rules = {**TITLE, "institution-id": _skip, "named-content": _named_content}
