"""From bytes to BioC documents, as dictionaries in the shape of PubTator's BioC-JSON."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from tasks.parsers.answers import MAX_BYTES, fold, get, lacking, many, no_json, read_values, refusal
from tasks.parsers.jats.elements import Element, raw_text
from tasks.parsers.jats.named import reject_declared
from tasks.parsers.jats.reading import PARSER_OPTIONS
from tasks.parsers.rows import ParseError

_WRAPPERS = ("PubTator3", "documents")


def documents(document: BinaryIO) -> Iterator[Any]:
    """The documents of ``{"PubTator3": [...]}``, a list, a BioC collection, one alone, a line each; or of BioC-XML."""
    data = document.read(MAX_BYTES + 1)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        yield from _of_xml(data)
        return
    for value in read_values(io.BytesIO(data)):
        yield from _of_value(value)


def _of_value(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from _of_value(item)
            else:
                yield item
        return
    wrapper = next((key for key in _WRAPPERS if get(value, key) is not None), None)
    if wrapper:
        yield from many(get(value, wrapper))
    elif get(value, "passages") is not None:
        yield value
    else:
        raise refusal(value) or lacking(value, "documents")


def _of_xml(data: bytes) -> Iterator[dict[str, Any]]:
    if len(data) > MAX_BYTES:
        raise ParseError("size", f"an answer of more than {MAX_BYTES:,} bytes")
    head = data[:10_000].decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if "<collection" not in head and "<document" not in head:
        raise no_json(head)
    try:
        root = etree.fromstring(data, etree.XMLParser(**PARSER_OPTIONS))
    except etree.XMLSyntaxError as error:
        early = not data.rstrip().endswith(b"</collection>")
        start = "ends early" if early else "not well-formed"
        raise ParseError("well_formed", f"{start} at line {error.lineno} (XML): {fold(str(error.msg))}") from None
    reject_declared(root)
    for element in root.iter("document"):
        yield {
            "id": _text(element.find("id")),
            "passages": [_passage(passage) for passage in element.iterchildren("passage")],
        }


def _passage(element: Element) -> dict[str, Any]:
    return {
        "infons": _infons(element),
        "sentences": [_passage(sentence) for sentence in element.iterchildren("sentence")],
        "annotations": [
            {"infons": _infons(annotation), "text": _text(annotation.find("text"))}
            for annotation in element.iterchildren("annotation")
        ],
    }


def _infons(element: Element) -> dict[str, str]:
    return {infon.get("key", ""): raw_text(infon) for infon in element.iterchildren("infon")}


def _text(element: Element | None) -> str | None:
    return None if element is None else raw_text(element)
