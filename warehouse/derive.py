"""Derive: what follows from what sources said of papers, renewed for the papers that a load touches.

The crosswalk of ids and the papers that references resolve to (``warehouse/resolution``), the concepts that
vocabularies link and name (``warehouse/linking``). Both look at the rows alone, so that the result is the same in
whatever order papers and vocabularies came.
"""

import duckdb

from warehouse.settings import note_setting, read_setting
from warehouse.sql import read_sql, sql_files, sql_hash

#: The rooms of SQL in the order in which they run; the files of each in that of their names.
STEPS = ("resolution", "linking")
#: The setting that says by which SQL the derived rows were made.
DERIVATION = "derivation"


def derive(con: duckdb.DuckDBPyConnection) -> None:
    """Renew what follows from the papers in the temporary table ``touched``, whether they changed, moved or went.

    The temporary table ``replaced`` holds those of them of which something was derived before. Called within the
    transaction that changed them. It costs what these papers cost, and a look through the ids of all references for
    theirs; it writes only what is not so already.
    """
    for step in STEPS:
        run_step(con, step)


def run_step(con: duckdb.DuckDBPyConnection, step: str) -> None:
    """Run the SQL of one room."""
    for name in sql_files(step):
        con.execute(read_sql(step, name))


def is_derived_otherwise(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the derived rows were made by other SQL than this version's: by none, or by that of another version."""
    return read_setting(con, DERIVATION) != sql_hash(*STEPS)


def derive_everything(con: duckdb.DuckDBPyConnection) -> None:
    """Derive anew for all papers, and note by which SQL. Called within a transaction."""
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT paper_id FROM main.papers")
    con.execute("CREATE OR REPLACE TEMP TABLE replaced AS FROM touched")
    derive(con)
    note_setting(con, DERIVATION, sql_hash(*STEPS))
