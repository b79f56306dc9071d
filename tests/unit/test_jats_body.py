"""The body: sections and their types, text block by block, formulae in a line."""

from typing import Any

import pytest

from tasks.parsers.jats.elements import fold
from tests.unit.test_jats_samples import article, rows


def sections(body: str, after: str = "") -> list[dict[str, Any]]:
    return rows(article(body=body, after=after)).sections


def text(inner: str) -> str:
    [section] = sections(f"<sec><title>S</title>{inner}</sec>")
    found = section["text"]
    assert isinstance(found, str)
    return found


def test_the_tree_is_a_list_in_document_order() -> None:
    found = sections(
        "<p>Before.</p><sec><label>1</label><title>Introduction</title><p>One.</p><sec><title>Aims</title><p>Two.</p>"
        "<sec><p>Three.</p></sec></sec><p>Rest.</p></sec><p>Between.</p><sec><title>Empty</title><sec><title>Inner"
        "</title><p>Four.</p></sec></sec><sec/>",
        after="<sub-article><body><sec><title>Review</title><p>No.</p></sec></body></sub-article>",
    )
    assert [(row["level"], row["heading"], row["section_type"], row["text"]) for row in found] == [
        (1, None, "other", "Before."),
        (1, "Introduction", "introduction", "One.\nRest."),
        (2, "Aims", "introduction", "Two."),
        (3, None, "introduction", "Three."),
        (1, None, "other", "Between."),
        (1, "Empty", "other", None),
        (2, "Inner", "other", "Four."),
    ]


@pytest.mark.parametrize(
    ("sec_type", "heading", "kind"),
    [
        ("intro", "Otters", "introduction"),
        ("materials|methods", None, "methods"),
        ("Results and discussion", "x", "results"),
        ("results|discussion", "x", "results"),
        ("discussions", "x", "discussion"),
        ("conclusions", "x", "conclusion"),
        ("COI-statement", "Conflict of interest", "other"),
        ("supplementary-material", "Methods", "methods"),
        ("", "1. Introduction", "introduction"),
        ("", "BACKGROUND", "introduction"),
        ("", "2.1 Materials and Methods", "methods"),
        ("", "Patients and methods", "methods"),
        ("", "Statistical analysis", "methods"),
        ("", "Experimental procedures", "methods"),
        ("", "III. RESULTS", "results"),
        ("", "Discussion and Conclusions", "discussion"),
        ("", "Concluding remarks", "conclusion"),
        ("", "Resultados", "results"),
        ("", "Conclusão", "conclusion"),
        ("", "Resulting claims", "other"),
        ("", "Author contributions", "other"),
        ("", "Data availability", "other"),
    ],
)
def test_section_types(sec_type: str, heading: str | None, kind: str) -> None:
    title = f"<title>{heading}</title>" if heading else ""
    attribute = f' sec-type="{sec_type}"' if sec_type else ""
    [found] = sections(f"<sec{attribute}>{title}<p>x</p></sec>")
    assert found["section_type"] == kind


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<p>One\n   two\t <bold>three</bold>four</p>", "One two threefour"),
        ("<p>P&lt;0.001 and P<italic>&lt;</italic>0.05</p>", "P<0.001 and P<0.05"),
        ("<p>H<sub>2</sub>O, Ca<sup>2+</sup>, m<sup>2</sup>, 10<sup>−6</sup>, 10<sup>6</sup></p>",
         "H2O, Ca2+, m2, 10^−6, 10^6"),
        ('<p>otters<sup><xref ref-type="bibr">1</xref>,<xref ref-type="bibr">2</xref></sup>. Then '
         '<xref ref-type="bibr">[3]</xref></p>', "otters 1,2. Then [3]"),
        ("<p>One<break/>two</p>", "One two"),
        ("<p>See:<list><list-item><label>1.</label><p>First</p></list-item><list-item><p>Second</p><p>More</p>"
         "</list-item></list>after</p>", "See:\n1. First\nSecond\nMore\nafter"),
        ("<def-list><def-item><term>UL</term><def><p>upper lake</p></def></def-item></def-list>", "UL: upper lake"),
        ("<p>a<fn><label>*</label><p>note</p></fn>b</p>", "a\n* note\nb"),
        ("<disp-quote><p>Quote</p><attrib>Reed</attrib></disp-quote>", "Quote\nReed"),
        ("<speech><speaker>Ida:</speaker><p>Hello</p></speech>", "Ida: Hello"),
        ("<p>a <inline-graphic xlink:href='x'/><email>a@b.org</email></p>", "a a@b.org"),
        ("<boxed-text><sec><title>Box</title><p>Inside</p></sec></boxed-text>", "Box\nInside"),
        ("<preformat>a  b\nc</preformat>", "a b c"),
        ("<p>a<index-term><term>hidden</term></index-term></p>", "a"),
        ("<supplementary-material><label>S1</label><caption><p>Data</p></caption><media xlink:href='x'/>"
         "</supplementary-material><p>z</p>", "S1 Data\nz"),
    ],
)  # fmt: skip
def test_text_is_a_block_a_line(inner: str, expected: str) -> None:
    assert text(inner) == expected


def test_a_figure_has_its_caption_on_one_line() -> None:
    figure = (
        "<p>Before</p><fig><object-id>10.1/f</object-id><label>Fig. 1</label><caption><title>Otters.</title><p>(A) One."
        "</p><p>(B) Two.</p></caption><alt-text>otters</alt-text><graphic xlink:href='g'/><permissions>"
        "<copyright-statement>©</copyright-statement></permissions></fig>"
        "<fig><label>Fig. 2</label><graphic/></fig><p>After</p>"
    )
    assert text(figure) == "Before\nFig. 1 Otters. (A) One. (B) Two.\nFig. 2\nAfter"


def test_a_table_is_rows_of_cells() -> None:
    table = (
        "<table-wrap><label>Table 1</label><caption><p>Counts.</p></caption><alternatives><graphic/><table><thead><tr>"
        "<th>Lake</th><th>n</th></tr></thead><tbody><tr><td><p>Upper</p><p>lake</p></td><td>1.2<sup>1</sup></td></tr>"
        "<tr><td/><td>7</td></tr><tr><td/><td/></tr></tbody></table></alternatives>"
        "<table-wrap-foot><fn><label>1</label><p>Mean.</p></fn></table-wrap-foot></table-wrap>"
    )
    assert text(table) == "Table 1 Counts.\nLake | n\nUpper lake | 1.2^1\n| 7\n1 Mean."


def test_a_table_in_parts_and_an_oasis_table_are_whole() -> None:
    part = "<table><tr><td>{}</td></tr></table>"
    both = f"<table-wrap><alternatives><graphic/>{part.format('a')}{part.format('b')}</alternatives></table-wrap>"
    assert text(both) == "a\nb"
    oasis = "<table><tgroup><tbody><row><entry>a</entry><entry>b</entry></row></tbody></tgroup></table>"
    assert text(f"<table-wrap>{oasis}</table-wrap>") == "a | b"


def test_floats_of_the_article_come_last() -> None:
    floats = "<floats-group><fig><label>Fig. 1</label><caption><p>Otter.</p></caption></fig></floats-group>"
    found = sections("<sec><title>Results</title><p>x</p></sec>", after=floats)
    assert found[1] == {"level": 1, "heading": None, "section_type": "other", "text": "Fig. 1 Otter."}


def test_taxon_treatments_are_sections() -> None:
    body = (
        '<tp:taxon-treatment xmlns:tp="http://www.plazi.org/taxpub"><tp:nomenclature><tp:taxon-name><tp:taxon-name-part>'
        "Lutra</tp:taxon-name-part><tp:taxon-name-part>lutra</tp:taxon-name-part></tp:taxon-name></tp:nomenclature>"
        "<tp:treatment-sec><title>Type.</title><p>Oslo.</p></tp:treatment-sec></tp:taxon-treatment>"
    )
    found = sections(f"<sec><title>Taxa</title>{body}</sec>")
    assert [(row["level"], row["heading"], row["text"]) for row in found] == [
        (1, "Taxa", None), (2, None, "Lutra lutra"), (3, "Type.", "Oslo."),
    ]  # fmt: skip


def math(inner: str) -> str:
    return text(
        f"<p><mml:math>{inner}</mml:math></p>".replace("<m", "<mml:m")
        .replace("</m", "</mml:m")
        .replace("mml:mml:", "mml:")
    )


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<mi>P</mi><mo>&lt;</mo><mn>0.001</mn>", "P<0.001"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a+b)/c"),
        ("<msup><mi>R</mi><mn>2</mn></msup>", "R^2"),
        ("<msub><mi>H</mi><mn>2</mn></msub>", "H2"),
        ("<msub><mi>x</mi><mi>i</mi></msub>", "x_i"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_i^2"),
        ("<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>", "∑_(i=1)^n"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", "x¯"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "√(x+1)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "√x[3]"),
        ("<mfenced open='[' close=']' separators=';'><mi>a</mi><mi>b</mi></mfenced>", "[a;b]"),
        ("<mi>log</mi><mo>&#x2061;</mo><mi>x</mi>", "log x"),
        ("<mn>2</mn><mi>x</mi><mi>y</mi>", "2xy"),
        ("<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd><mi>c</mi></mtd></mtr></mtable>",
         "a b; c"),
        ("<mtext>rate of</mtext><mspace/><mi>x</mi>", "rate of x"),
    ],
)  # fmt: skip
def test_mathml_in_a_line(inner: str, expected: str) -> None:
    assert math(inner) == expected


TEX = r"<tex-math>\documentclass[12pt]{minimal} \begin{document}$$x_i$$\end{document}</tex-math>"
MATH = "<mml:math><mml:semantics><mml:mi>x</mml:mi><mml:annotation>TeX</mml:annotation></mml:semantics></mml:math>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"<inline-formula>{TEX}</inline-formula>", "a x_i b"),
        (f"<inline-formula><alternatives>{TEX}{MATH}<graphic/></alternatives></inline-formula>", "a x b"),
        (f"<inline-formula>{TEX}{MATH}</inline-formula>", "a x b"),
        (f"<disp-formula>{MATH}<label>(1)</label></disp-formula>", "a\nx (1)\nb"),
        (f"<disp-formula><label>(1)</label>{MATH}</disp-formula>", "a\n(1) x\nb"),
        ("<disp-formula><italic>f</italic>(r) = 1</disp-formula>", "a\nf(r) = 1\nb"),
    ],
)
def test_a_formula_is_said_once(inner: str, expected: str) -> None:
    assert text(f"<p>a {inner} b</p>") == expected


@pytest.mark.parametrize("space", [char for char in map(chr, range(0x3001)) if char.isspace()], ids=ascii)
def test_white_space_of_every_kind_is_folded(space: str) -> None:
    for given in (f"a{space}b", f"é{space}{space}b", f"{space}a", f"a{space}", space, f"a {space} b"):
        assert fold(given) == " ".join(given.split())
