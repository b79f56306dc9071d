"""Pictures for artifacts: bars and lines as SVG (https://www.w3.org/TR/SVG2/) in a ``data:`` address."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 40, 28
#: Told apart by the colour blind, too (Okabe and Ito, https://jfly.uni-koeln.de/color/).
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"]
_FONT = 'font-family="sans-serif" font-size="12" fill="#333"'


def bars(title: str, days: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    """Stacked bars, one a day, of counts by name. Returns the address of the picture."""
    most = max((sum(counts) for counts in zip(*series.values(), strict=True)), default=0) or 1
    step = _width() / max(len(days), 1)
    parts = _axes(f"{most:,}", days)
    for at, day in enumerate(days):
        below = 0
        for colour, (name, counts) in zip(COLOURS, series.items(), strict=False):
            high = _height() * counts[at] / most
            below += counts[at]
            top = TOP + _height() * (1 - below / most)
            parts.append(
                f'<rect x="{LEFT + at * step + 1:.1f}" y="{top:.1f}" width="{max(step - 2, 1):.1f}" '
                f'height="{high:.1f}" fill="{colour}"><title>{escape(f"{day}: {counts[at]:,} {name}")}</title></rect>'
            )
    return _picture(title, list(series), parts)


def lines(title: str, runs: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    """Lines of shares from 0 to 1, a point a run; a run without one is passed over. Returns the picture's address."""
    step = _width() / max(len(runs) - 1, 1)
    parts = _axes("100 %", runs)
    for colour, shares in zip(COLOURS, series.values(), strict=False):
        points = [
            (LEFT + at * step, TOP + _height() * (1 - share)) for at, share in enumerate(shares) if share is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return _picture(title, list(series), parts)


def _width() -> int:
    return WIDTH - LEFT - RIGHT


def _height() -> int:
    return HEIGHT - TOP - BOTTOM


def _axes(most: str, marks: Sequence[str]) -> list[str]:
    """The frame: the highest value, zero, the first and the last mark."""
    floor = HEIGHT - BOTTOM
    parts = [
        f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}" fill="none" stroke="#999"/>',
        f'<text x="{LEFT - 6}" y="{TOP + 4}" text-anchor="end" {_FONT}>{escape(most)}</text>',
        f'<text x="{LEFT - 6}" y="{floor + 4}" text-anchor="end" {_FONT}>0</text>',
    ]
    if marks:
        parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}" {_FONT}>{escape(marks[0])}</text>')
    if len(marks) > 1:
        parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end" {_FONT}>{escape(marks[-1])}</text>')
    return parts


def _picture(title: str, names: Sequence[str], parts: Sequence[str]) -> str:
    legend = []
    x = LEFT
    for colour, name in zip(COLOURS, names, strict=False):
        legend.append(f'<rect x="{x}" y="22" width="10" height="10" fill="{colour}"/>')
        legend.append(f'<text x="{x + 14}" y="31" {_FONT}>{escape(name)}</text>')
        x += 26 + 7 * len(name)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{LEFT}" y="15" {_FONT} font-weight="bold">{escape(title)}</text>'
        f"{''.join(legend)}{''.join(parts)}</svg>"
    )
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
