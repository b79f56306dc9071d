"""How much time a function takes, over all its calls."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Timed:
    """A function in the place of which it is called. Of all calls so far, of all threads: seconds of the processors
    (seconds), and on the clock (wall)."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.seconds, self.wall = function, 0.0, 0.0

    def __call__(self, *arguments: Any) -> Any:
        with self.counting():
            return self.function(*arguments)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what the block takes, too."""
        used, began = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.process_time() - used
            self.wall += time.perf_counter() - began
