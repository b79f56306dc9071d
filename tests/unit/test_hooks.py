"""The hook is called in two ways, and never fails."""

import inspect
from pathlib import Path
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.states import Crashed, State

from flows.hooks import message, tell_webhook


@flow
def nothing() -> None:
    """A flow that is not run."""


def run_of(config: str) -> FlowRun:
    return FlowRun(flow_id=uuid4(), name="a run", parameters={"config": config})


def test_prefects_runner_names_the_parameters() -> None:
    assert list(inspect.signature(tell_webhook).parameters) == ["flow", "flow_run", "state"]


def test_what_goes_wrong_is_logged_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}):  # else a temporary server starts
        tell_webhook(flow=nothing, flow_run=run_of(str(tmp_path / "gone.yaml")), state=Crashed())
    assert ["nobody was told" in record.message for record in caplog.records] == [True]
    assert "no such configuration file" in caplog.text


def test_a_crashed_run_has_no_summary() -> None:
    state: State[None] = Crashed(message="the process died")
    told = message("ingest", run_of("x"), state, None)
    assert (told["flow"], told["run"], told["state"], told["message"]) == (
        "ingest",
        "a run",
        "Crashed",
        "the process died",
    )
    assert (told["alarms"], told["counts"]) == ([], None)
    assert told["text"].startswith("Paperhouse: ingest, run a run: Crashed: the process died")
