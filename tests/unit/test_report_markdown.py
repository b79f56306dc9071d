"""Text from documents stays text in the Markdown of artifacts, and pictures hold what they show."""

from base64 import b64decode

import pytest
from lxml import etree
from markdown_it import MarkdownIt

from tasks.reports.markdown import LONGEST, link, paper_link, plain, table
from tasks.reports.pictures import bars, lines

GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})

HOSTILE = [
    "# no heading",
    "*no* **emphasis**, _none_ __at all__, ~~none~~",
    "[no link](https://evil.example/)",
    "![no image](https://evil.example/x.png)",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> </td>",
    "&lt;b&gt; &amp; &#60;",
    "`code` ``more``",
    "a | b \\| c",
    "\\[x](y) \\\\",
    "[x]: https://evil.example/",
    "line\nbreak\r\n# and heading",
    "P<0.001 snake_case 10.1002/(sici)1097<1::aid-x>3.0.co;2-#",
]


def shown(markdown: str) -> list[str]:
    """The kinds of the parts that a reader of Markdown sees within a line, and no others than text and comments."""
    (line,) = (token for token in GITHUB.parse(f"- id: {markdown}") if token.type == "inline")
    kinds = {child.type for child in line.children or [] if child.content != "<!-- -->"}
    assert kinds == {"text"} or kinds == {"text", "text_special"}
    return ["".join(child.content for child in line.children or [] if child.content != "<!-- -->")]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    assert shown(plain(text)) == ["id: " + " ".join(text.split())]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_within_its_cell(text: str) -> None:
    html = GITHUB.render("\n".join(table(["a", "b"], [[plain(text), "1"]])))
    tree = etree.HTML(html)
    assert len(tree.findall(".//tbody/tr/td")) == 2
    assert {element.tag for element in tree.find(".//table").iter() if isinstance(element.tag, str)} == {
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["https://evil.example/", "WWW.evil.example", "mail@evil.example", "HTTP://x.y"])
def test_bare_addresses_are_taken_apart(text: str) -> None:
    assert "<!-- -->" in plain(text)
    assert plain(text).replace("<!-- -->", "") == text


def test_long_text_is_cut() -> None:
    assert len(plain("word " * 1000)) == LONGEST
    assert plain(None) == ""


def test_a_link_is_made_of_ids_alone() -> None:
    assert paper_link("PMC1", "PMC1", "2", None) == "[PMC1](https://pmc.ncbi.nlm.nih.gov/articles/PMC1/)"
    assert paper_link("PMID:2", None, "2", "10.5555/x") == "[PMID:2](https://pubmed.ncbi.nlm.nih.gov/2/)"
    doi = "10.5555/x)(<y> *z*"
    assert paper_link(f"DOI:{doi}", None, None, doi) == "[link](https://doi.org/10.5555/x%29%28%3Cy%3E%20%2Az%2A)"
    assert paper_link("EUROPEPMC:PPR1", None, None, None) == "EUROPEPMC:PPR1"
    assert link("a [b", "https://x.y/") == "[link](https://x.y/)"


def svg(address: str) -> etree._Element:
    assert address.startswith("data:image/svg+xml;base64,")
    return etree.fromstring(b64decode(address.partition(",")[2]))


def test_bars_are_as_high_as_the_counts() -> None:
    picture = svg(bars("A <title>", ["d1", "d2"], {"new": [3, 0], "changed": [1, 2]}))
    named = {title.text: title.getparent() for title in picture.iter("{*}title")}
    assert set(named) == {"d1: 3 new", "d2: 0 new", "d1: 1 changed", "d2: 2 changed"}
    high = {name: float(bar.get("height")) for name, bar in named.items()}
    assert high["d1: 3 new"] == pytest.approx(3 * high["d1: 1 changed"])
    assert high["d2: 0 new"] == 0
    assert {text.text for text in picture.iter("{*}text")} == {"A <title>", "new", "changed", "4", "0", "d1", "d2"}


def test_lines_pass_over_runs_without_a_share() -> None:
    picture = svg(lines("Shares", ["r1", "r2", "r3"], {"doi": [0.0, None, 1.0], "rejected": [None, None, None]}))
    doi, rejected = (line.get("points") for line in picture.iter("{*}polyline"))
    (x1, y1), (x3, y3) = (map(float, point.split(",")) for point in doi.split())
    assert x1 < x3
    assert y1 > y3
    assert rejected == ""


def test_nothing_to_show_is_a_picture_too() -> None:
    svg(bars("Nothing", [], {"new": []}))
    svg(lines("Nothing", [], {"doi": []}))
