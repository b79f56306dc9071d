"""Europe PMC, harvested by windows of UPDATE_DATE: records by the page and, where they changed, what belongs to them.

After a page of records come the full texts, reference lists and annotations of the papers on it that changed. They are
documents of the sources ``europepmc:fulltext``, ``europepmc:references``, ``europepmc:annotations`` and ``pubtator``.
Several requests are under way at once; the documents come in the order of the records.

Endpoints and traps: https://europepmc.org/RestfulWebService.
"""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.config import EuropePmcTopic
from tasks.parsers.europepmc import next_cursor, parse
from tasks.parsers.rows import PaperRows, ParseError
from tasks.sources.ahead import done, failed, in_order, threads
from tasks.sources.belongings import Belongings, Errand
from tasks.sources.documents import Document, RawDocument
from tasks.sources.http import Answer
from tasks.sources.services import Params, Services

SOURCE = "europepmc"
#: Records a page: fewer where each may bring a full text along, so that a page is a batch.
PAGE_SIZE, PAGE_SIZE_FULL_TEXT = 1000, 200
WINDOW = timedelta(days=90)
#: The last days are asked for again by the next run: the index may take a while to show what was updated.
OVERLAP = timedelta(days=2)
#: Papers that one search asks about: as many as an address has room for.
ASKED = 50

#: Given the papers of a page, those whose record changed.
Changed = Callable[[list[PaperRows]], list[PaperRows]]
#: Given the papers of a page, what is to be fetched besides.
Errands = Callable[[list[PaperRows]], Iterator[Errand]]


def windows(since: date, watermark: date | None, today: date) -> Iterator[tuple[date, date]]:
    """The windows to harvest, oldest first, both days included: from the day after the watermark, or from since."""
    start = max(since, watermark + timedelta(days=1)) if watermark else since
    while start <= today:
        end = min(start + WINDOW, today)
        yield start, end
        start = end + timedelta(days=1)


def reached(end: date, today: date) -> date:
    """The watermark after a window up to that day: the last days are always asked for again."""
    return min(end, today - OVERLAP - timedelta(days=1))


@dataclass(frozen=True)
class Harvest:
    """The harvest of a topic."""

    topic: EuropePmcTopic
    services: Services
    changed: Changed

    def window(self, start: date, end: date) -> Iterator[Document]:
        """All documents of a window. Raises: SourceError where a service does not answer, or not with records."""
        query = f"({self.topic.query}) AND UPDATE_DATE:[{start} TO {end}]"
        yield from self._search(f"{self.topic.name} {start}..{end}", query, self._of_changed)

    def published(self, start: date, end: date) -> Iterator[Document]:
        """All documents of the papers that were first published in these days. Raises: as ``window``."""
        name = f"{self.topic.name} published {start}..{end}"
        yield from self._search(name, published_query(self.topic, start, end), self._of_changed)

    def known(self, names: list[str], with_entities: bool) -> Iterator[Document]:
        """The records of papers of the warehouse, and what belongs to those that changed. Raises: as ``window``.

        names: as ``MED:123``, ``PMCID:PMC123`` or ``DOI:10.5555/1``. with_entities: the entities of the others, too,
        since services find some later.
        """
        entities = Belongings(self.topic.model_copy(update={"full_text": False, "references": False}), self.services)

        def errands(papers: list[PaperRows]) -> Iterator[Errand]:
            changed = self.changed(papers)
            yield from Belongings(self.topic, self.services).of(changed)
            if with_entities:
                others = {paper.source_id for paper in papers} - {paper.source_id for paper in changed}
                yield from entities.of([paper for paper in papers if paper.source_id in others])

        for first in range(0, len(names), ASKED):
            some = names[first : first + ASKED]
            yield from self._search(f"{self.topic.name} known, from {some[0]}", _papers_query(some), errands)

    def again(self, ids: list[str]) -> Iterator[Document]:
        """All documents of papers of which something could not be had. ids: as ``MED:123``. Raises: as ``window``.

        Each paper is asked about in requests of its own: one that makes a service fail does not take others along.
        """
        belongings = Belongings(self.topic, self.services)
        yield from self._search(
            f"{self.topic.name} again", _papers_query(ids), lambda papers: belongings.of(papers, alone=True)
        )

    def _of_changed(self, papers: list[PaperRows]) -> Iterator[Errand]:
        return Belongings(self.topic, self.services).of(self.changed(papers))

    def _search(self, name: str, query: str, errands: Errands) -> Iterator[Document]:
        with threads() as pool:
            yield from in_order(self._walk(pool, name, query, errands))

    def _walk(
        self, pool: ThreadPoolExecutor, name: str, query: str, errands: Errands
    ) -> Iterator[Future[list[Document]]]:
        """The pages of a search, each with what else is to be fetched of its papers.

        The next page is asked for before what belongs to the papers of this one, so that it is there in time.
        """
        cursor: str | None = "*"
        coming = pool.submit(self._page, query, "*")
        while cursor is not None:
            if error := coming.exception():
                yield failed(error)
                return
            url, content = coming.result()
            cursor = next_cursor(json.loads(content), cursor)
            if cursor is not None:
                coming = pool.submit(self._page, query, cursor)
            papers = [paper for paper in parse(io.BytesIO(content), name) if isinstance(paper, PaperRows)]
            body = io.BytesIO(content)
            yield done([RawDocument(SOURCE, name, "europepmc-search", url, body, papers=len(papers))])
            for errand in errands(papers):
                yield pool.submit(errand)

    def _page(self, query: str, cursor: str) -> tuple[str, bytes]:
        params: Params = {
            "query": query,
            "resultType": "core",
            "format": "json",
            "pageSize": PAGE_SIZE_FULL_TEXT if self.topic.full_text else PAGE_SIZE,
            "cursorMark": cursor,
        }
        return self.services.get("europepmc", "search", params, _no_records)


def published_query(topic: EuropePmcTopic, start: date, end: date) -> str:
    """The topic's query, for papers that were first published in these days, both included."""
    return f"({topic.query}) AND FIRST_PDATE:[{start} TO {end}]"


def count_hits(services: Services, query: str) -> int:
    """How many papers a search finds. Raises: SourceError."""
    params: Params = {"query": query, "resultType": "idlist", "format": "json", "pageSize": 1, "cursorMark": "*"}
    content = json.loads(services.get("europepmc", "search", params, _no_records)[1])
    return int(content.get("hitCount") or 0)


def _papers_query(names: list[str]) -> str:
    """A search for these papers: ``MED:123`` by source and id (quoted, an id finds nothing), others by their field."""
    return " OR ".join(map(_paper_query, names))


def _paper_query(name: str) -> str:
    scheme, _, value = name.partition(":")
    if scheme in ("PMCID", "DOI"):
        return f'{scheme}:"{value}"' if scheme == "DOI" else f"{scheme}:{value}"
    return f"(EXT_ID:{value} AND SRC:{scheme})"


def _no_records(answer: Answer) -> str | None:
    """Why an answer is no page of records; the service says so with status 200, and asking again may help."""
    try:
        content = json.loads(answer.content)
        next_cursor(content, "*")
    except ValueError:
        return "is answered with something that is no JSON"
    except ParseError as error:
        return f"is answered with no records: {error.message}"
    return None
