"""Many readers and two hundred loads: no error, no state that is half of one load, none that is out of date."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.house import House, Running, topic
from tests.integration.torture import LONG, editing, reading
from tests.integration.torture.editing import whole, write_edition

pytestmark = [pytest.mark.integration, pytest.mark.timeout(2400)]

#: Loads after the first, in one process and by the command.
LOADS, COMMANDS = (190, 10) if LONG else (2, 1)
OPENERS, HOLDERS = (8, 2) if LONG else (3, 1)
#: Questions that a holder asks on one connection, and the seconds between two.
ASKS, PAUSE = (60, 0.5) if LONG else (200, 0.1)
#: Seconds for all loads on a busy machine.
PATIENCE = 1800 if LONG else 200
SNAPSHOTS = 2
MB = 1_000_000


def held(readers: list[Running]) -> dict[int, int]:
    """The files without a name that readers hold open: their sizes in bytes by their number on the disk."""
    found = {}
    for reader in readers:
        with suppress(OSError):
            for link in Path(f"/proc/{reader.process.pid}/fd").iterdir():
                with suppress(OSError):
                    if ".duckdb" in (name := str(link.readlink())) and name.endswith("(deleted)"):
                        file = link.stat()
                        found[file.st_ino] = file.st_blocks * 512
    return found


def test_readers_through_two_hundred_loads(house: House) -> None:
    stop, file = house.folder / "stop", house.data / "papers.duckdb"
    house.configure(topic("sets", "jats", "sets"))
    write_edition(house.folder / "sets", 1)
    house.ingest().ok()
    readers = [house.start_python(reading.__file__, file, stop, 1, PAUSE) for _ in range(OPENERS)]
    readers += [house.start_python(reading.__file__, file, stop, ASKS, PAUSE) for _ in range(HOLDERS)]

    writer, most_held = house.start_python(editing.__file__, 2, LOADS + 1), dict[int, int]()
    deadline = time.monotonic() + PATIENCE
    while writer.process.poll() is None and time.monotonic() < deadline:
        most_held = max(most_held, held(readers), key=lambda files: sum(files.values()))
        time.sleep(PAUSE)
    loads: list[dict[str, float]] = writer.wait(1).ok().json_lines()
    last = LOADS + COMMANDS + 1
    for edition in range(LOADS + 2, last + 1):
        write_edition(house.folder / "sets", edition)
        began_at = time.monotonic()
        house.ingest().ok()
        loads.append({"edition": edition, "began_at": began_at, "published_at": time.monotonic()})
    time.sleep(4 * PAUSE)
    stop.touch()
    connections: list[list[dict[str, Any]]] = [reader.wait().ok().json_lines() for reader in readers]

    errors = sum(reader.process.returncode != 0 for reader in readers)
    opened = [connection for reader in connections for connection in reader]
    halves = [one for one in opened if one["answers"] != [whole(edition_of(one))]]
    stale = [one for one in opened if edition_of(one) < newest(loads, one["opened_at"])]
    seen = len({edition_of(one) for one in opened})
    print(f"\n{last - 1} loads; {OPENERS} readers open anew, {HOLDERS} hold a connection for {ASKS} questions")
    found = f"{errors} errors, {len(halves)} half-loaded, {len(stale)} stale"
    print(f"{len(opened)} connections saw {seen} editions: {found}")
    parts = {name: [load[name] / MB for load in loads if name in load] for name in ("build", "snapshots", "landing")}
    for name, sizes in parts.items():
        print(f"{name}: {sizes[0]:.1f} MB after the first load, at most {max(sizes):.1f}, {sizes[-1]:.1f} at the end")
    size = sum(most_held.values()) / MB
    print(f"removed snapshots that readers still hold: at most {len(most_held)}, {size:.1f} MB")

    assert (errors, halves, stale) == (0, [], [])
    assert seen > LOADS // 3
    assert [run["loaded"] for run in house.runs()] == [editing.SETS * editing.PAPERS] * last
    assert len(list((house.data / "snapshots").iterdir())) == SNAPSHOTS
    assert len(most_held) <= len(readers)
    assert max(parts["build"]) < 3 * parts["build"][0]
    assert max(parts["snapshots"]) <= SNAPSHOTS * max(parts["build"]) + 1
    house.assert_sound()


def edition_of(connection: dict[str, Any]) -> int:
    edition: int = connection["answers"][0][0][1]
    return edition


def newest(loads: list[dict[str, float]], moment: float) -> float:
    """The edition that was published last before that moment."""
    return max((load["edition"] for load in loads if load["published_at"] < moment), default=1)
