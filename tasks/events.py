"""Tell the Prefect server that papers were loaded, for automations and for deployments that depend on it."""

from prefect.events import emit_event

from schemas.config import Config
from warehouse.runs import Run

#: The event; its resource is the warehouse, by the folder it lies in.
LOADED = "paperhouse.loaded"


def tell_loaded(config: Config, flow: str, runs: list[Run], loaded: int) -> None:
    """Emit ``paperhouse.loaded`` where something was loaded and published; its payload names the configuration."""
    if not loaded:
        return
    directory = config.directory.resolve()
    emit_event(
        LOADED,
        resource={
            "prefect.resource.id": f"paperhouse.warehouse.{directory}",
            "prefect.resource.name": directory.name,
        },
        payload={
            "config": str(config.file.resolve()),
            "flow": flow,
            "papers": loaded,
            "run_ids": [run.run_id for run in runs],
        },
    )
