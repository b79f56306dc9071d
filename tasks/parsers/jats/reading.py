"""From bytes to article elements: one article, or any wrapper of articles, read once with the memory of one.

Nothing outside the document is ever read (no DTD, no network, no file), libxml2's own limits stay on, and what
libxml2 cannot read is never patched up: it ends in a ParseError that says what and where.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from lxml import etree

from tasks.parsers.jats.elements import Element, fold, local_name, raw_text
from tasks.parsers.jats.encodings import Utf16AsUtf8, is_utf_16, true_encoding
from tasks.parsers.jats.named import NumberedEntities, number_entities, reject_declared, reject_unknown
from tasks.parsers.rows import ParseError

#: An article may be this long; the longest real ones (proceedings, checklists) have a tenth of it.
MAX_ARTICLE_BYTES = 100_000_000
#: Bytes that a wrapper may hold before the next article, so that no other kind of XML is read to its end.
MAX_FOREIGN_BYTES = 8_000_000
_CHUNK = 65_536
#: The end of the root element stands within the last bytes.
_ENDING = 4_096

#: Nothing outside the document is read, libxml2's limits stay on, nothing is patched up.
PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<([^\s<>/!?]+)")
_HTML_DOCTYPE = re.compile(r"<!DOCTYPE\s+html\b", re.IGNORECASE)
_HTML_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)


class Article(NamedTuple):
    """An article's element; content_hash is the sha256 of it alone, or None where it is the whole document."""

    element: Element
    content_hash: str | None


def read_articles(document: BinaryIO) -> Iterator[Article | ParseError]:
    """The articles of a document in order. An element is valid until the next one is asked for.

    A wrapper's ``<error>`` is yielded as a ParseError; what keeps the document from being read is raised.
    """
    source: Readable = document
    encoding = None
    head = _read(source, _CHUNK)
    if is_utf_16(head):
        source, encoding = Utf16AsUtf8(head, document), "utf-8"
        head = _read(source, _CHUNK)
    root = _root_name(head)
    if root is None or root == "article":
        yield _single(head + _read(source, MAX_ARTICLE_BYTES + 1 - len(head)), encoding)
    else:
        yield from _wrapped(head, source, root, encoding)


class Readable(Protocol):
    """What is asked of a document."""

    def read(self, size: int, /) -> bytes: ...


def _read(document: Readable, size: int) -> bytes:
    """Up to size bytes; fewer only at the end of the document."""
    parts: list[bytes] = []
    while size > 0 and (part := document.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _root_name(head: bytes) -> str | None:
    """The root element's local name out of the first bytes; None where a parser has to find out."""
    text = head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    if not text.strip("\0 \t\r\n"):
        raise ParseError("empty", "the document is empty")
    if "\0" in text[:4]:
        raise ParseError("encoding", "neither UTF-8 nor UTF-16 with its mark, nor another encoding that is read")
    at = 0
    while found := _PROLOG.match(text, at):
        if _HTML_DOCTYPE.match(found[0]):
            raise _html(text)
        at = found.end()
    found = _ROOT.match(text, at)
    if found is None:
        if not text.lstrip().startswith("<"):
            raise ParseError("not_jats", f"not XML: starts with {fold(text[:60])!r}")
        return None
    name = found[1].rpartition(":")[2]
    if name.lower() == "html":
        raise _html(text)
    return name


def _html(text: str) -> ParseError:
    title = _HTML_TITLE.search(text)
    about = fold(title[1])[:100] if title else "without a title"
    return ParseError("not_jats", f"an HTML page, not JATS: {about}")


def _single(data: bytes, encoding: str | None) -> Article:
    if len(data) > MAX_ARTICLE_BYTES:
        raise _too_big()
    numbered, has_unknown = number_entities(data)
    try:
        root = etree.fromstring(numbered, etree.XMLParser(encoding=encoding or true_encoding(data), **PARSER_OPTIONS))
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error, early=_cut_off(data, "article")) from None
    if local_name(root) != "article":
        raise ParseError("not_jats", f"the root element is <{local_name(root)}>, not JATS")
    reject_declared(root)
    if has_unknown:
        reject_unknown(root)
    return Article(root, None)


def _wrapped(chunk: bytes, document: Readable, root: str, encoding: str | None) -> Iterator[Article | ParseError]:
    """The outermost articles below a wrapper, each let go of before the next one is built."""
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=("{*}article", "{*}error"), encoding=encoding, **PARSER_OPTIONS
    )
    entities = NumberedEntities()
    ending = b""
    depth = found = since = 0
    failure: etree.XMLSyntaxError | None = None
    ended = False
    while not ended and failure is None:
        try:
            if chunk:
                parser.feed(entities.feed(chunk))
            else:
                ended = True
                parser.feed(entities.close())
                parser.close()
        except etree.XMLSyntaxError as error:
            failure = error
        since += len(chunk)
        for event, item in parser.read_events():
            element = cast(Element, item)
            if local_name(element) == "error":
                if event == "end" and not depth:
                    found += 1
                    yield ParseError("available", _said(element))
                continue
            depth += 1 if event == "start" else -1
            if depth == 1 and event == "start" and not found:
                reject_declared(element)
            if depth == 0:
                found += 1
                since = 0
                yield _of_set(element, entities.has_unknown)
                _let_go(element)
        if failure is None:
            if since > MAX_ARTICLE_BYTES:
                raise _too_big()
            if not depth and since > MAX_FOREIGN_BYTES:
                raise ParseError("not_jats", _count(root, found) + f" in {MAX_FOREIGN_BYTES:,} bytes, not JATS")
            ending = (ending + chunk)[-_ENDING:]
            chunk = _read(document, _CHUNK)
    if failure is not None:
        early = ended and _cut_off(ending, root)
        raise _not_well_formed(failure, early, after=f"; {_count(root, found)} before that")
    if not found:
        raise ParseError("not_jats", _count(root, found) + ", not JATS")


def _of_set(article: Element, has_unknown: bool) -> Article | ParseError:
    if has_unknown:
        try:
            reject_unknown(article)
        except ParseError as error:
            return error
    own = etree.tostring(article, with_tail=False)
    return Article(article, hashlib.sha256(own).hexdigest())


def _let_go(article: Element) -> None:
    article.clear()
    for element in (article, *article.iterancestors()):
        parent = element.getparent()
        while parent is not None and parent[0] is not element:
            del parent[0]


def _said(error: Element) -> str:
    text = fold(raw_text(error))
    key = error.get("code") or error.get("id")
    return f"{key}: {text}" if key and key not in text else text or "an <error> without text"


def _count(root: str, found: int) -> str:
    return f"the root element is <{root}> with {found or 'no'} article{'' if found == 1 else 's'}"


def _too_big() -> ParseError:
    return ParseError("size", f"an article of more than {MAX_ARTICLE_BYTES:,} bytes")


def _cut_off(data: bytes, root: str) -> bool:
    """Whether the end of the root element is missing: the last markup of a whole document closes it."""
    return re.search(rb"</(?:[^\s<>/:]+:)?%b\s*>" % re.escape(root).encode("latin-1"), data[-_ENDING:]) is None


def _not_well_formed(error: etree.XMLSyntaxError, early: bool, after: str = "") -> ParseError:
    reason = fold(str(error.msg)).removesuffix(f" (<string>, line {error.lineno})")
    reason = re.sub(r", line \d+, column \d+$", "", reason)
    line = error.lineno or 1
    if reason.startswith("Resource limit exceeded"):
        limit = reason.partition(": ")[2].partition(",")[0].lower()
        return ParseError("size", f"more than the XML parser takes at line {line}: {limit}{after}")
    if reason.startswith("Excessive depth"):
        return ParseError("too_deep", f"elements are nested too deeply at line {line}{after}")
    if reason.startswith("Entity '"):
        return ParseError("entity", f"{reason} at line {line}{after}")
    if early:
        return ParseError("well_formed", f"ends early at line {line}: {reason}{after}")
    return ParseError("well_formed", f"not well-formed at line {line}: {reason}{after}")
