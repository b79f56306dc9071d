"""Records of Europe PMC's search service: made, flattened from older wrappings, and shortened to lite and idlist."""

import re
from typing import Any

from tests.apis.paper import Record

_HAS = ("PDF", "Book", "Suppl", "Data", "References", "TextMinedTerms", "DbCrossReferences", "LabsLinks", "Evaluations")
FLAGS = (*(f"has{name}" for name in (*_HAS, "TMAccessionNumbers")), "authMan", "epmcAuthMan", "nihAuthMan")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: The elements that the service sends as a list however many there are, by the name of what holds them.
LISTS = {
    ("fullTextIdList", "fullTextId"),
    ("authorList", "author"),
    ("authorIdList", "authorId"),
    ("authorAffiliationDetailsList", "authorAffiliation"),
    ("dataLinksTagsList", "dataLinkstag"),
    ("pubTypeList", "pubType"),
    ("keywordList", "keyword"),
    ("grantsList", "grant"),
    ("chemicalList", "chemical"),
    ("subsetList", "subset"),
    ("fullTextUrlList", "fullTextUrl"),
    ("meshHeadingList", "meshHeading"),
    ("meshQualifierList", "meshQualifier"),
    ("commentCorrectionList", "commentCorrection"),
    ("tmAccessionTypeList", "accessionType"),
    ("dbCrossReferenceList", "dbName"),
}
RENAMED = {"ISOAbbreviation": "isoabbreviation", "NLMid": "nlmid", "ISSN": "issn", "ESSN": "essn"}
NUMBERS = {"journalIssueId", "monthOfPublication", "yearOfPublication", "citedByCount", "orderIn", "versionNumber"}


def core(
    id: str,
    source: str = "MED",
    *,
    title: str = "A paper.",
    abstract: str | None = "An abstract.",
    pmid: str | None = None,
    pmcid: str | None = None,
    doi: str | None = None,
    authors: tuple[str, ...] = ("Doe J",),
    published: str = "2024-03-05",
    journal: str = "Journal of samples",
    open_access: bool = False,
    license: str | None = None,
    keywords: tuple[str, ...] = (),
    mesh: tuple[str, ...] = (),
    types: tuple[str, ...] = ("Journal Article",),
    cited: int = 0,
    **fields: Any,
) -> Record:
    """A core record with the keys that the service has; what is not there is left out.

    A MED record's id is its pmid and a PMC record's id its pmcid; fields: any other key, or None to leave one out.
    """
    pmid = pmid or (id if source == "MED" else None)
    pmcid = pmcid or (id if source == "PMC" else None)
    year, month = published[:4], int(published[5:7])
    preprint = source == "PPR"
    names = [name.rsplit(" ", 1) for name in authors]
    yes = {True: "Y", False: "N"}
    record: Record = {
        "id": id,
        "source": source,
        "pmid": pmid,
        "pmcid": pmcid,
        "fullTextIdList": {"fullTextId": [pmcid]} if pmcid else None,
        "doi": doi,
        "title": title,
        "authorString": ", ".join(authors) + "." if authors else None,
        "authorList": {
            "author": [
                {"fullName": full, "firstName": name[-1], "lastName": name[0], "initials": name[-1]}
                for full, name in zip(authors, names, strict=True)
            ]
        }
        if authors
        else None,
        "journalInfo": None
        if preprint
        else {
            "volume": str(int(year) - 2000),
            "journalIssueId": 3000000 + int(year),
            "dateOfPublication": f"{year} {MONTHS[month - 1]}",
            "monthOfPublication": month,
            "yearOfPublication": int(year),
            "printPublicationDate": f"{published[:7]}-01",
            "journal": {"title": journal, "medlineAbbreviation": journal, "issn": "1234-5679"},
        },
        "bookOrReportDetails": {"publisher": "sampleRxiv", "yearOfPublication": int(year)} if preprint else None,
        "versionNumber": 1 if preprint else None,
        "pubYear": year,
        "abstractText": abstract,
        "language": None if preprint else "eng",
        "pubModel": None if preprint else "Electronic",
        "pubTypeList": {"pubType": ["Preprint"] if preprint else list(types)},
        "keywordList": {"keyword": list(keywords)} if keywords else None,
        "meshHeadingList": {"meshHeading": [{"majorTopic_YN": "N", "descriptorName": name} for name in mesh]}
        if mesh
        else None,
        "isOpenAccess": yes[open_access],
        "inEPMC": yes[pmcid is not None],
        "inPMC": yes[pmcid is not None],
        **dict.fromkeys(FLAGS, "N"),
        "license": license,
        "citedByCount": cited,
        "dateOfCreation": published,
        "firstIndexDate": published,
        "dateOfRevision": published,
        "firstPublicationDate": published,
        **fields,
    }
    return {name: value for name, value in record.items() if value is not None}


def retraction(record: Record, notice: str) -> Record:
    """What changes in a record when its paper is retracted; notice: the PMID of the notice."""
    types = [*record.get("pubTypeList", {}).get("pubType", ()), "Retracted Publication"]
    links = list(record.get("commentCorrectionList", {}).get("commentCorrection", ()))
    link = {"id": notice, "source": "MED", "reference": f"Retractions. {notice}", "type": "Retraction in"}
    return {
        "pubTypeList": {"pubType": list(dict.fromkeys(types))},
        "commentCorrectionList": {"commentCorrection": [*links, {**link, "orderIn": len(links) + 1}]},
    }


def flat(document: object) -> Record | None:
    """A record as the service sends it today, from one of the shapes in which tools have stored it; None: no record.

    The shapes: as it is; converted from XML with a list around every value; the same below the key ``full`` with
    lists only where there was more than one.
    """
    if not isinstance(document, dict):
        return None
    record = _value("", "", document.get("full", document))
    known = isinstance(record, dict) and all(isinstance(record.get(name), str) for name in ("id", "source", "title"))
    return record if known else None


def _value(parent: str, name: str, value: Any) -> Any:
    if (parent, name) in LISTS:
        return [_one(name, item) for item in (value if isinstance(value, list) else [value])]
    if isinstance(value, list):
        return _value(parent, name, value[0]) if len(value) == 1 else [_one(name, item) for item in value]
    return _one(name, value)


def _one(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return int(value) if name in NUMBERS and value.isdecimal() else value
    if not isinstance(value, dict):
        return value
    if name == "authorId":
        text = value.get("_") or value.get("#text") or value.get("value")
        return {"type": value.get("$", {}).get("type") or value.get("@type") or value.get("type"), "value": text}
    made = {RENAMED.get(key, key): _value(name, key, inner) for key, inner in value.items()}
    old = made.pop("affiliation", None) if name == "author" else None
    older = made.pop("authorAffiliationsList", None) or {}
    affiliations = [old] if isinstance(old, str) else older.get("authorAffiliation")
    if affiliations:
        listed = affiliations if isinstance(affiliations, list) else [affiliations]
        made["authorAffiliationDetailsList"] = {"authorAffiliation": [{"affiliation": each} for each in listed]}
    return made


def idlist(record: Record) -> Record:
    return {name: record[name] for name in ("id", "source", "pmid", "pmcid", "fullTextIdList") if name in record}


LITE = {
    *("id", "source", "pmid", "pmcid", "fullTextIdList", "doi", "title", "authorString", "bookOrReportDetails"),
    *("versionNumber", "pubYear", "pageInfo", "isOpenAccess", "inEPMC", "inPMC", "hasPDF", "hasBook", "hasSuppl"),
    *("citedByCount", "hasReferences", "hasTextMinedTerms", "hasDbCrossReferences", "hasLabsLinks"),
    *("hasTMAccessionNumbers", "tmAccessionTypeList", "firstIndexDate", "firstPublicationDate"),
}


def lite(record: Record) -> Record:
    """The record of resultType=lite, where the journal and the types are plain strings."""
    made = {name: value for name, value in record.items() if name in LITE}
    info = record.get("journalInfo", {})
    journal = info.get("journal", {})
    issns = "".join(f"{journal[name].lower()}; " for name in ("issn", "essn") if name in journal)
    types = "; ".join(record.get("pubTypeList", {}).get("pubType", ())).lower()
    more = {
        "journalTitle": journal.get("medlineAbbreviation") or journal.get("title"),
        "issue": info.get("issue"),
        "journalVolume": info.get("volume"),
        "journalIssn": issns,
        "pubType": types,
    }
    return {**made, **{name: value for name, value in more.items() if value}}


def reference(order: int, cited: Record | None = None, **fields: Any) -> Record:
    """A row of the references service; without a cited record it matches nothing and has its text alone."""
    if cited is None:
        return {"unstructuredInformation": f"Doe J. An old book. {order}.", "citedOrder": order, "match": "N", **fields}
    return {**citation(cited), "citedOrder": order, "match": "Y", **fields}


def citation(record: Record) -> Record:
    """A record as the references and citations services show it; the year is a number here."""
    short = lite(record)
    row = {
        "id": record["id"],
        "source": record["source"],
        "citationType": short.get("pubType", "").upper() or None,
        "title": record["title"],
        "authorString": record.get("authorString"),
        "journalAbbreviation": short.get("journalTitle"),
        "issue": short.get("issue"),
        "pubYear": int(record["pubYear"]) if "pubYear" in record else None,
        "volume": short.get("journalVolume"),
        "pageInfo": record.get("pageInfo"),
        "doi": record.get("doi"),
    }
    return {name: value for name, value in row.items() if value is not None}


def plain(html: str) -> str:
    """A title or an abstract without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"</?[a-zA-Z][^<>]*>", " ", html)).strip()
