"""Tidy up the warehouse's files: the build file's free blocks, landing, snapshots. The caller is the only writer."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.parameters import Maintenance
from warehouse.compact import Size, measure
from warehouse.compact import compact as rebuild
from warehouse.landing import Landing
from warehouse.layout import Layout
from warehouse.load import transaction
from warehouse.retention import Removed, remove_documents, remove_snapshots
from warehouse.search import merge_index
from warehouse.store import open_build


@task(name="compact", task_run_name="compact", cache_policy=NO_CACHE)
def compact(layout: Layout, wanted: Maintenance) -> tuple[Size, Size | None]:
    """Measure the build file and rebuild it where that pays. Returns its size before and, where it was rebuilt, after.

    Raises: StorageError; the file stays as it was then.
    """
    before = measure(layout)
    pays = before.free > 0 and before.share >= wanted.compact_above
    return before, rebuild(layout) if pays and not wanted.dry_run else None


@task(name="tidy index", task_run_name="tidy index", cache_policy=NO_CACHE)
def tidy_index(layout: Layout) -> bool:
    """Merge the index of search() where that pays. Returns whether it was. Raises: StorageError."""
    with open_build(layout) as con, transaction(con):
        return merge_index(con)


@task(name="tidy landing", task_run_name="tidy landing", cache_policy=NO_CACHE)
def tidy_landing(layout: Layout, days: int, dry_run: bool) -> Removed:
    """Remove landed documents that nothing refers to any more. Raises: StorageError."""
    with open_build(layout) as con:
        return remove_documents(con, Landing(layout.landing), days, dry_run)


@task(name="tidy snapshots", task_run_name="tidy snapshots", cache_policy=NO_CACHE)
def tidy_snapshots(layout: Layout, days: int, dry_run: bool) -> Removed:
    """Remove the snapshots that are too old. Raises: StorageError."""
    return remove_snapshots(layout, days, dry_run)
