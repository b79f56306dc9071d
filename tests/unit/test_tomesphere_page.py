"""Pages of tomesphere.com: every field of the summary and of the complete page, and what odd pages give."""

import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.parsers import tomesphere
from tasks.parsers.rows import PaperRows, ParseError
from tasks.parsers.tomesphere import authors, entities, header, identifiers, markdown

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests/data/pages"
SEED = ROOT.parent / "shared/seed/PMC12259643.md"


def outcome(page: str | bytes, source_id: str = "a-page") -> PaperRows | ParseError:
    content = page.encode() if isinstance(page, str) else page
    (found,) = tomesphere.parse(io.BytesIO(content), source_id)
    return found


def rows(page: str | bytes, source_id: str = "a-page") -> PaperRows:
    found = outcome(page, source_id)
    assert isinstance(found, PaperRows), found
    return found


def page(*sections: str, title: str = "# A title\n", head: str = "**Authors:** Ada Quill\n") -> str:
    return "\n".join([title, head, *sections])


def entity(scope: str, entity_type: str, label: str, curie: str | None, **more: object) -> dict[str, object]:
    return {"scope": scope, "entity_type": entity_type, "label": label, "curie": curie, **more}


def test_the_customers_page() -> None:
    if not SEED.exists():
        pytest.skip(f"the customer's page is not here: {SEED}")
    found = rows(SEED.read_bytes(), "PMC12259643")
    names = ["Gabriel Orozco", "Dharani Ramaiah", "Alejandro Cracco", "Siddharth Desai", "Roberto Gedaly"]
    text = {name: found.paper.pop(name) for name in ("abstract", "tldr", "contribution", "key_findings")}
    assert found.paper == {
        "title": "Liver transplantation for the treatment of neuroendocrine liver metastases",
        "authors": names,
        "pmcid": "PMC12259643",
        "doi": "10.3389/fsurg.2025.1603704",
        "journal": "Frontiers in Surgery",
        "published": date(2025, 7, 1),
        "published_precision": "day",
        "summary_source": "page",
        "reference_count": 41,
        "has_full_text": False,
        "url": "https://tomesphere.com/paper/PMC12259643",
    }
    assert text["tldr"].startswith("Liver transplantation can offer") and text["tldr"].endswith("not possible.")
    assert text["contribution"].startswith("This review highlights liver transplantation")
    assert [finding.split()[0] for finding in text["key_findings"]] == ["Orthotopic", "Patient", "A"]
    assert text["abstract"].startswith("Neuroendocrine liver metastases (NELM)")
    assert text["abstract"].endswith("in this challenging clinical setting.")
    assert [author["name"] for author in found.authors] == names
    assert found.authors[0] == {
        "name": "Gabriel Orozco",
        "given_names": "Gabriel",
        "surname": "Orozco",
        "is_collective": False,
    }
    assert found.entities == [
        entity("linked", "Disease", "liver failure", "MONDO:0100192"),
        entity("full_text", "Disease", "NETs", "MESH:D018358"),
        entity("full_text", "Disease", "liver failure", "MESH:D017093"),
        entity("full_text", "Disease", "NELM", "MESH:D009362"),
        entity("full_text", "Species", "Homo sapiens", "NCBITaxon:9606", qualifiers=["human", "species"]),
    ]
    assert (found.references, found.sections, found.content_hash) == ([], [], None)


def test_a_summary_page() -> None:
    found = rows((PAGES / "PMC90000001.md").read_bytes(), "PMC90000001.md")
    assert found.paper == {
        "title": "Watchful waiting after hepatic resection: a twin page",
        "authors": ["Ada Quill", "Bo van der Berg", "Cem Öztürk", "Dina O'Hara", "Twin Page Study Group"],
        "pmcid": "PMC90000001",
        "doi": "10.5555/twin.2025.1",
        "journal": "Journal of Invented Surgery",
        "published": date(2025, 7, 1),
        "published_precision": "day",
        "tldr": "Waiting is safe for some patients after hepatic resection.",
        "contribution": "This page has every part that a summary page has.",
        "key_findings": [
            "Waiting was as safe as early imaging.",
            "Recurrence was seen at 14 months (P<0.001).",
            "MEN1 carriers need closer follow-up.",
        ],
        "abstract": "Hepatic resection (HR) is followed by imaging at fixed intervals. We asked whether waiting is "
        "safe in patients with CD4* cells above 0.5 × 10^9/L.",
        "summary_source": "page",
        "reference_count": 41,
        "has_full_text": False,
        "url": "https://tomesphere.com/paper/PMC90000001",
    }
    assert [author.get("surname") for author in found.authors] == [
        "Quill",
        "van der Berg",
        "Öztürk",
        "O'Hara",
        None,
    ]
    assert [author["is_collective"] for author in found.authors] == [False] * 4 + [True]
    assert found.entities == [
        entity("linked", "Disease", "liver failure", "MONDO:0100192"),
        entity("full_text", "Disease", "NETs", "MESH:D018358"),
        entity("full_text", "Disease", "liver failure", "MESH:D017093"),
        entity("full_text", "Gene", "MEN1", "NCBIGene:4221", qualifiers=["menin 1"]),
        entity("full_text", "Species", "Homo sapiens", "NCBITaxon:9606", qualifiers=["human", "species"]),
    ]
    assert (found.references, found.sections) == ([], [])


def test_a_complete_page() -> None:
    found = rows((PAGES / "PMC90000002.md").read_bytes(), "PMC90000002")
    assert found.paper["title"] == "Transarterial therapy of liver metastases & its limits"
    assert (found.paper["published"], found.paper["published_precision"]) == (date(2024, 11, 1), "month")
    assert (found.paper["has_full_text"], found.paper["reference_count"]) == (True, 3)
    assert found.authors[1] == {
        "name": "J. B. Ek",
        "given_names": "J. B.",
        "surname": "Ek",
        "is_collective": False,
    }
    keys = ("level", "heading", "section_type", "text")
    assert [tuple(section[key] for key in keys) for section in found.sections] == [
        (1, None, "other", "Received in spring, accepted in autumn."),
        (
            1,
            "1. Introduction",
            "introduction",
            "Liver metastases are common [1, 2]. They shorten life.\n"
            "A second paragraph cites the guideline and stresses it.",
        ),
        (1, "2. Patients and methods", "methods", None),
        (
            2,
            "2.1 Patients",
            "methods",
            "We included:\nadults with NELM\na life expectancy > 3 months\n1. First we staged.\n2. Then we treated.",
        ),
        (
            2,
            "2.2 HLA typing",
            "methods",
            "HLA-B*27:05 and HLA-B*15:02 were typed; R 4.3 was used.\n"
            "Group | n | P\nearly | 12 | 0.03\nlate | 14 | <0.001",
        ),
        (1, "3. Results", "results", None),
        (1, "4. Discussion", "discussion", "> 5 mm margins did not matter."),
        (1, "Funding", "other", "None was received."),
    ]
    first, second, third = found.references
    assert first == {
        "label": "1",
        "citation": "Quill A, Ek JB. Embolisation of the hepatic artery in an invented cohort. J Invent Surg. "
        "2019;12(3):45-52. doi: 10.5555/twin.2019.7. PMID: 31000001",
        "title": "Embolisation of the hepatic artery in an invented cohort",
        "year": 2019,
        "doi": "10.5555/twin.2019.7",
        "pmid": "31000001",
    }
    assert (second["title"], second["year"]) == ("Waiting lists and what they cost", 2020)
    assert second["doi"] == "10.5555/(waiting)2020"
    assert (third["pmid"], third["pmcid"]) == ("12345678", "PMC7000001")
    assert "year" not in third and "title" not in third


@pytest.mark.parametrize("path", sorted((ROOT / "demo/pages").glob("*.md")), ids=lambda path: path.stem)
def test_the_pages_of_the_demo(path: Path) -> None:
    found = rows(path.read_bytes(), path.name)
    given = (
        "title",
        "doi",
        "journal",
        "published",
        "tldr",
        "contribution",
        "key_findings",
        "abstract",
        "reference_count",
    )
    assert found.paper["pmcid"] == path.stem and all(found.paper[name] for name in given)
    assert {row["scope"] for row in found.entities} == {"linked", "full_text"}
    assert found.paper["has_full_text"] == bool(found.sections) == bool(found.references)
    assert all(row["year"] and row["title"] for row in found.references)


@pytest.mark.parametrize(
    ("content", "check", "said"),
    [
        (b"", "empty", "empty"),
        (b"\xef\xbb\xbf \n\t", "empty", "empty"),
        (b"<!DOCTYPE html><html><body>503</body></html>", "not_a_page", "HTML"),
        (b"\n<html>\n", "not_a_page", "HTML"),
        (b'{"detail": "Paper not found"}', "not_a_page", "Paper not found"),
        (b"Too many requests", "not_a_page", "Too many requests"),
        (b"# 404\n\nThis page does not exist.\n", "not_a_page", "404"),
        (b"# T\n\nline \xff\n", "encoding", "line 3"),
        (b"# T\n\n## Abstract\n\n" + b"- " * 80 + b"deep", "too_deep", "line 5"),
        (b"# T\n\n## Abstract\n\n" + b"a" * 3_000_000, "size", "3,000,000"),
    ],
)
def test_what_is_no_page(content: bytes, check: str, said: str) -> None:
    found = outcome(content)
    assert isinstance(found, ParseError)
    assert found.check == check and said in found.message and "\n" not in found.message


def test_a_page_without_a_title_has_a_row_without_one() -> None:
    found = rows("**Authors:** Ada Quill\n\n## Abstract\n\nSome text.\n", "PMC12")
    assert (found.paper["title"], found.paper["pmcid"], found.paper["abstract"]) == (
        None,
        "PMC12",
        "Some text.",
    )


def test_parts_may_be_empty_missing_or_in_another_order() -> None:
    found = rows(
        "# A title\n## References\n## Full text\n## Abstract\n\n_No abstract available._\n"
        "## Key findings\n## Linked entities\n_None found._\n## TL;DR\n**Short.**\n---\nSource: https://x.org/paper/PMC7\n"
    )
    assert found.paper == {
        "title": "A title",
        "authors": None,
        "pmcid": "PMC7",
        "tldr": "Short.",
        "abstract": None,
        "key_findings": None,
        "summary_source": "page",
        "reference_count": None,
        "has_full_text": False,
        "url": "https://x.org/paper/PMC7",
    }
    assert not (found.authors or found.entities or found.references or found.sections)


@pytest.mark.timeout(100)
@pytest.mark.parametrize("brackets", ["[" * 100_000, "![" * 50_000 + "]" * 50_000, "[a " * 30_000 + "](x) " * 30_000])
def test_a_hundred_thousand_brackets_do_not_take_hours(brackets: str) -> None:
    assert rows(page(f"## Abstract\n\n{brackets}")).paper["abstract"] is not None


@pytest.mark.parametrize("before", ["", "[0, 1) " * 100, "[" * 50, "[[[[a](b)](c)](d)](e) "])
def test_links_are_read_whatever_brackets_stand_before_them(before: str) -> None:
    (block,) = markdown.blocks(f"{before}and [a [fine] one](https://x.org/1) `[` [two](/2)")
    assert [(link.text, link.url) for link in block.links][-2:] == [("a [fine] one", "https://x.org/1"), ("two", "/2")]


def test_lines_may_follow_each_other_and_end_as_on_windows() -> None:
    text = (PAGES / "PMC90000001.md").read_text(encoding="utf-8")
    tight = "\r\n".join(line for line in text.splitlines() if line)
    assert rows("\ufeff" + tight) == rows(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PMC · DOI: 10.1234/A.b · Gut · 2025", {
            "doi": "10.1234/a.b", "journal": "Gut", "published": date(2025, 1, 1), "published_precision": "year",
        }),
        ("2025-03 · Gut · PMC", {"journal": "Gut", "published": date(2025, 3, 1), "published_precision": "month"}),
        ("PMC · Gut", {"journal": "Gut"}),
        ("Gut", {"journal": "Gut"}),
        ("PubMed · PMID: 0123 · PMC45 · Liver · Int · Open access · CC BY 4.0", {
            "pmid": "123", "pmcid": "PMC45", "journal": "Liver", "is_open_access": True, "license": "CC BY 4.0",
        }),
        ("DOI: [10.1/x](https://doi.org/10.1/x)", {"doi": "10.1/x"}),
        ("PMC · [DOI](https://doi.org/10.1234/X) · Gut", {"doi": "10.1234/x", "journal": "Gut"}),
        ("PMC · DOI: n/a · Gut · 2025-07-00", {
            "doi": None, "journal": "Gut", "published": date(2025, 7, 1), "published_precision": "month",
        }),
        ("PMC · 2025-02-30", {"published": "2025-02-30", "published_precision": None}),
        ("**DOI:** 10.1234/x\n**Journal:** Gut · International\n**Keywords:** liver; NETs", {
            "doi": "10.1234/x", "journal": "Gut", "keywords": ["liver", "NETs"],
        }),
        ("**Keywords:** liver, NETs", {"keywords": ["liver", "NETs"]}),
        ("**Keywords:** liver; carcinoma, hepatocellular", {"keywords": ["liver", "carcinoma, hepatocellular"]}),
        ("**Keywords:** carcinoma, hepatocellular;", {"keywords": ["carcinoma, hepatocellular"]}),
        ("PMC · Gut · Retracted", {"journal": "Gut", "is_retracted": True}),
    ],
)  # fmt: skip
def test_provenance(line: str, expected: dict[str, object]) -> None:
    found = rows(page(line, "\n## Abstract\n\nText.")).paper
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("source", "source_id", "expected"),
    [
        ("https://tomesphere.com/paper/PMC5", "x", {"pmcid": "PMC5"}),
        ("https://tomesphere.com/paper/PMC5/full.md", "PMC6", {"pmcid": "PMC5"}),
        ("https://tomesphere.com/paper/PMID%3A123", "x", {"pmid": "123"}),
        ("[page](https://tomesphere.com/paper/PMID:123)", "x", {"pmid": "123"}),
        ("https://tomesphere.com/paper/10.1234/ab.C", "x", {"doi": "10.1234/ab.c"}),
        ("https://tomesphere.com/paper/some-slug", "pages/PMC9.md", {"pmcid": "PMC9"}),
        ("https://tomesphere.com/paper/some-slug", "pages/PMC9-draft/x.md", {}),
        ("https://tomesphere.com/paper/some-slug", "PMID:77", {"pmid": "77"}),
        ("https://[", "x", {}),
    ],
)
def test_ids_of_the_page(source: str, source_id: str, expected: dict[str, str]) -> None:
    found = rows(page("## Abstract", f"\n---\nSource: {source}"), source_id).paper
    assert {name: found[name] for name in ("pmcid", "pmid", "doi") if name in found} == expected


def test_a_bare_number_is_an_id_of_the_origin() -> None:
    source = "\n---\nSource: https://tomesphere.com/paper/123"
    assert rows(page("PMC · Gut", source)).paper["pmcid"] == "PMC123"
    assert rows(page("PubMed · Gut", source)).paper["pmid"] == "123"
    assert "pmcid" not in rows(page("Gut", source)).paper


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("Ada Quill, Bo Ek", ["Ada Quill", "Bo Ek"]),
        ("Ada Quill; Ek, Bo", ["Ada Quill", "Ek, Bo"]),
        ("Ada Quill, Jr., Bo Ek, MD, PhD", ["Ada Quill, Jr.", "Bo Ek, MD, PhD"]),
        ("Ada Quill, Bo Ek, et al.", ["Ada Quill", "Bo Ek"]),
        ("Ada Quill, Bo Ek, and 12 more", ["Ada Quill", "Bo Ek"]),
        ("Ada Quill and Bo Ek", ["Ada Quill", "Bo Ek"]),
        ("Ada Quill and the NELM Study Group", ["Ada Quill", "the NELM Study Group"]),
        ("Group (Oslo, Bergen) for Research and Care", ["Group (Oslo, Bergen) for Research and Care"]),
        ("Ada Quill,", ["Ada Quill"]),
        ("_Not listed_", []),
        ("", []),
    ],
)
def test_authors(names: str, expected: list[str]) -> None:
    found = rows(page("## Abstract\n", head=f"**Authors:** {names}"))
    assert [row["name"] for row in found.authors] == expected
    assert found.paper["authors"] == (expected or None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Quill", ("Ada", "Quill")),
        ("A. Quill", ("A.", "Quill")),
        ("Ada B. C. Quill", ("Ada B. C.", "Quill")),
        ("Jean-Luc de la Tour", ("Jean-Luc", "de la Tour")),
        ("Jun Xu", ("Jun", "Xu")),
        ("Mary Ann Quill", None),
        ("Ana García Ruiz", None),
        ("Quill AB", None),
        ("WANG Wei Li", None),
        ("Wei WANG", None),
        ("Madonna", None),
        ("王伟", None),
        ("Ada Quill, Jr.", None),
    ],
)
def test_names_are_split_only_where_they_say_how(name: str, expected: tuple[str, str] | None) -> None:
    assert authors.person(name) == expected


def test_an_orcid_of_an_author() -> None:
    found = authors.read("[Ada Quill](https://orcid.org/0000-0002-1825-0097), Bo Ek (0000-0001-5109-3700)")
    assert found[1]["orcid"] == "0000-0001-5109-3700" and found[1]["surname"] == "Ek"
    linked = rows(page(head="**Authors:** [Ada Quill](https://orcid.org/0000-0002-1825-0097), Bo Ek"))
    assert linked.authors[0]["orcid"] == "0000-0002-1825-0097" and "orcid" not in linked.authors[1]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("1,25-dihydroxyvitamin D3 (MESH:D002117)", [("1,25-dihydroxyvitamin D3", "MESH:D002117")]),
        ("poly(A) (MESH:D011061), poly(C)", [("poly(A)", "MESH:D011061"), ("poly(C)", None)]),
        (
            "IL-2 (alpha), chain (NCBIGene:3558), IL-2 (beta) (NCBIGene:3560)",
            [("IL-2 (alpha), chain", "NCBIGene:3558"), ("IL-2 (beta)", "NCBIGene:3560")],
        ),
        ("carcinoma, hepatocellular (mesh:d006528)", [("carcinoma, hepatocellular", "MESH:D006528")]),
        ("SSTR2, MEN1", [("SSTR2", None), ("MEN1", None)]),
        ("SSTR2 (-), MEN1 (MESH:X1)", [("SSTR2", None), ("MEN1", "MESH:X1")]),
        ("a (MESH:D1, MESH:D2)", [("a", "MESH:D1"), ("a", "MESH:D2")]),
        ("a [gene 1;2]", [("a", "NCBIGene:1"), ("a", "NCBIGene:2")]),
        (
            "V600E (rs113488022), HeLa (CVCL_0030)",
            [("V600E", "dbSNP:rs113488022"), ("HeLa", "Cellosaurus:CVCL_0030")],
        ),
        ("HeLa [cell line CVCL_0030]", [("HeLa", "Cellosaurus:CVCL_0030")]),
        (
            "x (gene:5), y (CHEBI:15377), z (OMIM:1)",
            [("x", "NCBIGene:5"), ("y", "CHEBI:15377"), ("z", "OMIM:1")],
        ),
        ("[MESH:D1](https://x.org/D1)", [("MESH:D1", None)]),
        ("a ([MESH:D1](https://x.org/D1)), … and 3 more", [("a", "MESH:D1")]),
        ("ratio (1:2)", [("ratio (1:2)", None)]),
        ("unclosed (a, b", [("unclosed (a", None), ("b", None)]),
        ("*TP53* (p53) [gene 7157]", [("TP53", "NCBIGene:7157")]),
        ("a (MESH:D1), a (MESH:D1)", [("a", "MESH:D1")]),
        ("", []),
    ],
)
def test_items_of_entities(items: str, expected: list[tuple[str, str | None]]) -> None:
    found = rows(page("## Abstract entities", f"\n- **Chemicals:** {items}")).entities
    assert [(row["label"], row["curie"]) for row in found] == expected
    assert {(row["scope"], row["entity_type"]) for row in found} <= {("abstract", "Chemical")}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("- **Diseases**: a (MESH:D1)", [("Disease", "a")]),
        ("- Diseases: a (MESH:D1)", [("Disease", "a")]),
        ("**Diseases:** a (MESH:D1)", [("Disease", "a")]),
        ("### Diseases\n- a (MESH:D1)\n### Cell lines\n- c", [("Disease", "a"), ("CellLine", "c")]),
        ("- **Mutations:**\n  - a (rs1)\n  - b (rs2)", [("Variant", "a"), ("Variant", "b")]),
        ("- **Pathways:** a\n- **Anatomies:** b\n- **Species:** c", [
            ("Pathway", "a"), ("Anatomy", "b"), ("Species", "c"),
        ]),
        ("- **Diseases:** a (MESH:D1)\n- b (MESH:D2)", [("Disease", "a"), (None, "b")]),
    ],
)  # fmt: skip
def test_types_of_entities(section: str, expected: list[tuple[str | None, str]]) -> None:
    found = rows(page("## Linked entities", section)).entities
    assert [(row["entity_type"], row["label"]) for row in found] == expected


def test_singular() -> None:
    plurals = ["Diseases", "Cell lines", "Processes", "Boxes", "Viruses", "Species", "Analysis", "Gene", "S"]
    singulars = ["Disease", "CellLine", "Process", "Box", "Viruse", "Species", "Analysis", "Gene", "S"]
    assert [entities.singular(plural) for plural in plurals] == singulars


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HLA-B*27:05 and HLA-B*15:02", "HLA-B*27:05 and HLA-B*15:02"),
        ("*HLA-B*27:05* carriers", "HLA-B*27:05 carriers"),
        ("CYP2D6 *4/*4, CD4* and CD8*", "CYP2D6 *4/*4, CD4* and CD8*"),
        ("group*time*sex and 2*3*4", "group*time*sex and 2*3*4"),
        ("*bla*NDM, **very** _plain_, snake_case_name", "blaNDM, very plain, snake_case_name"),
        ("[18F](FDG) and [a link](https://x.org)", "[18F](FDG) and a link"),
        ("![a figure](https://x.org/f.png) shows", "a figure shows"),
        ("P<0.001, a<b>c, x &lt; y &amp; z, &alpha;", "P<0.001, a<b>c, x < y & z, α"),
        ("H<sub>2</sub>O<br/>10<sup>3</sup><!-- no -->", "H2O 10^3"),
        (r"\*\*kept\*\* and \_kept\_", "**kept** and _kept_"),
        (r"\<i>kept\</i>, \<!-- kept -->, <i>not\<</i>", "<i>kept</i>, <!-- kept -->, not<"),
        ("`a  b` and <https://x.org>", "a b and https://x.org"),
        ("one\ntwo   three\u00a0four", "one two three four"),
        ("[1]: not dropped", "[1]: not dropped"),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    (block,) = markdown.blocks(text)
    assert block.text == expected


def test_headings_at_any_depth_make_the_tree() -> None:
    found = rows(
        page(
            "## Full text",
            "##### Deep\n\na\n\n### Higher\n\nb\n\n#### Below\n\nc\n",
            "# Results\n\nd\n## Sub\n\ne",
        )
    ).sections
    assert [(row["heading"], row["level"], row["section_type"], row["text"]) for row in found] == [
        ("Deep", 1, "other", "a"),
        ("Higher", 1, "other", "b"),
        ("Below", 2, "other", "c"),
        ("Results", 1, "results", "d"),
        ("Sub", 2, "results", "e"),
    ]


def test_a_title_may_be_called_as_a_part_is() -> None:
    found = rows("# Abstract\n\n**Authors:** Ada Quill\n\n## Abstract\n\nText.")
    assert (found.paper["title"], found.paper["abstract"], found.sections) == ("Abstract", "Text.", [])
    assert rows("# Abstract\n\nText.\n\n# References\n\n1. Ek B.").paper["title"] is None


def test_a_section_of_the_body_may_be_called_as_a_part_is() -> None:
    body = "## Full text\n\n### Key findings\n\na\n\n### References\n\nb\n\n## References\n\n1. Ek B. A work."
    found = rows(page(body))
    assert [(row["heading"], row["text"]) for row in found.sections] == [("Key findings", "a"), ("References", "b")]
    assert len(found.references) == 1
    deep = rows(page("## Full text\n\n### Methods\n\na\n\n### References\n\n1. Ek B. A work."))
    assert (len(deep.sections), len(deep.references)) == (1, 1)


def test_a_notice_stands_above_all_headings_of_the_body() -> None:
    found = rows(page("## Full text\n\n_Text not available._\n\n### Methods\n\nText omitted on purpose."))
    assert [(row["heading"], row["text"]) for row in found.sections] == [("Methods", "Text omitted on purpose.")]


def test_text_that_no_field_takes_is_kept() -> None:
    found = rows(
        page(
            "An editor's note that is a sentence.",
            "## Abstract\n\nShort.\n\n### Aims\n\nLonger.",
            "## Funding\n\nNone.",
            "## Full text\n\n_Full body text omitted from this summary view._",
            "## Abstract\n\nAnother one.",
            "## References\n\nSee also the appendix.\n\n1. Ek B. A work. 2001.\n",
            "---\nSource: https://x.org/paper/PMC1\n\nRetrieved by hand.",
        )
    )
    assert found.paper["abstract"] == "Short. Aims: Longer."
    assert not found.paper["has_full_text"]
    assert [(row["heading"], row["text"]) for row in found.sections] == [
        (None, "An editor's note that is a sentence.\nRetrieved by hand."),
        ("Funding", "None."),
        ("Abstract", "Another one."),
        ("References", "See also the appendix."),
    ]
    assert found.paper["reference_count"] == 1


def test_sections_without_a_full_text_heading_are_the_full_text() -> None:
    found = rows(page("## Introduction\n\na", "## Methods\n\nb", "## Key findings\n\n- c"))
    assert found.paper["has_full_text"] and found.paper["key_findings"] == ["c"]
    assert [row["section_type"] for row in found.sections] == ["introduction", "methods"]


@pytest.mark.parametrize(
    ("section", "labels", "count"),
    [
        ("- Ek B. One.\n- Quill A. Two.", [None, None], 2),
        ("7. Ek B. One.\n8. Quill A. Two.", ["7", "8"], 2),
        ("1) Ek B. One.", ["1"], 1),
        ("- [3] Ek B. One.\n- [4] Quill A. Two.", ["3", "4"], 2),
        ("[1] Ek B. One.\n\n[2] Quill A. Two.", ["1", "2"], 2),
        ("Ek B. One.\n\nQuill A. Two.", [None, None], 2),
        ("1. Ek B. One\n   goes on.\n\n   And on.\n   - PMID: 5\n2. Quill A.", ["1", "2"], 2),
        ("30 references, the first two here:\n\n1. Ek B.\n2. Quill A.", ["1", "2"], 30),
        ("1,204 references — full list in the complete paper: https://x.org/full.md", [], 1204),
        ("1 reference", [], 1),
        ("No references.", [], 0),
        ("Full list in the complete paper: https://x.org/full.md", [], None),
        ("_Not available._", [], None),
    ],
)
def test_lists_of_references(section: str, labels: list[str | None], count: int | None) -> None:
    found = rows(page("## References\n", section))
    assert [row["label"] for row in found.references] == labels
    assert found.paper["reference_count"] == count
    assert not found.sections
    assert all(not (row["citation"] or "").startswith("[") for row in found.references)


@pytest.mark.parametrize(
    ("citation", "year"),
    [
        ("Ek B. Some work. Gut. 2019;12:1920-1927.", 2019),
        ("Ek B. Some work (2019a). Gut 1999.", 2019),
        ("Ek B. The plan for 2030. Gut 2019.", None),
        ("Ek B. Some work. Gut 2019.", 2019),
        ("Ek B. Some work. doi:10.1234/gut.2018.1", None),
        ("Ek B. Some work. Gut. 2019 Jul 3;12(1):4.", 2019),
        ("Ek B. Some work. 12:1920.", None),
    ],
)
def test_year_of_a_reference(citation: str, year: int | None) -> None:
    (found,) = rows(page(f"## References\n\n1. {citation}")).references
    assert found.get("year") == year


@pytest.mark.parametrize(
    ("citation", "title"),
    [
        ("Ek B, van Quill AC, et al. Liver disease: a fiction. J Invent. 2019;1:2.", "Liver disease: a fiction"),
        ("Ek B. Does fiction help the liver? J Invent. 2019;1:2.", "Does fiction help the liver?"),
        ('B. Ek, "Liver disease in fiction," J. Invent., vol. 1, 2019.', "Liver disease in fiction"),
        ("Ek, B. (2019). Liver disease in fiction. Journal of Invention, 4, 1-9.", "Liver disease in fiction"),
        ("Ek B. Liver disease. Part II. In fiction. J. Invent. 2019;1:2.", None),
        ("World Report 2019. Liver disease in fiction.", None),
    ],
)  # fmt: skip
def test_title_of_a_reference(citation: str, title: str | None) -> None:
    (found,) = rows(page(f"## References\n\n1. {citation}")).references
    assert found.get("title") == title


def test_identifiers_in_text() -> None:
    assert identifiers.find("see doi:10.1234/AB(1)2. PMCID: PMC 77; PMID: 0012") == {
        "doi": "10.1234/ab(1)2",
        "pmcid": "PMC77",
        "pmid": "12",
    }
    assert identifiers.find("(https://doi.org/10.1234/pmc55).") == {"doi": "10.1234/pmc55"}
    assert identifiers.find("https://doi.org/10.1234/%28a%29%3C1%3E.") == {"doi": "10.1234/(a)<1>."}
    assert identifiers.find("", "https://pubmed.ncbi.nlm.nih.gov/99/") == {"pmid": "99"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-07-01T08:00:00Z", (date(2025, 7, 1), "day")),
        ("1 July 2025", (date(2025, 7, 1), "day")),
        ("Jul 2025", (date(2025, 7, 1), "month")),
        ("2025 Jul 1", (date(2025, 7, 1), "day")),
        ("July 1, 2025", (date(2025, 7, 1), "day")),
        ("2025-00-00", (date(2025, 1, 1), "year")),
        ("2025-13-01", ("2025-13-01", None)),
        ("0000", ("0000", None)),
        ("March of Dimes", None),
    ],
)
def test_dates(text: str, expected: object) -> None:
    assert header.parse_date(text) == expected


HEADINGS = ["# T\n", "## Abstract\n", "## Full text\n", "### 1. Methods\n", "## References\n", "## Linked entities\n"]
FIELDS = ["- **Diseases:** ", "**Authors:** ", "PMC · ", "DOI: ", "2025-02-31", "Source: https://x.org/PMC1"]
MARKS = ["(MESH:D1)", "[taxon 9606]", "\n---\n", "\n\n", "\r", "| a | b |\n|-|-|\n", "1. ", ", ", "```\n", *"*_()[]<"]
FRAGMENTS = st.sampled_from([*HEADINGS, *FIELDS, *MARKS])


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=20))).map("".join))
@example("# \n## Linked entities\n- **:** a")
@example("PMC · **Authors:** Ada Quill")
@example("Source: https://[\n")
@example("## References\n1. [](x:y)")
def test_any_text_gives_rows_or_a_parse_error(text: str) -> None:
    found = outcome(text)
    if isinstance(found, PaperRows):
        assert all(row["section_type"] and row["level"] >= 1 for row in found.sections)
        assert all(row["label"] for row in found.entities)
        assert all(row["name"] for row in found.authors)


SHAPES = [
    "{}",
    "- {}",
    "* *{}*",
    "1. {}",
    "- **Genes:** {}",
    "- a\n  - {}",
    "| {} | b |\n|-|-|\n| c | d |",
    "### {}\n\n- c",
    "## {}",
]
SHAPES += [
    "# {}",
    "[{}](https://x.org)",
    "**{}**",
    "**{}:** v",
    "```\n{}\n```",
    "> {}",
    "{}\n---",
    "[1] {}",
    "#### {}\n\ntext",
]
NAMED = st.sampled_from(
    [heading for heading in HEADINGS if heading.startswith("##")] + ["## Key findings\n", "## TL;DR\n"]
)


@given(st.lists(st.one_of(NAMED, st.sampled_from(SHAPES)), min_size=1, max_size=12))
def test_no_text_is_lost(shapes: list[str]) -> None:
    words = [f"word{place}x" for place in range(len(shapes))]
    blocks = [shape.replace("{}", word) for shape, word in zip(shapes, words, strict=True)]
    found = rows("**Authors:** Ada Quill\n\n" + "\n\n".join(blocks) + "\n\nSource: https://x.org/PMC1")
    kept = repr(found)
    assert [word for word, shape in zip(words, shapes, strict=True) if "{}" in shape and word not in kept] == []


@given(st.binary())
def test_any_bytes_give_rows_or_a_parse_error(content: bytes) -> None:
    assert isinstance(outcome(content), PaperRows | ParseError)
