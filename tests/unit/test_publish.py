"""Publishing: a link to a whole snapshot at any time, two kept, and one writer only."""

import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path

import duckdb
import pytest

from schemas.errors import NewerWarehouse, NoWarehouse, OlderWarehouse, StorageError, WriterBusy
from tests.unit.conftest import RUN, frames, load_of, rows
from warehouse.layout import Layout
from warehouse.load import check_everything, load
from warehouse.publish import publish
from warehouse.reading import open_current, open_published
from warehouse.runs import Counts, start_run
from warehouse.sql import newest_migration
from warehouse.store import clear_work, open_build, writer_lock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from warehouse.layout import Layout
from warehouse.store import writer_lock
with writer_lock(Layout(Path(sys.argv[1])), "a test"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "data")


def fill(layout: Layout, papers: int) -> None:
    """Let the build file hold so many papers."""
    with open_build(layout) as con:
        if not rows(con, "FROM ops.runs"):
            start_run(con, RUN)
        batch = load_of(frames([{"paper_id": f"PMC{number}"} for number in range(1, papers + 1)]))
        load(con, batch, RUN, Counts(loaded=papers))


def snapshots(layout: Layout) -> list[Path]:
    return sorted(layout.snapshots.iterdir())


def count(con: duckdb.DuckDBPyConnection) -> int:
    (papers,) = rows(con, "SELECT count(*) FROM papers")[0]
    return int(papers)


def test_the_published_file_is_a_link_to_a_snapshot(layout: Layout) -> None:
    fill(layout, 3)
    snapshot = publish(layout)
    assert layout.published.is_symlink()
    assert not layout.published.readlink().is_absolute(), "the folder may be moved"
    assert layout.published.resolve() == snapshot.resolve()
    assert snapshots(layout) == [snapshot]
    with duckdb.connect(str(layout.published), read_only=True) as plain:
        assert count(plain) == 3


def test_an_empty_warehouse_can_be_published(layout: Layout) -> None:
    publish(layout)
    with open_published(layout) as con:
        assert count(con) == 0
        check_everything(con)


def test_what_is_loaded_is_not_published_before_it_is(layout: Layout) -> None:
    with pytest.raises(NoWarehouse, match=r"papers\.duckdb: no warehouse yet; run `paperhouse ingest` first"):
        open_published(layout)
    fill(layout, 1)
    with pytest.raises(NoWarehouse):
        open_published(layout)
    publish(layout)
    fill(layout, 2)
    with open_published(layout) as con:
        assert count(con) == 1


def test_two_snapshots_are_kept(layout: Layout) -> None:
    made = []
    for papers in (1, 2, 3, 4):
        fill(layout, papers)
        made.append(publish(layout))
    assert snapshots(layout) == made[-2:]
    with open_published(layout) as con:
        assert count(con) == 4


def test_a_reader_keeps_what_it_opened(layout: Layout) -> None:
    fill(layout, 1)
    publish(layout)
    with duckdb.connect(str(layout.published.resolve()), read_only=True) as reader:
        for papers in (2, 3, 4):
            fill(layout, papers)
            publish(layout)
            assert count(reader) == 1
            assert rows(reader, "SELECT title FROM papers") == [("A title",)]
        with open_published(layout) as newer:
            assert count(newer) == 4


def test_a_published_file_stands_alone(layout: Layout, tmp_path: Path) -> None:
    fill(layout, 2)
    snapshot = publish(layout)
    assert list(layout.directory.rglob("*.wal")) == []
    alone = tmp_path / "copy.duckdb"
    alone.write_bytes(snapshot.read_bytes())
    with duckdb.connect(str(alone), read_only=True) as con:
        assert count(con) == 2


def test_leftovers_of_a_publish_that_died_are_removed(layout: Layout) -> None:
    fill(layout, 1)
    first = publish(layout)
    (layout.snapshots / "papers-20200101T000000.000000Z.duckdb.part").write_bytes(b"half a copy")
    (layout.directory / "papers.duckdb.new").symlink_to("nowhere")
    second = publish(layout)
    assert snapshots(layout) == [first, second]
    assert not (layout.directory / "papers.duckdb.new").is_symlink()
    assert layout.published.resolve() == second.resolve()


def test_a_clock_that_was_set_back_does_no_harm(layout: Layout) -> None:
    """The snapshot that was just published is never one of those that are removed."""
    fill(layout, 1)
    for year in (2998, 2999):
        future = layout.snapshots / f"papers-{year}0101T000000.000000Z.duckdb"
        publish(layout).rename(future)
    snapshot = publish(layout)
    assert snapshot in snapshots(layout)
    with open_published(layout) as con:
        assert count(con) == 1


def test_the_disk_filling_up_leaves_what_was_published(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: Path, target: Path) -> None:
        target.write_bytes(b"half a copy")
        raise OSError(28, "No space left on device")

    fill(layout, 1)
    first = publish(layout)
    fill(layout, 2)
    monkeypatch.setattr("shutil.copyfile", fail)
    with pytest.raises(StorageError, match="the disk is full; make room and run again"):
        publish(layout)
    assert snapshots(layout) == [first]
    with open_published(layout) as con:
        assert count(con) == 1


def test_readers_cannot_write(layout: Layout) -> None:
    publish(layout)
    with open_published(layout) as con, pytest.raises(duckdb.Error, match="read-only"):
        con.execute("DELETE FROM papers")


@pytest.mark.parametrize("name", ["build", "published"])
def test_a_damaged_file_is_told_in_one_line(layout: Layout, name: str) -> None:
    path: Path = getattr(layout, name)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database" * 1000)
    opening = open_build if name == "build" else open_published
    with pytest.raises(StorageError) as told, opening(layout):
        pass
    assert str(told.value).startswith(f"{path}: cannot be opened: ")
    assert "\n" not in str(told.value)


def test_a_newer_build_file_is_refused_and_let_go(layout: Layout) -> None:
    with open_build(layout) as con:
        con.execute("INSERT INTO ops.migrations VALUES (9999, '9999_later.sql', now())")
    with pytest.raises(NewerWarehouse, match="upgrade"), open_build(layout):
        pass
    with duckdb.connect(str(layout.build), config={"access_mode": "read_only"}) as con:
        assert rows(con, "SELECT max(number) FROM ops.migrations") == [(9999,)]


@pytest.mark.parametrize(
    ("change", "refusal", "words"),
    [
        ("DELETE FROM ops.migrations WHERE number > 2", OlderWarehouse, "older version of Paperhouse (migration 2 of"),
        ("DROP TABLE ops.migrations", OlderWarehouse, "run `paperhouse ingest` once, or `paperhouse publish`"),
        ("INSERT INTO ops.migrations VALUES (9999, 'later.sql', now())", NewerWarehouse, "9999, this version"),
    ],
)
def test_another_version_s_snapshot_is_for_the_user_s_own_queries(
    layout: Layout, change: str, refusal: type[Exception], words: str
) -> None:
    snapshot = publish(layout)
    with open_current(layout) as con:
        assert count(con) == 0
    with duckdb.connect(str(snapshot)) as con:
        con.execute(change)
    with pytest.raises(refusal) as told, open_current(layout):
        pass
    assert str(told.value).startswith(f"{layout.published}: ")
    assert words in str(told.value) and "\n" not in str(told.value)
    with open_published(layout) as con:
        assert count(con) == 0


def test_new_files_are_of_a_form_that_every_version_of_duckdb_reads(layout: Layout) -> None:
    fill(layout, 1)
    with open_build(layout) as con:
        assert rows(
            con, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'warehouse'"
        ) == [("v1.0.0+",)]
    publish(layout)
    assert newest_migration() == rows(open_published(layout), "SELECT max(number) FROM ops.migrations")[0][0]


def test_a_form_of_a_newer_duckdb_is_told_with_the_remedy(layout: Layout) -> None:
    publish(layout)
    with layout.published.resolve().open("r+b") as file:  # the file begins with a checksum, DUCK, and the form's number
        header = bytearray(file.read(4096))
        header[12:20] = struct.pack("<Q", 5000)
        words = struct.unpack("<511Q", header[8:])
        checksum = reduce(lambda sum, word: sum ^ (word * 0xBF58476D1CE4E5B9) % 2**64, words, 5381)
        file.seek(0)
        file.write(struct.pack("<Q", checksum) + header[8:])
    with pytest.raises(StorageError, match=r"version number 5000.*; open it with a newer DuckDB than"):
        open_published(layout)


def test_the_work_folder_is_cleared(layout: Layout) -> None:
    for leftover in (layout.work / "run-1" / "papers.arrow", layout.landing / "part" / "half"):
        leftover.parent.mkdir(parents=True)
        leftover.write_bytes(b"x")
    (layout.landing / "documents").mkdir()
    clear_work(layout)
    assert list(layout.work.iterdir()) == []
    assert [path.name for path in layout.landing.iterdir()] == ["documents"]


def test_threads_of_a_process_have_the_build_file_open_at_once(layout: Layout) -> None:
    """As the fetch of the next unit has, which asks what is known while a batch is loaded."""
    fill(layout, 1)
    with open_build(layout) as loading, open_build(layout) as fetching:
        loading.execute("BEGIN")
        loading.execute("DELETE FROM main.papers")
        assert (count(loading), count(fetching)) == (0, 1)
        loading.execute("COMMIT")
        assert count(fetching) == 0

    def note(topic: int) -> None:
        for _ in range(10):
            with open_build(layout) as con:
                con.execute("INSERT INTO ops.watermarks VALUES (?, 'europepmc', '2026-01-01', now())", [str(topic)])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(note, range(3)))
    with duckdb.connect(str(layout.build), read_only=True) as con:
        assert rows(con, "SELECT count(*) FROM ops.watermarks") == [(30,)]


@pytest.fixture
def holder(layout: Layout) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the writer's lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.directory)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_another_process_writes(layout: Layout, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(WriterBusy) as busy, writer_lock(layout, "me"):
        pass
    message = str(busy.value)
    assert message.startswith(f"{layout.directory}: a test is writing it (process {holder.pid} on ")
    assert message.endswith("; wait for it to end, then run again")
    holder.communicate(input="")
    with writer_lock(layout, "me"):
        assert json.loads(layout.lock.read_text(encoding="utf-8"))["pid"] == os.getpid()


def test_a_writer_that_was_killed_leaves_no_lock(layout: Layout, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    assert holder.wait() == -signal.SIGKILL
    with writer_lock(layout, "me"):
        written = json.loads(layout.lock.read_text(encoding="utf-8"))
    assert (written["who"], written["pid"]) == ("me", os.getpid())


def test_the_lock_holds_within_a_process_too(layout: Layout) -> None:
    with writer_lock(layout, "the first"):
        with pytest.raises(WriterBusy, match="the first is writing it"), writer_lock(layout, "the second"):
            pass
        with pytest.raises(WriterBusy, match="the first is writing it"), writer_lock(layout, "the third"):
            pass
    with writer_lock(layout, "the second"):
        assert layout.lock.exists()


def test_the_lock_is_freed_by_an_error(layout: Layout) -> None:
    with pytest.raises(ValueError, match="in the middle"), writer_lock(layout, "the first"):
        raise ValueError("in the middle")
    with writer_lock(layout, "the second"):
        assert json.loads(layout.lock.read_text(encoding="utf-8"))["who"] == "the second"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    layout = Layout(tmp_path / "data")
    with pytest.raises(StorageError, match="in its way is a file"), writer_lock(layout, "me"):
        pass
    with pytest.raises(StorageError, match="in its way is a file"), open_build(layout):
        pass
