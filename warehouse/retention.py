"""Retention: landed documents that nothing refers to any more, and old snapshots."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from schemas.sources import FILES
from warehouse.disk import storage_errors
from warehouse.landing import Landing
from warehouse.layout import Layout
from warehouse.load import Connection, transaction
from warehouse.sql import read_sql

DAY = 86400


@dataclass(frozen=True, slots=True)
class Removed:
    """Files that go, or would go, and their bytes on the disk."""

    files: int
    bytes: int


def remove_documents(con: Connection, landing: Landing, days: int, dry_run: bool) -> Removed:
    """Remove landed documents that nothing refers to and that are older than so many days.

    Kept are those that a row of any table or a retry refers to, the newest from each address on disk, and those that an
    interrupted walk remembers. Their entries in ops.documents go first: a run that dies in between leaves files without
    an entry, which the next one removes. The caller is the only writer.
    """
    referred = _note_referred(con)
    con.execute(read_sql("retention", "unused.sql"), {"days": days, "files": list(FILES)})
    remembered = _remembered(landing)
    kept = {sha256 for (sha256,) in con.execute(read_sql("retention", "kept.sql")).fetchall()} | remembered | referred
    files = list(_unused(landing, kept, time.time() - days * DAY))
    size = sum(path.stat().st_size for path in files)
    if not dry_run:
        with transaction(con):
            con.execute(read_sql("retention", "forget.sql"), {"remembered": sorted(remembered)})
        _unlink(landing.root, files)
    return Removed(len(files), size)


def _note_referred(con: Connection) -> set[str]:
    """Note in the temporary table ``referred`` every key or hash of a document that a row names. Returns them."""
    con.execute("CREATE OR REPLACE TEMP TABLE referred (name VARCHAR)")
    for schema, table, column in con.execute(read_sql("retention", "references.sql")).fetchall():
        con.execute(
            f'INSERT INTO referred SELECT DISTINCT "{column}" FROM {schema}."{table}" WHERE "{column}" IS NOT NULL'
        )
    return {name for (name,) in con.execute("FROM referred").fetchall()}


def _remembered(landing: Landing) -> set[str]:
    """The hashes of what interrupted walks landed."""
    found = set()
    for file in (landing.root / "resume").glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # the last line of a process that died
                found.add(json.loads(line)[1])
    return found


def _unused(landing: Landing, kept: set[str], before: float) -> Iterator[Path]:
    """The landed files that are not kept and were written before that time (seconds since 1970)."""
    for folder in sorted((landing.root / "documents").glob("*")):
        for entry in os.scandir(folder):
            if entry.name.removesuffix(".zst") not in kept and entry.stat().st_mtime < before:
                yield Path(entry.path)


def remove_snapshots(layout: Layout, days: int, dry_run: bool) -> Removed:
    """Remove snapshots older than so many days, never the published one. The caller is the only writer."""
    before = time.time() - days * DAY
    published = layout.published.resolve()
    old = [
        path
        for path in sorted(layout.snapshots.glob("papers-*.duckdb"))
        if path.resolve() != published and path.stat().st_mtime < before
    ]
    size = sum(path.stat().st_size for path in old)
    if not dry_run:
        _unlink(layout.snapshots, old)
    return Removed(len(old), size)


def _unlink(place: Path, files: Iterable[Path]) -> None:
    with storage_errors(place):
        for path in files:
            path.unlink(missing_ok=True)
