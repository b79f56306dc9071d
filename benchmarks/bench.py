"""What an ingest costs next to the floor, the least that any loader of JATS must do, and next to its peers.

usage: python benchmarks/bench.py --corpus ARCHIVE --floor FLOOR.PY [--rounds N] [--peers PYTHON] [--against COMMIT]
                                  [--write]

Each round runs everything once, one after the other, on the same files; ratios are taken within a round, so that a
busy machine slows both sides. A Prefect server of the benchmark's own runs meanwhile, and is not counted. Prints
tables in Markdown; with --write it puts them, and a picture, into docs/performance.md instead.

ARCHIVE: JATS articles, .xml or .nxml. FLOOR.PY: `floor.py load FOLDER OUT.duckdb`, which prints a line of JSON.
PYTHON: an interpreter that has benchmarks/peers/requirements.txt. COMMIT: whose first ingest is measured, too.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from measures.bars import bars
from measures.checkouts import ROOT, checkout, named
from measures.contents import contents
from measures.page import PAGE, renew
from measures.prefect import prefect_server
from measures.processes import Cost, cost_of
from measures.unpacking import changed, multiply, unpack
from measures.warehouse import Warehouse

#: The schema of the file that each peer's loader writes.
PEERS = {"pubmed_parser": "main", "pyeuropepmc": "main", "dlt": "articles"}
#: Every hundredth article changes.
CHANGED = 100
#: How many times the articles are loaded to see whether memory grows.
MORE = 5
FIRST, MANY = "first ingest", f"{MORE} times the articles"
PICTURE = ROOT / "docs" / "images" / "costs.svg"

Round = dict[str, Cost]


@dataclass
class Bench:
    """folder: for everything. articles: the files. env: of the commands, with the server's address."""

    folder: Path
    articles: Path
    floor: Path
    peers: Path | None
    against: dict[str, Path]
    env: dict[str, str]
    rounds: list[Round] = field(default_factory=list)
    found: dict[str, dict[str, str]] = field(default_factory=dict)

    def run_round(self) -> None:
        """Run all once; what the loaders found is kept of the last round."""
        place = self.folder / "round"
        place.mkdir()
        single, ours, plain = (Warehouse(place / name, ROOT, self.env) for name in ("single", "ours", "plain"))
        single.of_articles(next(iter(sorted(self.articles.iterdir())))).ingest()
        ours.of_articles(self.articles)
        plain.of_articles(self.articles)
        costs = {
            "floor": self._loader("floor", [sys.executable, str(self.floor.absolute()), "load"], place, "main"),
            "start-up: one article, unchanged": single.ingest(),
            FIRST: ours.ingest(),
            "as plain functions": plain.plainly(),
            "again, unchanged": ours.ingest(),
        }
        self.found["Paperhouse"] = contents(ours.folder / "data" / "papers.duckdb", "main", ours=True)
        with changed(self.articles, CHANGED):
            costs[f"again, {100 // CHANGED} % changed"] = ours.ingest()
        for name, path in self.against.items():
            costs[f"first ingest of {name}"] = (
                Warehouse(place / name, path, self.env).of_articles(self.articles).ingest()
            )
        for peer, schema in PEERS.items() if self.peers else ():
            command = [str(self.peers.absolute()), str(ROOT / "benchmarks" / "peers" / f"load_{peer}.py")]
            costs[peer] = self._loader(peer, command, place, schema)
        shutil.rmtree(place)
        self.rounds.append(costs)

    def run_many(self) -> Cost:
        """Load more articles than that, once."""
        many = self.folder / "many"
        multiply(self.articles, many, MORE)
        return Warehouse(self.folder / "of-many", ROOT, self.env).of_articles(many).ingest()

    def _loader(self, name: str, command: list[str], place: Path, schema: str) -> Cost:
        out = place / f"{name}.duckdb"
        cost = cost_of([*command, str(self.articles), str(out)], place, self.env)
        self.found[name] = contents(out, schema, ours=False)
        return cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--floor", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="interpreter of the peers' own environment")
    parser.add_argument("--against", help="a commit to compare with")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    for path in (options.corpus, options.floor):
        if not path.is_file():
            parser.error(f"{path}: is not here; the articles and the floor are given with --corpus and --floor")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(prefect_server(folder / "prefect"))
        against = {}
        if options.against:
            against[named(options.against)] = stack.enter_context(checkout(options.against, folder / "against"))
        articles = folder / "articles"
        print(f"{unpack(options.corpus, articles):,} articles", file=sys.stderr)
        env = dict(os.environ, PREFECT_API_URL=url)
        bench = Bench(folder, articles, options.floor, options.peers, against, env)
        for number in range(1, options.rounds + 1):
            bench.run_round()
            print(f"round {number} of {options.rounds}", file=sys.stderr)
        many = bench.run_many()
    tables = {"costs": costs_table(bench.rounds, many), "contents": contents_table(bench.found)}
    if not options.write:
        print("\n\n".join(tables.values()))
        return
    for part, text in tables.items():
        renew(PAGE, part, text)
    PICTURE.write_text(picture(bench.rounds), encoding="utf-8")


def costs_table(rounds: list[Round], many: Cost) -> str:
    """The medians over the rounds, as ratios to the floor of the same round; in brackets the least and the most."""
    lines = [
        "| what | CPU / floor | wall / floor | CPU | wall | peak memory |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in rounds[0]:
        costs = [costs[name] for costs in rounds]
        cpu, wall = statistics.median(c.cpu for c in costs), statistics.median(c.wall for c in costs)
        lines.append(
            f"| {name} | {_range(ratios(rounds, name, 'cpu'))} | {_range(ratios(rounds, name, 'wall'))} "
            f"| {cpu:.1f} s | {wall:.1f} s | {max(cost.peak for cost in costs) >> 20:,} MB |"
        )
    first = rounds[-1][FIRST]
    lines.append(f"| {MANY} | | | {many.cpu:.1f} s | {many.wall:.1f} s | {many.peak >> 20:,} MB |")
    more = many.peak / max(costs[FIRST].peak for costs in rounds) - 1
    return "\n".join(lines) + (
        f"\n\nMore memory for {MORE} times the articles: {100 * more:+.0f} %. "
        f"CPU for each of them: {many.cpu / MORE / first.cpu:.2f} of the first ingest's."
    )


def ratios(rounds: list[Round], name: str, what: str) -> list[float]:
    """To the floor, round by round; what: cpu or wall."""
    return [getattr(costs[name], what) / getattr(costs["floor"], what) for costs in rounds]


def _range(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def contents_table(found: dict[str, dict[str, str]]) -> str:
    """What each loader found, a column each."""
    titles = list(next(iter(found.values())))
    lines = [f"| | {' | '.join(found)} |", "| --- |" + " --- |" * len(found)]
    lines += [f"| {title} | {' | '.join(each[title] for each in found.values())} |" for title in titles]
    return "\n".join(lines)


def picture(rounds: list[Round]) -> str:
    found = {name: ratios(rounds, name, "cpu") for name in rounds[0]}
    return bars("CPU of loading the same articles, in floors", found, "floor")


if __name__ == "__main__":
    main()
