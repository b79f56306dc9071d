"""What we have of a paper, to be held against its record and its XML."""

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Record = dict[str, Any]


@dataclass
class Extracted:
    """What we have of one paper."""

    paper: Row
    authors: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    sections: list[Row] = field(default_factory=list)
