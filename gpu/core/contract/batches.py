"""Many scenes at one press: which, at what price, and how far they are.

A batch is one reservation for many ordinary jobs. It knows no table's cells.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gpu.core.contract.fields import Count, Id, MicroWon, WholeSeconds, Wire, as_integer
from gpu.core.contract.jobs import BatchNow, JobStatus, Problem
from gpu.core.contract.offers import Offers
from gpu.core.contract.requests import SceneQuality, WithinSeconds

MAX_BATCH_CLIPS = 200
MAX_VARIANTS = 4
MAX_RANGE = 1_000

Which = Literal["all", "unmade", "failed", "drafted"]
LeftOutReason = Literal[
    "no_line", "line_too_long", "no_picture", "no_first_picture", "picture_gone", "no_draft_of_two_pictures",
    "wrong_quality", "no_chosen_clip", "unchanged", "in_work", "above_clip_cap",
]  # fmt: skip
"""`unchanged`: what the scene says is made and paid already. `in_work`: it is being made."""


class InPlace(Wire):
    """For this press alone, in place of what the scenes say."""

    quality: SceneQuality | None = None
    seconds: WholeSeconds | None = None


class BatchChoice(Wire):
    """`POST /api/projects/{id}/quote`: which scenes, by exactly one of `range`, `scenes` and `which`, and how."""

    range: Annotated[str, Field(max_length=MAX_RANGE)] | None = None
    """Such as `1~4, 6, 8-10`."""
    scenes: Annotated[tuple[Id, ...], Field(max_length=MAX_BATCH_CLIPS)] | None = None
    which: Which | None = None
    variants: Annotated[int, Field(ge=1, le=MAX_VARIANTS), BeforeValidator(as_integer)] = 1
    """Clips of each scene, with seeds of their own."""
    again: bool = False
    """Also what is made and unchanged."""
    in_place: InPlace | None = None
    seeds: Literal["own", "chosen"] = "own"
    """`chosen`: the seed of the scene's own clip, as a final one follows its draft."""
    without_pictures: bool = False


class BatchRequest(BatchChoice):
    """`POST /api/batches`."""

    project_id: Id
    within_seconds: WithinSeconds | None = None
    most_micro_won: Annotated[int, Field(ge=1, le=2**53 - 1), BeforeValidator(as_integer)] | None = None
    """The most that this batch may ever cost, set by whoever presses."""


class LeftOut(Wire):
    scene: Id
    number: Count
    reason: LeftOutReason


class QuotedScene(Wire):
    scene: Id
    number: Count
    clips: Count
    estimate_micro_won: MicroWon
    """Of all its clips, on a card that is up."""


class Quote(Wire):
    revision: Count
    """Of the table that was read."""
    scenes: tuple[QuotedScene, ...]
    clips: Count
    left_out: tuple[LeftOut, ...]
    estimate_micro_won: MicroWon
    most_micro_won: MicroWon
    """It never costs more: what would be reserved."""
    offers: Offers | None
    """None where there is nothing to make."""
    fits: Count
    """Clips that the caps let in at this moment, in their order."""
    stopped: Problem | None
    """Why not all of them, and what would be cheaper."""


class BatchJob(Wire):
    job_id: Id
    scene: Id | None
    number: Count | None
    status: JobStatus
    paused: bool
    rerun_of: Id | None


class Batch(BatchNow):
    left_out: tuple[LeftOut, ...]
    stopped: Problem | None
    """Why not all were let in."""
    jobs: tuple[BatchJob, ...]
