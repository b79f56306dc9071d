"""Keep the index of search(): the words of each paper, in plain tables, so that a reader needs no extension.

A paper is indexed in the transaction that writes it, at the cost of that paper. Each time it gets a new number in the
index: what the number before stands for is not looked at any more, and goes when the index is merged. The index holds
what the setting ``search`` of ops.settings says, see ``schemas.config.Warehouse``.
"""

import duckdb

from schemas.config import Warehouse
from warehouse.settings import note_setting, read_setting
from warehouse.sql import read_sql, sql_files

#: The setting that the papers are indexed by, and how many numbers were given to papers.
SEARCH, NUMBERS = "search", "search_numbers"
#: Characters of text whose words are counted together; bounds the memory.
CHARACTERS = 10_000_000
#: The index is merged where more than this share of it is of papers that have changed since, or gone, or where it has
#: more than so many rows a word.
GIVEN_UP, ROWS_A_WORD = 0.2, 30
#: Numbers that are merged at once; bounds the memory.
MERGED = 5_000_000


def indexed_by(con: duckdb.DuckDBPyConnection) -> str:
    """What of the papers is indexed: full_text, abstract or off."""
    return read_setting(con, SEARCH) or Warehouse().search


def index_touched(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the index up to date for the papers in the temporary table ``touched``, within the caller's transaction."""
    con.execute("DELETE FROM search.lengths WHERE paper_id IN (FROM touched)")
    con.execute("CREATE OR REPLACE TEMP TABLE wanted AS FROM touched")
    _index_wanted(con)


def index_papers(con: duckdb.DuckDBPyConnection, papers: list[str]) -> None:
    """Index papers that are not, those of them that are there, within the caller's transaction."""
    con.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest(?) AS paper_id", [papers])
    _index_wanted(con)


def _index_wanted(con: duckdb.DuckDBPyConnection) -> None:
    search = indexed_by(con)
    if search == "off":
        return
    given = int(read_setting(con, NUMBERS) or 0)
    options = {"given": given, "full_text": search == "full_text", "characters": CHARACTERS}
    con.execute(read_sql("updates", "number_papers.sql"), options)
    (count, parts) = con.execute("SELECT count(*), max(part) FROM numbered").fetchall()[0]
    for part in range(0 if parts is None else parts + 1):
        con.execute("CREATE OR REPLACE TEMP TABLE part AS FROM numbered WHERE part = ?", [part])
        for file in sql_files("indexing"):
            con.execute(read_sql("indexing", file))
    note_setting(con, NUMBERS, str(given + count))


def start_over(con: duckdb.DuckDBPyConnection, search: str) -> None:
    """Empty the index, and let it hold what ``search`` says from now on; within the caller's transaction."""
    con.execute("DELETE FROM search.postings")
    con.execute("DELETE FROM search.lengths")
    note_setting(con, NUMBERS, "0")
    note_setting(con, SEARCH, search)


def merge_index(con: duckdb.DuckDBPyConnection) -> bool:
    """Let the index have one row a word, and nothing of papers that changed since or went, where that pays.

    Papers that are loaded batch after batch leave a row a word and batch, and each change leaves a number that stands
    for nothing. Called within a transaction. Returns whether it was merged.
    """
    ((rows, words, numbers, given_up),) = con.execute(read_sql("merging", "size.sql")).fetchall()
    if given_up <= GIVEN_UP * numbers and rows <= ROWS_A_WORD * words:
        return False
    shares = numbers // MERGED + 1
    con.execute("CREATE OR REPLACE TEMP TABLE merged AS FROM search.postings LIMIT 0")
    for share in range(shares):
        con.execute(read_sql("merging", "share.sql"), {"share": share, "shares": shares})
    con.execute("DELETE FROM search.postings")
    con.execute("INSERT INTO search.postings FROM merged ORDER BY word")
    con.execute("DROP TABLE merged")
    return True
