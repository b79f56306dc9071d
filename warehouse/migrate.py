"""Bring a warehouse file to this version: numbered SQL files, each once, with their record, in one transaction."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress

import duckdb

from schemas.derived import COLUMNS, MAIN
from schemas.errors import NewerWarehouse
from schemas.ops import OPS_TABLES
from schemas.search import SEARCH_TABLES
from schemas.tables import TABLES, Table
from warehouse.settings import note_setting, read_setting
from warehouse.sql import head_comment, literal, read_sql, sql_files, sql_hash

SCHEMAS: dict[str, Mapping[str, type[Table]]] = {"main": MAIN, "ops": OPS_TABLES, "search": SEARCH_TABLES}
#: The setting that says by which files macros and views were made.
VIEWS = "views"
#: The setting that says which columns came with a migration when papers were there already, for parsers to fill.
UNPARSED = "unparsed"
_VIEWS = ("macros", "views")
#: Macros that give rows; the others give a value.
TABLE_MACROS = {"entity_pairs", "search"}

TABLE_COMMENTS = {
    f"{schema}.{name}": (model.__doc__ or "").strip()
    for schema, tables in SCHEMAS.items()
    for name, model in tables.items()
}

_RECORD = """
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.migrations (
    number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL
);
"""


def migrations() -> list[tuple[int, str, str]]:
    """The migrations of this version in order: number, file name, SQL."""
    found = []
    for file in sql_files("migrations"):
        number = re.match(r"(\d{4})_", file)
        if number is None:
            raise ValueError(f"{file}: a migration's name begins with four digits and an underscore")
        found.append((int(number[1]), file, read_sql("migrations", file)))
    return found


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply what is missing, renew views and comments; all of it or nothing.

    Papers that are there and that a new column is of, for parsers to fill, are noted (``UNPARSED``).
    Returns the names of the migrations applied. Raises: NewerWarehouse where the file has seen a migration that
    this version does not know.
    """
    con.execute("BEGIN")
    try:
        con.execute(_RECORD)
        seen = {number for (number,) in con.execute("SELECT number FROM ops.migrations").fetchall()}
        known = migrations()
        newest = max(number for number, _, _ in known)
        if seen and max(seen) > newest:
            raise NewerWarehouse(
                f"this warehouse has seen migration {max(seen)}, this version of Paperhouse knows {newest}; upgrade it"
            )
        missing = [migration for migration in known if migration[0] not in seen]
        before = _parsed_columns(con) if missing else set()
        for number, name, sql in missing:
            con.execute(sql)
            con.execute("INSERT INTO ops.migrations VALUES (?, ?, now())", [number, name])
        if missing:
            _comment(con)
            if before and con.execute("SELECT count(*) FROM main.papers").fetchall() != [(0,)]:
                _note_unparsed(con, _parsed_columns(con) - before)
        if views_are_older(con):
            renew_views(con)
        con.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # what led here counts; a disk that is full has ended the transaction
            con.execute("ROLLBACK")
        raise
    return [name for _, name, _ in missing]


def _parsed_columns(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns that parsers fill, as papers.funding, as far as they are there."""
    rows = con.execute(
        "SELECT table_name || '.' || column_name FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' AND table_name IN (SELECT unnest(?))",
        [list(TABLES)],
    ).fetchall()
    return {column for (column,) in rows} - COLUMNS


def _note_unparsed(con: duckdb.DuckDBPyConnection, columns: set[str]) -> None:
    if columns:
        earlier = json.loads(read_setting(con, UNPARSED) or "[]")
        note_setting(con, UNPARSED, json.dumps(sorted({*earlier, *columns})))


def views_are_older(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether macros and views were made by other files than this version's."""
    return read_setting(con, VIEWS) != sql_hash(*_VIEWS)


def renew_views(con: duckdb.DuckDBPyConnection) -> None:
    """Make every macro and view what its file in warehouse/macros or warehouse/views says now.

    The head of the file becomes its comment; a view's columns take the comments of what they show.
    """
    for file in sql_files("macros"):
        con.execute(read_sql("macros", file))
        kind = "MACRO TABLE" if file[:-4] in TABLE_MACROS else "MACRO"
        con.execute(f'COMMENT ON {kind} "{file[:-4]}" IS {literal(head_comment("macros", file))}')
    for file in sql_files("views"):
        con.execute(read_sql("views", file))
        con.execute(f'COMMENT ON VIEW main."{file[:-4]}" IS {literal(head_comment("views", file))}')
        for column, comment in con.execute(read_sql("lookups", "view_comments.sql"), {"view": file[:-4]}).fetchall():
            con.execute(f'COMMENT ON COLUMN main."{file[:-4]}"."{column}" IS {literal(comment)}')
    note_setting(con, VIEWS, sql_hash(*_VIEWS))


def _comment(con: duckdb.DuckDBPyConnection) -> None:
    """Put the models' descriptions on tables and columns."""
    for schema, tables in SCHEMAS.items():
        for name, model in tables.items():
            con.execute(f'COMMENT ON TABLE {schema}."{name}" IS {literal(TABLE_COMMENTS[f"{schema}.{name}"])}')
            for column, field in model.to_schema().columns.items():
                con.execute(f'COMMENT ON COLUMN {schema}."{name}"."{column}" IS {literal(field.description or "")}')
