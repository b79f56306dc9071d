"""What the warehouse knows of who is who: the stored claims that a load must look at again."""

from collections.abc import Iterable

import duckdb
import polars as pl

from warehouse.load import registered
from warehouse.lookup import as_frame
from warehouse.sql import read_sql


def related_claims(con: duckdb.DuckDBPyConnection, incoming: pl.DataFrame, papers: Iterable[str] = ()) -> pl.DataFrame:
    """The stored claims that may be about the papers of incoming ones, or of these papers, however far away.

    incoming: rows of paper_sources that a load writes or takes away. Returns rows of paper_sources: those of the same
    source and own id as an incoming one, and all that share an id with any of either, or a paper.
    """
    with registered(con, incoming=incoming):
        con.execute(read_sql("identity", "1_seeds.sql"), {"papers": list(papers)})
        while con.execute(read_sql("identity", "2_reach.sql")).fetchall() != [(0,)]:
            pass
    return as_frame(con, "FROM related ORDER BY source, own_id")
