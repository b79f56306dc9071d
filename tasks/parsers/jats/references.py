"""The reference lists of an article: a row a citation, in order, with every identifier that is in it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.jats.citations import CITATION, Said, citation_text, pages_text
from tasks.parsers.jats.elements import HREF, Element, first, fold
from tasks.parsers.jats.people import NAME_TAGS, collective, display_name, name_parts, together
from tasks.parsers.jats.text import Pieces, inline, write
from tasks.parsers.rows import Row

_CITATION_TAGS = {"element-citation", "mixed-citation", "nlm-citation", "citation"}
_REF_TAGS = {*_CITATION_TAGS, "citation-alternatives", "label"}
_FIELDS = {
    "article-title", "chapter-title", "part-title", "data-title", "source", "year", "volume", "fpage", "lpage",
    "page-range", "elocation-id",
}  # fmt: skip
_TITLES = ("article-title", "chapter-title", "part-title", "data-title")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
#: Angle brackets stand in the older DOIs of some publishers, in pairs.
_DOI = re.compile(r"\b10\.\d{4,9}(?:\.\d+)*/(?:[^\s\"<>]|<[^\s<>]*>)+")
_PUBMED = re.compile(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(?:\?term=)?(\d+)", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:?\s*(\d{1,9})\b")
_PMCID = re.compile(r"\bPMC\s?(\d{4,10})\b")


def references(article: Element) -> list[Row]:
    """The rows of ``references``: of every ``ref`` of the article itself, wherever its lists are."""
    rows: list[Row] = []
    for part in article.iterchildren("front", "body", "back", "floats-group"):
        for ref in part.iter("ref"):
            rows.extend(_rows(ref))
    return rows


def _rows(ref: Element) -> list[Row]:
    children = list(ref)
    label = inline(first(children, "label"), CITATION) or None
    rows = [_row(texts, fields, label) for texts, fields in _citations(children)]
    beside = _beside_citations(ref.text, children)
    if not rows:  # only a note, which may cite works in its text
        found = _gathered(children)
        return [{"label": label, "citation": beside or label, **_ids(found, beside)}]
    if beside:
        rows[-1]["citation"] = " ".join(filter(None, (rows[-1]["citation"], beside)))
    return rows


def _first_of(fields: dict[str, str], tags: Iterable[str]) -> str | None:
    for tag in tags:
        if tag in fields:
            return fields[tag]
    return None


def _beside_citations(text: str | None, children: list[Element]) -> str:
    """What a ref says besides its label and the works that it cites: notes, and words between them."""
    out: Pieces = [text or ""]
    for child in children:
        if child.tag not in _REF_TAGS:
            write(child, out, CITATION)
        if tail := child.tail:
            out += (" ", tail)
    return fold("".join(out))


def _citations(children: list[Element]) -> list[tuple[Element, Element]]:
    """Each work cited: the element that says it in words, and the one that has the most fields.

    A mixed citation and an element citation side by side are one work said twice, as SciELO writes it.
    """
    both = [child for child in children if child.tag in _CITATION_TAGS]
    if [child.tag for child in both] == ["mixed-citation", "element-citation"]:
        return [(both[0], both[1])]
    cited: list[tuple[Element, Element]] = []
    for child in children:
        tag = child.tag
        if tag in _CITATION_TAGS:
            cited.append((child, child))
        elif tag == "citation-alternatives":
            same = [item for item in child if item.tag in _CITATION_TAGS]
            if same:
                in_words = [item for item in same if item.tag == "mixed-citation"] or same
                cited.append((in_words[0], max(same, key=_richness)))
    return cited


def _richness(citation: Element) -> int:
    return sum(1 for item in citation.iter() if item.tag in _FIELDS or item.tag == "surname")


@dataclass(slots=True)
class _Found:
    """What a citation says in its tags: the first of each field and id, all links, names by kind of group.

    said: what its elements say, for the text of the whole.
    """

    fields: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    object_ids: dict[str, str] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    said: Said = field(default_factory=dict)


def _gathered(children: list[Element]) -> _Found:
    """What the children of a citation say; names outside of all groups are in the group without a name."""
    found = _Found()
    _gather(children, found, found.names.setdefault("", []))
    return found


def _gather(elements: Iterable[Element], found: _Found, names: list[str]) -> None:
    """Take in what elements say, and all below them; names: of the group that they are in."""
    for child in elements:
        reader = _READERS.get(child.tag)
        if reader is not None:
            reader(child, found, names)
        elif len(child):
            _gather(child, found, names)


def _read_name(element: Element, found: _Found, names: list[str]) -> None:
    surname, given, suffix = parts = name_parts(element)
    found.said[element] = together(surname, given, suffix)
    names.append(display_name(element, parts))


def _read_collective(element: Element, _found: _Found, names: list[str]) -> None:
    names.append(collective(element))


def _read_group(element: Element, found: _Found, _names: list[str]) -> None:
    _gather(element, found, found.names.setdefault(element.get("person-group-type", "author"), []))


def _read_id(element: Element, found: _Found, _names: list[str]) -> None:
    kind = element.get("pub-id-type", "").lower()
    value = found.said[element] = inline(element, CITATION)
    if value:
        ids = found.ids if element.tag == "pub-id" else found.object_ids
        kind = "pmcid" if kind == "pmc" else kind
        if value.startswith(ids.get(kind, value)):  # the first, unless a later one has it in full
            ids[kind] = value


def _read_field(element: Element, found: _Found, names: list[str]) -> None:
    text = found.said[element] = inline(element, CITATION)
    if text:
        found.fields.setdefault(element.tag, text)
    if len(element):
        _gather(element, found, names)


def _read_link(element: Element, found: _Found, names: list[str]) -> None:
    address = element.get(HREF) or fold(element.text)
    found.links.append((element.get("ext-link-type", "").lower(), address))
    if len(element):
        _gather(element, found, names)


_READERS: dict[str, Callable[[Element, _Found, list[str]], None]] = {
    **dict.fromkeys(_FIELDS, _read_field),
    **dict.fromkeys(NAME_TAGS, _read_name),
    **dict.fromkeys(("pub-id", "object-id"), _read_id),
    **dict.fromkeys(("ext-link", "uri"), _read_link),
    "collab": _read_collective,
    "person-group": _read_group,
}


def _row(in_words: Element, citation: Element, label: str | None) -> Row:
    parts = list(citation)
    found = _gathered(parts)
    if in_words is citation:
        words = parts
        text = citation_text(citation, parts, found.said)
    else:
        words = list(in_words)
        other = _gathered(words)
        found.ids = other.ids | found.ids
        found.links += other.links
        text = citation_text(in_words, words, other.said) or citation_text(citation, parts, found.said)
    fields, names = found.fields, found.names
    year = _YEAR.search(fields.get("year", ""))
    authors = names.get("author") or names.get("allauthors") or names.get("")
    labels = " ".join(filter(None, (label, inline(first(words, "label"), CITATION)))) or None
    return {
        "label": labels,
        "citation": text or labels,
        "title": _first_of(fields, _TITLES),
        "authors": [name for name in authors if name] or None if authors else None,
        "journal": fields.get("source"),
        "year": int(year[1]) if year else None,
        "volume": fields.get("volume"),
        "pages": pages_text(fields) or None,
        **_ids(found, text),
    }


def _ids(found: _Found, text: str) -> dict[str, str | None]:
    """doi, pmid and pmcid: as tagged, else as linked, else as written. Object ids count where they are numbers."""
    ids, links = found.ids, found.links
    number = found.object_ids.get("pmid", "")
    doi = normalise_doi(ids.get("doi")) or _linked_doi(links) or _doi_in(text)
    pmid = normalise_pmid(ids.get("pmid") or (number if number.isdecimal() else None))
    pmcid = ids.get("pmcid") or _linked(links, "pmcid", _PMCID) or _in(text, "PMC", _PMCID)
    return {
        "doi": doi,
        "pmid": pmid or _linked(links, "pmid", _PUBMED) or _in(text, "PMID", _PMID),
        "pmcid": normalise_pmcid(pmcid) if pmcid else None,
    }


def _linked_doi(links: list[tuple[str, str]]) -> str | None:
    for kind, address in links:
        found = _doi_in(unquote(address)) if kind == "doi" or "doi" in address.lower() else None
        if found:
            return found
    return None


def _doi_in(text: str) -> str | None:
    """A DOI within text, without the punctuation that follows it."""
    found = _DOI.search(text) if "10." in text else None
    if found is None:
        return None
    doi = found[0].rstrip(".,;:'”’]")
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;:")
    return normalise_doi(doi)


def _linked(links: list[tuple[str, str]], kind: str, pattern: re.Pattern[str]) -> str | None:
    for link_kind, address in links:
        if link_kind == kind and address.isdecimal():
            return address
        if found := pattern.search(address):
            return found[1]
    return None


def _in(text: str, sign: str, pattern: re.Pattern[str]) -> str | None:
    found = pattern.search(text) if sign in text else None
    return found[1] if found else None
