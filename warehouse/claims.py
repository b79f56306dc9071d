"""Claim something for one process: a lock on a file that says who holds it."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from schemas.errors import PaperhouseError
from warehouse.disk import storage_errors


@contextmanager
def claim(file: Path, who: str, does: str, refuse: Callable[[str], PaperhouseError]) -> Iterator[None]:
    """Hold the lock while the block runs; it goes with the process, however that ends.

    who, does: what others are told, as "paperhouse ingest", "is writing it". refuse: makes the error to raise, where
        another process holds it, from a line that says which. Raises: StorageError where the file cannot be written.
    """
    with storage_errors(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        held = file.open("ab+", buffering=0)
    with held:
        try:
            flock(held, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise refuse(_holder(file, does)) from None
        held.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"who": who, "pid": os.getpid(), "host": socket.gethostname(), "since": since}
        with storage_errors(file.parent):
            held.write(json.dumps(holder).encode())
        yield
        held.truncate(0)


def _holder(file: Path, does: str) -> str:
    try:
        holder = json.loads(file.read_text(encoding="utf-8"))
        return f"{holder['who']} {does} (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (OSError, ValueError, KeyError):
        return f"another process {does}"
