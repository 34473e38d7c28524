"""The wire: every body that crosses a process boundary, once.

From these models come the JSON Schema the edge validates with, the TypeScript types of the edge and the site, and the
authority on the GPU side. Everything a person may ask for is a finite list or a bounded text, so each legal combination
can be quoted and tested. This module knows no HTTP, storage or model.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from gpu.fields import Count, Id, MicroWon, Seed, Strength, Text, Timestamp, WholeSeconds, Wire, whole
from gpu.geometry import Ratio, Seconds, Tier

JobStatus = Literal["queued", "running", "succeeded", "failed", "canceled"]
Stage = Literal[
    "starting", "encode_prompt", "encode_image", "stage_1", "upsample", "stage_2", "decode", "check", "upload"
]
TwoStageTier = Literal["704p", "1088p"]
PresetName = Literal["aggressive_quality", "quality_light", "fast", "draft", "keyframes", "restyle"]
EtaBasis = Literal["measured", "estimated"]


# ---------------------------------------------------------------- what a person asks for


class _Clip(Wire):
    prompt: Text
    negative_prompt: Text | None = None
    ratio: Ratio = "9:16"
    seconds: WholeSeconds = 8
    seed: Seed | None = None


class _PictureClip(_Clip):
    upload_id: Id | None = None
    image_strength: Strength | None = None


class QualityClip(_PictureClip):
    preset: Literal["aggressive_quality"]
    tier: TwoStageTier = "704p"


class QualityLightClip(_PictureClip):
    preset: Literal["quality_light"]
    tier: TwoStageTier = "704p"


class FastClip(_PictureClip):
    preset: Literal["fast"]
    tier: TwoStageTier = "704p"


class DraftClip(_PictureClip):
    preset: Literal["draft"]
    tier: Literal["352p"] = "352p"


class KeyframesClip(_Clip):
    preset: Literal["keyframes"]
    tier: TwoStageTier = "704p"
    first_upload_id: Id
    middle_upload_id: Id | None = None
    last_upload_id: Id
    image_strength: Strength | None = None


class RestyleClip(_Clip):
    """Video to video: the source is a clip made here, so it is already ours, checked and of a known shape."""

    preset: Literal["restyle"]
    tier: TwoStageTier = "704p"
    source_job_id: Id


JobRequest = Annotated[
    QualityClip | QualityLightClip | FastClip | DraftClip | KeyframesClip | RestyleClip, Field(discriminator="preset")
]
"""`POST /api/jobs`. A missing seed is drawn at submit and stored; a missing strength is the preset's."""

JOB_REQUEST: TypeAdapter[JobRequest] = TypeAdapter(JobRequest)


class EstimateRequest(Wire):
    """`POST /api/estimate`: what the price depends on, and nothing else."""

    preset: PresetName
    ratio: Ratio
    seconds: WholeSeconds
    tier: Tier


class RerunRequest(Wire):
    """`POST /api/jobs/{id}/rerun`: the same settings with the same seed or a new one."""

    seed: Literal["same", "new"]


# ---------------------------------------------------------------- what became of it


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


class Progress(Wire):
    step: int | None
    steps: int | None
    eta_seconds: float | None
    eta_basis: EtaBasis | None


class Resolved(Wire):
    """What ran, to the last setting: enough to run it again."""

    pipeline: str
    checkpoint: str
    lora: str | None
    quantization: str | None
    gpu: str
    seed: Seed
    num_frames: int
    width: int
    height: int
    frame_rate: int
    steps: int
    guidance: float
    guided_steps: int | None = None
    """The first steps, where guidance stops before the last; None where it is on all of them, or off."""
    image_strength: float | None
    prompt_sent: str
    negative_prompt: str | None
    prompt_tokens_dropped: int | None
    """Tokens past the model's 1,024; None until the text has been encoded."""
    build: str


class Video(Wire):
    bytes: Count
    width: int
    height: int
    num_frames: int
    frame_rate: int
    seconds: float
    frames_hash: str
    """SHA-256 over the decoded RGB frames in order: equal for equal settings on the same machine."""
    content_credentials: Literal["off", "signed", "failed"]
    """The signed C2PA manifest in the file: not configured, there, or left out because signing it failed."""


class Poster(Wire):
    bytes: Count
    width: int
    height: int


class Quality(Wire):
    """Measured on the finished frames, which are never altered."""

    pixel_difference: tuple[float, ...]
    """Mean absolute difference to the input picture, 0 to 255, at five checkpoints; empty without a picture."""
    similarity: tuple[float, ...]
    """Structural similarity (SSIM) to the input picture, -1 to 1, at the same checkpoints."""
    motion: float
    """Mean absolute change from frame to frame, 0 to 255."""
    flicker: float
    """How far a frame's brightness lies from the middle of its neighbours', 0 to 255, on average."""


class CostParts(Wire):
    gpu: MicroWon
    cpu: MicroWon
    memory: MicroWon
    cold_start: MicroWon


class Estimate(Wire):
    """A price before it is paid: on which GPU, in how many seconds, from which facts."""

    preset: PresetName
    ratio: Ratio
    seconds: Seconds
    tier: Tier
    width: int
    height: int
    num_frames: int
    gpu: str
    gpu_seconds: float
    micro_won: MicroWon
    low_micro_won: MicroWon
    high_micro_won: MicroWon
    """Reserved at submit, and the most that can be billed."""
    parts: CostParts
    cold_start_micro_won: MicroWon
    """Added in full when no GPU is warm; already inside `high_micro_won`."""
    basis: Literal["measured", "derived"]
    reason_ko: str
    reason_en: str
    price_rev: str


class Cost(Wire):
    estimate_micro_won: MicroWon
    reserved_micro_won: MicroWon
    billed_micro_won: MicroWon | None
    gpu_seconds: float | None
    cold_start_seconds: float | None
    """This job's share of bringing the container up."""
    peak_vram_gib: float | None
    parts: CostParts | None
    price_rev: str


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
    rerun_of: Id | None


class JobList(Wire):
    jobs: tuple[Job, ...]
    next_cursor: str | None


class Upload(Wire):
    id: Id
    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    bytes: Count
    width: int
    height: int
    expires_at: Timestamp


class PresetInfo(Wire):
    """One row of the menu, with the price of each legal choice."""

    name: PresetName
    title_ko: str
    title_en: str
    summary_ko: str
    summary_en: str
    pipeline: str
    tiers: tuple[Tier, ...]
    ratios: tuple[Ratio, ...]
    seconds: tuple[Seconds, ...]
    steps: int
    guidance: float
    guided_steps: int | None
    """The first steps, where guidance stops before the last."""
    image_strength: float | None
    prompt_prefix: str | None
    negative_prompt: str | None
    """The default; None where the sampler has no use for one, and a negative prompt would be inert."""
    inputs: Literal["picture", "keyframes", "video"]


class Menu(Wire):
    """`GET /api/presets`: what can be asked for here, and what it costs."""

    default_preset: PresetName
    presets: tuple[PresetInfo, ...]
    estimates: tuple[Estimate, ...]
    price_rev: str
    checkpoint: str | None
    """What renders here; None until the GPU service has answered once."""
    is_tiny_model: bool
    max_prompt_characters: int
    max_upload_bytes: int


class Spending(Wire):
    """A caller's jobs by the day they were asked for. `held` is what is reserved for those that have not ended."""

    jobs: Count
    estimate_micro_won: MicroWon
    billed_micro_won: MicroWon
    held_micro_won: MicroWon


class Caps(Wire):
    """What may be spent: on a job, by an owner in a day, by all of the site in a day."""

    job_micro_won: MicroWon
    owner_day_micro_won: MicroWon
    site_day_micro_won: MicroWon


class Usage(Wire):
    """`GET /api/usage`: what the caller spent, and the caps. Days and months are those of Asia/Seoul."""

    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    month: Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]
    today: Spending
    this_month: Spending
    limits: Caps


class Version(Wire):
    """`GET /api/version` of the site and `GET /version` of the GPU service."""

    service: Literal["site", "gpu", "sweeper"]
    build: str
    contract: str
    """Digest of the schema: site and GPU service must agree on it."""
    app_version: str
    checkpoint: str | None
    weights_revision: str | None
    """Changes with any weight file of the GPU service's checkpoint; None where there are none to tell of."""


# ---------------------------------------------------------------- site → GPU service


class InputObject(Wire):
    """An object in the bucket that the worker reads. `frame` is None for a source video."""

    key: str
    frame: Literal["first", "middle", "last"] | None


class Ticket(Wire):
    """`POST /jobs` of the GPU service: one attempt at one job. Repeating it returns the same call."""

    job_id: Id
    attempt: Annotated[int, Field(ge=1, le=9), BeforeValidator(whole)]
    request: JobRequest
    seed: Seed
    inputs: tuple[InputObject, ...]
    gpu: str
    deadline_at: Timestamp
    reserved_micro_won: MicroWon


class Call(Wire):
    """The GPU service's answer: where this attempt stands. `gone` means that nobody is working on it any more."""

    call_id: str
    job_id: Id
    attempt: int
    state: Literal["pending", "running", "finished", "gone"]


# ---------------------------------------------------------------- worker → site, and the markers in the bucket


class JobCost(Wire):
    """What an attempt used, metered by the worker, and its price by `gpu/quote.py`."""

    gpu: str
    gpu_seconds: float
    cold_start_seconds: float
    peak_vram_gib: float | None = None
    """By torch's allocator, without what it holds in reserve; None on a CPU and where no clip was made."""
    micro_won: MicroWon
    parts: CostParts
    price_rev: str


class Fault(Wire):
    """A failure on its way to the site, which adds title and fix in the reader's language."""

    type: str
    detail: str


class Outcome(Wire):
    """The end of an attempt: the body of `done.json` and `failed.json`, and of the last event."""

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
