"""Look something up in a warehouse: the named questions of warehouse/lookups, answered as rows."""

from typing import Any

import duckdb

from warehouse.sql import read_sql


def lookup(con: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows that ``lookups/<name>.sql`` gives, as dictionaries.

    parameters: values of the statement's ``$name`` parameters.
    """
    frame = con.execute(read_sql("lookups", f"{name}.sql"), parameters or None).pl()
    return frame.to_dicts()
