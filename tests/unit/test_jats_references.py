"""References: a row a citation in every form that the tag suite has, identifiers from wherever they are, text."""

from typing import Any

import pytest

from tests.unit.test_jats_samples import article, rows

NAMES = (
    '<person-group person-group-type="author"><name><surname>Reed</surname><given-names>I</given-names></name>'
    "<name><surname>Marsh</surname><given-names>B</given-names></name><etal/></person-group>"
)
ELEMENT = (
    f'<element-citation publication-type="journal">{NAMES}<article-title>On <italic>Lutra</italic></article-title>'
    "<source>J Lakes</source><year>2010a</year><volume>12</volume><issue>3</issue><fpage>45</fpage><lpage>67</lpage>"
    '<pub-id pub-id-type="doi">https://doi.org/10.5555/X.1</pub-id><pub-id pub-id-type="pmid">0077</pub-id>'
    '<pub-id pub-id-type="pmc">88</pub-id></element-citation>'
)
MIXED = (
    "<mixed-citation><string-name><surname>Reed</surname> <given-names>I</given-names></string-name>, "
    "<article-title>On otters</article-title>. <source>J Lakes</source> (<year>2010</year>) <volume>12</volume>:"
    "<fpage>45</fpage>–<lpage>67</lpage>.</mixed-citation>"
)


def references(*refs: str) -> list[dict[str, Any]]:
    return rows(article(back=f"<ref-list>{''.join(refs)}</ref-list>")).references


def ref(inner: str) -> str:
    return f'<ref id="r"><label>[1]</label>{inner}</ref>'


def one(inner: str) -> dict[str, Any]:
    [row] = references(ref(inner))
    return row


def test_an_element_citation() -> None:
    assert one(ELEMENT) == {
        "label": "[1]",
        "citation": "Reed I, Marsh B, et al. On Lutra. J Lakes. 2010a;12(3):45-67. doi:10.5555/X.1. PMID:0077. PMC:88."
        .replace("doi:10.5555", "https://doi.org/10.5555"),
        "title": "On Lutra",
        "authors": ["I Reed", "B Marsh"],
        "journal": "J Lakes",
        "year": 2010,
        "volume": "12",
        "pages": "45-67",
        "doi": "10.5555/x.1",
        "pmid": "77",
        "pmcid": "PMC88",
    }  # fmt: skip


def test_a_mixed_citation_keeps_its_own_words() -> None:
    row = one(MIXED)
    assert row["citation"] == "Reed I, On otters. J Lakes (2010) 12:45–67."
    assert (row["authors"], row["title"], row["journal"], row["pages"]) == (
        ["I Reed"],
        "On otters",
        "J Lakes",
        "45-67",
    )


@pytest.mark.parametrize(
    ("inner", "citation"),
    [
        ("Reed I. <source>J Lakes</source><year>2010</year>;<volume>1</volume>.", "Reed I. J Lakes 2010;1."),
        (
            "<name><surname>Reed</surname><given-names>I</given-names></name><name><surname>Marsh</surname>"
            "<given-names>B</given-names></name><etal/> In: <source>Lakes</source>.",
            "Reed I, Marsh B, et al In: Lakes.",
        ),
        (
            "<name><surname>Reed</surname><given-names>IB</given-names><suffix>Jr</suffix></name>, Marsh.",
            "Reed IB Jr, Marsh.",
        ),
        ("Reed <italic>et</italic><bold>al</bold>\n , 2010", "Reed etal, 2010"),
        ('Lakes <pub-id pub-id-type="doi">10.5555/1</pub-id><pub-id pub-id-type="pmid">7</pub-id>',
         "Lakes doi:10.5555/1 PMID:7"),
        ('Lakes. doi: <pub-id pub-id-type="doi">10.5555/1</pub-id>. PMID: <object-id pub-id-type="pmid">7</object-id>'
         '<pub-id pub-id-type="pmid">7</pub-id>', "Lakes. doi: 10.5555/1. PMID: 7"),
        ("10<sup>6</sup> otters &amp; P&lt;0.01 <comment>(in press)</comment>", "10^6 otters & P<0.01 (in press)"),
    ],
)  # fmt: skip
def test_citation_text(inner: str, citation: str) -> None:
    assert one(f"<mixed-citation>{inner}</mixed-citation>")["citation"] == citation


@pytest.mark.parametrize("words", ["doi: ", "PMID: ", "Pubmed ID:\n  ", "https://doi.org/", "see PMC .\u2009"])
def test_an_identifier_that_the_words_before_it_named_is_not_named_again(words: str) -> None:
    row = one(f"<mixed-citation>Reed 2010. {words}<pub-id pub-id-type='pmid'>42</pub-id></mixed-citation>")
    assert row["citation"] == " ".join(f"Reed 2010. {words}42".replace(" .", ".").split())


def test_an_identifier_that_nothing_named_is_named() -> None:
    row = one("<mixed-citation>Reed 2010. <pub-id pub-id-type='pmid'>42</pub-id></mixed-citation>")
    assert row["citation"] == "Reed 2010. PMID:42"


def test_a_fully_tagged_citation_without_punctuation_is_set_with_some() -> None:
    book = (
        "<mixed-citation><person-group person-group-type='editor'><name><surname>Reed</surname></name></person-group>"
        "<chapter-title>Shores?</chapter-title><source>Lakes</source><publisher-name>Pond</publisher-name>"
        "<year>1999</year></mixed-citation>"
    )
    row = one(book)
    assert row["citation"] == "Reed (editors). Shores? Lakes. 1999. Pond."
    assert (row["title"], row["journal"], row["authors"]) == ("Shores?", "Lakes", None)


@pytest.mark.parametrize("tag", ["nlm-citation", "citation"])
def test_the_older_names_of_citations(tag: str) -> None:
    assert one(ELEMENT.replace("element-citation", tag))["doi"] == "10.5555/x.1"


@pytest.mark.parametrize("inner", [f"<citation-alternatives>{MIXED}{ELEMENT}</citation-alternatives>", MIXED + ELEMENT])
def test_one_work_said_twice_is_one_row_with_the_best_of_both(inner: str) -> None:
    row = one(inner)
    assert row["citation"] == "Reed I, On otters. J Lakes (2010) 12:45–67."
    assert (row["title"], row["doi"], row["pmid"]) == ("On Lutra", "10.5555/x.1", "77")


def test_several_works_in_one_ref_are_rows_of_their_own() -> None:
    a = "<mixed-citation><label>a)</label>Reed 2010</mixed-citation>"
    b = "<mixed-citation><label>b)</label>Reed 2011</mixed-citation>"
    found = references(ref(a + b), ref(MIXED))
    assert [row["label"] for row in found] == ["[1] a)", "[1] b)", "[1]"]
    assert [row["citation"] for row in found][:2] == ["Reed 2010", "Reed 2011"]


def test_a_ref_that_is_only_a_note_and_one_that_is_empty() -> None:
    note, empty = references(ref("<note><p>See ref. 1.</p></note>"), ref(""))
    assert (note["label"], note["citation"]) == ("[1]", "See ref. 1.")
    assert empty["citation"] == "[1]"


def test_a_note_that_cites_a_work_has_its_identifiers() -> None:
    cited = '<mixed-citation>Reed 2010. <pub-id pub-id-type="pmid">7</pub-id></mixed-citation>'
    [row] = references(ref(f"<note><p>See {cited}, doi:10.5555/n.</p></note>"))
    assert (row["citation"], row["doi"], row["pmid"]) == ("See Reed 2010. PMID:7, doi:10.5555/n.", "10.5555/n", "7")


def test_a_note_beside_a_work_is_kept_with_it() -> None:
    found = references(ref("<mixed-citation>Reed 2010.</mixed-citation>; <mixed-citation>Marsh 2011.</mixed-citation>"
                           "<note><p>• On otters.</p></note>"))  # fmt: skip
    assert [row["citation"] for row in found] == ["Reed 2010.", "Marsh 2011. ; • On otters."]


def test_every_list_of_the_article_counts_but_not_those_of_others() -> None:
    inner = f"<ref-list>{ref(MIXED)}<ref-list>{ref(MIXED)}</ref-list></ref-list>"
    found = rows(
        article(
            body=f"<sec><title>Results</title><p>x</p>{inner}</sec>",
            back=f"{inner}<sec>{inner}</sec>",
            after=f"<sub-article><back>{inner}</back></sub-article><response><back>{inner}</back></response>",
        )
    )
    assert len(found.references) == 6 == found.paper["reference_count"]
    assert found.sections[0]["text"] == "x"


@pytest.mark.parametrize(
    ("inner", "doi", "pmid", "pmcid"),
    [
        ('<ext-link ext-link-type="doi" xlink:href="10.5555/A">x</ext-link>', "10.5555/a", None, None),
        ('<ext-link xlink:href="http://dx.doi.org/10.5555/a%281%29">x</ext-link>', "10.5555/a(1)", None, None),
        (
            '<ext-link xlink:href="https://doi.org/10.1002/1099(2000)14:5%3C371::AID-P%3E3.0.CO;2-F">x</ext-link>',
            "10.1002/1099(2000)14:5<371::aid-p>3.0.co;2-f", None, None,
        ),
        ("doi:10.5555/abc.1.", "10.5555/abc.1", None, None),
        ("(doi 10.5555/a(b)c).", "10.5555/a(b)c", None, None),
        ('<uri>https://pubmed.ncbi.nlm.nih.gov/123/</uri>', None, "123", None),
        ('<ext-link ext-link-type="pmid" xlink:href="123">x</ext-link>', None, "123", None),
        ("PMID: 123; PMC4567", None, "123", "PMC4567"),
        ('<object-id pub-id-type="pmid">WOS:1</object-id><pub-id pub-id-type="pmid">5</pub-id>', None, "5", None),
        ('<object-id pub-id-type="pmid">5</object-id>', None, "5", None),
        ("Otters 10.5 km, 2010", None, None, None),
        (
            '<pub-id pub-id-type="doi">10.5555/journal</pub-id><pub-id pub-id-type="doi">10.5555/journal.7</pub-id>'
            '<pub-id pub-id-type="doi">10.5555/other</pub-id>',
            "10.5555/journal.7", None, None,
        ),
    ],
)  # fmt: skip
def test_identifiers(inner: str, doi: str | None, pmid: str | None, pmcid: str | None) -> None:
    row = one(f"<mixed-citation>Reed. {inner}</mixed-citation>")
    assert (row["doi"], row["pmid"], row["pmcid"]) == (doi, pmid, pmcid)


@pytest.mark.parametrize(
    ("inner", "pages"),
    [
        ("<fpage>7</fpage><lpage>7</lpage>", "7"),
        ("<fpage>7</fpage>", "7"),
        ("<elocation-id>e12</elocation-id>", "e12"),
        ("<page-range>7-9, 11</page-range>", "7-9, 11"),
        ("<source>J</source>", None),
    ],
)
def test_pages(inner: str, pages: str | None) -> None:
    assert one(f"<element-citation>{inner}<year>nd</year></element-citation>")["pages"] == pages
