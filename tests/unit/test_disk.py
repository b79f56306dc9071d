"""A disk that is full or read-only: told alike whichever library finds out, and told by everything that writes."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from schemas.errors import StorageError
from warehouse.disk import disk_remedy
from warehouse.layout import Layout
from warehouse.load import transaction
from warehouse.store import open_build, writer_lock

FULL = "the disk is full; make room and run again, what is stored stays"
ROWS = pl.DataFrame({"number": range(1_000_000)})


def write_arrow(file: Path) -> None:
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, ROWS.to_arrow().schema) as writer:
        writer.write_table(ROWS.to_arrow())


def write_duckdb(file: Path) -> None:
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE TABLE t AS SELECT uuid() FROM range(500_000)")


#: How each library that writes for us comes to the end of a disk.
WRITERS: dict[str, Callable[[Path], object]] = {
    "python": lambda file: file.write_bytes(bytes(2 << 20)),
    "pyarrow": write_arrow,
    "polars": ROWS.write_ipc,
    "duckdb": write_duckdb,
}


@pytest.mark.parametrize("library", WRITERS)
def test_a_full_disk_is_known_by_the_error_of_each_library(library: str, small_disk: Path) -> None:
    with pytest.raises((OSError, duckdb.Error)) as raised:
        WRITERS[library](small_disk / "file")
    assert disk_remedy(raised.value) == FULL


def test_a_read_only_disk_is_told_as_such_and_other_errors_are_not() -> None:
    remedy = disk_remedy(OSError(errno.EROFS, os.strerror(errno.EROFS)))
    assert remedy == "cannot be written: the disk is mounted read-only; mount it for writing and run again"
    assert disk_remedy(OSError(errno.EACCES, os.strerror(errno.EACCES))) is None
    assert disk_remedy(ValueError("no such column")) is None


def dangle(place: Path) -> None:
    place.symlink_to("not-mounted")


def be_a_file(place: Path) -> None:
    place.write_text("A file.", encoding="utf-8")


@pytest.mark.parametrize("come_between", [dangle, be_a_file])
def test_a_folder_that_cannot_be_made_is_told_as_such(tmp_path: Path, come_between: Callable[[Path], None]) -> None:
    come_between(tmp_path / "data")
    told = r"data/build: .*not mounted; mount it, or name another directory"
    with pytest.raises(StorageError, match=told), writer_lock(Layout(tmp_path / "data"), "one"):
        pass


def fill(disk: Path) -> None:
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    (disk / "ballast").write_bytes(bytes(free))


def test_the_lock_of_the_writer_tells_that_the_disk_is_full(small_disk: Path) -> None:
    layout = Layout(small_disk)
    with writer_lock(layout, "one"):
        pass
    fill(small_disk)
    with pytest.raises(StorageError, match=FULL), writer_lock(layout, "another"):
        pass
    (small_disk / "ballast").unlink()
    with writer_lock(layout, "another"):
        assert "another" in layout.lock.read_text(encoding="utf-8")


def test_the_build_file_tells_that_the_disk_is_full(small_disk: Path) -> None:
    layout = Layout(small_disk)
    with pytest.raises(StorageError, match=FULL), open_build(layout) as con, transaction(con):
        con.execute("CREATE TABLE main.much AS SELECT uuid() AS it FROM range(500_000)")


def test_what_ended_a_transaction_is_told_though_it_cannot_be_rolled_back() -> None:
    with duckdb.connect() as con, pytest.raises(ValueError, match="the reason"), transaction(con):
        con.execute("ROLLBACK")  # as a fatal error does
        raise ValueError("the reason")
