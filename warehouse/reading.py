"""Read the published warehouse. Light to import: a query must not wait for what only loads need."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from schemas.errors import NewerWarehouse, NoWarehouse, OlderWarehouse, StorageError
from warehouse.layout import Layout
from warehouse.sql import newest_migration


def open_published(layout: Layout) -> duckdb.DuckDBPyConnection:
    """The newest published snapshot, read only, of whatever version it is: for a user's own queries.

    Raises: NoWarehouse where nothing was published yet; StorageError where the file is damaged, or in a form that a
    newer DuckDB has written.
    """
    if not layout.published.exists():
        raise NoWarehouse(f"{layout.published}: no warehouse yet; run `paperhouse ingest` first")
    try:
        con = duckdb.connect(str(layout.published.resolve()), read_only=True)
    except duckdb.Error as error:
        remedy = (
            f"open it with a newer DuckDB than {duckdb.__version__}"
            if "newer version of DuckDB" in str(error)
            else "publish it again"
        )
        raise StorageError(f"{layout.published}: cannot be opened: {first_line(error)}; {remedy}") from error
    con.execute("SET TimeZone = 'UTC'")
    return con


@contextmanager
def open_current(layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same for queries of this version's own, which need its tables.

    Raises: OlderWarehouse or NewerWarehouse where another version published it; what ``open_published`` raises.
    """
    with open_published(layout) as con:
        seen, newest = _newest_seen(con), newest_migration()
        if seen < newest:
            raise OlderWarehouse(
                f"{layout.published}: was published by an older version of Paperhouse (migration {seen} of {newest}); "
                "run `paperhouse ingest` once, or `paperhouse publish`"
            )
        if seen > newest:
            raise NewerWarehouse(
                f"{layout.published}: has seen migration {seen}, this version of Paperhouse knows {newest}; upgrade it"
            )
        yield con


def _newest_seen(con: duckdb.DuckDBPyConnection) -> int:
    """The newest migration that the file has seen; 0 where it is none of ours."""
    try:
        ((seen,),) = con.execute("SELECT coalesce(max(number), 0) FROM ops.migrations").fetchall()
    except duckdb.CatalogException:
        return 0
    return int(seen)


def first_line(error: Exception) -> str:
    """The first line of an error of DuckDB, whose others draw or advise."""
    return str(error).strip().splitlines()[0]
