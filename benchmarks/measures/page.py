"""Figures in a page of the docs: what stands between two comments is written by the command that measured it."""

import re
from pathlib import Path

from measures.checkouts import ROOT

PAGE = ROOT / "docs" / "performance.md"


def renew(page: Path, part: str, text: str) -> None:
    """Put ``text`` between ``<!-- part -->`` and ``<!-- end of part -->``. Raises: LookupError where they are not."""
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
    before = page.read_text(encoding="utf-8")
    after, count = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{text}\n\n{end}", before, flags=re.DOTALL
    )
    if count != 1:
        raise LookupError(f"{page}: has no place for {part}: <!-- {part} --> and <!-- end of {part} -->")
    page.write_text(after, encoding="utf-8")
