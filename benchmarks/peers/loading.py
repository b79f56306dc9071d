"""What a user of a parser writes around it: rows of four tables into DuckDB through Arrow, in one transaction.

A file on which the parser fails is counted and left out, as such a loader leaves it out.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

COLUMNS = {
    "papers": ("paper_id", "pmid", "doi", "title", "abstract", "journal", "year"),
    "sections": ("paper_id", "position", "heading", "text"),
    "refs": ("paper_id", "position", "pmid", "doi", "title", "journal", "year"),
    "authors": ("paper_id", "position", "surname", "given_names"),
}
Tables = dict[str, list[tuple[Any, ...]]]


@dataclass
class Articles:
    """What a parser extracts of each article of a folder; failed: of how many it could not."""

    folder: Path
    extract: Callable[[Path], Tables]
    failed: int = 0

    def __iter__(self) -> Iterator[Tables]:
        for path in sorted(self.folder.rglob("*.xml")):
            try:
                yield self.extract(path)
            except Exception:
                self.failed += 1


def load(extract: Callable[[Path], Tables]) -> None:
    """Load the articles of a folder into a file, the two arguments of the command; print what came of it as JSON."""
    articles, out = Articles(Path(sys.argv[1]), extract), sys.argv[2]
    rows: Tables = {table: [] for table in COLUMNS}
    for found in articles:
        for table, more in found.items():
            rows[table] += more
    with duckdb.connect(out) as con:
        con.execute("BEGIN")
        for table, columns in COLUMNS.items():
            values = list(zip(*rows[table], strict=True)) or [()] * len(columns)
            frame = pa.table(
                {name: [_text(value) for value in each] for name, each in zip(columns, values, strict=True)}
            )
            con.register("frame", frame)
            con.execute(f"CREATE TABLE {table} AS FROM frame")
            con.unregister("frame")
        con.execute("COMMIT")
    report({table: len(found) for table, found in rows.items()}, articles.failed)


def report(rows: dict[str, int], failed: int) -> None:
    """Print what came of it as a line of JSON. rows: by table."""
    print(json.dumps({"papers": rows["papers"], "failed": failed, "rows": rows}))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
