"""What delivered clips cost, everything counted, as rows of words: by number, by deadline and by card.

`docs/costs.md` and `run.py quote --day` show the same rows. Every figure comes from `gpu.core.delivered`. This module
draws nothing and knows no terminal.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gpu.core import pricing
from gpu.core.delivered import (
    BY_PLATFORM,
    CLOSING,
    CLOSING_SECONDS,
    HANDOVER,
    HANDOVER_SECONDS,
    LOST,
    LOST_EVERY,
    PLATFORM_IDLE_SECONDS,
    SITUATIONS,
    Presses,
    by_deadline,
    cards_for,
    delivered,
)
from gpu.core.evening import PARTS
from gpu.core.geometry import Geometry
from gpu.core.hardware import MAX_CONTAINERS
from gpu.core.presets import Preset
from gpu.core.pricing import Candidate

DEADLINES_SECONDS = (480, 360, 240, 180)
SHOWN = Presses(30)
"""In the tables by deadline and by card."""
MINUTES_FROM_SECONDS = 120.0
CARD_EACH, ONE_FIRST = "a card each", "one first"
POLICIES = {
    ONE_FIRST: "what the site does (decision 31): one card until the deadline cannot be met, then the next; a card "
    f"goes {CLOSING_SECONDS} seconds after its last clip, or stays if the next press comes within a start's time",
    CARD_EACH: "what the platform would do by itself: a card for each clip that waits, "
    f"{MAX_CONTAINERS} at most, and a card stays {PLATFORM_IDLE_SECONDS} seconds after its last clip",
}


class Table(NamedTuple):
    """Words in columns."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def by_number(
    card: Candidate,
    situations: Iterable[Presses] = SITUATIONS,
    deadline_seconds: int | None = None,
    lost_every: int = LOST_EVERY,
) -> Table:
    """Won per clip with its parts, cold, and won per clip where one card is warm at the first press; both ways."""
    headings = ("clips", "policy", "won a clip", *PARTS, "first clip", "last clip", "cards", "one warm")
    rows: list[tuple[str, ...]] = []
    for presses in situations:
        for name, policy in ((ONE_FIRST, by_deadline(deadline_seconds)), (CARD_EACH, BY_PLATFORM)):
            cold = delivered(card, presses, policy, lost_every=lost_every)
            warm = delivered(card, presses, policy, warm_cards=1, lost_every=lost_every)
            rows.append(
                (
                    presses.words,
                    name,
                    won(cold.micro_won_per_clip),
                    *(won(cold.micro_won[part] / cold.clips) for part in PARTS),
                    lasting(cold.evening.first_clip_ms),
                    lasting(cold.evening.longest_wait_ms),
                    str(cold.evening.cards_at_once),
                    won(warm.micro_won_per_clip),
                )
            )
    return Table(headings, rows)


def by_deadlines(
    card: Candidate,
    presses: Presses,
    deadlines_seconds: Iterable[int] = DEADLINES_SECONDS,
    lost_every: int = LOST_EVERY,
) -> Table:
    """The same clips on cold cards without a deadline, then sooner and sooner. `won`: of all of them."""
    rows: list[tuple[str, ...]] = []
    for seconds in (None, *sorted(set(deadlines_seconds), reverse=True)):
        row = delivered(card, presses, by_deadline(seconds), lost_every=lost_every)
        rows.append(
            (
                "none" if seconds is None else f"{seconds / 60:g} min",
                won(row.micro_won_per_clip),
                won(row.total_micro_won),
                str(row.evening.cards_at_once),
                lasting(row.evening.longest_wait_ms),
                "no" if row.is_late else "yes",
            )
        )
    return Table(("deadline", "won a clip", "won", "cards", "last clip", "on time"), rows)


def by_card(preset: Preset, shape: Geometry, presses: Presses, lost_every: int = LOST_EVERY) -> Table:
    """Every card that holds the clip: won per clip for a clip by itself and for these presses, cold."""
    situations = sorted({Presses(1), presses}, key=lambda each: each.clips)
    policies = {ONE_FIRST: by_deadline(), CARD_EACH: BY_PLATFORM}
    rows: list[tuple[str, ...]] = []
    for card in cards_for(preset, shape):
        prices = [
            won(delivered(card, each, policy, lost_every=lost_every).micro_won_per_clip)
            for each in situations
            for policy in policies.values()
        ]
        rows.append((card.gpu.name, card.plan.name, f"{card.gpu_seconds:.1f}", card.gpu.speed.basis, *prices))
    numbers = [f"{each.words}, {name}" for each in situations for name in policies]
    return Table(("card", "plan", "seconds a clip", "speed", *numbers), rows)


def basis(lost_every: int = LOST_EVERY) -> list[str]:
    """What the figures rest on, beside prices and speeds."""
    lost = f"one attempt in {lost_every} is interrupted, and its card with it" if lost_every else "no attempt is lost"
    why = f": {LOST.source}, {LOST.as_of} ({LOST.basis})" if lost_every == LOST_EVERY else ""
    closing = f"{CLOSING.source}, {CLOSING.as_of} ({CLOSING.basis})"
    handover = f"{HANDOVER.source}, {HANDOVER.as_of} ({HANDOVER.basis})"
    return [
        f"a start takes {pricing.COLD_START_SECONDS:.0f} seconds; `gpu/core/pricing.py` says on which basis",
        f"between two clips of a card lie {HANDOVER_SECONDS} seconds: {handover}",
        f"an end takes {CLOSING_SECONDS} seconds: {closing}",
        f"{lost}{why}",
        "the next press is known a start's time before, because its page is open (assumed)",
    ]


def won(micro_won: float) -> str:
    return f"{micro_won / 1e6:.1f}"


def lasting(milliseconds: int) -> str:
    """Seconds, or minutes where seconds are many."""
    seconds = milliseconds / 1000
    return f"{seconds:.0f} s" if seconds < MINUTES_FROM_SECONDS else f"{seconds / 60:.1f} min"
