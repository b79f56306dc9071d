"""A picture of ratios: a bar each, with the least and the most of all rounds, as SVG."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

WIDTH, LABEL, LINE, TOP, BOTTOM = 720, 240, 26, 34, 28
_TEXT = 'font-family="sans-serif" font-size="12" fill="#333"'


def bars(title: str, ratios: Mapping[str, Sequence[float]], unit: str) -> str:
    """ratios: the values of all rounds by what was measured; the bar is their median, one is marked by a line."""
    most = max(value for values in ratios.values() for value in values)
    scale = (WIDTH - LABEL - 70) / most
    height = TOP + LINE * len(ratios) + BOTTOM
    one = LABEL + scale
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" role="img">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="20" {_TEXT} font-weight="bold">{escape(title)}</text>',
    ]
    for at, (name, values) in enumerate(ratios.items()):
        y, middle = TOP + at * LINE, median(values)
        low, high = LABEL + scale * min(values), LABEL + scale * max(values)
        parts += [
            f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end" {_TEXT}>{escape(name)}</text>',
            f'<rect x="{LABEL}" y="{y + 4}" width="{scale * middle:.1f}" height="{LINE - 10}" fill="#0072b2"/>',
            f'<path d="M{low:.1f} {y + 12}H{high:.1f}" stroke="#d55e00" stroke-width="2"/>',
            f'<text x="{high + 6:.1f}" y="{y + 16}" {_TEXT}>{middle:.2f}</text>',
        ]
    parts += [
        f'<path d="M{one:.1f} {TOP}V{height - BOTTOM}" stroke="#999" stroke-dasharray="3 3"/>',
        f'<text x="{one:.1f}" y="{height - 10}" text-anchor="middle" {_TEXT}>1 {escape(unit)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
