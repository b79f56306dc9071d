"""What counts as the same text: markup, entities, case, dashes, quotes and white space are folded."""

import html
import re
import unicodedata

DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
QUOTES = {ord(a): b for a, b in zip("‘’‚′´`“”„″«»", "''''''\"\"\"\"\"\"", strict=True)}


def folded(text: str | None) -> str:
    """Markup, entities, case, dashes, quotes, footnote marks, white space and end dots folded away."""
    value = html.unescape(html.unescape(text or ""))
    value = re.sub(r"</?[a-zA-Z][^<>]*>|[†‡§¶]", "", value)
    value = unicodedata.normalize("NFKC", value).translate(DASHES).translate(QUOTES).casefold()
    return re.sub(r"[\s^_]+", "", value).strip(".")


def letters(name: str) -> str:
    """A name by its letters alone, without accents."""
    value = unicodedata.normalize("NFKD", html.unescape(name)).casefold()
    return "".join(character for character in value if character.isalpha())
