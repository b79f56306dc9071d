"""Describe exported tables as a Frictionless Data Package (https://datapackage.org): datapackage.json beside them."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from schemas.derived import MAIN
from warehouse.export import Column, Exported, Table

NAME = "datapackage.json"
_PROFILES = "https://datapackage.org/profiles/2.0"
_MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
}
_TYPES = {
    "VARCHAR": "string",
    "VARCHAR[]": "array",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
}
_ABOUT = (
    "Papers of a researcher's literature, with their authors, entities, references and sections, and who told of them. "
    "The licence is each paper's own, see papers.license: what may be done with a text or an abstract is for its "
    "publisher to say."
)

_APOSTROPHES = (
    " Texts that begin with one of = + - @ ', a tab or the end of a line have an apostrophe in front, so that no "
    "spreadsheet takes them for a formula: take one away from every text that begins with one."
)


def write_description(
    folder: Path,
    style: str,
    exported: Sequence[Exported],
    snapshot: str,
    since: date | None,
    for_spreadsheets: bool = False,
) -> None:
    """Write ``datapackage.json``. snapshot: the published file that was exported."""
    package = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": "paperhouse-export",
        "title": "Export of a Paperhouse warehouse",
        "description": _ABOUT + _APOSTROPHES * for_spreadsheets,
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "paperhouse": {
            "version": version("paperhouse"),
            "snapshot": snapshot,
            "since": since.isoformat() if since else None,
            "for_spreadsheets": for_spreadsheets,
        },
        "resources": [_resource(table, style, is_complete=since is None) for table in exported],
    }
    (folder / NAME).write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def is_export(folder: Path) -> bool:
    """Whether a folder holds an export of ours and nothing else."""
    try:
        package = json.loads((folder / NAME).read_text(encoding="utf-8"))
        files = {NAME, *(resource["path"] for resource in package["resources"])}
        return "paperhouse" in package and {file.name for file in folder.iterdir()} <= files
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _resource(exported: Exported, style: str, is_complete: bool) -> dict[str, Any]:
    return {
        "name": exported.table.name,
        "type": "table",
        "path": exported.file.name,
        "description": exported.table.comment,
        "format": style,
        "mediatype": _MEDIA_TYPES[style],
        **({} if style == "parquet" else {"encoding": "utf-8"}),
        "bytes": exported.bytes,
        "hash": f"sha256:{exported.sha256}",
        "rows": exported.rows,
        "schema": _schema(exported.table, is_complete),
    }


def _schema(table: Table, is_complete: bool) -> dict[str, Any]:
    """The fields, and the keys that hold. A part of a warehouse may cite papers that are not in it."""
    found: dict[str, Any] = {"$schema": f"{_PROFILES}/tableschema.json", "fields": [_field(c) for c in table.columns]}
    key = unique_columns(table.name)
    nullable = {column.name for column in table.columns if column.is_nullable}
    if key:
        found |= {"uniqueKeys": [key]} if nullable & set(key) else {"primaryKey": key}
    leads = ("paper_id", "cited_paper_id") if is_complete else ("paper_id",)
    foreign = [column.name for column in table.columns if column.name in leads]
    if foreign and table.name != "papers":
        found["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": "papers", "fields": ["paper_id"]}} for column in foreign
        ]
    return found


def unique_columns(table: str) -> list[str]:
    """The columns that no two rows of a table agree in, as its model says; of a table without a model, none."""
    if table not in MAIN:
        return []
    schema = MAIN[table].to_schema()
    return list(schema.unique or [name for name, column in schema.columns.items() if column.unique])


def _field(column: Column) -> dict[str, Any]:
    field = {"name": column.name, "type": _TYPES.get(column.data_type, "any"), "description": column.comment}
    return field if column.is_nullable else field | {"constraints": {"required": True}}
