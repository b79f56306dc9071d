"""What of the configuration the rows of the warehouse were made by, to notice when it changes."""

import duckdb


def read_setting(con: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The value the rows were made by; None where none was noted."""
    row = con.execute("SELECT value FROM ops.settings WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def note_setting(con: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Note the value that the rows are made by now; called within the transaction that made the last of them."""
    con.execute("DELETE FROM ops.settings WHERE name = ?", [name])
    con.execute("INSERT INTO ops.settings VALUES (?, ?, now())", [name, value])
