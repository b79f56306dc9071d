"""JATS articles from disk: XML files, folders, globs, .gz and archives."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tasks.sources.documents import Document
from tasks.sources.files import iter_documents

SOURCE = "jats"
KIND = "jats"
SUFFIXES = frozenset({".xml", ".nxml"})


def iter_files(paths: Iterable[Path], base: Path) -> Iterator[Document]:
    """The articles in these files, as ``files.iter_documents`` gives them."""
    return iter_documents(paths, SOURCE, KIND, SUFFIXES, base)
