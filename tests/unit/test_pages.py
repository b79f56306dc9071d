"""A paper's rows as a page, and back: what the form carries comes through unchanged, whatever the text."""

import io
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.pages import render
from tasks.pages.markdown import line
from tasks.parsers import annotations, europepmc, jats, pubtator, tomesphere
from tasks.parsers.rows import PaperRows, Row
from tasks.parsers.tomesphere import identifiers, markdown
from tests.unit import page_maker
from tests.unit.answers import DATA, Parser
from tests.unit.answers import papers as papers_of

ROOT = Path(__file__).parents[2]
SEED = ROOT.parent / "shared/seed/PMC12259643.md"
CORPUS = ROOT.parent / "shared/corpus/dev.tar.xz"
PAGES = sorted([*(ROOT / "demo/pages").glob("*.md"), *(ROOT / "tests/data/pages").glob("*.md")])
MADE = range(20)


def parse(page: str, source_id: str = "a-page") -> PaperRows:
    (found,) = tomesphere.parse(io.BytesIO(page.encode()), source_id)
    assert isinstance(found, PaperRows), found
    return found


def in_any_order(rows: PaperRows) -> PaperRows:
    """The entities sorted: a page has them by type."""
    rows.entities.sort(key=repr)
    return rows


def assert_comes_back(page: str, source_id: str) -> None:
    expected = in_any_order(parse(page, source_id))
    again = render(expected, full=True)
    assert in_any_order(parse(again, source_id)) == expected
    assert render(parse(again, source_id), full=True) == again


def test_the_customers_page_comes_back_to_the_letter() -> None:
    if not SEED.exists():
        pytest.skip(f"the customer's page is not here: {SEED}")
    page = SEED.read_text(encoding="utf-8")
    rows = parse(page, SEED.stem)
    assert render(rows) == render(rows, full=True) == page + "\n"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_comes_back(path: Path) -> None:
    assert_comes_back(path.read_text(encoding="utf-8"), path.stem)


@pytest.mark.parametrize("seed", MADE)
def test_a_page_of_our_own_comes_back(seed: int) -> None:
    assert_comes_back(page_maker.page(seed), f"PMC{90000100 + seed}")


def test_the_pages_of_our_own_are_as_odd_as_they_should_be() -> None:
    pages = [parse(page_maker.page(seed)) for seed in MADE]
    sections = [section for rows in pages for section in rows.sections]
    entities = [entity for rows in pages for entity in rows.entities]
    references = [reference for rows in pages for reference in rows.references]
    text = repr(pages)
    assert all(mark in text for mark in ("*", "_", "#", "[1, 2]", " | ", "P<0.001", "& ", "<i>", "&lt;", "`", "~~~"))
    assert all(word in text for word in ("神经", "دراسة"))
    assert {section["level"] for section in sections} == {1, 2, 3, 4}
    assert {"Abstract", "References", "Full text", "Key findings", None} <= {row["heading"] for row in sections}
    starts = {(section["text"] or "")[:2] for section in sections}
    assert {"- ", "# ", "> ", "19", "1.", "+ "} <= starts
    assert {rows.paper["published_precision"] for rows in pages} == {"day", "month", "year"}
    assert {len(row.get("qualifiers") or []) for row in entities} >= {0, 1, 2, 3}
    assert {"NCBITaxon:9606", "NCBIGene:7157", None} <= {row["curie"] for row in entities}
    assert all(any(row.get(name) for row in references) for name in ("label", "title", "year", "doi", "pmid", "pmcid"))
    assert any(row["label"] is None for row in references)
    assert any(author.get("orcid") for rows in pages for author in rows.authors)
    assert {rows.paper["has_full_text"] for rows in pages} == {True, False}
    assert any(rows.sections and not rows.paper["has_full_text"] for rows in pages)
    for column in ("abstract", "tldr", "contribution", "key_findings", "journal", "keywords", "license", "publisher"):
        assert {rows.paper.get(column) is None for rows in pages} == {True, False}, column


def test_a_summary_says_where_the_rest_is() -> None:
    rows = parse((ROOT / "demo/pages/PMC99000002.md").read_text(encoding="utf-8"))
    rows.paper["paper_id"] = "PMC99000002"
    page = render(rows)
    assert "Fetch the complete paper as Markdown: `paperhouse page PMC99000002 --full`" in page
    assert "6 references — full list in the complete paper: `paperhouse page PMC99000002 --full`" in page
    found = parse(page)
    assert (found.sections, found.references, found.paper["reference_count"]) == ([], [], 6)
    assert found.entities == rows.entities


def test_a_paper_of_which_little_is_known() -> None:
    rows = PaperRows({"title": "Alone", "paper_id": "JATS:a", "source": "jats", "pmcid": "PMC5", "pmid": "7"})
    page = render(rows, full=True)
    assert page == (
        "# Alone\n\nPMC5 · PMID: 7\n\n## Full text\n\n_Full body text not available._\n\n"
        "## References\n\n_Not available._\n\n---\nSource: jats\n"
    )
    assert parse(page).paper == {
        "title": "Alone",
        "authors": None,
        "pmcid": "PMC5",
        "pmid": "7",
        "reference_count": None,
        "has_full_text": False,
    }


def test_a_retraction_stands_in_the_head() -> None:
    paper = {"title": "Gone", "journal": "Gut", "is_retracted": True, "is_open_access": True, "published": None}
    page = render(PaperRows(paper))
    assert "\n\nGut · Open access · Retracted\n\n" in page
    assert parse(page).paper["is_retracted"] is parse(page).paper["is_open_access"] is True


def test_a_reference_without_its_whole_text_is_written_from_its_fields() -> None:
    row = {"title": "Otters.", "authors": ["Quill A", "Ek B"], "journal": "J Invent", "year": 2019, "doi": "10.5555/a"}
    page = render(PaperRows({"title": "T"}, references=[row | {"volume": "4", "pages": "1-9"}]), full=True)
    assert "\n- Quill A, Ek B. Otters. J Invent. [2019;4:1-9](https://doi.org/10.5555/a)\n" in page


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain text, snake_case, [1, 2], P<0.001, R&D and a -b", None),
        ("CD4* and _x_", r"CD4\* and \_x\_"),
        ("1. one", r"1\. one"),
        ("2019) two", r"2019\) two"),
        ("1.5 mg", None),
        ("- three", r"\- three"),
        ("-5 °C", None),
        ("# four", r"\# four"),
        ("#5", None),
        ("> 6", r"\> 6"),
        ("---", r"\---"),
        ("a\\b", r"a\\b"),
        ("[7]: https://x.org", r"\[7]: https://x.org"),
        ("[18F](FDG)", r"[18F\](FDG)"),
        ("<i>x</i> &amp; &c", r"\<i>x\</i> \&amp; &c"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, written: str | None) -> None:
    assert line(text) == (written or text)


MARKS = """* ** _ __ # ## - + > | || < << <i> </i> <b <!-- --> & &amp; &#945; \\ \\\\ ` ``` ~~~ --- === [ ] ![ ]( ) [1]
    [a](b) [a]: 1. 2) 10. Abstract References Source: **Authors:** PMC · • 2020 https://x.org/a_b <https://x.org>
    Text omitted Not available 漢字 مرحبا é word Word. <br> <sup>2</sup> 10<sup>6</sup> a*b a_b *4 : ; , ()"""
WORDS = st.sampled_from(MARKS.split())
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
SPACED = st.lists(st.one_of(WORDS, st.text(LETTERS, max_size=8)), min_size=1, max_size=8)
TEXT = st.builds(lambda words, glue: markdown.fold(glue.join(words)), SPACED, st.sampled_from(["", " "])).filter(bool)


@given(TEXT)
@example("<i>x</i>")
@example("10<sup>6</sup>")
@example("# #")
@example("\\")
@example("- - -")
def test_any_text_comes_back(text: str) -> None:
    paper = {"title": text, "abstract": text, "tldr": text, "key_findings": [text, text]}
    sections = [{"level": 1, "heading": text, "text": f"{text}\n{text}"}, {"level": 1, "heading": None, "text": text}]
    found = parse(render(PaperRows(paper | {"has_full_text": True}, sections=sections), full=True))
    assert {column: found.paper[column] for column in paper} == paper
    assert [{column: row[column] for column in sections[0]} for row in found.sections] == sections


NAMES = ["Ada Quill", "Quill, Jr.", "Ek, Bo", "Research and Treatment Group", "Bo Ek and Cy Ode", "王伟", "أحمد علي"]
NAMES += ["J_ B. *Ek*", "Group (Oslo; Bergen)", "Ada B. Quill", "the NELM Study Group"]
ORCIDS = st.sampled_from([None, None, "0000-0002-1825-0097"])
JOURNALS = ["Gut", "2020", "Open access", "PMC", "CC BY Journal", "J: *A* #1", "Retracted", "肝脏", None]
DATES = [(date(2025, 7, 1), "day"), (date(2024, 11, 1), "month"), (date(1999, 1, 1), "year"), (None, None)]
LABELS = ["IL-2 (alpha), chain", "poly(A)", "1,25-dihydroxyvitamin D3", "a [b] c", "TP53 (p53)", "x*y_z", "病気"]
CURIES = ["MESH:D018358", "NCBITaxon:9606", "NCBIGene:7157", "MONDO:0100192", "dbSNP:rs1134", "Cellosaurus:CVCL_0030"]
TYPES = ["Disease", "Gene", "Species", "Variant", "CellLine", "Pathway", "Anatomy", "Virus", "Process", "Box"]


@st.composite
def papers(draw: st.DrawFn) -> PaperRows:
    """Rows of a paper, in the columns that the form carries."""
    authors = draw(st.lists(st.fixed_dictionaries({"name": st.sampled_from(NAMES), "orcid": ORCIDS}), max_size=4))
    published, precision = draw(st.sampled_from(DATES))
    paper = {
        "title": draw(TEXT),
        "pmcid": "PMC77",
        "authors": [row["name"] for row in authors] or None,
        "journal": draw(st.sampled_from(JOURNALS)),
        "published": published,
        "published_precision": precision,
        "keywords": draw(st.sampled_from([None, ["liver"], ["a, b"], ["liver", "carcinoma, hepatocellular"]])),
        "url": draw(st.sampled_from([None, "https://tomesphere.com/paper/PMC77", "https://x.org/a_b*c?d=&amp;"])),
    }
    for column, value in [("pmid", "31000001"), ("doi", "10.5555/(a)<b>_c."), ("license", "CC-BY-4.0")]:
        paper[column] = draw(st.sampled_from([value, None]))
    entity = st.fixed_dictionaries({
        "scope": st.sampled_from(["linked", "full_text", "abstract"]),
        "entity_type": st.sampled_from(TYPES),
        "label": st.sampled_from(LABELS),
        "curie": st.sampled_from([*CURIES, None]),
    })  # fmt: skip
    entities = draw(st.lists(entity, max_size=8, unique_by=lambda row: tuple(sorted(row.items(), key=str))))
    for row in entities:
        row["qualifiers"] = draw(st.sampled_from([None, ["human", "species"], ["tumor protein p53"]]))
    reference = st.fixed_dictionaries({
        "label": st.sampled_from([None, "1", "7", "012"]),
        "citation": TEXT.filter(lambda text: not identifiers.find(text)).map(lambda text: f"Ek B. {text}"),
        "doi": st.sampled_from([None, "10.5555/a", "10.1002/(sici)10<16::aid-sim9>3.0.co;2-2", "10.5555/a_(b)%2f."]),
        "pmid": st.sampled_from([None, "123"]),
        "pmcid": st.sampled_from([None, "PMC9"]),
    })  # fmt: skip
    references = draw(st.lists(reference, max_size=5))
    paper["reference_count"] = draw(st.sampled_from([len(references) or None, len(references) + 3]))
    return PaperRows(paper, authors, entities, references, draw(bodies()))


@st.composite
def bodies(draw: st.DrawFn) -> list[Row]:
    """Sections of up to four levels, each at most one below the one before."""
    level, rows = 0, []
    for _ in range(draw(st.integers(0, 5))):
        level = draw(st.integers(1, min(level + 1, 4)))
        text = draw(st.lists(TEXT, max_size=2).map("\n".join)) or None
        rows.append({"level": level, "heading": draw(st.one_of(st.none(), TEXT)), "text": text})
    return rows


def carried(rows: PaperRows, like: PaperRows) -> dict[str, Any]:
    """Of the rows the columns that the others have; a column that is left out is null."""
    tables = {"papers": ([rows.paper], [like.paper])}
    for table in ("authors", "entities", "references", "sections"):
        tables[table] = (getattr(rows, table), getattr(like, table))
    return {
        table: sorted(
            ({column: row.get(column) for other in others for column in other} for row in found),
            key=repr if table == "entities" else lambda _: 0,
        )
        for table, (found, others) in tables.items()
    }


@given(papers())
def test_any_rows_come_back(rows: PaperRows) -> None:
    rows.paper["has_full_text"] = any(row["text"] for row in rows.sections)
    if not rows.paper["has_full_text"]:
        rows.sections.clear()
    found = parse(render(rows, full=True))
    assert carried(found, rows) == carried(rows, rows)


OF_A_PAPER = (
    "pmcid pmid doi title abstract journal publisher issn published published_precision authors license keywords"
)
OF_ITS_ROWS = {
    "authors": ("name", "orcid"),
    "entities": ("scope", "entity_type", "label", "curie", "qualifiers"),
    "references": ("citation",),
    "sections": ("heading", "text"),
}


def assert_survives(rows: PaperRows) -> None:
    """What a source gave is on the page, in the columns that do not depend on how a text is read."""
    found = parse(render(rows, full=True))
    for column in OF_A_PAPER.split():
        assert (found.paper.get(column) or None) == (rows.paper.get(column) or None), column
    for table, columns in OF_ITS_ROWS.items():
        values = [[[row.get(column) for column in columns] for row in getattr(which, table)] for which in (rows, found)]
        if table == "entities":
            values = [sorted(listed, key=repr) for listed in values]
        assert values[0] == values[1], table


HARVESTED: list[tuple[Parser, str]] = [
    (europepmc.parse, "europepmc/core.json"),
    (europepmc.parse_references, "europepmc/references.json"),
    (annotations.parse, "annotations/articles.json"),
    (pubtator.parse, "pubtator/export.json"),
]


@pytest.mark.parametrize(("parser", "file"), HARVESTED, ids=[file for _, file in HARVESTED])
def test_what_was_harvested_comes_back(parser: Parser, file: str) -> None:
    harvested = papers_of(parser, (DATA / file).read_bytes())
    assert harvested
    for rows in harvested:
        rows.paper.setdefault("title", "A title")
        assert_survives(rows)


#: Articles of the corpus that are tried.
ARTICLES = 50


def test_articles_of_the_corpus_come_back() -> None:
    if not CORPUS.exists():
        pytest.skip(f"the corpus is not here: {CORPUS}")
    tried = 0
    with tarfile.open(CORPUS) as archive:
        for member in archive:
            if tried == ARTICLES or not member.name.endswith("xml"):
                continue
            content = archive.extractfile(member)
            assert content
            for rows in jats.parse(io.BytesIO(content.read()), member.name):
                if isinstance(rows, PaperRows):
                    rows.paper.setdefault("has_full_text", bool(rows.sections))
                    assert_survives(rows)
                    tried += 1
    assert tried == ARTICLES
