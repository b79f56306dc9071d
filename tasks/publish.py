"""Publish: make what is loaded the warehouse that readers open."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from warehouse.layout import Layout
from warehouse.publish import publish as copy_and_swap


@task(task_run_name="publish", cache_policy=NO_CACHE)
def publish(layout: Layout) -> Path:
    """Publish a new snapshot. Returns its path. Raises: StorageError; what was published before stays then."""
    return copy_and_swap(layout)
