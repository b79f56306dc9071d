"""Europe PMC's annotations: every tag of every annotation counts in a row, types and addresses in our forms."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from tasks.parsers import annotations
from tasks.parsers.annotations import curie_of
from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.answers import DATA, NO_ANSWERS, any_bytes, assert_columns, assert_distinct, mentions, outcomes, papers

ARTICLES = (DATA / "annotations/articles.json").read_bytes()


def one(**annotation: Any) -> list[dict[str, Any]]:
    """The rows of one annotation."""
    [paper] = papers(annotations.parse, [{"source": "MED", "extId": "1", "annotations": [annotation]}])
    return paper.entities


def test_articles() -> None:
    paper, empty = papers(annotations.parse, ARTICLES)
    assert_columns([paper, empty])
    assert (paper.paper, paper.partial) == ({"pmcid": "PMC9900001", "pmid": "90000001"}, True)
    columns = ("scope", "entity_type", "label", "curie", "name", "qualifiers", "mention_count")
    sentence = "Weir genes need lake water."
    assert [tuple(row[column] for column in columns) for row in paper.entities] == [
        ("abstract", "Species", "otters", "NCBITaxon:9657", "Lutra lutra", None, 2),
        ("full_text", "Species", "otters", "NCBITaxon:9657", "Lutra lutra", None, 1),
        ("full_text", "Gene Drug Relationship", sentence, "Ensembl:ENSG00000000001", "WEIR1", None, 1),
        ("full_text", "Gene Drug Relationship", sentence, "ChEMBL:CHEMBL1", "water", None, 1),
        ("full_text", "Accession Number", "NCT01", None, "NCT01", ["NCT", "https://clinicaltrials.example/NCT01"], 1),
        ("abstract", "Disease", "lake fever", None, None, None, 1),
    ]
    assert (empty.paper, empty.entities) == ({"pmcid": "PMC9900003", "pmid": None}, [])
    assert papers(annotations.parse, {"cursorMark": 0.0, "articles": json.loads(ARTICLES)}) == [paper, empty]
    assert papers(annotations.parse, []) == []


@pytest.mark.parametrize(
    ("address", "curie"),
    [
        ("http://linkedlifedata.com/resource/umls-concept/C0346647", "UMLS:C0346647"),
        ("http://identifiers.org/taxonomy/9606", "NCBITaxon:9606"),
        ("https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?mode=Info&id=9606", "NCBITaxon:9606"),
        ("http://purl.obolibrary.org/obo/NCBITaxon_9606", "NCBITaxon:9606"),
        ("http://purl.obolibrary.org/obo/CHEBI_15377", "CHEBI:15377"),
        ("http://purl.obolibrary.org/obo/UBERON_0001969", "UBERON:0001969"),
        ("http://purl.uniprot.org/uniprot/P04637", "UniProtKB:P04637"),
        ("https://www.uniprot.org/uniprotkb/A0A024R1R8/entry", "UniProtKB:A0A024R1R8"),
        ("http://identifiers.org/GO:0005515", "GO:0005515"),
        ("http://identifiers.org/go/GO:0005515", "GO:0005515"),
        ("http://identifiers.org/GO%3A0005515", "GO:0005515"),
        ("https://www.ensembl.org/Homo_sapiens/Gene/Summary?db=core;g=ENSG00000166598", "Ensembl:ENSG00000166598"),
        ("https://www.ebi.ac.uk/chembl/compound_report_card/CHEMBL278315", "ChEMBL:CHEMBL278315"),
        ("https://www.ebi.ac.uk/ols/ontologies/mondo/terms?short_form=MONDO_0005148", "MONDO:0005148"),
        ("https://www.ebi.ac.uk/ols4/ontologies/efo/terms?short_form=Orphanet_123", "Orphanet:123"),
        ("http://www.ebi.ac.uk/efo/EFO_0000311", "EFO:0000311"),
        ("http://www.orpha.net/ORDO/Orphanet_123", "Orphanet:123"),
        ("https://www.ncbi.nlm.nih.gov/gene/7157", "NCBIGene:7157"),
        ("https://www.ncbi.nlm.nih.gov/snp/rs113488022", "dbSNP:rs113488022"),
        ("http://identifiers.org/dbsnp/rs113488022", "dbSNP:rs113488022"),
        ("https://identifiers.org/cellosaurus:CVCL_0030", "Cellosaurus:CVCL_0030"),
        ("http://id.nlm.nih.gov/mesh/D018358", "MESH:D018358"),
        ("http://browser.ihtsdotools.org/?perspective=full&conceptId1=50863008", "SNOMEDCT:50863008"),
        ("http://identifiers.org/ena.embl/AB123456", "ena.embl:AB123456"),
        ("https://example.org/something", None),
        ("", None),
    ],
)
def test_addresses(address: str, curie: str | None) -> None:
    assert curie_of(address) == curie


@pytest.mark.parametrize(
    ("stated", "entity_type"),
    [("Gene_Proteins", "Gene"), ("Diseases", "Disease"), ("Chemicals", "Chemical"), ("Organisms", "Species"),
     ("Gene Ontology", "Gene Ontology"), ("Experimental Methods", "Experimental Method"), ("Gene Mutations", "Variant"),
     ("Cell Line", "CellLine"), ("Resources", "Resource"), ("Pathway", "Pathway")],
)  # fmt: skip
def test_types(stated: str, entity_type: str) -> None:
    [row] = one(type=stated, exact="it", section="Title")
    assert row["entity_type"] == entity_type


@pytest.mark.parametrize(
    ("section", "scope"),
    [("Title (http://x)", "abstract"), ("Abstract", "abstract"), ("Results (http://x)", "full_text"),
     ("abstracting", "full_text"), (None, "abstract")],
)  # fmt: skip
def test_scope(section: str | None, scope: str) -> None:
    [row] = one(type="Diseases", exact="it", section=section)
    assert row["scope"] == scope


def test_an_article_without_an_id_is_set_aside() -> None:
    found = outcomes(annotations.parse, [{"annotations": []}, None, {"source": "PPR", "extId": "PPR1"}])
    assert [item.message if isinstance(item, ParseError) else item.source_id for item in found] == [
        "article 1 has no id",
        "article 2 is null, not an object",
        "PPR:PPR1",
    ]


@pytest.mark.parametrize(("answer", "check", "message"), NO_ANSWERS)
def test_no_answers(answer: bytes, check: str, message: str) -> None:
    [error] = outcomes(annotations.parse, answer)
    assert isinstance(error, ParseError)
    assert error.check == check
    assert message in error.message


def test_every_recorded_annotation_is_counted(recorded: Callable[[str, str], dict[str, bytes]]) -> None:
    files = recorded("apis.tar.xz", "eupmc_annotations")
    assert files
    for name, content in files.items():
        articles = json.loads(content)
        found = papers(annotations.parse, content)
        assert len(found) == len(articles), name
        stated = sum(len(item["tags"]) or 1 for article in articles for item in article["annotations"])
        assert mentions(found) == stated, name
        assert_distinct(found)
        assert all(row["curie"] and row["label"] for paper in found for row in paper.entities), name


@settings(max_examples=300, deadline=None)
@given(any_bytes())
def test_whatever_comes_in_only_rows_or_reasons_come_out(document: bytes) -> None:
    for found in outcomes(annotations.parse, document):
        assert isinstance(found, PaperRows | ParseError)
