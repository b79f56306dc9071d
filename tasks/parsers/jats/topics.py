"""What an article is about: the authors' keywords, MeSH terms, and the subjects that the journal files it under."""

import re

from tasks.parsers.jats.elements import LANG, Element, fold
from tasks.parsers.jats.text import TITLE, inline
from tasks.parsers.rows import Row

#: Groups of keywords that are a scheme's words, not the authors' own.
_SUBJECTS = re.compile(r"subject|organism|classif|jel|pacs|msc|aas|uat|ddc|inspec|taxon|discipline", re.I)
_ABBREVIATIONS = re.compile(r"abbrev", re.I)


def topics(meta: Element, language: str | None) -> Row:
    """``keywords`` in the article's language, where there are any, ``mesh_terms`` and ``subjects``."""
    groups = [group for group in meta.findall("kwd-group") if not _ABBREVIATIONS.search(_kind(group))]
    mesh = [group for group in groups if "mesh" in _kind(group).lower()]
    schemes = [group for group in groups if group not in mesh and _SUBJECTS.search(_kind(group))]
    own = [group for group in groups if group not in mesh and group not in schemes]
    in_language = [group for group in own if group.get(LANG, language) == language]
    filed_under = [inline(item, TITLE) for item in meta.iterfind("article-categories/subj-group//subject")]
    return {
        "keywords": _distinct(_words(in_language or own)) or None,
        "mesh_terms": _distinct(_words(mesh)) or None,
        "subjects": _distinct(filed_under + _words(schemes)) or None,
    }


def _kind(group: Element) -> str:
    return group.get("kwd-group-type", "")


def _distinct(texts: list[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _words(groups: list[Element]) -> list[str]:
    found: list[str] = []
    for group in groups:
        for item in group:
            if item.tag in ("kwd", "compound-kwd", "nested-kwd"):
                found.extend(_keyword(item))
            elif item.tag == "unstructured-kwd-group":
                found.extend(fold(part) for part in re.split(r"[;,]", inline(item, TITLE)))
    return found


def _keyword(item: Element) -> list[str]:
    if item.tag == "compound-kwd":
        return [" ".join(filter(None, (inline(part, TITLE) for part in item)))]
    if item.tag == "nested-kwd":
        return [text for part in item for text in _keyword(part)]
    return [inline(item, TITLE)]
