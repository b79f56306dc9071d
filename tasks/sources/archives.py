"""The members of .tar and .zip archives, one after the other, in memory that does not grow with the archive.

Nothing is extracted to disk. The standard library does the reading; what is added here is what it leaves out: its
tarfile takes a damaged or cut-off header for the end of the archive and keeps every header it has seen, and its
zipfile reads the whole table of contents first.
"""

import bz2
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

import zstandard

from schemas.errors import BrokenArchive
from tasks.sources.streams import BUFFER_BYTES, READ_ERRORS, checked, reason, unreadable

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst")
ZIP_SUFFIXES = (".zip",)

Broken = Callable[[str], BrokenArchive]


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file within an archive.

    name: as the archive says it, not to be trusted: it may be absolute, hold ``..`` or undecodable bytes.
    body: its bytes as they are stored (a .gz is still one), valid until the next member is asked for; None where
        it cannot be read.
    problem: then why, in a few words.
    """

    name: str
    body: BinaryIO | None
    problem: str = ""


def is_archive(path: Path) -> bool:
    """Whether the name says that a file is an archive of documents (a lone .gz is not one)."""
    return path.name.lower().endswith(TAR_SUFFIXES + ZIP_SUFFIXES)


def iter_members(archive: BinaryIO, path: Path, max_bytes: int) -> Iterator[Member]:
    """The regular files of an open archive, in its order; folders, links and devices are passed over.

    path: names the archive in messages; its suffix says whether it is a .zip or a .tar (how a .tar is compressed
        is seen from its first bytes).
    max_bytes: a body longer than that raises DocumentUnreadable; the next member can still be asked for.
    Raises BrokenArchive, here or while a body is read, where the archive is not one, is damaged or ends early. In
    a .zip each member stands for itself: damage within one raises DocumentUnreadable from its body.
    """
    given = 0

    def broken(words: str) -> BrokenArchive:
        counted = f"{given} file{'' if given == 1 else 's'}"
        return BrokenArchive(
            f"{path} is damaged or incomplete: {words} ({counted} could be read before that): "
            "fetch the archive anew and run again"
        )

    is_zip = path.name.lower().endswith(ZIP_SUFFIXES)
    members = _zip_members(archive, max_bytes) if is_zip else _tar_members(archive, max_bytes, broken)
    try:
        for member in members:
            yield member
            given += 1
    except READ_ERRORS as error:
        raise broken(reason(error)) from error


# --- tar ---

MAX_HEADER_BYTES = 64 * 1024  # of a long name or a pax header, which tarfile reads whole; real ones have hundreds
EXTENDED_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class _TarHeader(tarfile.TarInfo):
    """A header that is not taken for the archive's end when it is damaged, and not believed whatever it claims."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        assert isinstance(archive, _TarStream)
        try:
            header = super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            kind = type(error).__name__  # the subclasses are not in tarfile's __all__
            if kind == "EOFHeaderError":  # a block of zeros: the end mark, or what fills up behind it
                archive.ended = True
                raise
            if kind in ("EmptyHeaderError", "TruncatedHeaderError") and archive.ended:
                raise  # less than a block is left, as a line feed, which can be no member
            if archive.offset == 0:
                words = "it is empty" if kind == "EmptyHeaderError" else "it is not a tar archive"
            else:
                words = "it ends without an end mark" if kind == "EmptyHeaderError" else str(error)
            raise tarfile.ReadError(words) from error
        archive.ended = False  # archives may have been joined with cat
        return header

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:  # the hook the base class offers
        if self.type in EXTENDED_HEADERS and self.size > MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"it has a header of {self.size} bytes")
        return cast(tarfile.TarInfo, super()._proc_member(archive))  # type: ignore[misc]

    def _block(self, count: int) -> int:
        if count < 0:  # tarfile would seek backwards, for ever
            raise tarfile.ReadError("it has a header with a negative size")
        return cast(int, super()._block(count))  # type: ignore[misc]


class _TarStream(tarfile.TarFile):
    """A tar read front to back.

    ended: whether the block read last was the end mark.
    """

    ended = False
    offset: int
    members: list[tarfile.TarInfo]
    tarinfo = _TarHeader


def _tar_members(archive: BinaryIO, max_bytes: int, broken: Broken) -> Iterator[Member]:
    plain = cast(BinaryIO, _uncompressed(archive))
    # ignore_zeros: read on behind the end mark, up to the real end, where the compressions have their check sums.
    with _TarStream.open(fileobj=plain, mode="r|", bufsize=BUFFER_BYTES, ignore_zeros=True) as tar:
        while (header := tar.next()) is not None:
            tar.members.clear()  # or each header ever seen is kept
            if not header.isreg():
                continue
            content = tar.extractfile(header)
            assert content is not None
            with checked(content, broken, max_bytes, header.size) as body:
                yield Member(header.name, body)


class _Pieces:
    """Reads what one step of unpacking gives, so that a failing step does not take along what came before it."""

    def __init__(self, unpacked: Any) -> None:
        self.read = unpacked.read1


def _uncompressed(archive: BinaryIO) -> _Pieces:
    """The tar within, unpacked in small pieces: tarfile's own unpacking takes the memory that a bomb wants."""
    start = archive.read(6)
    archive.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return _Pieces(gzip.GzipFile(fileobj=archive))
    if start.startswith(b"\xfd7zXZ\x00"):
        return _Pieces(lzma.LZMAFile(archive))
    if start.startswith(b"BZh"):
        return _Pieces(bz2.BZ2File(archive))
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        # A cut-off stream just ends here; the tar within notices.
        return _Pieces(zstandard.ZstdDecompressor().stream_reader(archive, read_across_frames=True))
    return _Pieces(archive)


# --- zip ---

ENCRYPTED = 0x1
UTF8_NAME = 0x800
UNIX = 3
ENTRY = struct.Struct("<4s4B4HL2L5H2L")  # an entry of the table of contents, up to the name
ZIP64 = 0xFFFFFFFF  # "see the extra field"


class _ZipWithoutTable(zipfile.ZipFile):
    """Opens members by their ZipInfo and leaves the table of contents to ``_table``."""

    def _RealGetContents(self) -> None: ...


def _zip_members(archive: BinaryIO, max_bytes: int) -> Iterator[Member]:
    with _ZipWithoutTable(archive) as opener:
        for entry in _table(archive):
            kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == UNIX else 0
            if entry.is_dir() or kind not in (0, stat.S_IFREG):
                continue
            name = entry.filename if "/" in entry.filename else entry.filename.replace("\\", "/")
            if entry.flag_bits & ENCRYPTED:
                yield Member(name, None, "it is encrypted")
                continue
            try:
                content = opener.open(entry)
            except READ_ERRORS as error:
                yield Member(name, None, reason(error))
                continue
            with content, checked(content, unreadable, max_bytes, entry.file_size) as body:
                yield Member(name, body)


def _table(archive: BinaryIO) -> Iterator[zipfile.ZipInfo]:
    """The entries of the table of contents, read one by one."""
    end = zipfile._EndRecData(archive)  # type: ignore[attr-defined]
    if not end:
        archive.seek(0)
        starts_well = archive.read(4) == b"PK\x03\x04"
        raise zipfile.BadZipFile("its end is missing" if starts_well else "it is not a zip archive")
    size, offset, located = end[5], end[6], end[9]
    if end[0] == b"PK\x06\x06":  # zip64 has two more records before the end
        located -= 56 + 20
    shift = located - size - offset  # bytes that were put in front of the archive
    position = shift + offset
    if position < 0 or shift < 0:
        raise zipfile.BadZipFile("its table of contents is not where it should be")
    while position < located:
        archive.seek(position)  # the members are read from the same file in between
        fixed = archive.read(ENTRY.size)
        if len(fixed) < ENTRY.size or not fixed.startswith(b"PK\x01\x02"):
            raise zipfile.BadZipFile("its table of contents is damaged")
        fields = ENTRY.unpack(fixed)
        name_length, extra_length, comment_length = fields[12:15]
        name, extra = archive.read(name_length), archive.read(extra_length)
        entry = zipfile.ZipInfo(
            name.decode("utf-8", "surrogateescape") if fields[5] & UTF8_NAME else name.decode("cp437")
        )
        entry.create_system, entry.flag_bits, entry.compress_type = fields[2], fields[5], fields[6]
        entry.CRC, entry.external_attr = fields[9], fields[17]
        entry.compress_size, entry.file_size, entry.header_offset = _large(extra, fields[10], fields[11], fields[18])
        entry.header_offset += shift
        yield entry
        position += ENTRY.size + name_length + extra_length + comment_length


def _large(extra: bytes, compress_size: int, file_size: int, header_offset: int) -> tuple[int, int, int]:
    """The three numbers of an entry, those taken from its zip64 extra field that do not fit into the entry."""
    values = {"file_size": file_size, "compress_size": compress_size, "header_offset": header_offset}
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 1:
            at = 4
            for key, value in values.items():
                if value == ZIP64:
                    (values[key],) = struct.unpack_from("<Q", extra, at)
                    at += 8
            break
        extra = extra[4 + length :]
    return values["compress_size"], values["file_size"], values["header_offset"]
