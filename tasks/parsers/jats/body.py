"""The sections of an article's body, as a list in document order that keeps the tree in its levels."""

from tasks.parsers.imrad import section_type
from tasks.parsers.jats.elements import Element, first
from tasks.parsers.jats.text import BODY, TITLE, Pieces, Rules, inline, lines, write_one
from tasks.parsers.rows import Row

_SECTION_TAGS = {"sec", "treatment-sec", "taxon-treatment"}
_NOT_TEXT = {"title", "label", "sec-meta", "treatment-meta"}
#: Reference lists within the body are rows of the references, not text.
_RULES: Rules = {**BODY, "ref-list": lambda _element, _out, _rules: None}


def sections(article: Element) -> list[Row]:
    """The rows of ``sections``: level, heading, section_type, text (of the section without its subsections).

    Body text outside any section is a section without heading, in its place. Figures and tables that the file
    keeps in a ``floats-group`` come last, again without heading. Front and back matter give none.
    """
    rows: list[Row] = []
    if (body := article.find("body")) is not None:
        loose: Pieces = []
        for child in body:
            if child.tag in _SECTION_TAGS:
                _add_loose(loose, rows)
                loose = []
                _add(child, 1, "other", rows)
            else:
                write_one(child, loose, _RULES)
        _add_loose(loose, rows)
    if (floats := article.find("floats-group")) is not None:
        out: Pieces = []
        for child in floats:
            write_one(child, out, _RULES)
        _add_loose(out, rows)
    return rows


def has_text(article: Element) -> bool:
    """Whether the body holds any text at all."""
    body = article.find("body")
    return body is not None and any(text.strip() for text in body.itertext())


def _add_loose(out: Pieces, rows: list[Row]) -> None:
    if text := lines(out):
        rows.append({"level": 1, "heading": None, "section_type": "other", "text": text})


def _add(section: Element, level: int, parent_type: str, rows: list[Row]) -> None:
    children = list(section)
    heading = inline(first(children, "title"), TITLE) or inline(first(children, "label"), TITLE) or None
    kind = section_type(heading, section.get("sec-type")) or parent_type
    row: Row = {"level": level, "heading": heading, "section_type": kind, "text": None}
    rows.append(row)
    out: Pieces = []
    for child in children:
        if child.tag in _SECTION_TAGS:
            _add(child, level + 1, kind, rows)
        elif child.tag not in _NOT_TEXT:
            write_one(child, out, _RULES)
    row["text"] = lines(out) or None
    if row is rows[-1] and heading is None and row["text"] is None:
        rows.pop()
