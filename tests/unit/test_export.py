"""``paperhouse export``: files that hold just what the tables hold, with a description, complete or not there."""

import csv
import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.export import export
from schemas.derived import MAIN
from schemas.errors import ConfigError, StorageError
from tests.unit.conftest import NOW, RUN, frames, load_of, rows
from warehouse import export as exporting
from warehouse.load import load
from warehouse.runs import Counts

FORMATS = ["parquet", "csv", "jsonl"]
#: What files spoil easily: quotes, commas, lines, formulas, a backslash, what looks like null or a number.
ODD = [
    'a "quoted", text',
    "two\nlines\r\n",
    "=1+1",
    "-2",
    "@x",
    "\tt",
    "'q'",
    "＝1",
    "\nx",
    "a\\b",
    "NULL",
    "007",
    "漢字 مرحبا",
    "  ",
]


@pytest.fixture
def config(con: duckdb.DuckDBPyConnection, published: Callable[[], str]) -> str:
    """A paper of odd texts, and one that was updated two days later."""
    papers = [
        {
            "paper_id": "PMC1",
            "doi": None,
            "pmid": "1",
            "abstract": ODD[0],
            "keywords": ODD,
            "mesh_terms": [],
            "is_retracted": True,
        },
        {"paper_id": "PMC2", "title": ODD[2], "updated_at": NOW + timedelta(days=2, microseconds=5), "published": None},
    ]
    batch = frames(
        papers,
        authors=[{"affiliations": ODD}, {"paper_id": "PMC2"}],
        entities=[{}, {"paper_id": "PMC2", "curie": None, "qualifiers": ["a", "b"]}],
        references=[{"citation": text} for text in ODD] + [{"paper_id": "PMC2", "cited_paper_id": "PMC1"}],
        sections=[{"text": "\n".join(ODD)}, {"paper_id": "PMC2", "heading": "Methods"}],
    )
    load(con, load_of(batch), RUN, Counts(loaded=2))
    return published()


def table_rows(con: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    """The rows of a table, with dates and instants as text."""
    found = con.execute(f'SELECT * FROM main."{table}" ORDER BY ALL')
    names = [column[0] for column in found.description or []]
    return [{name: _text(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


def read(file: Path, types: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of an exported file, read without DuckDB where it is text. types: of the fields, as described."""
    content = file.read_text(encoding="utf-8") if file.suffix != ".parquet" else ""
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in content.splitlines()]
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", newline="") as lines:
            return [{name: _cell(cell, types[name]) for name, cell in row.items()} for row in csv.DictReader(lines)]
    relation = duckdb.sql(f"SELECT * FROM '{file}'")
    names = relation.columns
    return [{name: _text(value) for name, value in zip(names, row, strict=True)} for row in relation.fetchall()]


def _cell(cell: str, kind: str) -> Any:
    if not cell:
        return None
    return json.loads(cell) if kind in ("array", "integer", "boolean") else cell


def described(folder: Path) -> dict[str, Any]:
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return package


@pytest.mark.parametrize("style", FORMATS)
def test_the_files_hold_what_the_tables_hold(
    style: str, config: str, con: duckdb.DuckDBPyConnection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(config, style, str(tmp_path / "out"), None) == 0
    resources = {resource["name"]: resource for resource in described(tmp_path / "out")["resources"]}
    assert set(resources) == set(MAIN)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {f"{t}.{style}" for t in MAIN} | {"datapackage.json"}
    for table, resource in resources.items():
        types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        found = read(tmp_path / "out" / resource["path"], types)
        assert sorted(found, key=repr) == sorted(table_rows(con, table), key=repr)
        assert resource["rows"] == len(found)
        content = (tmp_path / "out" / resource["path"]).read_bytes()
        assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == [*resources, "exported"]
    assert said[0].split()[1:3] == ["2", "rows"]


#: Whether a spreadsheet takes a cell for a formula.
FORMULA = re.compile(r"[=+@\t\r\n＝＋－＠-]")


def test_for_spreadsheets_no_text_is_a_formula_and_none_is_lost(
    config: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert export(config, "csv", str(tmp_path / "out"), None, for_spreadsheets=True) == 0
    package = described(tmp_path / "out")
    assert package["paperhouse"]["for_spreadsheets"] and "apostrophe" in package["description"]
    apostrophes = 0
    for resource in package["resources"]:
        types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        found = read(tmp_path / "out" / resource["path"], types)
        for row in found:
            for name in (name for name, kind in types.items() if kind == "string" and row[name]):
                assert not FORMULA.match(row[name])
                apostrophes += row[name].startswith("'")
                row[name] = row[name].removeprefix("'")
        assert sorted(found, key=repr) == sorted(table_rows(con, resource["name"]), key=repr)
    assert apostrophes >= sum(bool(FORMULA.match(text)) or text.startswith("'") for text in ODD)


def test_only_csv_is_for_spreadsheets(config: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--for-spreadsheets goes with --format csv"):
        export(config, "parquet", str(tmp_path / "out"), None, for_spreadsheets=True)
    assert not (tmp_path / "out").exists()


def test_the_description_says_what_models_and_comments_say(config: str, tmp_path: Path) -> None:
    export(config, "csv", str(tmp_path / "out"), None)
    package = described(tmp_path / "out")
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert datetime.fromisoformat(package["created"]) <= datetime.now(UTC)
    assert package["paperhouse"]["snapshot"] == "papers.duckdb"
    assert "papers.license" in package["description"]
    for resource in package["resources"]:
        model = MAIN[resource["name"]]
        columns = model.to_schema().columns
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert resource["description"] == (model.__doc__ or "").strip()
        assert {name: field["description"] for name, field in fields.items()} == {
            name: column.description for name, column in columns.items()
        }
        required = {name for name, field in fields.items() if field.get("constraints", {}).get("required")}
        assert required == {name for name, column in columns.items() if not column.nullable}
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    types = {field["name"]: field["type"] for field in schemas["papers"]["fields"]}
    assert [
        types[name] for name in ("title", "authors", "published", "is_retracted", "reference_count", "fetched_at")
    ] == [
        "string",
        "array",
        "date",
        "boolean",
        "integer",
        "datetime",
    ]
    keys = {name: schema.get("primaryKey") for name, schema in schemas.items()}
    numbered = ["paper_id", "position"]
    assert keys == {
        "papers": ["paper_id"],
        "authors": numbered,
        "references": numbered,
        "sections": numbered,
        "entities": None,
        "paper_sources": ["source", "own_id"],
        "paper_ids": ["scheme", "value", "paper_id"],
        "concept_mappings": ["vocabulary", "linked_from", "curie"],
    }
    assert schemas["entities"]["uniqueKeys"] == [["paper_id", "scope", "entity_type", "label", "curie", "source"]]
    to_papers = {"resource": "papers", "fields": ["paper_id"]}
    assert "foreignKeys" not in schemas["papers"]
    assert schemas["references"]["foreignKeys"] == [
        {"fields": ["paper_id"], "reference": to_papers},
        {"fields": ["cited_paper_id"], "reference": to_papers},
    ]


@pytest.mark.parametrize(
    ("since", "papers"),
    [(NOW.date(), {"PMC1", "PMC2"}), (NOW.date() + timedelta(days=1), {"PMC2"}), (date(2099, 1, 1), set())],
)
def test_since_takes_what_was_updated_and_its_rows(since: date, papers: set[str], config: str, tmp_path: Path) -> None:
    export(config, "jsonl", str(tmp_path / "out"), since)
    package = described(tmp_path / "out")
    assert package["paperhouse"]["since"] == since.isoformat()
    for resource in package["resources"]:
        if resource["name"] == "concept_mappings":  # of no paper
            continue
        found = read(tmp_path / "out" / resource["path"], {})
        assert {row["paper_id"] for row in found} == papers, resource["name"]
        foreign = [key["fields"] for key in resource["schema"].get("foreignKeys", [])]
        assert foreign == ([] if resource["name"] == "papers" else [["paper_id"]])


def test_an_earlier_export_is_replaced_as_a_whole(config: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(config, "csv", str(tmp_path / "out"), None)
    export(config, "parquet", str(tmp_path / "out"), None)
    assert {file.suffix for file in (tmp_path / "out").iterdir()} == {".parquet", ".json"}
    assert not list(tmp_path.glob(".out*"))


def test_what_is_no_export_is_left_alone(config: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(config, "csv", str(folder), None)
    (folder / "notes.txt").write_text("mine")
    before = {file: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(StorageError, match=r"out: holds something else already; name a new folder$"):
        export(config, "csv", str(folder), None)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before
    for place in (folder / "notes.txt", tmp_path / "data"):
        with pytest.raises(StorageError, match="holds something else already"):
            export(config, "csv", str(place), None)


def test_an_export_that_dies_changes_nothing(config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    export(config, "csv", str(folder), None)
    before = {file: file.read_bytes() for file in folder.iterdir()}

    def stop(file: Path) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_flushed_sha256", stop)
        for place in (folder, tmp_path / "new"):
            with pytest.raises(KeyboardInterrupt):
                export(config, "parquet", str(place), None)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_export_left_is_cleared_away(config: str, tmp_path: Path) -> None:
    export(config, "csv", str(tmp_path / "earlier"), None)
    (tmp_path / "earlier").rename(tmp_path / ".out.old")
    (tmp_path / ".out.part").mkdir()
    (tmp_path / ".out.part" / "papers.parquet").write_text("half of it")
    export(config, "parquet", str(tmp_path / "out"), None)
    assert {file.suffix for file in (tmp_path / "out").iterdir()} == {".parquet", ".json"}
    assert not list(tmp_path.glob(".out*"))


def test_two_exports_to_one_folder_at_once(config: str, tmp_path: Path) -> None:
    (tmp_path / ".out.part").mkdir()
    other = os.open(tmp_path / ".out.part", os.O_RDONLY)
    flock(other, LOCK_EX)
    with pytest.raises(StorageError, match="another run is writing it"):
        export(config, "csv", str(tmp_path / "out"), None)
    os.close(other)
    assert (tmp_path / ".out.part").exists()


def test_views_are_not_exported(con: duckdb.DuckDBPyConnection) -> None:
    assert rows(con, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal")
    assert {table.name for table in exporting.described_tables(con)} == set(MAIN)
