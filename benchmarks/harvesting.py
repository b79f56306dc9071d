"""How many papers a second are harvested, with full text, where no service limits the rate.

usage: python benchmarks/harvesting.py --corpus ARCHIVE [--write]

The services of tests/apis serve the articles and records of ARCHIVE on loopback, on the same machine. A topic asks for
all of them with their full texts. Prints a table in Markdown; with --write it puts it into docs/performance.md instead.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
from measures.checkouts import ROOT
from measures.page import PAGE, renew
from measures.prefect import prefect_server
from measures.warehouse import Warehouse

from tests.apis.services import sources

#: The records were updated between so many days ago; requests a second that are never reached.
FIRST, LAST, RATE = 40, 11, 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harvesting-") as name:
        folder = Path(name)
        with tarfile.open(options.corpus) as archive:
            archive.extractall(folder / "corpus", filter="data")
        with prefect_server(folder / "prefect") as url, services(folder / "corpus") as (base_url, server):
            warehouse = Warehouse(folder / "ours", ROOT, dict(os.environ, PREFECT_API_URL=url))
            topic = {"name": "all", "source": "europepmc", "query": "*", "since": _day(FIRST), "full_text": True}
            settings = {key: {**about, "requests_per_second": RATE} for key, about in sources(base_url).items()}
            cost = warehouse.configure(topic, sources=settings).ingest()
            served = processor_seconds(server)
        with duckdb.connect(str(warehouse.folder / "data" / "papers.duckdb"), read_only=True) as con:
            count = "SELECT count(*), count(*) FILTER (has_full_text) FROM papers"
            ((papers, full),) = con.execute(count).fetchall()
    lines = [
        "| what | measured |",
        "| --- | --- |",
        f"| papers, of them with full text | {papers:,}, {full:,} |",
        f"| a second, of them with full text | {papers / cost.wall:.0f}, {full / cost.wall:.0f} |",
        f"| time | {cost.wall:.1f} s, {cost.cpu:.1f} s of a processor |",
        f"| the services' own time | {served:.1f} s of a processor |",
        f"| peak memory | {cost.peak >> 20:,} MB |",
    ]
    if options.write:
        renew(PAGE, "harvest", "\n".join(lines))
    else:
        print("\n".join(lines))


@contextmanager
def services(corpus: Path) -> Iterator[tuple[str, int]]:
    """The services in a process of their own: their address, and the process."""
    command = [sys.executable, "-m", "tests.apis", "--corpus", str(corpus), "--port", "0"]
    command += ["--first", _day(FIRST), "--last", _day(LAST)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().split()[-1], server.pid
    finally:
        server.terminate()
        server.wait()


def _day(ago: int) -> str:
    return str(date.today() - timedelta(days=ago))


def processor_seconds(process: int) -> float:
    """What a process has used so far, see proc(5)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
