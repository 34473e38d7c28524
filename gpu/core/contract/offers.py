"""What clips would cost and take, everything counted, and what the rented cards do at the moment.

Integer micro-won and whole seconds. The arithmetic is that of `gpu/core/evening.py` and `delivered.py`, done again at
the edge for the cards that live. Nobody's name is in these bodies.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gpu.core.contract.fields import Count, MicroWon, WholeSeconds, Wire, as_integer
from gpu.core.contract.requests import PresetName, WithinSeconds
from gpu.core.geometry import Ratio, Tier

MAX_CLIPS_OFFERED = 400
"""In one question: as many as a person may have open."""


class ClipsAsked(Wire):
    """Clips of the same kind at one press."""

    preset: PresetName
    ratio: Ratio
    seconds: WholeSeconds
    tier: Tier
    count: Annotated[int, Field(ge=1, le=MAX_CLIPS_OFFERED), BeforeValidator(as_integer)]


class OffersRequest(Wire):
    """`POST /api/offers`: the clips of one press, in their order. At least one, and MAX_CLIPS_OFFERED together."""

    clips: tuple[ClipsAsked, ...]


class Offer(Wire):
    """One way to make them."""

    cards: Count
    """Most cards at the same time."""
    seconds: Count
    """From now until the last clip is there."""
    micro_won: MicroWon
    """Of all these clips: the starts that they need, the clips, the end of each card, attempts that are lost now and
    then."""
    within_seconds: WithinSeconds | None
    """What to send with each of the jobs to get it so. None: the cheapest way, which needs no word."""


class Offers(Wire):
    """The cheapest way first. Each further one is quicker and costs more."""

    offers: tuple[Offer, ...]
    is_warm: bool
    """Whether a card is up, or starting, for each kind of card that these clips need: the cheapest way then counts no
    start."""
    waiting: Count
    """Jobs of everybody that wait for the same cards by now. They are taken to go before these."""
    price_rev: str


class LiveCard(Wire):
    """A rented card. `waiting`: it has no clip in work and stays, because somebody is likely to come back."""

    state: Literal["starting", "working", "waiting"]
    free_in_seconds: Count
    """Until it takes the next clip, as far as can be told."""


class CardKind(Wire):
    gpu: str
    cards: tuple[LiveCard, ...]
    """The next one that is free first."""
    held: Count
    """Jobs of everybody that wait at the site for a card of this kind."""


class GpuNow(Wire):
    """`GET /api/gpu`: the kinds of cards that live, or that jobs wait for."""

    kinds: tuple[CardKind, ...]
