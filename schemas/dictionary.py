"""The data dictionary: tables and columns from the models that define them; ``warehouse.dictionary`` adds the views."""

from schemas.derived import MAIN
from schemas.ops import OPS_TABLES
from schemas.search import SEARCH_TABLES
from schemas.tables import Table

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
    "List(Int32)": "INTEGER[]",
    "Date": "DATE",
    "Boolean": "BOOLEAN",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "UInt64": "UBIGINT",
    "Datetime(time_unit='us', time_zone='UTC')": "TIMESTAMPTZ",
}


def duckdb_type(model: type[Table], column: str) -> str:
    """The DuckDB type of a column; of ``rejects.row`` it is JSON, which frames carry as text."""
    if (model.__name__, column) == ("Rejects", "row"):
        return "JSON"
    return _DUCKDB_TYPES[str(model.to_schema().columns[column].dtype.type)]


def dictionary_of_tables() -> str:
    """The dictionary as Markdown, tables only."""
    parts = [_INTRODUCTION]
    for schema, tables in (("main", MAIN), ("ops", OPS_TABLES), ("search", SEARCH_TABLES)):
        for name, model in tables.items():
            parts.append(f"## {schema}.{name}\n\n{(model.__doc__ or '').strip()}\n")
            rows = ["| column | type | null | meaning |", "| --- | --- | --- | --- |"]
            for column, field in model.to_schema().columns.items():
                null = "yes" if field.nullable else "no"
                rows.append(f"| `{column}` | {duckdb_type(model, column)} | {null} | {field.description} |")
            parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)
