"""Mapping sets in SSSOM: the exact matches, whole or not at all."""

import io
from pathlib import Path

import pytest

from tasks.parsers.rows import ParseError
from tasks.parsers.sssom import MappingSet, parse
from tests.vocabulary import COLUMNS, mapping_set

CORPUS = Path(__file__).parents[2] / "../shared/corpus/mondo_exactmatch_mesh.sssom.tsv"


def read(text: str) -> MappingSet:
    return parse(io.BytesIO(text.encode()))


def test_the_exact_matches_of_a_set() -> None:
    found = read(mapping_set(("MONDO:0100192", "liver failure", "mesh:D017093"), version="2026-08-04"))
    assert found.version == "2026-08-04"
    assert found.mappings == [
        {"curie": "MONDO:0100192", "name": "liver failure", "linked_from": "MESH:D017093", "linked_from_name": None}
    ]


def test_other_matches_are_left_out() -> None:
    rows = ["MONDO:1\ta\tskos:exactMatch\tmesh:D1", "MONDO:2\tb\tskos:broadMatch\tmesh:D2"]
    assert [row["curie"] for row in read("\n".join([COLUMNS, *rows])).mappings] == ["MONDO:1"]
    columns = "subject_id\tpredicate_modifier\tpredicate_id\tobject_id\tobject_label"
    rows = ["MONDO:1\tNot\tskos:exactMatch\tmesh:D1\tA", "MONDO:2\t\tskos:exactMatch\tsssom:NoTermFound\t",
            "MONDO:3\t\tskos:exactMatch\tmesh:D3\tC"]  # fmt: skip
    found = read("\n".join([columns, *rows]))
    assert found.version is None
    assert [(row["curie"], row["name"], row["linked_from_name"]) for row in found.mappings] == [("MONDO:3", None, "C")]


def test_a_mapping_that_stands_twice_is_one() -> None:
    twice = ("MONDO:1", "a", "mesh:D1"), ("MONDO:1", "the same", "mesh:D1")
    assert [row["name"] for row in read(mapping_set(*twice)).mappings] == ["a"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column subject_id"),
        ('{"error": "no such file"}', "no column subject_id"),
        ("subject_id\tobject_id\n", "no column predicate_id"),
        (COLUMNS, "holds no skos:exactMatch"),
        (f"#a: [\n{COLUMNS}\n", "not the YAML of SSSOM"),
        (f"#a: b\n{COLUMNS}\nliver failure\t\tskos:exactMatch\tmesh:D1\n", r"line 3: subject_id is no CURIE: 'liver f"),
        (f"{COLUMNS}\nMONDO:1\t\tskos:exactMatch\n", "line 2: object_id is no CURIE: 'None'"),
    ],
)
def test_what_is_no_mapping_set_says_why(text: str, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert what in caught.value.message


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ParseError, match="is not UTF-8"):
        parse(io.BytesIO(b"\xff\xfe\x00"))


@pytest.mark.skipif(not CORPUS.exists(), reason="the real set is not here (../shared/corpus)")
def test_the_real_set() -> None:
    with CORPUS.open("rb") as document:
        found = parse(document)
    assert len(found.mappings) == 8181
    assert found.version and "2026-08-04" in found.version
    names = {row["linked_from"]: (row["curie"], row["name"]) for row in found.mappings}
    assert names["MESH:D017093"] == ("MONDO:0100192", "liver failure")
