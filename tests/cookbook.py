"""The cookbook, docs/sql.md: its questions, and their answers written anew.

usage: python -m tests.cookbook papers.duckdb    writes the answers of that warehouse into docs/sql.md
"""

import io
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

import duckdb

from flows.shell import run_query

PAGE = Path(__file__).parents[1] / "docs" / "sql.md"
#: A heading, one sentence, SQL, and the answer as Markdown.
QUESTION = re.compile(
    r"### (?P<question>[^\n]+)\n\n(?P<why>(?:(?!```|#)[^\n]+\n)+)\n"
    r"```sql\n(?P<sql>.*?)\n```\n\n(?P<answer>(?:\|[^\n]*\n)*)\n*",
    re.DOTALL,
)
#: The Python of the page, in its order.
PYTHON = re.compile(r"```python\n(.*?)\n```", re.DOTALL)


def questions(page: str) -> list[re.Match[str]]:
    return list(QUESTION.finditer(page))


def answer(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The answer as `paperhouse sql --format markdown` prints it. Raises: duckdb.Error."""
    with redirect_stdout(io.StringIO()) as printed:
        code = run_query(con, sql, "markdown")
    assert code == 0, sql
    return printed.getvalue()


def answered(page: str, con: duckdb.DuckDBPyConnection) -> str:
    """The page with the answers of this warehouse."""
    for found in reversed(questions(page)):
        page = page[: found.start("answer")] + answer(con, found["sql"]) + "\n" + page[found.end() :]
    return page


if __name__ == "__main__":
    with duckdb.connect(sys.argv[1], read_only=True) as warehouse:
        PAGE.write_text(answered(PAGE.read_text(encoding="utf-8"), warehouse), encoding="utf-8")
