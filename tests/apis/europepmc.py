"""Europe PMC's articles service: search, references, citations and full text.

As in truth: XML is the default format; most errors come with status 200 (``errCode``); an unknown sort gives a body
with nothing but the version; a cursor belongs to one query and one sort, and holds characters that an address must
quote; the walk ends in one of three ways (no next cursor, the same cursor again, or an empty page), by the query.
"""

import base64
import json
import re
import struct
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from html import escape
from urllib.parse import quote
from zlib import crc32

from tests.apis import records
from tests.apis.library import Library
from tests.apis.paper import Paper, Record
from tests.apis.query import QueryError, matcher
from tests.apis.server import Reply, Request, Service

BASE = "/europepmc/webservices/rest"
VERSION = "6.9"
JSON = "application/json;charset=UTF-8"
ENDINGS = ("omitted", "repeated", "empty page")
OnSearch = Callable[[int], object]
Place = tuple[int, int]  # what the results are sorted by, and the number of the paper

_SORTS: dict[str, Callable[[Record], int]] = {
    "P_PDATE_D": lambda record: _day(record, "firstPublicationDate"),
    "FIRST_PDATE_D": lambda record: _day(record, "firstPublicationDate"),
    "FIRST_IDATE_D": lambda record: _day(record, "firstIndexDate"),
    "CITED": lambda record: int(record.get("citedByCount", 0)),
    "PUB_YEAR": lambda record: int(record.get("pubYear", 0)),
    "AUTH_FIRST": lambda record: int.from_bytes(record.get("authorString", "")[:4].upper().encode()[:4].ljust(4)),
}


class _Wrong(Exception):
    """Answered with status 200 and an error in the body."""


def articles(
    library: Library, base: str = BASE, *, on_search: OnSearch | None = None, ending: str | None = None
) -> Service:
    """The service below ``base``.

    on_search: called with the number of the search request (from 1) before it is answered, to change the library
    while a cursor walks. ending: one of ENDINGS for all walks, instead of one by the query.
    """
    return _Articles(library, base, on_search, ending).answer


class _Articles:
    def __init__(self, library: Library, base: str, on_search: OnSearch | None, ending: str | None) -> None:
        self.library, self.base, self.on_search, self.ending = library, base, on_search, ending
        self.searches = 0
        self.lock = threading.Lock()
        self._found: OrderedDict[tuple[str, str], tuple[int, list[Place], list[Paper]]] = OrderedDict()

    def answer(self, request: Request) -> Reply | None:
        if not request.path.startswith(self.base + "/"):
            return None
        path = request.path.removeprefix(self.base + "/")
        if path in ("search", "searchPOST"):
            if (request.method == "POST") != (path == "searchPOST"):
                return _status(405, "Method Not Allowed")
            return self._judged(request, self.search)
        if re.fullmatch(r"[A-Z]+/[^/]+/(references|citations)", path):
            return self._judged(request, self.links)
        if full_text := re.fullmatch(r"(PMC\d+)/fullTextXML", path):
            return self.full_text(full_text[1], request)
        return _status(404, "Not Found")

    def _judged(self, request: Request, service: Callable[[Request], Record]) -> Reply:
        """In the format asked for, which is XML if nothing is said."""
        wants_json = "application/json" in _header(request, "Accept")
        given = request.query.get("format", ["json" if wants_json else "xml"])[0].lower()
        try:
            body = service(request)
        except (_Wrong, QueryError) as wrong:
            body = {"version": VERSION, "errCode": 404, "errMsg": f"Your request could not be processed: {wrong}"}
        if given == "json":
            return Reply(json.dumps(body, ensure_ascii=False).encode(), JSON)
        plain = {name: escape(str(value)) for name, value in body.items() if not isinstance(value, dict)}
        parts = "".join(f"<{name}>{value}</{name}>" for name, value in plain.items())
        declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        return Reply(f"{declared}<responseWrapper>{parts}</responseWrapper>".encode(), "application/xml;charset=UTF-8")

    def search(self, request: Request) -> Record:
        with self.lock:
            self.searches += 1
            number = self.searches
        if self.on_search:
            self.on_search(number)
        query, sort = _one(request, "query", ""), _one(request, "sort", "")
        result_type = _one(request, "resultType", "lite").lower()
        cursor, size = _one(request, "cursorMark", "*"), _size(request)
        if result_type not in ("idlist", "lite", "core"):
            raise _Wrong(f"unknown resultType {result_type}")
        field, _, direction = sort.partition(" ")
        if sort and (field.upper() not in _SORTS or direction.lower() not in ("", "asc", "desc")):
            return {"version": VERSION}
        places, papers = self._results(query, sort)
        after = _opened(cursor, query, sort) if cursor != "*" else None
        start = bisect_right(places, after) if after else 0
        page = papers[start : start + size]
        following = _sealed(places[start + len(page) - 1], query, sort) if page else cursor
        ending = self.ending or ENDINGS[crc32(f"{query}|{sort}".encode()) % len(ENDINGS)]
        if start + len(page) >= len(papers) and page and ending != "empty page":
            following = "" if ending == "omitted" else cursor
        if not papers or (not page and ending == "omitted"):
            following = ""
        shown = {"core": _same, "lite": records.lite, "idlist": records.idlist}[result_type]
        posted = request.method == "POST"
        body: Record = {"version": VERSION, "hitCount": len(papers)}
        if following:
            body["nextCursorMark"] = following
            if not posted:  # not quoted, as in truth
                body["nextPageUrl"] = (
                    f"http://{_header(request, 'Host')}{request.path}?query={query}&cursorMark={following}"
                    f"&resultType={result_type}&pageSize={size}&format=json"
                )
        body["request"] = {
            "queryString": query,
            "resultType": result_type,
            "cursorMark": cursor if posted else quote(cursor, safe="").replace("*", "%2A"),
            "pageSize": size,
            "sort": sort,
            "synonym": _one(request, "synonym", "false").lower() == "true",
        }
        body["resultList"] = {"result": [shown(paper.record) for paper in page]}
        return body

    def _results(self, query: str, sort: str) -> tuple[list[Place], list[Paper]]:
        """What a query finds, in order, kept until the library changes."""
        with self.lock, self.library.lock:
            kept = self._found.get((query, sort))
            if not kept or kept[0] != self.library.version:
                test = matcher(query)
                matching = filter(test, self.library)
                found = sorted(((self._rank(paper, sort), paper.serial), paper) for paper in matching)
                kept = (self.library.version, [place for place, _ in found], [paper for _, paper in found])
                self._found[query, sort] = kept
            self._found.move_to_end((query, sort))
            while len(self._found) > 8:
                self._found.popitem(last=False)
            return kept[1], kept[2]

    def _rank(self, paper: Paper, sort: str) -> int:
        if not sort:
            return self.library.rank(paper)
        field, _, direction = sort.partition(" ")
        value = _SORTS[field.upper()](paper.record)
        return 2**32 - 1 - value if direction.lower() == "desc" else value

    def links(self, request: Request) -> Record:
        source, id, kind = request.path.removeprefix(self.base + "/").split("/")
        page, size = _number(request, "page", 1, 10**6), _size(request)
        paper = self.library.find(source, id)
        rows = paper.list_of(kind) if paper else []
        name = kind.removesuffix("s")
        return {
            "version": VERSION,
            "hitCount": len(rows),
            "request": {"id": id, "source": source, "offSet": page if "page" in request.query else 0, "pageSize": size},
            f"{name}List": {name: list(rows[(page - 1) * size : page * size])},
        }

    def full_text(self, pmcid: str, request: Request) -> Reply:
        accept = _header(request, "Accept") or "*/*"
        if not re.search(r"application/(xml|\*)|text/xml|\*/\*", accept):
            return _status(406, "Not Acceptable")
        paper = self.library.find("PMC", pmcid)
        xml = paper.xml if paper and paper.is_open else None
        if xml is None:
            return _status(404, "Not Found")
        return Reply(xml, "application/xml;charset=UTF-8")


def _same(record: Record) -> Record:
    return record


def _status(code: int, words: str) -> Reply:
    return Reply(json.dumps({"status": code, "error": words}).encode(), JSON, code)


def _header(request: Request, name: str) -> str:
    return next((value for key, value in request.headers.items() if key.lower() == name.lower()), "")


def _one(request: Request, name: str, default: str) -> str:
    return request.query.get(name, [default])[-1]


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = _one(request, name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise _Wrong(f"{name} must be between 1 and {most}, not {text}")
    return int(text)


def _size(request: Request) -> int:
    return _number(request, "pageSize", 25, 1000)


def _day(record: Record, name: str) -> int:
    return int(record.get(name, "0").replace("-", ""))


def _seal(place: Place, query: str, sort: str) -> bytes:
    return struct.pack(">H", crc32(f"{place}|{query}|{sort}".encode()) & 0xFFFF)


def _sealed(place: Place, query: str, sort: str) -> str:
    """The cursor that continues after this place."""
    packed = b"\x02" + _seal(place, query, sort) + struct.pack(">I", place[0]) + b"(%08d" % place[1]
    return base64.b64encode(packed).decode()


def _opened(cursor: str, query: str, sort: str) -> Place:
    """The place in a cursor, if it belongs to this query and sort."""
    try:
        packed = base64.b64decode(cursor, validate=True)
        place: Place = (struct.unpack(">I", packed[3:7])[0], int(packed[8:]))
        if packed[1:3] != _seal(place, query, sort):
            raise ValueError(cursor)
    except (ValueError, struct.error):
        words = f"Unable to parse 'cursorMark' {cursor}: it must be '*' or the nextCursorMark of the page before"
        raise _Wrong(words) from None
    return place
