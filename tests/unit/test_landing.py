"""Landing: bytes in, the same bytes out, each once; complete or absent; damage and full disks show."""

import errno
import hashlib
import io
import os
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest
import zstandard

from schemas.errors import StorageError
from warehouse.landing import IN_MEMORY, Landed, Landing, Memory, Stored, document_id

#: More than is hashed in memory, half of it easy to compress and half not.
LARGE = bytes(IN_MEMORY) + random.Random(1).randbytes(IN_MEMORY // 2)
SIZES = [b"", b"x", "ein Stück\r\n\0".encode(), bytes(IN_MEMORY - 1), bytes(IN_MEMORY), LARGE]
LINE = Landed(
    document_id("jats", "file:///ü.xml", "ab" * 32),
    "jats",
    "ü\u2028 \udcff.xml",  # a line separator, and a byte of a file name that is not UTF-8
    "jats",
    "file:///ü.xml",
    "ab" * 32,
    10,
    "2025-07-01T12:00:00+00:00",
    "run-1",
)


class Body(io.RawIOBase):
    """A document that is read in small pieces and may end with an error."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self._content, self._error = io.BytesIO(content), error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(min(size, 700_000) if size >= 0 else -1)
        if not piece and self._error:
            raise self._error
        return piece


def in_pieces(content: bytes, error: Exception | None = None) -> BinaryIO:
    return cast(BinaryIO, Body(content, error))


class Unreadable(Exception):
    """What a source raises."""


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def files(landing: Landing) -> list[Path]:
    """All files of the landing folder."""
    return sorted(path for path in landing.root.rglob("*") if path.is_file())


def damage(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("content", SIZES, ids=len)
@pytest.mark.parametrize("make", [io.BytesIO, in_pieces])
def test_what_goes_in_comes_out(landing: Landing, content: bytes, make: Callable[[bytes], BinaryIO]) -> None:
    stored = landing.store(make(content))
    assert stored == Stored(hashlib.sha256(content).hexdigest(), len(content))
    with landing.open(stored.sha256) as body:
        assert body.read() == content
    landing.verify(stored.sha256)
    assert files(landing) == [landing.root / "documents" / stored.sha256[:2] / f"{stored.sha256}.zst"]


def test_zstd_gives_the_bytes_back(landing: Landing) -> None:
    for content in (b"small", LARGE):
        path = landing.path(landing.store(io.BytesIO(content)).sha256)
        with zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True) as reader:
            assert reader.read() == content
        assert path.stat().st_size < len(content) + 100


@pytest.mark.parametrize("content", [b"small", LARGE], ids=len)
def test_the_same_bytes_are_stored_once(landing: Landing, content: bytes) -> None:
    first = landing.store(io.BytesIO(content))
    kept = landing.path(first.sha256).stat()
    assert landing.store(in_pieces(content)) == first
    again = landing.path(first.sha256).stat()
    assert (again.st_ino, again.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)
    assert files(landing) == [landing.path(first.sha256)]


@pytest.mark.parametrize("content", [b"", b"begins well", LARGE], ids=len)
@pytest.mark.parametrize("error", [Unreadable("cut off"), OSError(errno.EIO, "a bad sector"), EOFError("early end")])
def test_an_error_in_the_body_is_passed_on_and_leaves_nothing(
    landing: Landing, content: bytes, error: Exception
) -> None:
    with pytest.raises(type(error)) as raised:
        landing.store(in_pieces(content, error))
    assert raised.value is error
    assert files(landing) == []


def test_what_landing_does_not_hold(landing: Landing) -> None:
    with pytest.raises(StorageError, match=r"ab\.zst: a landed document is gone; restore it"):
        landing.open("ab" * 32)
    with pytest.raises(StorageError, match="a landed document is gone"):
        landing.verify("ab" * 32)


@pytest.mark.parametrize(
    ("content", "at"),
    [(b"", 0), (b"a small document", 0), (b"a small document", 4), (b"a small document", -1), (LARGE, -1)],
)
def test_damage_is_found(landing: Landing, content: bytes, at: int) -> None:
    sha256 = landing.store(io.BytesIO(content)).sha256
    damage(landing.path(sha256), at)
    with pytest.raises(StorageError, match="a landed document is damaged; restore it"):
        landing.verify(sha256)


@pytest.mark.parametrize("content", [b"a small document", LARGE], ids=len)
def test_a_document_that_lost_its_end_is_damaged(landing: Landing, content: bytes) -> None:
    path = landing.path(landing.store(io.BytesIO(content)).sha256)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StorageError, match="is damaged"):
        landing.verify(path.stem)


def test_another_documents_bytes_are_damage(landing: Landing) -> None:
    one, two = (landing.store(io.BytesIO(content)).sha256 for content in (b"one", b"two"))
    landing.path(two).write_bytes(landing.path(one).read_bytes())
    landing.verify(one)
    with pytest.raises(StorageError, match=f"{two}.*is damaged"):
        landing.verify(two)


def test_a_journal_comes_back_as_it_was(landing: Landing) -> None:
    lost = replace(LINE, sha256=None, bytes=0, check="found", message="404\nnot found")
    path = landing.write_journal("run-1-00001", [LINE, lost])
    assert path == landing.root / "journal" / "run-1-00001.jsonl"
    assert landing.read_journal(path) == [LINE, lost]
    assert files(landing) == [path]


def test_an_earlier_tries_journal_is_replaced(landing: Landing) -> None:
    landing.write_journal("run-1-00001", [LINE, LINE])
    path = landing.write_journal("run-1-00001", [LINE])
    assert landing.read_journal(path) == [LINE]
    assert landing.read_journal(landing.write_journal("run-1-00002", [])) == []


def test_a_document_has_one_id() -> None:
    same = {document_id("jats", "file:///a.xml", "ab" * 32) for _ in range(3)}
    others = {
        document_id("tomesphere", "file:///a.xml", "ab" * 32),
        document_id("jats", "file:///b.xml", "ab" * 32),
        document_id("jats", "file:///a.xml", "cd" * 32),
        document_id("jats", "file:///a.xml", None),
    }
    assert len(same) == 1
    assert len(same | others) == 5
    assert all(len(key) == 32 and int(key, 16) for key in same | others)


def test_landed_is_what_the_journal_says() -> None:
    assert list(asdict(LINE)) == [
        "document_id", "source", "source_id", "kind", "url", "sha256", "bytes", "fetched_at", "run_id", "check",
        "message",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "the disk is full; make room and run again, what is stored stays"),
        (errno.EDQUOT, "the disk is full; make room and run again, what is stored stays"),
        (errno.EROFS, "cannot be written: the disk is mounted read-only; mount it for writing and run again"),
        (errno.EACCES, "cannot be written: Permission denied; check the folder's owner and mode"),
    ],
)
@pytest.mark.parametrize("content", [b"small", LARGE], ids=len)
def test_an_error_of_the_disk_says_what_to_do(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, content: bytes, number: int, remedy: str
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    kept = landing.store(io.BytesIO(b"before"))
    monkeypatch.setattr(os, "fsync", fail)
    for write in (lambda: landing.store(io.BytesIO(content)), lambda: landing.write_journal("a", [LINE])):
        with pytest.raises(StorageError) as raised:
            write()
        assert str(raised.value) == f"{landing.root}: {remedy}"
    monkeypatch.undo()
    assert files(landing) == [landing.path(kept.sha256)]


@pytest.mark.parametrize("size", [2 << 20, IN_MEMORY + (2 << 20)])
def test_a_full_disk_is_told_and_keeps_what_it_has(small_disk: Path, size: int) -> None:
    landing = Landing(small_disk)
    kept = landing.store(io.BytesIO(b"before"))
    with pytest.raises(StorageError, match="the disk is full; make room and run again, what is stored stays"):
        landing.store(io.BytesIO(random.Random(2).randbytes(size)))
    assert files(landing) == [landing.path(kept.sha256)]
    landing.verify(kept.sha256)
    assert landing.store(io.BytesIO(b"there is room for this")).bytes == 22


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StorageError, match=r"landing: cannot be made: .* a file.*; .* name another directory"):
        Landing(tmp_path / "landing").store(io.BytesIO(b"x"))


#: What the first version wrote: a document, the line of a journal, and that of an interrupted walk.
FIRST_DOCUMENT = bytes.fromhex("28b52ffd200b5900003c612f3e20666972737421")
FIRST_LINE = (
    '{"document_id": "d0", "source": "jats", "source_id": "a.xml", "kind": "jats", "url": "file:///a.xml", '
    '"sha256": "%s", "bytes": 11, "fetched_at": "2026-11-25T03:50:30.000001+00:00", "run_id": "r1", '
    '"check": null, "message": null}\n'
)


def test_what_the_first_version_landed_is_read(tmp_path: Path) -> None:
    landing, sha256 = Landing(tmp_path), hashlib.sha256(b"<a/> first!").hexdigest()
    landing.path(sha256).parent.mkdir(parents=True)
    landing.path(sha256).write_bytes(FIRST_DOCUMENT)
    journal = tmp_path / "journal.jsonl"
    journal.write_text(FIRST_LINE % sha256)
    (line,) = Landing.read_journal(journal)
    landing.verify(sha256)
    with landing.open(str(line.sha256)) as body:
        assert body.read() == b"<a/> first!"
    assert line == Landed(
        "d0", "jats", "a.xml", "jats", "file:///a.xml", sha256, 11, "2026-11-25T03:50:30.000001+00:00", "r1"
    )
    memory = Memory(landing, "nelm", "a walk")
    memory.file.parent.mkdir()
    memory.file.write_text(f'["http://127.0.0.1/1", "{sha256}"]\n["http://127.0.0.1/2", "cut')
    assert memory.recall("http://127.0.0.1/1") == b"<a/> first!"
    assert memory.recall("http://127.0.0.1/2") is None
