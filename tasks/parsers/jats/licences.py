"""The licence of an article as an SPDX identifier, and whether the article says that it is open access.

A Creative Commons URL decides, the licence's own before one in its text; then the licence's name in the text. Where
the text names the licence without a version it is given without one (``CC-BY``): not an SPDX identifier, but all
that the article says. Any other licence is given as its URL, else as its text.
"""

import re

from tasks.parsers.jats.elements import HREF, LICENSE_REF, Element, fold, raw_text

_URL = re.compile(
    r"creativecommons\.org/(?:(licen[sc]es?)/(by(?:-n[cd])?(?:-sa|-nd|-nc)?|zero)|(publicdomain)/(zero|mark))"
    r"(?:/(\d\.\d))?(?:/([a-z]{2,3}|igo|scotland)(?![a-z]))?",
    re.IGNORECASE,
)
#: The ported licences that SPDX has identifiers for; the others are given as the unported one.
_PORTED = {
    "CC-BY-2.5-AU", "CC-BY-3.0-AT", "CC-BY-3.0-AU", "CC-BY-3.0-DE", "CC-BY-3.0-IGO", "CC-BY-3.0-NL",
    "CC-BY-3.0-US", "CC-BY-NC-3.0-DE", "CC-BY-NC-ND-3.0-DE", "CC-BY-NC-ND-3.0-IGO", "CC-BY-NC-SA-2.0-DE",
    "CC-BY-NC-SA-2.0-FR", "CC-BY-NC-SA-2.0-UK", "CC-BY-NC-SA-3.0-DE", "CC-BY-NC-SA-3.0-IGO",
    "CC-BY-ND-3.0-DE", "CC-BY-SA-2.0-UK", "CC-BY-SA-2.1-JP", "CC-BY-SA-3.0-AT", "CC-BY-SA-3.0-DE",
    "CC-BY-SA-3.0-IGO",
}  # fmt: skip
_CC0 = re.compile(r"\bCC[- ]?0\b|\bCC[- ]Zero\b|Creative Commons (?:CC0|Zero|Public Domain)", re.IGNORECASE)
#: ``CC BY-NC 4.0``, ``CCBY``, ``(CC-BY)``
_SHORT = re.compile(
    r"\bCC[- ]?BY((?:[- ](?:NC|ND|SA))*)\b[\s)(:,-]*(?:Licen[sc]e)?[\s)(,-]*(?:v(?:ersion)?\.?\s*)?(\d\.\d)?",
    re.I,
)
_NAME = re.compile(
    r"Creative Commons[\s:,–-]*(?:CC )?Attributions?(.{0,60}?)(?:licen[sc]e|\(|,|\.\s|$)(.{0,40})",
    re.IGNORECASE | re.DOTALL,
)
_VERSION = re.compile(r"\b([1-4]\.\d)\b")
_TERMS = (
    ("NC", re.compile(r"non[- ‐‑–]?commercial", re.IGNORECASE)),
    ("ND", re.compile(r"no[- ‐‑–]?deriv", re.IGNORECASE)),
    ("SA", re.compile(r"share[- ‐‑–]?alike", re.IGNORECASE)),
)
_OPEN_ARTICLE = re.compile(r"\bopen[- ]access article\b", re.IGNORECASE)
_OPEN_TYPES = {"open-access", "openaccess", "open access", "open"}


def licence(meta: Element) -> tuple[str | None, bool | None]:
    """``license`` and ``is_open_access`` of an ``article-meta``; the second is None where nothing says so."""
    holders = [*meta.findall("permissions"), meta]
    licences = [item for holder in holders for item in holder.findall("license")]
    name = _best([_of_licence(item) for item in licences])
    if not is_creative_commons(name):
        stated = [_by_text(fold(raw_text(item))) for h in holders for item in h.findall("copyright-statement")]
        name = next(filter(None, stated), name)
    is_open: bool | None = True if is_creative_commons(name) else None
    if any(item.get("license-type", "").lower() in _OPEN_TYPES for item in licences):
        is_open = True
    if any(_OPEN_ARTICLE.search(raw_text(item)) for item in licences):
        is_open = True
    return name, is_open if is_open else _stated_open(meta)


def named(text: str) -> str | None:
    """The licence that a text or URL names, as everywhere here: ``cc by-nc`` as ``CC-BY-NC``; None for no text."""
    return _by_url(text) or _by_text(text) or text or None


def is_creative_commons(name: str | None) -> bool:
    """Whether a licence, as given here, is one of Creative Commons."""
    return name is not None and re.match(r"CC(-BY|0|-PDDC|-PDM)", name) is not None


def _best(names: list[str | None]) -> str | None:
    return next((name for name in names if is_creative_commons(name)), next(filter(None, names), None))


def _stated_open(meta: Element) -> bool | None:
    """Of the archive's own properties: ``pmc-prop-open-access`` yes or no."""
    for item in meta.iter("custom-meta"):
        if fold(item.findtext("meta-name")) == "pmc-prop-open-access":
            return {"yes": True, "no": False}.get(fold(item.findtext("meta-value")).lower())
    return None


def _of_licence(element: Element) -> str | None:
    own = [element.get(HREF, ""), *(fold(item.text) for item in element.findall(LICENSE_REF))]
    links = [link.get(HREF, "") for link in element.iter("ext-link", "uri")]
    text = fold(raw_text(element))
    return _by_url(*own) or _by_url(*links, text) or _by_text(text) or next(filter(None, own), None) or text or None


def _by_url(*texts: str) -> str | None:
    found = [match for text in texts for match in _URL.finditer(text)]
    for match in sorted(found, key=lambda match: match[3] is not None):
        terms = (match[2] or match[4]).upper()
        if terms == "ZERO":
            return "CC0-1.0"
        if terms == "MARK":
            return "CC-PDM-1.0"
        name = "-".join(filter(None, ("CC", terms.replace("BY-ND-NC", "BY-NC-ND"), match[5])))
        ported = f"{name}-{(match[6] or '').upper()}"
        return ported if ported in _PORTED else name
    return None


def _by_text(text: str) -> str | None:
    if short := _SHORT.search(text):
        terms = re.findall(r"NC|ND|SA", short[1].upper())
        version = short[2]
    elif named := _NAME.search(text):
        terms = [term for term, pattern in _TERMS if pattern.search(named[1])]
        version = None
    else:
        return "CC0-1.0" if _CC0.search(text) else None
    if version is None and (near := _NAME.search(text)):
        stated = _VERSION.search(near[1]) or _VERSION.search(near[2])
        version = stated[1] if stated else None
    return "-".join(filter(None, ("CC", "BY", *terms, version)))
