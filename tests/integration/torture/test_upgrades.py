"""A warehouse that any earlier version wrote is brought to this one: with all its data, all at once, or not yet."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.apis.library import Library
from tests.apis.paper import Entity
from tests.apis.server import ApiServer
from tests.apis.services import services, sources
from tests.integration.house import LINEAGE, ROOT, House, topic
from tests.integration.samples import article, page, write
from tests.integration.torture import LONG
from tests.older import older
from tests.vocabulary import LIVER_FAILURE, mapping_set
from warehouse.migrate import SCHEMAS, migrations

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

NEWEST = migrations()[-1][0]
#: The versions that wrote the file, by their newest migration; each brings it through all that came later.
LEVELS = range(1, NEWEST) if LONG else [1]
#: Tables that say what ran here, which is another thing in each warehouse.
BOOKS = ("ops.runs", "ops.loads", "ops.migrations", "ops.asked")
#: Columns of the other tables that say when.
TIMES = (*LINEAGE, "added_at", "rejected_at", "loaded_at")
LIVER = Entity("hepatic failure", "Disease", "MESH:D017093", "Liver Failure")

#: ``paperhouse`` that is killed within the transaction of the migrations: once it has run those up to a number and
#: comes to the comments, or to the views after them.
KILLED = """
import os, signal
from warehouse import migrate

known = migrate.migrations
migrate.migrations = lambda: known()[:{newest}]
migrate.{step} = lambda con: os.kill(os.getpid(), signal.SIGKILL)

from flows.cli import main
main()
"""
#: By version: the last migration that runs before the kill, and what would have come then.
KILLS = [
    (level, newest, step)
    for level in LEVELS
    for newest in range(level + 1, NEWEST + 1)
    for step in (["_comment", "renew_views"] if newest == NEWEST else ["_comment"])
    if LONG or newest == NEWEST
]

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Whole:
    """A house, a copy of the data that this version wrote there, and all that its warehouse says."""

    house: House
    saved: Path
    rows: Rows


@pytest.fixture(scope="module")
def whole(lasting_houses: Callable[[str], House]) -> Iterator[Whole]:
    """What this version makes of the demo, a few samples, and a harvest that a vocabulary links."""
    house, today = lasting_houses("whole"), datetime.now(UTC).date()
    library = Library()
    library.add("201", updated=today, title="On livers.", abstract="Hepatic failure.", entities=(LIVER,))
    library.add("202", updated=today, title="On retracted livers.", pmcid="PMC202", entities=(LIVER,))
    library.retract("MED:202", today)
    shutil.copytree(ROOT / "demo", house.folder / "demo")
    write(house.folder / "samples", {"1.xml": article(1), "2.xml": article(2), "bare.xml": article(3, title=None)})
    write(house.folder / "pages", {"2.md": page(2), "4.md": page(4)})
    (house.folder / "mondo.sssom.tsv").write_text(mapping_set(LIVER_FAILURE), encoding="utf-8")
    with ApiServer(services(library)) as server:
        base = {name: {**source, "requests_per_second": 100} for name, source in sources(server.base_url).items()}
        live = {"name": "live", "source": "europepmc", "query": "*", "since": str(today), "entities": ["pubtator"]}
        house.configure(
            live,
            topic("demo-pages", "tomesphere", "demo/pages"),
            topic("demo-articles", "jats", "demo/articles"),
            topic("samples", "jats", "samples"),
            topic("pages", "tomesphere", "pages"),
            sources=base,
            vocabularies={"mondo_mesh": "mondo.sssom.tsv"},
        )
        house.ingest().ok()
        saved = house.folder / "saved"
        shutil.copytree(house.data, saved, symlinks=True)
        yield Whole(house, saved, everything(saved / "papers.duckdb"))


def everything(file: Path) -> Rows:
    """All that a warehouse says, without when; and how it describes itself."""
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        found = {"described": con.execute(
            "SELECT schema_name, table_name, column_index, column_name, data_type, is_nullable, comment "
            "FROM duckdb_columns() WHERE NOT internal ORDER BY ALL").fetchall()}  # fmt: skip
        for name in (f"{schema}.{table}" for schema, tables in SCHEMAS.items() for table in tables):
            if name not in BOOKS:
                schema, table = name.split(".")
                rows = con.execute(f'SELECT COLUMNS(lambda c: c NOT IN {TIMES}) FROM {schema}."{table}"').fetchall()
                found[name] = sorted(rows, key=repr)
    return found


def as_of(whole: Whole, level: int) -> House:
    """The house, whose warehouse was written and published by an earlier version."""
    house, build = whole.house, whole.house.data / "build/warehouse.duckdb"
    shutil.rmtree(house.data)
    shutil.copytree(whole.saved, house.data, symlinks=True)
    build.unlink()
    older(whole.saved / "build/warehouse.duckdb", build, level)
    shutil.copy(build, (house.data / "papers.duckdb").resolve())
    return house


def assert_same(house: House, expected: Rows) -> None:
    """What is published is what was expected."""
    found = everything(house.data / "papers.duckdb")
    for name, rows in expected.items():
        assert (name, sorted(set(map(repr, found[name])) ^ set(map(repr, rows)))) == (name, [])
        assert (name, len(found[name])) == (name, len(rows))


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_a_warehouse_of_an_earlier_version_becomes_what_this_one_makes(level: int, whole: Whole) -> None:
    house = as_of(whole, level)
    before = house.fingerprints()["papers"][0]
    started = time.monotonic()
    house.ingest().ok()
    took = time.monotonic() - started
    assert_same(house, whole.rows)
    house.assert_sound()
    again = house.runs()[-5:]
    assert {run["unchanged"] + run["rejected"] for run in again} == {run["fetched"] for run in again}
    assert house.value("SELECT count(*) FROM ops.migrations") == NEWEST
    parsed = house.query("SELECT papers FROM ops.loads JOIN ops.runs USING (run_id) WHERE flow = 'parse again'")
    assert sum(papers for (papers,) in parsed) == (before if level < 3 else 0)
    print(f"\nupgrade from {level} to {NEWEST}: {before} papers, the same rows, {took:.1f} s with the ingest")


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_what_an_earlier_version_published_is_refused_with_the_remedy_until_it_is_published_anew(
    level: int, whole: Whole
) -> None:
    house = as_of(whole, level)
    assert house.run("sql", "SELECT count(*) FROM papers", "--format", "csv").ok().out.split() == ["count_star()", "17"]
    others = [["page", "PMC99000001"], ["rejects", "--json"], ["export", "--format=csv", "--to=out"]]
    for command in [["status"], *(others if LONG else [])]:
        refused = house.run(*command)
        assert refused.code == 1
        assert str(house.data / "papers.duckdb") in refused.line
        assert f"migration {level} of {NEWEST}" in refused.line
        assert "run `paperhouse ingest` once" in refused.line
    examined = house.run("doctor")
    assert examined.code == 1
    assert [line for line in examined.out.splitlines() if line.startswith("FAIL") and "paperhouse ingest" in line]
    house.run("publish").ok()
    for command in [["status"], *(others if LONG else [])]:
        house.run(*command).ok()
    assert house.run("doctor").code == 0


def test_a_kill_within_a_migration_leaves_the_file_as_it_was(whole: Whole) -> None:
    for level, newest, step in KILLS:
        house = as_of(whole, level)
        before = as_it_is(house)
        killed = house.run("publish", code=KILLED.format(newest=newest, step=step))
        assert killed.code == -signal.SIGKILL, killed
        assert as_it_is(house) == before, (level, newest, step)
    house.run("publish").ok()
    assert house.value("SELECT count(*) FROM ops.migrations") == NEWEST
    if LONG:
        house.ingest().ok()
        assert_same(house, whole.rows)
        house.assert_sound()
    print(f"\nkilled within a migration: {len(KILLS)} times, {len(KILLS)} files as they were")


def as_it_is(house: House) -> dict[str, Any]:
    """All tables of the build file by name, whatever version it is of."""
    with duckdb.connect(str(house.data / "build/warehouse.duckdb")) as con:
        names = con.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        return {
            f"{schema}.{table}": con.execute(f'SELECT count(*), sum(hash(t)) FROM {schema}."{table}" AS t').fetchall()
            for schema, table in names
            if table != "migrations"
        } | {"ops.migrations": con.execute("SELECT number FROM ops.migrations ORDER BY ALL").fetchall()}


def test_a_warehouse_of_a_newer_version_is_refused(whole: Whole) -> None:
    house = as_of(whole, NEWEST)
    for file in (house.data / "build/warehouse.duckdb", (house.data / "papers.duckdb").resolve()):
        with duckdb.connect(str(file)) as con:
            con.execute("INSERT INTO ops.migrations VALUES (?, 'later.sql', now())", [NEWEST + 1])
    before = as_it_is(house)
    others = [["ingest"], ["page", "PMC99000001"], ["rejects"]]
    for command in [["publish"], ["status"], *(others if LONG else [])]:
        refused = house.run(*command)
        assert refused.code == 1
        assert f"has seen migration {NEWEST + 1}, this version of Paperhouse knows {NEWEST}; upgrade it" in refused.line
        assert str(house.data) in refused.line
    assert as_it_is(house) == before
