"""How fast the questions of docs/sql.md are on a warehouse of real size.

usage: python benchmarks/queries.py papers.duckdb [--runs N]

papers.duckdb is a published warehouse; it is copied, and where it lacks them the copy is given entities like those of
PubTator: 100 concepts a paper, of 20,000, drawn so that few are frequent and most are rare. The
concepts that the questions name take the tenth rank and those below: each is in about half of the papers.

Prints a Markdown table; each question is asked N times, its answer fetched whole, and the median counts: of the time
that passed, and of the time of all processors, which on a busy machine says more.
"""

import argparse
import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb

from tests.cookbook import PAGE, answer, questions

#: A concept's rank is a power of chance: the density falls as one over the rank, as Zipf has it.
ENTITIES = """
INSERT INTO main.entities BY NAME
WITH drawn AS (
    SELECT paper_id, floor(pow(20000, random()))::INTEGER AS rank FROM main.papers, range(100)
)
SELECT DISTINCT
    paper_id,
    'full_text' AS scope,
    ['Disease', 'Gene', 'Chemical', 'Species'][1 + rank % 4] AS entity_type,
    'concept ' || rank AS label,
    coalesce(CASE WHEN rank > 9 THEN $named[rank - 9] END, 'MESH:D' || rank) AS curie,
    'pubtator' AS source
FROM drawn
"""
CURIE = re.compile(r"'((?:MESH|MONDO|NCBIGene|NCBITaxon):\w+)'")


def prepare(con: duckdb.DuckDBPyConnection, named: list[str]) -> str:
    """Complete the copy. Returns what it holds then."""
    con.execute("SELECT setseed(0.5)")
    if con.execute("SELECT count(*) FROM main.entities").fetchall() == [(0,)]:
        con.execute(ENTITIES, {"named": named})
    tables = ("papers", "entities", "references", "sections", "authors")
    counts = [con.execute(f'SELECT count(*) FROM main."{table}"').fetchall()[0][0] for table in tables]
    return ", ".join(f"{count:,} {table}" for count, table in zip(counts, tables, strict=True))


def timed(con: duckdb.DuckDBPyConnection, sql: str, runs: int) -> tuple[float, float]:
    """The median of the milliseconds that an answer takes: on the clock, and of all processors together."""
    clock, processors = [], []
    for _ in range(runs):
        began, used = time.perf_counter(), time.process_time()
        con.execute(sql).fetchall()
        clock.append(time.perf_counter() - began)
        processors.append(time.process_time() - used)
    return 1000 * median(clock), 1000 * median(processors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    asked = questions(PAGE.read_text(encoding="utf-8"))
    named = list(dict.fromkeys(curie for found in asked for curie in CURIE.findall(found["sql"])))
    with tempfile.TemporaryDirectory(prefix="queries-") as folder:
        copy = shutil.copy(options.warehouse.resolve(), folder)
        with duckdb.connect(copy) as con:
            print(prepare(con, named), end="\n\n")
        print("| question | rows | ms | ms of processors |\n| --- | --- | --- | --- |")
        with duckdb.connect(copy, read_only=True) as con:
            for found in asked:
                rows = answer(con, found["sql"]).count("\n") - 2
                clock, processors = timed(con, found["sql"], options.runs)
                print(f"| {found['question']} | {rows} | {clock:.0f} | {processors:.0f} |")


if __name__ == "__main__":
    main()
