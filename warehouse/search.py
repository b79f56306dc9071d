"""Keep the index of search(): the words of each paper, in plain tables, so that a reader needs no extension.

A paper is indexed in the transaction that writes it, at the cost of that paper. The index holds what the setting
``search`` of ops.settings says, see ``schemas.config.Warehouse``.
"""

import duckdb

from schemas.config import Warehouse
from warehouse.settings import note_setting, read_setting
from warehouse.sql import read_sql, sql_files

#: The setting that the papers are indexed by.
SEARCH = "search"
#: Papers whose words are counted together; bounds the memory.
BATCH = 250
_TABLES = ("postings", "lengths")


def indexed_by(con: duckdb.DuckDBPyConnection) -> str:
    """What of the papers is indexed: full_text, abstract or off."""
    return read_setting(con, SEARCH) or Warehouse().search


def index_touched(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the index up to date for the papers in the temporary table ``touched``, within the caller's transaction.

    The temporary table ``replaced`` holds those of them that were there before.
    """
    if con.execute("SELECT count(*) FROM replaced").fetchall() != [(0,)]:
        for table in _TABLES:
            con.execute(f"DELETE FROM search.{table} WHERE paper_id IN (SELECT paper_id FROM replaced)")
    index_papers(con, [paper_id for (paper_id,) in con.execute("FROM touched ORDER BY paper_id").fetchall()])


def index_papers(con: duckdb.DuckDBPyConnection, papers: list[str]) -> None:
    """Index papers that are not, those of them that are there, within the caller's transaction."""
    search = indexed_by(con)
    if search == "off":
        return
    postings, write = (read_sql("indexing", file) for file in sql_files("indexing"))
    for start in range(0, len(papers), BATCH):
        some = papers[start : start + BATCH]
        con.execute("CREATE OR REPLACE TEMP TABLE unindexed AS SELECT unnest(?) AS paper_id", [some])
        con.execute(postings, {"full_text": search == "full_text"})
        con.execute(write)


def start_over(con: duckdb.DuckDBPyConnection, search: str) -> None:
    """Empty the index, and let it hold what ``search`` says from now on; within the caller's transaction."""
    for table in _TABLES:
        con.execute(f"DELETE FROM search.{table}")
    note_setting(con, SEARCH, search)
