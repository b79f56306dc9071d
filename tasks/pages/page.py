"""The rows of a paper as a page: a summary, or the complete paper.

The form carries, and a page that is parsed again gives:

- papers: pmcid, pmid, doi, title, abstract, tldr, contribution, key_findings, journal, publisher, issn, published and
  its precision, authors, license, keywords, reference_count, url; is_open_access and is_retracted where they are true;
- authors: name, orcid, and what the name says: given_names, surname, is_collective;
- entities: scope, entity_type, label, curie, qualifiers;
- references: label (its number), citation, doi, pmid, pmcid, and what the citation says: year, title;
- sections: level (four at most), heading, text, and the section_type that the headings say.

It has no room for the rest, as affiliations, article_type, language, mesh_terms, funding and notices, an entity's name
and mention_count, a reference's journal, volume and pages but as text; nor for what was linked or resolved here, who
said it and when: of what is read from a page, summary_source says so.
"""

import re
from collections.abc import Iterator

from tasks.pages import entities, head, references
from tasks.pages.markdown import heading, inline, line
from tasks.parsers.rows import PaperRows, Row
from tasks.parsers.tomesphere.body import is_omitted
from tasks.parsers.tomesphere.markdown import Block

_PARTS = {"tldr": "TL;DR", "contribution": "Contribution", "key_findings": "Key findings", "abstract": "Abstract"}
#: The depth of the headings in the body; Markdown has six.
_BELOW_PART, _DEEPEST = 3, 6
#: A paper's own page at a service that has its complete text below ``/full.md``.
_SERVICE = re.compile(r"https?://[^/]+/paper/[^/?#]+")


def render(rows: PaperRows, *, full: bool = False) -> str:
    """The page, ending in a line break. full: with the body and the reference list."""
    paper = rows.paper
    blocks = [*head.render(paper, rows.authors), *_summary(paper), *entities.render(rows.entities)]
    blocks += _complete(rows) if full else _notices(rows)
    source = paper.get("url") or paper.get("source") or "unknown"
    return "\n\n".join([*blocks, f"---\nSource: {inline(source)}"]) + "\n"


def _summary(paper: Row) -> Iterator[str]:
    for column, title in _PARTS.items():
        value = paper.get(column)
        if value:
            yield f"## {title}"
            yield line(value) if isinstance(value, str) else "\n".join(f"- {line(finding)}" for finding in value)


def _notices(rows: PaperRows) -> Iterator[str]:
    """That body and reference list stand elsewhere, and where: here, where the warehouse has them."""
    key = rows.paper.get("paper_id")
    is_here = bool(key and (rows.sections or rows.references))
    elsewhere = f"`paperhouse page {key} --full`" if is_here else _page_at_service(rows.paper)
    yield "## Full text"
    yield _no_text(elsewhere)
    yield "## References"
    yield _no_list(rows.paper.get("reference_count"), elsewhere)


def _complete(rows: PaperRows) -> Iterator[str]:
    """The body and the reference list. Sections of a paper without full text (its funding) stand behind both."""
    count, has_full_text = rows.paper.get("reference_count"), rows.paper.get("has_full_text")
    elsewhere = _page_at_service(rows.paper)
    yield "## Full text"
    if not has_full_text:
        yield _no_text(elsewhere)
    elif _opens_bare(rows.sections):
        yield from _text(rows.sections[0])
        yield from _sections(rows.sections[1:])
    else:
        yield from _sections(rows.sections)
    yield "## References"
    if not rows.references:
        yield _no_list(count, elsewhere)
    else:
        if count and count > len(rows.references):
            yield f"{_stated(count)}, {len(rows.references)} of them here:"
        yield references.render(rows.references)
    if not has_full_text:
        yield from _sections(rows.sections)


def _page_at_service(paper: Row) -> str | None:
    url = paper.get("url") or ""
    return f"{inline(url)}/full.md" if _SERVICE.fullmatch(url) else None


def _no_text(elsewhere: str | None) -> str:
    if elsewhere:
        return f"_Full body text omitted from this summary view._ Fetch the complete paper as Markdown: {elsewhere}"
    return "_Full body text not available._"


def _no_list(count: int | None, elsewhere: str | None) -> str:
    if count is None:
        return "_Not available._"
    return _stated(count) + (f" — full list in the complete paper: {elsewhere}" if count and elsewhere else "")


def _stated(count: int) -> str:
    return f"{count or 'No'} reference{'' if count == 1 else 's'}"


def _opens_bare(sections: list[Row]) -> bool:
    """Whether the body may open with text below no heading: it has none, is no notice, and holds no subsection."""
    first, second = [*sections, {}, {}][:2]
    if first.get("heading") or not first.get("text") or first["level"] > 1 or second.get("level", 1) > 1:
        return False
    return not is_omitted(Block("paragraph", (first["text"].partition("\n")[0],)))


def _sections(sections: list[Row]) -> Iterator[str]:
    for row in sections:
        yield heading(min(_BELOW_PART + row["level"] - 1, _DEEPEST), row.get("heading"))
        yield from _text(row)


def _text(row: Row) -> Iterator[str]:
    yield from (line(block) for block in (row.get("text") or "").split("\n") if block.strip())
