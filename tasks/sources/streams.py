"""Streams for the bodies of documents: they end where the document ends, or they raise, never in between.

Every body that a source on disk yields is a CheckedStream: it counts what it gives, holds it against the size that
is known beforehand and against the cap, and words each error of the layers below for the user.
"""

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from tarfile import TarError
from typing import IO, BinaryIO, cast

from zstandard import ZstdError

from schemas.errors import BrokenArchive
from tasks.sources.documents import DocumentUnreadable

BUFFER_BYTES = 128 * 1024
MAX_DOCUMENT_BYTES = 8 * 1024**3  # article sets are documents too

# What the readers below a body raise when the bytes are damaged, missing or cannot be read. ValueError, IndexError
# and their like come from tarfile and zipfile, which take the header fields of a damaged archive at their word.
READ_ERRORS = (
    OSError,  # with gzip.BadGzipFile
    EOFError,
    zlib.error,
    lzma.LZMAError,
    TarError,
    zipfile.BadZipFile,
    ZstdError,
    NotImplementedError,  # a compression method that zipfile does not know
    RuntimeError,
    ValueError,
    OverflowError,
    LookupError,
)


def reason(error: BaseException) -> str:
    """The error in a few words without the path, as ``Permission denied``: one line, no full stop."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join((text or type(error).__name__).split()).rstrip(".")


class CheckedStream(io.RawIOBase):
    """A document's bytes, counted; read it through ``checked``, which adds a buffer.

    inner: what is read.
    failure: makes of a few words (``unexpected end of data``) the exception to be raised.
    size: bytes that must come at least, if known; fewer is a failure.
    max_bytes: more than that is DocumentUnreadable("size", ...).
    """

    def __init__(
        self, inner: IO[bytes], failure: Callable[[str], Exception], max_bytes: int, size: int | None = None
    ) -> None:
        super().__init__()
        self._inner = inner
        self._failure = failure
        self._max_bytes = max_bytes
        self._size = size
        self._given = 0
        self._failed: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is private
        if self._failed:  # whoever reads on after an error must not see an ordinary end
            raise self._failed
        try:
            data = self._inner.read(len(buffer))
            if not data and self._size is not None and self._given < self._size:
                raise EOFError(f"it ends after {self._given} of {self._size} bytes")
            self._given += len(data)
            if self._given > self._max_bytes:
                raise DocumentUnreadable(
                    "size",
                    f"is larger than {_human(self._max_bytes)} when decompressed: split it into smaller documents",
                )
        except (DocumentUnreadable, BrokenArchive) as error:
            self._failed = error
            raise
        except READ_ERRORS as error:
            self._failed = self._failure(reason(error))
            raise self._failed from error
        buffer[: len(data)] = data
        return len(data)


def checked(inner: IO[bytes], failure: Callable[[str], Exception], max_bytes: int, size: int | None = None) -> BinaryIO:
    """A buffered CheckedStream; closing it leaves ``inner`` to its owner."""
    return io.BufferedReader(CheckedStream(inner, failure, max_bytes, size), BUFFER_BYTES)


def decompressed(inner: BinaryIO, failure: Callable[[str], Exception], max_bytes: int) -> BinaryIO:
    """The content of a .gz whose bytes come from ``inner``; gzip's own check sums are checked."""
    # An empty file is an ordinary end to GzipFile, but no file that gzip wrote is empty.
    return checked(cast(BinaryIO, gzip.GzipFile(fileobj=_NotEmpty(inner))), failure, max_bytes)


class _NotEmpty(io.RawIOBase):
    """Passes reads on, and raises EOFError where there is nothing at all."""

    def __init__(self, inner: BinaryIO) -> None:
        super().__init__()
        self._inner = inner
        self._seen = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        if not data and not self._seen:
            raise EOFError("it is empty")
        self._seen = True
        return data


def unreadable(words: str) -> DocumentUnreadable:
    """The failure of one document on its own; its neighbours are not concerned."""
    return DocumentUnreadable("readable", f"cannot be read: {words}: check the file or fetch it anew")


def _human(size: int) -> str:
    """A size for a reader: 8589934592 as ``8 GB``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1024:
            return f"{size} {unit}"
        size //= 1024
    return f"{size} GB"
