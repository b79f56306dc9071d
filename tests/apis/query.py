"""Europe PMC's query language, as far as a harvest uses it.

Judged: ``UPDATE_DATE FIRST_PDATE FIRST_IDATE CREATION_DATE PUB_YEAR`` (a value or ``[a TO b]``, both ends included),
``OPEN_ACCESS IN_EPMC IN_PMC HAS_ABSTRACT HAS_REFLIST``, ``SRC EXT_ID PMCID DOI``, ``TITLE PUB_TYPE LICENSE``; AND, OR,
NOT, brackets. All other words and fields have no say: the library stands for what they find. As in truth, a quoted
EXT_ID finds nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tests.apis.paper import Paper

Test = Callable[[Paper], bool]
_TOKEN = re.compile(r'\s*(?:([()])|(\w+):\s*(?=\()|(\w+):("[^"]*"|\[[^\]]*\]|[^\s()"\[\]]+)|("[^"]*")|([^\s()"]+))')
_DATES = {"FIRST_PDATE": "firstPublicationDate", "FIRST_IDATE": "firstIndexDate", "CREATION_DATE": "dateOfCreation"}
_FLAGS = {"IN_EPMC": "inEPMC", "IN_PMC": "inPMC", "HAS_REFLIST": "hasReferences"}


class QueryError(ValueError):
    """The service does not understand the query."""


@dataclass(frozen=True)
class _Node:
    """A test; costly ones read the record and come last."""

    test: Test
    costly: bool = False


def matcher(query: str) -> Test:
    """Whether a paper is found by the query."""
    tokens, at = [], 0
    query = query.strip()
    if not query:
        raise QueryError("the query is empty")
    while at < len(query):
        match = _TOKEN.match(query, at)
        if not match:
            raise QueryError(f"cannot parse at {query[at : at + 20]!r}")
        tokens.append(match)
        at = match.end()
        while at < len(query) and query[at].isspace():
            at += 1
    node = _Parser(tokens).whole()
    return node.test if node else lambda _: True


class _Parser:
    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self.tokens, self.at = tokens, 0

    def word(self) -> str | None:
        """The next token, if it is a bracket or a bare word."""
        return (self.tokens[self.at][1] or self.tokens[self.at][6]) if self.at < len(self.tokens) else None

    def whole(self) -> _Node | None:
        node = self.any("")
        if self.at < len(self.tokens):
            raise QueryError("a bracket is closed that was not opened")
        return node

    def any(self, field: str) -> _Node | None:
        nodes = [self.all(field)]
        while self.word() == "OR":
            self.at += 1
            nodes.append(self.all(field))
        if len(nodes) == 1:
            return nodes[0]
        known = [node for node in nodes if node]
        if len(known) < len(nodes):  # one side has no say, so that it may find anything
            return None
        return _Node(lambda paper: any(node.test(paper) for node in known), any(node.costly for node in known))

    def all(self, field: str) -> _Node | None:
        nodes = [self.one(field)]
        while self.at < len(self.tokens) and self.word() not in (")", "OR"):
            if self.word() == "AND":
                self.at += 1
            nodes.append(self.one(field))
        known = sorted((node for node in nodes if node), key=lambda node: node.costly)
        if len(known) < 2:
            return known[0] if known else None
        return _Node(lambda paper: all(node.test(paper) for node in known), known[-1].costly)

    def one(self, field: str) -> _Node | None:
        if self.at >= len(self.tokens):
            raise QueryError("the query ends too early")
        token = self.tokens[self.at]
        self.at += 1
        bracket, of_group, name, value, phrase, word = token.groups()
        if word == "NOT":
            inner = self.one(field)
            return _Node(lambda paper: not inner.test(paper), inner.costly) if inner else None
        if of_group:
            self.at += 1
            return self.group(of_group)
        if bracket == "(":
            return self.group(field)
        if bracket or word in ("AND", "OR"):
            raise QueryError(f"{bracket or word} stands where a word is expected")
        return _field(name, value) if name else _field(field, phrase or word) if field else None

    def group(self, field: str) -> _Node | None:
        node = self.any(field)
        if self.word() != ")":
            raise QueryError("a bracket is not closed")
        self.at += 1
        return node


def _field(name: str, value: str) -> _Node | None:
    name, text = name.upper(), value.strip('"')
    wanted = text.casefold()
    if name == "UPDATE_DATE":
        low, high = (date.fromisoformat(end) for end in _dates(value))
        return _Node(lambda paper: low <= paper.updated <= high)
    if name in _DATES:
        key, (first, last) = _DATES[name], _dates(value)
        return _Node(lambda paper: first <= paper.record.get(key, "") <= last, True)
    if name == "PUB_YEAR":
        first, last = (end[:4] for end in _dates(value))
        return _Node(lambda paper: first <= paper.record.get("pubYear", "") <= last, True)
    if name == "OPEN_ACCESS":
        return _Node(lambda paper: paper.is_open == (wanted == "y"))
    if name == "SRC":
        return _Node(lambda paper: paper.source == text.upper())
    if name == "EXT_ID":
        return _Node(lambda paper: paper.id == value)
    if name == "PMCID":
        return _Node(lambda paper: paper.pmcid == text.upper())
    if name in _FLAGS:
        return _Node(lambda paper: paper.record.get(_FLAGS[name], "N") == text.upper(), True)
    if name == "HAS_ABSTRACT":
        return _Node(lambda paper: ("abstractText" in paper.record) == (wanted == "y"), True)
    if name == "DOI":
        return _Node(lambda paper: paper.record.get("doi", "").casefold() == wanted, True)
    if name == "TITLE":
        return _Node(lambda paper: wanted in paper.record["title"].casefold(), True)
    if name == "LICENSE":
        return _Node(lambda paper: paper.record.get("license", "").casefold() == wanted, True)
    if name == "PUB_TYPE":
        return _Node(lambda paper: wanted in map(str.casefold, paper.record["pubTypeList"]["pubType"]), True)
    return None


def _dates(value: str) -> tuple[str, str]:
    """First and last day of a range or of a single day, month or year."""
    inner = value[1:-1].split(" TO ") if value.startswith("[") else [value.strip('"')] * 2
    try:
        first, last = (end.strip().strip('"') for end in inner)
        low = "0001-01-01" if first == "*" else (first + "-01-01"[len(first) - 4 :])[:10]
        high = "9999-12-31" if last == "*" else (last + "-12-31"[len(last) - 4 :])[:10]
        date.fromisoformat(low)
        if len(last) != 7:
            date.fromisoformat(high)
        else:
            high = max(f"{last}-{day}" for day in (28, 29, 30, 31) if _is_date(f"{last}-{day}"))
    except ValueError:
        raise QueryError(f"{value} is no range of dates") from None
    if len(first) not in (1, 4, 7, 10) or len(last) not in (1, 4, 7, 10):
        raise QueryError(f"{value} is no range of dates")
    return low, high


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
