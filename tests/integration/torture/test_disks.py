"""Disks that are full, or cannot be written, at each step: one line, nothing damaged, and with room it goes on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.apis.library import Library
from tests.apis.server import ApiServer
from tests.apis.services import services
from tests.integration import samples
from tests.integration.disks import SmallDisk, make_read_only, unmount
from tests.integration.house import LINEAGE, ROOT, Ended, House, topic
from tests.integration.torture import LONG
from tests.integration.torture.world import World, copy, make_world

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(3600 if LONG else 280)]

KIB = 1024
ENOUGH = "200m"
#: Where the disk is full, and the room that is left there from run to run, until one has enough.
FULL = {
    "landing": [0, 8 * KIB, 32 * KIB, 64 * KIB],
    "work": [0, 64 * KIB, 256 * KIB, 512 * KIB],
    "build": [0, 64 * KIB, 512 * KIB, 2048 * KIB],
    "snapshots": [0, 1024 * KIB],
    "": [0, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB],
}
#: What cannot be written, and which step that is.
READ_ONLY = {
    "": "all of it",
    "landing": "landing",
    "work": "parsing",
    "build/warehouse.duckdb": "loading",
    "snapshots": "copying",
}


@pytest.fixture(scope="module")
def world(lasting_houses: Callable[[str], House]) -> Iterator[World]:
    library = Library()
    with ApiServer(services(library)) as server:
        yield make_world(lasting_houses, server, library)


def told(ended: Ended, house: House, *words: str) -> None:
    """A run that failed says what, where and what to do, in a line or one a topic, and nothing else."""
    lines = ended.err.strip().splitlines()
    assert ended.code == 1, ended.err
    assert 1 <= len(lines) <= 2, ended.err  # one, or one a topic
    for line in lines:
        assert line.startswith("paperhouse: "), ended.err
        assert str(house.data) in line, line
        for word in words:
            assert word in line, line


def _kib(rooms: list[int]) -> str:
    return ", ".join(str(room // KIB) for room in rooms) + " KiB"


@pytest.mark.parametrize("where", FULL)
def test_a_disk_that_fills_up_ends_with_a_line_and_with_room_it_goes_on(
    where: str, world: World, house: House, small_disk: Callable[[Path], SmallDisk]
) -> None:
    disk = small_disk(house.data / where)
    disk.size(ENOUGH)
    copy(world.base, house)
    rooms, refused = FULL[where] if LONG else FULL[where][1:2], []
    for room in rooms:
        disk.leave(room)
        ended = house.ingest()
        if ended.code:
            told(ended, house, "the disk is full", "make room")
            refused.append(room)
        assert world.is_between(house.content(*LINEAGE))
    disk.size(ENOUGH, "remount")
    house.ingest().ok()
    world.assert_finished(house)
    print(f"\nfull: {where or 'all of it'}: room of {_kib(rooms)}, refused with {_kib(refused)}; equal with enough")
    assert refused


@pytest.mark.parametrize("what", READ_ONLY)
def test_a_disk_that_cannot_be_written_ends_with_a_line(what: str, world: World, house: House) -> None:
    copy(world.base, house)
    with ExitStack() as stack:
        stack.callback(unmount, house.data / what)
        make_read_only(house.data / what)
        ended = house.ingest()
        told(ended, house, "cannot be written", "read-only", "mount it")
        assert house.content(*LINEAGE) == world.before
        assert house.run("sql", "SELECT count(*) FROM papers").ok()
    house.ingest().ok()
    world.assert_finished(house)
    print(f"\nread-only: {READ_ONLY[what]}: refused; equal when it could be written")


def test_a_full_disk_for_the_temporary_server_ends_with_a_line(
    house: House, small_disk: Callable[[Path], SmallDisk]
) -> None:
    samples.write(house.folder, {"good/a.xml": samples.article(1)})
    house.configure(topic("good", "jats", "good"))
    disk = small_disk(house.folder / "prefect")
    disk.size("1m")
    del house.env["PREFECT_API_URL"]
    house.env |= {"PREFECT_HOME": str(disk.folder), "PYTHONPATH": str(ROOT)}
    ended = house.ingest()
    print(f"\nPrefect's home: {ended.line}")
    assert ended.code == 1
    assert ended.line == f"paperhouse: {disk.folder}: the disk is full; make room and run again, what is stored stays"


def test_a_full_disk_for_temporary_files_does_not_matter(
    world: World, house: House, small_disk: Callable[[Path], SmallDisk]
) -> None:
    copy(world.base, house)
    disk = small_disk(house.folder / "tmp")
    disk.size("4k")
    (disk.folder / "ballast").write_bytes(bytes(4 * KIB))
    house.env["TMPDIR"] = str(disk.folder)
    house.ingest().ok()
    world.assert_finished(house)
