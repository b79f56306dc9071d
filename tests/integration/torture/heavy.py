"""Documents that shall cost a parser more than they are worth; run as a module, it says what one of them costs.

``python -m tests.integration.torture.heavy KIND FILE`` prints bytes, seconds, megabytes of memory and what came of it.
"""

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tasks.parsers.batch import PARSERS
from tasks.parsers.rows import PaperRows, ParseError
from tests.integration.samples import article, page
from tests.integration.torture.strangers import LOL, with_dtd

Maker = Callable[[float], bytes]
ROWS = "rows"
REFERENCE = "<ref><mixed-citation>Ek 2019</mixed-citation></ref>"
CELL = "<td>1</td>"


def _body(content: str) -> bytes:
    return article(1, words="A word.", sections=1).replace("<p>A word.</p>", content).encode()


def _times(text: str, count: float) -> str:
    return text * max(1, int(count))


def _search(result: str) -> bytes:
    return ('{"resultList":{"result":' + result).encode()


#: Kind, how it is made by scale (1 is the worst), and the check that it fails, or ROWS.
HEAVY: dict[str, tuple[str, Maker, str]] = {
    "a million tags inside each other": (
        "jats", lambda s: _body(_times("<b>", 1e6 * s) + _times("</b>", 1e6 * s)), "too_deep"),
    "a million tags never closed": ("jats", lambda s: _body(_times("<b>", 1e6 * s)), "too_deep"),
    "a text node of 99 MB": ("jats", lambda s: _body(f"<p>{_times('word ', 19_800_000 * max(s, 0.6))}</p>"), "size"),
    "ten text nodes of 9 MB": ("jats", lambda s: _body(_times(f"<p>{'word ' * 1_900_000}</p>", 10 * s)), ROWS),
    "more than 100 MB": ("jats", lambda s: _body(_times("<p>word word</p>", 6_300_000)), "size"),
    "an attribute of 30 MB": ("jats", lambda s: _body(f'<p id="{_times("x", 3e7 * max(s, 0.5))}"/>'), "size"),
    "a comment of 90 MB": ("jats", lambda s: b"<!--" + b"x" * int(9e7 * s) + b"-->" + _body("<p>x</p>"), "well_formed"),
    "a billion laughs": ("jats", lambda s: with_dtd(1, LOL, "&a9;").encode(), "entity"),
    "quadratic blow-up": (
        "jats", lambda s: with_dtd(1, f'<!ENTITY a "{_times("x", 1e5)}">', _times("&a;", 1e5 * s)).encode(), "entity"),
    "200,000 references": (
        "jats", lambda s: article(1).replace("</ref-list>", _times(REFERENCE, 2e5 * s) + "</ref-list>").encode(), ROWS),
    "a table of a million cells": (
        "jats", lambda s: _body(f"<table-wrap><table><tr>{_times(CELL, 1e6 * s)}</tr></table></table-wrap>"), ROWS),
    "a page of 100 MB": ("tomesphere-page", lambda s: page(1).encode() + b"word " * int(2e7 * s), "size"),
    "a page of emphasis": ("tomesphere-page", lambda s: (page(1) + _times("*a_ ", 740_000 * s)).encode(), ROWS),
    "a page of open brackets": ("tomesphere-page", lambda s: (page(1) + _times("[", 2_900_000 * s)).encode(), ROWS),
    "a page of nested brackets": (
        "tomesphere-page", lambda s: (page(1) + _times("[", 1.4e6 * s) + _times("]", 1.4e6 * s)).encode(), ROWS),
    "a page of list marks": ("tomesphere-page", lambda s: (page(1) + _times("- ", 1.4e6 * s)).encode(), ROWS),
    "a page of headings": ("tomesphere-page", lambda s: (page(1) + _times("## H\n\n", 480_000 * s)).encode(), ROWS),
    "JSON nested a million deep": ("europepmc-search", lambda s: _search(_times("[", 1e6 * s)), "too_deep"),
    "60 MB of empty lists": ("europepmc-search", lambda s: _search(f"[[{_times('[],', 2e7 * s)}0]]}}}}"), "answer"),
    "a number of a million digits": (
        "europepmc-search", lambda s: _search('[{"id":"1","source":"MED","citedByCount":' + _times("9", 1e6) + "}]}}"),
        "well_formed"),
}  # fmt: skip


def most_memory() -> int:
    """The most memory, in MB, that this program has had (Linux, proc(5)); getrusage would count its parent's, too."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return int(status["VmHWM"].split()[0]) // 1024


def cost(kind: str, file: Path) -> dict[str, object]:
    """What parsing a document takes: seconds of CPU, and memory beyond that of a small one."""
    small = article(2).encode() if kind == "jats" else page(2).encode()
    found: list[PaperRows | ParseError] = list(PARSERS[kind](io.BytesIO(small), "PMC2")) if "search" not in kind else []
    before, began = most_memory(), time.process_time()
    try:
        with file.open("rb") as document:
            found = list(PARSERS[kind](document, "PMC1"))
    except ParseError as error:
        found = [error]
    seconds = time.process_time() - began
    grown = most_memory() - before
    last = found[-1]
    said = (last.check, last.message) if isinstance(last, ParseError) else (ROWS, "")
    return {"bytes": file.stat().st_size, "seconds": seconds, "megabytes": grown, "check": said[0], "message": said[1]}


if __name__ == "__main__":
    print(json.dumps(cost(sys.argv[1], Path(sys.argv[2]))))
