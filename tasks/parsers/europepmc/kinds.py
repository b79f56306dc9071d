"""What kind of article a record is, in JATS's words, and whether it was retracted.

A record mixes the type that the publisher's JATS has (``research-article``) with PubMed's (``Journal Article``,
``Randomized Controlled Trial``). In this order: a notice about another paper, JATS's own, what PubMed's say in JATS's
words, and a type that neither knows as it is, in lower case with hyphens (``video-audio-media``). PubMed's ``Journal
Article`` alone says nothing of the kind: it stays ``journal-article``, not a guess.
"""

import re
from typing import Any

from tasks.parsers.answers import get, many, text
from tasks.parsers.europepmc.notices import links_of, relation

_NOTICES = {
    "retraction of publication": "retraction",
    "retraction notice": "retraction",
    "retraction": "retraction",
    "published erratum": "correction",
    "correction": "correction",
    "expression of concern": "expression-of-concern",
}
_HYPHENATED = re.compile(r"[a-z]+(?:-[a-z]+)+")
_NOT_JATS = {"meta-analysis", "journal-article"}
_BY_PUBMED = {
    "preprint": "preprint",
    "editorial": "editorial",
    "letter": "letter",
    "case reports": "case-report",
    "systematic review": "systematic-review",
    "review": "review-article",
    "comment": "article-commentary",
    "news": "news",
    "newspaper article": "news",
    "obituary": "obituary",
    "randomized controlled trial": "research-article",
    "clinical trial": "research-article",
    "controlled clinical trial": "research-article",
    "observational study": "research-article",
    "multicenter study": "research-article",
    "comparative study": "research-article",
    "validation study": "research-article",
    "evaluation study": "research-article",
    "equivalence trial": "research-article",
}
#: Types that say who paid, in which form or of which journal, but not what it is.
_SILENT = re.compile(
    r"journal article|research support.*|english abstract|historical article|other|retracted publication"
    r"|introductory journal article|(?:corrected and )?republished article"
)
_PREFIX = re.compile(
    r"\W*(?:(?:WITHDRAWN|RETRACTED)\s*(?:[:.\])–—-]|$)"
    r"|(?i:(?:withdrawn|retracted)(?:\s+(?:article|paper|preprint|publication))?\s*:)"
    r"|(?i:(?:withdrawn|retracted)\s+(?:article|paper|preprint|publication)\s*(?:[.\])–—-]|$)))"
)


def article_type(record: dict[str, Any]) -> str | None:
    """The JATS article type of a record; None where it has no type at all."""
    kinds = _kinds(record)
    for kind, name in _NOTICES.items():
        if kind in kinds:
            return name
    jats = [kind for kind in kinds if _HYPHENATED.fullmatch(kind) and kind not in _NOT_JATS]
    if jats:
        return jats[0]
    for kind, name in _BY_PUBMED.items():
        if any(own == kind or own.startswith(f"{kind},") for own in kinds):
            return name
    telling = [kind for kind in kinds if not _SILENT.fullmatch(kind)]
    silent = [kind for kind in ("other", "journal article") if kind in kinds]
    own_words = next(iter(telling or silent or kinds), "")
    return re.sub(r"[^\w]+", "-", own_words).strip("-") or None


def is_retracted(record: dict[str, Any], title: str) -> bool | None:
    """Whether this very paper was retracted or withdrawn: by its type, a comment, or its title.

    The notice that retracts another paper was not, even where its title begins the same way. None where the record
    has neither types nor comments.
    """
    kinds = _kinds(record)
    relations = {relation(link) for link in links_of(record)}
    if "retracted publication" in kinds or relations & {"retraction in", "retracted in"}:
        return True
    if article_type(record) == "retraction" or "retraction of" in relations:
        return False
    if _PREFIX.match(title):
        return True
    return False if kinds or relations else None


def _kinds(record: dict[str, Any]) -> list[str]:
    """In lower case: a list in core records, ``a; b`` in lite ones."""
    stated = many(get(record, "pubTypeList", "pubType")) + many(get(record, "pubType"))
    parts = [part.strip().lower() for item in stated for part in (text(item) or "").split(";")]
    return [part for part in dict.fromkeys(parts) if part]
