"""What the index of search() costs: its size in the file, the time of the processors, the memory.

usage: python benchmarks/indexing.py papers.duckdb [--threads N]

papers.duckdb is a published warehouse; a copy of it is indexed anew, by as many threads of DuckDB's as a load has, or
N. Prints a Markdown table.
"""

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import duckdb

from warehouse.load import transaction
from warehouse.search import index_papers, start_over
from warehouse.store import THREADS

TABLES = ("main.papers", "main.authors", "main.entities", "main.references", "main.sections", "search.postings")
TEXT = """
SELECT (SELECT sum(strlen(concat(title, abstract))) FROM main.papers)
    + (SELECT sum(strlen(concat(heading, text))) FROM main.sections)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--threads", type=int, default=THREADS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="indexing-") as folder:
        copy = shutil.copy(options.warehouse.resolve(), folder)
        with duckdb.connect(copy) as con, transaction(con):
            start_over(con, "full_text")
        with duckdb.connect(copy, config={"threads": options.threads}) as con:
            papers = [paper_id for (paper_id,) in con.execute("SELECT paper_id FROM main.papers ORDER BY 1").fetchall()]
            ((text,),) = con.execute(TEXT).fetchall()
            before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
            with transaction(con):
                index_papers(con, papers)
            used, after = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            con.execute("CHECKPOINT")
            sizes = {table: size(con, table) for table in TABLES}
    index, tables = sizes["search.postings"], sum(sizes.values())
    print("| what | measured |\n| --- | --- |")
    print(f"| papers, and their text | {len(papers):,}, {text / 1e6:.1f} MB |")
    print(f"| the index in the file | {index / 1e6:.1f} MB of {tables / 1e6:.1f} MB, {index / text:.0%} of the text |")
    print(f"| making it | {1000 * used / len(papers):.1f} ms of a processor a paper |")
    print(f"| memory on top | {(after - before) / 1024:.0f} MB |")


def size(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """The bytes of the blocks that a table takes."""
    ((blocks,),) = con.execute(f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{table}')").fetchall()
    return int(blocks) * 262_144


if __name__ == "__main__":
    main()
