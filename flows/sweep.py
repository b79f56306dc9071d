"""Sweep: ask Europe PMC about papers of the warehouse, for retractions, corrections and other notices."""

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

#: Papers with news that the summary names.
SHOWN = 20


def _run_name() -> str:
    return f"notices {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="sweep", flow_run_name=_run_name, task_runner=ThreadPoolTaskRunner(max_workers=WINDOW + 2))
def sweep(
    most: Annotated[int, Field(ge=1, le=1_000_000)] = 5000,
    config: str | None = None,
    wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0,
) -> State[Outcome]:
    """Look for retractions and corrections of papers that the warehouse has.

    Asks Europe PMC for the records of the papers whose turn is longest ago, also of those that no topic finds any more
    or that came as files. A record that changed is loaded as by an ingest, with all that its topic wants of it; one
    that did not writes no row.

    Args:
        most: Papers to ask about in this run; the next run goes on with others.
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        wait_seconds: How long to wait for another run that writes the warehouse.
    """
    try:
        answers = ask_again(load_config(config), "sweep", "notices", most, wait_seconds)
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    message = f"{answers.papers:,} asked about: {answers.counts.loaded:,} changed, {len(answers.retracted):,} "
    message += f"newly retracted, {len(answers.noticed):,} with new notices"
    lines = [_named("newly retracted", answers.retracted), _named("with new notices", answers.noticed)]
    outcome = Outcome(message, [line for line in lines if line], answers.errors)
    for line in (message, *outcome.lines):
        get_run_logger().info(line)
    return outcome.state()


def _named(what: str, papers: list[str]) -> str:
    if not papers:
        return ""
    more = f" and {len(papers) - SHOWN:,} more" if len(papers) > SHOWN else ""
    return f"{what}: {', '.join(papers[:SHOWN])}{more}"
