"""A folder that appears at once, complete, or not at all: it is written beside its place and renamed."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from schemas.errors import StorageError
from warehouse.disk import flush_folder, storage_errors


@contextmanager
def new_folder(place: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A folder to write into; it takes its place when the block ends, and is removed where that fails.

    is_ours: whether a folder that is there and not empty may be replaced. Raises: StorageError where it may not, where
    another process is writing the same one, or where the disk does not let us.
    """
    place = place.resolve()
    part, old = (place.with_name(f".{place.name}.{what}") for what in ("part", "old"))
    with storage_errors(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        _undo(place, old)
        if place.exists() and not (place.is_dir() and (not any(place.iterdir()) or is_ours(place))):
            raise StorageError(f"{place}: holds something else already; name a new folder")
        with _claimed(part):
            try:
                yield part
                flush_folder(part)
                if place.exists():
                    place.rename(old)
                part.rename(place)
                flush_folder(place.parent)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _undo(place: Path, old: Path) -> None:
    """Put back what a process that died had moved away."""
    if old.exists() and not place.exists():
        old.rename(place)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _claimed(part: Path) -> Iterator[None]:
    """The folder, empty and ours alone; the lock goes with the process, and what a dead one left goes with it."""
    part.mkdir(exist_ok=True)
    folder = os.open(part, os.O_RDONLY)
    try:
        flock(folder, LOCK_EX | LOCK_NB)
        for leftover in part.iterdir():
            leftover.unlink()
        yield
    except BlockingIOError:
        raise StorageError(f"{part}: another run is writing it; wait for it to end") from None
    finally:
        os.close(folder)
