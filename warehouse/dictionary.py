"""Write the data dictionary: tables and columns from the models that define them, views and macros as they are."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import duckdb

from schemas.dictionary import dictionary_of_tables
from warehouse.lookup import lookup
from warehouse.migrate import migrate


def data_dictionary() -> str:
    """The dictionary as Markdown."""
    with duckdb.connect() as con:
        migrate(con)
        return "\n".join([dictionary_of_tables(), *_views(con), "## Macros\n", *_macros(con)])


def _views(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for (name, comment), columns in groupby(lookup(con, "views_described"), itemgetter("view_name", "view_comment")):
        yield f"## main.{name} (view)\n\n{comment}\n"
        rows = ["| column | type | meaning |", "| --- | --- | --- |"]
        rows += [f"| `{row['column_name']}` | {row['data_type']} | {row['column_comment']} |" for row in columns]
        yield "\n".join(rows) + "\n"


def _macros(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for row in lookup(con, "macros_described"):
        yield f"`{row['function_name']}({', '.join(row['parameters'])})`: {row['comment']}\n"


if __name__ == "__main__":
    print(data_dictionary(), end="")
