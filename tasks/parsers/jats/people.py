"""People as the article names them: display names, authors in order, their ORCID iDs and affiliations."""

import re
from collections.abc import Iterator

from schemas.identifiers import normalise_orcid
from tasks.parsers.jats.elements import HREF, Element, fold
from tasks.parsers.jats.text import TITLE, Pieces, Rules, closed_up, inline, write
from tasks.parsers.rows import Row

NAME_TAGS = ("name", "string-name")
NameParts = tuple[str, str, str]
_NOT_AUTHORS = re.compile(r"editor|review|translat|illustrat|guest|advis|referee|transcri|compil|curator", re.I)
_ORCID_DIGITS = re.compile(r"\d{4}-?\d{4}-?\d{4}-?\d{3}[\dXx]")
#: Marks on end, where what stood between them is left out.
_MARKS = re.compile(r"([,;])(?: ?[,;])+")
#: What is left of ``Email: <email>…</email>`` without the address.
_MAIL_LABEL = re.compile(r"[ (]*\b(?:e-?mail|electronic)(?: address(?:es)?)?: ?(?=$|[;,)])[;,) ]*", re.IGNORECASE)


def _skip(_element: Element, _out: Pieces, _rules: Rules) -> None:
    pass


_NAME_RULES: Rules = {**TITLE, "xref": _skip, "degrees": _skip}
_COLLAB_RULES: Rules = {
    **TITLE,
    **dict.fromkeys(("contrib-group", "xref", "address", "aff", "fn", "role", "contrib-id", "email"), _skip),
}


def name_parts(element: Element) -> NameParts:
    """Surname, given names and suffix of a ``name`` or ``string-name``."""
    surname = given = suffix = ""
    for child in element:
        tag = child.tag
        if tag == "surname":
            surname = inline(child, _NAME_RULES) if len(child) else fold(child.text)
        elif tag == "given-names":
            given = inline(child, _NAME_RULES) if len(child) else fold(child.text)
        elif tag == "suffix":
            suffix = inline(child, _NAME_RULES)
    return surname, given, suffix


def display_name(element: Element, parts: NameParts) -> str:
    """A ``name`` or ``string-name`` as one: ``Ada B. Lovelace Jr.``; parts: as ``name_parts`` gives them."""
    surname, given, suffix = parts
    if not given and not surname:
        return inline(element, _NAME_RULES).strip(" ,;")
    return together(given, surname, suffix)


def together(first: str, second: str, suffix: str) -> str:
    """The parts of a name that there are, in this order."""
    name = f"{first} {second}".strip()
    return f"{name} {suffix}".strip() if suffix else name


def collective(element: Element) -> str:
    """The name of a group, without its members and marks."""
    return inline(element, _COLLAB_RULES).strip(" ,;:")


def authors(meta: Element) -> list[Row]:
    """The rows of ``authors`` of an ``article-meta``, a group before its members; editors and the like are none."""
    notes = _Notes(meta)
    rows: list[Row] = []
    for group in meta.findall("contrib-group"):
        for contrib in group.findall("contrib"):
            if _is_author(contrib, group):
                rows.extend(_rows(contrib, group, notes))
    if not any(row["is_corresponding"] for row in rows):  # then the file does not say who is
        rows = [row | {"is_corresponding": None} for row in rows]
    return rows


def _is_author(contrib: Element, group: Element) -> bool:
    kind = contrib.get("contrib-type")
    if kind is None:
        roles = " ".join(inline(role, TITLE) for role in contrib.findall("role"))
        kind = f"{group.get('content-type', '')} {roles}"
    return not _NOT_AUTHORS.search(kind)


def _rows(contrib: Element, group: Element, notes: "_Notes") -> Iterator[Row]:
    holder = contrib.find("name-alternatives")
    named = next((item for item in contrib if item.tag in NAME_TAGS), None)
    if named is None and holder is not None:
        named = next((item for item in holder if item.tag in NAME_TAGS), None)
    collab = contrib.find("collab")
    if collab is None:
        collab = contrib.find("collab-alternatives/collab")
    own = {
        "orcid": _orcid(contrib),
        "affiliations": notes.affiliations.of(contrib, group) or None,
        "is_corresponding": notes.is_corresponding(contrib),
    }
    if named is not None:
        parts = name_parts(named)
        if name := display_name(named, parts):
            surname, given, suffix = (part or None for part in parts)
            row = {"name": name, "given_names": given, "surname": surname, "suffix": suffix}
            yield {**row, "is_collective": False, **own}
            own = {"orcid": None, "affiliations": None, "is_corresponding": False}
    elif contrib.find("anonymous") is not None:
        yield {**_undivided("Anonymous"), "is_collective": False, **own}
    if collab is not None:
        if name := collective(collab):
            yield {**_undivided(name), "is_collective": True, **own}
        for members in (*collab.findall("contrib-group"), *contrib.findall("contrib-group")):
            for member in members.findall("contrib"):
                if _is_author(member, members):
                    yield from _rows(member, members, notes)


def _undivided(name: str) -> Row:
    return {"name": name, "given_names": None, "surname": None, "suffix": None}


def _orcid(contrib: Element) -> str | None:
    for item in contrib.findall("contrib-id"):
        text = fold(item.text)
        if "orcid" in item.get("contrib-id-type", "").lower() or "orcid.org" in text.lower():
            return normalise_orcid(text)
    for item in contrib.iterchildren("ext-link", "uri"):
        address = item.get(HREF) or fold(item.text)
        is_orcid = item.get("ext-link-type", "").lower() == "orcid" or "orcid.org" in address.lower()
        if is_orcid and _ORCID_DIGITS.search(address):
            return normalise_orcid(address)
    return None


class _Notes:
    """What an ``article-meta`` says of its contributors in other places: affiliations, and who is corresponding."""

    def __init__(self, meta: Element) -> None:
        self.affiliations = _Affiliations(meta)
        notes = (*meta.iterfind("author-notes/corresp"), *meta.iterfind("author-notes/fn[@fn-type='corresp']"))
        self._corresponding = {note.get("id") for note in notes} - {None}

    def is_corresponding(self, contrib: Element) -> bool:
        """By the contributor's own attribute, else by a reference to a note on correspondence."""
        marks = contrib.findall("xref")
        return contrib.get("corresp") == "yes" or any(
            mark.get("ref-type") == "corresp" or not self._corresponding.isdisjoint(mark.get("rid", "").split())
            for mark in marks
        )


class _Affiliations:
    """The affiliations of an ``article-meta`` as text, and who has which.

    A contributor's own ``xref`` decides, by id or, without one, by label; then an ``aff`` within the contributor.
    Where no contributor refers to any, those that follow a run of contributors in the group belong to the run, and
    those outside of all groups to everyone.
    """

    def __init__(self, meta: Element) -> None:
        self._by_id: dict[str, str] = {}
        self._by_label: dict[str, str] = {}
        for element in meta.iter("aff"):
            text = affiliation(element)
            for owner in (element, element.getparent()):
                if owner is not None and owner.tag in ("aff", "aff-alternatives") and (key := owner.get("id")):
                    self._by_id.setdefault(key, text)
            if label := inline(element.find("label"), TITLE) or _leading_mark(element):
                self._by_label.setdefault(label, text)
        self._is_keyed = any(self._referred(contrib) for contrib in meta.iter("contrib"))
        self._outside = [affiliation(item) for item in _affs(meta)]

    def of(self, contrib: Element, group: Element) -> list[str]:
        own = self._referred(contrib) + [affiliation(item) for item in _affs(contrib)]
        if not own and not self._is_keyed:
            own = self._following(contrib) or [affiliation(item) for item in _affs(group)] or self._outside
        return [text for text in dict.fromkeys(own) if text]

    def _referred(self, contrib: Element) -> list[str]:
        found: list[str] = []
        for xref in contrib.iterchildren("xref"):
            keys = xref.get("rid", "").split()
            found.extend(self._by_id[key] for key in keys if key in self._by_id)
            if not keys and xref.get("ref-type") == "aff":
                labels = re.split(r"[,;\s]+", inline(xref, {}))
                found.extend(self._by_label[label] for label in labels if label in self._by_label)
        return found

    @staticmethod
    def _following(contrib: Element) -> list[str]:
        found: list[str] = []
        for item in contrib.itersiblings():
            if item.tag in ("aff", "aff-alternatives"):
                found.extend(affiliation(aff) for aff in _affs_of(item))
            elif item.tag == "contrib" and found:
                break
        return found


def _affs(holder: Element) -> Iterator[Element]:
    for item in holder.iterchildren("aff", "aff-alternatives"):
        yield from _affs_of(item)


def _affs_of(item: Element) -> list[Element]:
    return [item] if item.tag == "aff" else item.findall("aff")[:1]


def _leading_mark(aff: Element) -> str:
    """The number or sign that a file without labels puts in front, as ``<sup>1</sup>``."""
    if len(aff) and aff[0].tag in ("sup", "bold", "italic") and not fold(aff.text):
        text = inline(aff[0], {})
        return text if len(text) <= 3 else ""
    return ""


def affiliation(element: Element) -> str:
    """An ``aff`` as one line: without label, ids and addresses of people; parts apart by commas."""
    if (whole := element.find("institution[@content-type='original']")) is not None:
        return inline(whole, _AFFILIATION_RULES)
    out: Pieces = []
    if _leading_mark(element):
        out.append(element[0].tail or "")
        for child in element[0].itersiblings():
            _AFFILIATION_RULES.get(child.tag, write)(child, out, _AFFILIATION_RULES)
            out.append(child.tail or "")
    else:
        write(element, out, _AFFILIATION_RULES)
    text = closed_up(fold("".join(out)))
    if ":" in text:
        text = _MAIL_LABEL.sub("", text)
    return _MARKS.sub(r"\1", text).strip(" ,;")


def _part(element: Element, out: Pieces, rules: Rules) -> None:
    """A part of an address; where the file has nothing between two parts, a comma goes there."""
    before = element.getprevious()
    while before is not None and not fold(before.tail) and before.tag in ("label", "institution-id", "xref"):
        before = before.getprevious()
    if before is not None and before.tag in _PARTS and not fold(before.tail):
        last = "".join(out[-3:]).rstrip()[-1:]
        out.append(" " if last in ",;:(" else ", ")
    write(element, out, rules)


def _line_break(_element: Element, out: Pieces, _rules: Rules) -> None:
    last = "".join(out[-2:]).rstrip()[-1:]
    out.append(", " if last.isalnum() else " ")


_PARTS = {
    "institution", "institution-wrap", "addr-line", "country", "city", "state", "postal-code", "named-content",
}  # fmt: skip
_AFFILIATION_RULES: Rules = {
    **TITLE,
    **dict.fromkeys(_PARTS, _part),
    "break": _line_break,
    **dict.fromkeys(("label", "institution-id", "xref", "email", "phone", "fax", "fn"), _skip),
}
