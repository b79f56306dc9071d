"""Faults by chance, the same for the same seed, whatever the order or the threads in which requests arrive.

Whether the n-th request for an address meets a fault, and which one, follows from the seed, the address and n alone.
No address meets more than ``in_a_row`` wrong answers one after the other, so that a client that tries once more than
that always gets through. All these faults can be noticed by a careful client:

    too_many          429 with Retry-After: the status
    unavailable       500, 502, 503 or 504 with an HTML page: the status
    html              200 with an HTML page, by its own content type or by the right one: the body begins like HTML
    empty             200 with nothing: no document is empty
    dropped           the connection is reset: no answer
    truncated         Content-Length announces more than comes: the body is shorter
    truncated_gzip    half a gzip stream: decompressing does not reach the end
    slow              the right answer with a pause in the middle: nothing to notice but the time
    err_code          200 with errCode in the body (articles service, JSON): no result list
    version_only      200 with nothing but the version (articles service, JSON): no result list
    maintenance       200 with a line of plain text (PubTator3): no JSON
    dropped_id        one id of several is missing in an answer (PubTator3): it was asked for and is not there
    late              one article is missing in an answer of the annotations service, which looks like one without any

An id is dropped, and an article late, once in a server's life, so that asking again for what is missing brings it. Not
here, since no client can notice it: a cursor that ends too early. ``Restless`` changes records while a cursor walks.
"""

import json
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from random import Random

from tests.apis import faults, pubtator
from tests.apis.library import Library
from tests.apis.paper import Record
from tests.apis.server import Exchange, Fault, Reply, Request

GENERAL = ("too_many", "unavailable", "html", "empty", "dropped", "truncated", "truncated_gzip", "slow")
KINDS = (*GENERAL, "err_code", "version_only", "maintenance", "dropped_id", "late")


class RandomFaults:
    """Give it to ``ApiServer`` as ``chance``.

    rate: the share of requests that go wrong. kinds: those of KINDS that may happen. in_a_row: the most wrong answers
    one after the other for one address. longest: seconds of the longest Retry-After and, cut to 0.25, of slowness.
    """

    def __init__(
        self, rate: float, seed: int = 0, *, kinds: Collection[str] = KINDS, in_a_row: int = 3, longest: int = 1
    ) -> None:
        if unknown := set(kinds) - set(KINDS):
            raise ValueError(f"no such faults: {', '.join(sorted(unknown))}")
        self.rate, self.seed, self.kinds, self.in_a_row, self.longest = rate, seed, kinds, in_a_row, longest
        self._asked: Counter[str] = Counter()
        self._row: Counter[str] = Counter()
        self._dropped: set[str] = set()

    def __call__(self, request: Request, reply: Reply) -> tuple[str, Fault] | None:
        """The fault for this request with its name, or None; the server calls it under its lock."""
        address = f"{request.method} {request.target} {request.form}"
        self._asked[address] += 1
        chance = Random(f"{self.seed}|{address}|{self._asked[address]}")
        wrong = chance.random() < self.rate and self._row[address] < self.in_a_row
        name = chance.choice(self._possible(request, reply)) if wrong else ""
        fault = self._fault(name, reply, chance) if name else None
        if fault is None or name in ("slow", "dropped_id", "late"):
            del self._row[address]
        else:
            self._row[address] += 1
        return (name, fault) if fault else None

    def _possible(self, request: Request, reply: Reply) -> list[str]:
        """The kinds that suit this request."""
        kinds = [name for name in GENERAL if name in self.kinds]
        if not any("gzip" in value for name, value in request.headers.items() if name.lower() == "accept-encoding"):
            kinds = [name for name in kinds if name != "truncated_gzip"]
        if len(reply.body) < 2:
            kinds = [name for name in kinds if not name.startswith("truncated")]
        if reply.body.startswith(b'{"version"'):
            kinds += [name for name in ("err_code", "version_only") if name in self.kinds]
        if "pubtator" in request.path:
            kinds += [name for name in ("maintenance", "dropped_id") if name in self.kinds]
        if "annotationsByArticleIds" in request.path:
            kinds += [name for name in ("late",) if name in self.kinds]
        return kinds or ["unavailable"]

    def _fault(self, name: str, reply: Reply, chance: Random) -> Fault | None:
        match name:
            case "too_many":
                return faults.status(429, retry_after=chance.choice((0, 0, 0, self.longest)))
            case "unavailable":
                return faults.status(chance.choice((500, 502, 503, 503, 504)))
            case "html":
                return faults.html(chance.choice(("text/html", reply.content_type)))
            case "empty":
                return faults.answer(b"", reply.content_type)
            case "dropped":
                return faults.drop
            case "truncated":
                return faults.truncated
            case "truncated_gzip":
                return faults.truncated_gzip
            case "slow":
                return faults.slow(chance.uniform(0, min(0.25, self.longest)))
            case "err_code":
                body = {"version": "6.9", "errCode": 404, "errMsg": "Your request could not be processed at the moment"}
                return faults.answer(json.dumps(body).encode(), reply.content_type)
            case "version_only":
                return faults.answer(b'{"version":"6.9"}', reply.content_type)
            case "maintenance":
                return faults.answer(b"PubTator3 is currently updating the database.", "text/plain")
            case "dropped_id":
                return self._without_one(pubtator.documents(reply.body), reply, chance)
        return self._without_one(json.loads(reply.body), reply, chance)

    def _without_one(self, rows: list[Record], reply: Reply, chance: Random) -> Fault | None:
        """The answer without a document or article that was never left out before; of documents others must be left."""
        fresh = [row for row in rows if _name(row) not in self._dropped]
        is_export = reply.body.startswith(b"{")
        if not fresh or (is_export and len(rows) < 2):
            return None
        gone = chance.choice(fresh)
        self._dropped.add(_name(gone))
        rest = [row for row in rows if row is not gone]
        body = json.dumps({"PubTator3": rest} if is_export else rest).encode()

        def fault(exchange: Exchange, _: Reply) -> None:
            exchange.send(Reply(body, reply.content_type))

        return fault


def _name(row: Record) -> str:
    """Of a document of PubTator's or an article with annotations."""
    return str(row.get("_id") or f"{row['source']}:{row['extId']}")


class Restless:
    """Changes records while a cursor walks: give it to ``services`` as ``on_search``.

    With each search a record is updated today, or not, by the seed: a walk may meet it twice or not at all, and a
    later one finds it. Its citation count says how often.
    """

    def __init__(self, library: Library, rate: float, seed: int = 0) -> None:
        self.library, self.rate, self.seed = library, rate, seed

    def __call__(self, number: int) -> None:
        chance = Random(f"{self.seed}|{number}")
        if chance.random() < self.rate:
            paper = chance.choice(list(self.library))
            cited = int(paper.record.get("citedByCount", 0)) + 1
            self.library.change(str(paper), datetime.now(UTC).date(), citedByCount=cited)
