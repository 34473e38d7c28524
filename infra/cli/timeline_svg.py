"""An evening of cards as an SVG picture: a row for each place of a card, a box for each span, an axis in time.

It knows no price and writes no file.
"""

from collections.abc import Mapping
from html import escape

from gpu.core.evening import PARTS, Evening, Part
from infra.cli.timeline import Scale, lanes, words_of

COLOURS: dict[Part, str] = {"start": "#d99a2b", "clip": "#2f8f5b", "idle": "#b8bec6", "lost": "#c23b3b"}
WIDTH, LEFT, RIGHT, ROW, GAP, HEAD = 960, 60, 20, 22, 6, 26
STYLE = "font: 13px sans-serif; fill: #333"


def svg(evenings: Mapping[str, Evening]) -> str:
    """One picture of evenings with the same beginning, each under its name."""
    end = max(span.end_ms for evening in evenings.values() for card in evening.cards for span in card)
    begin = min(evening.pressed_ms[0] for evening in evenings.values())
    scale = Scale(begin, end, WIDTH - LEFT - RIGHT)
    drawn: list[str] = []
    top = 10
    for name, evening in evenings.items():
        drawn.append(text(10, top + 14, name))
        top += HEAD
        for place, spans in enumerate(lanes(evening), 1):
            drawn.append(text(10, top + 16, f"card {place}"))
            for span in spans:
                left, right = (LEFT + scale.column_of(moment) for moment in (span.begin_ms, span.end_ms))
                title = f"{span.part}: {span.begin_ms / 1000:.1f} to {span.end_ms / 1000:.1f} s"
                drawn.append(
                    f'<rect x="{left}" y="{top}" width="{max(1, right - left)}" height="{ROW}" '
                    f'fill="{COLOURS[span.part]}" stroke="#fff"><title>{title}</title></rect>'
                )
            top += ROW + GAP
        top += GAP
    for moment in range(begin, end + 1, scale.step_ms):
        drawn.append(text(LEFT + scale.column_of(moment), top + 12, words_of(moment - begin)))
    top += HEAD
    for place, part in enumerate(PARTS):
        left = LEFT + place * 90
        drawn.append(f'<rect x="{left}" y="{top}" width="14" height="14" fill="{COLOURS[part]}"/>')
        drawn.append(text(left + 20, top + 12, part))
    height = top + HEAD
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', *drawn, "</svg>", ""])


def text(x: int, y: int, words: str) -> str:
    return f'<text x="{x}" y="{y}" style="{STYLE}">{escape(words)}</text>'
