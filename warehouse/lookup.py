"""Look something up in a warehouse: the named questions of warehouse/lookups, answered as rows."""

import warnings
from typing import Any

import duckdb
import polars as pl

from warehouse.sql import read_sql

# DuckDB 2.0 advises con.sql() for frames, which it refuses while the statement before has rows left.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)


def lookup(con: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows that ``lookups/<name>.sql`` gives, as dictionaries.

    parameters: values of the statement's ``$name`` parameters.
    """
    return as_frame(con, read_sql("lookups", f"{name}.sql"), **parameters).to_dicts()


def as_frame(con: duckdb.DuckDBPyConnection, sql: str, **parameters: Any) -> pl.DataFrame:
    """The answer of a query as a frame, in the one way that DuckDB 1.5 and 2.0 share."""
    table = con.execute(sql, parameters or None).to_arrow_table()
    return pl.DataFrame(table)
