"""The ways in which services misbehave; each is given to ``ApiServer.fail``."""

import gzip
import socket
import struct
from functools import cache

from tests.apis.server import GZIP, Exchange, Fault, Reply

NGINX = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"


def status(code: int, retry_after: str | int | None = None, body: bytes | None = None) -> Fault:
    """An error status with an HTML page, as a proxy in front of a service sends it, or with a JSON body."""
    page = NGINX.format(f"{code} {Exchange.responses.get(code, ('Error',))[0]}").encode()
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    kind = "text/html" if body is None else "application/json"
    return answer(page if body is None else body, kind, code, headers)


def answer(
    body: bytes, content_type: str = "text/markdown", code: int = 200, headers: dict[str, str] | None = None
) -> Fault:
    """This body instead of the right one."""
    return lambda exchange, _: exchange.send(Reply(body, content_type, code, dict(headers or {})))


def html(content_type: str = "text/html") -> Fault:
    """An HTML page with status 200."""
    return answer(b"\n<!DOCTYPE html><html><body># Maintenance</body></html>", content_type)


def redirect(location: str, code: int = 302) -> Fault:
    return answer(b"", "text/html", code, {"Location": location})


def drop(exchange: Exchange, reply: Reply) -> None:
    """The connection is reset without a word."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()
    exchange.hang_up()


def silence(exchange: Exchange, reply: Reply) -> None:
    """Nothing is said, and the connection stays open."""
    exchange.server.stopping.wait(60)
    exchange.hang_up()


def truncated(exchange: Exchange, reply: Reply) -> None:
    """Content-Length announces all, half of it comes."""
    half = Reply(reply.body[: len(reply.body) // 2], reply.content_type, reply.status, reply.headers)
    exchange.send(half, announced=len(reply.body))
    exchange.hang_up()


def truncated_chunks(exchange: Exchange, reply: Reply) -> None:
    """A chunked body without its last chunk."""
    reply.headers["Transfer-Encoding"] = "chunked"
    half = reply.body[: len(reply.body) // 2]
    exchange.wfile.write(exchange.head(reply, None) + b"%x\r\n%s\r\n" % (len(half), half))
    exchange.hang_up()


def truncated_gzip(exchange: Exchange, reply: Reply) -> None:
    """Half a gzip stream, in a body whose length is right."""
    packed = gzip.compress(reply.body)
    exchange.send(Reply(packed[: len(packed) // 2], reply.content_type, 200, dict(GZIP)))


def slow(seconds: float) -> Fault:
    """The right answer, with a pause in the middle."""

    def fault(exchange: Exchange, reply: Reply) -> None:
        half = len(reply.body) // 2
        exchange.wfile.write(exchange.head(reply, len(reply.body)) + reply.body[:half])
        exchange.server.stopping.wait(seconds)
        exchange.wfile.write(reply.body[half:])

    return fault


def drip(seconds: float, body_only: bool = True) -> Fault:
    """A byte every so often, of the body or from the status line on."""

    def fault(exchange: Exchange, reply: Reply) -> None:
        head = exchange.head(reply, len(reply.body))
        if body_only:
            exchange.wfile.write(head)
        for byte in reply.body if body_only else head + reply.body:
            if exchange.server.stopping.wait(seconds):
                break
            exchange.wfile.write(bytes([byte]))
        exchange.hang_up()

    return fault


def endless(exchange: Exchange, reply: Reply) -> None:
    """A body without an end, in chunks."""
    reply.headers["Transfer-Encoding"] = "chunked"
    exchange.wfile.write(exchange.head(reply, None))
    while not exchange.server.stopping.is_set():
        exchange.wfile.write(b"10000\r\n" + b"# endless " * 6553 + b"123456\r\n")


def too_short_a_length(exchange: Exchange, reply: Reply) -> None:
    """Content-Length announces half of what comes."""
    exchange.send(Reply(reply.body, reply.content_type), announced=len(reply.body) // 2)
    exchange.hang_up()


def gzip_bomb(megabytes: int) -> Fault:
    """Zeros that gzip makes a thousand times smaller."""
    packed = _zeros(megabytes)
    return lambda exchange, reply: exchange.send(Reply(packed, reply.content_type, 200, dict(GZIP)))


@cache
def _zeros(megabytes: int) -> bytes:
    return gzip.compress(bytes(megabytes * 1024**2))
