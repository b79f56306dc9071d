"""Vocabularies in the warehouse: what is loaded of each, and the links that follow from them."""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

from schemas.derived import ConceptMappings
from schemas.ops import Documents
from schemas.tables import polars_schema
from warehouse.derive import run_step
from warehouse.landing import Landed
from warehouse.load import registered, run_checks, transaction
from warehouse.lookup import lookup


@dataclass(frozen=True, slots=True)
class Loaded:
    """A vocabulary that was loaded. rows: its mappings; relinked: papers whose links or names it may have changed."""

    rows: int
    relinked: int


def loaded_as(con: duckdb.DuckDBPyConnection, name: str) -> tuple[str, str] | None:
    """The address and sha256 of what is loaded of a vocabulary; None where nothing is."""
    for row in lookup(con, "vocabularies"):
        if row["name"] == name and row["sha256"]:
            return row["address"], row["sha256"]
    return None


def load_vocabulary(
    con: duckdb.DuckDBPyConnection, document: Landed, version: str | None, mappings: pl.DataFrame
) -> Loaded:
    """Put a vocabulary in place of what was loaded of it, and link the papers anew whose links that changes.

    document: what it was read from; its source is the vocabulary's name. mappings: rows of main.concept_mappings.
    One transaction. Raises: CheckFailed, and nothing is written.
    """
    row = document.row() | {"papers": 0, "rejected": 0}
    documents = pl.DataFrame([row], schema=polars_schema(Documents))
    new = ConceptMappings.validate(mappings.select(list(polars_schema(ConceptMappings))))
    with registered(con, new_mappings=new, new_documents=documents), transaction(con):
        run_step(con, "vocabularies")
        run_step(con, "linking")
        con.execute("DELETE FROM ops.documents WHERE document_id IN (SELECT document_id FROM new_documents)")
        con.execute("INSERT INTO ops.documents BY NAME SELECT * FROM new_documents")
        _note(con, document.source, document.url, version, document.sha256, new.height)
        run_checks(con)
        ((relinked,),) = con.execute("SELECT count(*) FROM touched").fetchall()
    return Loaded(new.height, relinked)


def note_refresh(con: duckdb.DuckDBPyConnection, name: str, address: str, error: str | None) -> None:
    """Note why a refresh failed, or that it found what is loaded already; what is loaded stays."""
    with transaction(con):
        con.execute(
            "INSERT INTO ops.vocabularies SELECT $name, $address, NULL, NULL, NULL, 0, NULL "
            "WHERE $name NOT IN (SELECT name FROM ops.vocabularies)",
            {"name": name, "address": address},
        )
        con.execute(
            "UPDATE ops.vocabularies SET error = $error WHERE name = $name AND error IS DISTINCT FROM $error",
            {"name": name, "error": error},
        )


def _note(
    con: duckdb.DuckDBPyConnection, name: str, address: str, version: str | None, sha256: str | None, rows: int
) -> None:
    con.execute("DELETE FROM ops.vocabularies WHERE name = ?", [name])
    con.execute(
        "INSERT INTO ops.vocabularies VALUES (?, ?, ?, ?, ?, ?, NULL)",
        [name, address, version, sha256, datetime.now(UTC), rows],
    )
