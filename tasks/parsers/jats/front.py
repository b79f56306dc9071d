"""What an article says about itself in its front matter: the columns of ``papers``."""

import re

from schemas.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.jats.dates import published
from tasks.parsers.jats.elements import LANG, Element, fold, raw_text
from tasks.parsers.jats.licences import licence
from tasks.parsers.jats.text import ABSTRACT, TITLE, Pieces, Rules, inline, write_one
from tasks.parsers.languages import iso_639_1
from tasks.parsers.rows import ParseError, Row

#: Types of abstract that stand for the main one where no untyped one does.
_MAIN_TYPES = {"abstract", "main", "normal", "standard", "structured", "section", "summary", "longsummary"}
_MAIN_TYPES |= {"executive-summary", "original"}
_FINDINGS = {"key-points", "keypoints", "author-highlights", "highlights", "key-findings", "key_points"}
_TLDR = {"teaser", "short", "web-summary", "tldr"}
#: Groups that are not the authors' own words: subject schemes and lists of abbreviations.
_NOT_KEYWORDS = re.compile(r"subject|abbrev|organism|classif|jel|pacs|msc|aas|uat|ddc|inspec|taxon|discipline", re.I)
_FINDING: Rules = {**ABSTRACT, "label": lambda _element, _out, _rules: None}
#: Headings of what some publishers put into the abstract besides it.
_ASIDE = re.compile(r"(electronic )?supplementa(ry|l) (material|information)|(simple|lay|plain[- ]language) summary")
_RETRACTED = {"retraction-forward", "retracted-by", "retraction"}


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
    language = iso_639_1(article.get(LANG))
    abstracts = meta.findall("abstract")
    return {
        "pmcid": pmcid,
        "pmid": pmid,
        "doi": doi,
        "title": _title(meta),
        "abstract": _main_abstract(abstracts, article.get(LANG)),
        "tldr": next(filter(None, (_abstract(item) for item in _of_type(abstracts, _TLDR))), None),
        "key_findings": _findings(abstracts) or None,
        **(_journal(journal) if journal is not None else {}),
        "published": when,
        "published_precision": precision,
        "article_type": fold(article.get("article-type")) or None,
        "language": language,
        "license": licence_name,
        "is_open_access": is_open,
        "is_retracted": _is_retracted(article, meta),
        **_keywords(meta, article.get(LANG)),
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
    title = inline(holder.find("article-title"), TITLE)
    subtitle = inline(holder.find("subtitle"), TITLE) if title else ""
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


def _is_retracted(article: Element, meta: Element) -> bool:
    """Whether this very paper was retracted; the notice that retracts another one was not."""
    if fold(article.get("article-type")).lower() in ("retracted-article", "retracted"):
        return True
    kinds = {item.get("related-article-type", "") for item in meta.iterchildren("related-article")}
    return not kinds.isdisjoint(_RETRACTED) and article.get("article-type") != "retraction"


def _type(abstract: Element) -> str:
    return fold(abstract.get("abstract-type")).lower()


def _of_type(abstracts: list[Element], kinds: set[str]) -> list[Element]:
    return [item for item in abstracts if _type(item) in kinds]


def _main_abstract(abstracts: list[Element], language: str | None) -> str | None:
    """The untyped abstract in the article's language, else one whose type says that it is the main one."""
    untyped = [item for item in abstracts if not _type(item)]
    foreign = [item for item in untyped if item.get(LANG) and item.get(LANG) != language]
    own = [item for item in untyped if item not in foreign]
    for item in (*own, *foreign, *_of_type(abstracts, _MAIN_TYPES)):
        if text := _abstract(item):
            return text
    return None


def _abstract(abstract: Element) -> str | None:
    """An abstract on one line, each heading before its text as ``Heading: text``; its own title left out.

    A simple summary beside the abstract and the publisher's note on supplementary material are no part of it.
    """
    out: Pieces = [abstract.text or ""]
    for child in abstract:
        if child.tag not in ("title", "label") and not _ASIDE.fullmatch(_heading(child)):
            write_one(child, out, ABSTRACT)
        out.append(child.tail or "")
    return fold("".join(out)) or None


def _heading(section: Element) -> str:
    return inline(section.find("title"), TITLE).lower().rstrip(".:")


def _findings(abstracts: list[Element]) -> list[str]:
    """The items of the list, else the sections (``Question: …``), else the paragraphs of the first that has any."""
    for abstract in _of_type(abstracts, _FINDINGS):
        items = next(filter(None, (list(abstract.iter(tag)) for tag in ("list-item", "sec", "p"))), [])
        if found := [text for item in items if (text := inline(item, _FINDING))]:
            return found
    return []


def _keywords(meta: Element, language: str | None) -> Row:
    groups = meta.findall("kwd-group")
    mesh = [group for group in groups if "mesh" in group.get("kwd-group-type", "").lower()]
    own = [g for g in groups if g not in mesh and not _NOT_KEYWORDS.search(g.get("kwd-group-type", ""))]
    in_language = [group for group in own if group.get(LANG, language) == language]
    return {
        "keywords": _distinct(in_language or own) or None,
        "mesh_terms": _distinct(mesh) or None,
    }


def _distinct(groups: list[Element]) -> list[str]:
    found: list[str] = []
    for group in groups:
        for item in group:
            if item.tag in ("kwd", "compound-kwd", "nested-kwd"):
                found.extend(_keyword(item))
            elif item.tag == "unstructured-kwd-group":
                found.extend(fold(part) for part in re.split(r"[;,]", inline(item, TITLE)))
    return [text for text in dict.fromkeys(found) if text]


def _keyword(item: Element) -> list[str]:
    if item.tag == "compound-kwd":
        return [" ".join(filter(None, (inline(part, TITLE) for part in item)))]
    if item.tag == "nested-kwd":
        return [text for part in item for text in _keyword(part)]
    return [inline(item, TITLE)]
