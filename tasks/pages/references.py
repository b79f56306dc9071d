"""The reference list of a page: a numbered item each, whose links say the ids that its text does not."""

import re
from urllib.parse import quote

from tasks.pages.markdown import line, link
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import identifiers

_ADDRESSES = {
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
}
#: A label that a list can have: ``12``, ``12.``, ``[12]``. More digits Markdown does not read as a number.
_NUMBER = re.compile(r"[\[(]?(\d{1,9})[\])]?[.):]?")


def render(rows: list[Row]) -> str:
    """The list."""
    items = ""
    was_numbered = None
    for row in rows:
        number = _NUMBER.fullmatch(row.get("label") or "")
        if items:  # without an empty line, `2.` below `- …` would be read as its text
            items += "\n" if was_numbered == bool(number) else "\n\n"
        items += f"{number[1]}. {_citation(row)}" if number else f"- {_citation(row)}"
        was_numbered = bool(number)
    return items


def _citation(row: Row) -> str:
    """The reference as text. Ids that are not in it are what its last words link to."""
    text = row.get("citation") or _from_fields(row)
    said = identifiers.find(text)
    urls = [
        address.format(quote(row[column]))
        for column, address in _ADDRESSES.items()
        if row.get(column) and said.get(column) != row[column]
    ]
    if not urls:
        return line(text)
    words = text.split()
    first = max(len(words) - len(urls), 0)
    linked = [link(word, url) for word, url in zip([*words[first:], *[""] * len(urls)], urls, strict=False)]
    return " ".join([line(" ".join(words[:first])), *linked]).strip()


def _from_fields(row: Row) -> str:
    """A reference that no source gives as a whole, as text."""
    place = [row.get("volume"), row.get("pages")]
    year = ";".join(filter(None, [str(row.get("year") or ""), ":".join(part for part in place if part)]))
    parts = [", ".join(row.get("authors") or []), row.get("title"), row.get("journal"), year]
    return ". ".join(part.rstrip(".") for part in parts if part)
