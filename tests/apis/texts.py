"""The texts of a paper, section by section, and the words in them that mean something."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml import etree

from tests.apis.paper import Entity, Paper
from tests.apis.records import plain

Passage = tuple[str, str, str]  # section (TITLE, ABSTRACT, INTRO, METHODS, RESULTS, DISCUSS, CONCL, REF), kind, text
_HEADS = {"introd": "INTRO", "background": "INTRO", "method": "METHODS", "material": "METHODS", "result": "RESULTS"}
_HEADS |= {"discuss": "DISCUSS", "conclu": "CONCL"}


def passages(paper: Paper, *, full: bool) -> list[Passage]:
    """Title and abstract, and with ``full`` the body and the references of its article, if there is one."""
    return list(_passages(_Key(paper), full))


class _Key:
    """A paper as of now, for the cache."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._key = (id(paper), paper.version)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._key == other._key


@lru_cache(maxsize=128)
def _passages(key: _Key, full: bool) -> tuple[Passage, ...]:
    record = key.paper.record
    found = [("TITLE", "title", plain(record["title"]))]
    if abstract := record.get("abstractText"):
        found.append(("ABSTRACT", "abstract", plain(abstract)))
    if full and key.paper.is_open and (xml := key.paper.xml):
        found += _body(xml)
    return tuple(found)


def _body(xml: bytes) -> Iterator[Passage]:
    root = parse(xml)
    if root is None:
        return
    for part in root.iterfind("{*}body"):
        for element in part.iter("{*}p", "{*}title"):
            if text := plain_text(element):
                kind = "paragraph" if etree.QName(element).localname == "p" else "title_1"
                yield _section(element), kind, text
    for reference in root.iterfind("{*}back//{*}ref"):
        if text := plain_text(reference):
            yield "REF", "ref", text


def _section(element: etree._Element) -> str:
    """By the heading of the outermost section around it."""
    sections = list(element.iterancestors("{*}sec"))
    if not sections:
        return "INTRO"
    head = f"{sections[-1].get('sec-type', '')} {sections[-1].findtext('{*}title') or ''}".lower()
    return next((name for start, name in _HEADS.items() if start in head), "RESULTS")


def parse(xml: bytes) -> etree._Element | None:
    """The article, or None where it is none."""
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None
    return root if etree.QName(root).localname == "article" else None


def plain_text(element: etree._Element | None) -> str:
    """All text below an element, with white space folded."""
    return "" if element is None else " ".join("".join(map(str, element.itertext(etree.Element))).split())


class Finder:
    """Finds where entities stand in texts."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._pattern, self._entities = _pattern(tuple(entities))

    def mentions(self, text: str) -> Iterator[tuple[int, str, Entity]]:
        """Offset, words as they stand there, entity."""
        if not self._entities:
            return
        lower = text.lower()
        for match in self._pattern.finditer(lower if len(lower) == len(text) else text):
            start = match.start()
            if start == 0 or not text[start - 1].isalnum():  # not in the pattern, where it costs ten times as much
                yield start, text[start : match.end()], self._entities[match[0]]


@lru_cache(maxsize=256)
def _pattern(entities: tuple[Entity, ...]) -> tuple[re.Pattern[str], dict[str, Entity]]:
    by_words = {entity.words.lower(): entity for entity in reversed(entities)}
    longest_first = sorted(by_words, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"), by_words
