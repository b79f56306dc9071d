"""What an ingest costs next to the floor, the least that any loader of JATS must do, and next to its peers.

usage: python benchmarks/bench.py --corpus ARCHIVE --floor FLOOR.PY [--rounds N] [--peers PYTHON]

Each round runs everything once, one after the other, on the same files; ratios are taken within a round, so that a
busy machine slows both sides. A Prefect server of the benchmark's own runs meanwhile, and is not counted. Prints a
table in Markdown.

ARCHIVE: JATS articles, .xml or .nxml. FLOOR.PY: `floor.py load FOLDER OUT.duckdb`, which prints a line of JSON.
PYTHON: an interpreter that has benchmarks/peers/requirements.txt.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import yaml
from measures.processes import Cost, cost_of
from measures.unpacking import change, unpack

HERE = Path(__file__).parent
PEERS = ("pubmed_parser", "pyeuropepmc", "dlt")
#: Every hundredth article changes.
CHANGED = 100

Round = dict[str, Cost]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--floor", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="interpreter of the peers' own environment")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, prefect_server(Path(folder) / "prefect") as url:
        articles = Path(folder) / "articles"
        print(f"{unpack(options.corpus, articles):,} articles", file=sys.stderr)
        rounds = []
        for number in range(1, options.rounds + 1):
            place = Path(folder) / f"round-{number}"
            rounds.append(one_round(place, articles, options.floor, options.peers, url))
            shutil.rmtree(place)
            print(f"round {number} of {options.rounds}", file=sys.stderr)
    print(table(rounds))


def one_round(folder: Path, articles: Path, floor: Path, peers: Path | None, url: str) -> Round:
    """Run all once, in folders below ``folder``."""
    folder.mkdir()
    env = os.environ | {"PREFECT_API_URL": url, "PYTHONPATH": str(HERE.parent)}
    ours, plain, empty = (Warehouse(folder / name, articles) for name in ("ours", "plain", "empty"))
    first = next(path for path in sorted(articles.rglob("*")) if path.is_file())
    empty.take(first)
    empty.ingest(env)
    costs = {
        "floor": cost_of([sys.executable, str(floor.absolute()), "load", str(articles), "floor.duckdb"], folder, env),
        "start-up: one article, unchanged": empty.ingest(env),
        "first ingest": ours.ingest(env),
        "as plain functions": plain.plainly(env),
        "again, unchanged": ours.ingest(env),
    }
    with changed(articles):
        costs["again, 1 % changed"] = ours.ingest(env)
    for peer in PEERS if peers else ():
        script = str((HERE / "peers" / f"load_{peer}.py").absolute())
        costs[peer] = cost_of([str(peers), script, str(articles), f"{peer}.duckdb"], folder, env)
    return costs


@dataclass(frozen=True)
class Warehouse:
    """A warehouse of its own, of a folder of articles."""

    folder: Path
    articles: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.take(self.articles)

    def take(self, path: Path) -> None:
        """Let its topic be these files."""
        topic = {"name": "articles", "source": "jats", "path": str(path)}
        self.config.write_text(yaml.safe_dump({"topics": [topic]}), encoding="utf-8")

    @property
    def config(self) -> Path:
        return self.folder / "paperhouse.yaml"

    def ingest(self, env: dict[str, str]) -> Cost:
        return cost_of([sys.executable, "-m", "flows", "ingest"], self.folder, env)

    def plainly(self, env: dict[str, str]) -> Cost:
        return cost_of([sys.executable, str((HERE / "plain.py").absolute()), str(self.config)], self.folder, env)


@contextmanager
def changed(articles: Path) -> Iterator[None]:
    """Every hundredth article with another title, for as long as it lasts."""
    files = sorted(path for path in articles.rglob("*") if path.is_file())[::CHANGED]
    before = {file: file.read_bytes() for file in files}
    for file, content in before.items():
        file.write_bytes(change(content))
    try:
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)


@contextmanager
def prefect_server(home: Path) -> Iterator[str]:
    """A Prefect server with a home of its own; the address of its API."""
    home.mkdir()
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    with (home / "server.log").open("w") as log:
        command = [sys.executable, "-m", "prefect", "server", "start"]
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/api"
    try:
        while not _answers(f"{url}/health"):
            if server.poll() is not None:
                raise RuntimeError(f"the Prefect server did not start: {(home / 'server.log').read_text()}")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    with suppress(OSError):
        urllib.request.urlopen(url, timeout=5).close()
        return True
    return False


def table(rounds: list[Round]) -> str:
    """The medians over the rounds, as ratios to the floor of the same round; in brackets the least and the most."""
    lines = [
        "| what | CPU / floor | wall / floor | CPU | wall | peak memory |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in rounds[0]:
        costs = [costs[name] for costs in rounds]
        floors = [costs["floor"] for costs in rounds]
        cpu = [cost.cpu / floor.cpu for cost, floor in zip(costs, floors, strict=True)]
        wall = [cost.wall / floor.wall for cost, floor in zip(costs, floors, strict=True)]
        peak = max(cost.peak for cost in costs) >> 20
        medians = [statistics.median(values) for values in ([c.cpu for c in costs], [c.wall for c in costs])]
        lines.append(
            f"| {name} | {_range(cpu)} | {_range(wall)} | {medians[0]:.1f} s | {medians[1]:.1f} s | {peak:,} MB |"
        )
    return "\n".join(lines)


def _range(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
