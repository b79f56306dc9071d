"""Several requests under way at once, their answers in the order in which they were asked for."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

#: Requests under way at once: enough to use up the rate of a host that takes seconds for an answer.
UNDER_WAY = 16
#: Requests that may be made before the oldest of them is answered; bounds the memory.
AHEAD = 48

Item = TypeVar("Item")


@contextmanager
def threads() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests; at the end, those that were not begun are given up."""
    pool = ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="request")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def in_order(jobs: Iterable[Future[list[Item]]]) -> Iterator[Item]:
    """What the jobs give, in their order; an error comes in its turn. ``jobs`` is read no further than AHEAD."""
    waiting: deque[Future[list[Item]]] = deque()
    for job in jobs:
        waiting.append(job)
        while waiting and (len(waiting) > AHEAD or waiting[0].done()):
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def done(items: list[Item]) -> Future[list[Item]]:
    """What is there already, as a job among others."""
    job: Future[list[Item]] = Future()
    job.set_result(items)
    return job


def failed(error: BaseException) -> Future[list[Any]]:
    """What could not be had, as a job among others."""
    job: Future[list[Any]] = Future()
    job.set_exception(error)
    return job
