"""Rows through dlt (https://dlthub.com/docs), which extracts nothing itself: pubmed_parser's rows in a pipeline."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
from load_pubmed_parser import extract
from loading import COLUMNS, Articles, report


def main() -> None:
    found, out = Articles(Path(sys.argv[1]), extract), sys.argv[2]
    counts = Counter(dict.fromkeys(COLUMNS, 0))

    @dlt.resource(write_disposition="append")
    def articles() -> Iterator[Any]:
        for tables in found:
            for table, rows in tables.items():
                counts[table] += len(rows)
                items = [dict(zip(COLUMNS[table], row, strict=True)) for row in rows]
                yield dlt.mark.with_table_name(items, table)

    with tempfile.TemporaryDirectory() as state:
        pipeline = dlt.pipeline(
            "peer", pipelines_dir=state, destination=dlt.destinations.duckdb(out), dataset_name="articles"
        )
        pipeline.run(articles())
    report(dict(counts), found.failed)


if __name__ == "__main__":
    main()
