"""Refresh: ask the services again for the entities of papers that are loaded, since they find some later."""

from datetime import UTC, datetime
from typing import Annotated

from prefect import flow, get_run_logger
from prefect.states import Failed, State
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.asking import ask_again
from flows.outcome import Outcome
from flows.units import WINDOW
from schemas.config import load_config
from schemas.errors import PaperhouseError


def _run_name() -> str:
    return f"entities {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="refresh", flow_run_name=_run_name, task_runner=ThreadPoolTaskRunner(max_workers=WINDOW + 2))
def refresh(
    most: Annotated[int, Field(ge=1, le=1_000_000)] = 2000,
    config: str | None = None,
    wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0,
) -> State[Outcome]:
    """Ask again for the entities of papers that are loaded: annotations and PubTator's exports come late, and improve.

    Takes the papers whose turn is longest ago, of the topics that want entities. A paper of which every service says
    what it said before writes no row.

    Args:
        most: Papers to ask about in this run; the next run goes on with others.
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        wait_seconds: How long to wait for another run that writes the warehouse.
    """
    try:
        answers = ask_again(load_config(config), "refresh", "entities", most, wait_seconds)
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    message = f"{answers.papers:,} asked about: {answers.counts.loaded:,} changed, "
    message += f"{answers.counts.unchanged:,} unchanged, {answers.counts.rejected:,} rejected"
    get_run_logger().info(message)
    return Outcome(message, errors=answers.errors).state()
