"""Documents from disk: files, folders, globs, .gz and archives, streamed, whatever the source that keeps them.

A file that cannot be read is yielded as Unfetched and the next ones follow; an archive that is damaged raises
BrokenArchive after the members before the damage. Symbolic links within a walked folder are followed to files of
the same folder only, so that a walk neither leaves the folder nor goes round in circles.
"""

import fnmatch
import itertools
import logging
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from glob import has_magic
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote_from_bytes

from tasks.sources.archives import is_archive, iter_members
from tasks.sources.documents import Document, RawDocument, Unfetched
from tasks.sources.streams import MAX_DOCUMENT_BYTES, checked, decompressed, reason, unreadable

log = logging.getLogger(__name__)

UNIT_FILES = 500
UNIT_BYTES = 16 * 1024**2


def find_files(pattern: str, base: Path, suffixes: frozenset[str]) -> list[Path]:
    """The files a pattern means, sorted, each once; an empty list where there are none.

    pattern: a file, a folder (walked to the bottom) or a glob with ``**``; relative to ``base``, ``~`` is the
        home folder. A match that is a folder is walked too. What exists under this very name is no glob.
    suffixes: with the dot, lower case, as ``.xml``: what is taken from a walked folder, besides the same with
        ``.gz`` and archives. A file that is named or globbed is taken whatever its suffix. Hidden files are taken
        only where the pattern itself says the dot.
    A broken link, or a folder that cannot be listed, is in the list, for ``iter_documents`` to say why.
    """
    wanted = Path(os.path.expanduser(pattern))  # noqa: PTH111  # which leaves an unknown ~user as it is
    if os.path.lexists(base / wanted):
        matches: Iterable[Path] = [base / wanted]
    else:
        literal = list(itertools.takewhile(lambda part: not has_magic(part), wanted.parts))
        if not os.path.lexists(base.joinpath(*literal)):
            return []
        matches = _match(base.joinpath(*literal), wanted.parts[len(literal) :])
    found: set[Path] = set()
    for match in matches:
        if match.is_dir():
            found.update(_walk(match, suffixes))
        else:
            found.add(match)
    return sorted(found)


def plan(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """Units of work: up to 500 plain files of some 64 MB together; each archive is a unit of its own."""
    unit: list[Path] = []
    unit_bytes = 0
    for path in paths:
        if is_archive(path):
            yield [path]
            continue
        size = _size(path)
        if unit and (len(unit) == UNIT_FILES or unit_bytes + size > UNIT_BYTES):
            yield unit
            unit, unit_bytes = [], 0
        unit.append(path)
        unit_bytes += size
    if unit:
        yield unit


def iter_documents(
    paths: Iterable[Path],
    source: str,
    kind: str,
    suffixes: frozenset[str],
    base: Path,
    max_bytes: int = MAX_DOCUMENT_BYTES,
) -> Iterator[Document]:
    """The documents in these files, in order; a body is valid until the next document is asked for.

    suffixes: which members of an archive are documents (with or without ``.gz``); the others are passed over and
        counted in one line of the log.
    base: source_id is the path relative to it, for a member with ``#member``; outside of it the absolute path.
    max_bytes: decompressed; reading a body beyond it raises DocumentUnreadable.
    Raises BrokenArchive, here or from a body, where an archive is damaged or ends early.
    """
    for path in paths:
        source_id, url = _source_id(path, base), Path(os.path.abspath(path)).as_uri()  # noqa: PTH100  # keeps links
        try:
            handle = _open(path)
        except OSError as error:
            yield Unfetched(source, source_id, kind, url, "readable", _cannot_be_read(reason(error)))
            continue
        with handle:
            if is_archive(path):
                yield from _archived(handle, path, source, source_id, kind, url, suffixes, max_bytes)
                continue
            size = os.fstat(handle.fileno()).st_size
            plain = checked(handle, unreadable, max_bytes, size)
            zipped = path.name.lower().endswith(".gz")
            with decompressed(plain, unreadable, max_bytes) if zipped else plain as body:
                yield RawDocument(source, source_id, kind, url, body)


def _archived(
    handle: BinaryIO,
    path: Path,
    source: str,
    archive_id: str,
    kind: str,
    archive_url: str,
    suffixes: frozenset[str],
    max_bytes: int,
) -> Iterator[Document]:
    """The documents among an archive's members."""
    passed_over = 0
    for member in iter_members(handle, path, max_bytes):
        if not _is_document(member.name, suffixes):
            passed_over += 1
            continue
        raw_name = _inside(member.name)
        source_id = f"{archive_id}#{_printable(raw_name)}"
        url = f"{archive_url}#{quote_from_bytes(raw_name)}"
        if member.body is None:
            yield Unfetched(source, source_id, kind, url, "readable", _cannot_be_read(member.problem))
        elif member.name.lower().endswith(".gz"):
            with decompressed(member.body, unreadable, max_bytes) as body:
                yield RawDocument(source, source_id, kind, url, body)
        else:
            yield RawDocument(source, source_id, kind, url, member.body)
    if passed_over:
        wanted = " or ".join(sorted(suffixes))
        log.info("%s: %d members that are not %s were passed over", archive_id, passed_over, wanted)


def _match(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """What the rest of a pattern matches below a folder, by the rules of a shell; a path may come more than once."""
    if not parts:
        if os.path.lexists(folder):
            yield folder
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        unlisted: list[Path] = []
        # At the end of a pattern it means the folder itself, which is walked then.
        for root, _ in _tree(folder, unlisted) if rest else [(folder, [])]:
            yield from _match(root, rest)
        yield from unlisted
    elif has_magic(part):
        try:
            entries = list(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            yield folder
            return
        for entry in entries:
            if fnmatch.fnmatch(entry.name, part) and (part.startswith(".") or not entry.name.startswith(".")):
                yield from _match(entry, rest)
    else:
        yield from _match(folder / part, rest)


def _walk(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """The documents and archives below a folder, and the folders that cannot be listed."""
    inside = folder.resolve()
    unlisted: list[Path] = []
    outside = 0
    for root, names in _tree(folder, unlisted):
        for name in names:
            path = root / name
            if name.startswith(".") or not (is_archive(path) or _is_document(name, suffixes)):
                continue
            if path.is_symlink() and path.exists() and not path.resolve().is_relative_to(inside):
                outside += 1
                continue
            yield path
    yield from unlisted
    if outside:
        log.warning("%s: %d links that lead out of the folder were not followed", folder, outside)


def _tree(folder: Path, unlisted: list[Path]) -> Iterator[tuple[Path, list[str]]]:
    """Each folder from here down that is neither hidden nor a link, with the names of its files.

    unlisted: takes the folders that cannot be listed.
    """
    for root, folders, names in os.walk(folder, onerror=lambda error: unlisted.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__MACOSX"]
        yield Path(root), names


def _open(path: Path) -> BinaryIO:
    """The file for reading; OSError for all that is not a file, without waiting for a pipe's other end."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        os.scandir(path).close()  # says why it could not be walked
        raise IsADirectoryError("it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError("it is not a regular file")
    return path.open("rb")


def _is_document(name: str, suffixes: frozenset[str]) -> bool:
    """Whether a name has one of the suffixes, perhaps with .gz, and is not one of the Mac's own companions."""
    parts = name.lower().split("/")
    if parts[-1].startswith("._") or "__macosx" in parts:
        return False
    return parts[-1].removesuffix(".gz").endswith(tuple(suffixes))


def _source_id(path: Path, base: Path) -> str:
    """The path relative to base, also where it goes up from there; else the absolute path."""
    if path.is_relative_to(base):
        path = path.relative_to(base)
    return _printable(os.fsencode(path))


def _inside(name: str) -> bytes:
    """A member's name as a path within the archive: no leading slash, no ``.``, nothing above the top."""
    top = posixpath.normpath("/" + name.lstrip("/"))
    return top.lstrip("/").encode("utf-8", "surrogateescape")


def _printable(raw: bytes) -> str:
    """A name as text that any database takes, on one line; other bytes as ``\\xe9``."""
    text = raw.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _cannot_be_read(words: str) -> str:
    return unreadable(words).message
