"""The entities of a page: ``- **Diseases:** NETs (MESH:D018358)``, each in the plainest form that is read as it."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tasks.pages.markdown import inline, line
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere import entities as parser
from tasks.parsers.tomesphere.markdown import fold

_HEADINGS = {"linked": "Linked entities", "full_text": "Full-text entities", "abstract": "Abstract entities"}
_PLURALS = {"CellLine": "Cell lines", "Species": "Species"}
#: Prefixes that pages write as a tag: ``[taxon 9606]``.
_TAGS = {"NCBITaxon": "taxon", "NCBIGene": "gene"}


def render(rows: list[Row]) -> Iterator[str]:
    """A part for each scope that has any, with an item for each type."""
    for scope, title in _HEADINGS.items():
        found = [row for row in rows if row["scope"] == scope]
        if found:
            order = list(dict.fromkeys(row["entity_type"] for row in found))
            by_type = groupby(sorted(found, key=lambda row: order.index(row["entity_type"])), _type)
            yield f"## {title}"
            yield "\n".join(_item(entity_type, list(group)) for entity_type, group in by_type)


def _type(row: Row) -> str | None:
    entity_type: str | None = row["entity_type"]
    return entity_type


def _item(entity_type: str | None, rows: list[Row]) -> str:
    listed = _list(entity_type, rows)
    return f"- **{inline(_plural(entity_type))}:** {inline(listed)}" if entity_type else f"- {line(listed)}"


def _plural(entity_type: str) -> str:
    """The plural that the parser reads as this type, else the type itself."""
    plurals = (_PLURALS.get(entity_type, f"{entity_type}s"), f"{entity_type[:-1]}ies", f"{entity_type}es")
    return next((plural for plural in plurals if parser.singular(plural) == entity_type), entity_type)


def _list(entity_type: str | None, rows: list[Row]) -> str:
    """The items of a list. Where some have no id, it may have to be said, or they would run into the next one."""
    listed = ""
    for says_none in (False, True):
        listed = ", ".join(_concept(entity_type, row, says_none) for row in rows)
        if _read(entity_type, listed) == [_said(row) for row in rows]:
            break
    return listed


def _concept(entity_type: str | None, row: Row, says_none: bool) -> str:
    """``liver failure (MESH:D017093)``, ``TP53 (tumor protein p53) [gene 7157]``, ``SSTR2``, ``SSTR2 (-)`` or ``[-]``.

    The brackets of a label are not taken for qualifiers where empty ones follow.
    """
    label, curie = row["label"], row.get("curie")
    prefix, _, local = (curie or "").partition(":")
    qualifiers = f"({', '.join(row.get('qualifiers') or [])})"
    tag = f"[{_TAGS[prefix]} {local}]" if prefix in _TAGS else f"[{curie}]"
    named = f"({curie})"
    if curie is None:
        named, tag = "(-)" if says_none else "", "[-]"
    brackets = (tag, named) if prefix in _TAGS else (named, tag)
    plainest = [f"{label} {bracket}" for bracket in brackets] if qualifiers == "()" else []
    texts = [fold(text) for text in (*plainest, *(f"{label} {qualifiers} {bracket}" for bracket in brackets))]
    return next((text for text in texts if _read(entity_type, text) == [_said(row)]), texts[0])


def _read(entity_type: str | None, listed: str) -> list[tuple[Any, ...]]:
    items = parser.split_items(listed)
    return [_said(row) for item in items for row in parser.item_rows(item, "linked", entity_type)]


def _said(row: Row) -> tuple[Any, ...]:
    """What a page says of an entity."""
    return fold(row["label"]), row.get("curie"), row.get("qualifiers") or None
