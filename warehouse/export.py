"""Write the tables of a warehouse as files: Parquet, CSV or JSON lines, streamed by DuckDB's COPY.

Nothing is changed on the way. CSV has no lists and no instants: they are JSON text and ISO 8601 in UTC there. Only for
spreadsheets, and only where that is asked for, texts get an apostrophe in front.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from schemas.errors import StorageError
from warehouse.lookup import lookup
from warehouse.reading import first_line

#: How COPY writes each format.
FORMATS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "jsonl": "FORMAT json, ARRAY false",
}
#: Bounds the memory whatever the size of a table, and keeps the rows in the order of the table.
_STREAMED = "SET threads = 1; SET memory_limit = '512MB'"
_OF_UPDATED = " WHERE paper_id IN (SELECT paper_id FROM main.papers WHERE updated_at >= $since)"
#: What a spreadsheet may take for a formula (https://owasp.org/www-community/attacks/CSV_Injection), or begins with an
#: apostrophe, gets an apostrophe in front: taking one away from every text that begins with one gives back what was.
_HARMLESS = "CASE WHEN regexp_matches({0}, '^[=+@\\t\\r\\n''＝＋－＠-]') THEN '''' || {0} ELSE {0} END"
_INSTANT = "strftime({} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"


@dataclass(frozen=True)
class Column:
    """A column as the database describes it."""

    name: str
    data_type: str
    is_nullable: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """A table as the database describes it."""

    name: str
    comment: str
    columns: list[Column]


@dataclass(frozen=True)
class Exported:
    """A table that was written to a file."""

    table: Table
    file: Path
    rows: int
    bytes: int
    sha256: str


def described_tables(con: duckdb.DuckDBPyConnection) -> list[Table]:
    """The tables of schema main."""
    found = lookup(con, "tables_described")
    return [
        Table(name, comment, [_column(row) for row in rows])
        for (name, comment), rows in groupby(found, lambda row: (row["table_name"], row["table_comment"]))
    ]


def _column(row: dict[str, Any]) -> Column:
    return Column(row["column_name"], row["data_type"], row["is_nullable"], row["column_comment"])


def export_tables(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    style: str,
    since: date | None = None,
    for_spreadsheets: bool = False,
) -> Iterator[Exported]:
    """Write each table to ``folder/<table>.<style>``, flushed to disk, one after the other.

    style: a name of FORMATS. since: only papers updated on that day or later, and their rows in the other tables.
    for_spreadsheets: with an apostrophe before each text of a CSV file that a spreadsheet may take for a formula.
    Raises: StorageError where a file cannot be written.
    """
    con.execute(_STREAMED)
    for table in described_tables(con):
        file = folder / f"{table.name}.{style}"
        columns = ", ".join(_written(column, style, for_spreadsheets) for column in table.columns)
        query, values = f'SELECT {columns} FROM main."{table.name}"', {}
        if since and any(column.name == "paper_id" for column in table.columns):
            query, values = query + _OF_UPDATED, {"since": since}
        path = str(file).replace("'", "''")
        try:
            ((rows,),) = con.execute(f"COPY ({query}) TO '{path}' ({FORMATS[style]})", values).fetchall()
        except duckdb.IOException as error:
            raise StorageError(f"{file}: {first_line(error)}") from error
        yield Exported(table, file, rows, file.stat().st_size, _flushed_sha256(file))


def _written(column: Column, style: str, for_spreadsheets: bool) -> str:
    name = f'"{column.name}"'
    if style == "csv" and for_spreadsheets and column.data_type == "VARCHAR":
        return f"{_HARMLESS.format(name)} AS {name}"
    if style != "parquet" and column.data_type == "TIMESTAMP WITH TIME ZONE":
        return f"{_INSTANT.format(name)} AS {name}"
    if style == "csv" and column.data_type.endswith(("[]", ")")):
        return f"to_json({name}) AS {name}"
    return name


def _flushed_sha256(file: Path) -> str:
    with file.open("rb") as content:
        os.fsync(content.fileno())
        return hashlib.file_digest(content, "sha256").hexdigest()
