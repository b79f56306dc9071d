"""Publish: make what is loaded the warehouse that readers open, without an ingest."""

from datetime import UTC, datetime
from typing import Annotated

from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Failed, State
from pydantic import Field

from flows.outcome import Outcome
from schemas.config import load_config
from schemas.errors import PaperhouseError
from tasks.publish import publish as publish_snapshot
from tasks.writer import only_writer
from warehouse.layout import Layout


def _run_name() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="publish", flow_run_name=_run_name)
def publish(config: str | None = None, wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0) -> State[Outcome]:
    """Publish a new snapshot of what is loaded, as each ingest does at its end.

    Args:
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        wait_seconds: How long to wait for another run that writes the warehouse.
    """
    try:
        layout = Layout(load_config(config).directory)
        with only_writer(layout, f"run {flow_run.name}", wait_seconds):
            snapshot = publish_snapshot(layout)
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    return Outcome(f"published {snapshot}").state()
