"""docs/operations.md tells the truth: its tested blocks are run as they stand there, on a real warehouse."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

import duckdb
import pytest

from tests.integration import samples
from tests.integration.house import LINEAGE, ROOT, Ended, House, topic
from tests.integration.samples import article, page

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(240)]

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
#: The blocks that are marked as tested, by the heading above them.
TESTED = {
    re.findall(r"^##+ (.*)$", before, re.MULTILINE)[-1]: block
    for before, block in (
        (PAGE[: found.start()], found[1]) for found in re.finditer(r"\*Tested:\*\n\n```sh\n(.*?)```", PAGE, re.DOTALL)
    )
}


@pytest.fixture(scope="module")
def base(lasting_houses: Callable[[str], House]) -> House:
    """A warehouse of three papers and a reject."""
    house = lasting_houses("base")
    samples.write(house.folder / "pages", {"1.md": page(1), "2.md": page(2)})
    samples.write(house.folder / "articles", {"3.xml": article(3), "bare.xml": article(4, title=None)})
    house.configure(topic("pages", "tomesphere", "pages"), topic("articles", "jats", "articles"))
    house.ingest().ok()
    return house


@pytest.fixture
def copy(base: House, houses: Callable[[str], House]) -> House:
    house = houses("copy")
    base.copy(house.folder)
    return house


def follow(heading: str, house: House) -> Ended:
    """Run the block below a heading as a user does who copies it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", TESTED[heading]],
        cwd=house.folder,
        env=house.env | {"PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=150,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def damage(file: Path) -> None:
    """Overwrite the head of a file, where DuckDB looks for its mark."""
    with file.open("r+b") as opened:
        opened.write(b"\0" * 16384)


def test_all_tested_blocks_are_known() -> None:
    assert sorted(TESTED) == [
        "Back up",
        "Restore, or move to another machine",
        "The build file is damaged",
        "The published file is damaged",
    ]


def test_a_backup_is_restored_on_another_machine(base: House, copy: House, houses: Callable[[str], House]) -> None:
    if not (shutil.which("zstd") and shutil.which("flock")):
        pytest.skip("no zstd or flock here")
    follow("Back up", copy).ok()
    elsewhere = houses("elsewhere")
    for name in ("paperhouse.yaml", "papers.tar.zst", "pages", "articles"):
        (copy.folder / name).rename(elsewhere.folder / name)
    restored = follow("Restore, or move to another machine", elsewhere).ok()
    assert "all checks pass" in restored.out
    assert "read back and unharmed" in restored.out
    assert elsewhere.content(*LINEAGE) == base.content(*LINEAGE)
    assert {counts[1:] for counts in elsewhere.counts().values()} == {(2, 0, 2, 0), (2, 0, 1, 1)}
    elsewhere.assert_sound()


def test_a_backup_waits_for_the_writer(copy: House) -> None:
    block = TESTED["Back up"].replace("--timeout 3600", "--nonblock")
    assert block != TESTED["Back up"]
    with (copy.data / "build" / "writer.lock").open("a") as held:
        flock(held, LOCK_EX)
        refused = subprocess.run(["bash", "-c", block], cwd=copy.folder)
    assert refused.returncode == 1
    assert not (copy.folder / "papers.tar.zst").exists()


def test_a_damaged_snapshot_is_published_again(base: House, copy: House) -> None:
    damage((copy.data / "papers.duckdb").resolve())
    assert "cannot be opened" in copy.run("sql", "SELECT 1").line
    follow("The published file is damaged", copy).ok()
    assert copy.content() == base.content()


def test_a_damaged_build_file_is_replaced_by_the_snapshot(base: House, copy: House) -> None:
    damage(copy.data / "build" / "warehouse.duckdb")
    assert "build/warehouse.duckdb: cannot be opened" in copy.ingest().line
    follow("The build file is damaged", copy).ok()
    assert copy.content(*LINEAGE) == base.content(*LINEAGE)
    with duckdb.connect(str(copy.data / "build" / "warehouse.duckdb")) as con:
        assert con.execute("SELECT count(*) FROM papers").fetchone() == (3,)
    copy.assert_sound()
