"""Tell the configured webhook of a run that failed, crashed or was warned: hooks that Prefect calls as a run ends."""

from typing import Any

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import PrefectException
from prefect.logging.loggers import flow_run_logger
from prefect.utilities.urls import url_for

from flows.automations import tells_of_crashes
from flows.summary import Summary
from schemas.config import load_config
from schemas.errors import PaperhouseError
from tasks.webhook import address, post

COUNTS = ("fetched", "loaded", "unchanged", "rejected")


def tell_webhook(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Post what became of a run; for ``on_failure``, ``on_crashed`` and, of what it was warned, ``on_completion``.

    Prefect calls it with these names of its parameters where a worker found the process dead. Of a crash the server
    tells, where our automations are installed: one failure is one message.
    Never fails: what goes wrong is logged, without the address.
    """
    try:
        webhook = load_config(flow_run.parameters.get("config")).alarms.webhook
        if webhook is None:
            return
        summary = _summary(state)
        if state.is_completed() and not (webhook.level == "warn" and summary and summary.alarms):
            return
        run = _not_told_of(flow_run, address(webhook)) if state.is_crashed() else flow_run
        if run is not None:
            post(webhook, message(flow.name, run, state, summary))
    except PaperhouseError as error:
        flow_run_logger(flow_run).error("nobody was told: %s", error)
    except Exception as error:
        flow_run_logger(flow_run).error("nobody was told: %s", type(error).__name__)


def message(flow: str, run: FlowRun, state: State[Any], summary: Summary | None) -> dict[str, Any]:
    """What is posted: flow, run and its page in the UI, state, alarms, message, counts; text: all that in a line."""
    url = url_for("flow-run", run.id)
    said = state.message or state.name or ""
    return {
        "text": f"Paperhouse: {flow}, run {run.name}: {state.name}: {said}" + (f" ({url})" if url else ""),
        "flow": flow,
        "run": run.name,
        "run_id": str(run.id),
        "url": url,
        "state": state.name,
        "message": said,
        "alarms": [
            {"alarm": alarm.name, "level": alarm.level, "topic": alarm.topic, "message": alarm.message}
            for alarm in (summary.alarms if summary else [])
        ],
        "counts": {name: getattr(summary.counts, name) for name in COUNTS} if summary else None,
    }


def _not_told_of(run: FlowRun, url: str) -> FlowRun | None:
    """A crashed run with the name that it gave itself, which a worker has not heard of; none where the server tells.

    The run as it is where no server answers.
    """
    try:
        with get_client(sync_client=True) as client:
            return None if tells_of_crashes(client, url) else client.read_flow_run(run.id)
    except (httpx.HTTPError, PrefectException, RuntimeError):
        return run


def _summary(state: State[Any]) -> Summary | None:
    """The summary that a run ended with; none where it died, or could not begin."""
    if state.is_crashed():
        return None
    outcome = state.result(raise_on_failure=False)
    return outcome if isinstance(outcome, Summary) else None
