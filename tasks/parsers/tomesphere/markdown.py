"""Markdown to blocks of plain text: headings, paragraphs, list items, table rows, with their links.

markdown-it-py does the reading (CommonMark and tables). It is told apart where CommonMark would cost meaning in a
biomedical text: ``HLA-B*27:05 and HLA-B*15:02`` holds no emphasis, ``[18F](FDG)`` is no link, ``P<0.001`` no tag,
``> 5 mm`` no quotation, and a line above ``---`` no heading.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from tasks.parsers.rows import ParseError

#: Lists nested deeper than this are no page of a paper (and would be read recursively).
MAX_DEPTH = 60
#: Brackets nested deeper, or that many in one text without an end, are looked at as letters: for each of them the
#: whole rest of the text is read, so that a megabyte of them would take hours.
MAX_BRACKETS = 8

_URL = re.compile(r"(?:(?:https?|ftp|mailto|doi|urn):|/|#|\./|\.\./)", re.IGNORECASE)
_TAG = re.compile(r"<(?P<close>/?)(?P<name>sup|sub|i|b|em|strong|u|small|sc|italic|bold|br)\s*/?>", re.IGNORECASE)
_EXPONENT = re.compile(r"[-−–+]?\d")
_DIGITS = tuple("0123456789")
_SAYS_NONE = re.compile(r"(?:no|none|not|n/a)\b", re.IGNORECASE)
_LABEL = re.compile(r"\s*:")
_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)
#: Stands for ``\<``, which begins no tag, until tags are out; no Markdown text holds it.
_LITERAL_LESS = "\0"


Rule = Callable[[StateInline, bool], bool]


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page.

    lines: its plain text, white space folded, a string a line of the source. depth: of a heading 1 to 6, else how
    many lists it stands in. number: of a numbered item, as ``12.``. label: the bold words that open it and end in
    a colon (``**Authors:** …``), without the colon. is_emphasised: whether all of it is in italics.
    """

    kind: Literal["heading", "paragraph", "item", "row", "rule"]
    lines: tuple[str, ...] = ()
    depth: int = 0
    number: str | None = None
    label: str | None = None
    links: tuple[Link, ...] = ()
    is_emphasised: bool = False

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def says_none(self) -> bool:
        """Whether it only says, in italics, that there is nothing (``_No abstract available._``)."""
        return self.is_emphasised and _SAYS_NONE.match(self.text) is not None

    @property
    def value(self) -> str:
        """The text without its label."""
        if self.label is None:
            return self.text
        return self.text[len(self.label) :].lstrip().removeprefix(":").lstrip()


def blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text in order; raises ParseError where its lists are nested beyond reason."""
    found: list[Block] = []
    lists = 0
    item: Token | None = None  # the item whose first block is still to come
    opener: Token | None = None  # what the inline text stands in
    cells: list[Block] = []
    for token in _markdown().parse(text):
        if token.level >= 2 * MAX_DEPTH - 2:
            line = token.map[0] + 1 if token.map else 1
            raise ParseError("too_deep", f"line {line}: lists nested {MAX_DEPTH} deep")
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                lists += 1
            case "bullet_list_close" | "ordered_list_close":
                lists -= 1
            case "list_item_open":
                item = token
            case "list_item_close":
                item = None
            case "heading_open" | "paragraph_open" | "th_open" | "td_open":
                opener = token
            case "tr_close":
                lines: tuple[str, ...] = (" | ".join(cell.text for cell in cells),)
                found.append(Block("row", lines, lists, links=tuple(link for cell in cells for link in cell.links)))
                cells = []
            case "hr":
                found.append(Block("rule", depth=lists))
            case "fence":
                lines = tuple(folded for line in token.content.splitlines() if (folded := fold(line)))
                found.append(Block("paragraph", lines, lists))
            case "inline":
                inside = opener.tag if opener else ""
                if inside in ("th", "td"):
                    cells.append(_block("row", token, lists))
                elif inside != "p" and not lists:
                    found.append(_block("heading", token, int(inside[1:])))
                elif item is not None:
                    number = f"{item.info}{item.markup}" if item.info else None
                    found.append(_block("item", token, lists, number))
                    item = None
                else:
                    found.append(_block("paragraph", token, lists))
    return found


def fold(text: str) -> str:
    """White space of any kind and length as one space, none at the ends."""
    return " ".join(text.split())


def _block(
    kind: Literal["heading", "paragraph", "item", "row"], inline: Token, depth: int, number: str | None = None
) -> Block:
    children = inline.children or []
    lines = tuple(line for part in _plain(children).split("\n") if (line := fold(part)))
    return Block(kind, lines, depth, number, _label(children), tuple(_links(children)), _is_emphasised(children))


def _plain(tokens: list[Token]) -> str:
    """The text of inline tokens; a line break of the source is kept as one."""
    parts: list[str] = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "image":
            parts.append(_plain(token.children or []))
        else:
            parts.append(_LITERAL_LESS if token.markup == "\\<" else token.content)
    text = "".join(parts)
    return (_without_tags(text) if "<" in text else text).replace(_LITERAL_LESS, "<")


def _without_tags(text: str) -> str:
    """Without comments and the tags of formatting, where they come in pairs; ``10<sup>6</sup>`` is 10^6, not 106."""
    *commented, rest = text.split("-->")
    text = "".join(part.partition("<!--")[0] if "<!--" in part else f"{part}-->" for part in commented) + rest
    opened: dict[str, list[re.Match[str]]] = {}
    cuts: list[tuple[int, int, str]] = []
    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        if name == "br":
            cuts.append((*tag.span(), " "))
        elif not tag["close"]:
            opened.setdefault(name, []).append(tag)
        elif opened.get(name):
            start = opened[name].pop()
            is_exponent = (
                name == "sup" and text.endswith(_DIGITS, 0, start.start()) and _EXPONENT.match(text, start.end())
            )
            cuts += [(*start.span(), "^" if is_exponent else ""), (*tag.span(), "")]
    parts: list[str] = []
    end = 0
    for first, last, instead in sorted(cuts):
        parts += (text[end:first], instead)
        end = last
    return "".join(parts) + text[end:]


def _links(tokens: list[Token]) -> Iterator[Link]:
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.type == "link_open":
            opened.append(place)
        elif token.type == "link_close" and opened:
            start = opened.pop()
            yield Link(fold(_plain(tokens[start + 1 : place])), str(tokens[start].attrGet("href") or ""))


def _label(tokens: list[Token]) -> str | None:
    """The bold words in front, where a colon ends them, inside of the bold or after it."""
    shown = [token for token in tokens if token.type != "text" or token.content]
    if not shown or shown[0].type != "strong_open":
        return None
    end = next(place for place, token in enumerate(shown) if token.type == "strong_close")
    label = fold(_plain(shown[1:end]))
    if label.endswith(":"):
        return label[:-1].rstrip() or None
    return label or None if _LABEL.match(_plain(shown[end + 1 :])) else None


def _is_emphasised(tokens: list[Token]) -> bool:
    shown = [token for token in tokens if token.type != "text" or token.content.strip()]
    closes = [place for place, token in enumerate(shown) if token.type == "em_close"]
    return bool(closes) and shown[0].type == "em_open" and closes[0] == len(shown) - 1


def _emphasis(state: StateInline, silent: bool) -> bool:
    """CommonMark's rule for ``*`` and ``_``, but what stands in a word opens nothing, and ``*4`` is an allele."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = state.scanDelims(state.pos, marker == "*")
    before = state.src[state.pos - 1 : state.pos]
    after = state.src[state.pos + run.length : state.pos + run.length + 1]
    in_word = before.isalnum() and after.isalnum()
    is_allele = marker == "*" and run.length == 1 and after.isdigit()
    for _ in range(run.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=run.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=run.can_open and not in_word and not is_allele,
                close=run.can_close and not (in_word and is_allele),
            )
        )
    state.pos += run.length
    return True


def _if_bounded(rule: Rule) -> Rule:
    """CommonMark's rule for links or images, but for brackets that are nested, or left open, beyond reason."""

    def bounded(state: StateInline, silent: bool) -> bool:
        bracket = state.pos + (state.src[state.pos] == "!")
        return bracket not in _beyond_reason(state.src) and rule(state, silent)

    return bounded


@lru_cache(maxsize=1)
def _beyond_reason(text: str) -> frozenset[int]:
    """Where brackets open that are nested too deeply, or that are left open once too many have been."""
    opened: list[int] = []
    depth_of: dict[int, int] = {}
    for found in _BRACKET.finditer(text):
        if found[0] == "[":
            opened.append(found.start())
        elif found[0] == "]" and opened:
            depth_of[opened[-1]] = len(opened)
            opened.pop()
    left_open = opened[MAX_BRACKETS:]
    return frozenset([*left_open, *(place for place, depth in depth_of.items() if depth > MAX_BRACKETS + len(opened))])


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 2 * MAX_DEPTH}).enable("table")
    markdown.disable(["code", "blockquote", "lheading", "reference", "text_join"])
    markdown.inline.ruler.at("emphasis", _emphasis)
    markdown.inline.ruler.at("link", _if_bounded(link))
    markdown.inline.ruler.at("image", _if_bounded(image))
    markdown.validateLink = lambda url: bool(_URL.match(url))  # type: ignore[method-assign]
    return markdown
