"""Europe PMC, harvested by windows of UPDATE_DATE: records by the page and, where they changed, what belongs to them.

After a page of records come the full texts, reference lists and annotations of the papers on it that changed. They are
documents of the sources ``europepmc:fulltext``, ``europepmc:references``, ``europepmc:annotations`` and ``pubtator``.

Endpoints and traps: https://europepmc.org/RestfulWebService, https://europepmc.org/AnnotationsApi and
https://www.ncbi.nlm.nih.gov/research/pubtator3/api.
"""

import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self, TypeVar

from schemas.config import EuropePmcTopic, Sources
from tasks.parsers.answers import refusal
from tasks.parsers.europepmc import next_cursor, parse
from tasks.parsers.rows import PaperRows, ParseError
from tasks.sources.documents import RawDocument, Unfetched
from tasks.sources.http import Answer, BadAnswer, NotFound, Refused, Service

SOURCE = "europepmc"
#: Records a page: fewer where each may bring a full text along, so that a page is a batch.
PAGE_SIZE, PAGE_SIZE_FULL_TEXT = 1000, 200
WINDOW = timedelta(days=90)
#: The last days are asked for again by the next run: the index may take a while to show what was updated.
OVERLAP = timedelta(days=2)
ANNOTATION_IDS = 8
PUBTATOR_IDS = 100
REFERENCES = 1000
#: Papers that are asked for by their ids in one search.
RETRIED_IDS = 50

Item = TypeVar("Item")
Documents = Iterator[RawDocument | Unfetched]
#: Given the papers of a page, those whose record changed.
Changed = Callable[[list[PaperRows]], list[PaperRows]]
#: Given an address, the bytes that an interrupted run landed from there, if any.
Remembered = Callable[[str], bytes | None]


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


@dataclass
class Services:
    """The three services that a harvest asks; each keeps its own pace."""

    europepmc: Service
    annotations: Service
    pubtator: Service
    _stack: ExitStack

    @classmethod
    def open(cls, settings: Sources) -> Self:
        """The services as configured; close them with a ``with``."""
        stack = ExitStack()

        def service(name: str) -> Service:
            return stack.enter_context(Service.open(name, getattr(settings, name)))

        return cls(service("europepmc"), service("annotations"), service("pubtator"), stack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@dataclass
class Harvest:
    """The harvest of a topic's windows."""

    topic: EuropePmcTopic
    services: Services
    changed: Changed
    remembered: Remembered

    def window(self, start: date, end: date) -> Documents:
        """All documents of a window. Raises: SourceError where a service does not answer, or not with records."""
        query = f"({self.topic.query}) AND UPDATE_DATE:[{start} TO {end}]"
        yield from self._search(f"{self.topic.name} {start}..{end}", query, self.changed)

    def again(self, ids: list[str]) -> Documents:
        """All documents of papers of which something could not be had. ids: as ``MED:123``. Raises: as ``window``."""
        for some in _chunks(ids, RETRIED_IDS):
            query = " OR ".join(f"(EXT_ID:{one.partition(':')[2]} AND SRC:{one.partition(':')[0]})" for one in some)
            yield from self._search(f"{self.topic.name} again", query, list)

    def _search(self, name: str, query: str, wanted: Changed) -> Documents:
        """The pages of a search, each with what belongs to the wanted ones of its papers."""
        cursor: str | None = "*"
        while cursor is not None:
            params = {
                "query": query,
                "resultType": "core",
                "format": "json",
                "pageSize": PAGE_SIZE_FULL_TEXT if self.topic.full_text else PAGE_SIZE,
                "cursorMark": cursor,
            }
            url, content = self._get(self.services.europepmc, "search", params, _no_records)
            yield RawDocument(SOURCE, name, "europepmc-search", url, io.BytesIO(content))
            papers = [paper for paper in parse(io.BytesIO(content), name) if isinstance(paper, PaperRows)]
            yield from self._belongings(wanted(papers))
            cursor = next_cursor(json.loads(content), cursor)

    def _belongings(self, papers: list[PaperRows]) -> Documents:
        for paper in papers:
            full_text = self._full_text(paper) if self.topic.full_text and paper.paper.get("is_open_access") else None
            if full_text:
                yield full_text
            elif self.topic.references:
                yield from self._references(paper)
        if "europepmc" in self.topic.entities:
            yield from self._annotations(papers)
        if "pubtator" in self.topic.entities:
            yield from self._pubtator(papers)

    def _full_text(self, paper: PaperRows) -> RawDocument | Unfetched | None:
        """The JATS of an open-access paper; None where the service has none after all."""
        if not (pmcid := paper.paper.get("pmcid")):
            return None
        found = list(self._belonging("fulltext", "jats", paper, f"{pmcid}/fullTextXML", {}, accept="application/xml"))
        return found[0] if found else None

    def _references(self, paper: PaperRows) -> Documents:
        path = f"{(paper.source_id or '').replace(':', '/')}/references"
        params = {"format": "json", "page": 1, "pageSize": REFERENCES}
        yield from self._belonging("references", "europepmc-references", paper, path, params)

    def _belonging(
        self,
        what: str,
        kind: str,
        paper: PaperRows,
        path: str,
        params: dict[str, Any],
        accept: str = "application/json",
    ) -> Documents:
        service = self.services.europepmc
        return self._ask(f"{SOURCE}:{what}", kind, [paper], service, path, params, accept)

    def _annotations(self, papers: list[PaperRows]) -> Documents:
        for some in _chunks([paper for paper in papers if paper.source_id], ANNOTATION_IDS):
            params = {"articleIds": ",".join(paper.source_id or "" for paper in some), "format": "JSON"}
            service = self.services.annotations
            yield from self._ask(
                f"{SOURCE}:annotations", "annotations", some, service, "annotationsByArticleIds", params
            )

    def _pubtator(self, papers: list[PaperRows]) -> Documents:
        with_pmid = [paper for paper in papers if paper.paper.get("pmid")]
        only_pmcid = [paper for paper in papers if paper.paper.get("pmcid") and not paper.paper.get("pmid")]
        for some in _chunks(with_pmid, PUBTATOR_IDS):
            yield from self._export("export", "pmid", some, {"full": "true"})
        for some in _chunks(only_pmcid, PUBTATOR_IDS):
            yield from self._export("pmc_export", "pmcid", some, {})

    def _export(self, path: str, name: str, papers: list[PaperRows], more: dict[str, str]) -> Documents:
        """PubTator's documents of these papers; ids that an answer leaves out are asked for once more."""
        for _ in range(2):
            if not papers:
                return
            params = {f"{name}s": ",".join(paper.paper[name] for paper in papers), **more}
            service, address = self.services.pubtator, f"publications/{path}/biocjson"
            answered: set[str] = set()
            documents = list(self._ask("pubtator", "pubtator", papers, service, address, params))
            if not documents:
                return
            for document in documents:
                if isinstance(document, Unfetched):
                    answered |= {paper.paper[name].removeprefix("PMC") for paper in papers}
                else:
                    answered |= _answered(document.body.read(), name)
                    document.body.seek(0)
                yield document
            papers = [paper for paper in papers if paper.paper[name].removeprefix("PMC") not in answered]

    def _ask(
        self,
        source: str,
        kind: str,
        papers: list[PaperRows],
        service: Service,
        path: str,
        params: dict[str, Any],
        accept: str = "application/json",
    ) -> Documents:
        """What a service says of these papers: one document, none where it knows none, or an Unfetched for each."""
        url = service.address(path, params)
        try:
            judge = _no_article if kind == "jats" else _no_answer
            url, content = self._get(service, path, params, judge, accept)
        except NotFound:
            return
        except (Refused, BadAnswer) as error:
            for paper in papers:
                yield Unfetched(source, paper.source_id or "", kind, url, "answer", str(error))
        else:
            name = papers[0].source_id if len(papers) == 1 else url
            yield RawDocument(source, name or "", kind, url, io.BytesIO(content), opens=False)

    def _get(
        self,
        service: Service,
        path: str,
        params: dict[str, Any],
        judge: Callable[[Answer], str | None],
        accept: str = "application/json",
    ) -> tuple[str, bytes]:
        url = service.address(path, params)
        content = self.remembered(url)
        if content is None:
            content = service.get(path, params, accept=accept, judge=judge).content
        return url, content


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


def _no_answer(answer: Answer) -> str | None:
    """Why an answer is not JSON with something in it; a service that is being updated says so with status 200."""
    try:
        content = json.loads(answer.content)
    except ValueError:
        return f"is answered with something that is no JSON: {answer.content[:60]!r}"
    error = None if isinstance(content, list) else refusal(content)
    return f"is answered with an error: {error.message}" if error else None


def _no_article(answer: Answer) -> str | None:
    """Why an answer is no article."""
    return None if b"<article" in answer.content else f"is answered with no article: {answer.content[:60]!r}"


def _answered(content: bytes, name: str) -> set[str]:
    """The ids of the documents in an export of PubTator, digits only."""
    try:
        documents = json.loads(content)["PubTator3"]
        names = [document.get("pmid") if name == "pmid" else document.get("id") for document in documents]
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()
    return {str(one).removeprefix("PMC") for one in names if one}


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(itertools.islice(rest, size)):
        yield some
