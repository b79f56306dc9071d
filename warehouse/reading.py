"""Read the published warehouse. Light to import: a query must not wait for what only loads need."""

import duckdb

from schemas.errors import NoWarehouse, StorageError
from warehouse.layout import Layout


def open_published(layout: Layout) -> duckdb.DuckDBPyConnection:
    """The newest published snapshot, read only.

    Raises: NoWarehouse where nothing was published yet; StorageError where the file is damaged.
    """
    if not layout.published.exists():
        raise NoWarehouse(f"{layout.published}: no warehouse yet; run `paperhouse ingest` first")
    try:
        con = duckdb.connect(str(layout.published.resolve()), read_only=True)
    except duckdb.Error as error:
        raise StorageError(f"{layout.published}: cannot be opened: {first_line(error)}; publish it again") from error
    con.execute("SET TimeZone = 'UTC'")
    return con


def first_line(error: Exception) -> str:
    """The first line of an error of DuckDB, whose others draw or advise."""
    return str(error).strip().splitlines()[0]
