"""Loads one edition of the same papers after another in one process: ``python editing.py FIRST LAST``.

Each load is what ``paperhouse ingest`` does, in a house's folder. Prints a line of JSON for each: the edition, when its
load began and when it was published, by the clock that all processes share, and what the folder takes on the disk.
"""

import json
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

from flows.run import run_ingest
from tests.integration import samples
from tests.integration.torture.soaking import on_disk

#: Each set is a unit and a batch of its own: two transactions a load, and one publish.
SETS, PAPERS = 2, 10
REFERENCES, SECTIONS = 3, 2


def write_edition(folder: Path, edition: int) -> None:
    for number in range(SETS):
        numbers = range(number * PAPERS + 1, (number + 1) * PAPERS + 1)
        content = samples.articles(numbers, edition=edition, references=REFERENCES, sections=SECTIONS)
        samples.write(folder, {f"set-{number}.zip": samples.zip_of(content)})


def whole(edition: int) -> list[list[object]]:
    """The answer to the readers' question where all rows are of one edition."""
    rows = {"authors": 2, "papers": 1, "references": REFERENCES, "sections": SECTIONS}
    return [[table, edition, each * SETS * PAPERS] for table, each in rows.items()]


def load(edition: int) -> dict[str, float]:
    write_edition(Path("sets"), edition)
    began_at = time.monotonic()
    if code := run_ingest(None, [], False, 0):
        sys.exit(code)
    return {"edition": edition, "began_at": began_at, "published_at": time.monotonic()}


def main() -> None:
    for edition in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
        with redirect_stdout(sys.stderr):
            loaded = load(edition)
        parts = {name: on_disk(Path("data") / name) for name in ("build", "snapshots", "landing")}
        print(json.dumps(loaded | parts), flush=True)


if __name__ == "__main__":
    main()
