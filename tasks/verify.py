"""Verify: examine what is published, so that the Prefect UI shows when that was and what came of it."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from warehouse import verify
from warehouse.layout import Layout


@task(name="check papers", task_run_name="check papers", cache_policy=NO_CACHE)
def verify_database(layout: Layout) -> str:
    """Run all checks on all published papers. Raises: CheckFailed, NoWarehouse, StorageError."""
    return verify.verify_database(layout)


@task(name="read landing back", task_run_name="read landing back", cache_policy=NO_CACHE)
def verify_landing(layout: Layout) -> str:
    """Read a sample of landed documents back. Raises: StorageError, NoWarehouse."""
    return verify.verify_landing(layout)
