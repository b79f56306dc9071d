"""Europe PMC's annotations service, ``/annotationsByArticleIds``.

As in truth: one to eight ids a call, as ``MED:1``, ``PMC:2`` or ``PMC:PMC2``, in any order; the answer is a bare list
of articles with the ids of their records, and an article without annotations, or unknown, is left out in silence.
"""

import json
import re
from hashlib import md5

from tests.apis.library import Library
from tests.apis.paper import Paper, Record
from tests.apis.server import Reply, Request, Service
from tests.apis.texts import Finder, passages

BASE = "/europepmc/annotations_api"
JSON = "application/json;charset=UTF-8"
SECTIONS = {
    "TITLE": "Title (http://purl.org/dc/elements/1.1/title)",
    "ABSTRACT": "Abstract (http://purl.org/dc/terms/abstract)",
    "INTRO": "Introduction (http://purl.org/orb/Introduction)",
    "METHODS": "Methods (http://purl.org/orb/Methods)",
    "RESULTS": "Results (http://purl.org/orb/Results)",
    "DISCUSS": "Discussion (http://purl.org/orb/Discussion)",
    "CONCL": "Conclusion (http://purl.org/orb/Conclusion)",
    "REF": "References (http://purl.org/orb/References)",
}


def annotations(library: Library, base: str = BASE) -> Service:
    """The service below ``base``."""

    def answer(request: Request) -> Reply | None:
        if not request.path.startswith(base + "/"):
            return None
        if request.path != f"{base}/annotationsByArticleIds":
            return _wrong(404, "Not Found")
        ids = [part.strip() for part in ",".join(request.query.get("articleIds", [])).split(",") if part.strip()]
        if not 1 <= len(ids) <= 8:
            return _wrong(400, "The articleIds list parameter must contain between 1 and 8 values.")
        if request.query.get("format", ["JSON"])[0].upper() not in ("JSON", ""):
            return _wrong(400, "This loopback service speaks JSON only.")
        found: dict[str, Record] = {}
        for id in ids:
            if not re.fullmatch(r"[A-Z]{3}:\S+", id):
                return _wrong(400, f"The article id {id} must have the form SOURCE:ID.")
            paper = library.find(*id.split(":", 1))
            rows = [row for row in of(paper) if _asked(row, request)] if paper else []
            if paper and rows:
                names = {"source": paper.source, "extId": paper.id, "pmcid": paper.pmcid}
                found[str(paper)] = {**{name: value for name, value in names.items() if value}, "annotations": rows}
        return Reply(json.dumps(list(found.values()), ensure_ascii=False).encode(), JSON)

    return answer


def of(paper: Paper) -> list[Record]:
    """All annotations of a paper: of its entities, wherever their words stand, and its own."""
    rows = []
    finder = Finder(entity for entity in paper.entities if entity.kind)
    for at, (section, _, text) in enumerate(passages(paper, full=True)):
        for offset, words, entity in finder.mentions(text):
            end = offset + len(words)
            digest = md5(f"{paper}|{at}|{offset}|{words}".encode(), usedforsecurity=False).hexdigest()
            home = f"{paper.source}/{paper.id}" if section in ("TITLE", "ABSTRACT") else f"PMC/{paper.pmcid}"
            rows.append(
                {
                    "prefix": text[max(0, offset - 20) : offset],
                    "exact": words,
                    "postfix": text[end : end + 20],
                    "tags": [{"name": entity.label or entity.words, "uri": entity.uri}],
                    "id": f"http://europepmc.org/article/{home}#europepmc-{digest}",
                    "type": entity.kind,
                    "section": SECTIONS[section],
                    "provider": "Europe PMC",
                }
            )
    return [*rows, *paper.annotations]


def _asked(row: Record, request: Request) -> bool:
    wanted = {name: request.query.get(name, [""])[0] for name in ("type", "section", "provider")}
    return all(not value or row.get(name, "").startswith(value) for name, value in wanted.items())


def _wrong(status: int, message: str) -> Reply:
    words = {400: "Bad Request", 404: "Not Found"}[status]
    return Reply(json.dumps({"status": status, "error": words, "message": message}).encode(), JSON, status)
