"""The reference list of a full page, an item a row; of a summary page, the number of references it states."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import identifiers
from tasks.parsers.tomesphere.markdown import Block

_STATED = re.compile(
    r"(?:showing \d+ of |first \d+ of |all )?(?P<count>\d[\d,.\u202f\u00a0 ]*|no) references?\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"(?:the )?(?:full|complete) list\b|(?:references|list) omitted\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\[(?P<bracketed>\d{1,5})\]|(?P<dotted>\d{1,4})[.)])\s+(?P<text>.+)")
_YEAR = r"(?:1[5-9]\d\d|20\d\d)"
#: A year in brackets, or before the volume or the month: both say that it is the year of publication.
_SURE_YEAR = re.compile(rf"\((?P<a>{_YEAR})[a-z]?[,)]|(?<![\w–-])(?P<b>{_YEAR})(?:;| [A-Z][a-z]{{2}}\b[^.]{{0,8}};)")
_ANY_YEAR = re.compile(rf"(?<![\w./:–-])({_YEAR})[a-z]?(?![\w/–-]|\.\d)")
_ADDRESS = re.compile(r"https?://\S+|\b10\.\d{4,9}/\S+|\bdoi\s*:\s*\S+", re.IGNORECASE)

_QUOTED = re.compile(r"[“\"](?P<title>[^“”\"]{15,}?)[.,]?[”\"]")
#: ``Lee A, Ek BC, et al. A title without a full stop. Some Journal. 2019;`` and nothing else before the year.
_VANCOUVER = re.compile(
    r"(?:[^\W\d_][\w'’ʼ-]*(?: [\w'’ʼ-]+){0,3} [A-Z]{1,4}(?:, |(?=\.)))+(?:et al)?\. "
    r"(?P<title>[^.?!]{15,}[.?!]) [^.?!]{2,}\. ?" + _YEAR + r"\b"
)
#: ``Lee, A. (2019). A title without a full stop. Some Journal``
_APA = re.compile(r"[^()]+\(" + _YEAR + r"[a-z]?\)\.? (?P<title>[^.?!]{15,}[.?!]) (?=[A-Z])[^.?!]{2,}$")


@dataclass(slots=True)
class ReferenceList:
    rows: list[Row] = field(default_factory=list)
    stated: int | None = None
    left_over: list[str] = field(default_factory=list)

    @property
    def count(self) -> int | None:
        """As stated or as listed, whichever is more: a page may list only the first ones."""
        return max(self.stated or 0, len(self.rows)) if self.rows or self.stated is not None else None


def read(blocks: Iterable[Block]) -> ReferenceList:
    """The references; a paragraph is one where it is numbered, or where the section holds no list at all."""
    found = ReferenceList()
    blocks = [block for block in blocks if block.kind != "rule" and not _is_notice(block)]
    has_list = any(block.kind == "item" or _NUMBERED.fullmatch(block.text) for block in blocks)
    entries: list[tuple[str | None, list[Block]]] = []
    for block in blocks:
        if block.depth == 0 and found.stated is None and (stated := _STATED.match(block.text)):
            digits = re.sub(r"\D", "", stated["count"])
            found.stated = int(digits or 0)
        elif entries and block.depth and (block.kind != "item" or block.depth > 1):
            entries[-1][1].append(block)  # the rest of an item
        elif block.kind == "item" or (block.kind != "heading" and (not has_list or _NUMBERED.match(block.text))):
            entries.append((block.number.rstrip(".)") if block.number else None, [block]))
        else:
            found.left_over.append(block.text)
    found.rows.extend(row for label, parts in entries if (row := _row(label, parts)))
    return found


def _is_notice(block: Block) -> bool:
    return block.says_none or (block.depth == 0 and _ELSEWHERE.match(block.text) is not None)


def _row(label: str | None, blocks: list[Block]) -> Row:
    citation = " ".join(block.text for block in blocks if block.text)
    if numbered := _NUMBERED.fullmatch(citation):
        own = numbered["bracketed"] or numbered["dotted"]
        if label is None or label == own:
            label, citation = own, numbered["text"]
    urls = [link.url for block in blocks for link in block.links]
    row: Row = {
        "label": label,
        "citation": citation or " ".join(urls) or None,
        **identifiers.find(*urls, citation),
    }
    if (year := _year(citation)) is not None:
        row["year"] = year
    if title := _title(citation):
        row["title"] = title
    return row if row["citation"] else {}


def _year(citation: str) -> int | None:
    """The year, where one place says it for sure, or where only one number can be it."""
    text = _ADDRESS.sub(" ", citation)
    sure = {int(match["a"] or match["b"]) for match in _SURE_YEAR.finditer(text)}
    years = sure or {int(year) for year in _ANY_YEAR.findall(text)}
    return years.pop() if len(years) == 1 and max(years) <= date.today().year + 1 else None


def _title(citation: str) -> str | None:
    """The title, where quotation marks or a common style set it apart beyond doubt."""
    quoted = _QUOTED.findall(citation)
    if len(quoted) == 1:
        return str(quoted[0]).strip()
    found = _VANCOUVER.match(citation) or _APA.match(_ADDRESS.sub("", citation).rstrip(" ."))
    return found["title"].rstrip(".") if found else None
