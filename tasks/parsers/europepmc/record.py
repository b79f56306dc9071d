"""A record of Europe PMC, core or lite, as the rows of a paper."""

import re
from typing import Any

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.answers import content_hash, get, many, number, text, texts
from tasks.parsers.europepmc.dates import published
from tasks.parsers.europepmc.kinds import article_type, is_retracted
from tasks.parsers.europepmc.notices import notices
from tasks.parsers.europepmc.people import authors
from tasks.parsers.jats.licences import named
from tasks.parsers.languages import iso_639_1
from tasks.parsers.markup import plain
from tasks.parsers.rows import PaperRows, ParseError, Row

#: The keys that rows are made of.
READ = """
id source pmid pmcid doi title abstractText authorString authorList affiliation journalInfo journalTitle
journalIssn bookOrReportDetails pubYear electronicPublicationDate firstPublicationDate pubTypeList pubType
language license isOpenAccess commentCorrectionList keywordList meshHeadingList citedByCount
"""
#: The keys that are known and have no column.
IGNORED = """
authMan authorIdList bookid chemicalList dataLinksTagsList dateOfCompletion dateOfCreation dateOfRevision
dbCrossReferenceList embargoDate epmcAuthMan firstIndexDate fullTextIdList fullTextReceivedDate fullTextUrlList
grantsList hasBook hasData hasDbCrossReferences hasEvaluations hasLabsLinks hasPDF hasReferences hasSuppl
hasTMAccessionNumbers hasTextMinedTerms inEPMC inPMC investigatorList issue journalVolume manuscriptId nihAuthMan
pageInfo pubModel publicationStatus subsetList tmAccessionTypeList versionNumber
"""
_KNOWN = {*READ.split(), *IGNORED.split()}


def unknown_keys(record: dict[str, Any]) -> set[str]:
    """The keys of a record that were not there when this was written: news of the service."""
    return set(record) - _KNOWN


def rows(record: dict[str, Any]) -> PaperRows:
    """The paper and its authors; ParseError where nothing names the paper."""
    source, own_id = text(get(record, "source")), text(get(record, "id"))
    ids = _ids(record, source, own_id)
    if not (own_id or any(ids.values())):
        raise ParseError("ids", "the record has no id")
    people = authors(record)
    when, precision = published(record)
    journal = _journal(record)
    title = plain(text(get(record, "title")) or "")
    is_open = text(get(record, "isOpenAccess"))
    return PaperRows(
        paper={
            **ids,
            "title": without_dot(title) or None,
            "abstract": plain(text(get(record, "abstractText")) or "") or None,
            **journal,
            "published": when,
            "published_precision": precision,
            "authors": [person["name"] for person in people] or None,
            "article_type": article_type(record),
            "language": iso_639_1(text(get(record, "language"))),
            "license": named(text(get(record, "license")) or ""),
            "is_open_access": {"Y": True, "N": False}.get(is_open or ""),
            "is_retracted": is_retracted(record, title),
            **notices(record),
            "keywords": [found for word in texts(get(record, "keywordList", "keyword")) if (found := plain(word))]
            or None,
            "mesh_terms": _mesh_terms(record) or None,
            "cited_by_count": number(get(record, "citedByCount")),
            "has_full_text": False,
            "url": f"https://europepmc.org/article/{source}/{own_id}" if source and own_id else None,
        },
        authors=people,
        content_hash=content_hash(record),
        source_id=f"{source}:{own_id}" if source and own_id else own_id,
    )


def without_dot(title: str) -> str:
    """A title without the full stop that the service puts behind it; dots that stand for an omission stay."""
    return title[:-1].rstrip() if title.endswith(".") and not title.endswith("..") else title


def issn(value: str | None) -> str | None:
    """``2041172x`` as ``2041-172X``."""
    found = (value or "").upper()
    return f"{found[:4]}-{found[4:]}" if re.fullmatch(r"\d{7}[\dX]", found) else found or None


def _ids(record: dict[str, Any], source: str | None, own_id: str | None) -> Row:
    pmcid = text(get(record, "pmcid")) or (own_id if source == "PMC" else None)
    pmid = text(get(record, "pmid")) or (own_id if source == "MED" else None)
    doi = text(get(record, "doi"))
    return {"pmcid": normalise_pmcid(pmcid), "pmid": normalise_pmid(pmid), "doi": normalise_doi(doi)}


def _journal(record: dict[str, Any]) -> Row:
    """Of a core record, else of a lite one (short title; ISSNs ``print; electronic; ``), else the book around it."""
    journal = get(record, "journalInfo", "journal")
    book = get(record, "bookOrReportDetails")
    name = text(get(journal, "title")) or text(get(record, "journalTitle")) or text(get(book, "comprisingTitle"))
    stated = [text(get(journal, key)) for key in ("essn", "ESSN", "issn", "ISSN")]
    listed = [part.strip() for part in (text(get(record, "journalIssn")) or "").split(";")]
    return {
        "journal": without_dot(plain(name or "")) or None,
        "publisher": text(get(book, "publisher")),
        "issn": issn(next(filter(None, (*stated, *reversed(listed))), None)),
    }


def _mesh_terms(record: dict[str, Any]) -> list[str]:
    """The descriptors in order, without their qualifiers."""
    headings = many(get(record, "meshHeadingList", "meshHeading"))
    return texts([text(get(heading, "descriptorName")) for heading in headings])
