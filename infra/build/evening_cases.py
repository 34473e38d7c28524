"""Evenings as `gpu.core.evening` plays them, and what `gpu.core.delivered` makes of them, for the tests of the edge: it
decides by the same rules in TypeScript.

The times are those of the default clip on the card that it is quoted for. This module knows nothing of the edge.
"""

import json
from dataclasses import dataclass, replace

from gpu.core import pricing
from gpu.core.delivered import Presses, by_deadline, card_named, delivered, work_for
from gpu.core.evening import Policy, play
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER, geometry
from gpu.core.hardware import MAX_CONTAINERS
from gpu.core.presets import DEFAULT_PRESET, PRESETS


@dataclass(frozen=True, slots=True)
class Case:
    """Clips at each press, by its second; and a deadline for all."""

    presses: tuple[tuple[int, int], ...]
    deadline_seconds: int | None


CASES = (
    Case(((0, 12),), None),
    *(Case(((0, 12),), seconds) for seconds in (240, 130, 60)),
    Case(((0, 5), (70, 5), (200, 3)), 150),
    Case(((0, 3), (900, 6)), 100),
)
"""Few clips: each is a dozen journeys to a database."""
PRICED = (1, 5, 30, 180)
"""Clips at one press."""


def document(mark: str) -> str:
    quoted = pricing.estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER)
    work = work_for(quoted)
    card = card_named(PRESETS[quoted.preset], geometry(quoted.ratio, quoted.tier, quoted.seconds), quoted.gpu)
    evenings: list[dict[str, object]] = []
    for case in CASES:
        pressed = [second * 1000 for second, clips in case.presses for _ in range(clips)]
        deadline_ms = None if case.deadline_seconds is None else case.deadline_seconds * 1000
        evening = play(pressed, replace(work, lost_every=0), Policy(MAX_CONTAINERS, "deadline", 0, deadline_ms))
        evenings.append(
            {
                "presses": [list(press) for press in case.presses],
                "deadline_seconds": case.deadline_seconds,
                "opened_ms": [spans[0].begin_ms for spans in evening.cards],
                "done_ms": sorted(evening.done_ms),
            }
        )
    prices: list[dict[str, object]] = []
    for clips in PRICED:
        for warm in (0, 1):
            for deadline in (None, 480, 240):
                row = delivered(card, Presses(clips), by_deadline(deadline), warm_cards=warm)
                prices.append(
                    {
                        "clips": clips,
                        "warm_cards": warm,
                        "deadline_seconds": deadline,
                        "cards": row.evening.cards_at_once,
                        "last_ms": row.evening.longest_wait_ms,
                        "micro_won": row.total_micro_won,
                    }
                )
    choice = quoted.model_dump(include={"preset", "ratio", "seconds", "tier"}, mode="json")
    times = {"start_ms": work.start_ms, "clip_ms": work.clip_ms}
    lists = {"evenings": evenings, "prices": prices}
    head = json.dumps({"$comment": mark, "choice": choice, **times}, ensure_ascii=False).removesuffix("}")
    # One row per line, so that a diff shows which evening has changed.
    rows = [f'"{name}": [\n' + ",\n".join(map(json.dumps, each)) + "\n]" for name, each in lists.items()]
    return ",\n".join([head, *rows]) + "}\n"
