"""PubTator's exports: every annotation counts in a row, types and ids in the contract's forms, every wrapping."""

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from tasks.parsers import pubtator
from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.answers import DATA, NO_ANSWERS, any_bytes, assert_columns, assert_distinct, mentions, outcomes, papers

EXPORT = (DATA / "pubtator/export.json").read_bytes()
OLDER = (DATA / "pubtator/older.xml").read_bytes()


def brief(paper: PaperRows) -> list[tuple[Any, ...]]:
    """The entities as tuples."""
    assert all(row.get("qualifiers") is None for row in paper.entities)
    columns = ("scope", "entity_type", "label", "curie", "name", "mention_count")
    return [tuple(row[column] for column in columns) for row in paper.entities]


def entity(text: str = "it", **infons: Any) -> list[tuple[Any, ...]]:
    """Type, CURIE and name of the rows of one annotation."""
    passage = {"infons": {"type": "title"}, "annotations": [{"infons": infons, "text": text}]}
    [paper] = papers(pubtator.parse, {"id": "1", "passages": [passage]})
    return [(row["entity_type"], row["curie"], row["name"]) for row in paper.entities]


def test_an_export() -> None:
    abstract, full = papers(pubtator.parse, EXPORT)
    assert_columns([abstract, full])
    assert abstract.paper == {"pmcid": "PMC9900001", "pmid": "90000001", "doi": None}
    assert brief(abstract) == [
        ("abstract", "Species", "Otters", "NCBITaxon:9657", None, 2),
        ("abstract", "Disease", "lake fever", "MESH:D000001", "Lake fever", 1),
        ("abstract", "Disease", "weir syndrome", "OMIM:100100", "Weir syndrome", 1),
        ("abstract", "Disease", "malaise", None, None, 1),
        ("abstract", "Chemical", "lake water", None, None, 1),
        ("abstract", "Gene", "BRCA1/2", "NCBIGene:672", None, 1),
        ("abstract", "Gene", "BRCA1/2", "NCBIGene:675", None, 1),
        ("abstract", "CellLine", "HeLa", "Cellosaurus:CVCL_0030", "HeLa", 1),
        ("abstract", "Variant", "V600E", "dbSNP:rs113488022", "p.V600E", 1),
        ("abstract", "Variant", "R237H", None, "p.R237H", 1),
        ("abstract", "Variant", "S161", None, None, 1),
    ]
    assert full.paper == {"pmcid": "PMC9900002", "pmid": "90000002", "doi": "10.5555/lake.2"}
    assert brief(full) == [
        ("abstract", "Species", "otter", "NCBITaxon:9657", None, 1),
        ("full_text", "Species", "otter", "NCBITaxon:9657", None, 2),
    ]
    assert all(paper.partial for paper in (abstract, full))
    assert abstract.content_hash != full.content_hash


def test_every_wrapping_gives_the_same() -> None:
    expected = papers(pubtator.parse, EXPORT)
    documents = json.loads(EXPORT)["PubTator3"]
    lines = b"\n".join(json.dumps(document).encode() for document in documents)
    collection = {"source": "PubTator", "documents": documents}
    for wrapped in (
        documents,
        lines,
        lines + b"\n",
        collection,
        [collection],
        json.dumps(documents, indent=1).encode(),
    ):
        assert papers(pubtator.parse, wrapped) == expected
    assert papers(pubtator.parse, documents[0]) == expected[:1]
    *before, error = outcomes(pubtator.parse, lines[:-20])
    assert (before, isinstance(error, ParseError) and error.check) == (expected[:1], "well_formed")


def test_the_older_xml() -> None:
    paper, other = papers(pubtator.parse, OLDER)
    assert paper.paper == {"pmcid": "PMC9900001", "pmid": "90000001", "doi": None}
    assert brief(paper) == [
        ("abstract", "Species", "Otters", "NCBITaxon:9657", None, 1),
        ("full_text", "CellLine", "HeLa", None, None, 1),
        ("full_text", "Disease", "malaise", None, None, 1),
        ("full_text", "Chemical", "water", "MESH:D014867", None, 1),
        ("full_text", "Variant", "A53T", "dbSNP:rs104893877", "c.53A>T", 1),
        ("full_text", "Variant", "Thr 588 to Asn", None, "p.T588N", 1),
        ("full_text", "Gene", "p53", "NCBIGene:7157", None, 1),
    ]
    assert (other.paper["pmid"], other.entities) == ("90000003", [])


@pytest.mark.parametrize(
    ("infons", "rows"),
    [
        ({"type": "Species", "identifier": "6239;252961,6239"}, ["NCBITaxon:6239", "NCBITaxon:252961"]),
        ({"type": "Species", "identifier": "*9606"}, ["NCBITaxon:9606"]),
        ({"type": "Disease", "identifier": "D018358"}, ["MESH:D018358"]),
        ({"type": "Disease", "identifier": "mesh:d018358"}, ["MESH:D018358"]),
        ({"type": "Chemical", "identifier": "MESH:D1;-"}, ["MESH:D1"]),
        ({"type": "CellLine", "identifier": "CVCL_0030"}, ["Cellosaurus:CVCL_0030"]),
        ({"type": "Gene", "identifier": ""}, [None]),
        ({"type": "Gene", "identifier": "None"}, [None]),
        ({"type": "Gene"}, [None]),
        ({"type": "Gene", "identifier": 672}, ["NCBIGene:672"]),
        ({"type": "Disease", "identifier": "HP:0000001"}, ["HP:0000001"]),
        ({"type": "SNP", "identifier": "rs12"}, ["dbSNP:rs12"]),
        ({"type": "Mutation", "rsids": ["rs1", "rs2"]}, ["dbSNP:rs1", "dbSNP:rs2"]),
    ],
)
def test_ids(infons: dict[str, Any], rows: list[str | None]) -> None:
    assert [curie for _, curie, _ in entity(**infons)] == rows


@pytest.mark.parametrize(
    ("stated", "entity_type"),
    [("DNAMutation", "Variant"), ("ProteinAllele", "Variant"), ("cellline", "CellLine"), ("Strain", "Strain"),
     ("Mutation", "Variant"), ("species", "Species"), ("Pathways", "Pathway"), ("Viruses", "Viruse")],
)  # fmt: skip
def test_types(stated: str, entity_type: str) -> None:
    [(found, _, _)] = entity(type=stated)
    assert found == entity_type


def test_a_name_that_is_just_the_id_is_none() -> None:
    for name in ("9606", "MESH:D1", "D1", "d1", "-", "#1#", "rs5##"):
        assert entity(type="Disease", identifier="MESH:D1", name=name) == [("Disease", "MESH:D1", None)]


@pytest.mark.parametrize(
    ("document", "ids"),
    [
        ({"id": "5"}, ("5", None, None)),
        ({"id": "PMC5"}, (None, "PMC5", None)),
        ({"id": "10.5555/X"}, (None, None, "10.5555/x")),
        ({"id": "5", "_id": "6|PMC5"}, ("6", "PMC5", None)),
        ({"id": "5", "pmcid": "PMC5", "pmid": None}, (None, "PMC5", None)),
        ({"id": "5", "pmid": "None", "_id": "None|None"}, ("5", None, None)),
    ],
)
def test_document_ids(document: dict[str, Any], ids: tuple[str | None, ...]) -> None:
    [paper] = papers(pubtator.parse, {"passages": [], **document})
    assert (paper.paper["pmid"], paper.paper["pmcid"], paper.paper["doi"]) == ids


def test_a_document_without_an_id_is_set_aside() -> None:
    found = outcomes(pubtator.parse, {"PubTator3": [{"passages": []}, 7, {"id": "1", "passages": []}]})
    assert [item.message for item in found if isinstance(item, ParseError)] == [
        "document 1 has no id",
        "document 2 is a number, not an object",
    ]
    assert isinstance(found[2], PaperRows)


@pytest.mark.parametrize(("answer", "check", "message"), NO_ANSWERS)
def test_no_answers(answer: bytes, check: str, message: str) -> None:
    [error] = outcomes(pubtator.parse, answer)
    assert isinstance(error, ParseError)
    assert error.check == check
    assert message in error.message


def test_broken_xml() -> None:
    [error] = outcomes(pubtator.parse, OLDER[:-200])
    assert isinstance(error, ParseError)
    assert (error.check, error.message[:10]) == ("well_formed", "ends early")
    declared = OLDER.replace(b'SYSTEM "BioC.dtd"', b'[<!ENTITY x SYSTEM "file:///etc/hostname">]').replace(
        b"malaise", b"&x;"
    )
    [error] = outcomes(pubtator.parse, declared)
    assert isinstance(error, ParseError)


def stated_mentions(infons: dict[str, Any]) -> int:
    """The ids of an annotation, counted without the parser's code; one where it has none."""
    text = next((str(infons[key]) for key in infons if key.lower() in ("identifier", "tmvar", "mesh", "ncbi gene")), "")
    if re.search("mutation|variant|allele|snp", infons["type"], re.IGNORECASE):
        numbers = re.search(r"RS#:([\d|]+)", text)
        return len(set(numbers[1].split("|"))) if numbers else 1
    return len({part for part in re.split("[;,]", text) if part.strip("- ") not in ("", "None")}) or 1


def stated_annotations(content: bytes) -> tuple[int, int]:
    """Documents, and annotations times ids, of a recorded file."""
    infons: list[dict[str, Any]] = []
    if content.lstrip().startswith(b"<"):
        root = ElementTree.fromstring(content)
        infons = [{item.get("key", ""): item.text for item in found.iter("infon")} for found in root.iter("annotation")]
        return len(root.findall("document")), sum(map(stated_mentions, infons))
    answer = json.loads(content)
    documents = answer.get("PubTator3", [answer])
    passages = [passage for document in documents for passage in document["passages"]]
    infons = [annotation["infons"] for passage in passages for annotation in passage["annotations"]]
    return len(documents), sum(map(stated_mentions, infons))


def test_every_recorded_annotation_is_counted(recorded: Callable[[str, str], dict[str, bytes]]) -> None:
    files = recorded("apis.tar.xz", "pubtator_bioc")
    assert len(files) > 15
    for name, content in files.items():
        found = papers(pubtator.parse, content)
        assert (len(found), mentions(found)) == stated_annotations(content), name
        assert_distinct(found)
        for row in (row for paper in found for row in paper.entities):
            assert row["label"], name
            assert row["curie"] is None or re.fullmatch(r"[A-Za-z]+:\S+", row["curie"]), name
            assert not (row["name"] or "").isdigit(), name


@settings(max_examples=300, deadline=None)
@given(any_bytes())
def test_whatever_comes_in_only_rows_or_reasons_come_out(document: bytes) -> None:
    for found in outcomes(pubtator.parse, document):
        assert isinstance(found, PaperRows | ParseError)
