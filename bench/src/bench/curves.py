"""Curves over time as one SVG: a panel each, with its lines, their names and the marks of what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 860, 130, 70, 26, 44
_COLOURS = (
    "#1b6ca8",
    "#c0392b",
    "#2e8b57",
    "#8e44ad",
    "#b9770e",
    "#16797c",
    "#5d6d7e",
    "#d35498",
    "#6b8e23",
    "#333333",
)


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines by name, over the same seconds as those of all other panels. A line may have gaps: parts of it follow."""

    title: str
    lines: Mapping[str, Sequence[Points]]


def svg(panels: Sequence[Panel], seconds: float, marks: Sequence[tuple[float, str]]) -> str:
    """The panels below each other; `marks` are dashed lines through all of them."""
    height = _TOP + len(panels) * (_HEIGHT + _GAP)
    drawn = [_panel(panel, _TOP + place * (_HEIGHT + _GAP), seconds, marks) for place, panel in enumerate(panels)]
    size = f'width="{_LEFT + _WIDTH + 150}" height="{height}"'
    style = 'font-family="sans-serif" font-size="11" fill="#222"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n' + "\n".join(drawn) + "\n</svg>\n"


def _panel(panel: Panel, top: float, seconds: float, marks: Sequence[tuple[float, str]]) -> str:
    most = max((value for parts in panel.lines.values() for part in parts for _, value in part), default=0) or 1
    parts = [
        f'<text x="{_LEFT}" y="{top - 6}" font-weight="bold">{escape(panel.title)}</text>',
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#bbb"/>',
        f'<text x="{_LEFT - 6}" y="{top + 9}" text-anchor="end">{most:,.4g}</text>',
        f'<text x="{_LEFT - 6}" y="{top + _HEIGHT}" text-anchor="end">0</text>',
        f'<text x="{_LEFT + _WIDTH}" y="{top + _HEIGHT + 13}" text-anchor="end">{seconds / 60:.0f} min</text>',
    ]
    for at, what in marks:
        x = _LEFT + _WIDTH * at / seconds
        line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + _HEIGHT}" stroke="#999" stroke-dasharray="3 3">'
        parts.append(f"{line}<title>{escape(what)}</title></line>")
    for number, (name, line_parts) in enumerate(panel.lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        y = top + 10 + 13 * number
        parts.append(f'<text x="{_LEFT + _WIDTH + 8}" y="{y}" fill="{colour}">{escape(name)}</text>')
        parts += [_line(part, colour, top, seconds, most) for part in line_parts if part]
    return "\n".join(parts)


def _line(points: Points, colour: str, top: float, seconds: float, most: float) -> str:
    places = " ".join(
        f"{_LEFT + _WIDTH * at / seconds:.1f},{top + _HEIGHT * (1 - value / most):.1f}" for at, value in points
    )
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.4"/>'
