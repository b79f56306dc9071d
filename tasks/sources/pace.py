"""The pace of requests: how often a host is asked and how long one answer may take, across all threads."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

# Requests leave evenly spaced, a little slower than allowed, and never more than allowed within a second and MARGIN:
# one that is held up on its way by less than that never meets one more than allowed in a second at the other end.
# The allowed rate is used up to 96.6 %.
MARGIN = 0.035
LATENESS = 0.03  # seconds of leaving late that are made good again, as far as the last second has room


class HeldBack(Exception):
    """The host asked to be left alone for longer than we care to wait.

    seconds: for how much longer.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held back for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class Departure:
    """A request that may leave. share: of what is allowed in a second. left_at: monotonic seconds, once it is sent."""

    share: float
    left_at: float | None = None

    def left(self) -> None:
        """It is sent, or came to nothing; only the first call counts."""
        if self.left_at is None:
            self.left_at = time.monotonic()

    def trace(self, event: str, info: object) -> None:
        """For httpx, which says by it how far a request is."""
        if event.endswith("send_request_headers.complete"):
            self.left()


class HostPace:
    """Spaces the requests to one host; every service and thread of this process that asks it shares one.

    They leave evenly, unless some time is to be made good, and never more than allowed in a second. A request between
    its leave and its way counts as long as it is not sent: a thread may be held up there while others go on.
    """

    _all: dict[str, "HostPace"] = {}  # noqa: RUF012  # the shared registry
    _all_lock = threading.Lock()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self._held_until = 0.0
        self._lately: deque[Departure] = deque()

    @classmethod
    def of(cls, url: httpx.URL) -> "HostPace":
        """The one of the host (and port) of this address."""
        with cls._all_lock:
            return cls._all.setdefault(url.netloc.decode("ascii"), cls())

    @classmethod
    def forget(cls) -> None:
        """Start anew with every host, as tests do."""
        with cls._all_lock:
            cls._all.clear()

    def wait(self, requests_per_second: float, longest: float) -> Departure:
        """Returns when a request may leave; HeldBack where a Retry-After asks for more than ``longest`` seconds."""
        interval = (1 + MARGIN) / requests_per_second
        while True:
            with self._lock:
                now = time.monotonic()
                if self._held_until - now > longest:
                    raise HeldBack(self._held_until - now)
                start = max(self._next, self._held_until, self._full_until(now, interval))
                if now >= start:
                    self._next = max(start, now - LATENESS) + interval
                    self._lately.append(Departure(1 / requests_per_second))
                    return self._lately[-1]
            time.sleep(start - now)

    def _full_until(self, now: float, interval: float) -> float:
        """When the last second has room for one more request, 0 for now; a guess where the first is not yet sent."""
        lately = self._lately
        while lately and lately[0].left_at is not None and lately[0].left_at <= now - 1 - MARGIN:
            lately.popleft()
        if sum(departure.share for departure in lately) < 1 - 1e-9:
            return 0.0
        first = lately[0].left_at
        return now + interval / 4 if first is None else first + 1 + MARGIN

    def hold(self, seconds: float) -> None:
        """No request leaves for so long, whichever thread it comes from."""
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)


_deadline = threading.local()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Within it, the sockets of a limited client time out when the whole of it takes longer."""
    _deadline.at = time.monotonic() + seconds
    try:
        yield
    finally:
        del _deadline.at


def limited(client: httpx.Client) -> httpx.Client:
    """The client, made to keep ``time_limit``: its own time-outs start anew with each byte that drips in."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Backend(transport._pool._network_backend)
    return client


def _left(timeout: float | None) -> float | None:
    """The seconds a socket operation may take: its own time-out or what is left of the time limit."""
    at: float | None = getattr(_deadline, "at", None)
    if at is None:
        return timeout
    left = at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, _left(timeout), local_address, socket_options))
