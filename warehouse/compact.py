"""Compaction: rebuild the build file without the blocks that deleted rows left free, and only when that pays."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import StorageError
from warehouse.disk import flush_file, flush_folder
from warehouse.layout import Layout
from warehouse.load import check_everything
from warehouse.sql import read_sql
from warehouse.store import attach, disk_errors, open_build

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the build file in bytes, and how much of it is free blocks."""

    bytes: int
    free: int

    @property
    def share(self) -> float:
        """The free part of it, from 0 to 1."""
        return self.free / self.bytes if self.bytes else 0.0


def measure(layout: Layout) -> Size:
    """Write what the log holds into the file, and measure it. The caller is the only writer."""
    with open_build(layout) as con:
        con.execute("CHECKPOINT")
        ((open_size, free),) = con.execute(read_sql("compaction", "size.sql")).fetchall()
    size = layout.build.stat().st_size  # DuckDB 2.0 cuts free blocks off at the file's end as it closes it
    return Size(size, max(0, free - max(0, open_size - size)))


def compact(layout: Layout) -> Size:
    """Rebuild the file beside its place, compare the two row by row, and rename. The caller is the only writer.

    Returns what it measures then. Raises: StorageError where the copy is not the same, or the disk is full; the file
    stays as it was then.
    """
    slim = layout.build.with_name("compact.duckdb")
    _remove(slim)
    try:
        with disk_errors(layout):
            with open_build(layout) as con:
                con.execute(attach(slim, "slim"))
                con.execute(f'COPY FROM DATABASE "{layout.build.stem}" TO slim')
                con.execute("CHECKPOINT slim")
                different = _different(con, layout.build.stem)
            if different:
                raise StorageError(f"{slim}: the copy differs in {', '.join(different)}; the file was left as it is")
            with duckdb.connect(str(slim)) as con:
                check_everything(con)
        flush_file(slim)
        slim.replace(layout.build)
        flush_folder(slim.parent)
    finally:
        _remove(slim)
    return measure(layout)


def _different(con: Connection, name: str) -> list[str]:
    """The tables and views of which the copy says something else: their rows and their comments."""
    tables = con.execute(read_sql("compaction", "tables.sql"), {"database": name}).fetchall()
    wrong = [f"{schema}.{table}" for schema, table in tables if not _same(con, name, f'"{schema}"."{table}"')]
    described = [
        con.execute(read_sql("compaction", "described.sql"), {"database": database}).fetchall()
        for database in (name, "slim")
    ]
    return wrong + ([] if described[0] == described[1] else ["their columns and comments"])


def _same(con: Connection, name: str, table: str) -> bool:
    sums = [
        con.execute(f'SELECT count(*), sum(hash(t)) FROM "{database}".{table} AS t').fetchall()
        for database in (name, "slim")
    ]
    return sums[0] == sums[1]


def _remove(file: Path) -> None:
    for path in (file, file.with_name(file.name + ".wal")):
        path.unlink(missing_ok=True)
