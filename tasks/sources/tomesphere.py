"""Paper pages of tomesphere, Markdown: by id over HTTP, or from disk."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from schemas.errors import SourceError, Unreachable
from tasks.sources.documents import Document, RawDocument, Unfetched
from tasks.sources.files import iter_documents
from tasks.sources.http import Answer, BadAnswer, NotFound, Refused, Service, TooLarge
from tasks.sources.services import DOWN

SOURCE = "tomesphere"
KIND = "tomesphere-page"
SUFFIXES = frozenset({".md", ".markdown"})
UNIT_IDS = 100
ACCEPT = "text/markdown, text/plain;q=0.9, */*;q=0.1"

TITLE = re.compile(rb"^#[ \t]+\S", re.MULTILINE)
TITLE_WITHIN = 4096  # bytes: front matter or a note may stand before the title


def plan(ids: Iterable[str]) -> Iterator[list[str]]:
    """Units of work: 100 ids each."""
    rest = iter(ids)
    while unit := list(itertools.islice(rest, UNIT_IDS)):
        yield unit


def iter_pages(service: Service, ids: Iterable[str]) -> Iterator[Document]:
    """The pages of these ids, in order, from ``GET {base_url}/paper/{id}/full.md``.

    A page that is not there, or that the service answers with something else, is yielded as Unfetched; so is one that
    it leaves unanswered, as long as it answers others: one page must not keep all behind it. Raises Unreachable where
    the service is down: it left several unanswered in a row, or all.
    """
    unanswered: list[Unfetched] = []
    is_up = False
    for page_id in ids:
        try:
            document = _ask(service, page_id)
        except Unreachable as error:
            unanswered.append(_unfetched(service, page_id, "answer", error))
            if len(unanswered) >= DOWN:
                raise
            last = error
            continue
        yield from unanswered
        yield document
        unanswered, is_up = [], True
    if unanswered and not is_up:
        raise last
    yield from unanswered


def _ask(service: Service, page_id: str) -> Document:
    """The page, or why it cannot be had. Raises: Unreachable."""
    try:
        answer = service.get(_path(page_id), accept=ACCEPT, judge=_wrong)
    except NotFound as error:
        return _unfetched(service, page_id, "found", error)
    except TooLarge as error:
        return _unfetched(service, page_id, "size", error)
    except (Refused, BadAnswer) as error:
        return _unfetched(service, page_id, "answer", error)
    return RawDocument(SOURCE, page_id, KIND, service.address(_path(page_id)), io.BytesIO(answer.content))


def _unfetched(service: Service, page_id: str, check: str, error: SourceError) -> Unfetched:
    return Unfetched(SOURCE, page_id, KIND, service.address(_path(page_id)), check, str(error))


def _path(page_id: str) -> str:
    return f"paper/{quote(page_id, safe='')}/full.md"


def iter_files(paths: Iterable[Path], base: Path) -> Iterator[Document]:
    """The pages in these files, as ``files.iter_documents`` gives them."""
    return iter_documents(paths, SOURCE, KIND, SUFFIXES, base)


def _wrong(answer: Answer) -> str | None:
    """Why an answer is no page; judged by its body, since content types lie."""
    if answer.content.lstrip().startswith(b"{"):
        return "is answered with JSON, not with a page"
    if not TITLE.search(answer.content[:TITLE_WITHIN].removeprefix(b"\xef\xbb\xbf")):
        return "is answered with something that has no title line ('# ...'), not with a page"
    return None
