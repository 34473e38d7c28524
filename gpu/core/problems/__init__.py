"""Everything that can go wrong, once: the exception tree and, from it, the RFC 9457 problem types.

ProblemError
├── the request       InvalidJob · NotJson · BodyCutOff · WrongContentType · BodyTooLarge · LengthRequired
│                     PictureUnsupported · PictureRefused · SoundUnsupported · SoundRefused
│                     UploadNotFound · JobNotFound · RouteNotFound · MethodNotAllowed · RangeNotSatisfiable
│                     IdempotencyKeyInvalid · IdempotencyConflict · CapExceeded · JobNotCancelable · JobNotFinished
│                     TooManyOpenJobs · TooManyUndoneJobs · TooManyUploads · UploadInUse · PausedByOperator
│                     OperatorOnly · PreconditionFailed · CrossSiteRefused
│                     ProjectNotFound · ChannelPresetNotFound · BatchNotFound · TooManyScenes · SceneFileUnreadable
│                     NothingToMake
├── who is asking     AccessNotConfigured · SignInNeeded · SignInUnreachable · SessionNeeded · ChallengeFailed
│                     ChallengeUnreachable · RateLimited · NothingToClaim
├── scripts           TokenInvalid · TokenNotAllowed · TokenNotFound · WebhookNotFound · TooMany
├── an event          EventUnsigned · EventStale · EventConflict
├── the GPU service   ProxyKeyRefused · CallNotFound
├── a job's end       GpuUnreachable · QueueTimeout · WorkerLost · OutOfGpuMemory · WeightsUnusable · StorageRefused
│                     SigningUnusable · SettingsIncomplete · StartsFailing · DeadlineExceeded · RenderFailed
│                     MarkerUnreadable · JobCanceled
├── Busy              the database or the bucket cannot take the request at the moment
└── Internal          an unexpected error; the trace is in the log under the request id, never on the wire

A subclass exists where code handles a problem differently, or its words differ. TypeScript gets the table as
`functions/_generated/problems.ts`. This module knows nothing about HTTP frameworks or about how a message is shown.
"""

from gpu.core.problems.access import (
    AccessNotConfigured,
    ChallengeFailed,
    ChallengeUnreachable,
    NothingToClaim,
    RateLimited,
    SessionNeeded,
    SignInNeeded,
    SignInUnreachable,
    TokenInvalid,
    TokenNotAllowed,
    TokenNotFound,
    TooMany,
    WebhookNotFound,
)
from gpu.core.problems.ends import (
    Busy,
    CallNotFound,
    DeadlineExceeded,
    EventConflict,
    EventStale,
    EventUnsigned,
    GpuUnreachable,
    Internal,
    JobCanceled,
    MarkerUnreadable,
    OutOfGpuMemory,
    ProxyKeyRefused,
    QueueTimeout,
    RenderFailed,
    SettingsIncomplete,
    SigningUnusable,
    StartsFailing,
    StorageRefused,
    WeightsUnusable,
    WorkerLost,
)
from gpu.core.problems.problem_error import ProblemError
from gpu.core.problems.requests import (
    BatchNotFound,
    BodyCutOff,
    BodyTooLarge,
    CapExceeded,
    ChannelPresetNotFound,
    CrossSiteRefused,
    IdempotencyConflict,
    IdempotencyKeyInvalid,
    InvalidJob,
    JobNotCancelable,
    JobNotFinished,
    JobNotFound,
    LengthRequired,
    MethodNotAllowed,
    NothingToMake,
    NotJson,
    OperatorOnly,
    PausedByOperator,
    PictureRefused,
    PictureUnsupported,
    PreconditionFailed,
    ProjectNotFound,
    RangeNotSatisfiable,
    RouteNotFound,
    SceneFileUnreadable,
    SoundRefused,
    SoundUnsupported,
    TooManyOpenJobs,
    TooManyScenes,
    TooManyUndoneJobs,
    TooManyUploads,
    UploadInUse,
    UploadNotFound,
    WrongContentType,
)

__all__ = [
    "PROBLEMS",
    "PROBLEM_BY_SLUG",
    "AccessNotConfigured",
    "BatchNotFound",
    "BodyCutOff",
    "BodyTooLarge",
    "Busy",
    "CallNotFound",
    "CapExceeded",
    "ChallengeFailed",
    "ChallengeUnreachable",
    "ChannelPresetNotFound",
    "CrossSiteRefused",
    "DeadlineExceeded",
    "EventConflict",
    "EventStale",
    "EventUnsigned",
    "GpuUnreachable",
    "IdempotencyConflict",
    "IdempotencyKeyInvalid",
    "Internal",
    "InvalidJob",
    "JobCanceled",
    "JobNotCancelable",
    "JobNotFinished",
    "JobNotFound",
    "LengthRequired",
    "MarkerUnreadable",
    "MethodNotAllowed",
    "NotJson",
    "NothingToClaim",
    "NothingToMake",
    "OperatorOnly",
    "OutOfGpuMemory",
    "PausedByOperator",
    "PictureRefused",
    "PictureUnsupported",
    "PreconditionFailed",
    "ProblemError",
    "ProjectNotFound",
    "ProxyKeyRefused",
    "QueueTimeout",
    "RangeNotSatisfiable",
    "RateLimited",
    "RenderFailed",
    "RouteNotFound",
    "SceneFileUnreadable",
    "SessionNeeded",
    "SettingsIncomplete",
    "SignInNeeded",
    "SignInUnreachable",
    "SigningUnusable",
    "SoundRefused",
    "SoundUnsupported",
    "StartsFailing",
    "StorageRefused",
    "TokenInvalid",
    "TokenNotAllowed",
    "TokenNotFound",
    "TooMany",
    "TooManyOpenJobs",
    "TooManyScenes",
    "TooManyUndoneJobs",
    "TooManyUploads",
    "UploadInUse",
    "UploadNotFound",
    "WebhookNotFound",
    "WeightsUnusable",
    "WorkerLost",
    "WrongContentType",
    "type_uri",
]

PROBLEMS: tuple[type[ProblemError], ...] = tuple(sorted(ProblemError.__subclasses__(), key=lambda kind: kind.slug))
"""Every problem type, sorted by its slug. Each slug is unique and never changes its meaning."""

PROBLEM_BY_SLUG: dict[str, type[ProblemError]] = {problem.slug: problem for problem in PROBLEMS}


def type_uri(slug: str) -> str:
    """The `type` member on the wire: a reference relative to the site."""
    return f"/problems/{slug}"
