"""JATS and its NLM forebears: articles as rows.

``parse`` follows the parser's interface of ``tasks.parsers.rows``. It reads a single ``article`` or any wrapper of
articles (``pmc-articleset``, ``articles``, OAI records). The way through the room:

    reading     bytes -> article elements; limits, what is not JATS
    encodings   what the bytes are, whatever they say
    named       entities that only a DTD declares
    text        mixed content -> text; formulas for MathML and TeX
    front       article-meta -> the paper: ids, titles, journal; the rest of it in abstracts, dates, funding,
                licences, notices, topics
    people      contributors -> authors and affiliations
    references  ref lists -> references; citations for their text
    body        body -> sections
"""

from collections.abc import Iterator
from typing import BinaryIO

from tasks.parsers.jats.body import has_text, sections
from tasks.parsers.jats.elements import use_plain_names
from tasks.parsers.jats.front import article_meta, paper
from tasks.parsers.jats.people import authors
from tasks.parsers.jats.reading import Article, read_articles
from tasks.parsers.jats.references import references
from tasks.parsers.rows import PaperRows, ParseError

__all__ = ["parse"]


def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
    """The papers of a document in order; see ``tasks.parsers.rows`` for what is yielded and what is raised.

    source_id is not needed: whatever names an article is taken from the article itself.
    """
    for article in read_articles(document):
        yield article if isinstance(article, ParseError) else _rows_or_reason(article)


def _rows_or_reason(article: Article) -> PaperRows | ParseError:
    try:
        return _rows(article)
    except ParseError as error:
        return error
    except RecursionError:
        return ParseError("too_deep", "elements are nested too deeply")


def _rows(article: Article) -> PaperRows:
    element = article.element
    use_plain_names(element)
    row = paper(element)
    people = authors(article_meta(element))
    cited = references(element)
    row["authors"] = [person["name"] for person in people] or None
    row["reference_count"] = len(cited)
    row["has_full_text"] = has_text(element)
    return PaperRows(
        paper=row,
        authors=people,
        references=cited,
        sections=sections(element),
        content_hash=article.content_hash,
    )
