"""The XML, read a second time with plain lxml: what an article holds, whatever the parser made of it."""

import re
from collections import Counter
from itertools import zip_longest

from lxml import etree

from measures.extracted import Extracted, Row
from measures.folding import letters

LENIENT = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
)
MATH = "{http://www.w3.org/1998/Math/MathML}"
SUB_ARTICLES = ("sub-article", "response")


def plain_tags(root: etree._Element) -> etree._Element:
    for element in root.iter("*"):
        if element.tag.startswith("{") and not element.tag.startswith(MATH):
            element.tag = etree.QName(element).localname
    for part in [item for item in root if item.tag in SUB_ARTICLES]:
        root.remove(part)
    return root


def own_ids(root: etree._Element) -> dict[str, str]:
    ids: dict[str, str] = {}
    for item in root.xpath("front/article-meta/article-id"):
        kind = {"pmc": "pmcid"}.get(item.get("pub-id-type"), item.get("pub-id-type"))
        value = (item.text or "").strip()
        if kind == "pmcid" and value.isdecimal():
            value = f"PMC{value}"
        if kind in ("pmcid", "pmid", "doi") and value:
            ids[kind] = value.lower() if kind == "doi" else value
    return ids


def line_of(root: etree._Element, field_name: str) -> int:
    paths = {
        "title": "title-group", "journal": "../journal-meta", "authors": "contrib-group", "abstract": "abstract",
        "published": "pub-date", "license": "permissions",
    }  # fmt: skip
    found = root.xpath(f"front/article-meta/{paths.get(field_name, 'article-id')}")
    return found[0].sourceline if found else 1


def in_text(node: etree._Element) -> bool:
    """Whether text of this element is a paragraph, list item, table cell, caption, footnote or formula of the body."""
    inside = False
    for element in (node, *node.iterancestors()):
        tag = element.tag
        if tag in NOT_TEXT or (tag == "tex-math" and has_math(element)):
            return False
        inside = inside or tag in TEXT
    return inside


TEXT = {"p", "list-item", "td", "th", "caption", "table-wrap-foot", "attrib", "disp-formula", "def", "verse-line"}
NOT_TEXT = {
    "ref-list", "sec-meta", "object-id", "alt-text", "long-desc", "permissions", "index-term", "treatment-meta",
    f"{MATH}annotation",
}  # fmt: skip


def has_math(tex: etree._Element) -> bool:
    return tex.getparent() is not None and tex.getparent().find(f"{MATH}math") is not None


#: How far ahead in our text the next piece of the XML's may be: labels and headings lie between, no whole blocks.
NEAR = 600


def bare(text: str) -> str:
    """Text without white space and without the invisible operators of MathML."""
    return re.sub(r"[\s⁡-⁤]+", "", text)


def characters(root: etree._Element, sections: list[Row]) -> tuple[int, int]:
    """Characters of the body's text in the XML, and how many of them are in our sections, in the same order."""
    ours = bare("".join(row["text"] or "" for row in sections))
    total = matched = at = 0
    for body in root.xpath("body"):
        for event, element in etree.iterwalk(body, events=("start", "end")):
            holder = element if event == "start" else element.getparent()
            text = bare((element.text if event == "start" else element.tail) or "")
            if (event == "end" and element is body) or not text or not in_text(holder):
                continue
            if holder.tag == "tex-math":
                text = bare(
                    re.sub(r"\\documentclass.*?\\begin\{document\}|\\end\{document\}|\$\$", "", text, flags=re.S)
                )
            total += len(text)
            found = ours.find(text, at, at + len(text) + (NEAR if len(text) > 7 else NEAR // 10))
            if found >= 0:
                matched += len(text)
                at = found + len(text)
    return total, matched


CITATIONS = ("mixed-citation", "element-citation", "nlm-citation", "citation")


def cited_works(root: etree._Element) -> list[etree._Element]:
    """One element for each row that the reference lists should give: each work cited, or the ref that has none."""
    works: list[etree._Element] = []
    for ref in root.iter("ref"):
        own = [item for item in ref if item.tag in (*CITATIONS, "citation-alternatives")]
        works.extend(own or [ref])
    return works


def counted(root: etree._Element, ours: Extracted, count: Counter[str], losses: list[str]) -> None:
    """Add up what the XML holds, and what of it we have in its place: row by row, name by name."""
    name = ours.paper["pmcid"] or ours.paper["doi"] or "?"
    works = cited_works(root)
    count["refs"] += sum(1 for _ in root.iter("ref"))
    count["works cited"] += len(works)
    count["works cited: rows"] += len(ours.references)
    if len(works) != len(ours.references):
        losses.append(f"{name}: {len(works)} works cited, {len(ours.references)} rows")
    for work, row in zip_longest(works, ours.references, fillvalue=None):
        for kind in ("doi", "pmid"):
            tagged = work.xpath(f".//pub-id[@pub-id-type='{kind}']") if work is not None else []
            values = [bare_id("".join(item.itertext())) for item in tagged]
            for value in dict.fromkeys(filter(None, values)):
                count[f"{kind} pub-ids"] += 1
                if row is not None and row.get(kind) == (value.lstrip("0") if kind == "pmid" else value):
                    count[f"{kind} pub-ids in their row"] += 1
                else:
                    losses.append(f"{name}: {kind} {value} of line {tagged[0].sourceline}")
        if row is not None and not row.get("citation"):
            losses.append(f"{name}: a reference without text")
    wanted = [
        letters("".join(item.itertext()))
        for item in root.xpath("front/article-meta/contrib-group//contrib[@contrib-type='author']/name[1]/surname")
    ]
    have = iter([letters(row["surname"] or row["name"]) for row in ours.authors])
    found = sum(1 for surname in wanted if surname in have)
    count["named authors"] += len(wanted)
    count["named authors in order"] += found
    if found < len(wanted):
        losses.append(f"{name}: {len(wanted)} named authors, {found} here in order")
    total, matched = characters(root, ours.sections)
    count["characters of the body"] += total
    count["characters of the body in order"] += matched
    if matched < 0.995 * total:
        losses.append(f"{name}: {total - matched} of {total} characters of the body")


def bare_id(text: str) -> str:
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:|pmid:)", "", bare(text).lower())
