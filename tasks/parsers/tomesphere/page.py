"""A paper page of tomesphere.com to the rows of one paper.

The page says what each part is by its headings; they may come in any order, be empty or be missing. A heading that
is none of the page's own belongs to the body of the paper, and so does all text that no field takes: nothing of a
page is dropped but the notices that something stands elsewhere or is not there.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from tasks.parsers.rows import PaperRows, ParseError, Row
from tasks.parsers.tomesphere import entities, references
from tasks.parsers.tomesphere.body import Body, is_omitted
from tasks.parsers.tomesphere.header import Header
from tasks.parsers.tomesphere.markdown import Block, blocks

#: A page may be this long; reading one takes some ten microseconds and half a kilobyte of memory a byte.
MAX_PAGE_BYTES = 3_000_000

_PARTS = {
    "tldr": "tldr",
    "contribution": "contribution",
    "contributions": "contribution",
    "keyfinding": "key_findings",
    "keyfindings": "key_findings",
    "abstract": "abstract",
    "linkedentities": "linked",
    "fulltextentities": "full_text",
    "abstractentities": "abstract_entities",
    "fulltext": "body",
    "references": "references",
    "referencelist": "references",
    "bibliography": "references",
}
_SCOPES = {"linked": "linked", "full_text": "full_text", "abstract_entities": "abstract"}
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml|[a-z:]+[\s>])", re.IGNORECASE)
_SOURCE = re.compile(r"source\s*:", re.IGNORECASE)


@dataclass(slots=True)
class _Part:
    """A stretch of the page: what it is (a name of _PARTS, `head`, `foot` or `section`) and its blocks."""

    kind: str
    heading: Block | None = None
    blocks: list[Block] = field(default_factory=list)


def parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]:
    """The paper of a page, summary or full; a ParseError for what is no page."""
    try:
        yield _paper(_read(document), source_id)
    except ParseError as error:
        yield error


def _read(document: BinaryIO) -> str:
    content = document.read(MAX_PAGE_BYTES + 1)
    if len(content) > MAX_PAGE_BYTES:
        raise ParseError("size", f"a page of more than {MAX_PAGE_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ParseError("encoding", f"line {line}: not UTF-8, as a page must be") from None
    if not text.strip():
        raise ParseError("empty", "the document is empty")
    if _MARKUP.match(text):
        raise ParseError("not_a_page", f"HTML or XML, not a Markdown page; it begins {_excerpt(text)}")
    if text.lstrip()[0] in "{[" and _is_json(text):
        raise ParseError("not_a_page", f"JSON, not a Markdown page: {_excerpt(text)}")
    return text


def _paper(text: str, source_id: str) -> PaperRows:
    title, parts = _parts(blocks(text))
    header = Header()
    for part in parts:
        if part.kind in ("head", "foot"):
            header.read(part.blocks)
    if not header.found_any and not any(part.kind in _PARTS.values() for part in parts):
        raise ParseError("not_a_page", f"no part of a paper page found; the text begins {_excerpt(text)}")
    header.identify(source_id)

    paper: Row = {"title": title, **header.paper, "authors": [row["name"] for row in header.authors] or None}
    body = Body()
    for line in header.left_over:
        body.text(line)
    body.close()
    found_entities: list[Row] = []
    listed = references.ReferenceList()
    has_text = False
    for part in parts:
        if part.kind in _SCOPES:
            found_entities.extend(entities.read(part.blocks, _SCOPES[part.kind]))
        elif part.kind == "references":
            more = references.read(part.blocks)
            listed.rows.extend(more.rows)
            listed.stated = listed.stated if more.stated is None else more.stated
            _keep(body, part, more.left_over)
        elif part.kind == "key_findings":
            findings = [block.text for block in part.blocks if block.text and not block.says_none]
            if not paper.get("key_findings"):
                paper["key_findings"] = findings or None
            elif findings != paper["key_findings"]:
                _keep(body, part, findings)
        elif part.kind in ("tldr", "contribution", "abstract"):
            lines = [_as_prose(block) for block in part.blocks if block.text and not block.says_none]
            value = " ".join(lines) or None
            if not paper.get(part.kind):
                paper[part.kind] = value
            elif value and value != paper[part.kind]:  # the body of a full page may repeat its abstract
                _keep(body, part, lines)
        elif part.kind in ("body", "section"):
            has_text |= _read_body(body, part)
    if any(paper.get(part) for part in ("tldr", "contribution", "key_findings")):
        paper["summary_source"] = "page"
    paper["reference_count"] = listed.count
    paper["has_full_text"] = has_text
    return PaperRows(paper, header.authors, _merged(found_entities), listed.rows, body.rows)


def _parts(found: list[Block]) -> tuple[str | None, list[_Part]]:
    """The title and the parts in order.

    Headings of the first two depths part a page, and `References` at any where no other says it. Deeper ones belong
    to the part they stand in. The first `# ` is the title, unless the body has begun.
    """
    title: str | None = None
    found, foot = _cut_foot(found)
    parts = [_Part("head")]
    has_title = False
    has_list = any(_kind(block) == "references" and block.depth <= 2 for block in found)
    if _opens_with_title(found):
        title, has_title = found[0].text, True
        found = found[1:]
    for block in found:
        kind = _kind(block)
        if block.kind != "heading":
            parts[-1].blocks.append(block)
        elif block.depth == 1 and kind == "section" and not has_title and not _has_body(parts):
            title, has_title = block.text or None, True
            parts.append(_Part("head"))
        elif block.depth <= 2 or (kind == "references" and not has_list):
            parts.append(_Part(kind, block))
        elif parts[-1].kind in ("head", "references"):
            parts.append(_Part("section", block))
        else:
            parts[-1].blocks.append(block)
    return title, [*parts, _Part("foot", blocks=foot)]


def _kind(block: Block) -> str:
    """What a heading begins: a name of _PARTS, or `section`; of other blocks nothing."""
    return _PARTS.get(re.sub(r"[^a-z]", "", block.text.lower()), "section") if block.kind == "heading" else ""


def _opens_with_title(found: list[Block]) -> bool:
    """Whether the page's first heading is its title even if it is called as a part is: all others are below it."""
    depths = [block.depth for block in found if block.kind == "heading"]
    return len(depths) > 1 and found[0].kind == "heading" and depths[0] == 1 < min(depths[1:])


def _cut_foot(found: list[Block]) -> tuple[list[Block], list[Block]]:
    """Part the foot off: what follows the last rule if it names the source, else a last line that does."""
    rules = [place for place, block in enumerate(found) if block.kind == "rule"]
    after_rule = found[rules[-1] + 1 :] if rules else []
    if any(_SOURCE.match(block.text) for block in after_rule) and not any(b.kind == "heading" for b in after_rule):
        return found[: rules[-1]], after_rule
    if found and found[-1].lines and _SOURCE.match(found[-1].lines[-1]):
        return found[:-1], found[-1:]
    return found, []


def _has_body(parts: Iterable[_Part]) -> bool:
    return any(part.kind in ("body", "section") for part in parts)


def _read_body(body: Body, part: _Part) -> bool:
    """Add a part to the body; whether it is text of the paper (and not, say, only a `Funding` of a summary)."""
    first = len(body.rows)
    if part.kind == "body":
        body.close()
    elif part.heading:
        body.heading(part.heading.text, part.heading.depth)
    may_be_notice = part.kind == "body"  # below a heading it is text
    for block in part.blocks:
        may_be_notice = may_be_notice and block.kind != "heading"
        if not (may_be_notice and is_omitted(block)):
            body.block(block)
    added = [row for row in body.rows[first:] if row["text"]]
    return bool(added) if part.kind == "body" else any(row["section_type"] != "other" for row in added)


def _keep(body: Body, part: _Part, lines: list[str]) -> None:
    """Keep text that its part has no field for as a section of its own."""
    if lines and part.heading:
        body.close()
        body.heading(part.heading.text, part.heading.depth)
        for line in lines:
            body.text(line)
        body.close()


def _as_prose(block: Block) -> str:
    """The text of a block; a heading within an abstract as ``Aims:`` before its text."""
    return f"{block.text}:" if block.kind == "heading" and block.text[-1] not in ":.?!" else block.text


def _merged(rows: list[Row]) -> list[Row]:
    """The entities, each once."""
    merged: dict[tuple[object, ...], Row] = {}
    for row in rows:
        merged.setdefault((row["scope"], row["entity_type"], row["label"], row["curie"]), row)
    return list(merged.values())


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _excerpt(text: str) -> str:
    line = " ".join(text[:400].split())
    return repr(line if len(line) <= 120 else f"{line[:119]}…")
