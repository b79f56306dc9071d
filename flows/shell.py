"""SQL on the published warehouse: one query, or a prompt; answers as table, CSV, JSON or Markdown."""

import csv
import json
import math
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from decimal import Decimal
from typing import Any, TextIO

import duckdb

from flows.terminal import Visible, output, say_error

#: Rows of a table that a terminal shows; the other formats give all.
SHOWN = 40
#: Rows that are fetched together; bounds the memory of a long answer.
ROWS_AT_ONCE = 10_000

HELP = """\
Write SQL, end it with a semicolon. .tables lists the tables, .describe TABLE its columns, .quit leaves."""


def run_query(con: duckdb.DuckDBPyConnection, query: str, style: str, parameters: Sequence[str] = ()) -> int:
    """Run a query and write its answer to standard output. Returns 1, with DuckDB's own message, where it fails."""
    try:
        if _gives_nothing(con, query):
            con.execute(query, list(parameters) or None)
            return 0
        relation = con.sql(query, params=list(parameters) or None)
        if relation is None:
            return 0
        if style == "table":
            _write_table(relation)
        else:
            _WRITERS[style](relation, output())
    except duckdb.Error as error:
        say_error(str(error))
        return 1
    return 0


def _gives_nothing(con: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether a query has no answer, as SET; DuckDB 2.0 would give one without rows. Raises: duckdb.Error."""
    statements = con.extract_statements(query)
    return bool(statements) and statements[-1].expected_result_type == [duckdb.ExpectedResultType.NOTHING]


def prompt(con: duckdb.DuckDBPyConnection, style: str) -> int:
    """Ask for queries until the input ends. Returns 1 where one of a script's failed."""
    if sys.stdin.isatty():
        import readline  # noqa: F401  (line editing and history for input())

        print(HELP)
    codes = [run_query(con, query, style, parameters) for query, parameters in _queries()]
    return 0 if sys.stdin.isatty() else max(codes, default=0)


def _queries() -> Iterator[tuple[str, list[str]]]:
    """What is asked, with the values of its parameters."""
    lines: list[str] = []
    interactive = sys.stdin.isatty()
    while True:
        try:
            line = input(("     ...> " if lines else "paperhouse> ") if interactive else "")
        except EOFError:
            if lines:
                yield "\n".join(lines), []
            return
        word, _, rest = line.strip().partition(" ")
        if not lines and word in (".quit", ".exit"):
            return
        if not lines and word == ".tables":
            yield "SELECT schema_name, table_name, comment FROM duckdb_tables() ORDER BY ALL", []
        elif not lines and word == ".describe":
            columns = "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ?"
            yield columns, [rest.strip("; ")]
        elif not lines and word in (".help", "help", "?"):
            print(HELP)
        elif line.strip() or lines:
            lines.append(line)
            if line.rstrip().endswith(";"):
                yield "\n".join(lines), []
                lines = []


def _write_table(relation: duckdb.DuckDBPyRelation) -> None:
    width = shutil.get_terminal_size((160, 24)).columns
    with redirect_stdout(Visible(sys.stdout)):
        relation.show(max_rows=SHOWN, max_width=width)
    if len(relation.limit(SHOWN + 1).fetchall()) > SHOWN:
        print(f"(the first and last of more than {SHOWN} rows; --format csv, json or markdown gives all)")


def _rows(relation: duckdb.DuckDBPyRelation) -> Iterator[tuple[Any, ...]]:
    reader = relation.to_arrow_reader(ROWS_AT_ONCE)
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (OSError, ValueError) as error:  # how Arrow hands on an error of a query that is under way
            raise duckdb.Error(str(error)) from error
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_csv(relation: duckdb.DuckDBPyRelation, out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow(relation.columns)
    for row in _rows(relation):
        writer.writerow(_text(value) for value in row)


def _write_json(relation: duckdb.DuckDBPyRelation, out: TextIO) -> None:
    names = _distinct(relation.columns)
    separator = "[\n"
    for row in _rows(relation):
        out.write(separator + _json(dict(zip(names, row, strict=True))))
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_markdown(relation: duckdb.DuckDBPyRelation, out: TextIO) -> None:
    out.write("| " + " | ".join(map(_cell, relation.columns)) + " |\n")
    out.write("| " + " | ".join("---" for _ in relation.columns) + " |\n")
    for row in _rows(relation):
        out.write("| " + " | ".join(map(_cell, row)) + " |\n")


def _distinct(columns: list[str]) -> list[str]:
    """The names of the columns, a repeated one numbered, so that an object holds them all."""
    return [name if name not in columns[:at] else f"{name}_{at + 1}" for at, name in enumerate(columns)]


def _cell(value: Any) -> str:
    return " ".join(_text(value).split()).replace("|", "\\|")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return _json(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: Any) -> str:
    return json.dumps(_plain(value), default=str, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """A value as JSON has it: exact numbers as numbers, what is no number as null."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


_WRITERS = {"csv": _write_csv, "json": _write_json, "markdown": _write_markdown}
