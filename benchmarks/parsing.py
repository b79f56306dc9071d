"""Where the time of parsing goes: JATS articles from landing to the rows of a batch, step by step.

usage: python benchmarks/parsing.py FOLDER

FOLDER: articles, .xml, below 500 MB together. They are landed in a temporary folder and parsed as one batch, in this
process, set up as a parsing process is. Prints a Markdown table of CPU seconds, the least of three rounds a step.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measures.timed import Timed

from schemas.tables import empty
from tasks.parse import PARSED
from tasks.parsers import batch, jats
from tasks.parsers.jats import reading
from tasks.parsers.process import collect_seldom
from warehouse.landing import Landed, Landing, document_id

ROUNDS = 3
#: The steps, and the function that does each: where it is called, and under which name.
STEPS: dict[str, tuple[Any, str]] = {
    "unpacking": (reading, "_read"),
    "XML": (reading, "_single"),
    "front matter": (jats, "paper"),
    "authors": (jats, "authors"),
    "references": (jats, "references"),
    "sections": (jats, "sections"),
    "to Arrow": (batch, "_arrow"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parsing-") as folder:
        landing = Landing(Path(folder) / "landing")
        journal = land(landing, sorted(options.folder.rglob("*.xml")))
        collect_seldom()
        rounds = [parsed(landing, journal, Path(folder) / f"parsed-{number}") for number in range(ROUNDS)]
    print("| step | CPU |\n| --- | --- |")
    for step in rounds[0]:
        print(f"| {step} | {min(seconds[step] for seconds in rounds):.2f} s |")


def land(landing: Landing, files: list[Path]) -> Path:
    """Land files. Returns their journal."""
    documents = []
    for path in files:
        with path.open("rb") as body:
            stored = landing.store(body)
        url, now = path.absolute().as_uri(), datetime.now(UTC).isoformat()
        key = document_id("jats", url, stored.sha256)
        documents.append(Landed(key, "jats", str(path), "jats", url, stored.sha256, stored.bytes, now, "run"))
    return landing.write_journal("run.1.1", documents)


def parsed(landing: Landing, journal: Path, out: Path) -> dict[str, float]:
    """Parse a batch. Returns the CPU seconds of each step, of what is between them, and of all."""
    types = {table: empty(model).to_arrow().schema for table, model in PARSED.items()}
    plain: dict[str, Callable[..., Any]] = {step: getattr(place, name) for step, (place, name) in STEPS.items()}
    timed = {step: Timed(function) for step, function in plain.items()}
    began = time.process_time()
    try:
        for step, (place, name) in STEPS.items():
            setattr(place, name, timed[step])
        batch.parse_batch(landing.root, journal, out, types)
    finally:
        for step, (place, name) in STEPS.items():
            setattr(place, name, plain[step])
    whole = time.process_time() - began
    steps = {step: function.seconds for step, function in timed.items()}
    return steps | {"the rest": whole - sum(steps.values()), "together": whole}


if __name__ == "__main__":
    main()
