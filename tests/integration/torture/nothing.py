"""A flow that does nothing, so that what its worker needs for a run can be measured for hundreds of them."""

from prefect import flow


@flow(name="nothing")
def nothing(config: str | None = None, wait_seconds: float = 0) -> None:
    """Do nothing."""
