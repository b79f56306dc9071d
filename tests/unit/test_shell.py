"""SQL from the command line: four formats, DuckDB's own errors, and a note where an answer is cut."""

import csv
import io
import json
from collections.abc import Callable

import duckdb
import pytest

from flows.shell import SHOWN, run_query
from tests.unit.conftest import RUN, frames, load_of
from warehouse.load import load
from warehouse.runs import Counts

Ask = Callable[..., str]

VALUES = """SELECT 'PMC1' AS paper_id, ['a', NULL, 'c, "d"'] AS keywords, NULL::VARCHAR AS doi, true AS is_retracted,
    DATE '2024-03-01' AS published, TIMESTAMPTZ '2025-07-01 12:00:00+00' AS fetched_at, 41 AS reference_count,
    'one | two' || chr(10) || 'three' AS title"""


@pytest.fixture
def ask(con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a query that succeeds and gives what it wrote."""

    def ask(query: str, style: str) -> str:
        assert run_query(con, query, style) == 0
        written = capsys.readouterr()
        assert written.err == ""
        return written.out

    return ask


def test_csv(ask: Ask) -> None:
    heading, row = csv.reader(io.StringIO(ask(VALUES, "csv"), newline=""))
    assert dict(zip(heading, row, strict=True)) == {
        "paper_id": "PMC1",
        "keywords": '["a", null, "c, \\"d\\""]',
        "doi": "",
        "is_retracted": "true",
        "published": "2024-03-01",
        "fetched_at": "2025-07-01 12:00:00+00:00",
        "reference_count": "41",
        "title": "one | two\nthree",
    }


def test_json(ask: Ask) -> None:
    assert json.loads(ask(VALUES, "json")) == [
        {
            "paper_id": "PMC1",
            "keywords": ["a", None, 'c, "d"'],
            "doi": None,
            "is_retracted": True,
            "published": "2024-03-01",
            "fetched_at": "2025-07-01 12:00:00+00:00",
            "reference_count": 41,
            "title": "one | two\nthree",
        }
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum(i) FROM range(4) AS t(i)", 6),
        ("count(*) FROM range(4)", 4),
        ("avg(i) FROM range(4) AS t(i)", 1.5),
        ("'nan'::DOUBLE", None),
        ("'inf'::DOUBLE", None),
        ("{'a': [1, 2]}", {"a": [1, 2]}),
        ("'ü ☃'", "ü ☃"),
    ],
)
def test_json_keeps_numbers_numbers_and_is_always_valid(ask: Ask, expression: str, expected: object) -> None:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is not JSON")

    select, _, source = expression.partition(" FROM ")
    answer = ask(f"SELECT {select} AS value" + (f" FROM {source}" if source else ""), "json")
    assert json.loads(answer, parse_constant=refuse) == [{"value": expected}]


def test_markdown(ask: Ask) -> None:
    assert ask(VALUES, "markdown").splitlines() == [
        "| paper_id | keywords | doi | is_retracted | published | fetched_at | reference_count | title |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        '| PMC1 | ["a", null, "c, \\"d\\""] |  | true | 2024-03-01 | 2025-07-01 12:00:00+00:00 | 41 '
        "| one \\| two three |",
    ]


def test_table(ask: Ask) -> None:
    answer = ask("SELECT 'PMC1' AS paper_id, NULL AS doi, ['a', 'b'] AS keywords, false AS is_retracted", "table")
    assert all(text in answer for text in ["paper_id", "PMC1", "NULL", "[a, b]", "false"])
    assert "more than" not in answer


@pytest.mark.parametrize(("style", "expected"), [("csv", ["a"]), ("json", ["[]"]), ("markdown", ["| a |", "| --- |"])])
def test_an_answer_without_rows(ask: Ask, style: str, expected: list[str]) -> None:
    assert ask("SELECT 1 AS a WHERE false", style).splitlines() == expected


@pytest.mark.parametrize("style", ["csv", "json", "markdown"])
def test_columns_of_the_same_name_all_come(ask: Ask, style: str) -> None:
    """As in ``SELECT * FROM papers p JOIN authors a ON p.paper_id = a.paper_id``."""
    answer = ask("SELECT 1 AS a, 2 AS a, 3 AS b", style)
    if style == "json":
        assert sorted(json.loads(answer)[0].values()) == [1, 2, 3]
    else:
        values = {"csv": ["1,2,3"], "markdown": ["| --- | --- | --- |", "| 1 | 2 | 3 |"]}
        assert answer.splitlines()[1:] == values[style]


@pytest.mark.parametrize("rows", [SHOWN, SHOWN + 1, 5000])
@pytest.mark.parametrize("style", ["table", "csv", "json", "markdown"])
def test_only_a_table_is_cut_and_says_so(ask: Ask, style: str, rows: int) -> None:
    answer = ask(f"SELECT range AS n FROM range({rows})", style)
    note = f"(the first and last of more than {SHOWN} rows; --format csv, json or markdown gives all)"
    assert (note in answer) == (style == "table" and rows > SHOWN)
    if style == "json":
        assert [row["n"] for row in json.loads(answer)] == list(range(rows))
    elif style != "table":
        assert len(answer.splitlines()) == rows + (1 if style == "csv" else 2)
    elif rows > SHOWN:
        assert len(answer.splitlines()) < SHOWN + 15


@pytest.mark.parametrize("style", ["table", "csv", "json", "markdown"])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELEC 1", 'Parser Error: syntax error at or near "SELEC"'),
        ("SELECT * FROM nowhere", "Catalog Error: Table with name nowhere does not exist!"),
        ("SELECT nothing FROM papers", 'Binder Error: Referenced column "nothing" not found'),
        ("SELECT 'a'::INTEGER", "Conversion Error: Could not convert string 'a' to INT32"),
    ],
)
def test_an_error_is_duckdbs_own(
    con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str], query: str, message: str, style: str
) -> None:
    assert run_query(con, query, style) == 1
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize("style", ["csv", "json", "markdown"])
@pytest.mark.parametrize("rows", [10_000, 1_000_000])
def test_an_error_in_the_last_row_is_duckdbs_own_too(
    con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str], rows: int, style: str
) -> None:
    """By then the answer is on its way as Arrow, whose reader words DuckDB's errors as errors of its own."""
    value = f"CASE WHEN i = {rows - 1} THEN 'a' ELSE '1' END"
    assert run_query(con, f"SELECT CAST({value} AS INTEGER) AS n FROM range({rows}) AS t(i)", style) == 1
    assert capsys.readouterr().err.startswith("Conversion Error: Could not convert string 'a' to INT32")


@pytest.mark.parametrize("style", ["table", "csv", "json", "markdown"])
def test_what_gives_no_rows_is_well(ask: Ask, style: str) -> None:
    assert ask("SET threads = 1", style) == ""


@pytest.mark.parametrize(
    "query", ["DESCRIBE papers", "SHOW TABLES", "EXPLAIN SELECT 1", "SUMMARIZE papers", "FROM papers;"]
)
def test_whatever_reads_is_answered(ask: Ask, query: str) -> None:
    assert ask(query, "csv").count("\n") > 0


def test_the_warehouse_is_asked(con: duckdb.DuckDBPyConnection, ask: Ask) -> None:
    load(con, load_of(frames([{"title": "Über α"}], references=[{}, {}])), RUN, Counts(loaded=1))
    assert json.loads(ask("SELECT paper_id, title, authors FROM papers", "json")) == [
        {"paper_id": "PMC1", "title": "Über α", "authors": ["Ada Quill"]}
    ]
    assert ask("SELECT count(*) AS n FROM main.references", "csv").split() == ["n", "2"]
    assert ask("SELECT count(*) AS n FROM paper_references", "csv").split() == ["n", "2"]
