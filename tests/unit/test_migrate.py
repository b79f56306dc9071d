"""Migrations: each once, in order, all or nothing, and never on a newer file."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from schemas.errors import NewerWarehouse
from tests.older import DETAILED, DETAILS, older
from tests.unit.conftest import rows
from warehouse import migrate as module
from warehouse.migrate import SCHEMAS, UNPARSED, migrate, migrations, views_are_older
from warehouse.settings import note_setting, read_setting
from warehouse.sql import sql_files

FILES = sql_files("migrations")
NEWEST = migrations()[-1][0]


@pytest.fixture
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that nobody has touched."""
    with duckdb.connect() as connection:
        yield connection


def tables(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return {*rows(con, "SELECT schema_name, table_name FROM duckdb_tables()")}


def test_a_fresh_file_gets_all(empty: duckdb.DuckDBPyConnection) -> None:
    assert migrate(empty) == FILES
    assert tables(empty) == {(schema, table) for schema, tables in SCHEMAS.items() for table in tables}
    numbered = rows(empty, "SELECT number, name FROM ops.migrations ORDER BY number")
    assert numbered == [(number, name) for number, name, _ in migrations()]
    assert rows(empty, "SELECT count(*) FROM ops.migrations WHERE now() - applied_at < INTERVAL 1 MINUTE") == [
        (len(FILES),)
    ]


def test_the_second_time_does_nothing(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    empty.execute("INSERT INTO ops.watermarks VALUES ('t', 'europepmc', '2025-01-01', now())")
    before = rows(empty, "FROM ops.migrations"), rows(empty, "FROM ops.watermarks")
    assert migrate(empty) == []
    assert (rows(empty, "FROM ops.migrations"), rows(empty, "FROM ops.watermarks")) == before


def test_the_migrations_count_without_gaps() -> None:
    assert [number for number, _, _ in migrations()] == list(range(1, NEWEST + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", file) for file in FILES)


def test_the_views_are_there(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    views = [name for (name,) in rows(empty, "SELECT view_name FROM duckdb_views() WHERE NOT internal")]
    assert [f"{name}.sql" for name in sorted(views)] == sql_files("views")
    empty.execute("INSERT INTO main.references BY NAME SELECT 'PMC1' AS paper_id, 1 AS position, 'jats' AS source")
    assert rows(empty, "FROM paper_references") == rows(empty, "FROM main.references") != []


def test_a_newer_file_is_left_alone(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    empty.execute("INSERT INTO ops.migrations VALUES (?, '9999_later.sql', now())", [NEWEST + 1])
    before = tables(empty)
    with pytest.raises(NewerWarehouse, match=rf"has seen migration {NEWEST + 1}, .* knows {NEWEST}; upgrade"):
        migrate(empty)
    assert tables(empty) == before
    empty.execute("BEGIN")  # no transaction was left open
    empty.execute("ROLLBACK")


def with_another(monkeypatch: pytest.MonkeyPatch, sql: str) -> str:
    """Let this version know one migration more."""
    number = NEWEST + 1
    name = f"{number:04d}_another.sql"
    known = [*migrations(), (number, name, sql)]
    monkeypatch.setattr(module, "migrations", lambda: known)
    return name


def test_a_newer_version_adds_what_is_missing(
    empty: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty)
    name = with_another(monkeypatch, "CREATE TABLE main.another (a INTEGER); INSERT INTO main.another VALUES (1)")
    assert migrate(empty) == [name]
    assert migrate(empty) == []
    assert rows(empty, "FROM main.another") == [(1,)]


@pytest.mark.parametrize("first", [True, False], ids=["on a fresh file", "on a file in use"])
def test_a_migration_that_fails_leaves_nothing(
    empty: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    if not first:
        migrate(empty)
        empty.execute("INSERT INTO ops.watermarks VALUES ('t', 'europepmc', '2025-01-01', now())")
    before = tables(empty)
    with_another(
        monkeypatch, "CREATE TABLE main.another (a INTEGER); DROP VIEW main.paper_references; SELECT * FROM nowhere"
    )
    with pytest.raises(duckdb.Error):
        migrate(empty)
    assert tables(empty) == before
    monkeypatch.undo()
    assert migrate(empty) == (FILES if first else [])
    assert rows(empty, "SELECT count(*) FROM paper_references") == [(0,)]


def test_a_migration_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sql_files", lambda folder: ["first.sql"])
    with pytest.raises(ValueError, match=r"first\.sql: a migration's name begins with four digits"):
        migrations()


DESCRIBED = (
    "SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() "
    "WHERE NOT internal ORDER BY schema_name, table_name, column_index"
)


@pytest.mark.parametrize("level", range(1, NEWEST))
def test_a_file_of_an_earlier_version_becomes_like_a_fresh_one(level: int, migrated: Path, tmp_path: Path) -> None:
    fresh, file = shutil.copy(migrated, tmp_path / "fresh.duckdb"), tmp_path / "older.duckdb"
    with duckdb.connect(fresh) as con:
        con.execute("INSERT INTO main.papers BY NAME SELECT 'PMC1' AS paper_id, 'A title' AS title, false AS "
                    "has_full_text, 'jats' AS source, now() AS fetched_at, now() AS updated_at, "
                    "'x' AS content_hash, 'run-1' AS run_id")  # fmt: skip
        described, papers = rows(con, DESCRIBED), rows(con, "FROM main.papers")
    older(Path(fresh), file, level)
    with duckdb.connect(str(file)) as con:
        assert migrate(con) == FILES[level:]
        assert rows(con, DESCRIBED) == described
        assert rows(con, "FROM main.papers") == papers
        assert rows(con, "SELECT paper_id FROM ops.arrivals") == ([("PMC1",)] if level < 6 else [])
        unparsed = read_setting(con, UNPARSED)
    wanted = {*(f"papers.{column}" for column in DETAILED), "authors.suffix", "authors.is_corresponding"}
    assert set(json.loads(unparsed or "[]")) == (wanted if level < DETAILS else set())


def test_nothing_is_parsed_again_where_there_were_no_papers(migrated: Path, tmp_path: Path) -> None:
    older(migrated, tmp_path / "older.duckdb", 1)
    with duckdb.connect(str(tmp_path / "older.duckdb")) as con:
        migrate(con)
        assert read_setting(con, UNPARSED) is None


def test_views_of_another_version_are_made_anew(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty)
    empty.execute("CREATE OR REPLACE VIEW main.gaps AS SELECT 1 AS a")
    note_setting(empty, module.VIEWS, "another")
    assert migrate(empty) == []
    assert not views_are_older(empty)
    assert rows(empty, "SELECT count(*) FROM gaps WHERE has_abstract") == [(0,)]
