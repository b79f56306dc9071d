"""Entities that a DTD would have declared (``&Aacute;``, ``&minus;``): resolved from the standard sets.

JATS and NLM files use the ISO and HTML sets through a DTD that is never loaded here. ``html.entities`` holds the
HTML5 names, which take in the ISO sets but for the older Greek ones; those are added below, and the signs of angle
and time of the astronomers' own set (AASTeX), which their files cannot do without.
"""

import re
from html.entities import html5
from typing import Any, cast

from lxml import etree

from tasks.parsers.jats.elements import Element
from tasks.parsers.rows import ParseError

_OWN_TO_XML = {"amp", "lt", "gt", "quot", "apos"}

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

_SUSPECT = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;)[A-Za-z]")
#: What keeps its ampersands (comments, CDATA, instructions; to the end if never closed), else a named reference.
_TOKEN = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|&([A-Za-z][A-Za-z0-9.]{0,40});",
    re.DOTALL,
)


def _as_number(match: re.Match[bytes]) -> bytes:
    name = match[1]
    if name is None:
        return match[0]
    text = NAMED.get(name.decode("ascii"))
    if text is None or name.decode("ascii") in _OWN_TO_XML:
        return match[0]
    return "".join(f"&#{ord(character)};" for character in text).encode("ascii")


def number_entities(document: bytes) -> bytes:
    """The document with each reference to a standard name as a numeric one, which needs no DTD.

    Works on any encoding that writes ASCII as ASCII. Names it does not know stay, for the parser to name.
    """
    return _TOKEN.sub(_as_number, document) if _SUSPECT.search(document) else document


def resolve_entities(article: Element) -> None:
    """Put the text of each entity node that survived parsing in its place.

    Raises ParseError where the name is in no standard set: the text it stood for is not known.
    """
    if next(article.iter(etree.Entity), None) is None:
        return
    for node in list(article.iter(etree.Entity)):
        name = str(cast(Any, node).name)
        if name not in NAMED:
            raise ParseError("entity", f"the entity &{name}; (line {node.sourceline}) is not a standard one")
        text = NAMED[name] + (node.tail or "")
        before, parent = node.getprevious(), node.getparent()
        assert parent is not None
        if before is None:
            parent.text = (parent.text or "") + text
        else:
            before.tail = (before.tail or "") + text
        parent.remove(node)


def reject_declared(article: Element) -> None:
    """Raise ParseError where the document's own DTD declares entities: only attacks and lost text come of them."""
    dtd = article.getroottree().docinfo.internalDTD
    declared = next(cast(Any, dtd).iterentities(), None) if dtd is not None else None
    if declared is not None:
        raise ParseError("entity", f"declares entities of its own (&{declared.name};), which is not accepted")
