"""Keep memory flat over a long run, however many threads fetch."""

import ctypes
from contextlib import suppress

#: Parameter of mallopt for the number of heaps (glibc's malloc.h), and how many of them suffice.
_M_ARENA_MAX, _HEAPS = -8, 2


def share_heaps() -> None:
    """Let all threads share two heaps of the C library.

    glibc gives each thread one of its own, up to eight a core; what is freed in one is of no use to the others, so that
    a run of many batches grows by what lies scattered. To be called before the threads start; elsewhere than on glibc
    it does nothing. Source: mallopt(3).
    """
    with suppress(AttributeError, OSError, TypeError):  # no glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)
