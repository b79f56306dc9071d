"""Warehouse files as earlier versions wrote them: their tables, and of the rows what they knew of them."""

from contextlib import suppress
from pathlib import Path

import duckdb

from warehouse.migrate import migrations
from warehouse.sql import literal, read_sql, sql_files

#: The migrations that brought details of JATS, links between concepts and papers, and the index by word and load.
DETAILS, LINKS, POSTINGS = 3, 5, 9
#: Columns of papers that came with the details.
DETAILED = ("summary_source", "translated_titles", "subjects", "funding", "notices", "notice_of")

#: The index before, of words as their hashes, since nobody keeps them; it only has to be there.
BEFORE_POSTINGS = {
    "lengths": "paper_id, words AS title_words, 0 AS abstract_words, 0 AS text_words",
    "postings": "word::VARCHAR AS term, unnest(numbers)::VARCHAR AS paper_id, unnest(times) AS in_title, "
    "0 AS in_abstract, 0 AS in_text",
}


def older(newest: Path, file: Path, level: int) -> None:
    """Make the file that a version with so many migrations would have made of the same documents.

    newest: a build file of this version, which nobody has open.
    """
    with duckdb.connect(str(file)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("CREATE SCHEMA ops")
        con.execute("CREATE TABLE ops.migrations (number INTEGER NOT NULL, name VARCHAR NOT NULL, "
                    "applied_at TIMESTAMPTZ NOT NULL)")  # fmt: skip
        for number, name, sql in migrations()[:level]:
            con.execute(sql)
            con.execute("INSERT INTO ops.migrations VALUES (?, ?, now())", [number, name])
        con.execute(f"ATTACH {literal(str(newest))} AS newest (READ_ONLY)")
        tables = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() "
            "WHERE database_name = current_database() AND table_name <> 'migrations'"
        ).fetchall()
        for schema, table in tables:
            con.execute(f'INSERT INTO {schema}."{table}" BY NAME {_rows(con, schema, table, level)}')
        con.execute("DETACH newest")
        for view in sql_files("views"):
            with suppress(duckdb.CatalogException, duckdb.BinderException):  # it came with a later version
                con.execute(read_sql("views", view))


def _rows(con: duckdb.DuckDBPyConnection, schema: str, table: str, level: int) -> str:
    """A query for the rows of a table as that version had them."""
    rows = con.execute(
        "SELECT column_name FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        [schema, table],
    ).fetchall()
    if schema == "search" and level < POSTINGS:
        return f"SELECT {BEFORE_POSTINGS[table]} FROM newest.search.{table}"
    known = {name: f'"{name}"' for (name,) in rows}
    where = "true"
    if table == "references" and level < LINKS:
        known["cited_paper_id"] = "NULL AS cited_paper_id"
    if table == "entities" and level < LINKS:
        known["name"] = "CASE WHEN named_by IS NULL THEN name END AS name"
        where = "linked_from IS NULL"
    if table == "paper_sources" and level < DETAILS:
        known["gave"] = f"list_filter(gave, lambda given: NOT list_contains({list(DETAILED)}, given)) AS gave"
    if table == "settings":
        known["value"] = "CASE WHEN name IN ('derivation', 'views') THEN 'an earlier one' ELSE value END AS value"
        where = "true" if level > LINKS else "name = 'merging'"
    return f'SELECT {", ".join(known.values())} FROM newest.{schema}."{table}" WHERE {where}'
