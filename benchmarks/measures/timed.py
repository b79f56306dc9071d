"""How much time of the processor a function takes, over all its calls."""

import time
from collections.abc import Callable
from typing import Any


class Timed:
    """A function in the place of which it is called; seconds: CPU seconds of all calls so far, all threads."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self, *arguments: Any) -> Any:
        start = time.process_time()
        try:
            return self.function(*arguments)
        finally:
            self.seconds += time.process_time() - start
