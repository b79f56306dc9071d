"""Be the one writer of a warehouse: a lock on its folder, and a global concurrency limit that the Prefect UI shows.

The lock decides: it goes with the process, however that ends. The limit follows it, so that an operator sees who
writes; one that a dead process left behind is freed here, since whoever holds the lock knows that nobody writes.
"""

import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_logger

from schemas.errors import WriterBusy
from warehouse.layout import Layout
from warehouse.store import writer_lock

log = get_logger(__name__)

#: Seconds between two looks at a lock that another run holds.
POLL = 2.0


def limit_name(layout: Layout) -> str:
    """The global concurrency limit of this warehouse, on this host."""
    place = f"{socket.gethostname()}:{layout.directory.resolve()}"
    return f"paperhouse-writer-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


@contextmanager
def only_writer(layout: Layout, who: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold lock and limit while the block runs.

    wait_seconds: how long to wait for a run that holds them. Raises: WriterBusy when that time is over.
    """
    with _locked(layout, who, time.monotonic() + wait_seconds), _limited(limit_name(layout)):
        yield


@contextmanager
def _locked(layout: Layout, who: str, deadline: float) -> Iterator[None]:
    told = False
    while True:
        try:
            lock = writer_lock(layout, who)
            lock.__enter__()
            break
        except WriterBusy as busy:
            if time.monotonic() >= deadline:
                raise
            if not told:
                log.warning("waiting: %s", busy)
                told = True
            time.sleep(POLL)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


@contextmanager
def _limited(name: str) -> Iterator[None]:
    with get_client(sync_client=True) as client:
        try:
            limit = client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))
        else:
            if limit.active_slots:
                log.warning("the limit %s was left behind by a run that died; freeing it", name)
                client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))
    with concurrency(name, strict=True):
        yield
