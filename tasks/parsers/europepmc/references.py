"""The reference list of a paper, as /{SRC}/{ID}/references answers it: rows of references and nothing else.

A reference that the service did not match to a record of its own has no id, and may have nothing but its text.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.answers import content_hash, get, lacking, many, number, read_value, refusal, text
from tasks.parsers.europepmc.people import display_name, listed
from tasks.parsers.europepmc.record import without_dot
from tasks.parsers.markup import plain
from tasks.parsers.rows import PaperRows, ParseError, Row


def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
    """The references of the paper that was asked for, in the order of the list; a paper may have none.

    The answer says which paper that is; where it does not, source_id does (``MED:28815688``).
    """
    answer = read_value(document)
    if get(answer, "referenceList") is None:
        if error := refusal(answer):
            raise error
        if number(get(answer, "hitCount")) != 0:
            raise lacking(answer, "referenceList")
    asked = get(answer, "request")
    source, own_id = text(get(asked, "source")), text(get(asked, "id"))
    if not (source and own_id):
        source, _, own_id = source_id.strip().rpartition(":")
    listed_references = many(get(answer, "referenceList", "reference"))
    ordered = sorted(enumerate(listed_references), key=_place)
    yield PaperRows(
        paper={
            "pmcid": normalise_pmcid(own_id) if source == "PMC" else None,
            "pmid": normalise_pmid(own_id) if source == "MED" else None,
        },
        references=[_row(reference) for _, reference in ordered if isinstance(reference, dict)],
        content_hash=content_hash(get(answer, "referenceList")),
        partial=True,
        source_id=f"{source}:{own_id}" if source else own_id,
    )


def _place(numbered: tuple[int, Any]) -> tuple[int, int]:
    """By the list's own numbers; a reference without one stands where it came."""
    at, reference = numbered
    stated = number(get(reference, "citedOrder"))
    return (at + 1 if stated is None else stated), at


def _row(reference: dict[str, Any]) -> Row:
    said = {key: plain(text(value) or "") for key, value in reference.items()}
    source, own_id = said.get("source"), said.get("id")
    row: Row = {
        "label": None,
        "title": without_dot(said.get("title", "")) or None,
        "authors": [display_name(name) for name in listed(said.get("authorString"))] or None,
        "journal": said.get("journalAbbreviation") or said.get("journal") or said.get("publicationTitle") or None,
        "year": number(reference.get("pubYear")) or None,
        "volume": said.get("volume") or None,
        "pages": said.get("pageInfo") or None,
        "doi": normalise_doi(said.get("doi")),
        "pmid": normalise_pmid(said.get("pmid") or (own_id if source == "MED" else None)),
        "pmcid": normalise_pmcid(said.get("pmcid") or (own_id if source == "PMC" else None)),
    }
    return row | {"citation": said.get("unstructuredInformation") or _citation(said, row) or None}


def _citation(said: dict[str, str], row: Row) -> str:
    """``Reed I, Marsh B. On otters. J Lakes. 2010;12(3):45-67. doi:10.5555/1. PMID:77.``"""
    issue = f"({said['issue']})" if said.get("issue") else ""
    where = (row["volume"] or "") + issue
    if row["pages"]:
        where += (":" if where else "") + row["pages"]
    imprint = ";".join(filter(None, (str(row["year"] or ""), where)))
    publisher = ": ".join(filter(None, (said.get("publisherLoc"), said.get("publisher"))))
    people = ", ".join(listed(said.get("authorString")))
    ids = [f"{sign}{row[key]}" for key, sign in (("doi", "doi:"), ("pmid", "PMID:"), ("pmcid", "")) if row[key]]
    text = ""
    for part in filter(None, (people, row["title"], row["journal"], publisher, imprint, *ids)):
        text += (" " if text[-1:] in ".?!" else ". ") + part if text else part
    return text if not text or text[-1] in ".?!" else text + "."
