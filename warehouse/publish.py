"""Publish: a versioned copy of the build file, flushed to disk, and a link that is swapped to it in one step.

Readers open the link at any time and keep what they opened for as long as they like; the newest snapshot and the one
before it are kept.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import StorageError
from warehouse.disk import flush_file, flush_folder, storage_errors
from warehouse.layout import Layout
from warehouse.store import open_build


def publish(layout: Layout) -> Path:
    """Make what is loaded the published warehouse. Returns the new snapshot's path.

    The caller holds the writer's lock and has closed the build file. Raises: StorageError; what was published
    before stays as it is then.
    """
    with open_build(layout) as con:
        con.execute("CHECKPOINT")
    _refuse_open_log(layout.build)
    with storage_errors(layout.directory):
        layout.snapshots.mkdir(parents=True, exist_ok=True)
        for leftover in layout.snapshots.glob("*.part"):
            leftover.unlink()
        version = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        snapshot = layout.snapshots / f"papers-{version}.duckdb"
        previous = layout.published.resolve()
        _copy(layout.build, snapshot)
        _swap(layout.published, snapshot)
        for old in layout.snapshots.glob("papers-*.duckdb"):
            if old.resolve() not in (snapshot.resolve(), previous):
                old.unlink()
    return snapshot


def _refuse_open_log(build: Path) -> None:
    """A write-ahead log beside the file means that the copy would miss what the log holds."""
    if build.with_name(build.name + ".wal").exists():
        raise StorageError(f"{build}: has an open write-ahead log after a checkpoint; nothing was published")


def _copy(build: Path, snapshot: Path) -> None:
    part = snapshot.with_name(snapshot.name + ".part")
    try:
        shutil.copyfile(build, part)
        flush_file(part)
        part.replace(snapshot)
    finally:
        part.unlink(missing_ok=True)
    flush_folder(snapshot.parent)


def _swap(link: Path, snapshot: Path) -> None:
    """Point the link at the snapshot: the new link is made beside it and renamed over it."""
    new = link.with_name(link.name + ".new")
    new.unlink(missing_ok=True)
    new.symlink_to(snapshot.relative_to(link.parent))
    new.replace(link)
    flush_folder(link.parent)
