"""Draw what hundreds of runs left behind, as measured by tests/integration/torture/test_soak.py.

usage: python benchmarks/soak.py FILE.csv > FILE.svg

One small picture a column, from zero, with the value of the last run.
"""

import csv
import sys
from html import escape
from pathlib import Path

WIDTH, HEIGHT, COLUMNS = 260, 120, 3
LEFT, RIGHT, TOP, BOTTOM = 12, 12, 40, 24
MB = 1_000_000
#: What is shown: its title, its unit, and how much of what was measured is one of that.
SHOWN = {
    "seconds": ("a run takes", "s", 1),
    "memory": ("memory of the process", "MB", MB),
    "open_files": ("its open files", "", 1),
    "build": ("build file", "MB", MB),
    "snapshots": ("published snapshots", "MB", MB),
    "landing": ("landing", "MB", MB),
    "landed_files": ("files in landing", "", 1),
    "server_memory": ("memory of the Prefect server", "MB", MB),
    "server_database": ("its database", "MB", MB),
}
_FONT = 'font-family="sans-serif" font-size="12" fill="#333"'


def panel(x: int, y: int, title: str, unit: str, values: list[float]) -> str:
    """A line from the first run to the last, its highest value and its last one."""
    most = max(values) or 1
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    points = " ".join(
        f"{LEFT + wide * at / max(len(values) - 1, 1):.1f},{TOP + high * (1 - value / most):.1f}"
        for at, value in enumerate(values)
    )
    last = f"at most {most:,.4g}, at the end {values[-1]:,.4g} {unit}".strip()
    return (
        f'<g transform="translate({x} {y})">'
        f'<text x="{LEFT}" y="16" {_FONT} font-weight="bold">{escape(title)}</text>'
        f'<text x="{LEFT}" y="32" {_FONT}>{escape(last)}</text>'
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#999"/>'
        f'<polyline points="{points}" fill="none" stroke="#0072b2" stroke-width="1.5"/>'
        f'<text x="{LEFT}" y="{HEIGHT - 8}" {_FONT}>run 1</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end" {_FONT}>{len(values)}</text></g>'
    )


def main() -> None:
    rows = list(csv.DictReader(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
    parts = [
        panel(at % COLUMNS * WIDTH, at // COLUMNS * HEIGHT, title, unit, [float(row[name]) / of for row in rows])
        for at, (name, (title, unit, of)) in enumerate(SHOWN.items())
    ]
    wide, high = COLUMNS * WIDTH, -(-len(SHOWN) // COLUMNS) * HEIGHT
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" role="img">'
        f'<rect width="{wide}" height="{high}" fill="#fff"/>\n' + "\n".join(parts) + "</svg>"
    )


if __name__ == "__main__":
    main()
