"""Text out of mixed content, block by block: nothing glued, nothing twice, nothing lost.

One walk writes an element's text into a list of pieces. Most elements are inline: their text just goes on. The
others have a rule, a function by tag: a paragraph opens and closes a block, a table row becomes a line of cells, a
formula a linear one, a graphic nothing. A set of rules is a dictionary, so that titles, abstracts, affiliations and
citations are the body's rules with a few put over them.
"""

import re
from collections.abc import Callable
from typing import Any

from tasks.parsers.jats.elements import Element, first, fold, raw_text
from tasks.parsers.jats.formulas import MATH_TAGS, math_text, tex_text

Pieces = list[str]
Rules = dict[str, "Rule"]
Rule = Callable[[Element, Pieces, Any], None]

# Marks between pieces. XML allows none of these characters in a document, and str.split takes each for white space.
_OPEN, _CLOSE, _GLUE = "\x1e", "\x1f", "\x1d"
_GLUED = re.compile(f"{_GLUE}[ \t\r\n{_OPEN}]*")

#: White space that only the file's layout put before a mark.
_BEFORE_MARK = re.compile(r" ([,;.])(?= |$)")

_FOOTNOTE_MARKS = set("*†‡§¶#∗⁎ ")
#: References to these are marks of the layout, not words of a title or name.
_MARK_XREFS = {"fn", "author-notes", "aff", "corresp", "table-fn", "other", "", "contrib", "author-note"}


def write(element: Element, out: Pieces, rules: Rules) -> None:
    """Append the content of an element, without its tail."""
    if text := element.text:
        out.append(text)
    if not len(element):
        return
    for child in element:
        rule = rules.get(child.tag)
        if rule is not None:
            rule(child, out, rules)
        elif len(child):
            write(child, out, rules)
        elif text := child.text:
            out.append(text)
        if tail := child.tail:
            out.append(tail)


def write_one(element: Element, out: Pieces, rules: Rules) -> None:
    """Append an element by its own rule, without its tail."""
    rules.get(element.tag, write)(element, out, rules)


def inline(element: Element | None, rules: Rules) -> str:
    """The text of an element on one line."""
    if element is None:
        return ""
    if not len(element):
        return fold(element.text)
    out: Pieces = []
    write(element, out, rules)
    return fold("".join(out))


def closed_up(text: str) -> str:
    """Text without the space before a comma, semicolon or full stop."""
    if " ," in text or " ;" in text or " ." in text:
        return _BEFORE_MARK.sub(r"\1", text)
    return text


def lines(out: Pieces) -> str:
    """What was written, a block a line."""
    text = "".join(out)
    if _GLUE in text:
        text = _GLUED.sub(" ", text)
    blocks = text.replace(_CLOSE, _OPEN).split(_OPEN)
    return "\n".join(filter(None, map(fold, blocks)))


def ends_in_word(out: Pieces, also: str = "") -> bool:
    """Whether the last character written is a letter or digit (or one of those given)."""
    last = out[-1][-1:] if out else ""
    return last.isalnum() or (last != "" and last in also)


def _skip(_element: Element, _out: Pieces, _rules: Rules) -> None:
    pass


def _space(_element: Element, out: Pieces, _rules: Rules) -> None:
    out.append(" ")


def _block(element: Element, out: Pieces, rules: Rules) -> None:
    out.append(_OPEN)
    write(element, out, rules)
    out.append(_CLOSE)


def _label(element: Element, out: Pieces, rules: Rules) -> None:
    """A label stands on the line of what it labels."""
    if text := inline(element, rules):
        out += (" ", text, _GLUE if element.getnext() is not None else "")


def _term(element: Element, out: Pieces, rules: Rules) -> None:
    if text := inline(element, rules):
        out += (text, "" if text.endswith(":") else ":", _GLUE)


def _on_one_line(element: Element, out: Pieces, rules: Rules) -> None:
    out += (_OPEN, inline(element, rules), _CLOSE)


def _table_row(element: Element, out: Pieces, rules: Rules) -> None:
    cells = [inline(cell, rules) for cell in element]
    if any(cells):
        out += (_OPEN, " | ".join(cells), _CLOSE)


def _math(element: Element, out: Pieces, _rules: Rules) -> None:
    out.append(math_text(element))


def _tex(element: Element, out: Pieces, _rules: Rules) -> None:
    """TeX speaks only where nothing more readable says the same."""
    parent = element.getparent()
    if parent is None or not any(parent.find(tag) is not None for tag in MATH_TAGS):
        out.append(tex_text(element))


def _alternatives(element: Element, out: Pieces, rules: Rules) -> None:
    """One of several renderings of the same thing: the one that reads best (a table may come in parts)."""
    if tables := element.findall("table"):
        for table in tables:
            write_one(table, out, rules)
        return
    children = {child.tag: child for child in reversed(element)}
    for tag in (*MATH_TAGS, "textual-form", "tex-math"):
        if tag in children:
            if tag == "tex-math":
                out.append(tex_text(children[tag]))
            else:
                write_one(children[tag], out, rules)
            return
    for child in element:
        if inline(child, rules):
            write_one(child, out, rules)
            return


def _superscript(element: Element, out: Pieces, rules: Rules) -> None:
    """``10<sup>6</sup>`` is 10^6, not 106; the number of a reference stands apart from the word before it."""
    if len(element):
        inner: Pieces = []
        write(element, inner, rules)
        text = "".join(inner)
    else:
        text = element.text or ""
    if not text:
        return
    before = out[-1][-1:] if out else ""
    if first(element, "xref") is not None:
        if not before.isspace():
            out.append(" ")
    elif before.isdecimal() and text.lstrip("-−–+ ")[:1].isdecimal():
        out.append("^")
    out.append(text)


def _apart(element: Element, out: Pieces, rules: Rules) -> None:
    """A piece of data within prose, kept from running into the one before it."""
    if ends_in_word(out):
        out.append(" ")
    write(element, out, rules)


_BLOCKS = """
p title subtitle fig fig-group table-wrap table-wrap-group table-wrap-foot table array boxed-text disp-formula
disp-formula-group chem-struct-wrap chem-struct-wrapper list list-item def-list def-item disp-quote verse-group
verse-line speech statement preformat code supplementary-material media fn fn-group sec app attrib question answer
explanation kwd-group nomenclature treatment-sec taxon-treatment note glossary ref ref-list ack notes
"""
_SILENT = """
graphic inline-graphic object-id alt-text long-desc permissions sec-meta index-term index-term-range-end
processing-meta col colgroup
"""

BODY: Rules = {
    **dict.fromkeys(_BLOCKS.split(), _block),
    **dict.fromkeys(_SILENT.split(), _skip),
    **dict.fromkeys(("kwd", "taxon-name-part", "taxon-authority", "taxon-status", "surname", "given-names"), _apart),
    **dict.fromkeys(("tr", "row"), _table_row),
    **dict.fromkeys(MATH_TAGS, _math),
    **dict.fromkeys(("label", "speaker"), _label),
    "caption": _on_one_line,
    "term": _term,
    "break": _space,
    "tex-math": _tex,
    "alternatives": _alternatives,
    "sup": _superscript,
}


def _title_xref(element: Element, out: Pieces, rules: Rules) -> None:
    if element.get("ref-type", "") not in _MARK_XREFS:
        write(element, out, rules)


def _title_superscript(element: Element, out: Pieces, rules: Rules) -> None:
    """A footnote's mark at the end of a title is left out; ``C<sup>*</sup>-algebra`` keeps its star."""
    is_last = element.getnext() is None and not fold(element.tail)
    if not (is_last and set(raw_text(element)) <= _FOOTNOTE_MARKS):
        _superscript(element, out, rules)


TITLE: Rules = {
    **BODY,
    **dict.fromkeys(("fn", "label"), _skip),
    "xref": _title_xref,
    "sup": _title_superscript,
}


def _abstract_heading(element: Element, out: Pieces, rules: Rules) -> None:
    text = inline(element, TITLE)
    if text and text.lower().rstrip(".:") != "abstract":
        out += (_OPEN, text, "" if text[-1] in ":.?!" else ":", " ", _GLUE)


ABSTRACT: Rules = {
    **BODY,
    **dict.fromkeys(("fig", "fig-group", "fn", "supplementary-material", "media", "related-object"), _skip),
    "title": _abstract_heading,
}
