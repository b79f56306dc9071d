"""A table is said once: the database, its comments, the docs and the contract are all held against the models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.derived import MAIN
from schemas.dictionary import duckdb_type
from schemas.ops import OPS_TABLES
from schemas.reference import configuration_reference
from schemas.tables import TABLES, Table, empty, polars_schema
from tests.unit.conftest import GOOD_ROWS, frame, rows
from warehouse.dictionary import data_dictionary
from warehouse.migrate import SCHEMAS

ROOT = Path(__file__).parents[2]
ALL = [(schema, name, model) for schema, tables in SCHEMAS.items() for name, model in tables.items()]
each_table = pytest.mark.parametrize(
    ("schema", "name", "model"), ALL, ids=[f"{schema}.{name}" for schema, name, _ in ALL]
)

#: The columns that the contract promises, in its order; a table may have more.
CONTRACT = {
    "papers": """paper_id pmcid pmid doi title abstract tldr contribution key_findings journal publisher issn published
        published_precision authors article_type language license is_open_access is_retracted keywords mesh_terms
        reference_count cited_by_count has_full_text source url fetched_at updated_at content_hash run_id
        summary_source translated_titles subjects funding notices notice_of""",
    "authors": """paper_id position name given_names surname orcid affiliations is_collective suffix
        is_corresponding""",
    "entities": """paper_id scope entity_type label curie name qualifiers mention_count source linked_from
        named_by""",
    "references": """paper_id position label citation title authors journal year volume pages doi pmid pmcid
        cited_paper_id source resolved_by""",
    "sections": "paper_id position level heading section_type text",
    "paper_ids": "scheme value paper_id",
    "concept_mappings": "vocabulary curie name linked_from linked_from_name",
    "runs": """run_id flow_run_id flow topic started_at finished_at status fetched loaded unchanged rejected error""",
    "documents": "document_id source source_id kind url sha256 bytes fetched_at run_id",
    "rejects": "run_id document_id source source_id table_name column_name check value row rejected_at",
    "loads": """run_id loaded_at papers new_papers authors entities reference_rows sections with_doi
        with_abstract with_full_text with_entities references_resolved""",
    "watermarks": "topic source high_water updated_at",
    "vocabularies": "name address version sha256 loaded_at rows error",
    "arrivals": "paper_id added_at run_id",
    "backfills": "topic query first_day last_day expected fetched loaded started_at finished_at run_id",
    "asked": "purpose paper_id asked_at",
}
#: The types that the contract names for columns that are not VARCHAR.
CONTRACT_TYPES = {
    "papers": {
        "key_findings": "VARCHAR[]",
        "published": "DATE",
        "authors": "VARCHAR[]",
        "is_open_access": "BOOLEAN",
        "is_retracted": "BOOLEAN",
        "keywords": "VARCHAR[]",
        "mesh_terms": "VARCHAR[]",
        "reference_count": "INTEGER",
        "cited_by_count": "INTEGER",
        "has_full_text": "BOOLEAN",
        "fetched_at": "TIMESTAMP WITH TIME ZONE",
        "updated_at": "TIMESTAMP WITH TIME ZONE",
        "translated_titles": "VARCHAR[]",
        "subjects": "VARCHAR[]",
        "funding": "VARCHAR[]",
        "notices": "VARCHAR[]",
        "notice_of": "VARCHAR[]",
    },
    "authors": {
        "position": "INTEGER",
        "affiliations": "VARCHAR[]",
        "is_collective": "BOOLEAN",
        "is_corresponding": "BOOLEAN",
    },
    "entities": {"qualifiers": "VARCHAR[]", "mention_count": "INTEGER"},
    "references": {"position": "INTEGER", "authors": "VARCHAR[]", "year": "INTEGER"},
    "sections": {"position": "INTEGER", "level": "INTEGER"},
}


def columns(con: duckdb.DuckDBPyConnection, table: str, *what: str) -> list[tuple[Any, ...]]:
    """What the catalogue says of the columns of a table or view, in order."""
    return con.execute(
        f"SELECT {', '.join(what)} FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
    ).fetchall()


@each_table
def test_the_database_has_the_models_columns(
    con: duckdb.DuckDBPyConnection, schema: str, name: str, model: type[Table]
) -> None:
    expected = [
        (schema, column, duckdb_type(model, column).replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"), field.nullable)
        for column, field in model.to_schema().columns.items()
    ]
    assert columns(con, name, "schema_name", "column_name", "data_type", "is_nullable") == expected


@each_table
def test_every_table_and_column_says_what_it_is(
    con: duckdb.DuckDBPyConnection, schema: str, name: str, model: type[Table]
) -> None:
    comment = con.execute(
        "SELECT comment FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, name]
    ).fetchall()
    described = {column: field.description for column, field in model.to_schema().columns.items()}
    assert comment == [((model.__doc__ or "").strip(),)] != [("",)]
    assert dict(columns(con, name, "column_name", "comment")) == described
    assert all(described.values())


VIEWS = """citation_counts citations citing_retracted data_quality entity_prevalence gaps journals_by_year
    licenses_by_year new_papers paper_id_conflicts paper_references paper_topics"""


def test_the_views_and_their_columns_say_what_they_are(con: duckdb.DuckDBPyConnection) -> None:
    views = dict(rows(con, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL"))
    assert list(views) == VIEWS.split()
    assert views["citations"].startswith("Who cites whom within the warehouse")


def test_the_view_of_references_shows_the_table(con: duckdb.DuckDBPyConnection) -> None:
    of_table = columns(con, "references", "column_name", "data_type", "comment")
    assert columns(con, "paper_references", "column_name", "data_type", "comment") == of_table


def test_nothing_in_the_database_is_without_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    assert rows(con, "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL") == []
    assert rows(con, "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL") == []
    assert (
        rows(con, "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL") == []
    )
    macros = rows(con, "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL")
    assert [name for name, comment in macros if comment] == ["entity_pairs", "folded_word", "folded_words", "search"]


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contracts_columns_are_there_in_their_order(con: duckdb.DuckDBPyConnection, name: str) -> None:
    promised = CONTRACT[name].split()
    found = dict(columns(con, name, "column_name", "data_type"))
    assert [column for column in found if column in promised] == promised
    types = CONTRACT_TYPES.get(name, {})
    if name in TABLES:
        assert list(found) == promised
        assert found == {column: types.get(column, "VARCHAR") for column in promised}


def test_rejects_keep_the_row_as_json(con: duckdb.DuckDBPyConnection) -> None:
    assert dict(columns(con, "rejects", "column_name", "data_type"))["row"] == "JSON"


@pytest.mark.parametrize(
    ("file", "generate"), [("data-dictionary.md", data_dictionary), ("configuration.md", configuration_reference)]
)
def test_the_docs_are_what_the_models_say(file: str, generate: Callable[[], str]) -> None:
    assert (ROOT / "docs" / file).read_text(encoding="utf-8") == generate(), "run `make docs`"


@each_table
def test_an_empty_frame_is_of_the_tables_form(schema: str, name: str, model: type[Table]) -> None:
    assert model.validate(empty(model)).schema == polars_schema(model)


@pytest.mark.parametrize("name", GOOD_ROWS)
def test_a_good_row_keeps_the_contract(name: str) -> None:
    """The rows that these tests begin with; a test that spoils one spoils that and nothing else."""
    good = frame(name, {})
    assert {**MAIN, **OPS_TABLES}[name].validate(good, lazy=True).equals(good)
