"""What to do about a disk that is full or read-only, whichever library tells of it."""

import errno
import os

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
