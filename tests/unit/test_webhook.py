"""The webhook's address: where it is read, what is refused; and how patiently a message is posted."""

import pytest

from schemas.alarms import Webhook
from tasks.webhook import ATTEMPTS, WebhookError, address, post
from tests.apis.server import ApiServer, Reply

HOOK = Webhook(environment="HOOK_OF_THE_TEST")
SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/s3cr3t",
        "http://127.0.0.1:8080/s3cr3t",
        "http://[::1]/s3cr3t",
        "http://localhost/s3cr3t",
    ],
)
def test_https_or_this_machine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_OF_THE_TEST", url)
    assert address(HOOK) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.example.org/s3cr3t",
        "http://127.0.0.1.example.org/s3cr3t",
        "http://localhost@example.org/s3cr3t",
        "ftp://127.0.0.1/s3cr3t",
        "file:///s3cr3t",
        "s3cr3t",
        "https://example.org:s3cr3t/",
    ],
)
def test_all_else_is_refused_without_telling_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_OF_THE_TEST", url)
    with pytest.raises(WebhookError, match="HOOK_OF_THE_TEST") as refused:
        address(HOOK)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("answers", "asked", "problem"),
    [
        ([503, 429, 200], 3, None),
        ([503] * ATTEMPTS, ATTEMPTS, f"in {ATTEMPTS} attempts: it answered 503"),
        ([404], 1, "refused the message with 404"),
        ([302], 1, "refused the message with 302"),
    ],
)
def test_a_message_is_posted_patiently(
    answers: list[int], asked: int, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = iter(answers)
    with ApiServer([lambda request: Reply(b"{}", status=next(coming))]) as server:
        monkeypatch.setenv("HOOK_OF_THE_TEST", f"{server.base_url}/{SECRET}")
        if problem is None:
            post(HOOK, {"text": "a message"}, back_off=0)
        else:
            with pytest.raises(WebhookError, match=problem) as failed:
                post(HOOK, {"text": "a message"}, back_off=0)
            assert SECRET not in str(failed.value)
    assert [(request.method, request.form) for request in server.requests] == [("POST", '{"text":"a message"}')] * asked


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_OF_THE_TEST", f"http://127.0.0.1:9/{SECRET}")
    with pytest.raises(WebhookError, match="ConnectError") as failed:
        post(HOOK, {}, back_off=0)
    assert SECRET not in str(failed.value)
