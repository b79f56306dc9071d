"""A citation as readable text: its own words where it has them, else its parts set with usual punctuation."""

from tasks.parsers.jats.elements import Element, fold, raw_text
from tasks.parsers.jats.people import NAME_TAGS, collective, name_parts, together
from tasks.parsers.jats.text import BODY, Pieces, Rules, closed_up, ends_in_word, inline, write

_WORDS = """
article-title chapter-title source trans-title trans-source data-title part-title series publisher-name
publisher-loc comment collab conf-name conf-loc person-group edition ext-link uri patent
"""
_NUMBERS = "year month day season volume issue fpage lpage elocation-id page-range size isbn date-in-citation"
_SIGNS = {"doi": "doi:", "pmid": "PMID:", "pmcid": "", "pmc": "PMC:"}
_SIGNED = ("doi", "pmid", "pubmed", "pubmed id", "pmc")
#: White space and marks that may follow such a sign.
_AFTER_SIGN = ":." + "".join(filter(str.isspace, map(chr, range(0x3001))))
_NAMED = (*NAME_TAGS, "collab")
_PEOPLE = {*_NAMED, "etal", "person-group"}
_TITLES = ("article-title", "chapter-title", "part-title", "data-title", "trans-title")
_IMPRINT = {"year", "month", "day", "season", "volume", "issue", "fpage", "lpage", "elocation-id", "page-range"}

#: The text of elements that were read already, as a part of a citation; a name with the surname first.
Said = dict[Element, str]


def citation_text(citation: Element, children: list[Element], said: Said) -> str:
    """The whole citation on one line, without its label.

    children: of the citation. said: what is known already of elements in it.
    """
    if not _has_own_words(citation, children):
        return _composed(children, said)
    out: Pieces = []
    write(citation, out, CITATION)
    return closed_up(fold("".join(out)))


def _has_own_words(citation: Element, children: list[Element]) -> bool:
    """Whether there is more than white space between the parts."""
    return _has_words(citation.text) or any(_has_words(child.tail) for child in children)


def _has_words(text: str | None) -> bool:
    """Whether text is more than white space."""
    return text is not None and text != "" and not text.isspace()


def _skip(_element: Element, _out: Pieces, _rules: Rules) -> None:
    pass


def _words(element: Element, out: Pieces, rules: Rules) -> None:
    if ends_in_word(out, also=".,;)”"):
        out.append(" ")
    write(element, out, rules)


def _id(element: Element, out: Pieces, rules: Rules) -> None:
    """An identifier says what it is, unless the words before it did; one that was just said is not said again."""
    text = inline(element, rules)
    before = "".join(out[-8:])[-80:]
    if not text or text in before:
        return
    if before and not before[-1].isspace() and before[-1] not in "(/:=":
        out.append(" ")
    sign = _sign(element, text)
    if sign and not _is_signed(before):
        out.append(sign)
    out.append(text)


def _is_signed(before: str) -> bool:
    """Whether words end in what an identifier is called, as ``doi: ``."""
    words = before.lower()
    return words.rstrip(_AFTER_SIGN).endswith(_SIGNED) or words.endswith("doi.org/")


def _sign(element: Element, text: str) -> str:
    """What says which kind of identifier this text is; nothing where it says so itself."""
    sign = _SIGNS.get(element.get("pub-id-type", "").lower(), "")
    return sign if sign and not text.lower().startswith(("http", sign.lower())) else ""


def _number(element: Element, out: Pieces, rules: Rules) -> None:
    if ends_in_word(out):
        out.append(" ")
    write(element, out, rules)


def _name(element: Element, out: Pieces, rules: Rules) -> None:
    """A name after a name has a comma, and its parts are apart, where the file has nothing between them."""
    before = element.getprevious()
    if before is not None and before.tag in _NAMED and not _has_words(before.tail):
        out.append(", ")
    elif ends_in_word(out, also=".,;"):
        out.append(" ")
    if text := element.text:
        out.append(text)
    for part in element:
        if out and out[-1][-1:].isalnum():
            out.append(" ")
        if len(part):
            write(part, out, rules)
        elif text := part.text:
            out.append(text)
        if tail := part.tail:
            out.append(tail)


def _et_al(element: Element, out: Pieces, _rules: Rules) -> None:
    before = element.getprevious()
    if before is not None and not _has_words(before.tail):
        out.append(", ")
    out.append(fold(raw_text(element)) or "et al")


CITATION: Rules = {
    **BODY,
    **dict.fromkeys(_WORDS.split(), _words),
    **dict.fromkeys(_NUMBERS.split(), _number),
    **dict.fromkeys(("pub-id", "object-id"), _id),
    **dict.fromkeys(NAME_TAGS, _name),
    "etal": _et_al,
    "label": _skip,
}


def _composed(children: list[Element], said: Said) -> str:
    """``Smith J, Jones A. Title. Journal. 2020;12(3):45-67. doi:10.1/x.`` and what else there is, in order."""
    names: list[str] = []
    titles: list[str] = []
    others: list[str] = []
    ids: list[str] = []
    source = ""
    imprint: dict[str, str] = {}
    for child in children:
        tag = str(child.tag)
        if tag in _PEOPLE:
            names.append(_group(child, said) if tag == "person-group" else _one(child, said))
        elif tag != "label":
            text = said.get(child)
            if text is None:
                text = inline(child, CITATION)
            if tag == "pub-id":
                ids.append(text and _sign(child, text) + text)
            elif tag in _IMPRINT and tag not in imprint:
                imprint[tag] = text
            elif tag in _TITLES:
                titles.append(text)
            elif tag == "source" and not source:
                source = text
            else:
                others.append(text)
    parts = [", ".join(filter(None, names)), *titles, source, _imprint(imprint), *others, *ids]
    return _sentences(parts)


def _sentences(parts: list[str]) -> str:
    text = ""
    for part in filter(None, parts):
        text += (" " if text[-1:] in ".?!" else ". ") + part if text else part
    return text if not text or text[-1] in ".?!" else text + "."


def _group(group: Element, said: Said) -> str:
    names = ", ".join(filter(None, [_one(child, said) for child in group]))
    is_editors = group.get("person-group-type", "").startswith("editor")
    return f"{names} (editors)" if names and is_editors else names or fold(group.text)


def _one(child: Element, said: Said) -> str:
    tag = child.tag
    if tag in NAME_TAGS and (name := said.get(child)):
        return name
    if tag == "etal":
        return "et al"
    if tag == "collab":
        return collective(child)
    return together(*name_parts(child)) or inline(child, CITATION)


def _imprint(parts: dict[str, str]) -> str:
    when = " ".join([parts[tag] for tag in ("year", "season", "month", "day") if parts.get(tag)])
    issue = f"({parts['issue']})" if parts.get("issue") else ""
    where = parts.get("volume", "") + issue
    pages = pages_text(parts)
    if pages:
        where += (":" if where else "") + pages
    return ";".join(filter(None, (when, where)))


def pages_text(parts: dict[str, str]) -> str:
    """The pages of a citation, ``45-67``, or its article number."""
    first, last = parts.get("fpage", ""), parts.get("lpage", "")
    if first:
        return f"{first}-{last}" if last and last != first else first
    return parts.get("page-range") or parts.get("elocation-id") or last
