"""Entities that a DTD would have declared (``&Aacute;``, ``&minus;``): resolved from the standard sets.

JATS and NLM files use the ISO and HTML sets through a DTD that is never loaded here. ``html.entities`` holds the
HTML5 names, which take in the ISO sets but for the older Greek ones; those are added below, and the signs of angle
and time of the astronomers' own set (AASTeX), which their files cannot do without.
"""

import re
from html.entities import html5
from typing import Any, cast

from tasks.parsers.jats.elements import Element
from tasks.parsers.rows import ParseError

#: ISOgrk1 and ISOgrk2, which HTML5 leaves out: ``&agr;`` and so on, in the order of the letters.
_GREEK_NAMES = "a b g d e z ee th i k l m n x o p r s t u ph kh ps oh"
_GREEK_LETTERS = "αβγδεζηθικλμνξοπρστυφχψω"
_ACCENTED = {
    "aacgr": "ά", "Aacgr": "Ά", "eacgr": "έ", "Eacgr": "Έ", "eeacgr": "ή", "EEacgr": "Ή", "iacgr": "ί",
    "Iacgr": "Ί", "oacgr": "ό", "Oacgr": "Ό", "uacgr": "ύ", "Uacgr": "Ύ", "ohacgr": "ώ", "OHacgr": "Ώ",
    "idigr": "ϊ", "Idigr": "Ϊ", "udigr": "ϋ", "Udigr": "Ϋ", "idiagr": "ΐ", "udiagr": "ΰ", "sfgr": "ς",
}  # fmt: skip

NAMED: dict[str, str] = {name[:-1]: text for name, text in html5.items() if name.endswith(";")}
for _name, _letter in zip(_GREEK_NAMES.split(), _GREEK_LETTERS, strict=True):
    NAMED[_name + "gr"] = _letter
    NAMED[_name.upper() + "gr"] = NAMED[_name.capitalize() + "gr"] = _letter.upper()
NAMED.update(_ACCENTED)
NAMED.update({"fdg": ".°", "farcm": ".′", "farcs": ".″", "fd": ".ᵈ", "fh": ".ʰ", "fm": ".ᵐ", "fs": ".ˢ", "Thetas": "ϴ"})

#: A reference to a name other than the five that XML itself has; XML's names may hold more than ASCII's letters.
_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z_:\x80-\xff][^\s&;<>\"'#]{0,49999});")
#: What begins a stretch whose ampersands are its own, and what ends it.
_KEEPS = re.compile(rb"<(?:!--|!\[CDATA\[|\?)")
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
#: A reference or such a beginning that a chunk of the document cuts in two is no longer: libxml2's limit for names.
_LONGEST = 50_002
#: Stand around a name that is in no standard set: characters that Unicode gives to nobody, and XML allows.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_UNKNOWN = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")


class NumberedEntities:
    """Writes references to named entities as numeric ones, which need no DTD, while a document streams by.

    Works on any encoding that writes ASCII as ASCII. It is done before parsing, as a parser without the DTD drops a
    reference within an attribute without a word. What is in no standard set is marked, for ``reject_unknown``.
    """

    def __init__(self) -> None:
        self.has_unknown = False
        self._held = b""
        self._end = b""

    def feed(self, chunk: bytes) -> bytes:
        """The next part of the document, up to what the chunk may have cut in two."""
        return self._written(self._held + chunk, _LONGEST)

    def close(self) -> bytes:
        """What was held back."""
        return self._written(self._held, 0)

    def _written(self, data: bytes, margin: int) -> bytes:
        out: list[bytes] = []
        at = 0
        while True:
            if self._end:
                stop = data.find(self._end, at)
                if stop < 0:
                    cut = max(at, len(data) - min(margin, len(self._end) - 1))
                    out.append(data[at:cut])
                    break
                stop += len(self._end)
                out.append(data[at:stop])
                at, self._end = stop, b""
            opener = _KEEPS.search(data, at)
            if opener is None:
                last = max(data.rfind(mark, max(at, len(data) - margin)) for mark in (b"&", b"<")) if margin else -1
                cut = last if last >= 0 else len(data)
                out.append(self._numbered(data[at:cut]))
                break
            out += (self._numbered(data[at : opener.start()]), opener[0])
            at, self._end = opener.end(), _ENDS[opener[0]]
        self._held = data[cut:]
        return b"".join(out)

    def _numbered(self, markup: bytes) -> bytes:
        return _REFERENCE.sub(self._number, markup)

    def _number(self, reference: re.Match[bytes]) -> bytes:
        text = NAMED.get(reference[1].decode("latin-1"))
        if text is not None:
            return "".join(f"&#{ord(character)};" for character in text).encode("ascii")
        self.has_unknown = True
        return b"&#%d;%b&#%d;" % (ord(_OPEN), reference[1], ord(_CLOSE))


def number_entities(document: bytes) -> tuple[bytes, bool]:
    """A whole document with its named entities as numbers, and whether there are any that are not known."""
    if not _REFERENCE.search(document):
        return document, False
    numbered = NumberedEntities()
    return numbered.feed(document) + numbered.close(), numbered.has_unknown


def reject_unknown(article: Element) -> None:
    """Raise ParseError where a name is in no standard set: the text it stood for is not known."""
    for element in article.iter("*"):
        for text in (element.text, element.tail, *element.attrib.values()):
            if found := _UNKNOWN.search(str(text)):
                where = f"(line {element.sourceline})"
                raise ParseError("entity", f"the entity &{found[1][:60]}; {where} is not a standard one")


def reject_declared(article: Element) -> None:
    """Raise ParseError where the document's own DTD declares entities: only attacks and lost text come of them."""
    dtd = article.getroottree().docinfo.internalDTD
    declared = next(cast(Any, dtd).iterentities(), None) if dtd is not None else None
    if declared is not None:
        raise ParseError("entity", f"declares entities of its own (&{declared.name};), which is not accepted")
