"""NCBI's PubTator3: ``/publications/export/biocjson`` by PMID and ``/publications/pmc_export/biocjson`` by PMCID.

As in truth: unknown ids are left out in silence, none known is a 404, more than 100 ids end in a 502; ``pmcid`` is
null, and a full text has the bare number of its PMCID as its id; ``full=true`` gives the abstract where there is no
more; species are named by their number; identifiers may hold several ids, ``-``, or be missing.
"""

import json
import re
from typing import Any

from tests.apis.library import Library
from tests.apis.paper import Entity, Paper, Record
from tests.apis.server import Reply, Request, Service
from tests.apis.texts import Finder, passages

BASE = "/research/pubtator3-api"
MOST_IDS = 100
_DATABASES = {
    "Disease": "ncbi_mesh",
    "Chemical": "ncbi_mesh",
    "Gene": "ncbi_gene",
    "Species": "ncbi_taxonomy",
    "CellLine": "cvcl",
    "Variant": "litvar",
}


def pubtator(library: Library, base: str = BASE) -> Service:
    """The service below ``base``."""

    def answer(request: Request) -> Reply | None:
        if not request.path.startswith(base + "/"):
            return None
        path = request.path.removeprefix(base + "/")
        if path == "publications/export/biocjson":
            ids, source = _ids(request, "pmids"), "MED"
            full = request.query.get("full", [""])[0].lower() == "true"
        elif path == "publications/pmc_export/biocjson":
            ids, source, full = _ids(request, "pmcids"), "PMC", True
        else:
            return _wrong(404, "Not Found")
        if not ids:
            return _wrong(400, "No ids")
        if len(ids) > MOST_IDS:
            return Reply(b"<html><head><title>502 Bad Gateway</title></head></html>", "text/html", 502)
        known = [paper for id in ids if (paper := _find(library, source, id))]
        documents = [document for paper in known for document in of(paper, full=full)]
        if not documents:
            return _wrong(404, "Could not retrieve publications")
        return Reply(json.dumps({"PubTator3": documents}).encode())

    return answer


def _ids(request: Request, name: str) -> list[str]:
    given = ",".join(request.query.get(name, [])).split(",")
    return list(dict.fromkeys(id.strip() for id in given if id.strip()))


def _find(library: Library, source: str, id: str) -> Paper | None:
    if not re.fullmatch(r"PMC\d+" if source == "PMC" else r"\d+", id):
        return None
    paper = library.find(source, id)
    if paper and source == "PMC" and not (paper.documents or (paper.is_open and paper.jats)):
        return None
    return paper


def of(paper: Paper, *, full: bool) -> list[Record]:
    """The documents of a paper: those it was given, or one made of its texts and entities."""
    if paper.documents is not None:
        return list(paper.documents)
    record = paper.record
    texts = passages(paper, full=full)
    is_full = full and paper.is_open and paper.jats is not None and len(texts) > 2 and paper.pmcid is not None
    journal = record.get("journalInfo", {}).get("journal", {}).get("medlineAbbreviation", "")
    finder = Finder(entity for entity in paper.entities if entity.type)
    offset = number = 0
    shown = []
    for at, (section, kind, text) in enumerate(texts):
        infons: Record = {"type": kind}
        if is_full:
            infons = {"section_type": section, "type": "front" if at == 0 else kind}
        if at == 0 and is_full:
            infons |= {"article-id_pmc": (paper.pmcid or "")[3:], "year": record.get("pubYear", "")}
            infons |= {"article-id_pmid": paper.pmid} if paper.pmid else {}
        elif at == 0:
            infons |= {"journal": f"{journal}; {record.get('pubYear', '')}", "year": record.get("pubYear", "")}
            infons |= {"article-id_pmc": paper.pmcid} if paper.pmcid else {}
        found = []
        for start, words, entity in finder.mentions(text):
            number += 1
            location = {"offset": offset + start, "length": len(words)}
            found.append({"id": str(number), "infons": infons_of(entity), "text": words, "locations": [location]})
        shown.append(
            {"infons": infons, "offset": offset, "text": text, "sentences": [], "annotations": found, "relations": []}
        )
        offset += len(text) + 1
    return [
        {
            "_id": f"{paper.pmid}|{paper.pmcid if is_full else None}",
            "id": (paper.pmcid or "")[3:] if is_full else paper.pmid,
            "infons": {},
            "passages": shown,
            "relations": [],
            "pmid": int(paper.pmid) if paper.pmid else None,
            "pmcid": None,
            "meta": {},
            "date": f"{record.get('firstPublicationDate', '2024-01-01')}T00:00:00Z",
            "journal": journal,
            "authors": record.get("authorString", "").rstrip(".").split(", "),
            "relations_display": [],
        }
    ]


def documents(body: bytes) -> list[Record]:
    """The documents in an answer of the service; none in an error."""
    found: list[Record] = json.loads(body).get("PubTator3", []) if body.startswith(b"{") else []
    return found


def infons_of(entity: Entity) -> Record:
    """What PubTator tells of an entity."""
    if entity.infons is not None:
        return dict(entity.infons)
    kind, identifier = entity.type or "", entity.identifier
    biotype = kind.lower()
    if identifier in (None, "-"):
        known = {"identifier": identifier} if identifier else {}
        return {**known, "type": kind, "valid": False, "normalized_id": None, "biotype": biotype}
    database = "omim" if identifier.startswith("OMIM:") else _DATABASES.get(kind, biotype)
    accession = f"@{kind.upper()}_{(entity.name or '').replace(' ', '_')}" if entity.name else None
    if kind == "Variant":
        rs = re.search(r"RS#:(\d+)", identifier)
        more: Record = {"subtype": "ProteinMutation", "rsids": [f"rs{rs[1]}"] if rs else []}
        more |= {"rsid": f"rs{rs[1]}"} if rs else {}
        hgvs = re.search(r"HGVS:([^;]+)", identifier)
        more |= {"hgvs": hgvs[1]} if hgvs else {}
        normalized: list[Any] = [f"rs{rs[1]}##" if rs else f"##{hgvs[1] if hgvs else ''}"]
    else:
        more = {}
        bare = identifier.partition(";")[0].rpartition(":")[2]
        normalized = [int(bare) if kind in ("Gene", "Species") and bare.isdecimal() else bare]
    return {
        "identifier": identifier,
        "type": kind,
        "valid": True,
        **more,
        "normalized": normalized,
        "database": database,
        "normalized_id": normalized[0],
        "biotype": biotype,
        "name": entity.name or str(normalized[0]),
        "accession": accession,
    }


def _wrong(status: int, detail: str) -> Reply:
    return Reply(json.dumps({"detail": detail}).encode(), status=status)
