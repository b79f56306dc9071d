"""The head of a page: title, authors, and where the paper comes from."""

from collections.abc import Iterator
from datetime import date

from tasks.pages.markdown import heading, inline, line
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import authors as parser
from tasks.parsers.tomesphere.header import Header
from tasks.parsers.tomesphere.markdown import blocks, fold

#: How much of an ISO date each precision writes.
_WRITTEN = {"year": 4, "month": 7}


def render(paper: Row, authors: list[Row]) -> Iterator[str]:
    """The blocks of the head."""
    if paper.get("title"):
        yield heading(1, paper["title"])
    if authors:
        yield f"**Authors:** {inline(_names(authors))}"
    yield from _provenance(paper)
    for label, value in (
        ("Publisher", paper.get("publisher")),
        ("ISSN", paper.get("issn")),
        ("License", paper.get("license")),
        ("Keywords", _keywords(paper.get("keywords") or [])),
    ):
        if value:
            yield f"**{label}:** {inline(value)}"


def _names(authors: list[Row]) -> str:
    """The authors in the plainest of the forms that the parser reads as these.

    ``Ada Quill, Bo Ek`` where it can be; a comma in a name asks for semicolons, an ``and`` in the last one for
    another behind it.
    """
    names = [f"{row['name']} ({row['orcid']})" if row.get("orcid") else row["name"] for row in authors]
    expected = [(fold(row["name"]), row.get("orcid")) for row in authors]
    listed = ""
    for listed in (", ".join(names), "; ".join(names), "; ".join(names) + ";"):
        if [(row["name"], row.get("orcid")) for row in parser.read(fold(listed))] == expected:
            break
    return listed


def _provenance(paper: Row) -> Iterator[str]:
    """``PMC · DOI: 10.5555/x · Journal · 2025-07-01``, with the ids that its address does not say.

    A journal that would be read as something else (``2020``, ``Open access``) stands on a line that says what it is.
    """
    pmcid, pmid, doi, journal = (paper.get(column) for column in ("pmcid", "pmid", "doi", "journal"))
    origin = "PMC" if pmcid and (paper.get("url") or "").endswith(f"/{pmcid}") else pmcid
    ids = [origin, pmid and f"PMID: {pmid}", doi and f"DOI: {doi}"]
    rest = [_date(paper), paper.get("is_open_access") and "Open access", paper.get("is_retracted") and "Retracted"]
    for named in (journal, None):
        written = line(" · ".join(part for part in [*ids, named, *rest] if part))
        if not journal or _journal_of(written) == fold(journal):
            break
    if written:
        yield written
    if journal and not named:
        yield f"**Journal:** {inline(journal)}"


def _journal_of(provenance: str) -> str | None:
    header = Header()
    header.read(blocks(provenance))
    return header.paper.get("journal")


def _date(paper: Row) -> str | None:
    published = paper.get("published")
    if not isinstance(published, date):
        return published
    return published.isoformat()[: _WRITTEN.get(paper.get("published_precision") or "day", 10)]


def _keywords(keywords: list[str]) -> str:
    """Parted by semicolons, also behind the only one where it holds a comma."""
    listed = "; ".join(keywords)
    return f"{listed};" if len(keywords) == 1 and "," in listed else listed
