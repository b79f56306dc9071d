"""When services were asked again about papers, so that the turn goes round."""

from collections.abc import Iterable

import duckdb

from warehouse.load import transaction
from warehouse.sql import read_sql, sql_files


def note_asked(con: duckdb.DuckDBPyConnection, purpose: str, papers: Iterable[str]) -> None:
    """Say that a service was asked about these papers now; papers that are gone are forgotten.

    purpose: ``notices`` or ``entities``.
    """
    parameters = {"purpose": purpose, "papers": sorted(set(papers))}
    with transaction(con):
        for name in sql_files("asked"):
            con.execute(read_sql("asked", name), parameters)
