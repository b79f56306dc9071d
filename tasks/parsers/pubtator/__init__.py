"""PubTator's BioC exports, JSON and XML, as rows: the ids of each document and the concepts mentioned in it.

reading    bytes -> documents, in whichever wrapper
mentions   a document's annotations -> entities, counted by where they stand
concepts   what an annotation says of its concept, in the infons of several vintages

``parse`` follows the parser's interface of ``tasks.parsers.rows``; all its rows are partial.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.answers import content_hash, get, many, not_an_object, text
from tasks.parsers.pubtator.mentions import entities
from tasks.parsers.pubtator.reading import documents
from tasks.parsers.rows import PaperRows, ParseError, Row

__all__ = ["parse"]

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")


def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
    """The documents of an export in order: ids and entities, which may be none.

    source_id is not needed: the documents name themselves.
    """
    for number, item in enumerate(documents(document), start=1):
        if not isinstance(item, dict):
            yield not_an_object(item, "document", number)
            continue
        ids = _ids(item)
        if not any(ids.values()):
            yield ParseError("ids", f"document {number} has no id")
            continue
        yield PaperRows(
            paper=ids,
            entities=entities(item),
            content_hash=content_hash(item),
            partial=True,
            source_id=text(get(item, "id")),
        )


def _ids(document: dict[str, Any]) -> Row:
    """pmid, pmcid and doi from the document, its key ``pmid|pmcid``, and the infons of its title.

    The bare ``id`` is a PMC number where the title says the same, a DOI where it looks like one, else a PubMed id.
    """
    stated: dict[str, str] = {}
    for passage in many(get(document, "passages")):
        for key in ("pmid", "pmc", "doi"):
            if found := _said(get(passage, "infons", f"article-id_{key}")):
                stated.setdefault(key, found)
    key_pmid, _, key_pmcid = (text(get(document, "_id")) or "").partition("|")
    pmid = _said(get(document, "pmid")) or _said(key_pmid) or stated.get("pmid")
    pmcid = normalise_pmcid(_said(get(document, "pmcid")) or _said(key_pmcid) or stated.get("pmc"))
    doi = stated.get("doi")
    own_id = _said(get(document, "id")) or ""
    if _DOI.fullmatch(own_id):
        doi = doi or own_id
    elif own_id.upper().startswith("PMC"):
        pmcid = pmcid or normalise_pmcid(own_id)
    elif own_id.isdecimal() and pmid is None and normalise_pmcid(own_id) != pmcid:
        pmid = own_id
    return {"pmcid": pmcid, "pmid": normalise_pmid(pmid), "doi": normalise_doi(doi)}


def _said(value: Any) -> str | None:
    found = text(value)
    return None if found is None or found.lower() in ("none", "null", "-", "0") else found
