"""The authors of a record, from its list of authors, else from its line of authors."""

import re
from typing import Any

from schemas.identifiers import normalise_orcid
from tasks.parsers.answers import get, many, text, texts
from tasks.parsers.markup import plain
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere.authors import is_collective

#: ``Haas-Kogan DA``, ``le Roux PC``, ``Smith J Jr``: surname, initials, generation.
_LISTED = re.compile(
    r"(?P<surname>\S.*?) (?P<given>[^\W\d_]{1,5}(?:-[^\W\d_]{1,3})?)-?"
    r"(?: (?P<generation>Jr|Sr|II|III|IV|2nd|3rd|4th)\.?)?"
)


def authors(record: dict[str, Any]) -> list[Row]:
    """The rows of the authors in order; of a lite record their names as far as its line of authors says them."""
    rows = [row for author in many(get(record, "authorList", "author")) if (row := _author(author))]
    if not rows:
        return [_person(name) for name in listed(text(get(record, "authorString")))]
    first_of_all = text(get(record, "affiliation"))
    if first_of_all and not rows[0]["is_collective"] and not any(row["affiliations"] for row in rows):
        rows[0]["affiliations"] = [plain(first_of_all)]
    return rows


def listed(line: str | None) -> list[str]:
    """The names of ``Reed I, Marsh B, et al.``"""
    names = [name.strip() for name in plain(line or "").removesuffix(".").split(",")]
    return [name for name in names if name and not re.fullmatch(r"et al\.?|…|\.\.\.", name)]


def display_name(name: str) -> str:
    """``Reed IB`` as ``IB Reed``, as every source has it; what is no such name stays as it is."""
    return str(_person(name)["name"])


def _person(name: str) -> Row:
    found = _LISTED.fullmatch(name)
    if found is None or not found["given"].isupper():
        return {"name": name, "is_collective": is_collective(name)}
    given, surname = found["given"], found["surname"]
    whole = " ".join(filter(None, (given, surname, found["generation"])))
    return {"name": whole, "given_names": given, "surname": surname, "is_collective": False}


def _author(author: Any) -> Row | None:
    shared: Row = {"orcid": _orcid(author), "affiliations": _affiliations(author) or None}
    if group := text(get(author, "collectiveName")):
        return {"name": plain(group), "is_collective": True} | shared
    surname = plain(text(get(author, "lastName")) or "") or None
    given = plain(text(get(author, "firstName")) or text(get(author, "initials")) or "") or None
    if surname:
        return {
            "name": f"{given} {surname}" if given else surname,
            "given_names": given,
            "surname": surname,
            "is_collective": False,
        } | shared
    full = plain(text(get(author, "fullName")) or text(author) or "") or given
    return _person(full) | shared if full else None


def _orcid(author: Any) -> str | None:
    """``{"type", "value"}``, or as XML turned to JSON has it."""
    for item in many(get(author, "authorId")):
        kind = text(get(item, "type")) or text(get(item, "@type")) or text(get(item, "$", "type")) or "ORCID"
        value = text(get(item, "value")) or text(item)
        if kind.upper() == "ORCID" and value:
            return normalise_orcid(value)
    return None


def _affiliations(author: Any) -> list[str]:
    """In the three forms that records have had: details, a list of texts, one text."""
    detailed = many(get(author, "authorAffiliationDetailsList", "authorAffiliation"))
    found = [affiliation for item in detailed for affiliation in texts(get(item, "affiliation"))]
    found = found or texts(get(author, "authorAffiliationsList", "authorAffiliation"))
    found = found or texts(get(author, "affiliation"))
    return list(dict.fromkeys(filter(None, map(plain, found))))
