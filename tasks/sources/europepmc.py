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
from tasks.sources.belongings import Belongings
from tasks.sources.documents import Document, RawDocument
from tasks.sources.http import Answer
from tasks.sources.services import Params, Services

SOURCE = "europepmc"
#: Records a page: fewer where each may bring a full text along, so that a page is a batch.
PAGE_SIZE, PAGE_SIZE_FULL_TEXT = 1000, 200
WINDOW = timedelta(days=90)
#: The last days are asked for again by the next run: the index may take a while to show what was updated.
OVERLAP = timedelta(days=2)

#: Given the papers of a page, those whose record changed.
Changed = Callable[[list[PaperRows]], list[PaperRows]]


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
        with threads() as pool:
            yield from in_order(self._walk(pool, f"{self.topic.name} {start}..{end}", query, self.changed))

    def again(self, ids: list[str]) -> Iterator[Document]:
        """All documents of papers of which something could not be had. ids: as ``MED:123``. Raises: as ``window``.

        Each paper is asked about in requests of its own: one that makes a service fail does not take others along.
        """
        query = " OR ".join(f"(EXT_ID:{one.partition(':')[2]} AND SRC:{one.partition(':')[0]})" for one in ids)
        with threads() as pool:
            yield from in_order(self._walk(pool, f"{self.topic.name} again", query, list, alone=True))

    def _walk(
        self, pool: ThreadPoolExecutor, name: str, query: str, wanted: Changed, alone: bool = False
    ) -> Iterator[Future[list[Document]]]:
        """The pages of a search, each with what belongs to the wanted ones of its papers.

        The next page is asked for before what belongs to the papers of this one, so that it is there in time.
        """
        belongings = Belongings(self.topic, self.services)
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
            for errand in belongings.of(wanted(papers), alone):
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
