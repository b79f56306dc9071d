"""Text from documents on a terminal: control characters are shown, as ``\\u001b``, and never sent.

A title may hold an escape sequence that colours, clears or renames the terminal, or types into it, and marks that turn
the direction of what follows (https://trojansource.codes). Files and pipes get every character as it is.
"""

import io
import re
import sys
from typing import TextIO

#: C0 and C1 controls but for tab and ends of lines, DEL, and what overrides the direction of a text (Unicode, UAX 9).
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\r(?!\n)")


def visible(text: str) -> str:
    """The text with its control characters written as escapes."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Visible(io.TextIOBase):
    """Writes to ``out`` what can be seen."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        self._out.write(visible(text))
        return len(text)

    def flush(self) -> None:
        self._out.flush()


def output() -> TextIO:
    """Standard output; where that is a terminal, one that shows control characters."""
    return Visible(sys.stdout) if sys.stdout.isatty() else sys.stdout  # type: ignore[return-value]


def say_error(text: str) -> None:
    """A line on standard error."""
    print(visible(text), file=sys.stderr)
