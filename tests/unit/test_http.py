"""The HTTP client against a server that misbehaves over real sockets."""

import gzip
import logging
import re
import resource
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from importlib.metadata import version
from typing import Any

import httpx
import pytest

from schemas.config import Tomesphere
from schemas.errors import SourceError, TooSlow, Unreachable
from tasks.sources import wire
from tasks.sources.http import SLOW_ATTEMPTS, Answer, BadAnswer, NotFound, Refused, Service, TooLarge
from tasks.sources.wire import retry_after
from tests.apis import faults
from tests.apis.server import ApiServer, Reply, Request

BODY = b"# Title\n" + b"text " * 2000
Serve = Callable[..., ApiServer]


def echo(request: Request) -> Reply | None:
    return Reply(BODY, "text/markdown") if request.path.startswith("/base/doc") else None


def client(server: ApiServer | str, **options: Any) -> Service:
    base_url = server if isinstance(server, str) else f"{server.base_url}/base"
    return Service("tomesphere", base_url, **{"requests_per_second": 1000, "back_off": 0.01, **options})


def test_a_plain_get(serve: Serve) -> None:
    server = serve(echo)
    with client(server, contact="you@example.org") as service:
        answer = service.get("doc", {"q": "a b+c/=", "n": 3}, accept="text/markdown")
        assert service.get("/doc").content == BODY
    assert answer == Answer(f"{server.base_url}/base/doc?q=a+b%2Bc%2F%3D&n=3", BODY, "text/markdown")
    headers = server.requests[0].headers
    assert headers["User-Agent"] == f"paperhouse/{version('paperhouse')} (+mailto:you@example.org)"
    assert headers["Accept"] == "text/markdown"
    assert headers["Accept-Encoding"] == "gzip"
    assert server.requests[0].query == {"q": ["a b+c/="], "n": ["3"]}


def test_a_service_as_the_configuration_has_it(serve: Serve) -> None:
    settings = Tomesphere(base_url=f"{serve(echo).base_url}/base", contact="me@example.org")
    with Service.open("tomesphere", settings) as service:
        assert service.get("doc").content == BODY
        assert service.user_agent.endswith("(+mailto:me@example.org)")


@pytest.mark.parametrize(
    "fault",
    [
        *[faults.status(code) for code in (408, 429, 500, 502, 503, 504)],
        faults.status(503, retry_after=0),
        faults.drop,
        faults.truncated,
        faults.truncated_chunks,
        faults.truncated_gzip,
        faults.html(),
        faults.html("text/markdown"),
        faults.answer(b" \n"),
        faults.answer(b"", code=204),
        faults.answer(BODY, headers={"Content-Encoding": "br"}),
        faults.answer(b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_what_may_pass_is_tried_again(serve: Serve, fault: Any) -> None:
    server = serve(echo)
    server.fail(fault, times=3)
    with client(server) as service:
        assert service.get("doc").content == BODY
    assert len(server.requests) == 4


def test_faults_that_stay_end_in_one_line_with_address_attempts_and_remedy(serve: Serve) -> None:
    cases: list[tuple[Any, type[SourceError], str]] = [
        (faults.status(503), Unreachable, "is answered with 503 Service Unavailable"),
        (faults.status(429), Unreachable, "is answered with 429 Too Many Requests"),
        (faults.drop, Unreachable, "broke off: Connection reset by peer"),
        (faults.truncated, Unreachable, "broke off: peer closed connection without sending complete message body"),
        (faults.truncated_chunks, Unreachable, "broke off: peer closed connection without sending complete"),
        (faults.truncated_gzip, Unreachable, "broke off: the compressed body ends early"),
        (faults.html(), BadAnswer, "is answered with an HTML page, not with a document"),
        (faults.answer(b""), BadAnswer, "is answered with an empty body"),
        (faults.answer(b"x", code=206), BadAnswer, "is answered with 206 Partial Content, not with a document"),
    ]
    for fault, kind, words in cases:
        server = serve(echo)
        server.fail(fault, times=9)
        with client(server) as service, pytest.raises(SourceError) as caught:
            service.get("doc")
        line = str(caught.value)
        assert type(caught.value) is kind, line
        assert line.startswith(f"tomesphere: GET {server.base_url}/base/doc {words}")
        assert " (tried 4 times): " in line and "run again later" in line and "\n" not in line
        assert len(server.requests) == 4


def test_no_connection() -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with client(base_url, attempts=2) as service, pytest.raises(Unreachable) as caught:
            service.get("doc")
    assert str(caught.value) == (
        f"tomesphere: GET {base_url}/doc found no connection: Connection refused (tried 2 times): "
        "check the network and the base_url, or run again later"
    )
    with (
        client("http://nowhere.invalid", attempts=1) as service,
        pytest.raises(Unreachable, match=r"no connection: .*once"),
    ):
        service.get("doc")


def test_what_stays_wrong_is_not_tried_again(serve: Serve) -> None:
    server = serve(echo)
    with client(server) as service:
        with pytest.raises(NotFound, match=r"GET http.*/base/gone is answered with 404 Not Found: check the id"):
            service.get("gone")
        server.fail(faults.status(410))
        with pytest.raises(NotFound):
            service.get("doc")
        for code in (400, 401, 403, 406, 422):
            server.fail(faults.status(code, body=b'{"message":  "must contain\\n 1 to 8"}'))
            with pytest.raises(Refused, match=rf'is answered with {code} .* \({{"message": "must contain'):
                service.get("doc")
    assert len(server.requests) == 7


def test_a_judge_has_the_last_word(serve: Serve) -> None:
    server = serve(echo)
    server.fail(faults.answer(b'{"errCode":404}'), times=2)

    def judge(answer: Answer) -> str | None:
        return "is answered with an error" if b"errCode" in answer.content else None

    with client(server) as service:
        assert service.get("doc", judge=judge).content == BODY
        server.fail(faults.answer(b'{"errCode":404}'), times=4)
        with pytest.raises(BadAnswer, match=r"is answered with an error \(tried 4 times\)"):
            service.get("doc", judge=judge)


# --- time ---


def test_back_off_grows_and_is_random(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(echo)
    waits: list[float] = []
    monkeypatch.setattr(Service, "_sleep", staticmethod(waits.append))
    with client(server, back_off=0.5, attempts=6) as service:
        for _ in range(20):
            server.fail(faults.status(500), times=5)
            service.get("doc")
    for number in range(5):
        of_number = waits[number::5]
        assert min(of_number) >= 0 and max(of_number) <= 0.5 * 2**number
        assert max(of_number) > 0.25 * 2**number, "uses the whole range"
        assert len(set(of_number)) == 20


def test_retry_after_holds_back_every_thread(serve: Serve) -> None:
    server = serve(echo)
    server.fail(faults.status(429, retry_after=1))
    with client(server) as service, ThreadPoolExecutor(3) as pool:
        pool.submit(service.get, "doc").add_done_callback(lambda _: None)
        while not server.requests:
            time.sleep(0.005)
        time.sleep(0.1)
        for done in [pool.submit(service.get, "doc") for _ in range(2)]:
            assert done.result().content == BODY
    first, *later = (request.at for request in server.requests)
    assert len(later) == 3
    assert all(at - first >= 0.95 for at in later)


def test_retry_after_as_a_date_counts_by_the_clock_it_was_made_with() -> None:
    date = {"Retry-After": "Mon, 23 Nov 2026 10:01:30 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    assert retry_after(httpx.Response(503, headers=date)) == 90
    assert retry_after(httpx.Response(503, headers={"Retry-After": date["Date"], "Date": date["Retry-After"]})) == 0
    in_a_minute = formatdate(time.time() + 60, usegmt=True)
    assert 58 <= retry_after(httpx.Response(503, headers={"Retry-After": in_a_minute})) <= 60


def test_a_host_that_asks_for_a_long_pause_is_left_alone(serve: Serve) -> None:
    server = serve(echo)
    server.fail(faults.status(503, retry_after=3600))
    with client(server) as service:
        with pytest.raises(
            Unreachable, match="503 Service Unavailable: the service asks for a pause of 3600 s: run again"
        ):
            service.get("doc")
        with pytest.raises(Unreachable, match=r"was not tried: the service asks for a pause of (3600|3599) s"):
            service.get("doc2")
    with client(server) as another, pytest.raises(Unreachable, match="was not tried"):
        another.get("doc")
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["soon", "-5", "99999999999999999999999999", "Wed, 99 Nov 2026 00:00:00 GMT"])
def test_nonsense_in_retry_after(serve: Serve, value: str) -> None:
    server = serve(echo)
    server.fail(faults.status(503, retry_after=value))
    with client(server) as service:
        if value.startswith("999"):
            with pytest.raises(Unreachable, match="asks for a pause"):
                service.get("doc")
        else:
            assert service.get("doc").content == BODY


@pytest.mark.parametrize("fault", [faults.drip(0.02), faults.drip(0.02, body_only=False), faults.silence])
def test_an_answer_has_a_time_limit_however_slowly_it_drips(serve: Serve, fault: Any) -> None:
    server = serve(echo)
    server.fail(fault)
    started = time.monotonic()
    with client(server, total_seconds=0.4, attempts=1) as service, pytest.raises(Unreachable) as caught:
        service.get("doc")
    assert 0.35 < time.monotonic() - started < 1
    assert "was not answered completely within 0.4 s (tried once)" in str(caught.value)


def test_what_takes_all_of_its_time_is_tried_twice_and_not_later_in_the_run(serve: Serve) -> None:
    server = serve(echo)
    server.fail(faults.drip(0.02), times=SLOW_ATTEMPTS)
    with client(server, total_seconds=0.2) as service, pytest.raises(TooSlow, match=r"\(tried 2 times\)"):
        service.get("doc")
    assert len(server.requests) == SLOW_ATTEMPTS
    server.fail(faults.status(503), times=9)
    with client(server) as service, pytest.raises(Unreachable) as caught:
        service.get("doc")
    assert not isinstance(caught.value, TooSlow)


def test_a_read_timeout(serve: Serve) -> None:
    server = serve(echo)
    server.fail(faults.silence)
    with client(server, client=httpx.Client(timeout=0.1), attempts=2) as service:
        assert service.get("doc").content == BODY


@pytest.mark.alone
def test_the_rate_is_never_exceeded_and_used_to_95_percent(serve: Serve) -> None:
    server, rate = serve(echo), 20
    until = threading.Event()

    def work() -> None:
        # Several services on one host share its rate, as the two APIs of Europe PMC do.
        with client(server, requests_per_second=rate) as service:
            while not until.is_set():
                service.get("doc")

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work) for _ in range(4)]
        time.sleep(1.4)
        until.set()
        for one in done:
            one.result()
    times = [request.at for request in server.requests]
    assert server.most_in_a_second() <= rate
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.95 * rate


# --- size, redirects, secrets ---


def test_bodies_beyond_the_cap(serve: Serve) -> None:
    server = serve(echo)
    server.fail(faults.answer(b"x" * 3_000_000), faults.answer(b"y" * 3_000_000), faults.gzip_bomb(150))
    with client(server, max_bytes=2 * 1024**2) as service:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(3):
            with pytest.raises(TooLarge, match="is longer than 2 MB: ask for less, or check the base_url"):
                service.get("doc")
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 40
    assert len(server.requests) == 3


def test_gzip_in_several_members(serve: Serve) -> None:
    server = serve(echo)
    packed = gzip.compress(b"# one\n") + gzip.compress(b"two")
    server.fail(faults.answer(packed, headers={"Content-Encoding": "gzip"}))
    with client(server) as service:
        assert service.get("doc").content == b"# one\ntwo"


def test_redirects_within_the_host_only(serve: Serve) -> None:
    server, other = serve(echo), serve(echo)
    with client(server) as service:
        server.fail(faults.redirect("/base/doc2"), faults.redirect(f"{server.base_url}/base/doc3", 308))
        assert service.get("doc").content == BODY
        assert [request.path for request in server.requests] == ["/base/doc", "/base/doc2", "/base/doc3"]
        for elsewhere in (
            f"{other.base_url}/base/doc",
            "https://127.0.0.1/base/doc",
            "file:///etc/passwd",
            "//evil.example/x",
        ):
            server.fail(faults.redirect(elsewhere))
            with pytest.raises(Refused, match=r"is redirected to another host, .* and that is not followed: if it is"):
                service.get("doc")
        server.fail(faults.redirect("http://x:port/"))
        assert service.get("doc").content == BODY, "an address that is none is a fault like another"
        server.fail(faults.redirect("/base/doc"), times=9)
        with pytest.raises(Refused, match="is redirected more than 5 times"):
            service.get("doc")
    assert other.requests == []


@pytest.mark.parametrize("base_url", ["ftp://example.org", "file:///etc", "example.org", "http://", "http://[::1"])
def test_addresses_that_are_not_http(base_url: str) -> None:
    with pytest.raises(SourceError, match="tomesphere: base_url"):
        Service("tomesphere", base_url)


def test_secrets_stay_out_of_messages_addresses_and_logs(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(echo)
    secret = {"api_key": "s3cret", "x-token": "s3cret", "q": "monkey"}
    base_url = server.base_url.replace("http://", "http://user:s3cret@") + "/base"
    shown: list[str] = []
    with client(base_url) as service:
        shown.append(service.get("doc", secret, headers={"Authorization": "Bearer s3cret"}).url)
        server.fail(faults.status(403, body=b"key s3cret is unknown"))
        server.fail(faults.status(503), times=4)
        server.fail(faults.redirect("http://user:s3cret@example.org/?token=s3cret"))
        for _ in range(3):
            with pytest.raises(SourceError) as caught:
                service.get("doc", secret)
            shown.append(str(caught.value))
    assert server.requests[0].query["api_key"] == ["s3cret"]
    assert "s3cret" not in "".join(shown) + caplog.text
    assert all("q=monkey" in line for line in shown)
    assert "key *** is unknown" in shown[1]
    assert not [record for record in caplog.records if record.levelno >= logging.INFO]
    assert re.search(r"api_key=(\*|%2A)", shown[0])


def test_a_password_that_an_error_repeats_is_blotted_out() -> None:
    url = httpx.URL("http://reader:s3cr%C3%A9t@127.0.0.1/doc")
    request = httpx.Request("GET", url, headers={"Authorization": "Basic cmVhZGVyOnMzY3LDqXQ="})
    said = "bad password s3crét of reader:s3crét, sent as cmVhZGVyOnMzY3LDqXQ=".encode()
    told = wire.excerpt(httpx.Response(403, request=request), said)
    assert told == " (bad password *** of ***, sent as ***)"
    broken = httpx.Request("GET", url, headers={"Authorization": "Basic not-base64"})
    assert wire.excerpt(httpx.Response(403, request=broken), b"no: not-base64") == " (no: ***)"
