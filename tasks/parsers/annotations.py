"""Europe PMC's text-mined annotations as rows: the ids of each article and the concepts mentioned in it.

A type that the contract does not have is the service's own in the singular (``Gene Ontology``, ``Accession Number``).
An annotation of a relationship (``Gene Drug Relationship``) has a sentence for its text and a tag for each side: a
row each, which the sentence as label keeps together. What an address says that has no form as a CURIE is a qualifier.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import unquote

from schemas.identifiers import normalise_pmcid, normalise_pmid
from tasks.parsers.answers import content_hash, get, lacking, many, not_an_object, read_values, refusal, text
from tasks.parsers.concepts import Mentions, concept_type, curie, short_name
from tasks.parsers.rows import PaperRows, ParseError, Row

#: Whose number an address has, and where; where the address itself names whose, in the group ``prefix``.
_ADDRESSES: list[tuple[str | None, re.Pattern[str]]] = [
    (prefix, re.compile(pattern, re.IGNORECASE))
    for prefix, pattern in (
        ("UMLS", r"umls(?:-concept)?[:/](?P<local>C\d+)"),
        ("NCBITaxon", r"(?:taxonomy[:/]|wwwtax\.cgi\?(?:.*&)?id=|NCBITaxon[_:])(?P<local>\d+)"),
        (
            "UniProtKB",
            r"uniprot(?:kb|\.org/uniprot(?:kb)?)?[:/](?P<local>[A-NR-Z]\d[A-Z0-9]{4,8}|[OPQ]\d[A-Z0-9]{3}\d)\b",
        ),
        ("Ensembl", r"ensembl.*?\b(?P<local>ENS[A-Z]*[GTPE]\d{11})"),
        ("ChEMBL", r"\b(?P<local>CHEMBL\d+)"),
        ("MESH", r"/mesh[:/](?P<local>[CD]\d+)"),
        ("NCBIGene", r"(?:nih\.gov/gene/|identifiers\.org/(?:ncbi_?)?gene[:/])(?P<local>\d+)"),
        ("dbSNP", r"(?:dbsnp[:/]|/snp/|/SNP/.*=)(?P<local>rs\d+)"),
        ("Cellosaurus", r"\b(?P<local>CVCL_\w{4})"),
        ("OMIM", r"omim(?:\.org)?[:/](?:entry/|MIM:)?(?P<local>\d{6})"),
        ("SNOMEDCT", r"(?:conceptId1?=|snomedct[:/]|sct/)(?P<local>\d{6,18})"),
        ("HPA", r"proteinatlas\.org/(?:search/)?(?P<local>[A-Z]{3}\d+)"),
        (None, r"(?:/obo/|short_form=|/efo/|/ORDO/|obo_id=)(?P<prefix>[A-Z]+)_(?P<local>[A-Z0-9]+)"),
        (None, r"[:/?&=](?P<prefix>GO|CHEBI|MONDO|HP|DOID|CL|UBERON|EFO|PR|SO):(?P<local>\d+)"),
        (None, r"identifiers\.org/(?P<prefix>[a-z][a-z0-9._-]+)[:/](?P<local>[^\s/?#]+)"),
    )
]


def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
    """The articles of an answer in order; an article without annotations is not in it, and an answer may be empty.

    source_id is not needed: the articles name themselves.
    """
    for answer in read_values(document):
        articles = answer if isinstance(answer, list) else many(get(answer, "articles"))
        if not isinstance(answer, list) and get(answer, "articles") is None:
            raise refusal(answer) or lacking(answer, "articles")
        for number, article in enumerate(articles, start=1):
            yield _rows(article, number) if isinstance(article, dict) else not_an_object(article, "article", number)


def _rows(article: dict[str, Any], number: int) -> PaperRows | ParseError:
    source, own_id = text(get(article, "source")), text(get(article, "extId"))
    pmcid = text(get(article, "pmcid")) or (own_id if source == "PMC" else None)
    pmid = text(get(article, "pmid")) or (own_id if source == "MED" else None)
    if not (own_id or pmcid or pmid):
        return ParseError("ids", f"article {number} has no id")
    return PaperRows(
        paper={"pmcid": normalise_pmcid(pmcid), "pmid": normalise_pmid(pmid)},
        entities=_entities(article, has_text=bool(pmcid)),
        content_hash=content_hash(article),
        partial=True,
        source_id=f"{source}:{own_id}" if source and own_id else own_id,
    )


def _entities(article: dict[str, Any], has_text: bool) -> list[Row]:
    mentions = Mentions()
    for annotation in many(get(article, "annotations")):
        scope = _scope(annotation, has_text)
        entity_type = concept_type(text(get(annotation, "type")) or "Concept")
        exact, kind = text(get(annotation, "exact")), text(get(annotation, "subType"))
        for tag in many(get(annotation, "tags")) or [None]:
            address, name = text(get(tag, "uri")), text(get(tag, "name"))
            concept = curie_of(address) if address else None
            qualifiers = [kind] if kind else []
            if address and concept is None:
                qualifiers.append(address)
            called = short_name(name, concept)
            mentions.add(scope, entity_type, exact or name or concept, concept, called, qualifiers)
    return mentions.rows()


def curie_of(address: str) -> str | None:
    """The CURIE that the address of a concept says: ``http://purl.obolibrary.org/obo/CHEBI_1`` as ``CHEBI:1``."""
    address = unquote(address[:1000])
    for prefix, pattern in _ADDRESSES:
        if found := pattern.search(address):
            return curie(prefix or found["prefix"], found["local"])
    return None


def _scope(annotation: Any, has_text: bool) -> str:
    """By the section (``Abstract (http://...)``); where none is named, by whether the article has more than that."""
    section = (text(get(annotation, "section")) or "").lower()
    if section:
        return "abstract" if re.match(r"(?:title|abstract)\b", section) else "full_text"
    return "full_text" if has_text else "abstract"
