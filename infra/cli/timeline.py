"""An evening of cards as lines of signs, one line for each place of a card. The signs are ASCII, legible everywhere.

A sign stands for what its card did for most of that time. This module prints nothing and knows no price.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gpu.core.evening import PARTS, Evening, Part, Span
from infra import console
from infra.build.evening_tables import part_names, time_words
from infra.language import localized

SIGNS: dict[Part, str] = {"start": "-", "clip": "#", "idle": ".", "lost": "x"}
STYLES: dict[Part, str] = {"start": "yellow", "clip": "green", "idle": "dim", "lost": "bold red"}
STEPS_SECONDS = (10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
LABEL = 7
MOST_TICKS = 6
Pieces = list[tuple[str, str]]
"""Text and its style, in order: one line."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A time from its begin to its end, in so many columns."""

    begin_ms: int
    end_ms: int
    columns: int

    def at(self, column: int) -> int:
        return self.begin_ms + (self.end_ms - self.begin_ms) * column // self.columns

    def column_of(self, moment_ms: int) -> int:
        return (moment_ms - self.begin_ms) * self.columns // max(1, self.end_ms - self.begin_ms)

    @property
    def step_ms(self) -> int:
        """Between two ticks."""
        whole = self.end_ms - self.begin_ms
        return next((step * 1000 for step in STEPS_SECONDS if whole <= step * 1000 * MOST_TICKS), whole)


def timeline(evening: Evening, width: int, until_ms: int | None = None) -> list[Pieces]:
    """The lines of all places, an axis, and how many clips are done at each tick. `width`: columns in all. `until_ms`:
    the end of the axis, where two evenings are compared."""
    rows = lanes(evening)
    end = max(span.end_ms for card in evening.cards for span in card)
    scale = Scale(evening.pressed_ms[0], max(end, until_ms or 0), max(10, width - LABEL))
    lines = [
        [(console.left(card_words(place), LABEL), ""), *strip(spans, scale)] for place, spans in enumerate(rows, 1)
    ]
    return [*lines, *axis(evening, scale)]


def lanes(evening: Evening) -> list[list[Span]]:
    """Cards in places: a card takes the first place whose last card has gone."""
    rows: list[list[Span]] = []
    for card in evening.cards:
        row = next((row for row in rows if row[-1].end_ms <= card[0].begin_ms), None)
        if row is None:
            rows.append(row := [])
        row.extend(card)
    return rows


def strip(spans: Sequence[Span], scale: Scale) -> Pieces:
    """One sign for each column; neighbours of one style are one piece."""
    pieces: Pieces = []
    for column in range(scale.columns):
        part = mostly(spans, scale.at(column), scale.at(column + 1))
        text, style = (SIGNS[part], STYLES[part]) if part else (" ", "")
        if pieces and pieces[-1][1] == style:
            pieces[-1] = (pieces[-1][0] + text, style)
        else:
            pieces.append((text, style))
    return pieces if pieces[-1][0].strip() else pieces[:-1]


def mostly(spans: Sequence[Span], begin_ms: int, end_ms: int) -> Part | None:
    """What took the most of this time; None where no card was there for half of it."""
    taken = dict.fromkeys(PARTS, 0)
    for span in spans:
        taken[span.part] += max(0, min(span.end_ms, end_ms) - max(span.begin_ms, begin_ms))
    if 2 * sum(taken.values()) < end_ms - begin_ms:
        return None
    return max(PARTS, key=lambda part: taken[part])


def axis(evening: Evening, scale: Scale) -> list[Pieces]:
    """Times, and under each how many clips are done by then."""
    times, counts = [" " * LABEL], [console.left(localized(ko="완성", en="done"), LABEL)]
    moments = range(scale.begin_ms, scale.end_ms + 1, max(1, scale.step_ms))
    for moment, following in zip(moments, [*moments[1:], None], strict=False):
        room = (scale.columns if following is None else scale.column_of(following)) - scale.column_of(moment)
        done = sum(end <= moment for end in evening.done_ms)
        times.append(console.left(words_of(moment - scale.begin_ms), room))
        counts.append(str(done).ljust(room))
    return [[("".join(times).rstrip(), "")], [("".join(counts).rstrip(), "")]]


def words_of(milliseconds: int) -> str:
    """A time on the axis: seconds, minutes or hours, whichever is whole."""
    seconds = milliseconds // 1000
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds and seconds % unit == 0:
            return time_words(seconds // unit, name)
    return time_words(seconds, "s") if seconds else "0"


def card_words(place: int) -> str:
    return localized(ko=f"{place}번째", en=f"card {place}")


def legend() -> Pieces:
    """What the signs stand for."""
    names = part_names()
    return [piece for part in PARTS for piece in (("  ", ""), (SIGNS[part], STYLES[part]), (f" {names[part]}", ""))]
