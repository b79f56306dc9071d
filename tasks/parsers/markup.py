"""Text with a few HTML tags in it (titles and abstracts of Europe PMC) as plain text.

Only tags that are known by name are taken out, so that ``P<0.001`` stays; tags that were themselves escaped
(``&lt;i&gt;``) are taken out too.
"""

import html
import re

_BLOCKS = (
    "h[1-6]|label|title|p|div|br|break|hr|ul|ol|li|dl|dt|dd|sec|list|list-item|table|tr|td|th|blockquote|abstracttext"
)
_INLINE = (
    "i|b|em|strong|u|s|sub|sup|sc|small|big|tt|span|a|font|q|cite|code|abbr|italic|bold|underline|monospace|strike"
    "|xref|ext-link|uri|email|named-content|styled-content|inline-formula|disp-formula|inline-graphic|alternatives"
    "|tex-math|img|math|semantics|m(?:row|i|o|n|sub|sup|subsup|frac|text|space|sqrt|root|over|under|underover|style"
    "|table|tr|td|fenced|padded|phantom|multiscripts|prescripts)|(?:mml|jats|xhtml|ns\\d):[a-z][a-z-]*"
)
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*/?"""
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS}){_ATTRIBUTES}>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}>", re.IGNORECASE)
_HEADING = re.compile(r"<(h[1-6]|label|title)>(.{0,300}?)</\1>", re.IGNORECASE | re.DOTALL)
_POWER = re.compile(r"(?<=\d)<sup>(?=[-−–+ ]*\d)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def plain(text: str) -> str:
    """The text on one line: no tags, entities decoded, headings as ``Heading: text``, ``10<sup>6</sup>`` as 10^6."""
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if "<" in text:
        text = _HEADING.sub(_heading, text)
        text = _BLOCK_TAG.sub(" ", _POWER.sub("^", text))
        text = _INLINE_TAG.sub("", text)
    return " ".join(text.split())


def _heading(found: re.Match[str]) -> str:
    heading = plain(found[2])
    if not heading or heading.lower().rstrip(".:") == "abstract":
        return " "
    return f" {heading}{'' if heading[-1] in ':.?!' else ':'} "
