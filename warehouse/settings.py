"""What of the configuration the rows of the warehouse were made by, to notice when it changes."""

import duckdb


def read_setting(con: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The value the rows were made by; None where none was noted."""
    rows = con.execute("SELECT value FROM ops.settings WHERE name = ?", [name]).fetchall()
    return rows[0][0] if rows else None


def forget_setting(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Take back what was noted, where it no longer holds."""
    con.execute("DELETE FROM ops.settings WHERE name = ?", [name])


def note_setting(con: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Note the value that the rows are made by now; called within the transaction that made the last of them."""
    forget_setting(con, name)
    con.execute("INSERT INTO ops.settings VALUES (?, ?, now())", [name, value])
