"""What an article says about itself in its front matter: the columns of ``papers``."""

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.jats.abstracts import abstracts
from tasks.parsers.jats.dates import published
from tasks.parsers.jats.elements import LANG, Element, fold, raw_text
from tasks.parsers.jats.funding import funding
from tasks.parsers.jats.licences import licence
from tasks.parsers.jats.notices import notices
from tasks.parsers.jats.text import TITLE, inline
from tasks.parsers.jats.topics import topics
from tasks.parsers.languages import iso_639_1
from tasks.parsers.rows import ParseError, Row


def paper(article: Element) -> Row:
    """The row of ``papers`` as far as the front matter says it; ParseError where there is no front matter."""
    meta = article.find("front/article-meta")
    if meta is None:
        meta = article.find("article-meta")
    if meta is None:
        raise ParseError("not_jats", f"the article (line {article.sourceline}) has no front matter, not JATS")
    journal = article.find("front/journal-meta")
    pmcid, pmid, doi = _ids(meta)
    when, precision = published(meta.findall("pub-date"))
    licence_name, is_open = licence(meta)
    language = article.get(LANG)
    return {
        "pmcid": pmcid,
        "pmid": pmid,
        "doi": doi,
        "title": _title(meta),
        "translated_titles": _translated_titles(meta) or None,
        **abstracts(meta, language),
        **(_journal(journal) if journal is not None else {}),
        "published": when,
        "published_precision": precision,
        "article_type": fold(article.get("article-type")) or None,
        "language": iso_639_1(language),
        "license": licence_name,
        "is_open_access": is_open,
        **notices(article, meta),
        **topics(meta, language),
        "funding": funding(meta) or None,
        "url": _url(pmcid, doi),
    }


def article_meta(article: Element) -> Element:
    """The ``article-meta`` of an article that ``paper`` accepted."""
    meta = article.find("front/article-meta")
    found = meta if meta is not None else article.find("article-meta")
    assert found is not None
    return found


def _ids(meta: Element) -> tuple[str | None, str | None, str | None]:
    """pmcid, pmid and doi; PMC's other numbers (``pmcaid``, ``pmcaiid``, ``pmcid-ver``) are none of these."""
    found: dict[str, str] = {}
    for item in meta.iterchildren("article-id"):
        value = fold(raw_text(item))
        if value:
            found.setdefault(item.get("pub-id-type", "").lower(), value)
    return (
        normalise_pmcid(found.get("pmcid") or found.get("pmc")),
        normalise_pmid(found.get("pmid")),
        normalise_doi(found.get("doi")),
    )


def _url(pmcid: str | None, doi: str | None) -> str | None:
    if pmcid:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/"
    return f"https://doi.org/{doi}" if doi else None


def _title(meta: Element) -> str | None:
    """The title with its subtitle, in the article's own language."""
    group = meta.find("title-group")
    holder = group if group is not None else meta
    return _with_subtitle(holder.find("article-title"), holder.find("subtitle"))


def _translated_titles(meta: Element) -> list[str]:
    """The titles in other languages, in groups with their subtitles or, in older files, alone."""
    groups = (*meta.iterfind("title-group/trans-title-group"), *meta.iterfind("title-group"))
    found = (_with_subtitle(group.find("trans-title"), group.find("trans-subtitle")) for group in groups)
    return list(filter(None, found))


def _with_subtitle(title_element: Element | None, subtitle_element: Element | None) -> str | None:
    title = inline(title_element, TITLE)
    subtitle = inline(subtitle_element, TITLE) if title else ""
    if not subtitle:
        return title or None
    return f"{title} {subtitle}" if title[-1] in ":.?!–—" else f"{title}: {subtitle}"


def _journal(journal: Element) -> Row:
    titles = (*journal.findall("journal-title-group/journal-title"), *journal.findall("journal-title"))
    short = (*journal.iter("abbrev-journal-title"), *journal.findall("journal-id[@journal-id-type='nlm-ta']"))
    names = filter(None, (inline(item, TITLE) for item in (*titles, *short)))
    issns = [(_issn_rank(item), _issn(item.text)) for item in journal.findall("issn") if fold(item.text)]
    return {
        "journal": next(names, None),
        "publisher": inline(journal.find("publisher/publisher-name"), TITLE) or None,
        "issn": min(issns)[1] if issns else _issn(journal.findtext("issn-l")) or None,
    }


def _issn_rank(issn: Element) -> int:
    kind = (issn.get("pub-type") or issn.get("publication-format") or "").lower()
    return 0 if kind in ("epub", "electronic", "online") else 1 if kind in ("ppub", "print") else 2


def _issn(text: str | None) -> str:
    """``2041172x`` as ``2041-172X``."""
    value = fold(text).upper()
    return f"{value[:4]}-{value[4:]}" if len(value) == 8 and value[:7].isdecimal() else value
