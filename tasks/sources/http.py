"""The HTTP client of every source: patient, polite, and strict about what it takes for an answer.

SourceError
├── Unreachable        no connection, a time-out, a broken answer, 429 or 5xx, after all attempts: run again later
│   └── TooSlow        an answer that was not complete within the time limit, twice: not even later in this run
├── NotFound           404 or 410: the document is not there
├── Refused            another 4xx, or a redirect away from the host: the request or the configuration is wrong
└── BadAnswer          200 with something else: an HTML page, nothing, an error message
    └── TooLarge       longer than the cap
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Self

import httpx
import tenacity

from schemas.config import Service as Settings
from schemas.errors import SourceError, TooSlow, Unreachable
from tasks.sources import wire
from tasks.sources.pace import HeldBack, HostPace, limited, time_limit

# They write whole addresses and headers, with whatever secret is in them; httpx at level info, for each request.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

ATTEMPTS = 4
SLOW_ATTEMPTS = 2  # that take all of their time: a byte now and then must not hold a run for hours
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0  # without a byte
TOTAL_SECONDS = 120.0  # for one attempt
LONGEST_RETRY_AFTER = 120.0  # seconds; a host that asks for more is not asked again in this run
MAX_BYTES = 64 * 1024**2  # of an answer, decompressed
MAX_REDIRECTS = 5


class NotFound(SourceError):
    """404 or 410: the document is not there."""


class Refused(SourceError):
    """Another 4xx, or a redirect to another host: repeating it does not help."""


class BadAnswer(SourceError):
    """Status 200, but not what was asked for, after all attempts."""


class TooLarge(BadAnswer):
    """The answer is longer than the cap."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with status 200.

    url: the address that was asked for, without secrets.
    content: the body, decompressed.
    content_type: as the server says it, lower case, without parameters; it may be wrong.
    """

    url: str
    content: bytes
    content_type: str


Judge = Callable[[Answer], str | None]


class _Again(Exception):
    """An attempt that failed and may be repeated.

    words: what happened, after "GET ..."; remedy: what to do if it stays so; after: seconds the host asks for.
    """

    def __init__(self, words: str, remedy: str, error: type[SourceError] = Unreachable, after: float = 0.0) -> None:
        super().__init__(words)
        self.words, self.remedy, self.error, self.after = words, remedy, error, after


class Service:
    """One API: its address, its pace, its manners. Threads may share it; close it or use it in a ``with``.

    name: as in the configuration, named in messages.
    base_url: http or https; paths are appended to it.
    requests_per_second: never exceeded, counted together with all other services on the same host.
    contact: a mail address for the User-Agent, which becomes ``paperhouse/1.2 (+mailto:you@example.org)``.
    attempts: for one request, before it counts as failed.
    back_off: seconds; the n-th wait is a random part of ``back_off * 2**n`` (full jitter), or what Retry-After says.
    follow_elsewhere: whether a redirect to another host is followed, as permanent addresses (PURLs) answer with one;
        never from https to http, and without the user and password of the first.
    client: an httpx.Client of your own, with its own time-outs; it is closed with the service.
    """

    _sleep = staticmethod(time.sleep)

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        requests_per_second: float = 5.0,
        contact: str | None = None,
        attempts: int = ATTEMPTS,
        back_off: float = 0.5,
        total_seconds: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        longest_retry_after: float = LONGEST_RETRY_AFTER,
        follow_elsewhere: bool = False,
        client: httpx.Client | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        try:
            self._base = httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise SourceError(f"{name}: base_url is not an address: {error}") from None
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise SourceError(f"{name}: base_url: {wire.shown(self._base)!r} is not an http or https address")
        self.user_agent = f"paperhouse/{version('paperhouse')}" + (f" (+mailto:{contact})" if contact else "")
        self._rate = requests_per_second
        self._pace = HostPace.of(self._base)
        self._attempts = attempts
        self._back_off = back_off
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes
        self._longest = longest_retry_after
        self._follow_elsewhere = follow_elsewhere
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=None)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = limited(client or httpx.Client(timeout=timeout, limits=limits, verify=wire.tls()))

    @classmethod
    def open(cls, name: str, settings: Settings) -> Self:
        """The service of that name as the configuration has it."""
        return cls(
            name,
            str(settings.base_url),
            requests_per_second=settings.requests_per_second,
            contact=settings.contact,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def address(self, path: str, params: Mapping[str, str | int] | None = None) -> str:
        """What ``get`` would ask for, without secrets."""
        return wire.shown(self._url(path, params))

    def _url(self, path: str, params: Mapping[str, str | int] | None) -> httpx.URL:
        url = httpx.URL(f"{self.base_url}/{path.lstrip('/')}")
        return url.copy_merge_params(dict(params)) if params else url

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        judge: Judge | None = None,
    ) -> Answer:
        """The answer to a GET, repeated where that may help.

        path: below base_url, with its parts already quoted.
        judge: says in a few words what is wrong with an answer ("is JSON, not a page"), or None; an empty body and
            an HTML page are wrong already. A wrong answer is asked for again like a 503, then it is BadAnswer.
        Raises the errors above. Messages show the address without what looks like a key, a token or a password.
        """
        url = self._url(path, params)
        sent = {"User-Agent": self.user_agent, "Accept": accept, "Accept-Encoding": "gzip", **(headers or {})}
        asked = f"{self.name}: GET {wire.shown(url)}"
        retrying = tenacity.Retrying(
            stop=self._is_enough,
            retry=tenacity.retry_if_exception_type(_Again),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, asked, url, sent, judge)
        except _Again as again:
            attempts = retrying.statistics["attempt_number"]
            times = "once" if attempts == 1 else f"{attempts} times"
            raise again.error(f"{asked} {again.words} (tried {times}): {again.remedy}") from again.__cause__

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        """Whether an attempt is the last one: sooner where it took all of its time."""
        error = state.outcome.exception() if state.outcome else None
        is_slow = isinstance(error, _Again) and error.error is TooSlow
        return state.attempt_number >= (min(SLOW_ATTEMPTS, self._attempts) if is_slow else self._attempts)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        jitter = random.uniform(0, self._back_off * 2 ** (state.attempt_number - 1))  # noqa: S311  # no secret
        return max(jitter, error.after if isinstance(error, _Again) else 0.0)

    def _attempt(self, asked: str, url: httpx.URL, headers: dict[str, str], judge: Judge | None) -> Answer:
        """One attempt, over redirects within the host."""
        shown = wire.shown(url)
        for _ in range(MAX_REDIRECTS + 1):
            response, content = self._exchange(asked, url, headers)
            status = response.status_code
            if not response.has_redirect_location:
                break
            url = self._redirected(asked, url, response)
        else:
            raise Refused(f"{asked} is redirected more than {MAX_REDIRECTS} times: check the base_url of {self.name}")
        if status in (404, 410):
            raise NotFound(f"{asked} is answered with {wire.status_line(response)}: check the id")
        if status in (408, 425, 429) or status >= 500:
            raise self._called_off(asked, response)
        if 400 <= status < 500:
            raise Refused(
                f"{asked} is answered with {wire.status_line(response)}{wire.excerpt(response, content)}: "
                "check the configuration"
            )
        answer = Answer(shown, content, response.headers.get("content-type", "").partition(";")[0].strip().lower())
        if status != 200:
            wrong: str | None = f"is answered with {wire.status_line(response)}, not with a document"
        elif not content.strip():
            wrong = "is answered with an empty body"
        elif wire.is_html(content):
            wrong = "is answered with an HTML page, not with a document"
        else:
            wrong = judge(answer) if judge else None
        if wrong:
            raise _Again(wrong, "check the base_url, or run again later", BadAnswer)
        return answer

    def _exchange(self, asked: str, url: httpx.URL, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """One request and its whole answer, at the pace of the host and within the time limit."""
        try:
            departure = self._pace.wait(self._rate, self._longest)
        except HeldBack as held:
            raise Unreachable(f"{asked} was not tried: {_pause(held.seconds)}") from None
        until = time.monotonic() + self._total_seconds
        traced = {"trace": departure.trace}
        try:
            with (
                time_limit(self._total_seconds),
                self._client.stream("GET", url, headers=headers, follow_redirects=False, extensions=traced) as response,
            ):
                return response, wire.read_body(response, self._max_bytes)
        except wire.TooLong:
            megabytes = self._max_bytes / 1024**2
            raise TooLarge(f"{asked} is longer than {megabytes:g} MB: ask for less, or check the base_url") from None
        except httpx.DecodingError as error:
            raise _Again(f"is {error}", "check the base_url", BadAnswer) from error
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError) as error:
            kind: type[SourceError] = Unreachable
            if time.monotonic() >= until:
                kind, words = TooSlow, f"was not answered completely within {self._total_seconds:g} s"
            elif isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError):
                words = f"found no connection: {wire.reason(error)}"
            elif isinstance(error, httpx.TimeoutException):
                words = "was not answered in time"
            else:
                words = f"broke off: {wire.reason(error)}"
            raise _Again(words, "check the network and the base_url, or run again later", kind) from error
        finally:
            departure.left()

    def _called_off(self, asked: str, response: httpx.Response) -> Exception:
        """What a 429 or 5xx comes to: another attempt after the pause the host asks for, or none if that is long."""
        after = wire.retry_after(response)
        self._pace.hold(after)
        words = f"is answered with {wire.status_line(response)}"
        if after > self._longest:
            return Unreachable(f"{asked} {words}: {_pause(after)}")
        return _Again(words, "the service may be busy or down: run again later", after=after)

    def _redirected(self, asked: str, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        target = url.join(response.headers["location"])
        if (target.scheme, target.netloc) != (url.scheme, url.netloc):
            if self._follow_elsewhere and target.scheme in ("https", url.scheme):
                return target
            raise Refused(
                f"{asked} is redirected to another host, {wire.shown(target)}, and that is not followed: "
                f"if it is the right one, set the base_url of {self.name}"
            )
        return target.copy_with(userinfo=url.userinfo)


def _pause(seconds: float) -> str:
    return f"the service asks for a pause of {seconds:.0f} s: run again after that"
