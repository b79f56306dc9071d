"""How the tests of the JATS parser build articles, and that the builder's own article comes through whole."""

import io
from datetime import date
from typing import Any

from tasks.parsers.jats import parse
from tasks.parsers.rows import PaperRows, ParseError

NAMESPACES = (
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
)
IDS = '<article-id pub-id-type="pmc">123</article-id><article-id pub-id-type="doi">10.5555/Lake.1</article-id>'
TITLE = "<title-group><article-title>Otters of the upper lake</article-title></title-group>"
AUTHOR = '<contrib contrib-type="author"><name><surname>Reed</surname><given-names>Ida</given-names></name></contrib>'
DATE = '<pub-date pub-type="epub"><day>4</day><month>5</month><year>2019</year></pub-date>'
JOURNAL = (
    "<journal-title-group><journal-title>Lake Studies</journal-title></journal-title-group>"
    '<issn pub-type="ppub">1111-1111</issn><issn pub-type="epub">2041-1723</issn>'
    "<publisher><publisher-name>Reed &amp; Co</publisher-name></publisher>"
)


def article(
    *,
    ids: str = IDS,
    title: str = TITLE,
    contribs: str = f"<contrib-group>{AUTHOR}</contrib-group>",
    dates: str = DATE,
    journal: str = JOURNAL,
    meta: str = "",
    body: str = "",
    back: str = "",
    after: str = "",
    attributes: str = 'article-type="research-article" xml:lang="en"',
) -> str:
    """A small article; each part can be replaced, ``meta`` adds to article-meta."""
    return (
        f"<article {NAMESPACES} {attributes}><front><journal-meta>{journal}</journal-meta>"
        f"<article-meta>{ids}{title}{contribs}{dates}{meta}</article-meta></front>"
        f"<body>{body}</body><back>{back}</back>{after}</article>"
    )


def outcomes(document: str | bytes) -> list[PaperRows | ParseError]:
    """All that parsing yields, and what it raises at the end, if it does."""
    data = document.encode() if isinstance(document, str) else document
    found: list[PaperRows | ParseError] = []
    try:
        found.extend(parse(io.BytesIO(data), "test"))
    except ParseError as error:
        found.append(error)
    return found


def rows(document: str | bytes) -> PaperRows:
    """The rows of a document that holds one good article."""
    [found] = outcomes(document)
    assert isinstance(found, PaperRows), found.message
    return found


def paper(**parts: str) -> dict[str, Any]:
    return rows(article(**parts)).paper


def error(document: str | bytes) -> ParseError:
    """The reason why a document gives no paper."""
    [found] = outcomes(document)
    assert isinstance(found, ParseError)
    return found


def test_the_small_article_comes_through_whole() -> None:
    found = rows(article(body="<sec><title>Results</title><p>Eleven.</p></sec>"))
    assert found.paper == {
        "pmcid": "PMC123",
        "pmid": None,
        "doi": "10.5555/lake.1",
        "title": "Otters of the upper lake",
        "translated_titles": None,
        "abstract": None,
        "tldr": None,
        "key_findings": None,
        "summary_source": None,
        "journal": "Lake Studies",
        "publisher": "Reed & Co",
        "issn": "2041-1723",
        "published": date(2019, 5, 4),
        "published_precision": "day",
        "authors": ["Ida Reed"],
        "article_type": "research-article",
        "language": "en",
        "license": None,
        "is_open_access": None,
        "is_retracted": False,
        "notices": None,
        "notice_of": None,
        "keywords": None,
        "mesh_terms": None,
        "subjects": None,
        "funding": None,
        "reference_count": 0,
        "has_full_text": True,
        "url": "https://pmc.ncbi.nlm.nih.gov/articles/PMC123/",
    }
    assert [author["name"] for author in found.authors] == ["Ida Reed"]
    assert found.sections == [{"level": 1, "heading": "Results", "section_type": "results", "text": "Eleven."}]
    assert found.references == [] and found.entities == [] and found.content_hash is None


def test_every_column_is_one_of_the_tables() -> None:
    from schemas.tables import TABLES

    back = "<ref-list><ref><label>1</label><mixed-citation>Reed, 2010.</mixed-citation></ref></ref-list>"
    found = rows(article(body="<p>Text.</p>", back=back))
    tables = {"authors": found.authors, "references": found.references, "sections": found.sections}
    for name, table in {"papers": [found.paper], **tables}.items():
        assert table
        for row in table:
            assert set(row) <= set(TABLES[name].to_schema().columns)
