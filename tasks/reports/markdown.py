"""Markdown for artifacts, in which text from documents stays text, whatever it holds: no markup, HTML, link or image.

Stricter than ``tasks.pages.markdown``, whose reader is a CommonMark parser: the UI of Prefect reads GitHub's Markdown
with HTML in it, in cells of table artifacts, too, and makes links of bare addresses. An empty HTML comment takes such
an address apart without a trace in the text (https://github.github.com/gfm/, 6.9 and 6.10).
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

#: Characters of a text that a report shows.
LONGEST = 200
#: What may begin or end markup; an underscore unless within a word.
_MARKS = re.compile(r"[\\`*\[\]<>&|~#]|(?<![^\W_])_|_(?![^\W_])")
_ADDRESSES = re.compile(r"(?<=:)(?=//)|(?<=[Ww][Ww][Ww])(?=\.)|(?=@)|(?<=mailto:)|(?<=xmpp:)", re.IGNORECASE)
_LINK_TEXT = re.compile(r"[A-Za-z0-9:./ -]+")


def plain(text: object, longest: int = LONGEST) -> str:
    """Text within a line, cut after so many characters."""
    folded = " ".join(str("" if text is None else text).split())
    cut = folded if len(folded) <= longest else folded[: longest - 1] + "…"
    return _ADDRESSES.sub("<!-- -->", _MARKS.sub(r"\\\g<0>", cut))


def link(text: str, url: str) -> str:
    """A link to an address of our own making; a text that could be markup gives way to ``link``."""
    return f"[{text if _LINK_TEXT.fullmatch(text) else 'link'}]({url})"


def paper_link(paper_id: str, pmcid: str | None, pmid: str | None, doi: str | None) -> str:
    """A paper's id as a link to its page, as far as one of its ids has a page; the address is made of the id alone."""
    if pmcid:
        return link(paper_id, f"https://pmc.ncbi.nlm.nih.gov/articles/{quote(pmcid, safe='')}/")
    if pmid:
        return link(paper_id, f"https://pubmed.ncbi.nlm.nih.gov/{quote(pmid, safe='')}/")
    if doi:
        return link(paper_id, f"https://doi.org/{quote(doi, safe='/')}")
    return plain(paper_id)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> list[str]:
    """The lines of a table of cells that are Markdown already; the first columns hold texts, the others numbers."""
    marks = ["---" if column < texts else "---:" for column in range(len(headings))]
    return ["| " + " | ".join(cells) + " |" for cells in (headings, marks, *rows)]
