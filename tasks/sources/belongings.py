"""What belongs to papers beside their records: full texts, reference lists, and entities from two services.

Endpoints and traps: https://europepmc.org/RestfulWebService, https://europepmc.org/AnnotationsApi and
https://www.ncbi.nlm.nih.gov/research/pubtator3/api.
"""

import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from schemas.config import EuropePmcTopic
from schemas.errors import SourceError, Unreachable
from tasks.parsers.answers import refusal
from tasks.parsers.rows import PaperRows
from tasks.sources.documents import Document, RawDocument, Unfetched
from tasks.sources.http import Answer, NotFound
from tasks.sources.services import Params, Services

ANNOTATION_IDS = 8
PUBTATOR_IDS = 100
REFERENCES = 1000

#: Fetches something of some papers; threads may run several at once.
Errand = Callable[[], list[Document]]


@dataclass(frozen=True)
class Belongings:
    """What a topic asks for of its papers."""

    topic: EuropePmcTopic
    services: Services

    def of(self, papers: list[PaperRows], alone: bool = False) -> Iterator[Errand]:
        """What is to be done for these papers. alone: with requests that ask about one paper each."""
        if self.topic.full_text or self.topic.references:
            for paper in papers:
                yield partial(self._text_or_references, paper)
        if "europepmc" in self.topic.entities:
            for some in _chunks([paper for paper in papers if paper.source_id], 1 if alone else ANNOTATION_IDS):
                yield partial(self._annotations, some)
        if "pubtator" in self.topic.entities:
            most = 1 if alone else PUBTATOR_IDS
            with_pmid = [paper for paper in papers if paper.paper.get("pmid")]
            only_pmcid = [paper for paper in papers if paper.paper.get("pmcid") and not paper.paper.get("pmid")]
            for some in _chunks(with_pmid, most):
                yield partial(self._export, "export", "pmid", some, {"full": "true"})
            for some in _chunks(only_pmcid, most):
                yield partial(self._export, "pmc_export", "pmcid", some, {})

    def _text_or_references(self, paper: PaperRows) -> list[Document]:
        """The JATS of an open-access paper; where the service has none, after all, its references."""
        found: list[Document] = []
        pmcid = paper.paper.get("pmcid")
        if self.topic.full_text and paper.paper.get("is_open_access") and pmcid:
            found = self._ask("europepmc", "europepmc:fulltext", "jats", [paper], f"{pmcid}/fullTextXML", {})
        if not found and self.topic.references:
            path = f"{(paper.source_id or '').replace(':', '/')}/references"
            params: Params = {"format": "json", "page": 1, "pageSize": REFERENCES}
            found = self._ask("europepmc", "europepmc:references", "europepmc-references", [paper], path, params)
        return found

    def _annotations(self, papers: list[PaperRows]) -> list[Document]:
        def ask(some: list[PaperRows]) -> list[Document]:
            params: Params = {"articleIds": ",".join(paper.source_id or "" for paper in some), "format": "JSON"}
            path = "annotationsByArticleIds"
            return self._ask("annotations", "europepmc:annotations", "annotations", some, path, params)

        return _asked_twice(ask, papers, lambda paper: paper.source_id or "", _articles)

    def _export(self, path: str, name: str, papers: list[PaperRows], more: Params) -> list[Document]:
        def ask(some: list[PaperRows]) -> list[Document]:
            params: Params = {f"{name}s": ",".join(paper.paper[name] for paper in some), **more}
            return self._ask("pubtator", "pubtator", "pubtator", some, f"publications/{path}/biocjson", params)

        return _asked_twice(ask, papers, lambda paper: str(paper.paper[name]).removeprefix("PMC"), _exported(name))

    def _ask(
        self, service: str, source: str, kind: str, papers: list[PaperRows], path: str, params: Params
    ) -> list[Document]:
        """What a service says of these papers: one document, none where it knows none, or an Unfetched for each.

        Raises: Unreachable where the service is down, and not only unable to tell of these papers.
        """
        judge, accept = (no_article, "application/xml") if kind == "jats" else (no_answer, "application/json")
        try:
            url, content = self.services.get(service, path, params, judge, accept)
        except NotFound:
            return []
        except SourceError as error:
            if isinstance(error, Unreachable) and self.services.is_down(service):
                raise
            url = self.services.address(service, path, params)
            return [Unfetched(source, paper.source_id or "", kind, url, "answer", str(error)) for paper in papers]
        name = papers[0].source_id if len(papers) == 1 else url
        return [RawDocument(source, name or "", kind, url, io.BytesIO(content), opens=False)]


def no_answer(answer: Answer) -> str | None:
    """Why an answer is not JSON with something in it; a service that is being updated says so with status 200."""
    try:
        content = json.loads(answer.content)
    except ValueError:
        return f"is answered with something that is no JSON: {answer.content[:60]!r}"
    error = None if isinstance(content, list) else refusal(content)
    return f"is answered with an error: {error.message}" if error else None


def no_article(answer: Answer) -> str | None:
    """Why an answer is no article."""
    return None if b"<article" in answer.content else f"is answered with no article: {answer.content[:60]!r}"


def _asked_twice(
    ask: Callable[[list[PaperRows]], list[Document]],
    papers: list[PaperRows],
    id_of: Callable[[PaperRows], str],
    ids_in: Callable[[Any], Iterable[str]],
) -> list[Document]:
    """What a service says of these papers; those that its answer leaves out in silence are asked for once more."""
    found = ask(papers)
    told: set[str] = set()
    for document in found:
        if isinstance(document, Unfetched):
            return found
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # another form, for the parser to judge
            told |= set(ids_in(json.loads(document.body.read())))
        document.body.seek(0)
    left_out = [paper for paper in papers if id_of(paper) not in told]
    return [*found, *ask(left_out)] if found and left_out else found


def _articles(answer: Any) -> Iterator[str]:
    """The articles in an answer of the annotations service, as ``MED:1``."""
    return (f"{article['source']}:{article['extId']}" for article in answer)


def _exported(name: str) -> Callable[[Any], Iterator[str]]:
    """What gives the ids of that name in an export of PubTator, digits only."""
    key = "pmid" if name == "pmid" else "id"
    return lambda answer: (str(document.get(key)).removeprefix("PMC") for document in answer["PubTator3"])


def _chunks(papers: Iterable[PaperRows], size: int) -> Iterator[list[PaperRows]]:
    rest = iter(papers)
    while some := list(itertools.islice(rest, size)):
        yield some
