"""The pace of requests: how often a host is asked and how long one answer may take, across all threads."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

# Requests leave evenly spaced, a little slower than allowed: a request that is held up on its way by less than
# MARGIN never meets one more than allowed in a second at the other end. The allowed rate is used up to 97 %.
MARGIN = 0.03
LATENESS = 0.01  # seconds of waking up late that are made good again, a part of the margin


class HeldBack(Exception):
    """The host asked to be left alone for longer than we care to wait.

    seconds: for how much longer.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held back for {seconds:.0f} s")
        self.seconds = seconds


class HostPace:
    """Spaces the requests to one host; every service and thread of this process that asks it shares one."""

    _all: dict[str, "HostPace"] = {}  # noqa: RUF012  # the shared registry
    _all_lock = threading.Lock()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0  # monotonic seconds
        self._held_until = 0.0

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

    def wait(self, requests_per_second: float, longest: float) -> None:
        """Returns when a request may leave; HeldBack where a Retry-After asks for more than ``longest`` seconds."""
        interval = (1 + MARGIN) / requests_per_second
        while True:
            with self._lock:
                now = time.monotonic()
                if self._held_until - now > longest:
                    raise HeldBack(self._held_until - now)
                start = max(self._next, self._held_until)
                if now >= start:
                    self._next = max(start, now - LATENESS) + interval
                    return
            time.sleep(start - now)

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
