"""An evening of cards as an SVG picture: a row for each place of a card, a box for each span, an axis in time.

It scales to the window, follows its light or dark scheme, and tells spans apart by height and signs as well as by
colour. It knows no price and writes no file.
"""

from collections.abc import Mapping
from html import escape

from gpu.core.evening import PARTS, Evening, Part, Span
from infra.build.evening_tables import part_names
from infra.cli.timeline import Scale, card_words, lanes, words_of
from infra.language import localized

WIDTH, LEFT, RIGHT, ROW, GAP, HEAD = 960, 64, 24, 22, 6, 26
PRESS = 5
"""Half the width of the mark of a press."""
THIN = 3
"""So narrow a box has no border, which would hide it."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #26303a } .head { font-weight: 600 } .quiet { fill: #5b6670 }
.paper { fill: #fff } .grid { stroke: #dde2e7 } .start { fill: #d99a2b } .clip { fill: #2f8f5b } .idle { fill: #9aa4ae }
.lost { fill: #c23b3b } .press { fill: #26303a } rect { stroke: #fff } .cross { stroke: #fff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6eaee } .quiet { fill: #a9b4be } .paper { fill: #14181c } .grid { stroke: #313940 }
.start { fill: #e5b04f } .clip { fill: #4cb47c } .idle { fill: #6c7781 } .lost { fill: #e06a6a }
.press { fill: #e6eaee } rect, .cross { stroke: #14181c } }
rect.lost, rect.thin { stroke: none }
"""


def svg(evenings: Mapping[str, Evening], title: str) -> str:
    """One picture of evenings with the same beginning, each under its name."""
    end = max(span.end_ms for evening in evenings.values() for card in evening.cards for span in card)
    begin = min(evening.pressed_ms[0] for evening in evenings.values())
    scale = Scale(begin, end, WIDTH - LEFT - RIGHT)
    top = 2 * HEAD
    drawn: list[str] = []
    for name, evening in evenings.items():
        drawn.append(text(10, top + 16, name, "head"))
        top += HEAD + 2 * PRESS
        presses = {LEFT + scale.column_of(moment) for moment in evening.pressed_ms}
        drawn += [press(left, top - 3) for left in sorted(presses)]
        for place, spans in enumerate(lanes(evening), 1):
            drawn.append(text(10, top + 16, card_words(place), "quiet"))
            for span in spans:
                drawn += box(span, scale, top)
            top += ROW + GAP
        top += 2 * GAP
    ticks = range(begin, end + 1, scale.step_ms)
    lines = [line(LEFT + scale.column_of(moment), 2 * HEAD, top) for moment in ticks]
    drawn += [
        text(LEFT + scale.column_of(each), top + 14, words_of(each - begin), "quiet", middle=True) for each in ticks
    ]
    top += HEAD
    drawn += legend(top)
    height = top + HEAD
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        f'style="max-width: {WIDTH}px"><title>{escape(title)}</title><style>{STYLE}</style>'
    )
    paper = f'<rect class="paper" width="{WIDTH}" height="{height}"/>'
    return "\n".join([head, paper, text(10, 20, title), *lines, *drawn, "</svg>", ""])


def box(span: Span, scale: Scale, top: int) -> list[str]:
    """Idle time is low; a lost attempt is crossed out where there is room."""
    left, right = (LEFT + scale.column_of(moment) for moment in (span.begin_ms, span.end_ms))
    part, begin, end = part_names()[span.part], span.begin_ms / 1000, span.end_ms / 1000
    words = localized(ko=f"{part}: {begin:.1f}초부터 {end:.1f}초까지", en=f"{part}: {begin:.1f} to {end:.1f} s")
    return mark(span.part, left, top, max(1, right - left), words)


def mark(part: Part, left: int, top: int, width: int, words: str = "") -> list[str]:
    low = ROW // 2 if part == "idle" else 0
    place = f'x="{left}" y="{top + low}" width="{width}" height="{ROW - low}"'
    title = f"<title>{escape(words)}</title>" if words else ""
    thin = " thin" if width <= THIN else ""
    found = [f'<rect class="{part}{thin}" {place}>{title}</rect>']
    if part == "lost" and width >= ROW // 2:
        ends = f"M{left} {top}L{left + width} {top + ROW}M{left + width} {top}L{left} {top + ROW}"
        found.append(f'<path class="cross" d="{ends}"/>')
    return found


def legend(top: int) -> list[str]:
    found: list[str] = []
    for place, part in enumerate(PARTS):
        left = LEFT + place * 100
        found += [*mark(part, left, top, ROW), text(left + ROW + 8, top + 16, part_names()[part])]
    left = LEFT + len(PARTS) * 100 + PRESS
    return [*found, press(left, top + 16), text(left + 12, top + 16, localized(ko="누른 때", en="a press"))]


def press(left: int, bottom: int) -> str:
    """A triangle that points at the moment."""
    return f'<path class="press" d="M{left - PRESS} {bottom - 8}h{2 * PRESS}L{left} {bottom}z"/>'


def line(left: int, top: int, bottom: int) -> str:
    return f'<path class="grid" d="M{left} {top}V{bottom}"/>'


def text(x: int, y: int, words: str, kind: str = "", *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{kind}" x="{x}" y="{y}"{anchor}>{escape(words)}</text>'
