"""Plain text as Markdown that means just that text, to the parser of pages and to any reader of CommonMark.

Only what would be read as markup is escaped, so that ``[1, 2]``, ``snake_case`` and ``P<0.001`` stay as they are.
"""

import re

from tasks.parsers.tomesphere.markdown import fold

#: Emphasis, code and backslashes; an underscore unless within a word; a tag; an entity; the end of a link's text.
_MARKS = r"[\\`*]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=\()"
_INLINE = re.compile(_MARKS)
_LINKED = re.compile(rf"{_MARKS}|[\[\]]")
#: What opens a heading, an item, a quotation, a fence, a rule or a definition at the start of a line.
_OPENING = re.compile(r"#{1,6}(?=\s|$)|[-+](?=\s|$)|>|~~~|-[-\s]*$|\[(?=[^\]]*\]:)")
_NUMBER = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")
_CLOSING = re.compile(r"#(?=#*$)")
_ESCAPED = r"\\\g<0>"


def inline(text: str) -> str:
    """Text within a line."""
    return _INLINE.sub(_ESCAPED, fold(text))


def line(text: str) -> str:
    """Text that is a line of its own: a paragraph, or what stands in an item."""
    escaped = inline(text)
    if _OPENING.match(escaped):
        return "\\" + escaped
    number = _NUMBER.match(escaped)
    return f"{number[0]}\\{escaped[number.end() :]}" if number else escaped


def heading(depth: int, text: str | None) -> str:
    """A heading; without a text, one that says nothing."""
    return f"{'#' * depth} {_CLOSING.sub(_ESCAPED, inline(text or ''))}".rstrip()


def link(text: str, url: str) -> str:
    """A link."""
    return f"[{_LINKED.sub(_ESCAPED, fold(text))}]({url})"
