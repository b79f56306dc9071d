"""The abstracts of an article: the main one, and those of a type of their own, which are other columns."""

import re

from tasks.parsers.jats.elements import LANG, Element, fold
from tasks.parsers.jats.text import ABSTRACT, TITLE, Pieces, Rules, inline, write_one
from tasks.parsers.rows import Row

#: Types of abstract that stand for the main one where no untyped one does.
_MAIN_TYPES = {"abstract", "main", "normal", "standard", "structured", "section", "summary", "longsummary"}
_MAIN_TYPES |= {"executive-summary", "original"}
_FINDINGS = {"key-points", "keypoints", "author-highlights", "highlights", "key-findings", "key_points"}
_TLDR = {"teaser", "short", "web-summary", "tldr"}
_FINDING: Rules = {**ABSTRACT, "label": lambda _element, _out, _rules: None}
#: Headings of what some publishers put into the abstract besides it.
_ASIDE = re.compile(r"(electronic )?supplementa(ry|l) (material|information)|(simple|lay|plain[- ]language) summary")


def abstracts(meta: Element, language: str | None) -> Row:
    """``abstract``, ``tldr``, ``key_findings``, and the types of abstract that gave the last two."""
    found = meta.findall("abstract")
    tldr, tldr_type = _short(found)
    findings, findings_type = _findings(found)
    return {
        "abstract": _main_abstract(found, language),
        "tldr": tldr,
        "key_findings": findings,
        "summary_source": ", ".join(filter(None, (tldr_type, findings_type))) or None,
    }


def _type(abstract: Element) -> str:
    return fold(abstract.get("abstract-type")).lower()


def _of_type(abstracts: list[Element], kinds: set[str]) -> list[Element]:
    return [item for item in abstracts if _type(item) in kinds]


def _main_abstract(abstracts: list[Element], language: str | None) -> str | None:
    """The untyped abstract in the article's language, else one whose type says that it is the main one."""
    untyped = [item for item in abstracts if not _type(item)]
    foreign = [item for item in untyped if item.get(LANG) and item.get(LANG) != language]
    own = [item for item in untyped if item not in foreign]
    for item in (*own, *foreign, *_of_type(abstracts, _MAIN_TYPES)):
        if text := _abstract(item):
            return text
    return None


def _abstract(abstract: Element) -> str | None:
    """An abstract on one line, each heading before its text as ``Heading: text``; its own title left out.

    A simple summary beside the abstract and the publisher's note on supplementary material are no part of it.
    """
    out: Pieces = [abstract.text or ""]
    for child in abstract:
        if child.tag not in ("title", "label") and not _ASIDE.fullmatch(_heading(child)):
            write_one(child, out, ABSTRACT)
        out.append(child.tail or "")
    return fold("".join(out)) or None


def _heading(section: Element) -> str:
    return inline(section.find("title"), TITLE).lower().rstrip(".:")


def _short(abstracts: list[Element]) -> tuple[str | None, str | None]:
    """The first abstract that says the paper in a line or two, and its type."""
    for abstract in _of_type(abstracts, _TLDR):
        if text := _abstract(abstract):
            return text, _type(abstract)
    return None, None


def _findings(abstracts: list[Element]) -> tuple[list[str] | None, str | None]:
    """Of the first abstract of findings that has any, with its type: the items of the list, else the sections
    (``Question: …``), else the paragraphs."""
    for abstract in _of_type(abstracts, _FINDINGS):
        items = next(filter(None, (list(abstract.iter(tag)) for tag in ("list-item", "sec", "p"))), [])
        if found := [text for item in items if (text := inline(item, _FINDING))]:
            return found, _type(abstract)
    return None, None
