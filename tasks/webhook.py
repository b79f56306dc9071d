"""Tell someone outside: post a small JSON to a configured address, whose secret is never shown.

A webhook that fails is logged and forgotten: it must not change what became of the run.
"""

import ipaddress
import logging
import os
from collections.abc import Mapping
from typing import Any

import httpx
import tenacity
from prefect.blocks.system import Secret

from schemas.alarms import Webhook
from schemas.errors import PaperhouseError

# They write whole addresses, with whatever secret is in them; httpx at level info, for each request.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

ATTEMPTS = 3
SECONDS = 10.0  # for each of connecting, sending and waiting


class WebhookError(PaperhouseError):
    """The message could not be delivered; the text does not hold the address."""


class _Again(Exception):
    """An attempt that failed and may be repeated."""


def address(webhook: Webhook) -> str:
    """The address that a webhook's configuration points to.

    Raises: WebhookError where there is none, or where it is neither https nor on this machine.
    """
    if webhook.environment:
        place = f"alarms.webhook: the environment variable {webhook.environment}"
        url = os.environ.get(webhook.environment, "")
    else:
        place = f"alarms.webhook: the Secret block {webhook.secret_block}"
        try:
            url = str(Secret.load(str(webhook.secret_block)).get())  # type: ignore[union-attr]
        except ValueError:
            url = ""
    if not url:
        raise WebhookError(f"{place} holds no address; put the webhook's there, where the run finds it")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise WebhookError(f"{place} holds no address; put the webhook's there") from None
    if parsed.scheme != "https" and not (parsed.scheme == "http" and _on_this_machine(parsed.host)):
        raise WebhookError(f"{place} is neither https nor on this machine; use an https address")
    return url


def post(webhook: Webhook, message: Mapping[str, Any], back_off: float = 1.0) -> None:
    """Post a message as JSON. back_off: seconds before the second attempt; twice that before the third.

    Raises: WebhookError after all attempts.
    """
    url = address(webhook)
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=back_off),
        retry=tenacity.retry_if_exception_type(_Again),
        reraise=True,
    )
    try:
        retrying(_post_once, url, message)
    except _Again as error:
        raise WebhookError(f"the webhook could not be told, in {ATTEMPTS} attempts: {error}") from None


def _post_once(url: str, message: Mapping[str, Any]) -> None:
    """One attempt. Raises: _Again where another may help, WebhookError where not."""
    loopback = _on_this_machine(httpx.URL(url).host)
    try:
        answer = httpx.post(url, json=message, timeout=SECONDS, trust_env=not loopback, follow_redirects=False)
    except httpx.HTTPError as error:  # its text may hold the address
        raise _Again(type(error).__name__) from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _Again(f"it answered {answer.status_code}")
    if not answer.is_success:
        raise WebhookError(f"the webhook refused the message with {answer.status_code}; look at its address")


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
