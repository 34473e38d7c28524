"""Prompt help: what Gemma makes of a person's words, as a job of its own. It makes no clip, and never changes a prompt:
the page shows its text, and the person decides.
"""

from typing import Annotated, Literal

from pydantic import Field

from gpu.core.contract.fields import Count, Id, MicroWon, Seed, Timestamp, Wire
from gpu.core.contract.jobs import JobStatus, Problem, Progress
from gpu.core.contract.prices import Cost
from gpu.core.contract.requests import TextRequest

MAX_WRITTEN_CHARACTERS = 8_000
"""Of Gemma's text: above what its tokens can hold in any language. A prompt that is sent has its own limit."""
Written = Annotated[str, Field(min_length=1, max_length=MAX_WRITTEN_CHARACTERS)]


class TextEstimate(Wire):
    """The price of one text before it is written: of as many tokens as it may have. Billed is what was used."""

    gpu: str
    larger_gpu: str | None
    """As an `Estimate`'s."""
    gpu_seconds: float
    micro_won: MicroWon
    high_micro_won: MicroWon
    """Reserved, and the most that can be billed: with a card's start."""
    cold_start_micro_won: MicroWon
    basis: Literal["measured", "derived"]
    price_rev: str


class TextOffer(Wire):
    """`GET /api/texts/offer`: what a text would cost and take at this moment."""

    micro_won: MicroWon
    """At most, but for the start of a card."""
    start_micro_won: MicroWon
    """Of the card that must be started for it; 0 where one is up or starting."""
    seconds: Count
    """From now until the text is there, at most."""
    basis: Literal["measured", "derived"]
    price_rev: str


class TextJob(Wire):
    id: Id
    status: JobStatus
    cancel_requested: bool
    progress: Progress | None
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    expires_at: Timestamp
    input: TextRequest
    seed: Seed
    text: Written | None
    """As Gemma wrote it. None until it is there."""
    cost: Cost
    problem: Problem | None
