"""Documents in encodings other than the one they declare, or that do not write ASCII as ASCII, as UTF-8."""

import codecs
import re
from typing import BinaryIO

from tasks.parsers.rows import ParseError

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LATIN_1 = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"'](?:iso-?8859-1|latin-?1|windows-1252|cp1252)[\"']", re.I)


def is_utf_16(head: bytes) -> bool:
    """Whether a document begins with the mark of UTF-16."""
    return head.startswith(_UTF_16_MARKS)


class Utf16AsUtf8:
    """A document in UTF-16, read as UTF-8. head: what was read of it already."""

    def __init__(self, head: bytes, document: BinaryIO) -> None:
        self._head = head
        self._document = document
        self._decoder = codecs.getincrementaldecoder("utf-16")()

    def read(self, size: int) -> bytes:
        """About as many bytes; none only at the end."""
        while True:
            raw, self._head = self._head or self._document.read(size), b""
            try:
                text = self._decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                raise ParseError("encoding", f"not the UTF-16 that it says it is: {error.reason}") from None
            if text or not raw:
                return text.encode()


def true_encoding(document: bytes) -> str | None:
    """What a document that calls itself Latin-1 is in truth; None where its own declaration counts.

    Nobody writes the letters of Latin-1 so that they happen to be UTF-8, nor the control characters that it has
    where Windows has dashes and quotes.
    """
    if not _LATIN_1.match(document) or document.isascii():
        return None
    try:
        document.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"
