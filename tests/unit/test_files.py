"""Documents from disk, with real files and archives: what is found, what is read, and how damage shows."""

import bz2
import functools
import gzip
import io
import logging
import lzma
import os
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import zstandard

from schemas.errors import BrokenArchive
from tasks.sources import jats
from tasks.sources.documents import DocumentUnreadable, RawDocument, Unfetched
from tasks.sources.files import find_files, iter_documents, plan

XML = frozenset({".xml", ".nxml"})
PAGES = {"a/PMC1.xml": b"<article>1</article>", "a/b/PMC2.nxml": b"<article>2</article>" * 5000}


def read(paths: list[Path], base: Path, max_bytes: int = 10**9) -> dict[str, bytes | str]:
    """All documents by source_id: the bytes, or the message of what could not be read."""
    found: dict[str, bytes | str] = {}
    for document in iter_documents(paths, "jats", "jats", XML, base, max_bytes):
        assert document.source_id not in found
        if isinstance(document, Unfetched):
            found[document.source_id] = document.message
            continue
        try:
            found[document.source_id] = document.body.read()
        except DocumentUnreadable as error:
            found[document.source_id] = f"{error.check}: {error.message}"
    return found


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def found(folder: Path, pattern: str) -> list[str]:
    return [str(path.relative_to(folder)) for path in find_files(pattern, folder, XML)]


def tar_bytes(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, content in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return out.getvalue()


def zip_bytes(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "x.tar": tar_bytes,
    "x.tar.gz": lambda files: gzip.compress(tar_bytes(files)),
    "x.tgz": lambda files: gzip.compress(tar_bytes(files, tarfile.GNU_FORMAT)),
    "x.tar.xz": lambda files: lzma.compress(tar_bytes(files)),
    "x.TXZ": lambda files: lzma.compress(tar_bytes(files, tarfile.USTAR_FORMAT)),
    "x.tar.zst": lambda files: zstandard.compress(tar_bytes(files)),
    "x.tzst": lambda files: zstandard.compress(tar_bytes(files)[:700]) + zstandard.compress(tar_bytes(files)[700:]),
    "x.tar.bz2": lambda files: bz2.compress(tar_bytes(files)),
    "misnamed.tar": lambda files: gzip.compress(tar_bytes(files)),
    "x.zip": zip_bytes,
    "stored.ZIP": lambda files: zip_bytes(files, zipfile.ZIP_STORED),
}


# --- finding ---


def test_a_folder_gives_documents_and_archives_to_the_bottom_sorted(tmp_path: Path) -> None:
    names = ["z.xml", "a/B.XML", "a/c.nxml", "a/d.xml.gz", "a/e.tar.gz", "a/f.zip", "a/g.txt", "a/.h.xml", ".i/j.xml"]
    write(tmp_path, dict.fromkeys([*names, "a/._k.xml", "__MACOSX/l.xml"], b""))
    expected = ["a/B.XML", "a/c.nxml", "a/d.xml.gz", "a/e.tar.gz", "a/f.zip", "z.xml"]
    assert found(tmp_path, ".") == expected
    assert found(tmp_path, str(tmp_path)) == expected
    assert found(tmp_path, "a") == expected[:-1]


def test_globs(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(["x.xml", "a/x.xml", "a/b/x.xml", "a/b/x.json", "a/.h/x.xml", "c/.x.xml"], b""))
    assert found(tmp_path, "**/*.xml") == ["a/b/x.xml", "a/x.xml", "x.xml"]
    assert found(tmp_path, "*.xml") == ["x.xml"]
    assert found(tmp_path, "a/**/*.json") == ["a/b/x.json"], "globbed files are taken whatever their suffix"
    assert found(tmp_path, "?/**") == ["a/b/x.xml", "a/x.xml"], "a match that is a folder is walked"
    assert found(tmp_path, "*") == ["a/b/x.xml", "a/x.xml", "x.xml"]
    assert found(tmp_path, "a/.h/*.xml") == found(tmp_path, "a/.*/x.xml") == ["a/.h/x.xml"]
    assert found(tmp_path, "c/.x.xml") == ["c/.x.xml"]
    for nothing in ("nope", "nope/*.xml", "**/*.md", "x.xml/*", "[a", "~nobody-here/x"):
        assert found(tmp_path, nothing) == []


def test_patterns_are_relative_to_the_base_and_may_leave_it(tmp_path: Path) -> None:
    write(tmp_path, {"corpus/a.xml": b"a", "[conf]/own.xml": b"b"})
    base = tmp_path / "[conf]"
    assert find_files("*.xml", base, XML) == [base / "own.xml"]
    outside = find_files("../corpus/*.xml", base, XML)
    assert read(outside, base) == {"../corpus/a.xml": b"a"}
    absolute = find_files(str(tmp_path / "corpus"), base, XML)
    assert read(absolute, base) == {str(tmp_path / "corpus/a.xml"): b"a"}


def test_a_name_with_glob_characters_that_exists_is_no_glob(tmp_path: Path) -> None:
    write(tmp_path, {"BMC-5-[1].xml": b"", "BMC-5-1.xml": b""})
    assert found(tmp_path, "BMC-5-[1].xml") == ["BMC-5-[1].xml"]


def test_links_are_followed_within_a_walked_folder_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, {"in/a.xml": b"a", "out/secret.xml": b"s", "in/sub/b.xml": b"b"})
    (tmp_path / "in/leads-out.xml").symlink_to("../out/secret.xml")
    (tmp_path / "in/folder").symlink_to("../out")
    (tmp_path / "in/sub/round").symlink_to("..")
    (tmp_path / "in/same.xml").symlink_to("a.xml")
    (tmp_path / "in/broken.xml").symlink_to("gone.xml")
    (tmp_path / "link").symlink_to("in")
    assert found(tmp_path, "in") == ["in/a.xml", "in/broken.xml", "in/same.xml", "in/sub/b.xml"]
    assert "1 links that lead out of the folder were not followed" in caplog.text
    assert found(tmp_path, "in/**/*.xml") == [
        *found(tmp_path, "in")[:2],
        "in/leads-out.xml",
        *found(tmp_path, "in")[2:],
    ]
    assert found(tmp_path, "link") == ["link/a.xml", "link/broken.xml", "link/same.xml", "link/sub/b.xml"]
    assert found(tmp_path, "in/broken.xml") == ["in/broken.xml"]
    assert read(find_files("in/broken.xml", tmp_path, XML), tmp_path) == {
        "in/broken.xml": "cannot be read: No such file or directory: check the file or fetch it anew"
    }


def test_units_hold_500_files_or_16_megabytes_or_one_archive(tmp_path: Path) -> None:
    many = [tmp_path / f"{n}.xml" for n in range(1200)]
    assert [len(unit) for unit in plan(many)] == [500, 500, 200]
    for name in ("big1.xml", "big2.xml", "small.xml"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(10 * 1024**2 if name.startswith("big") else 5)
    paths = [tmp_path / name for name in ("big1.xml", "m.tar.gz", "big2.xml", "n.zip", "small.xml")]
    assert [[path.name for path in unit] for unit in plan(paths)] == [
        ["m.tar.gz"],
        ["big1.xml"],
        ["n.zip"],
        ["big2.xml", "small.xml"],
    ]
    assert list(plan([])) == []


# --- reading ---


@pytest.mark.parametrize("name", PACKERS)
def test_archives_of_every_kind(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    others = {"a/notes.txt": b"no", "a/._PMC1.xml": b"no", "__MACOSX/a/x.xml": b"no", "empty.xml": b""}
    packed = PAGES | others | {"z/PMC3.xml.gz": gzip.compress(b"<article>3</article>")}
    (tmp_path / name).write_bytes(PACKERS[name](packed))
    assert read(find_files(".", tmp_path, XML), tmp_path) == {
        f"{name}#a/PMC1.xml": PAGES["a/PMC1.xml"],
        f"{name}#a/b/PMC2.nxml": PAGES["a/b/PMC2.nxml"],
        f"{name}#empty.xml": b"",
        f"{name}#z/PMC3.xml.gz": b"<article>3</article>",
    }
    assert caplog.messages == [f"{name}: 3 members that are not .nxml or .xml were passed over"]


def test_plain_and_gz_files_with_their_addresses(tmp_path: Path) -> None:
    write(tmp_path, {"a#b c.xml": b"<a/>", "d.xml.gz": gzip.compress(b"<d/>") + gzip.compress(b"<!-- 2nd -->")})
    documents = iter_documents(find_files(".", tmp_path, XML), "jats", "jats", XML, tmp_path)
    first = next(documents)
    assert isinstance(first, RawDocument)
    assert (first.source, first.source_id, first.kind) == ("jats", "a#b c.xml", "jats")
    assert first.url == f"{tmp_path.as_uri()}/a%23b%20c.xml"
    assert (first.body.read(2), first.body.read(), first.body.read()) == (b"<a", b"/>", b"")
    second = next(documents)
    assert isinstance(second, RawDocument) and second.body.read() == b"<d/><!-- 2nd -->"
    with pytest.raises(ValueError):
        first.body.read()


def test_a_body_need_not_be_read(tmp_path: Path) -> None:
    for name in ("x.tar.gz", "y.zip"):
        (tmp_path / name).write_bytes(PACKERS["x.zip" if name == "y.zip" else name](PAGES))
    ids = [doc.source_id for doc in iter_documents(find_files(".", tmp_path, XML), "j", "j", XML, tmp_path)]
    assert ids == [f"{archive}#{name}" for archive in ("x.tar.gz", "y.zip") for name in PAGES]


@pytest.mark.parametrize("name", ["x.tar", "x.zip"])
def test_member_names_cannot_point_elsewhere(tmp_path: Path, name: str) -> None:
    evil = {"../../etc/a.xml": b"1", "/abs/b.xml": b"2", "./x/../y//c d.xml": b"3", "new\nline.xml": b"4"}
    (tmp_path / name).write_bytes(PACKERS[name](evil))
    documents = list(iter_documents([tmp_path / name], "jats", "jats", XML, tmp_path))
    members = ["etc/a.xml", "abs/b.xml", "y/c d.xml", r"new\nline.xml"]
    assert [doc.source_id for doc in documents] == [f"{name}#{member}" for member in members]
    archive = (tmp_path / name).as_uri()
    quoted = ["etc/a.xml", "abs/b.xml", "y/c%20d.xml", "new%0Aline.xml"]
    assert [doc.url for doc in documents] == [f"{archive}#{member}" for member in quoted]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(tar_bytes({"caf\udce9.xml": b"1"}, tarfile.GNU_FORMAT))
    (tmp_path / os.fsdecode(b"f\xfc.xml")).write_bytes(b"2")
    assert read(find_files(".", tmp_path, XML), tmp_path) == {r"f\xfc.xml": b"2", r"x.tar#caf\xe9.xml": b"1"}
    (document,) = iter_documents([tmp_path / "x.tar"], "jats", "jats", XML, tmp_path)
    assert document.url.endswith("x.tar#caf%E9.xml")


def test_only_regular_members_are_documents(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for name, kind in (("folder.xml", tarfile.DIRTYPE), ("pipe.xml", tarfile.FIFOTYPE)):
            header = tarfile.TarInfo(name)
            header.type = kind
            tar.addfile(header)
        for name, kind in (("link.xml", tarfile.SYMTYPE), ("hard.xml", tarfile.LNKTYPE)):
            header = tarfile.TarInfo(name)
            header.type, header.linkname = kind, "/etc/passwd"
            tar.addfile(header)
        tar.addfile(tarfile.TarInfo("real.xml"))
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        link = zipfile.ZipInfo("link.xml")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("folder.xml/", "")
        archive.writestr("windows\\real.xml", "<a/>")
    assert read(find_files(".", tmp_path, XML), tmp_path) == {
        "x.tar#real.xml": b"",
        "y.zip#windows/real.xml": b"<a/>",
    }


def test_long_names_joined_tars_and_zips_behind_a_preamble(tmp_path: Path) -> None:
    long = f"{'d' * 90}/{'e' * 150}.xml"
    for number, form in enumerate((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)):
        (tmp_path / f"{number}.tar").write_bytes(tar_bytes({long: b"1"}, form) + tar_bytes({"second.xml": b"2"}, form))
    (tmp_path / "tail.tar").write_bytes(tar_bytes({"t.xml": b"5"}) + b"\n")
    (tmp_path / "sfx.zip").write_bytes(b"#!/bin/sh\nexit\n" + zip_bytes({"p.xml": b"3"}) + b"")
    with zipfile.ZipFile(tmp_path / "with-comment.zip", "w") as archive:
        archive.writestr("p.xml", "4")
        archive.comment = b"c" * 3000
    assert read(find_files(".", tmp_path, XML), tmp_path) == {
        f"0.tar#{long}": b"1",
        "0.tar#second.xml": b"2",
        f"1.tar#{long}": b"1",
        "1.tar#second.xml": b"2",
        "sfx.zip#p.xml": b"3",
        "tail.tar#t.xml": b"5",
        "with-comment.zip#p.xml": b"4",
    }


def test_zip64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 20)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    (tmp_path / "x.zip").write_bytes(zip_bytes(PAGES | {"small.xml": b"s"}))
    assert list(read([tmp_path / "x.zip"], tmp_path).values()) == [*PAGES.values(), b"s"]


# --- damage ---


def test_unreadable_files_do_not_keep_their_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.xml": b"a", "denied.xml": b"d", "z.xml": b"z", "folder.xml/x": b"", "failing.xml": b"f" * 10})
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "gone.tar.gz").symlink_to("nowhere")
    real_open = Path.open

    def opening(path: Path, mode: str) -> object:
        if path.name == "denied.xml":  # permissions do not hold root back, so they are played
            raise PermissionError(13, "Permission denied")
        if path.name == "failing.xml":
            return Failing(str(path))
        return real_open(path, mode)

    class Failing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", opening)
    names = ("a", "denied", "failing", "folder", "gone.tar.gz", "pipe", "z")
    paths = [tmp_path / (name if "." in name else f"{name}.xml") for name in names]
    remedy = ": check the file or fetch it anew"
    assert read(paths, tmp_path) == {
        "a.xml": b"a",
        "denied.xml": f"cannot be read: Permission denied{remedy}",
        "failing.xml": f"readable: cannot be read: Input/output error{remedy}",
        "folder.xml": f"cannot be read: it is a folder{remedy}",
        "gone.tar.gz": f"cannot be read: No such file or directory{remedy}",
        "pipe.xml": f"cannot be read: it is not a regular file{remedy}",
        "z.xml": b"z",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="plays another user, which root may")
def test_folders_that_cannot_be_listed_are_reported(tmp_path: Path) -> None:
    write(tmp_path, {"in/a.xml": b"a", "in/shut/b.xml": b"b"})
    (tmp_path / "in/shut").chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder not in (Path("/"), Path("/tmp")):
            folder.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from tests.unit import test_files as t\n"
        "b = Path(sys.argv[1]); os.setuid(65534)\n"
        "for p in ('in', 'in/**/*.xml', 'in/*/*.xml'): print(t.read(t.find_files(p, b, t.XML), b).get('in/shut'))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["cannot be read: Permission denied: check the file or fetch it anew"] * 3


@pytest.mark.parametrize("damage", ["cut", "flip", "not gzip", "garbage behind", "empty"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_damaged_gz_fails_alone(tmp_path: Path, damage: str, nested: bool) -> None:
    whole = gzip.compress(os.urandom(50_000))
    broken = {
        "cut": whole[:-9],
        "flip": whole[:30_000] + bytes([whole[30_000] ^ 255]) + whole[30_001:],
        "not gzip": b"<article/>",
        "garbage behind": whole + b"<html>",
        "empty": b"",
    }[damage]
    files = {"a.xml.gz": gzip.compress(b"a"), "b.xml.gz": broken, "c.xml.gz": gzip.compress(b"c")}
    if nested:
        (tmp_path / "x.tar").write_bytes(tar_bytes(files))
    else:
        write(tmp_path, files)
    first, bad, last = read(find_files(".", tmp_path, XML), tmp_path).values()
    assert (first, last) == (b"a", b"c")
    assert isinstance(bad, str) and bad.startswith("readable: cannot be read: "), bad


def test_an_error_of_a_body_stays(tmp_path: Path) -> None:
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress(os.urandom(500_000))[:-400_000])
    (document,) = iter_documents([tmp_path / "a.xml.gz"], "jats", "jats", XML, tmp_path)
    documents = iter_documents([tmp_path / "a.xml.gz"], "jats", "jats", XML, tmp_path)
    document = next(documents)
    assert isinstance(document, RawDocument)
    for _ in range(2):
        with pytest.raises(DocumentUnreadable):
            while document.body.read(10_000):
                pass


def test_a_file_that_shrinks_while_it_is_read_does_not_end_early(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"x" * 1_000_000)
    document = next(iter_documents([tmp_path / "a.xml"], "jats", "jats", XML, tmp_path))
    assert isinstance(document, RawDocument)
    documents = iter_documents([tmp_path / "a.xml"], "jats", "jats", XML, tmp_path)
    document = next(documents)
    assert isinstance(document, RawDocument)
    document.body.read(10)
    os.truncate(tmp_path / "a.xml", 500_000)
    with pytest.raises(DocumentUnreadable, match="500000 of 1000000 bytes"):
        document.body.read()


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tar.xz", "x.tar.zst", "x.tar.bz2", "x.tzst"])
def test_a_tar_cut_anywhere_is_noticed_and_nothing_shortened_is_given(tmp_path: Path, name: str) -> None:
    files = {f"{n}.xml": os.urandom(20_000) for n in range(5)}
    packed = PACKERS[name](files)
    # The end mark and what fills up behind it carry nothing; cut there, all was read.
    needed = len(packed) if name != "x.tar" else 5 * (512 + 20_480) + 512
    if name in ("x.tar.zst", "x.tzst"):
        needed -= 20  # a zstd stream that ends within the last zeros cannot be told from a whole one
    for cut in [0, 1, 5, 100, 512, 700, *range(20_000, needed, 9_973), 512 + 20_480, 2 * (512 + 20_480), needed - 1]:
        (tmp_path / name).write_bytes(packed[:cut])
        given: list[bytes] = []
        with pytest.raises(BrokenArchive) as caught:
            for document in iter_documents([tmp_path / name], "jats", "jats", XML, tmp_path):
                assert isinstance(document, RawDocument)
                given.append(document.body.read())
        assert given == list(files.values())[: len(given)]
        line = str(caught.value)
        assert line.startswith(f"{tmp_path / name} is damaged or incomplete: ") and "\n" not in line
        assert f"({len(given)} file{'s' * (len(given) != 1)} could be read before that)" in line
        assert line.endswith(": fetch the archive anew and run again")
    assert len(given) == (0 if "zst" in name else 5)  # zstd unpacks whole blocks of 128 kB only


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar.xz", "x.tar.bz2"])
def test_a_tar_with_a_flipped_bit_is_noticed(tmp_path: Path, name: str) -> None:
    files = {f"{n}.xml": os.urandom(20_000) for n in range(5)}
    packed = bytearray(PACKERS[name](files))
    packed[len(packed) // 2] ^= 1
    (tmp_path / name).write_bytes(packed)
    with pytest.raises(BrokenArchive):
        read([tmp_path / name], tmp_path)


def test_a_damaged_tar_header_is_not_the_end(tmp_path: Path) -> None:
    packed = bytearray(tar_bytes({f"{n}.xml": b"x" * 100 for n in range(5)}))
    packed[2 * 1024 + 10] ^= 1
    (tmp_path / "x.tar").write_bytes(packed)
    with pytest.raises(BrokenArchive, match=r"bad checksum \(2 files could be read"):
        read([tmp_path / "x.tar"], tmp_path)


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\x80" + b"\x00" * 6 + b"\x01" + b"\x00" * 4])
@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"S"])
@pytest.mark.timeout(10)
def test_tar_headers_that_lie_about_sizes(tmp_path: Path, size: bytes, kind: bytes) -> None:
    packed = bytearray(tar_bytes({"a.xml": b"", "b.xml": b"x" * 100, "c.xml": b""}))
    header = packed[512:1024]
    header[124:136], header[156:157] = size, kind
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    packed[512:1024] = header
    (tmp_path / "x.tar").write_bytes(packed)
    with pytest.raises(BrokenArchive, match=r"\([12] files? could be read"):
        read([tmp_path / "x.tar"], tmp_path)


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tar.zst", "x.zip"])
@pytest.mark.parametrize("content", [b"", b"<html><body>404</body></html>", os.urandom(5000)])
def test_a_file_that_is_not_the_archive_its_name_says(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    words = r"it is (empty|not a (tar|zip) archive) \(0 files could be read before that\)"
    with pytest.raises(BrokenArchive, match=words):
        read([tmp_path / name], tmp_path)


def test_a_cut_zip_is_broken(tmp_path: Path) -> None:
    packed = zip_bytes(PAGES)
    for cut in (len(packed) - 1, len(packed) - 30, 100):
        (tmp_path / "x.zip").write_bytes(packed[:cut])
        with pytest.raises(BrokenArchive, match=r"x\.zip is damaged or incomplete: its end is missing"):
            read([tmp_path / "x.zip"], tmp_path)
    (tmp_path / "x.zip").write_bytes(packed[200:])
    with pytest.raises(BrokenArchive, match="is not where it should be"):
        read([tmp_path / "x.zip"], tmp_path)


def test_damage_within_a_zip_member_is_its_own(tmp_path: Path) -> None:
    files = {f"{n}.xml": os.urandom(1000) for n in range(5)}
    packed = bytearray(zip_bytes(files, zipfile.ZIP_STORED))
    packed[packed.find(files["1.xml"])] ^= 1
    packed[packed.find(b"2.xml")] ^= 1  # in the member's own header
    with zipfile.ZipFile(io.BytesIO(zip_bytes(files, zipfile.ZIP_STORED))) as archive:
        at = archive.getinfo("3.xml").header_offset
    table = packed.find(b"PK\x01\x02")
    for entry in (0, 1, 2, 3):
        table = packed.find(b"PK\x01\x02", table + (entry > 0))
    packed[at + 6] |= 1  # encrypted
    packed[table + 8] |= 1
    (tmp_path / "x.zip").write_bytes(packed)
    got = read([tmp_path / "x.zip"], tmp_path)
    assert (got["x.zip#0.xml"], got["x.zip#4.xml"]) == (files["0.xml"], files["4.xml"])
    assert str(got["x.zip#1.xml"]).startswith("readable: cannot be read: Bad CRC-32")
    assert str(got["x.zip#2.xml"]).startswith("cannot be read: File name in directory")
    assert got["x.zip#3.xml"] == "cannot be read: it is encrypted: check the file or fetch it anew"


@pytest.mark.parametrize("name", ["bomb.xml.gz", "x.tar.gz", "x.tar.xz", "x.zip", "x.tar"])
def test_a_document_beyond_the_cap_stops_alone(tmp_path: Path, name: str) -> None:
    files = {"bomb.xml": b" " * 3_000_000, "good.xml": b"g"}
    if name == "bomb.xml.gz":
        write(tmp_path, {name: gzip.compress(files["bomb.xml"]), "good.xml": b"g"})
    elif name == "x.tar":
        (tmp_path / name).write_bytes(tar_bytes({"bomb.xml.gz": gzip.compress(files["bomb.xml"]), "good.xml": b"g"}))
    else:
        (tmp_path / name).write_bytes(PACKERS[name](files))
    bomb, good = read(find_files(".", tmp_path, XML), tmp_path, max_bytes=2 * 1024**2).values()
    assert bomb == "size: is larger than 2 MB when decompressed: split it into smaller documents"
    assert good == b"g"


# --- memory ---

PEAK = """
import resource, sys
from pathlib import Path
from tasks.sources.files import iter_documents
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def run(path):
    read = 0
    for document in iter_documents([path], "jats", "jats", frozenset({".xml"}), path.parent):
        while block := document.body.read(1 << 16):
            read += len(block)
    return read
run(Path(sys.argv[1]))
before = peak()
print(run(Path(sys.argv[2])), (peak() - before) // 1024)
"""


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar.zst", "x.zip"])
def test_a_300_megabyte_archive_needs_no_more_memory_than_a_small_one(tmp_path: Path, name: str) -> None:
    block = os.urandom(512) * 256
    members = [("huge.xml", 1600), *((f"{n}.xml", 8) for n in range(100))]
    (tmp_path / f"small-{name}").write_bytes(PACKERS[name]({"a.xml": block}))
    if name == "x.zip":
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member, blocks in members:
                with archive.open(member, "w") as out:
                    for _ in range(blocks):
                        out.write(block)
    else:
        with ExitStack() as stack:
            opener = zstandard.open if name == "x.tar.zst" else functools.partial(gzip.open, compresslevel=1)
            stream = stack.enter_context(opener(tmp_path / name, "wb"))
            tar = stack.enter_context(tarfile.open(fileobj=stream, mode="w|"))
            for member, blocks in members:
                header = tarfile.TarInfo(member)
                header.size = len(block) * blocks
                tar.addfile(header, io.BytesIO(block * blocks))
    command = [sys.executable, "-c", PEAK, str(tmp_path / f"small-{name}"), str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read_bytes, grown = map(int, done.stdout.split())
    assert read_bytes == 2400 * len(block) > 300_000_000
    assert grown < 20, f"{grown} MB"


@pytest.mark.parametrize("name", ["x.tar", "x.zip"])
def test_many_members_need_no_more_memory_than_a_few(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PACKERS[name]({f"{n:060}.xml": b"" for n in range(3000)}))
    tracemalloc.start()
    try:
        assert sum(1 for _ in iter_documents([tmp_path / name], "jats", "jats", XML, tmp_path)) == 3000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_jats_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.nxml": b"<a/>", "b.md": b""})
    (document,) = jats.iter_files(find_files(".", tmp_path, jats.SUFFIXES), tmp_path)
    assert (document.source, document.kind, document.source_id) == ("jats", "jats", "a.nxml")
