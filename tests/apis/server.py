"""A threaded HTTP/1.1 server over any number of services, with a log of what was asked and when."""

import gzip
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Self
from urllib.parse import parse_qs, unquote, urlsplit

Fault = Callable[["Exchange", "Reply"], None]


@dataclass(frozen=True)
class Request:
    """What a client asked for.

    at: Unix time when its first line was in. target: as it came, with the query. path: unquoted, without the query.
    query: the parameters of the address and of the form together. form: the body of a POST.
    """

    at: float
    method: str
    target: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: str = ""


@dataclass
class Reply:
    """What a service answers; the server adds length and compression."""

    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Service = Callable[[Request], Reply | None]
Chance = Callable[[Request, Reply], tuple[str, Fault] | None]


class ApiServer(ThreadingHTTPServer):
    """The services behind one port; use it in a ``with``.

    requests: all that was asked, in order. log: a file that takes the same, a JSON object a line, with the status and
    the name of the fault. chance: what decides by chance about a fault for a request (``tests.apis.chance``); it may
    be set later. faulted: how often each fault came.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, services: Iterable[Service], port: int = 0, log: Path | None = None, chance: Chance | None = None
    ) -> None:
        super().__init__(("127.0.0.1", port), Exchange)
        self.services = list(services)
        self.chance = chance
        self.requests: list[Request] = []
        self.faulted: Counter[str] = Counter()
        self.stopping = threading.Event()
        self._faults: list[tuple[Fault, str]] = []
        self._lock = threading.Lock()
        self._log: IO[str] | None = log.open("a", encoding="utf-8") if log else None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fail(self, *faults: Fault, times: int = 1, path: str = "") -> None:
        """The next requests whose path contains ``path`` meet these faults, one each, the list ``times`` over."""
        with self._lock:
            self._faults += [(fault, path) for fault in faults] * times

    def record(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def next_fault(self, request: Request, reply: Reply) -> Fault | None:
        """What goes wrong with this request: what ``fail`` ordered, else by chance."""
        with self._lock:
            name, fault = self._ordered(request) or (self.chance and self.chance(request, reply)) or ("", None)
            if name:
                self.faulted[name] += 1
            if self._log:
                line = {**asdict(request), "status": reply.status, "bytes": len(reply.body), "fault": name}
                self._log.write(json.dumps(line) + "\n")
                self._log.flush()
        return fault

    def _ordered(self, request: Request) -> tuple[str, Fault] | None:
        for at, (fault, path) in enumerate(self._faults):
            if path in request.path:
                del self._faults[at]
                return "ordered", fault
        return None

    def reply(self, request: Request) -> Reply:
        for service in self.services:
            if reply := service(request):
                return reply
        return Reply(b'{"status":404,"error":"Not Found"}', status=404)

    def asked(self) -> Counter[str]:
        """How often each target was asked for."""
        return Counter(request.target for request in self.requests)

    def most_in_a_second(self, path: str = "") -> int:
        """The most requests within any one second, by the server's own clock, for paths that begin with this."""
        most, second = 0, deque[float]()
        for at in sorted(request.at for request in self.requests if request.path.startswith(path)):
            second.append(at)
            while at - second[0] >= 1:
                second.popleft()
            most = max(most, len(second))
        return most

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        if self._log:
            self._log.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the game."""


class Exchange(BaseHTTPRequestHandler):
    """One connection; faults write to ``wfile`` themselves."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ApiServer

    def parse_request(self) -> bool:
        self.at = time.time()
        return super().parse_request()

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = self.rfile.read(length).decode() if length else ""
        split = urlsplit(self.path)
        query = parse_qs("&".join(filter(None, (split.query, form))), keep_blank_values=True)
        request = Request(self.at, self.command, self.path, unquote(split.path), query, dict(self.headers), form)
        self.server.record(request)
        reply = self.server.reply(request)
        if fault := self.server.next_fault(request, reply):
            fault(self, reply)
        else:
            self.send(reply)

    do_POST = do_GET

    def send(self, reply: Reply, *, announced: int | None = None) -> None:
        """The whole reply at once; announced: a Content-Length that lies."""
        plain = announced is None and "Content-Encoding" not in reply.headers
        if plain and len(reply.body) > 1000 and "gzip" in self.headers.get("Accept-Encoding", ""):
            reply = Reply(gzip.compress(reply.body, 1), reply.content_type, reply.status, {**reply.headers, **GZIP})
        self.wfile.write(self.head(reply, len(reply.body) if announced is None else announced) + reply.body)

    def head(self, reply: Reply, length: int | None) -> bytes:
        """The status line and the headers as bytes."""
        lines = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('',))[0]}"]
        lines.append(f"Content-Type: {reply.content_type}")
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def hang_up(self) -> None:
        """No more requests on this connection."""
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """The server keeps its own log."""


GZIP = {"Content-Encoding": "gzip"}
