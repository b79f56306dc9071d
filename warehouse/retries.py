"""The list of what could not be had of a paper: tried again in later runs, each time after twice as long."""

import duckdb
import polars as pl

from warehouse.runs import Run
from warehouse.sql import read_sql

#: What could not be had: the source, the paper there, and why.
FAILED = dict.fromkeys(["source", "source_id", "reason"], pl.String)


def renew_retries(con: duckdb.DuckDBPyConnection, run: Run, failed: pl.DataFrame, retried: list[str]) -> None:
    """Put what failed in a batch on the list, and take off what was tried again; called within the load's transaction.

    failed: columns ``FAILED``. retried: the papers of which everything was asked for again.
    """
    con.register("failed", failed.to_arrow())
    try:
        con.execute(read_sql("retries", "1_taken_off.sql"), {"topic": run.topic or "", "retried": retried})
        con.execute(read_sql("retries", "2_off.sql"))
        con.execute(read_sql("retries", "3_on.sql"), {"topic": run.topic or ""})
    finally:
        con.unregister("failed")
