"""What a parser gives: the rows of a paper, or the reason why there are none.

A parser is a function ``parse(document: BinaryIO, source_id: str) -> Iterator[PaperRows | ParseError]``. It reads
the document once, front to back, and yields one value a paper, so that an article set of any size needs the memory
of one article. An article that cannot be read is *yielded* as a ParseError and the next ones follow; a document
that cannot be read on is *raised* as one, after whatever could be read before it.

The dictionaries use the column names of ``schemas.tables`` and may leave out any column (it is null then). A parser
does not set what it cannot know: paper_id, position (the order of the list says it), source, url of a file,
fetched_at, updated_at, content_hash, run_id. Values are Python's own: str, int, bool, datetime.date, list[str].
Values are folded into the contract's form but never judged or dropped: what is malformed is for validation to see.
"""

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


class ParseError(Exception):
    """A document, or one article of it, that gives no paper.

    check: what was not met, a short name as ``well_formed``, ``not_jats``, ``title``, ``too_deep``.
    message: one line for the user: what is wrong, where (line, element).
    """

    def __init__(self, check: str, message: str) -> None:
        super().__init__(message)
        self.check = check
        self.message = message


@dataclass(slots=True)
class PaperRows:
    """The rows of one paper, a list a table, in the order of the document.

    content_hash: sha256 (hex) of the article's own part, where the document holds several; else None, and the
    hash of the document counts.
    partial: rows about a paper that another document describes; ``paper`` holds its ids only.
    source_id: the source's own id of the paper, where the document holds several (``PPR:PPR1``); else None, and the
    id of the document counts.
    """

    paper: Row
    authors: list[Row] = field(default_factory=list)
    entities: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    sections: list[Row] = field(default_factory=list)
    content_hash: str | None = None
    partial: bool = False
    source_id: str | None = None
