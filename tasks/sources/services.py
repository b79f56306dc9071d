"""The services that a harvest asks: what each of them answers, from the network or from what was landed already."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Self

from schemas.config import Sources
from schemas.errors import SourceError, Unreachable
from tasks.sources.http import Judge, Service

#: Given an address, the bytes that an interrupted run landed from there, if any.
Remembered = Callable[[str], bytes | None]
Params = Mapping[str, str | int]

#: Requests in a row that a service leaves unanswered until it counts as down.
DOWN = 5


class Services:
    """``europepmc``, ``annotations`` and ``pubtator``, asked by name; threads may share them. Use it in a ``with``."""

    def __init__(self, settings: Sources, remembered: Remembered) -> None:
        self._remembered = remembered
        self._stack = ExitStack()
        self._services = {
            name: self._stack.enter_context(Service.open(name, getattr(settings, name)))
            for name in ("europepmc", "annotations", "pubtator")
        }
        self._unanswered: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def address(self, name: str, path: str, params: Params) -> str:
        """What ``get`` would ask for, without secrets."""
        return self._services[name].address(path, params)

    def get(
        self, name: str, path: str, params: Params, judge: Judge, accept: str = "application/json"
    ) -> tuple[str, bytes]:
        """The address of what was asked for, and the answer. Raises: SourceError, as ``Service.get``."""
        url = self.address(name, path, params)
        content = self._remembered(url)
        if content is None:
            try:
                content = self._services[name].get(path, params, accept=accept, judge=judge).content
            except SourceError as error:
                self._note(name, answered=not isinstance(error, Unreachable))
                raise
            self._note(name, answered=True)
        return url, content

    def is_down(self, name: str) -> bool:
        """Whether the service left the last requests all unanswered."""
        return self._unanswered[name] >= DOWN

    def _note(self, name: str, answered: bool) -> None:
        with self._lock:
            self._unanswered[name] = 0 if answered else self._unanswered[name] + 1
