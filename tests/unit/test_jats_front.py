"""The paper's own row: ids, title, abstracts, dates, journal, licence, keywords, retraction."""

from datetime import date

import pytest

from tests.unit.test_jats_samples import article, paper, rows


def ids(**values: str) -> str:
    return "".join(
        f'<article-id pub-id-type="{kind.replace("_", "-")}">{text}</article-id>' for kind, text in values.items()
    )


@pytest.mark.parametrize(
    ("given", "pmcid", "pmid", "doi"),
    [
        (ids(pmc="123", pmid="0045", doi="https://doi.org/10.5555/A%B"), "PMC123", "45", "10.5555/a%b"),
        (ids(pmcid="PMC123", pmcaid="9", pmcaiid="8", pmcid_ver="PMC123.1"), "PMC123", None, None),
        (ids(pmcid_ver="PMC123.1", pmcaid="9", pmc="pmc77", pmcid="PMC123"), "PMC123", None, None),
        (ids(publisher_id="x1", doi=" "), None, None, None),
        ("", None, None, None),
    ],
)
def test_ids(given: str, pmcid: str | None, pmid: str | None, doi: str | None) -> None:
    found = paper(ids=given)
    assert (found["pmcid"], found["pmid"], found["doi"]) == (pmcid, pmid, doi)


def test_ids_and_titles_of_other_articles_are_never_taken() -> None:
    other = (
        '<front-stub><article-id pub-id-type="pmid">9</article-id><title-group><article-title>Reply</article-title>'
        "</title-group><abstract><p>No.</p></abstract></front-stub>"
    )
    found = paper(
        ids=ids(doi="10.5555/1"),
        meta='<related-article><article-id pub-id-type="pmid">8</article-id></related-article>',
        after=f"<sub-article>{other}</sub-article><response>{other}</response>",
    )
    assert (found["pmid"], found["title"], found["abstract"]) == (None, "Otters of the upper lake", None)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (ids(pmc="123", doi="10.5555/1"), "https://pmc.ncbi.nlm.nih.gov/articles/PMC123/"),
        (ids(doi="10.5555/1"), "https://doi.org/10.5555/1"),
        (ids(pmid="5"), None),
    ],
)
def test_url(given: str, url: str | None) -> None:
    assert paper(ids=given)["url"] == url


@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("<article-title>\n A <italic>Lutra</italic>\n  story </article-title>", "A Lutra story"),
        (
            '<article-title>Otters<xref ref-type="fn" rid="f">*</xref><fn id="f"><p>Note</p></fn></article-title>',
            "Otters",
        ),
        ("<article-title>Otters<sup>†</sup></article-title>", "Otters"),
        ("<article-title>C<sup>*</sup>-algebras of CO<sub>2</sub></article-title>", "C*-algebras of CO2"),
        ("<article-title>10<sup>6</sup> otters</article-title>", "10^6 otters"),
        ("<article-title>P&lt;0.001 &amp; more</article-title>", "P<0.001 & more"),
        ("<article-title>Otters:</article-title><subtitle>a story</subtitle>", "Otters: a story"),
        ("<article-title>Otters</article-title><subtitle>A story</subtitle>", "Otters: A story"),
        ("<article-title>One<break/>two</article-title><alt-title>short</alt-title>", "One two"),
        (
            "<article-title>A</article-title><trans-title-group><trans-title>B</trans-title></trans-title-group>",
            "A",
        ),
        (
            "<article-title>The <mml:math><mml:msub><mml:mi>x</mml:mi><mml:mi>i</mml:mi></mml:msub></mml:math> case"
            "</article-title>",
            "The x_i case",
        ),
        ("<article-title/>", None),
    ],
)
def test_title(inner: str, title: str | None) -> None:
    assert paper(title=f"<title-group>{inner}</title-group>")["title"] == title


@pytest.mark.parametrize(
    ("inner", "titles"),
    [
        (
            '<trans-title-group xml:lang="fr"><trans-title>Loutres<sup>*</sup></trans-title><trans-subtitle>un récit'
            '</trans-subtitle></trans-title-group><trans-title-group xml:lang="zh"><trans-title>湖泊水獭</trans-title>'
            "</trans-title-group>",
            ["Loutres: un récit", "湖泊水獭"],
        ),
        ("<trans-title>Loutres</trans-title>", ["Loutres"]),
        ("<trans-title-group><trans-title/></trans-title-group>", None),
        ("<alt-title>Short</alt-title>", None),
    ],
)
def test_titles_in_other_languages_are_kept_apart(inner: str, titles: list[str] | None) -> None:
    found = paper(title=f"<title-group><article-title>Otters</article-title>{inner}</title-group>")
    assert (found["title"], found["translated_titles"]) == ("Otters", titles)


@pytest.mark.parametrize(
    ("given", "abstract"),
    [
        ("<abstract><p>One.</p><p>Two.</p></abstract>", "One. Two."),
        ("<abstract><p>One.</p>\n<p>Two.</p></abstract>", "One. Two."),
        ("<abstract><title>Abstract</title><p>One.</p></abstract>", "One."),
        (
            "<abstract><sec><title>Aims</title><p>A.</p></sec><sec><title>Why?</title><p>B.</p></sec></abstract>",
            "Aims: A. Why? B.",
        ),
        (
            '<abstract abstract-type="toc"><p>T</p></abstract><abstract><p>Real</p></abstract>'
            '<abstract abstract-type="editor"><p>E</p></abstract>',
            "Real",
        ),
        ('<abstract abstract-type="graphical"><p>G</p></abstract>', None),
        ('<abstract abstract-type="toc"><p>G</p></abstract>', None),
        ("<abstract><p><fig><graphic/></fig></p></abstract><abstract><p>Words</p></abstract>", "Words"),
        ('<abstract abstract-type="summary"><p>S</p></abstract>', "S"),
        ('<abstract xml:lang="fr"><p>F</p></abstract><abstract xml:lang="en"><p>E</p></abstract>', "E"),
        ('<trans-abstract xml:lang="fr"><p>F</p></trans-abstract>', None),
        (
            "<abstract><sec><title>Simple Summary</title><p>S</p></sec><sec><title>Abstract</title><p>A</p></sec>"
            "<sec><title>Electronic supplementary material</title><p>The online version…</p></sec></abstract>",
            "A",
        ),
        ("<abstract><p>P&lt;0.001, n&#160;=&#8201;5</p></abstract>", "P<0.001, n = 5"),
    ],
)
def test_abstract(given: str, abstract: str | None) -> None:
    assert paper(meta=given)["abstract"] == abstract


def test_key_findings_and_tldr_have_abstracts_of_their_own() -> None:
    found = paper(
        meta='<abstract abstract-type="author-highlights"><title>Highlights</title><list><list-item><label>•</label>'
        "<p>Otters swim.</p></list-item><list-item><p>Otters eat.</p></list-item></list></abstract>"
        '<abstract abstract-type="teaser"><p>On otters.</p></abstract>'
    )
    assert found["key_findings"] == ["Otters swim.", "Otters eat."]
    assert (found["tldr"], found["abstract"]) == ("On otters.", None)
    assert found["summary_source"] == "teaser, author-highlights"


@pytest.mark.parametrize(
    ("kind", "inner", "source"),
    [
        ("web-summary", "<p>On otters.</p>", "web-summary"),
        ("short", "<title>Significance</title><p>On otters.</p>", "short"),
        ("key-points", "<sec><title>Question</title><p>Do they swim?</p></sec>", "key-points"),
        ("teaser", "<p> </p>", None),
        ("graphical", "<p>On otters.</p>", None),
    ],
)
def test_what_a_typed_abstract_fills_says_its_type(kind: str, inner: str, source: str | None) -> None:
    found = paper(meta=f'<abstract abstract-type="{kind}">{inner}</abstract>')
    assert found["summary_source"] == source
    assert found["abstract"] is None


def day(kind: str, inner: str) -> str:
    return f"<pub-date {kind}>{inner}</pub-date>"


YMD = "<day>{2}</day><month>{1}</month><year>{0}</year>"
EPUB = day('pub-type="epub"', YMD.format(2019, 5, 4))
PRINT = day('pub-type="ppub"', YMD.format(2018, 2, 1))
COLLECTION = day('pub-type="collection"', "<year>2017</year>")
RELEASE = day('pub-type="pmc-release"', YMD.format(2020, 1, 1))


@pytest.mark.parametrize(
    ("given", "when", "precision"),
    [
        (RELEASE + COLLECTION + PRINT + EPUB, date(2019, 5, 4), "day"),
        (RELEASE + COLLECTION + PRINT, date(2018, 2, 1), "day"),
        (RELEASE + COLLECTION, date(2017, 1, 1), "year"),
        (RELEASE, date(2020, 1, 1), "day"),
        (
            day('date-type="collection" publication-format="electronic"', "<year>2021</year>")
            + day('date-type="pub" publication-format="electronic"', YMD.format(2021, "03", "05")),
            date(2021, 3, 5),
            "day",
        ),
        (day('pub-type="epub"', "<month>Mar</month><year>2020</year>"), date(2020, 3, 1), "month"),
        (day('pub-type="epub"', "<month>march</month><year>2020</year>"), date(2020, 3, 1), "month"),
        (day('pub-type="ppub"', "<season>Winter</season><year>2017</year>"), date(2017, 1, 1), "year"),
        (day('pub-type="ppub"', "<month>Jan-Feb</month><year>2017</year>"), date(2017, 1, 1), "year"),
        (day('pub-type="epub"', YMD.format(2019, 2, 31)), date(2019, 2, 1), "month"),
        (day('pub-type="epub"', YMD.format(2019, 13, 1)), date(2019, 1, 1), "year"),
        (day('iso-8601-date="2025-07"', ""), date(2025, 7, 1), "month"),
        (day("", "<string-date>Spring 1987</string-date>"), date(1987, 1, 1), "year"),
        (day('pub-type="epub"', "<year>in press</year>") + PRINT, date(2018, 2, 1), "day"),
        (day('pub-type="hwp-received"', YMD.format(2019, 1, 1)), None, None),
        (day('pub-type="epub"', "<year>7991</year>"), date(7991, 1, 1), "year"),
        (day("", "<day>1</day><year>1843</year><day>2</day><year>1850</year>"), date(1843, 1, 1), "year"),
        ("", None, None),
    ],
)
def test_published(given: str, when: date | None, precision: str | None) -> None:
    found = paper(dates=given)
    assert (found["published"], found["published_precision"]) == (when, precision)


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("eng", "en"),
        ("pt_BR", "pt"),
        ("", None),
        ("klingon", "klingon"),
    ],
)
def test_language(given: str, language: str | None) -> None:
    found = paper(attributes=f'xml:lang="{given}"')
    assert (found["language"], found["article_type"]) == (language, None)


def test_journal_and_issn() -> None:
    old = '<journal-id journal-id-type="nlm-ta">Lake Stud</journal-id><issn>2041172x</issn>'
    assert [paper(journal=old)[key] for key in ("journal", "publisher", "issn")] == [
        "Lake Stud",
        None,
        "2041-172X",
    ]
    direct = "<journal-title>Lakes &amp; Ponds</journal-title><issn publication-format='electronic'>2222-2222</issn>"
    assert [paper(journal=direct)[key] for key in ("journal", "issn")] == ["Lakes & Ponds", "2222-2222"]


def licence(inner: str = "", href: str = "", more: str = "") -> str:
    link = f' xlink:href="{href}"' if href else ""
    return f"<permissions><license{link} {more}><license-p>{inner}</license-p></license></permissions>"


CC = "creativecommons.org/licenses"


@pytest.mark.parametrize(
    ("given", "name", "is_open"),
    [
        (licence(href=f"https://{CC}/by/4.0/"), "CC-BY-4.0", True),
        (licence(href=f"http://{CC}/by-nc-nd/3.0/legalcode"), "CC-BY-NC-ND-3.0", True),
        (licence(href=f"http://{CC}/by/3.0/igo/"), "CC-BY-3.0-IGO", True),
        (licence(href=f"http://{CC}/by/2.0/uk/"), "CC-BY-2.0", True),
        (licence(href="https://creativecommons.org/publicdomain/zero/1.0/"), "CC0-1.0", True),
        (licence(f'Under <ext-link xlink:href="https://{CC}/by-sa/4.0/">this</ext-link>'), "CC-BY-SA-4.0", True),
        (licence(f"See http://{CC}/by/4.0/). Data: http://creativecommons.org/publicdomain/zero/1.0/"),
         "CC-BY-4.0", True),
        ("<permissions><license><ali:license_ref>http://" + CC + "/by-nc/4.0</ali:license_ref></license></permissions>",
         "CC-BY-NC-4.0", True),
        (licence("the Creative Commons Attribution License, which permits non-commercial reuse too."), "CC-BY", True),
        (licence("the Creative Commons Attribution Non-Commercial License 3.0"), "CC-BY-NC-3.0", True),
        (licence("a Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International License"),
         "CC-BY-NC-ND-4.0", True),
        (licence("under CC BY-NC 4.0"), "CC-BY-NC-4.0", True),
        (licence("This is CC-BY."), "CC-BY", True),
        (licence("a Creative Commons CC0 public domain dedication"), "CC0-1.0", True),
        (licence("Free to read.", href="https://example.org/terms"), "https://example.org/terms", None),
        (licence("No commercial use."), "No commercial use.", None),
        (licence("No commercial use.", more='license-type="open-access"'), "No commercial use.", True),
        (licence("This is an open-access article of the WHO."), "This is an open-access article of the WHO.", True),
        ("<permissions><copyright-statement>© 2001 Reed</copyright-statement></permissions>", None, None),
        ("<permissions><copyright-statement>Reed, Creative Commons Attribution License</copyright-statement>"
         "</permissions>", "CC-BY", True),
        ("", None, None),
        ("<custom-meta-group><custom-meta><meta-name>pmc-prop-open-access</meta-name><meta-value>yes</meta-value>"
         "</custom-meta></custom-meta-group>", None, True),
        ("<custom-meta-group><custom-meta><meta-name>pmc-prop-open-access</meta-name><meta-value>no</meta-value>"
         "</custom-meta></custom-meta-group>", None, False),
    ],
)  # fmt: skip
def test_licence(given: str, name: str | None, is_open: bool | None) -> None:
    found = paper(meta=given)
    assert (found["license"], found["is_open_access"]) == (name, is_open)


def test_keywords_are_the_authors_own() -> None:
    found = paper(
        meta='<kwd-group kwd-group-type="author"><title>Key</title><kwd><italic>Lutra</italic> sp.</kwd><kwd>lake</kwd>'
        "<kwd>lake</kwd></kwd-group>"
        '<kwd-group kwd-group-type="npg-subject"><kwd>Ecology</kwd></kwd-group>'
        '<kwd-group kwd-group-type="abbreviations"><kwd>UL</kwd></kwd-group>'
        '<kwd-group kwd-group-type="MeSH"><kwd>Otters</kwd></kwd-group>'
        "<kwd-group><compound-kwd><compound-kwd-part>A1</compound-kwd-part><compound-kwd-part>fish</compound-kwd-part>"
        "</compound-kwd><nested-kwd><kwd>water</kwd><nested-kwd><kwd>ice</kwd></nested-kwd></nested-kwd></kwd-group>"
        '<kwd-group xml:lang="fr"><kwd>loutre</kwd></kwd-group>'
    )
    assert found["keywords"] == ["Lutra sp.", "lake", "A1 fish", "water", "ice"]
    assert found["mesh_terms"] == ["Otters"]
    assert found["subjects"] == ["Ecology"]


def test_subjects_are_what_the_journal_files_it_under() -> None:
    found = paper(
        meta='<article-categories><subj-group subj-group-type="heading"><subject>Research <bold>Article</bold>'
        '</subject></subj-group><subj-group subj-group-type="Discipline-v3"><subject>Biology</subject><subj-group>'
        "<subject>Ecology</subject></subj-group></subj-group><subj-group><subject>Biology</subject></subj-group>"
        "<series-title>Lakes</series-title></article-categories>"
        '<kwd-group kwd-group-type="research-organism"><kwd>Other</kwd></kwd-group>'
    )
    assert found["subjects"] == ["Research Article", "Biology", "Ecology", "Other"]
    assert found["keywords"] is None


def award(funder: str, *numbers: str) -> str:
    ids = "".join(f"<award-id>{number}</award-id>" for number in numbers)
    return f"<funding-group><award-group><funding-source>{funder}</funding-source>{ids}</award-group></funding-group>"


LAKE_FUND = (
    "<institution-wrap><institution-id>http://dx.doi.org/10.13039/1</institution-id>"
    "<institution>Lake Fund</institution></institution-wrap>"
)
SAID = "<funding-group><funding-statement>Paid by <italic>nobody</italic>.</funding-statement></funding-group>"


@pytest.mark.parametrize(
    ("given", "funding"),
    [
        (award(LAKE_FUND, "L-1", "L-2") + award("Pond Trust"), ["Lake Fund (L-1, L-2)", "Pond Trust"]),
        (award(LAKE_FUND, "L-1") + award("Lake Fund", "L-1", "L-3") + SAID, ["Lake Fund (L-1, L-3)"]),
        (award('Lake Fund<named-content content-type="fundref-id">10.13039/1</named-content>', "-"), ["Lake Fund"]),
        (award('<named-content content-type="funder-name">Lake Fund</named-content>'), ["Lake Fund"]),
        (award("", "L-1"), ["L-1"]),
        (award("") + SAID, ["Paid by nobody."]),
        (SAID, ["Paid by nobody."]),
        ("", None),
    ],
)
def test_funding_is_a_text_a_funder(given: str, funding: list[str] | None) -> None:
    assert paper(meta=given)["funding"] == funding


def related(kind: str, link: str = 'ext-link-type="doi" xlink:href="10.5555/0"', inner: str = "") -> str:
    return f'<related-article related-article-type="{kind}" {link}>{inner}</related-article>'


@pytest.mark.parametrize(
    ("kind", "others", "is_retracted", "notices"),
    [
        ("research-article", ["retraction-forward"], True, ["retraction"]),
        ("research-article", ["correction-forward"], False, ["correction"]),
        ("research-article", ["expressed-concern", "correction-forward", "correction-forward"], False,
         ["correction", "expression-of-concern"]),
        ("research-article", ["partial-retraction"], False, ["partial-retraction"]),
        ("research-article", ["companion", "commentary-article"], False, None),
        ("retracted-article", ["companion"], True, ["retraction"]),
        ("retraction", ["retracted-article"], False, None),
        ("retraction", ["retraction-forward"], False, None),
        ("expression-of-concern", ["object-of-concern"], False, None),
        ("correction", ["partial-retraction"], False, None),
        ("correction", ["corrected-article", "retraction-forward"], True, ["retraction"]),
    ],
)  # fmt: skip
def test_notices_are_those_about_the_paper_itself(
    kind: str, others: list[str], is_retracted: bool, notices: list[str] | None
) -> None:
    found = paper(attributes=f'article-type="{kind}"', meta="".join(map(related, others)))
    assert (found["article_type"], found["is_retracted"], found["notices"]) == (kind, is_retracted, notices)


@pytest.mark.parametrize(
    ("kind", "given", "notice_of"),
    [
        ("correction", related("corrected-article"), ["DOI:10.5555/0"]),
        ("retraction", related("retracted-article", 'xlink:href="https://doi.org/10.5555/A%3C1%3E"'),
         ["DOI:10.5555/a<1>"]),
        ("correction", related("corrected-article", 'ext-link-type="uri" xlink:href="info:doi/10.5555/0"'),
         ["DOI:10.5555/0"]),
        ("expression-of-concern", related("object-of-concern", 'ext-link-type="pubmed" xlink:href="77"'),
         ["PMID:77"]),
        ("retraction", related("partial-retraction", 'ext-link-type="pmc" xlink:href="12"'), ["PMC12"]),
        ("correction", related("corrected-article", inner="10.5555/0") * 2, ["DOI:10.5555/0"]),
        ("correction", related("corrected-article", "", "10.5555/0"), ["DOI:10.5555/0"]),
        ("correction", related("corrected-article", 'vol="3" page="12"', "Reed I, Lakes."), None),
        ("correction", related("corrected-article", 'ext-link-type="pmc" xlink:href="?"'), None),
        ("correction", related("companion"), None),
        ("research-article", related("partial-retraction") + related("retraction-forward"), None),
    ],
)  # fmt: skip
def test_a_notice_names_the_papers_that_it_is_of(kind: str, given: str, notice_of: list[str] | None) -> None:
    assert paper(attributes=f'article-type="{kind}"', meta=given)["notice_of"] == notice_of


def test_a_notice_may_name_its_paper_in_its_text_but_a_paper_does_not_speak_of_itself_there() -> None:
    body = f"<p>This corrects {related('corrected-article')}.</p>"
    other = f"<sub-article><front-stub>{related('corrected-article', inner='x')}</front-stub></sub-article>"
    assert paper(attributes='article-type="correction"', body=body, after=other)["notice_of"] == ["DOI:10.5555/0"]
    assert paper(attributes='article-type="research-article"', body=body)["notice_of"] is None


def test_full_text_means_text_in_the_body() -> None:
    assert paper(body="<p>x</p>")["has_full_text"] is True
    assert paper(body="<sec><p> </p></sec>")["has_full_text"] is False
    assert rows(article().replace("<body></body>", "")).paper["has_full_text"] is False
