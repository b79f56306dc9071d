"""What a batch, a run, a command and a question cost, the more the warehouse holds.

usage: PYTHONPATH=. python benchmarks/growth.py --corpus ARCHIVE [ARCHIVE ...] --made DIRECTORY [--papers N ...]

The same 1,000 articles of the archives are loaded into an empty warehouse and into copies of made-up ones of N papers
(benchmarks/synthetic.py; made in DIRECTORY where they are not there): new, then with every tenth one changed, then all
of them again. Then it is published, and a run that finds nothing new, the start of commands and the questions of
docs/sql.md are measured. Writes tables into docs/performance.md, a column a size: seconds of all processors, in
brackets on the clock; of questions the median on the clock, in brackets the 95th percentile.
"""

import argparse
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import duckdb
import yaml
from measures.batches import articles_of, copied, prepared
from measures.page import PAGE as PERFORMANCE
from measures.page import renew
from measures.processes import cost_of
from measures.timed import Timed
from measures.unpacking import changed
from synthetic import make

import tasks.load
import tasks.unite
import warehouse.load
import warehouse.publish
from schemas.config import Merging
from tasks.batches import Parsed
from tests.cookbook import PAGE, questions
from warehouse.layout import Layout
from warehouse.runs import Counts, Run, finish_run, start_run
from warehouse.store import clear_work, open_build

HERE = Path(__file__).parent
RUN = Run("growth", "growth", "ingest", "articles", "jats")
#: The parts of a load: what is called, by the module that calls it.
PARTS: dict[str, list[tuple[ModuleType, str]]] = {
    "who is known: unchanged, twice, same paper": [
        (tasks.load, "changed_papers"), (tasks.load, "given_elsewhere"), (tasks.unite, "related_claims"),
    ],
    "replace the rows": [(warehouse.load, "_replace")],
    "resolve references, link concepts": [(warehouse.load, "derive")],
    "full-text index": [(warehouse.load, "index_touched")],
    "checks": [(warehouse.load, "run_checks")],
}  # fmt: skip
LOADS = ("1,000 new papers", "100 of them changed", "all of them again")
#: Times that each question is asked, or seconds after which it is not asked again.
ASKED, PATIENCE = 15, 10
#: The papers that the questions of docs/sql.md name, of its demo.
_DEMO = re.compile(r"PMC99\d+")

#: Of each measure the seconds of all processors, and on the clock.
Measured = dict[str, tuple[float, float]]


@contextmanager
def counted(measured: Measured, name: str) -> Iterator[None]:
    """Measure a block."""
    timed = Timed(lambda: None)
    with timed.counting():
        yield
    measured[name] = (timed.seconds, timed.wall)


def measure_load(layout: Layout, valid: Parsed, full_refresh: bool, name: str) -> Measured:
    """Load a batch: the whole, and its parts."""
    batch, measured = copied(valid, layout), Measured()
    parts: dict[str, list[Timed]] = {part: [] for part in PARTS}
    with ExitStack() as patched:
        for part, functions in PARTS.items():
            for module, function in functions:
                parts[part].append(Timed(getattr(module, function)))
                patched.enter_context(patch.object(module, function, parts[part][-1]))
        with counted(measured, name):
            counts = tasks.load.load_valid(layout, batch, RUN, Counts(), full_refresh, Merging())
    print(f"  {name}: {counts}", file=sys.stderr)
    for part, timed in parts.items():
        measured[f"{name}: {part}"] = (sum(one.seconds for one in timed), sum(one.wall for one in timed))
    rest = [measured[name][i] - sum(measured[f"{name}: {part}"][i] for part in PARTS) for i in (0, 1)]
    measured[f"{name}: open, books, commit, close"] = (rest[0], rest[1])
    return measured


def measure_publish(layout: Layout) -> Measured:
    """Publish: the copy of the file, and what is around it."""
    measured, copy = Measured(), Timed(warehouse.publish._copy)
    with patch.object(warehouse.publish, "_copy", copy), counted(measured, "publish"):
        warehouse.publish.publish(layout)
    used, wall = measured["publish"]
    measured["publish"] = (used - copy.seconds, wall - copy.wall)
    return measured | {"the copy of the file": (copy.seconds, copy.wall)}


def measure_commands(folder: Path) -> Measured:
    """Commands as processes of their own, the fastest of three; and a run without Prefect that finds nothing new."""
    env = os.environ | {"PYTHONPATH": str(HERE.parent)}
    measured = Measured()
    for arguments in (["--help"], ["sql", "SELECT 1"], ["sql", "SELECT count(*) FROM papers"], ["status"]):
        costs = [cost_of([sys.executable, "-m", "flows", *arguments], folder, env) for _ in range(3)]
        measured[f"`paperhouse {shlex.join(arguments)}`"] = (min(c.cpu for c in costs), min(c.wall for c in costs))
    nothing = cost_of([sys.executable, str(HERE / "plain.py"), str(folder / "paperhouse.yaml")], folder, env)
    print(f"  {nothing.out.strip()}", file=sys.stderr)
    return measured | {"a run that finds nothing new, the copy included": (nothing.cpu, nothing.wall)}


def measure_questions(layout: Layout) -> dict[str, tuple[float, float]]:
    """Each question of docs/sql.md: the median and the 95th percentile on the clock, in seconds."""
    measured = {}
    with duckdb.connect(str(layout.published.resolve()), read_only=True) as con:
        ((paper,),) = con.execute(
            "SELECT cited_paper_id FROM main.references WHERE cited_paper_id <> paper_id "
            "GROUP BY ALL ORDER BY count(*) DESC, cited_paper_id LIMIT 1 OFFSET 20"
        ).fetchall() or [("PMC1",)]
        for found in questions(PAGE.read_text(encoding="utf-8")):
            seconds: list[float] = []
            while len(seconds) <= ASKED and sum(seconds) < PATIENCE:
                began = time.perf_counter()
                con.execute(_DEMO.sub(paper, found["sql"])).fetchall()
                seconds.append(time.perf_counter() - began)
            seconds = sorted(seconds[1:] or seconds)  # the first one reads the file
            measured[found["question"]] = (seconds[len(seconds) // 2], seconds[int(0.95 * len(seconds))])
    return measured


def measure(folder: Path, build: Path | None, editions: list[Parsed], articles: Path) -> tuple[Measured, Measured]:
    """Measure everything in a folder of its own, with a copy of a build file, or an empty one."""
    layout = Layout(folder / "data")
    layout.build.parent.mkdir(parents=True)
    if build:
        shutil.copyfile(build, layout.build)
    layout.landing.symlink_to(articles.parent / "data" / "landing")
    topic = {"name": RUN.topic, "source": RUN.source, "path": str(articles)}
    (folder / "paperhouse.yaml").write_text(yaml.safe_dump({"topics": [topic]}), encoding="utf-8")
    clear_work(layout)
    with open_build(layout) as con:
        start_run(con, RUN)
    first, second = editions
    measured = measure_load(layout, first, False, LOADS[0]) | measure_publish(layout)
    measured |= measure_load(layout, second, False, LOADS[1])
    measured |= measure_load(layout, second, True, LOADS[2])
    with open_build(layout) as con:
        finish_run(con, RUN, Counts(), None)
    warehouse.publish.publish(layout)
    return measured | measure_commands(folder), measure_questions(layout)


def table(columns: dict[str, Measured], digits: int, ratios: bool) -> str:
    """Rows are measures, columns sizes; the first figure, in brackets the second."""
    sizes = list(columns)
    heads = [*sizes, f"{sizes[-1]} / {sizes[0]}"] if ratios else sizes
    lines = [f"| | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    for name in columns[sizes[0]]:
        cells = [f"{columns[size][name][0]:.{digits}f} ({columns[size][name][1]:.{digits}f})" for size in sizes]
        if ratios:
            cells.append(f"{columns[sizes[-1]][name][0] / max(columns[sizes[0]][name][0], 1e-9):.1f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="+", required=True)
    parser.add_argument("--made", type=Path, required=True)
    parser.add_argument("--papers", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    columns: dict[str, tuple[Measured, Measured]] = {}
    with tempfile.TemporaryDirectory(prefix="growth-", dir=options.made) as scratch:
        place = Path(scratch)
        articles, config = place / "articles", place / "paperhouse.yaml"
        articles_of(options.corpus, articles, 1000)
        config.write_text(yaml.safe_dump({"topics": [{"name": "articles", "source": "jats", "path": "articles"}]}))
        editions = [prepared(config, "growth-1")]
        with changed(articles, 10):
            editions.append(prepared(config, "growth-2"))
            for papers in [0, *options.papers]:
                print(f"{papers:,} papers", file=sys.stderr)
                made = Layout(options.made / str(papers))
                if papers and not made.build.exists():
                    list(make(made, papers))
                folder = place / f"of-{papers}"
                folder.mkdir()
                build = made.build if papers else None
                columns[f"{papers:,}" if papers else "empty"] = measure(folder, build, editions, articles)
                shutil.rmtree(folder)
    costs = table({size: both[0] for size, both in columns.items()}, 2, True)
    answers = table({size: both[1] for size, both in columns.items()}, 3, False)
    print(costs, answers, sep="\n\n")
    renew(PERFORMANCE, "growth", costs)
    renew(PERFORMANCE, "growth of answers", answers)


if __name__ == "__main__":
    main()
