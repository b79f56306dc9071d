"""Split the rows of a batch into those that keep the contract and those that go to quarantine, with the reason."""

import json
from typing import Any

import pandera.errors
import polars as pl

from schemas.ops import Rejects
from schemas.tables import TABLES, Table, polars_schema

#: A column that says something about another one goes where that one goes.
_DEPENDENT = {"published": "published_precision"}

Frames = dict[str, pl.DataFrame]


def validate(frames: Frames, lineage: pl.DataFrame) -> tuple[Frames, pl.DataFrame]:
    """Hold the tables of a batch against their models.

    frames: a frame for each of ``schemas.tables.TABLES``; papers lacks those of which only children are told.
    lineage: one row a paper with paper_id and the columns run_id, document_id, source, source_id, rejected_at that its
    rejects shall carry.

    Returns the frames that keep the contract, and the rejects. What may be null and fails is set to null; a row
    whose required column fails is left out; the children of a paper that is left out go with it. Raises: ValueError
    where the frames are not of the tables' form, which is a mistake of a parser.
    """
    good: Frames = {}
    rejects = []
    lost = frames["papers"].select("paper_id").clear()
    for name, model in TABLES.items():
        _refuse_orphans(name, frames[name], lineage)
        frame = frames[name].join(lost, on="paper_id", how="anti", maintain_order="left")
        good[name], failures = _split(name, model, frame)
        rejects.append(failures)
        if name == "papers":
            lost = frame.join(good[name], on="paper_id", how="anti").select("paper_id")
    failures = pl.concat(rejects).join(lineage, on="paper_id", how="left", maintain_order="left")
    return good, failures.select(polars_schema(Rejects).keys())


def _refuse_orphans(name: str, frame: pl.DataFrame, lineage: pl.DataFrame) -> None:
    """A row that names a paper which the batch does not hold can be laid at no document's door: a parser is wrong."""
    orphans = frame.join(lineage, on="paper_id", how="anti")["paper_id"]
    if len(orphans):
        raise ValueError(f"{name}: rows of papers that the batch does not hold: {orphans.unique().to_list()[:5]}")


def _split(name: str, model: type[Table], frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a table that keep its contract, and the rejects of the others.

    Of rows that are doubles the first is kept, so they are taken out before pandera, to which all of them are wrong,
    and once more after values were cleared, which may make doubles.
    """
    indexed = frame.with_row_index("_row")
    unique, failures = _without_doubles(model, indexed)
    broken = _failures(name, model, unique)
    columns = model.to_schema().columns
    lost = {case["row"] for case in broken if case["column"] is None or not columns[case["column"]].nullable}
    cleared: dict[str, list[int]] = {}
    for case in broken:
        if case["row"] not in lost:
            cleared.setdefault(case["column"], []).append(case["row"])
    kept, doubles = _without_doubles(model, _without(unique, lost, cleared))
    if kept.height < frame.height and "position" in kept.columns:
        kept = kept.with_columns(position=pl.col("position").rank("ordinal").over("paper_id").cast(pl.Int32))
    return kept.drop("_row"), _rejects(name, frame, failures + broken + doubles)


def _failures(name: str, model: type[Table], indexed: pl.DataFrame) -> list[dict[str, Any]]:
    """What pandera finds wrong: row, column (None where it is the row as a whole), check and value."""
    try:
        model.validate(indexed.drop("_row"), lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    if cases["index"].null_count():
        raise ValueError(f"{name}: the frame itself is not of the table's form: {cases.to_dicts()}")
    columns, rows = model.to_schema().columns, indexed["_row"]
    return [
        {
            "row": rows[case["index"]],
            "column": case["column"] if case["column"] in columns else None,
            "check": case["check"],
            "value": case["failure_case"],
        }
        for case in cases.to_dicts()
    ]


def _without_doubles(model: type[Table], indexed: pl.DataFrame) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """The first row of each key, and the others as failures."""
    key = model.to_schema().unique
    if not key:
        return indexed, []
    first = pl.struct(key).is_first_distinct()
    doubles = indexed.filter(~first)
    failures = [
        {"row": row["_row"], "column": None, "check": "unique", "value": ", ".join(str(row[part]) for part in key)}
        for row in doubles.to_dicts()
    ]
    return indexed.filter(first), failures


def _without(indexed: pl.DataFrame, lost: set[int], cleared: dict[str, list[int]]) -> pl.DataFrame:
    """The frame without the lost rows and the cleared values."""
    kept = indexed
    for column, rows in cleared.items():
        for affected in filter(None, (column, _DEPENDENT.get(column))):
            kept = kept.with_columns(pl.when(~pl.col("_row").is_in(rows)).then(pl.col(affected)).alias(affected))
    return kept.filter(~pl.col("_row").is_in(list(lost)))


def _rejects(name: str, frame: pl.DataFrame, failures: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [
        {
            "paper_id": (row := frame.row(case["row"], named=True))["paper_id"],
            "table_name": name,
            "column_name": case["column"],
            "check": case["check"],
            "value": case["value"],
            "row": json.dumps(row, default=str, ensure_ascii=False),
        }
        for case in failures
    ]
    texts = ["paper_id", "table_name", "column_name", "check", "value", "row"]
    return pl.DataFrame(rows, schema=dict.fromkeys(texts, pl.String))
