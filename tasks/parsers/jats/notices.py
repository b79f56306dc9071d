"""Retractions, corrections and expressions of concern: those that tell of an article, and those that an article is.

The type of an article says whether it is such a notice itself. Its related articles say the rest: a notice names the
papers it is about, a paper names the notices about it.
"""

import re
from urllib.parse import unquote

from schemas.identifiers import DOI, PMCID, PMID, normalise_doi, normalise_pmcid, normalise_pmid
from tasks.parsers.jats.elements import HREF, Element, fold, raw_text
from tasks.parsers.rows import Row

_NOTICES = ("retraction", "partial-retraction", "correction", "expression-of-concern")
#: What a paper calls a notice about it; the bare names may mean the other direction where a notice uses them.
_ABOUT_IT = {
    "retraction-forward": "retraction",
    "retracted-by": "retraction",
    "correction-forward": "correction",
    "corrected-by": "correction",
    "expressed-concern": "expression-of-concern",
    "concern-forward": "expression-of-concern",
}
_RETRACTED_TYPES = ("retracted-article", "retracted")
#: What a notice calls the paper that it is about.
_SUBJECTS = ("retracted-article", "corrected-article", "object-of-concern", "partial-retraction")


def notices(article: Element, meta: Element) -> Row:
    """``is_retracted``, ``notices`` about this very paper, and ``notice_of``: the papers that it is a notice of."""
    own_type = fold(article.get("article-type")).lower()
    is_notice = own_type in _NOTICES
    related = meta.findall("related-article")
    kinds = {_about_it(item, is_notice) for item in related} - {own_type}
    if own_type in _RETRACTED_TYPES:
        kinds.add("retraction")
    if is_notice and (body := article.find("body")) is not None:
        related.extend(body.iter("related-article"))
    subjects = [_paper(item) for item in related if _is_subject(item, is_notice)]
    return {
        "is_retracted": "retraction" in kinds,
        "notices": [kind for kind in _NOTICES if kind in kinds] or None,
        "notice_of": list(dict.fromkeys(filter(None, subjects))) or None,
    }


def _kind(related: Element) -> str:
    return related.get("related-article-type", "").lower()


def _about_it(related: Element, is_notice: bool) -> str | None:
    kind = _kind(related)
    return _ABOUT_IT.get(kind) or (kind if kind in _NOTICES and not is_notice else None)


def _is_subject(related: Element, is_notice: bool) -> bool:
    kind = _kind(related)
    return kind in _SUBJECTS and (is_notice or kind not in _NOTICES)


def _paper(related: Element) -> str | None:
    """The related article as a ``paper_id`` is written: ``PMC123``, ``PMID:123`` or ``DOI:10.5555/1``."""
    kind = related.get("ext-link-type", "").lower()
    value = unquote(related.get(HREF) or fold(raw_text(related)))
    if "pmc" in kind:
        pmcid = normalise_pmcid(value)
        return pmcid if pmcid and re.fullmatch(PMCID, pmcid) else None
    if kind in ("pubmed", "pmid"):
        pmid = normalise_pmid(value)
        return f"PMID:{pmid}" if pmid and re.fullmatch(PMID, pmid) else None
    doi = normalise_doi(value)
    return f"DOI:{doi}" if doi and re.fullmatch(DOI, doi) else None
