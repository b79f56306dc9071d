"""Answers come in the order of the requests, whichever is there first, and not too many are asked for ahead."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tasks.sources import ahead
from tasks.sources.ahead import done, failed, in_order, threads


def test_answers_come_in_order_and_errors_in_their_turn() -> None:
    first_may_end = threading.Event()

    def slow() -> list[str]:
        assert first_may_end.wait(10)
        return ["a", "b"]

    with threads() as pool:
        second = pool.submit(lambda: ["c"])
        found = in_order([pool.submit(slow), second, failed(KeyError("d")), done(["e"])])
        assert second.result(10) == ["c"]
        first_may_end.set()
        assert [next(found) for _ in range(3)] == ["a", "b", "c"]
        with pytest.raises(KeyError):
            next(found)


def test_only_so_much_is_asked_for_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "AHEAD", 3)
    asked: list[Future[list[int]]] = []

    def jobs() -> Iterator[Future[list[int]]]:
        for _ in range(10):
            asked.append(Future())
            if len(asked) == 4:
                asked[0].set_result([0])
            yield asked[-1]

    found = in_order(jobs())
    assert next(found) == 0
    assert len(asked) == 4


def test_what_was_not_begun_is_given_up() -> None:
    begun, may_end = threading.Barrier(ahead.UNDER_WAY + 1), threading.Event()

    def work() -> None:
        begun.wait(10)
        may_end.wait(10)

    with threads() as pool:
        jobs = [pool.submit(work) for _ in range(ahead.UNDER_WAY + 5)]
        begun.wait(10)
        threading.Timer(0.1, may_end.set).start()
    assert [job.cancelled() for job in jobs] == [False] * ahead.UNDER_WAY + [True] * 5
