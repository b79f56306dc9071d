"""SSSOM: which concepts of two vocabularies mean the same, as tab-separated values below a header of YAML comments.

The standard: https://w3id.org/sssom/spec (Matentzoglu et al. 2022, doi:10.1093/database/baac035). Read are the exact
matches; a set is taken whole or not at all, since half of one would take back links that hold.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO

import yaml

from schemas.identifiers import CURIE
from tasks.parsers.concepts import curie
from tasks.parsers.rows import ParseError, Row

EXACT = "skos:exactMatch"
_NEEDED = ("subject_id", "predicate_id", "object_id")
#: How a set says that the other vocabulary has no such concept.
_NO_TERM = "sssom:NoTermFound"


@dataclass(frozen=True, slots=True)
class MappingSet:
    """The exact matches of a set: rows of main.concept_mappings without the vocabulary's name.

    version: as the set states it, often the address of a release; None where it does not.
    """

    version: str | None
    mappings: list[Row]


def parse(document: BinaryIO) -> MappingSet:
    """Read a mapping set: the subject is the concept that is linked to, the object the one that sources name.

    Raises: ParseError for what is no SSSOM, a concept that is no CURIE, or a set without exact matches.
    """
    try:
        with TextIOWrapper(document, encoding="utf-8-sig", newline="") as text:
            lines = text.readlines()
    except UnicodeDecodeError as error:
        raise ParseError("encoding", f"is not UTF-8: {error.reason} at byte {error.start}") from None
    header = [line for line in lines if line.startswith("#")]
    table = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    missing = [name for name in _NEEDED if name not in (table.fieldnames or [])]
    if missing:
        raise ParseError("sssom", f"is no SSSOM table: it has no column {missing[0]}")
    version = _version(header)
    try:
        found = {(row["linked_from"], row["curie"]): row for row in reversed(list(_exact(table, len(header))))}
    except csv.Error as error:
        raise ParseError("sssom", f"line {table.line_num + len(header)}: {error}") from None
    if not found:
        raise ParseError("not_empty", f"holds no {EXACT}")
    return MappingSet(version, list(found.values()))


def _version(header: list[str]) -> str | None:
    try:
        metadata = yaml.safe_load("".join(line.removeprefix("#").removeprefix(" ") for line in header))
    except yaml.YAMLError:
        raise ParseError("sssom", "the comments above the table are not the YAML of SSSOM") from None
    version = metadata.get("mapping_set_version") if isinstance(metadata, dict) else None
    return None if version is None else str(version)


def _exact(table: "csv.DictReader[str]", above: int) -> Iterator[Row]:
    """The exact matches. above: lines of the header."""
    for row in table:
        is_said = row["predicate_id"] == EXACT and not row.get("predicate_modifier")
        if is_said and _NO_TERM not in (row["subject_id"], row["object_id"]):
            yield {
                "curie": _concept(row, "subject_id", table.line_num + above),
                "name": row.get("subject_label") or None,
                "linked_from": _concept(row, "object_id", table.line_num + above),
                "linked_from_name": row.get("object_label") or None,
            }


def _concept(row: dict[str, str], column: str, line: int) -> str:
    prefix, _, local = (row[column] or "").partition(":")
    found = curie(prefix, local)
    if found is None or not re.fullmatch(CURIE, found):
        raise ParseError("curie", f"line {line}: {column} is no CURIE: {str(row[column])[:80]!r}")
    return found
