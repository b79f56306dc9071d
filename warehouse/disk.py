"""The disk: what to do where it is full or read-only, whichever library tells, and when bytes are really on it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import StorageError

_FULL = "the disk is full; make room and run again, what is stored stays"
#: What to do about a disk, by the number of its error.
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: "cannot be written: the disk is mounted read-only; mount it for writing and run again",
}


def disk_remedy(error: Exception) -> str | None:
    """What is the matter with a disk that is full or read-only, and what to do; None for any other error.

    DuckDB and polars give the number of the error as its text alone.
    """
    for number, remedy in _REMEDIES.items():
        if getattr(error, "errno", None) == number or os.strerror(number) in str(error):
            return remedy
    return None


def flush_file(file: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    with file.open("rb") as written:
        os.fsync(written.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn an error of the disk at ``place`` into a StorageError that says what to do."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(
            f"{place}: cannot be made: in its way is a file, or a link to a disk that is not mounted; "
            "mount it, or name another directory"
        ) from error
    except OSError as error:
        other = f"cannot be written: {error.strerror or error}; check the folder's owner and mode"
        raise StorageError(f"{place}: {disk_remedy(error) or other}") from error
