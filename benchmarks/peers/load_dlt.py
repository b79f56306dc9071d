"""Rows through dlt (https://dlthub.com/docs), which extracts nothing itself: pubmed_parser's rows in a pipeline."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
from load_pubmed_parser import extract
from loading import COLUMNS


def main() -> None:
    folder, out = Path(sys.argv[1]), sys.argv[2]
    failed = 0
    counts = dict.fromkeys(COLUMNS, 0)

    @dlt.resource(write_disposition="append")
    def articles() -> Iterator[Any]:
        nonlocal failed
        for path in sorted(folder.rglob("*.xml")):
            try:
                found = extract(path)
            except Exception:
                failed += 1
                continue
            for table, rows in found.items():
                counts[table] += len(rows)
                items = [dict(zip(COLUMNS[table], row, strict=True)) for row in rows]
                yield dlt.mark.with_table_name(items, table)

    with tempfile.TemporaryDirectory() as state:
        pipeline = dlt.pipeline(
            "peer", pipelines_dir=state, destination=dlt.destinations.duckdb(out), dataset_name="articles"
        )
        pipeline.run(articles())
    print(json.dumps({"papers": counts["papers"], "failed": failed, "rows": counts}))


if __name__ == "__main__":
    main()
