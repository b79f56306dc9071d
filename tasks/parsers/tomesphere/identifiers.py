"""Finds the identifiers of a paper in running text and in links."""

import re
from urllib.parse import unquote

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid

_DOI = re.compile(r"(?<![\w.])10\.\d{4,9}(?:\.\d+)*/[^\s\"<>]+")
_PMCID = re.compile(r"(?<![A-Za-z0-9])PMC\s?(\d{1,10})(?![0-9])", re.IGNORECASE)
_PMID = re.compile(
    r"(?:\bPMID\s?[:/]?\s?|pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)(\d{1,9})(?!\d)",
    re.IGNORECASE,
)
#: A link to the resolver says the DOI as it is; in running text it ends somewhere.
_RESOLVER = re.compile(r"https?://(?:dx\.)?doi\.org/(10\.\d{4,9}(?:\.\d+)*/[^\s?#]+)", re.IGNORECASE)
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def find(*texts: str) -> dict[str, str]:
    """The first doi, pmid and pmcid of the texts, by column name; what is not there is left out."""
    found: dict[str, str | None] = {}
    for text in map(unquote, texts):
        resolved = _RESOLVER.fullmatch(text)
        doi = _DOI.search(text)
        rest = _DOI.sub(" ", text)
        pmid = _PMID.search(rest)
        pmcid = _PMCID.search(rest)
        found.setdefault("doi", normalise_doi(resolved[1] if resolved else trim(doi[0])) if doi else None)
        found.setdefault("pmid", normalise_pmid(pmid[1]) if pmid else None)
        found.setdefault("pmcid", normalise_pmcid(pmcid[1]) if pmcid else None)
        found = {column: value for column, value in found.items() if value}
    return {column: value for column, value in found.items() if value}


def trim(doi: str) -> str:
    """Without the punctuation of the sentence that the DOI stands in; its own brackets stay."""
    while doi and (doi[-1] in ".,;:'’”*_" or doi.count(doi[-1]) > doi.count(_BRACKETS.get(doi[-1], doi[-1]))):
        doi = doi[:-1]
    return doi
