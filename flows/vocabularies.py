"""Vocabularies: fetch those of the configuration anew, link the papers whose links change, and publish."""

from typing import Annotated

from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Failed, State
from pydantic import Field

from flows.outcome import Outcome
from schemas.config import load_config
from schemas.errors import PaperhouseError
from tasks.publish import publish
from tasks.runs import begin_runs
from tasks.sources.vocabularies import configured
from tasks.vocabularies import refresh_vocabularies
from tasks.writer import only_writer
from warehouse.layout import Layout


@flow(name="vocabularies", flow_run_name="vocabularies")
def vocabularies(
    config: str | None = None, wait_seconds: Annotated[float, Field(ge=0, le=86400)] = 0
) -> State[Outcome]:
    """Refresh the vocabularies that link concepts.

    What changed is loaded, and only the papers whose links change are linked anew. One that cannot be had stays as it
    was loaded, with its links; the run fails after the others are done.

    Args:
        config: Configuration file; PAPERHOUSE_CONFIG or paperhouse.yaml where it is empty.
        wait_seconds: How long to wait for another run that writes the warehouse.
    """
    try:
        settings = load_config(config)
        wanted = list(configured(settings))
        if not wanted:
            return Outcome(f"{settings.file} names no vocabularies").state()
        layout = Layout(settings.directory)
        with only_writer(layout, f"run {flow_run.name}", wait_seconds):
            begin_runs(layout)
            results = refresh_vocabularies(layout, wanted, str(flow_run.id))
            publish(layout)
    except PaperhouseError as error:
        return Failed(message=str(error), data=error)
    refreshed = [result.one_line() for result in results if not result.error]
    errors = [result.one_line() for result in results if result.error]
    return Outcome("; ".join(refreshed), refreshed, errors).state()
