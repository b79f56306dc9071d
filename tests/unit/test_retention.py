"""Retention: what nothing refers to goes after so many days, and nothing else."""

import io
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.unit.conftest import frame, landed, rows, sha256
from warehouse.landing import Landed, Landing, Memory
from warehouse.layout import Layout
from warehouse.retention import Removed, remove_documents, remove_snapshots

Con = duckdb.DuckDBPyConnection

#: Content of the documents, and whether something refers to them, by source.
KEPT = ("claimed", "rejected", "retried", "newest file", "young", "walk", "twice")
GONE = ("search page", "older file", "orphan")


class Shelf:
    """A landing folder with documents, most of them old, and their rows."""

    def __init__(self, con: Con, folder: Path) -> None:
        self.con, self.landing = con, Landing(folder)

    def put(self, content: str, source: str = "europepmc", url: str = "", age: int = 100) -> Landed:
        line = self.file(content, source, url, age)
        row = line.row() | {"papers": 1, "rejected": 0, "fetched_at": datetime.now(UTC) - timedelta(days=age)}
        self.con.register("new", frame("documents", row).to_arrow())
        self.con.execute("INSERT INTO ops.documents BY NAME SELECT * FROM new")
        self.con.unregister("new")
        return line

    def file(self, content: str, source: str = "europepmc", url: str = "", age: int = 100) -> Landed:
        self.landing.store(io.BytesIO(content.encode()))
        then = time.time() - age * 86400
        os.utime(self.landing.path(sha256(content)), (then, then))
        return landed(url or f"https://services.example/{content}", content, source)

    def there(self) -> set[str]:
        return {path.name.removesuffix(".zst") for path in (self.landing.root / "documents").rglob("*.zst")}


@pytest.fixture
def shelf(con: Con, tmp_path: Path) -> Shelf:
    shelf = Shelf(con, tmp_path / "landing")
    claimed, rejected = shelf.put("claimed"), shelf.put("rejected")
    claim = frame("paper_sources", {"document_id": claimed.document_id, "source": "europepmc"})
    reject = frame("rejects", {"document_id": rejected.document_id})
    for table, new in (("main.paper_sources", claim), ("ops.rejects", reject)):
        con.register("new", new.to_arrow())
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new")
        con.unregister("new")
    retried = shelf.put("retried")
    con.execute("INSERT INTO ops.retries VALUES ('t', 'europepmc', ?, 1, now(), '')", [retried.source_id])
    shelf.put("older file", "jats", "file:///a.xml", age=200)
    shelf.put("newest file", "jats", "file:///a.xml")
    shelf.put("young", age=5)
    Memory(shelf.landing, "t", "walk").note(shelf.put("walk"))
    shelf.put("search page")
    shelf.put("twice")
    shelf.put("twice", url="https://services.example/again", age=1)
    os.utime(shelf.landing.path(sha256("twice")), (time.time() - 9e6, time.time() - 9e6))
    shelf.file("orphan")
    shelf.file("young orphan", age=1)
    return shelf


def test_a_dry_run_counts_and_removes_nothing(shelf: Shelf) -> None:
    before = rows(shelf.con, "FROM ops.documents ORDER BY ALL"), shelf.there()
    removed = remove_documents(shelf.con, shelf.landing, 30, dry_run=True)
    assert removed.files == len(GONE)
    assert removed.bytes > 0
    assert (rows(shelf.con, "FROM ops.documents ORDER BY ALL"), shelf.there()) == before


def test_only_what_nothing_refers_to_goes(shelf: Shelf) -> None:
    removed = remove_documents(shelf.con, shelf.landing, 30, dry_run=False)
    assert removed.files == len(GONE)
    assert shelf.there() == {sha256(content) for content in (*KEPT, "young orphan")}
    known = {hash for (hash,) in rows(shelf.con, "SELECT sha256 FROM ops.documents")}
    assert known == {sha256(content) for content in KEPT}
    for content in KEPT:
        shelf.landing.verify(sha256(content))
    assert remove_documents(shelf.con, shelf.landing, 30, dry_run=False) == Removed(0, 0)


def test_a_table_of_later_days_keeps_its_documents_too(shelf: Shelf) -> None:
    """By the names of its columns, whatever the table is."""
    shelf.con.execute("CREATE TABLE ops.later AS SELECT ? AS name, ? AS sha256", ["x", sha256("search page")])
    shelf.con.execute("CREATE TABLE main.orphans AS SELECT ? AS sha256", [sha256("orphan")])
    remove_documents(shelf.con, shelf.landing, 30, dry_run=False)
    assert {sha256("search page"), sha256("orphan")} <= shelf.there()


def test_a_run_that_died_between_book_and_files_is_finished(shelf: Shelf) -> None:
    gone = shelf.landing.path(sha256("search page"))
    content = gone.read_bytes()
    remove_documents(shelf.con, shelf.landing, 30, dry_run=False)
    gone.write_bytes(content)
    os.utime(gone, (time.time() - 9e6, time.time() - 9e6))
    assert remove_documents(shelf.con, shelf.landing, 30, dry_run=False).files == 1
    assert not gone.exists()


def test_old_snapshots_go_but_never_the_published_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.snapshots.mkdir()
    names = [f"papers-{number}.duckdb" for number in (1, 2, 3)]
    for at, name in enumerate(names):
        (layout.snapshots / name).write_bytes(b"12345")
        then = time.time() - (100 if at < 2 else 1) * 86400
        os.utime(layout.snapshots / name, (then, then))
    layout.published.symlink_to(layout.snapshots / names[0])
    assert remove_snapshots(layout, 30, dry_run=True) == Removed(1, 5)
    assert remove_snapshots(layout, 30, dry_run=False) == Removed(1, 5)
    assert sorted(path.name for path in layout.snapshots.iterdir()) == [names[0], names[2]]
