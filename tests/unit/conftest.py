"""What the unit tests share: a migrated warehouse, and builders of good rows for every table."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import settings

from schemas.derived import MAIN
from schemas.ops import OPS_TABLES
from schemas.quarantine import Frames
from schemas.tables import CHILDREN, polars_schema
from warehouse.landing import Landed, document_id
from warehouse.load import Load
from warehouse.migrate import SCHEMAS, migrate
from warehouse.runs import Run, start_run

Row = dict[str, Any]

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
RUN = Run("run-1", "flow-run-1", "ingest", "articles")

#: One row a table that keeps the contract; what a test does not care for comes from here.
GOOD_ROWS: dict[str, Row] = {
    "papers": {
        "paper_id": "PMC1",
        "doi": "10.5555/one",
        "title": "A title",
        "published": date(2024, 3, 1),
        "published_precision": "month",
        "language": "en",
        "authors": ["Ada Quill"],
        "has_full_text": False,
        "source": "jats",
        "fetched_at": NOW,
        "updated_at": NOW,
        "content_hash": hashlib.sha256(b"a document").hexdigest(),
        "run_id": RUN.run_id,
    },
    "authors": {"paper_id": "PMC1", "name": "Ada Quill", "orcid": "0000-0002-1825-0097", "is_collective": False},
    "entities": {
        "paper_id": "PMC1",
        "scope": "linked",
        "entity_type": "Disease",
        "label": "liver failure",
        "curie": "MONDO:0100192",
        "source": "jats",
    },
    "references": {"paper_id": "PMC1", "citation": "Quill A. A cited work. 2019.", "year": 2019, "source": "jats"},
    "sections": {"paper_id": "PMC1", "level": 1, "section_type": "introduction", "text": "Some text."},
    "paper_sources": {
        "paper_id": "PMC1",
        "source": "jats",
        "own_id": "PMC1",
        "document_id": "document-1",
        "content_hash": hashlib.sha256(b"a document").hexdigest(),
        "run_id": RUN.run_id,
    },
    "documents": {
        "document_id": "document-1",
        "source": "jats",
        "source_id": "one.xml",
        "kind": "jats",
        "url": "file:///one.xml",
        "sha256": hashlib.sha256(b"a document").hexdigest(),
        "bytes": 10,
        "fetched_at": NOW,
        "run_id": RUN.run_id,
        "papers": 1,
        "rejected": 0,
    },
    "rejects": {
        "run_id": RUN.run_id,
        "document_id": "document-1",
        "source": "jats",
        "source_id": "one.xml",
        "table_name": "authors",
        "column_name": "orcid",
        "check": "orcid_check_digit",
        "value": "0000-0002-1825-0098",
        "row": '{"paper_id": "PMC1"}',
        "rejected_at": NOW,
    },
}


def sha256(content: str) -> str:
    """The hash of a document that holds this text."""
    return hashlib.sha256(content.encode()).hexdigest()


def frame(table: str, *rows: Row) -> pl.DataFrame:
    """A frame of a table. Each row is a good one with these values changed; positions count within their paper."""
    filled = [GOOD_ROWS[table] | row for row in rows]
    if table in ("authors", "references", "sections"):
        papers = [row["paper_id"] for row in filled]
        filled = [{"position": papers[: at + 1].count(row["paper_id"])} | row for at, row in enumerate(filled)]
    return pl.DataFrame(filled, schema=polars_schema({**MAIN, **OPS_TABLES}[table]))


def frames(papers: list[Row], **children: list[Row]) -> Frames:
    """The frames of all tables; a table that is not named is empty."""
    return {"papers": frame("papers", *papers)} | {table: frame(table, *children.get(table, [])) for table in CHILDREN}


def load_of(tables: Frames, rejects: list[Row] | None = None, url: str = "file:///{paper_id}.xml") -> Load:
    """All that a load of these tables writes: every paper comes from a document of its own, fetched when it says."""
    lineage = []
    for paper in tables["papers"].unique("paper_id", maintain_order=True).to_dicts():
        address = url.format(**paper)
        document = {
            "document_id": document_id(paper["source"], address, paper["content_hash"]),
            "source_id": f"{paper['paper_id']}.xml",
            "url": address,
            "sha256": paper["content_hash"],
            "own_id": paper["paper_id"],
        }
        shared = ("paper_id", "source", "content_hash", "run_id", "fetched_at")
        lineage.append({column: paper[column] for column in shared} | document)
    return Load(
        tables,
        frame("paper_sources", *({c: row[c] for c in GOOD_ROWS["paper_sources"]} for row in lineage)),
        frame("documents", *({c: row[c] for c in row if c in GOOD_ROWS["documents"]} for row in lineage)),
        frame("rejects", *(rejects or [])),
    )


def landed(url: str, content: str | None, source: str = "jats") -> Landed:
    """A line of the journal: a document of that content from that address; None for one that could not be had."""
    digest = None if content is None else sha256(content)
    key = document_id(source, url, digest)
    name = url.rpartition("/")[2]
    size = len((content or "").encode())
    return Landed(key, source, name, "jats", url, digest, size, NOW.isoformat(), RUN.run_id)


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """The answer of a query."""
    return con.execute(query).fetchall()


settings.register_profile("unhurried", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("unhurried")

#: What counts of tables in which papers go by numbers that each load gives anew.
NUMBERED = {
    'ops."settings"': "SELECT * FROM ops.settings WHERE name <> 'search_numbers'",
    'search."lengths"': "SELECT paper_id, words FROM search.lengths",
    'search."postings"': "SELECT word, paper_id, times FROM search.lengths JOIN "
    "(SELECT word, unnest(numbers) AS number, unnest(times) AS times FROM search.postings) USING (number)",
}


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, sorted, but for the book of loads: two warehouses with the same are the same."""
    names = [f'{schema}."{table}"' for schema, tables in SCHEMAS.items() for table in tables if table != "loads"]
    return {name: rows(con, f"{NUMBERED.get(name, f'SELECT * FROM {name}')} ORDER BY ALL") for name in names}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly migrated warehouse file, closed; it is copied, since to migrate costs more than most tests."""
    file = tmp_path_factory.mktemp("warehouse") / "migrated.duckdb"
    with duckdb.connect(str(file)) as connection:
        migrate(connection)
    return file


@pytest.fixture
def con(migrated: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A migrated, empty warehouse of the test's own, in which RUN has begun."""
    file = shutil.copy(migrated, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(file), config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        start_run(connection, RUN)
        yield connection


@pytest.fixture
def published(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[[], str]:
    """Publishes what the warehouse holds now; gives the configuration file that names it."""

    def publish() -> str:
        con.execute("CHECKPOINT")
        (tmp_path / "data").mkdir()
        shutil.copy(tmp_path / "warehouse.duckdb", tmp_path / "data" / "papers.duckdb")
        config = tmp_path / "paperhouse.yaml"
        config.write_text("warehouse: {directory: data}\ntopics: [{name: a, source: jats, path: '*.xml'}]\n")
        return str(config)

    return publish


RecordedFiles = dict[str, bytes]


@pytest.fixture(scope="session")
def recorded() -> Callable[[str, str], RecordedFiles]:
    """The recorded answers of an archive of ``../shared/corpus`` below a folder in it, by path; else the test skips.

    They are real answers of others' making, and no part of the project.
    """

    @cache
    def read(archive: str, folder: str) -> RecordedFiles:
        path = (Path(__file__).parents[2] / "../shared/corpus" / archive).resolve()
        if not path.is_file():
            pytest.skip(f"the recorded answers are not here: {path}")
        with tarfile.open(path) as files:
            wanted = (item for item in files if item.isfile() and item.name.startswith(f"{folder}/"))
            return {item.name: content.read() for item in wanted if (content := files.extractfile(item))}

    return read


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "paperhouse-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
