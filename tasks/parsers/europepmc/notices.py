"""Retractions, corrections and expressions of concern in a record: those that tell of its paper, and those it is.

A record's comments and corrections name both: ``Erratum in`` the notice about this paper, ``Erratum for`` the paper
that this notice is about.
"""

from typing import Any

from schemas.identifiers import normalise_pmcid, normalise_pmid
from tasks.parsers.answers import get, many, text
from tasks.parsers.rows import Row

_ABOUT_IT = {
    "retraction in": "retraction",
    "retracted in": "retraction",
    "partial retraction in": "partial-retraction",
    "erratum in": "correction",
    "correction in": "correction",
    "corrected and republished in": "correction",
    "expression of concern in": "expression-of-concern",
}
_SUBJECTS = {
    "retraction of",
    "partial retraction of",
    "erratum for",
    "correction for",
    "corrected and republished from",
    "expression of concern for",
}


def notices(record: dict[str, Any]) -> Row:
    """``notices``: the kinds of notices about this very paper; ``notice_of``: the papers that it is a notice of."""
    links = [(relation(link), link) for link in links_of(record)]
    kinds = {_ABOUT_IT[kind] for kind, _ in links if kind in _ABOUT_IT}
    subjects = [paper for kind, link in links if kind in _SUBJECTS and (paper := _paper(link))]
    return {
        "notices": [kind for kind in dict.fromkeys(_ABOUT_IT.values()) if kind in kinds] or None,
        "notice_of": list(dict.fromkeys(subjects)) or None,
    }


def links_of(record: dict[str, Any]) -> list[Any]:
    """The comments and corrections of a record."""
    return many(get(record, "commentCorrectionList", "commentCorrection"))


def relation(link: Any) -> str:
    """What a comment or correction is to the paper: ``erratum in``."""
    return (text(get(link, "type")) or "").lower()


def _paper(link: Any) -> str | None:
    """As a ``paper_id`` is written; the paper may be named by a reference alone."""
    source, id = text(get(link, "source")), text(get(link, "id"))
    if source == "MED" and (pmid := normalise_pmid(id)):
        return f"PMID:{pmid}"
    return normalise_pmcid(id) if source == "PMC" else None
