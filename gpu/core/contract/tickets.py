"""Between the site and the GPU service: an attempt's ticket, its events and outcome in return, and what its container
cost.

An outcome is also the marker that stays in the bucket. No person sees these bodies. Their readers may be of an earlier
or a later release than their writers.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gpu.core.contract.clips import LastFrame, Poster, Quality, Resolved, Video
from gpu.core.contract.fields import (
    AcrossReleases,
    AttemptNumber,
    ContainerMicroWon,
    Count,
    Id,
    LaterWordsAreNone,
    MicroWon,
    SecondsUsed,
    Seed,
    Timestamp,
    as_integer,
)
from gpu.core.contract.jobs import Progress, Stage
from gpu.core.contract.prices import JobCost
from gpu.core.contract.requests import AcceptedRequest
from gpu.core.contract.texts import Written

ContainerId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class InputObject(AcrossReleases):
    """An object in the bucket that the worker reads. `frame` is None for a source video and for a sound."""

    key: str
    frame: Literal["first", "middle", "last"] | None
    is_sound: bool = False


class Ticket(AcrossReleases):
    """`POST /jobs` of the GPU service: one attempt at one job. Repeating it returns the same call, or a new one where
    the first is gone and nobody began the attempt."""

    job_id: Id
    attempt: AttemptNumber
    request: AcceptedRequest
    seed: Seed
    inputs: tuple[InputObject, ...]
    gpu: str
    deadline_at: Timestamp
    reserved_micro_won: MicroWon = 0
    request_id: str | None = None
    """The id of the person's request, for the logs of all parts."""
    card: Id | None = None
    """The site's number for the rented card that this ticket is the first for. Its container asks there for the next
    ticket. None: it asks for none."""


class Fault(AcrossReleases):
    """A failure on its way to the site, which adds title and fix in the reader's language."""

    type: str
    detail: str = ""


class Call(AcrossReleases):
    """The GPU service's answer: the state of this attempt. `gone` means that no worker has it any more."""

    call_id: str
    job_id: Id
    attempt: AttemptNumber
    state: Literal["pending", "running", "finished", "gone"]
    fault: Fault | None = None
    """Why every further attempt would fail too, where a container knows that and could not write a marker."""


class Outcome(AcrossReleases):
    """The end of an attempt: the body of `done.json`, of `failed.json`, and of the last event. What has no default is
    needed to settle the job."""

    version: Annotated[int, Field(ge=1, le=1_000), BeforeValidator(as_integer)] = 1
    """Grows when a member changes its meaning."""
    job_id: Id
    attempt: AttemptNumber
    status: Literal["succeeded", "failed", "canceled"]
    finished_at: Timestamp
    resolved: Resolved | None = None
    video_key: str | None
    poster_key: str | None
    video: Video | None
    poster: Poster | None = None
    last_frame: LastFrame | None = None
    quality: Quality | None = None
    text: Written | None = None
    """Of prompt help, which delivers this in place of a clip."""
    cost: JobCost
    fault: Fault | None = None


class JobEvent(AcrossReleases):
    """`POST /api/internal/jobs/{id}/events`, signed as Standard Webhooks. `seq` grows by one within an attempt."""

    job_id: Id
    attempt: AttemptNumber
    seq: Count
    type: Literal["started", "progress", "ended"]
    at: Timestamp
    stage: Annotated[Stage | None, LaterWordsAreNone] = None
    progress: Progress | None = None
    resolved: Resolved | None = None
    outcome: Outcome | None = None


class CardAsk(AcrossReleases):
    """`POST /api/internal/cards/{card}/next`, signed as a job's events are: a container has no ticket left in work.
    Whatever the site gave this card before is over, or lost."""

    card: Id
    container_id: ContainerId
    gpu: str = ""
    """The card whose price is charged."""
    at: Timestamp
    loaded: tuple[str, ...] = ()
    """Presets whose models are in the card's memory, so that their clips begin at once."""
    waited_seconds: SecondsUsed = 0.0
    """Since its last ticket ended."""
    is_leaving: bool = False
    """It takes no further ticket, and says so that its place is free at once."""


class CardOrder(AcrossReleases):
    """The answer to a `CardAsk`. Without a ticket and without `ask_again_seconds` the container goes."""

    ticket: Ticket | None = None
    ask_again_seconds: SecondsUsed | None = None
    """Somebody is likely to come back before a start would pay: ask again after so many seconds."""


class ContainerReport(AcrossReleases):
    """`POST /api/internal/containers`, signed as a job's events are, and the body of `service/containers/{id}.json`:
    what one container has cost since it opened. All numbers are sums since then, so that a late or repeated report
    changes nothing. Boot, busy and idle seconds add up to the container's life."""

    container_id: ContainerId
    gpu: str = ""
    """The card whose price is charged."""
    checkpoint: str = ""
    deploy: str = ""
    opened_at: Timestamp
    ready_at: Timestamp | None = None
    """None while it loads, and for a container that never became ready."""
    closed_at: Timestamp | None = None
    at: Timestamp
    """When these numbers were taken."""
    boot_seconds: SecondsUsed = 0.0
    busy_seconds: SecondsUsed = 0.0
    idle_seconds: SecondsUsed = 0.0
    total_micro_won: ContainerMicroWon
    jobs_micro_won: ContainerMicroWon = 0
    """The part that outcomes of its attempts name as their cost."""
