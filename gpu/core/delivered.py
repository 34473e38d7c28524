"""Won per delivered clip, everything counted: starts, clips, idle cards and lost attempts of an evening.

The times of a card and the price of its seconds come from `pricing.py`, the order of events from `evening.py`. A day's
figures are made anew from both. This module knows no site and no person, and prints nothing.
"""

import random
from dataclasses import dataclass

from gpu.core import pricing
from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.evening import PARTS, Evening, Part, Policy, Work, play
from gpu.core.geometry import Geometry
from gpu.core.hardware import MAX_CONTAINERS, SCALEDOWN_SECONDS, Provenance
from gpu.core.presets import Preset
from gpu.core.pricing import Candidate, NoCardError

CLOSING_SECONDS = 10
"""How long a card stays that nobody needs: until its worker has heard of it, has told its costs and has ended."""
CLOSING = Provenance("the planned way of ending a container, not built yet", "2026-11-26", "assumed")
LOST_EVERY = 100
"""One attempt in so many is interrupted, in its middle, and its card is lost."""
LOST = Provenance("the platform names no rate of preemption", "2026-11-26", "assumed")
EVENING_SECONDS = 4 * 60 * 60


@dataclass(frozen=True, slots=True)
class Presses:
    """When clips are asked for. `presses` of equal size, evenly over `over_seconds`; 0 presses: one by one, at moments
    drawn evenly from that time, always the same ones."""

    clips: int
    presses: int = 1
    over_seconds: int = 0

    def __post_init__(self) -> None:
        if self.clips < 1 or not 0 <= self.presses <= self.clips or self.over_seconds < 0:
            raise ValueError(f"{self.clips} clips at {self.presses} presses in {self.over_seconds} s")

    @property
    def moments_ms(self) -> tuple[int, ...]:
        """Of each clip, ascending, the first at 0."""
        over = self.over_seconds * 1000
        if not self.presses:
            drawn = random.Random(self.clips)
            moments = sorted(int(drawn.random() * over) for _ in range(self.clips))
            return tuple(moment - moments[0] for moment in moments)
        gaps = max(1, self.presses - 1)
        return tuple(over * (clip * self.presses // self.clips) // gaps for clip in range(self.clips))

    @property
    def words(self) -> str:
        if not self.over_seconds or self.clips == 1:
            return str(self.clips)
        how = f"in {self.presses} presses" if self.presses else "one by one"
        return f"{self.clips} {how}, over {self.over_seconds / 3600:g} h"


SITUATIONS = (
    Presses(1),
    Presses(5),
    Presses(30),
    Presses(180),
    Presses(180, 6, EVENING_SECONDS),
    Presses(180, 0, EVENING_SECONDS),
)
BY_PLATFORM = Policy(MAX_CONTAINERS, "each", SCALEDOWN_SECONDS * 1000)
"""What production does: the platform starts a card for each clip that waits, and keeps it for a fixed time."""


def by_deadline(deadline_seconds: int | None = None) -> Policy:
    """One card until the deadline cannot be met, then the next; a card goes when the work does (decision 30)."""
    deadline_ms = None if deadline_seconds is None else deadline_seconds * 1000
    return Policy(MAX_CONTAINERS, "deadline", CLOSING_SECONDS * 1000, deadline_ms, follows=True)


@dataclass(frozen=True, slots=True)
class Delivered:
    """An evening on one kind of card, priced. `micro_won`: of all clips, by what it was for."""

    gpu: str
    policy: Policy
    evening: Evening
    micro_won: dict[Part, int]

    @property
    def clips(self) -> int:
        return len(self.evening.done_ms)

    @property
    def total_micro_won(self) -> int:
        return sum(self.micro_won.values())

    @property
    def micro_won_per_clip(self) -> int:
        return round(self.total_micro_won / self.clips)

    @property
    def is_late(self) -> bool:
        """Whether a clip came after the deadline that was asked for."""
        return self.policy.deadline_ms is not None and self.evening.longest_wait_ms > self.policy.deadline_ms


def cards_for(preset: Preset, shape: Geometry) -> list[Candidate]:
    """The cards that hold the clip, cheapest warm clip first: of speeds that were measured, and derived ones."""
    rows = pricing.candidates(preset, shape, CHECKPOINTS[PRODUCTION_CHECKPOINT])
    return [row for row in rows if row.fits]


def card_named(preset: Preset, shape: Geometry, gpu: str | None) -> Candidate:
    """That card, or the one that production takes: the cheapest whose speed was measured. Raises NoCardError where it
    does not hold the clip."""
    for row in cards_for(preset, shape):
        if row.gpu.name == gpu or (gpu is None and row.gpu.speed.basis == "measured"):
            return row
    raise NoCardError(f"{gpu or 'no measured card'} does not hold {preset.name}")


def work_of(row: Candidate, lost_every: int = LOST_EVERY) -> Work:
    """The times of one clip on this card. A clip's seconds include encoding and sending."""
    return Work(round(pricing.COLD_START_SECONDS * 1000), round(row.gpu_seconds * 1000), lost_every)


def delivered(
    row: Candidate, presses: Presses, policy: Policy, *, warm_cards: int = 0, lost_every: int = LOST_EVERY
) -> Delivered:
    """Plays an evening on this card and prices its seconds. Raises ValueError as `play` does."""
    evening = play(presses.moments_ms, work_of(row, lost_every), policy, warm_cards=warm_cards)
    return Delivered(row.gpu.name, policy, evening, priced(row.gpu.name, evening))


def priced(gpu: str, evening: Evening) -> dict[Part, int]:
    """Micro-won by what the seconds were for. Each is the growth of one rounded sum, so that together they are exactly
    the price of all seconds. Raises KeyError for a GPU without a price row."""
    parts: dict[Part, int] = {}
    so_far_ms, so_far = 0, 0
    for part in PARTS:
        so_far_ms += evening.ms_of(part)
        whole = pricing.container_cost(gpu, so_far_ms / 1000)
        parts[part], so_far = whole - so_far, whole
    return parts
