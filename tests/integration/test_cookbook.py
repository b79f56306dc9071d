"""docs/sql.md tells the truth: each of its questions has its answer on the demo, and its Python runs."""

import contextlib
import io
import os
import re
from collections.abc import Iterator

import duckdb
import pytest

from tests.cookbook import PAGE, PYTHON, answer, questions
from tests.integration.house import House

pytestmark = pytest.mark.integration

TEXT = PAGE.read_text(encoding="utf-8")
QUESTIONS = questions(TEXT)


@pytest.fixture(scope="module")
def warehouse(demo: House) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file of the demo."""
    with duckdb.connect(str(demo.data / "papers.duckdb"), read_only=True) as con:
        yield con


def test_there_are_twenty_questions() -> None:
    assert len(QUESTIONS) == 20 == TEXT.count("```sql")
    assert len({found["question"] for found in QUESTIONS}) == 20


@pytest.mark.parametrize("found", QUESTIONS, ids=[found["question"] for found in QUESTIONS])
def test_a_question_has_its_answer(warehouse: duckdb.DuckDBPyConnection, found: re.Match[str]) -> None:
    assert len(found["why"].split(". ")) == 1, "one sentence says why"
    assert found["answer"].count("\n") > 2, "an answer has rows"
    assert answer(warehouse, found["sql"]) == found["answer"], "see tests/cookbook.py for how to write it anew"


def test_the_python_of_the_page_runs(demo: House) -> None:
    """In the folder of the demo, one piece after the other, as a notebook does."""
    names: dict[str, object] = {}
    with contextlib.chdir(demo.folder), contextlib.redirect_stdout(io.StringIO()) as printed:
        for piece in PYTHON.findall(TEXT):
            exec(piece, names)
    newest = demo.query("SELECT published || ' ' || title FROM papers ORDER BY published DESC LIMIT 3")
    assert printed.getvalue().splitlines() == [line for (line,) in newest]
    assert [list(row) for row in names["frame"].rows()] == [  # type: ignore[attr-defined]
        list(row) for row in demo.query("SELECT paper_id, score, title FROM search('liver metastases')")
    ]
    names["con"].close()  # type: ignore[attr-defined]


def test_another_duckdb_attaches_it(demo: House) -> None:
    """As the page says; the file behind the link is what a process with open connections names."""
    (attach,) = [line for line in TEXT.splitlines() if "`ATTACH" in line]
    statements = attach.split("`")[1].replace("data/papers.duckdb", os.path.realpath(demo.data / "papers.duckdb"))
    with duckdb.connect() as con:
        con.execute(statements)
        assert con.execute("SELECT count(*) FROM search('liver')").fetchall() == [(12,)]
