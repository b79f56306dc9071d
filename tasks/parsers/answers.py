"""JSON answers of web services: bytes to values, what is no answer told apart, and a way to ask for what may be there.

Services leave keys out, and wrappings differ: a live answer is flat, some clients save every value in a list of its
own (``{"title": ["T"]}``), XML turned to JSON has an object where a list has but one item. ``get``, ``many`` and
``text`` read all of these.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from tasks.parsers.rows import ParseError

#: The longest real answers (1,000 core records, 100 full texts) have a tenth of it.
MAX_BYTES = 200_000_000

_TITLE = re.compile(r"<title[^>]*>(.{0,200}?)</title", re.DOTALL | re.IGNORECASE)
_HTML = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body|title|center|h1)\b", re.I | re.S)
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def read_values(document: BinaryIO) -> Iterator[Any]:
    """The JSON values of a document: one, or several one after the other (NDJSON); ParseError where it is no JSON."""
    content = decoded(document)
    at = _SPACE.match(content).end()  # type: ignore[union-attr]
    if content[at : at + 1] not in ("{", "["):
        raise no_json(content[at:])
    number = 0
    while at < len(content):
        number += 1
        try:
            value, at = _DECODER.raw_decode(content, at)
        except json.JSONDecodeError as error:
            raise _not_well_formed(error, number) from None
        except RecursionError:
            raise too_deep() from None
        except ValueError as error:  # a number of thousands of digits
            raise ParseError("well_formed", f"not well-formed: {error}") from None
        yield value
        at = _SPACE.match(content, at).end()  # type: ignore[union-attr]


def read_value(document: BinaryIO) -> Any:
    """The one JSON value of a document."""
    found = list(read_values(document))
    if len(found) > 1:
        raise ParseError("well_formed", f"not well-formed: {len(found)} JSON values instead of one")
    return found[0]


def decoded(document: BinaryIO) -> str:
    """The text of a document, in whichever UTF it is."""
    data = document.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ParseError("size", f"an answer of more than {MAX_BYTES:,} bytes")
    try:
        content = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        raise ParseError("well_formed", f"not well-formed: {error.reason} at byte {error.start:,}") from None
    if not content.strip():
        raise ParseError("well_formed", "ends early: the answer is empty")
    return content


def no_json(content: str) -> ParseError:
    """What an answer is that does not begin as JSON."""
    if _HTML.match(content):
        title = _TITLE.search(content[:100_000])
        return ParseError("answer", f"an HTML page: {fold(title[1])[:100] if title else 'without a title'}")
    kind = "XML" if content.startswith("<") else "not JSON"
    return ParseError("answer", f"{kind}: starts with {fold(content[:100])!r}")


def refusal(answer: Any) -> ParseError | None:
    """The error that an answer states (whatever its status was), or that it states nothing at all; else None."""
    if not isinstance(answer, dict):
        return ParseError("answer", f"{_kind(answer)} instead of an object")
    code = text(answer.get("errCode")) or text(answer.get("status"))
    for key in ("errMsg", "error", "message", "detail"):
        said = text(answer.get(key))
        if said and said.lower() not in ("false", "none"):
            return ParseError("answer", f"the service says: {f'{code} ' if code else ''}{said[:300]}")
    if text(answer.get("errCode")):
        return ParseError("answer", f"the service says: {code}")
    if not set(answer) - {"version"}:
        return ParseError("answer", f"neither records nor an error: only {_keys(answer)}")
    return None


def lacking(answer: dict[str, Any], key: str) -> ParseError:
    """An answer of another kind."""
    return ParseError("answer", f"no {key}: holds {_keys(answer)}")


def not_an_object(value: Any, what: str, number: int) -> ParseError:
    return ParseError("answer", f"{what} {number} is {_kind(value)}, not an object")


def too_deep() -> ParseError:
    return ParseError("too_deep", "values are nested too deeply")


def content_hash(value: Any) -> str:
    """sha256 of a value's canonical JSON: sorted keys, no spaces, ASCII."""
    try:
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise too_deep() from None
    return hashlib.sha256(canonical.encode()).hexdigest()


def one(value: Any) -> Any:
    """A value out of any lists around it; of several the first."""
    while isinstance(value, list):
        value = value[0] if value else None
    return value


def many(value: Any) -> list[Any]:
    """A value as a list; nothing as an empty one."""
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return [] if value is None else [value]


def get(value: Any, *keys: str) -> Any:
    """What stands below these keys, one inside the other; None where one of them is missing."""
    for key in keys:
        value = one(value)
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any) -> str | None:
    """A string or number on one line; None for anything else, and for nothing."""
    value = one(value)
    if isinstance(value, dict):  # the text of an XML element that has attributes
        value = one(value.get("#text", value.get("_")))
    if isinstance(value, str):
        return fold(value) or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def texts(value: Any) -> list[str]:
    """The strings of a list, without doubles."""
    return list(dict.fromkeys(found for item in many(value) if (found := text(item))))


def number(value: Any) -> int | None:
    """A whole number, given as one or as text."""
    found = text(value) or ""
    return int(found) if re.fullmatch(r"-?[0-9]{1,18}", found) else None


def fold(value: str) -> str:
    """White space, of any kind and length, as single spaces; nothing at the ends."""
    return " ".join(value.split())


def _not_well_formed(error: json.JSONDecodeError, number: int) -> ParseError:
    after = "" if number == 1 else f"; {number - 1} value{'s' if number > 2 else ''} before that"
    early = error.msg.startswith("Unterminated string") or not error.doc[error.pos :].strip()
    start = "ends early" if early else "not well-formed"
    return ParseError(
        "well_formed", f"{start} at line {error.lineno}, column {error.colno:,} (JSON): {error.msg}{after}"
    )


def _kind(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _keys(answer: dict[str, Any]) -> str:
    return ", ".join(sorted(answer)[:8])[:100] or "nothing"
