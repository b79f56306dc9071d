"""Paper pages of tomesphere, Markdown: by id over HTTP, or from disk."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from tasks.sources.documents import Document, RawDocument, Unfetched
from tasks.sources.files import iter_documents
from tasks.sources.http import Answer, BadAnswer, NotFound, Refused, Service, TooLarge

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

    A page that is not there, or that the service answers with something else, is yielded as Unfetched. Raises
    Unreachable where the service does not answer.
    """
    for page_id in ids:
        path = f"paper/{quote(page_id, safe='')}/full.md"
        url = service.address(path)
        try:
            answer = service.get(path, accept=ACCEPT, judge=_wrong)
        except NotFound as error:
            yield Unfetched(SOURCE, page_id, KIND, url, "found", str(error))
        except TooLarge as error:
            yield Unfetched(SOURCE, page_id, KIND, url, "size", str(error))
        except (Refused, BadAnswer) as error:
            yield Unfetched(SOURCE, page_id, KIND, url, "answer", str(error))
        else:
            yield RawDocument(SOURCE, page_id, KIND, url, io.BytesIO(answer.content))


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
