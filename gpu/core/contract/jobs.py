"""The job as a person sees it: its state, its progress, and the problem that ended it."""

from typing import Annotated, Literal

from pydantic import Field

from gpu.core.contract.clips import Poster, Quality, Resolved, Video
from gpu.core.contract.fields import AcrossReleases, Count, Id, LaterWordsAreNone, MicroWon, Seed, Timestamp, Wire
from gpu.core.contract.prices import CheaperChoice, Cost
from gpu.core.contract.requests import JobRequest

JobStatus = Literal["queued", "running", "succeeded", "failed", "canceled"]
Stage = Literal[
    "starting", "encode_prompt", "encode_image", "stage_1", "upsample", "stage_2", "decode", "check", "upload"
]
EtaBasis = Literal["measured", "estimated"]


class FieldError(Wire):
    pointer: str
    detail: str


class Problem(Wire):
    """RFC 9457. `title` and `fix` come in the reader's language; `type` never changes."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None
    errors: tuple[FieldError, ...]
    retryable: bool
    charged_micro_won: MicroWon
    fix: str
    choices: tuple[CheaperChoice, ...] = ()
    """Where a cap in won refuses a job: the nearest choices that it lets through, at most two."""


class Progress(AcrossReleases):
    step: int | None = None
    steps: int | None = None
    eta_seconds: float | None = None
    eta_basis: Annotated[EtaBasis | None, LaterWordsAreNone] = None
    step_began_at: Timestamp | None = None
    """When the step under way began. None outside the stages that count steps."""
    step_seconds: Annotated[float, Field(gt=0)] | None = None
    """How long such a step takes, as this card has measured it. Until the next event a reader counts on by it, within
    the stage."""


class Attempt(Wire):
    attempt: int
    gpu: str
    started_at: Timestamp | None
    finished_at: Timestamp | None
    outcome: Literal["open", "succeeded", "failed", "canceled", "lost"]
    gpu_seconds: float | None
    problem_type: str | None


class Links(Wire):
    self: str
    video: str | None
    poster: str | None
    download: str | None
    cancel: str | None
    rerun: str | None
    last_frame: str | None = None
    """Where the clip's last frame becomes an upload, to go on from it; None where none was kept."""


class Job(Wire):
    id: Id
    status: JobStatus
    stage: Stage | None
    cancel_requested: bool
    progress: Progress | None
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    expires_at: Timestamp
    input: JobRequest
    seed: Seed
    resolved: Resolved | None
    attempts: tuple[Attempt, ...]
    video: Video | None
    poster: Poster | None
    quality: Quality | None
    cost: Cost
    problem: Problem | None
    links: Links
    batch_id: Id | None
    project_id: Id | None
    """The scene table that it was made from."""
    scene_id: Id | None
    scene_number: int | None
    """The scene's place when it was asked for."""
    paused: bool
    """It waits, and is given to no card until its batch goes on."""
    rerun_of: Id | None
    continues: Id | None = None
    """The clip whose last frame it begins with."""
    title: str | None
    """What its owner calls it."""
    picture_name: str | None
    """The file name of the picture that it was made from, of the first one of several."""
    favorite: bool
    """Kept longer: `expires_at` says until when."""
    shared_until: Timestamp | None
    """While a link for others opens it."""
    deleted_at: Timestamp | None
    """Of a job that can still be restored."""


class JobList(Wire):
    jobs: tuple[Job, ...]
    next_cursor: str | None


class Today(Wire):
    """The caller's money of this day in Seoul. `held` is the reserved amount of jobs that have not ended."""

    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    billed_micro_won: MicroWon
    held_micro_won: MicroWon
    cap_micro_won: MicroWon
    """The most that a day may cost the caller."""
    month_billed_micro_won: MicroWon
    """Of this day's month, up to now."""


class BatchNow(Wire):
    """How far a batch is. Of a clip that was tried again, the newest try counts."""

    id: Id
    project_id: Id | None
    project_title: str | None
    created_at: Timestamp
    paused_at: Timestamp | None
    clips: Count
    """As many as were asked for."""
    left: Count
    """Those of them that a cap did not let in."""
    waiting: Count
    """Paused ones included."""
    running: Count
    delivered: Count
    failed: Count
    canceled: Count
    held_micro_won: MicroWon
    billed_micro_won: MicroWon


class ActiveJobs(Wire):
    """`GET /api/jobs/active`: one poll for all jobs of the caller that have not ended. Where events are accepted
    (`text/event-stream`) it goes on: an event for each change, with this as its data."""

    open: tuple[Id, ...]
    """All of them, oldest first. A job that is no longer named here has ended."""
    held: tuple[Id, ...]
    """Those of them that wait at the site for a card, in the order in which they go on."""
    jobs: tuple[Job, ...]
    """The running ones, then those that wait, up to a limit. In an event after the first: those that have changed."""
    ended: tuple[Job, ...] = ()
    """Those that have ended since the event before, or that the parameter `ended` names."""
    today: Today | None = None
    now: Timestamp
    """The site's clock, for a reader whose own one is off."""
    batches: tuple[BatchNow, ...] = ()
    """Those with a job in `open` or in `ended`."""
