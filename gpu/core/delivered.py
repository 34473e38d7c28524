"""Won per delivered clip, everything counted: starts, clips, idle cards and lost attempts of an evening.

The times of a card and the price of its seconds come from `pricing.py`, the order of events from `evening.py`. A day's
figures are made anew from both. This module knows no site and no person, and prints nothing.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from gpu.core import pricing
from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.contract import Estimate
from gpu.core.evening import PARTS, Evening, Part, Policy, Work, play
from gpu.core.geometry import Geometry, geometry
from gpu.core.hardware import MAX_CONTAINERS, Provenance
from gpu.core.presets import PRESETS, Preset
from gpu.core.pricing import Candidate, NoCardError

CLOSING_SECONDS = 4
"""From the end of a card's last clip until it is not paid any more: the site's answer that nothing waits, the last
report of its costs, the end of its process."""
CLOSING = Provenance(
    "a rehearsed end of 1.4 s, eight requests of 0.1 s, and the end of a process with 70 GB", "2026-11-26", "derived"
)
HANDOVER_SECONDS = 0.6
"""From the end of a clip to the begin of the card's next one: its event, the question, the answer, the claim. And its
share of the 3 seconds after each series of ten minutes, in which the card is called anew."""
HANDOVER = Provenance(
    "0.15 s measured on one machine, five round trips of 80 ms, and 0.1 s for the call after a series",
    "2026-11-26",
    "derived",
)
PLATFORM_IDLE_SECONDS = 60
"""How long the platform kept an idle card before the site decided how many work."""
LOST_EVERY = 200
"""One attempt in so many is interrupted, in its middle, and its card is lost: of default clips about one in an hour of
work."""
LOST = Provenance("the platform names no rate of preemption", "2026-11-26", "assumed")
MOMENTS_OF_LOSS = 5
"""So many places of the first lost attempt are played, evenly among all that it can have."""
EVENING_SECONDS = 4 * 60 * 60


@dataclass(frozen=True, slots=True)
class Presses:
    """When clips are asked for: at one press; at `presses` of equal size, evenly over `over_seconds`; or, with 0
    presses, one by one at moments drawn from that time, always the same ones."""

    clips: int
    presses: int = 1
    over_seconds: int = 0

    def __post_init__(self) -> None:
        if self.clips < 1 or not 0 <= self.presses <= self.clips or (self.presses == 1) == (self.over_seconds > 0):
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


SITUATIONS = (
    Presses(1),
    Presses(5),
    Presses(30),
    Presses(180),
    Presses(180, 6, EVENING_SECONDS),
    Presses(180, 0, EVENING_SECONDS),
)
BY_PLATFORM = Policy(MAX_CONTAINERS, "each", PLATFORM_IDLE_SECONDS * 1000)
"""What the platform does by itself, to compare with: a card for each clip that waits, kept for a fixed time. So it was
before decision 31."""


def by_deadline(deadline_seconds: int | None = None) -> Policy:
    """What the site does: one card until the deadline cannot be met, then the next; a card goes when the work does
    (decisions 30 and 31)."""
    deadline_ms = None if deadline_seconds is None else deadline_seconds * 1000
    return Policy(MAX_CONTAINERS, "deadline", CLOSING_SECONDS * 1000, deadline_ms, follows=True)


@dataclass(frozen=True, slots=True)
class Delivered:
    """An evening on one kind of card, priced.

    `micro_won`: of all clips, by what it was for, lost attempts at their expected number. `evening`: its order of
    events where the first attempt that is lost comes as late as it can.
    """

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


def work_of(row: Candidate, lost_every: int = LOST_EVERY, lost_at: int = 0) -> Work:
    """The times of one clip on this card. A clip's seconds include encoding, sending, and the hand-over of the next."""
    clip_ms = round((row.gpu_seconds + HANDOVER_SECONDS) * 1000)
    return Work(round(pricing.COLD_START_SECONDS * 1000), clip_ms, lost_every, lost_at)


def work_for(quoted: Estimate) -> Work:
    """The times of a choice on the card that it is quoted for."""
    shape = geometry(quoted.ratio, quoted.tier, quoted.seconds)
    return work_of(card_named(PRESETS[quoted.preset], shape, quoted.gpu))


def delivered(
    row: Candidate, presses: Presses, policy: Policy, *, warm_cards: int = 0, lost_every: int = LOST_EVERY
) -> Delivered:
    """Plays evenings on this card and prices their seconds. Raises ValueError as `play` does."""
    moments = presses.moments_ms
    usual = play(moments, work_of(row, lost_every), policy, warm_cards=warm_cards)
    played = [
        (chance, play(moments, work_of(row, lost_every, at), policy, warm_cards=warm_cards))
        for at, chance in chances_of_loss(presses.clips, lost_every)
    ]
    every = sum(chance for chance, _ in played)
    expected: dict[Part, float] = {
        part: sum(chance * evening.ms_of(part) for chance, evening in played) / every for part in PARTS
    }
    return Delivered(row.gpu.name, policy, usual, priced(row.gpu.name, expected))


def chances_of_loss(clips: int, lost_every: int) -> list[tuple[int, int]]:
    """Numbers of the first attempt that is lost, and in how many of `lost_every` evenings it is that one or one beside
    it. The last row is for the evenings in which no attempt of these clips is lost, if there are any."""
    if not lost_every:
        return [(0, 1)]
    places = min(clips, lost_every)
    played = min(places, MOMENTS_OF_LOSS)
    edges = [places * step // played for step in range(played + 1)]
    rows = [((low + high + 1) // 2, high - low) for low, high in pairwise(edges)]
    return rows if places == lost_every else [*rows, (lost_every, lost_every - places)]


def priced(gpu: str, spent_ms: Mapping[Part, float]) -> dict[Part, int]:
    """Micro-won for a container's milliseconds, by what they were for. Each is the growth of one rounded sum, so that
    together they are exactly the price of all. Raises KeyError for a GPU without a price row."""
    parts: dict[Part, int] = {}
    so_far_ms, so_far = 0.0, 0
    for part in PARTS:
        so_far_ms += spent_ms[part]
        whole = pricing.container_cost(gpu, round(so_far_ms) / 1000)
        parts[part], so_far = whole - so_far, whole
    return parts
