"""Verify: hold what is published against all checks, and read landed documents back."""

from datetime import UTC, datetime

from prefect import flow, get_run_logger
from prefect.states import Failed, State

from flows.hooks import tell_webhook
from flows.outcome import Outcome
from schemas.config import load_config
from schemas.errors import PaperhouseError
from tasks.verify import verify_database, verify_landing
from warehouse.layout import Layout


def _run_name() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="verify", flow_run_name=_run_name, on_failure=[tell_webhook], on_crashed=[tell_webhook])
def verify(config: str | None = None) -> State[Outcome]:
    """Examine what is published: all checks on all papers, and a sample of landed documents read back.

    Runs after each load (event paperhouse.loaded). It only reads the published snapshot, so no run has to wait for it.

    Args:
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
    """
    try:
        layout = Layout(load_config(config).directory)
        lines = [verify_database(layout), verify_landing(layout)]
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    for line in lines:
        get_run_logger().info(line)
    return Outcome("; ".join(lines)).state()
