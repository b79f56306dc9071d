"""What the tests of the parsers of JSON answers share: running a parser, and inputs that are no good answer."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from hypothesis import strategies as st

from schemas.tables import CHILDREN, TABLES, polars_schema
from tasks.parsers.rows import PaperRows, ParseError

DATA = Path(__file__).parents[1] / "data"

Parser = Callable[[BinaryIO, str], Iterator[PaperRows | ParseError]]

#: What a service or the way to it gives in place of an answer, with the check and a part of the message.
NO_ANSWERS = [
    (b"", "well_formed", "the answer is empty"),
    (b" \n", "well_formed", "the answer is empty"),
    (
        b"<!DOCTYPE html><html><head><title>503 Service\n Unavailable</title>",
        "answer",
        "HTML page: 503 Service Unavail",
    ),
    (b"<html><body>Sorry</body></html>", "answer", "an HTML page: without a title"),
    (b'<?xml version="1.0"?><responseWrapper/>', "answer", "XML: starts with"),
    (b"currently updating the database", "answer", "not JSON: starts with 'currently updating"),
    (b'{"version":"6.9","errCode":404,"errMsg":"Empty query"}', "answer", "the service says: 404 Empty query"),
    (b'{"version":"6.9"}', "answer", "neither records nor an error: only version"),
    (b'{"timestamp":1,"status":400,"error":"Bad Request"}', "answer", "the service says: 400 Bad Request"),
    (b'{"detail":"Could not retrieve"}', "answer", "the service says: Could not retrieve"),
    (b'{"surprise":1}', "answer", "holds surprise"),
    (b'{"version":"6.9","resultList":{"res', "well_formed", "ends early at line 1, column 32 (JSON)"),
    (b'{"version":', "well_formed", "ends early"),
    (b'{"version" 1}', "well_formed", "not well-formed at line 1, column 12 (JSON)"),
    (b'{"version":"\xe9"}', "well_formed", "invalid continuation byte at byte 12"),
    (b'{"version":' + b"9" * 5000 + b"}", "well_formed", "not well-formed"),
    (b'{"a":' * 200_000, "too_deep", "nested too deeply"),
]

#: Keys that the parsers look for, so that made-up answers get past the first look.
_KEYS = """
resultList result referenceList reference id source pmid pmcid doi title authorList author fullName lastName
collectiveName authorId type value journalInfo journal dateOfPublication firstPublicationDate pubTypeList pubType
abstractText keywordList keyword meshHeadingList citedByCount isOpenAccess license language hitCount request
citedOrder pubYear authorString PubTator3 documents passages infons annotations identifier name text section_type
rsids sentences articles extId tags uri exact section subType article-id_pmc _id full affiliation
"""
_TEXTS = [
    "",
    "MED",
    "PPR",
    "12",
    "Y",
    "N",
    "None",
    "-",
    "MESH:D1",
    "tmVar:p|S;RS#:1",
    "2025 Dec",
    "2025-02-30",
    "9999 Xyz",
]
_TEXTS += ["<h4>a</h4>b", "&#0;&bogus;", "\ud800", "http://identifiers.org/taxonomy/9606", "Reed IB, al.", "Disease"]


def json_answers() -> st.SearchStrategy[bytes]:
    """Anything that is JSON, with the keys and values of real answers in it more often than not."""
    texts = st.sampled_from(_TEXTS) | st.text(max_size=20)
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
    keys = st.sampled_from(_KEYS.split()) | st.text(max_size=5)
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=8), max_leaves=40
    )
    roots = st.sampled_from(["resultList", "referenceList", "PubTator3", "passages", "articles"])
    wrapped = st.builds(lambda root, value: {root: {"result": value, "reference": value}, "hitCount": 1}, roots, values)
    listed = st.builds(lambda root, value: {root: [value]}, roots, values)
    return (values | wrapped | listed | st.lists(values, max_size=3)).map(lambda value: json.dumps(value).encode())


def any_bytes() -> st.SearchStrategy[bytes]:
    """JSON, JSON cut off, and bytes."""
    cut = st.builds(lambda data, at: data[: at % (len(data) + 1)], json_answers(), st.integers(0, 10_000))
    return json_answers() | cut | st.binary(max_size=200)


def outcomes(parser: Parser, document: Any, source_id: str = "test") -> list[PaperRows | ParseError]:
    """All that parsing yields, and what it raises at the end, if it does; a document that is no bytes becomes JSON."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    found: list[PaperRows | ParseError] = []
    try:
        found.extend(parser(io.BytesIO(data), source_id))
    except ParseError as error:
        found.append(error)
    return found


def papers(parser: Parser, document: Any, source_id: str = "test") -> list[PaperRows]:
    """The papers of a document that gives nothing else."""
    found = outcomes(parser, document, source_id)
    errors = [item.message for item in found if isinstance(item, ParseError)]
    assert not errors
    return [item for item in found if isinstance(item, PaperRows)]


def mentions(rows: list[PaperRows]) -> int:
    """How many mentions the entities of these papers count."""
    return sum(entity["mention_count"] for paper in rows for entity in paper.entities)


def assert_distinct(rows: list[PaperRows]) -> None:
    """No paper has two entities that the contract takes for one."""
    for paper in rows:
        keys = [tuple(row[key] for key in ("scope", "entity_type", "label", "curie")) for row in paper.entities]
        assert len(keys) == len(set(keys))


def assert_columns(rows: list[PaperRows]) -> None:
    """The rows have no other columns than their tables."""
    for paper in rows:
        assert set(paper.paper) <= set(polars_schema(TABLES["papers"]))
        for table in CHILDREN:
            columns = set(polars_schema(TABLES[table])) - {"paper_id", "position", "source"}
            assert all(set(row) <= columns for row in getattr(paper, table))
