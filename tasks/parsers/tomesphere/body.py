"""The body of a full page as rows of sections, each with its place in the tree and its IMRaD type."""

import re
from dataclasses import dataclass, field

from tasks.parsers.imrad import section_type
from tasks.parsers.rows import Row
from tasks.parsers.tomesphere.markdown import Block

_OMITTED = re.compile(
    r"(?:the )?(?:full )?(?:body )?text (?:is |was )?(?:omitted|not (?:available|included)|unavailable)"
    r"|fetch the complete paper as markdown",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Body:
    """Collects sections in document order; text above the first heading is a section without one."""

    rows: list[Row] = field(default_factory=list)
    _open: list[tuple[int, Row]] = field(default_factory=list)

    def heading(self, text: str, depth: int) -> None:
        """Open a section below the nearest heading of a smaller depth."""
        while self._open and self._open[-1][0] >= depth:
            self._open.pop()
        parent = self._open[-1][1] if self._open else None
        kind = section_type(text) or (parent["section_type"] if parent else "other")
        row = {"heading": text or None, "level": len(self._open) + 1, "section_type": kind, "text": None}
        self._open.append((depth, row))
        self.rows.append(row)

    def text(self, text: str) -> None:
        if not self._open:
            self._open.append((7, {"heading": None, "level": 1, "section_type": "other", "text": None}))
            self.rows.append(self._open[-1][1])
        row = self._open[-1][1]
        row["text"] = f"{row['text']}\n{text}" if row["text"] else text

    def close(self) -> None:
        """End the tree: what comes next belongs to none of its sections."""
        self._open.clear()

    def block(self, block: Block) -> None:
        if block.kind == "heading":
            self.heading(block.text, block.depth)
        elif block.kind != "rule" and block.text:
            self.text(f"{block.number} {block.text}" if block.number else block.text)


def is_omitted(block: Block) -> bool:
    """Whether a block only says that the body stands elsewhere."""
    return block.kind == "paragraph" and (_OMITTED.match(block.text) is not None or block.says_none)
