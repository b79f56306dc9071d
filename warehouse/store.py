"""Write the warehouse: the lock of the one writer, and the build file that only it opens."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path
from threading import Lock

import duckdb

from schemas.errors import NewerWarehouse, StorageError, WriterBusy
from warehouse.claims import claim
from warehouse.disk import disk_remedy, storage_errors
from warehouse.layout import Layout
from warehouse.migrate import migrate
from warehouse.reading import first_line
from warehouse.sql import literal

#: The form of new files: DuckDB 1.0 and later read it, whichever version writes.
STORAGE = "v1.0.0"
#: Rows of a table that are written as one; its last ones are written anew when more come, at each checkpoint.
ROW_GROUP = 32_768
#: One thread of DuckDB's for each four cores: the parsers need the others, and a second thread on two cores costs a
#: load up to twice the time of the processors (docs/decisions/0013-load.md).
THREADS = max(1, (os.cpu_count() or 1) // 4)
#: Rows that are looked up by their places (rowid IN ...) without reading all others: up to so many. DuckDB's own is 50.
LOOKED_UP = 5000
#: DuckDB refuses to open a file that another thread is just closing.
_opening = Lock()


@contextmanager
def writer_lock(layout: Layout, who: str) -> Iterator[None]:
    """Be the only writer of this warehouse; the lock goes with the process, however that ends.

    who: what others are told while they wait. Raises: WriterBusy where another process is the writer.
    """

    def refuse(holder: str) -> WriterBusy:
        return WriterBusy(f"{layout.directory}: {holder}; wait for it to end, then run again")

    with claim(layout.lock, who, "is writing it", refuse):
        yield


@contextmanager
def open_build(layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, made and migrated where needed; closed after the block. The caller holds the writer's lock.

    With the last connection DuckDB gives its memory back, which grows with each load; so nobody keeps one open.

    Raises: StorageError where the file cannot be opened or the disk does not let us; NewerWarehouse.
    """
    with storage_errors(layout.directory):
        layout.build.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(layout):
        with _opening:
            con = _connect(layout)
        try:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"SET dynamic_or_filter_threshold = {LOOKED_UP}")
            _migrate(con, layout)
            yield con
        finally:
            with _opening:
                con.close()


def _migrate(con: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    try:
        migrate(con)
    except NewerWarehouse as error:
        raise NewerWarehouse(f"{layout.build}: {error}") from None


def _connect(layout: Layout) -> duckdb.DuckDBPyConnection:
    """A connection to the instance of DuckDB that has the file, which the threads of a process share by its name."""
    try:
        con = duckdb.connect(
            f":memory:{layout.build.absolute()}",
            config={"temp_directory": str(layout.work / "duckdb"), "threads": THREADS},
        )
        con.execute(attach(layout.build, layout.build.stem))
        con.execute(f'USE "{layout.build.stem}"')
    except duckdb.Error as error:
        what = disk_remedy(error) or f"cannot be opened: {first_line(error)}"
        raise StorageError(f"{layout.build}: {what}") from error
    return con


def attach(file: Path, name: str) -> str:
    """The statement that attaches a file, unless it is; one that is not there is made, one that is keeps its form."""
    form = "" if file.exists() else f", STORAGE_VERSION {literal(STORAGE)}"
    return f'ATTACH IF NOT EXISTS {literal(str(file))} AS "{name}" (ROW_GROUP_SIZE {ROW_GROUP}{form})'


def clear_work(layout: Layout) -> None:
    """Remove what a run that died left in the work folder and in landing's; the caller holds the writer's lock."""
    with storage_errors(layout.directory):
        shutil.rmtree(layout.work, ignore_errors=True)
        shutil.rmtree(layout.landing / "part", ignore_errors=True)
        layout.work.mkdir(parents=True, exist_ok=True)


@contextmanager
def disk_errors(layout: Layout) -> Iterator[None]:
    """Turn DuckDB's complaint about a full or failing disk into a StorageError; other errors pass."""
    try:
        yield
    except duckdb.Error as error:
        full = shutil.disk_usage(layout.build.parent).free < 1 << 20
        what = disk_remedy(OSError(ENOSPC, "") if full else error)
        if what is None and isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.OutOfMemoryException):
            what = first_line(error)
        if what is None:
            raise
        raise StorageError(f"{layout.directory}: {what}") from error
