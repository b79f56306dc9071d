"""The small parts of reading an HTTP answer: its body, its Retry-After, and what of it may stand in a message."""

import base64
import functools
import re
import ssl
import time
import zlib
from email.utils import parsedate_to_datetime

import httpx

ERROR_WORDS = 200  # characters of an error's body that are quoted
SECRET = re.compile(r"(?i)(^|[_-])(api[_-]?key|key|token|secret|password|authorization)$")  # names


class TooLong(Exception):
    """The body is longer than the cap."""


def is_html(content: bytes) -> bool:
    """Whether a body is an HTML page, whatever its content type says."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """The whole body, decompressed in steps, so that a small bomb does not become a large one.

    Raises httpx.RemoteProtocolError for fewer bytes than announced (httpx notices by Content-Length and chunks; a
    gzip stream without its end is noticed here), httpx.DecodingError for a compression that was not asked for, and
    TooLong beyond ``max_bytes``.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise httpx.DecodingError(f"compressed as {encoding}, which was not asked for")
    content = bytearray()
    unpacking = None
    for piece in response.iter_raw():
        if encoding == "identity":
            content += piece
        else:
            while piece:
                if unpacking is None or unpacking.eof:  # the first or a further gzip member
                    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
                try:
                    content += unpacking.decompress(piece, max_bytes + 1 - len(content))
                except zlib.error as error:
                    raise httpx.RemoteProtocolError(f"damaged compression ({error})") from error
                piece = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
                if len(content) > max_bytes:
                    break
        if len(content) > max_bytes:
            raise TooLong
    if unpacking and not unpacking.eof:
        raise httpx.RemoteProtocolError("the compressed body ends early")
    return bytes(content)


def retry_after(response: httpx.Response) -> float:
    """The seconds a Retry-After header asks for, given as seconds or as a date; 0 where there is none."""
    value = response.headers.get("retry-after", "").strip()
    try:
        if value.isdigit():
            return float(value)
        until = parsedate_to_datetime(value).timestamp()
        now = response.headers.get("date")  # by the clock that the date was made with
        return max(0.0, until - (parsedate_to_datetime(now).timestamp() if now else time.time()))
    except (ValueError, OverflowError):
        return 0.0


def shown(url: httpx.URL) -> str:
    """The address for a message: no user, no password, no keys."""
    items = [(name, "***" if SECRET.search(name) else value) for name, value in url.params.multi_items()]
    bare = url.copy_with(userinfo=b"")
    return str(bare.copy_with(params=items) if any(value == "***" for _, value in items) else bare)


def status_line(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def reason(error: Exception) -> str:
    """``Connection refused`` of ``[Errno 111] Connection refused``."""
    return " ".join(re.sub(r"^\[Errno -?\d+\] ", "", str(error)).split()).rstrip(".") or type(error).__name__


def excerpt(response: httpx.Response, content: bytes) -> str:
    """What an error's body says in its first words, if it is text; a secret it repeats is blotted out."""
    if is_html(content) or not content.strip():
        return ""
    text = " ".join(content[: 4 * ERROR_WORDS].decode("utf-8", "replace").split())
    request = response.request
    for name, value in (*request.url.params.multi_items(), *request.headers.items()):
        if SECRET.search(name):
            for part in (*value.split(), *_credentials(value)):
                text = text.replace(part, "***")
    return f" ({text[:ERROR_WORDS]})"


def _credentials(authorization: str) -> list[str]:
    """``user:password`` and the password of Basic authentication (RFC 7617)."""
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() != "basic":
        return []
    try:
        known = base64.b64decode(sent, validate=True).decode()
    except ValueError:
        return []
    return [part for part in (known, known.partition(":")[2]) if part]


@functools.cache
def tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes a tenth of a second, and each unit of work has its own client."""
    return httpx.create_ssl_context()
