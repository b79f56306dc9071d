"""What the report of a run costs: its share of the time of an ingest of JATS articles, and how it grows.

usage: python benchmarks/report_cost.py --corpus PATH [--folder FOLDER] [--runs N]

PATH is whatever a topic of source jats takes, as an archive. The first run loads it, the others find it unchanged; set
PREFECT_API_URL to measure on a server that runs, as a schedule does. Counted as report: reading what is published,
alarms, artifacts.
"""

import argparse
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

import flows.ingest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True, help="JATS articles: file, folder, glob or archive")
    parser.add_argument("--folder", type=Path, help="where the warehouse is made (default: a temporary folder)")
    parser.add_argument("--runs", type=int, default=2, help="how many ingests, the first of which loads (default: 2)")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.folder) as folder:
        config = Path(folder) / "paperhouse.yaml"
        topic = {"name": "corpus", "source": "jats", "path": str(options.corpus.absolute())}
        config.write_text(yaml.safe_dump({"topics": [topic]}), encoding="utf-8")
        spent: list[float] = []
        for name in ("summarise", "report"):
            setattr(flows.ingest, name, _timed(getattr(flows.ingest, name), spent))
        for run in range(1, options.runs + 1):
            spent.clear()
            began = time.monotonic()
            state = flows.ingest.ingest(str(config), return_state=True)
            took = time.monotonic() - began
            print(
                f"run {run}: {took:.1f} s, of it report {sum(spent):.2f} s ({sum(spent) / took:.1%}): {state.message}"
            )


def _timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*arguments: Any) -> Any:
        began = time.monotonic()
        try:
            return function(*arguments)
        finally:
            spent.append(time.monotonic() - began)

    return timed


if __name__ == "__main__":
    main()
