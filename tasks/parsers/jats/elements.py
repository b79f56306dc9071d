"""The names the rest of the room shares: the element type, namespaces, and a folded read of a short element."""

from collections.abc import Iterable

from lxml import etree

Element = etree._Element

HREF = "{http://www.w3.org/1999/xlink}href"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
LICENSE_REF = "{http://www.niso.org/schemas/ali/1.0/}license_ref"
TAXPUB = "{http://www.plazi.org/taxpub}"


def fold(text: str | None) -> str:
    """White space, of any kind and length, as single spaces; nothing at the ends."""
    if not text:
        return ""
    if text.isprintable() and "  " not in text:  # then its only white space are single spaces
        return text.strip()
    return " ".join(text.split())


def first(elements: Iterable[Element], tag: str) -> Element | None:
    """The first of some elements that has this name."""
    for element in elements:
        if element.tag == tag:
            return element
    return None


def raw_text(element: Element) -> str:
    """All text below an element, just as it stands."""
    if not len(element):
        return element.text or ""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def use_plain_names(article: Element) -> None:
    """Strip JATS' own namespace, and TaxPub's, so that everything after can ask for plain names.

    Most files have no default namespace at all; only those that do pay for the renaming.
    """
    own, brace, _ = str(article.tag).rpartition("}")
    for namespace in {own + brace, TAXPUB} - {""}:
        for element in article.iter(namespace + "*"):
            element.tag = local_name(element)
