"""What a user of a parser writes around it: rows of four tables into DuckDB through Arrow, in one transaction.

A file on which the parser fails is counted and left out, as such a loader leaves it out.
"""

import json
import sys
from collections.abc import Callable
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


def load(extract: Callable[[Path], Tables]) -> None:
    """Load the articles of a folder into a file, the two arguments of the command; print what came of it as JSON."""
    folder, out = Path(sys.argv[1]), sys.argv[2]
    rows: Tables = {table: [] for table in COLUMNS}
    failed = 0
    for path in sorted(folder.rglob("*.xml")):
        try:
            found = extract(path)
        except Exception:
            failed += 1
            continue
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
    counts = {table: len(found) for table, found in rows.items()}
    print(json.dumps({"papers": counts["papers"], "failed": failed, "rows": counts}))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
