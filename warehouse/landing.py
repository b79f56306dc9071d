"""Landing: every fetched document, byte for byte, before anything looks into it.

``documents/ab/<sha256>.zst``   the bytes, zstd-compressed, once per sha256 (``zstd -d`` gives them back)
``journal/<run_id>.1.2.jsonl``  what a batch of a run fetched (unit 1, batch 2): one JSON object a document, with its
                                address, time and sha256, or with the reason why it could not be had

A document is complete or absent: it is written beside its place, flushed to disk and renamed. A journal is written
after its documents and is what the next step works through.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from schemas.errors import StorageError
from warehouse.disk import flush_folder, storage_errors

#: Documents up to this size are hashed in memory, so that one that is known costs no write.
IN_MEMORY = 8 << 20
#: Level 3 of zstd: about a fifth of the size of JATS at several hundred MB/s.
LEVEL = 3
#: Letters of a walk's hash in the name of its file.
HASH = 16


@dataclass(frozen=True, slots=True)
class Stored:
    """What landing keeps of a document: sha256 as hex, size in bytes before compression."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A line of the journal. ``sha256`` is None, and check and message say why, for what could not be had.

    fetched_at: ISO 8601 in UTC. bytes: size before compression.
    """

    document_id: str
    source: str
    source_id: str
    kind: str
    url: str
    sha256: str | None
    bytes: int
    fetched_at: str
    run_id: str
    check: str | None = None
    message: str | None = None

    def line(self) -> str:
        """Its line of the journal, as JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}) + "\n"

    def row(self) -> dict[str, Any]:
        """What ops.documents says of it, but for what it gave."""
        told = ("document_id", "source", "source_id", "kind", "url", "sha256", "bytes", "run_id")
        return {name: getattr(self, name) for name in told} | {"fetched_at": datetime.fromisoformat(self.fetched_at)}


def document_id(source: str, url: str, sha256: str | None) -> str:
    """The key of a fetched document: the same bytes from the same address are the same document."""
    return hashlib.sha256(f"{source}\n{url}\n{sha256 or ''}".encode()).hexdigest()[:32]


class Landing:
    """The landing folder below ``root``. What stores with it is one thread; each thread takes its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._renamed_in: set[Path] = set()
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)

    def path(self, sha256: str) -> Path:
        """Where the bytes of that hash lie."""
        return self.root.joinpath("documents", sha256[:2], f"{sha256}.zst")

    def store(self, body: BinaryIO) -> Stored:
        """Read a document to its end and keep it; one whose bytes are here already is not written again.

        Raises: StorageError where the disk is full or cannot be written; whatever reading ``body`` raises, in
        which case nothing is kept of it.
        """
        head = _read_fully(body, IN_MEMORY)
        if len(head) < IN_MEMORY:
            sha256 = hashlib.sha256(head).hexdigest()
            path = self.path(sha256)
            if not path.exists():
                with self._new_file() as (write, move_to):
                    write(self._compressor.compress(head))
                    move_to(path)
            return Stored(sha256, len(head))
        return self._store_stream(head, body)

    def _store_stream(self, head: bytes, body: BinaryIO) -> Stored:
        digest, size = hashlib.sha256(), 0
        compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj()
        with self._new_file() as (write, move_to):
            chunk = head
            while chunk:
                digest.update(chunk)
                size += len(chunk)
                write(compressor.compress(chunk))
                chunk = body.read(1 << 20)
            write(compressor.flush())
            sha256 = digest.hexdigest()
            if not self.path(sha256).exists():
                move_to(self.path(sha256))
        return Stored(sha256, size)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes of that hash as a stream, uncompressed.

        Raises: StorageError, here or while it is read, where landing does not hold them, or not unharmed.
        """
        path = self.path(sha256)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise StorageError(f"{path}: a landed document is gone; restore it from a backup") from None
        except OSError as error:
            raise StorageError(f"{path}: cannot be read: {error.strerror}; check the file's owner and mode") from error
        return io.BufferedReader(_Unpacked(file, path), 1 << 16)

    def verify(self, sha256: str) -> None:
        """Read a document back. Raises: StorageError where it is gone or not what it was."""
        digest = hashlib.sha256()
        with self.open(sha256) as body:
            while chunk := body.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise _damaged(self.path(sha256))

    def write_journal(self, name: str, documents: Iterable[Landed]) -> Path:
        """Write what a batch fetched as ``journal/<name>.jsonl``; an earlier try's file of that name is replaced."""
        self._flush_folders()
        with self._new_file() as (write, move_to):
            write("".join(document.line() for document in documents).encode())
            return move_to(self.root / "journal" / f"{name}.jsonl")

    @staticmethod
    def read_journal(path: Path) -> list[Landed]:
        """The documents of a batch."""
        return [Landed(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]

    @contextmanager
    def _new_file(self) -> Iterator[tuple[Callable[[bytes], int], Callable[[Path], Path]]]:
        """A new file beside the documents: how to write to it, and how to move it, complete and flushed, to its place.

        Only the disk's own errors become a StorageError, not those of the document that is read meanwhile.
        """
        folder = self.root / "part"
        path = folder / f"{os.getpid()}-{os.urandom(8).hex()}"
        with storage_errors(self.root):
            folder.mkdir(parents=True, exist_ok=True)
            part = path.open("xb")

        def write(content: bytes) -> int:
            with storage_errors(self.root):
                return part.write(content)

        def move_to(target: Path) -> Path:
            with storage_errors(self.root):
                part.flush()
                os.fsync(part.fileno())
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
            self._renamed_in.add(target.parent)
            return target

        try:
            yield write, move_to
        finally:
            with storage_errors(self.root):
                path.unlink(missing_ok=True)
                part.close()

    def _flush_folders(self) -> None:
        """Make the names of what was stored as durable as its bytes."""
        with storage_errors(self.root):
            while self._renamed_in:
                flush_folder(self._renamed_in.pop())


class _Unpacked(io.RawIOBase):
    """A landed file, uncompressed; damage is a StorageError and not an early end."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._reader = zstandard.ZstdDecompressor().stream_reader(file, closefd=True)
        self._path = path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is private
        try:
            return self._reader.readinto(buffer)
        except (zstandard.ZstdError, OSError) as error:
            raise _damaged(self._path) from error

    def close(self) -> None:
        self._reader.close()  # type: ignore[no-untyped-call]
        super().close()


def _damaged(path: Path) -> StorageError:
    return StorageError(f"{path}: a landed document is damaged; restore it from a backup")


class Memory:
    """What an interrupted walk landed, by address, so that its pages are not fetched twice.

    A file below landing/resume, named after the topic and a hash of ``walk`` (what is asked for); a line is written
    as soon as a document is landed. ``forget`` it when what was landed is loaded.
    """

    def __init__(self, landing: Landing, topic: str, walk: str) -> None:
        self._landing = landing
        self.topic = topic
        self.file = landing.root / "resume" / f"{topic}-{hashlib.sha256(walk.encode()).hexdigest()[:HASH]}.jsonl"
        self._landed: dict[str, str] | None = None

    def note(self, document: Landed) -> None:
        """Remember a landed document."""
        if document.sha256 is not None:
            with storage_errors(self.file.parent):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with self.file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([document.url, document.sha256]) + "\n")

    def recall(self, url: str) -> bytes | None:
        """The bytes that were landed from an address in this walk; None where it was not asked."""
        if self._landed is None:
            self._landed = self._read()
        sha256 = self._landed.get(url)
        if sha256 is None:
            return None
        with self._landing.open(sha256) as body:
            return body.read()

    def forget(self) -> None:
        """The walk is through, or will not be taken up again."""
        with storage_errors(self.file.parent):
            self.file.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        landed: dict[str, str] = {}
        if self.file.exists():
            for line in self.file.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):  # the last line of a process that died
                    url, sha256 = json.loads(line)
                    landed[url] = sha256
        return landed


def forget_walks(landing: Landing, topic: str, but: Iterable[Memory]) -> None:
    """Forget the walks of a topic that nobody takes up again: of a run that died between load and end, or days ago."""
    kept = {memory.file for memory in but}
    with storage_errors(landing.root):
        for file in (landing.root / "resume").glob(f"{topic}-{'?' * HASH}.jsonl"):
            if file not in kept:
                file.unlink()


def _read_fully(body: BinaryIO, size: int) -> bytes:
    """``size`` bytes, or fewer only where the document ends."""
    chunks: list[bytes] = []
    while size > 0 and (chunk := body.read(size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
