"""Write the data dictionary: every table and column from the models that define them, views and macros as they are."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import duckdb

from schemas.tables import Table
from warehouse.lookup import lookup
from warehouse.migrate import SCHEMAS, migrate

_INTRODUCTION = """\
# Data dictionary

Written by `make docs` from `schemas/` and the heads of `warehouse/views` and `warehouse/macros`; do not edit it by
hand. The same texts are comments in the database: `SELECT column_name, comment FROM duckdb_columns() WHERE table_name =
'papers'`. Questions that these tables answer: [sql.md](sql.md).

The view `paper_references` shows the rows of `main.references`, whose name is a reserved word of SQL.
"""

_DUCKDB_TYPES = {
    "String": "VARCHAR",
    "List(String)": "VARCHAR[]",
    "Date": "DATE",
    "Boolean": "BOOLEAN",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Datetime(time_unit='us', time_zone='UTC')": "TIMESTAMPTZ",
}


def duckdb_type(model: type[Table], column: str) -> str:
    """The DuckDB type of a column; of ``rejects.row`` it is JSON, which frames carry as text."""
    if (model.__name__, column) == ("Rejects", "row"):
        return "JSON"
    return _DUCKDB_TYPES[str(model.to_schema().columns[column].dtype.type)]


def data_dictionary() -> str:
    """The dictionary as Markdown."""
    parts = [_INTRODUCTION]
    for schema, tables in SCHEMAS.items():
        for name, model in tables.items():
            parts.append(f"## {schema}.{name}\n\n{(model.__doc__ or '').strip()}\n")
            rows = ["| column | type | null | meaning |", "| --- | --- | --- | --- |"]
            for column, field in model.to_schema().columns.items():
                null = "yes" if field.nullable else "no"
                rows.append(f"| `{column}` | {duckdb_type(model, column)} | {null} | {field.description} |")
            parts.append("\n".join(rows) + "\n")
    with duckdb.connect() as con:
        migrate(con)
        parts += [*_views(con), "## Macros\n", *_macros(con)]
    return "\n".join(parts)


def _views(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for (name, comment), columns in groupby(lookup(con, "views_described"), itemgetter("view_name", "view_comment")):
        yield f"## main.{name} (view)\n\n{comment}\n"
        rows = ["| column | type | meaning |", "| --- | --- | --- |"]
        rows += [f"| `{row['column_name']}` | {row['data_type']} | {row['column_comment']} |" for row in columns]
        yield "\n".join(rows) + "\n"


def _macros(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for row in lookup(con, "macros_described"):
        yield f"`{row['function_name']}({', '.join(row['parameters'])})`: {row['comment']}\n"


if __name__ == "__main__":
    print(data_dictionary(), end="")
