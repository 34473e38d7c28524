"""Between the site and the GPU service: an attempt's ticket, and its events and outcome in return.

An outcome is also the marker that stays in the bucket. No person sees these bodies.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gpu.core.contract.clips import Poster, Quality, Resolved, Video
from gpu.core.contract.fields import Id, MicroWon, Seed, Timestamp, Wire, as_integer
from gpu.core.contract.jobs import Progress, Stage
from gpu.core.contract.prices import JobCost
from gpu.core.contract.requests import JobRequest


class InputObject(Wire):
    """An object in the bucket that the worker reads. `frame` is None for a source video."""

    key: str
    frame: Literal["first", "middle", "last"] | None


class Ticket(Wire):
    """`POST /jobs` of the GPU service: one attempt at one job. Repeating it returns the same call."""

    job_id: Id
    attempt: Annotated[int, Field(ge=1, le=9), BeforeValidator(as_integer)]
    request: JobRequest
    seed: Seed
    inputs: tuple[InputObject, ...]
    gpu: str
    deadline_at: Timestamp
    reserved_micro_won: MicroWon


class Fault(Wire):
    """A failure on its way to the site, which adds title and fix in the reader's language."""

    type: str
    detail: str


class Call(Wire):
    """The GPU service's answer: the state of this attempt. `gone` means that no worker has it any more."""

    call_id: str
    job_id: Id
    attempt: int
    state: Literal["pending", "running", "finished", "gone"]
    fault: Fault | None = None
    """Why every further attempt would fail too, where a container knows that and could not write a marker."""


class Outcome(Wire):
    """The end of an attempt: the body of `done.json`, of `failed.json`, and of the last event."""

    job_id: Id
    attempt: int
    status: Literal["succeeded", "failed", "canceled"]
    finished_at: Timestamp
    resolved: Resolved | None
    video_key: str | None
    poster_key: str | None
    video: Video | None
    poster: Poster | None
    quality: Quality | None
    cost: JobCost
    fault: Fault | None


class JobEvent(Wire):
    """`POST /api/internal/jobs/{id}/events`, signed as Standard Webhooks. `seq` grows by one within an attempt."""

    job_id: Id
    attempt: int
    seq: int
    type: Literal["started", "progress", "ended"]
    at: Timestamp
    stage: Stage | None
    progress: Progress | None
    resolved: Resolved | None
    outcome: Outcome | None
