"""Every route of the site's API, as a table: what it takes, what it answers, which problems it knows.

`functions/_generated/openapi.json` is written from it, and a test compares it with the files under `functions/api`.
It knows the bodies' names, not how a route does its work.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from gpu.core.contract.batches import Batch, BatchChoice, BatchRequest, Quote
from gpu.core.contract.caps import CapsChange, Erased, EraseRequest, SiteCaps
from gpu.core.contract.fields import Wire
from gpu.core.contract.health import Health
from gpu.core.contract.identity import Claimed, Me, Session, SessionRequest
from gpu.core.contract.jobs import ActiveJobs, Job, JobList, JobStatus
from gpu.core.contract.library import (
    DAY_PATTERN,
    MAX_SEARCH,
    BulkChange,
    BulkChanged,
    JobChange,
    LibraryDays,
    LibrarySort,
    Share,
    ShareRequest,
)
from gpu.core.contract.offers import GpuNow, Offers, OffersRequest
from gpu.core.contract.operator import OperatorView
from gpu.core.contract.prices import Estimate
from gpu.core.contract.requests import JOB_REQUEST, EstimateRequest, PresetName, RerunRequest, TextRequest
from gpu.core.contract.scene_files import MAX_FILE_NAME, PairedPictures, PicturesToPair, SceneFile
from gpu.core.contract.scenes import (
    ChannelPreset,
    ChannelPresetRequest,
    ChannelPresets,
    Project,
    ProjectChange,
    ProjectChanged,
    ProjectList,
    ProjectRequest,
)
from gpu.core.contract.scripts import (
    Delivery,
    DeliveryList,
    NewToken,
    NewWebhook,
    TokenList,
    TokenRequest,
    WebhookList,
    WebhookRequest,
)
from gpu.core.contract.site import Menu, Upload, Version
from gpu.core.contract.texts import TextJob, TextOffer
from gpu.core.contract.tickets import CardAsk, CardOrder, ContainerReport, JobEvent
from gpu.core.contract.usage import OwnLimits, Usage
from gpu.core.geometry import Ratio

Who = Literal["anybody", "owner", "person", "operator", "worker"]
"""`anybody` needs nothing; `owner` a cookie or a token; `person` a cookie alone; `operator` the role of one; `worker` a
signature."""
Method = Literal["get", "head", "post", "put", "patch", "delete"]
Scope = Literal["read", "create"]


@dataclass(frozen=True, slots=True)
class Media:
    """A body that is no JSON of ours: its content types, in OpenAPI's words."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    method: Method
    path: str
    """With parameters in braces, as OpenAPI writes it."""
    summary: str
    status: int
    """Of the success."""
    answer: type[Wire] | Media | None
    """None: the answer has no body, or one without a contract."""
    problems: tuple[str, ...] = ()
    """Slugs, beside those that every route may answer."""
    who: Who = "owner"
    scope: Scope = "read"
    """What a token needs."""
    body: type[Wire] | Any | Media | None = None
    query: tuple[str, ...] = ()
    """Names in QUERY."""
    headers: tuple[str, ...] = ()
    """Names in HEADERS."""
    also: tuple[int, ...] = ()
    """Further statuses without a problem: 206, 304."""


QUERY: dict[str, tuple[str, dict[str, Any]]] = {
    "ended": (
        "Ids of jobs that were open before, with commas between them: what became of them comes along.",
        {"type": "string", "pattern": "^[0-9a-z]{8,40}(,[0-9a-z]{8,40}){0,49}$"},
    ),
    "cursor": ("`next_cursor` of the page before.", {"type": "string", "pattern": "^[0-9a-z]{8,40}$"}),
    "limit": ("Jobs on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    "month": (
        "A month of Seoul, `2026-11`; the present one where left out.",
        {"type": "string", "pattern": "^2[0-9]{3}-(0[1-9]|1[0-2])$"},
    ),
    "q": (
        "Words, all of which the title, the prompt or the picture's name has.",
        {"type": "string", "maxLength": MAX_SEARCH},
    ),
    "status": ("Jobs in this state.", {"type": "string", "enum": list(get_args(JobStatus))}),
    "preset": ("Jobs of this preset.", {"type": "string", "enum": list(get_args(PresetName))}),
    "ratio": ("Jobs of this ratio.", {"type": "string", "enum": list(get_args(Ratio))}),
    "from": ("Jobs made on this day of Asia/Seoul or later.", {"type": "string", "pattern": DAY_PATTERN}),
    "to": ("Jobs made on this day of Asia/Seoul or earlier.", {"type": "string", "pattern": DAY_PATTERN}),
    "favorite": ("`1`: favourites alone.", {"type": "string", "enum": ["1"]}),
    "deleted": ("`1`: jobs that were deleted and can be restored.", {"type": "string", "enum": ["1"]}),
    "rerun_of": ("Jobs that ran this one again.", {"type": "string", "pattern": "^[0-9a-z]{8,40}$"}),
    "sort": ("Their order.", {"type": "string", "enum": list(get_args(LibrarySort)), "default": "newest"}),
    "ids": (
        "Ids of the clips, with commas between them, up to 200.",
        {"type": "string", "pattern": "^[0-9a-z]{8,40}(,[0-9a-z]{8,40}){0,199}$"},
    ),
    "scenes": (
        "Ids of the scenes, with commas between them; all where left out.",
        {"type": "string", "pattern": "^[0-9a-z]{8,40}(,[0-9a-z]{8,40}){0,199}$"},
    ),
    "name": (
        "The file's name, whose ending names its format; without one it is a pasted text.",
        {"type": "string", "maxLength": MAX_FILE_NAME},
    ),
    "columns": (
        "What each column of the table is, in order, with commas between; `-` for one that is not taken.",
        {"type": "string", "pattern": "^(-|[a-z_]{3,24})(,(-|[a-z_]{3,24})){0,99}$"},
    ),
    "heading": (
        "Whether the table's first row is a heading; else it is told by its words.",
        {"type": "string", "enum": ["0", "1"]},
    ),
    "download": ("`1` sends it as a file with a name.", {"type": "string", "enum": ["1"]}),
}
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Idempotency-Key": (
        "The same key with the same body makes one job, however often it is sent.",
        {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
    ),
    "X-File-Name": ("The file's name, percent-encoded UTF-8.", {"type": "string", "maxLength": 1_000}),
    "Content-Length": ("The whole file's size.", {"type": "integer", "minimum": 1}),
    "Range": ("One range of bytes.", {"type": "string"}),
    "If-None-Match": ("An ETag that the caller has.", {"type": "string"}),
}
LIBRARY = ("q", "status", "preset", "ratio", "from", "to", "favorite", "deleted", "rerun_of")
EVERYWHERE = ("internal", "busy")
"""Problems that every route may answer."""
OF_OWNERS = (
    "token-invalid", "token-not-allowed", "access-not-configured", "sign-in-needed", "sign-in-unreachable",
    "session-needed", "rate-limited",
)  # fmt: skip
OF_BODIES = ("wrong-content-type", "body-too-large", "body-cut-off", "not-json", "invalid-job")
OF_SUBMITS = (
    *OF_BODIES, "idempotency-key-invalid", "idempotency-conflict", "cap-exceeded", "too-many-open-jobs",
    "too-many-undone-jobs", "paused-by-operator", "upload-not-found",
)  # fmt: skip
CROSS_SITE = "cross-site-refused"
SIGNED = ("event-unsigned", "event-stale")

MP4 = Media(("video/mp4",))
HTML = Media(("text/html",))
JPEG = Media(("image/jpeg",))
PNG = Media(("image/png",))
WAV = Media(("audio/wav",))
PICTURES_AND_SOUNDS = Media(("image/png", "image/jpeg", "image/webp", "audio/wav", "audio/mpeg", "audio/mp4"))
TEXT = Media(("text/plain",))
CSV = Media(("text/csv",))
SRT = Media(("application/x-subrip",))
ZIP = Media(("application/zip",))
BYTES = Media(("application/octet-stream",))
ANY_JSON = Media(("application/json",))


IN_PARTS = ("Range", "If-None-Match")
OF_PARTS = ("range-not-satisfiable", "precondition-failed")
"""Of a file that is read in parts, or only where it has changed."""


def media(path: str, what: str, kind: Media, missing: str, *queries: str, who: Who = "owner") -> tuple[Route, Route]:
    """GET and HEAD of a file in the bucket."""
    return (
        Route("get", path, what, 200, kind, (missing, *OF_PARTS), who, query=queries, headers=IN_PARTS,
              also=(206, 304)),
        Route("head", path, f"{what}: its headers", 200, None, (missing, "precondition-failed"), who, query=queries,
              headers=IN_PARTS[1:], also=(304,)),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    Route("get", "/api/version", "The site's build and contract", 200, Version, who="anybody"),
    Route("get", "/api/health", "Whether each part works; 503 where one failed", 200, Health, who="anybody"),
    Route("get", "/api/openapi.json", "This document", 200, ANY_JSON, who="anybody"),
    Route("get", "/api/metrics", "Counters as Prometheus text", 200, TEXT, ("operator-only",), who="operator"),
    Route("get", "/api/me", "Who is asking", 200, Me, who="anybody"),
    Route("post", "/api/session", "Begin a session of a public site", 201, Session,
          (*OF_BODIES, "route-not-found", "challenge-failed", "challenge-unreachable"), who="anybody",
          body=SessionRequest),
    Route("post", "/api/me/claim", "Take over what this browser made before its person signed in", 200, Claimed,
          ("nothing-to-claim",), who="person"),
    Route("delete", "/api/me/data", "Erase everything of the caller's", 200, Erased, (*OF_BODIES, "job-not-finished"),
          who="person", body=EraseRequest),
    Route("get", "/api/me/limits", "The caps that the caller has set for themselves", 200, OwnLimits, who="person"),
    Route("put", "/api/me/limits", "Set caps for oneself, below the site's", 200, OwnLimits, OF_BODIES, who="person",
          body=OwnLimits),
    Route("get", "/api/export", "Everything of the caller's, as one document", 200, ANY_JSON),
    Route("get", "/api/caps", "Every cap with its use", 200, SiteCaps, ("operator-only",), who="person"),
    Route("put", "/api/caps", "Change caps, or stop new jobs", 200, SiteCaps, (*OF_BODIES, "operator-only"),
          who="person", body=CapsChange),
    Route("get", "/api/presets", "Every choice, with its price", 200, Menu),
    Route("post", "/api/estimate", "The price of a choice", 200, Estimate, OF_BODIES, body=EstimateRequest),
    Route("post", "/api/offers", "What clips cost and take, by how many cards make them", 200, Offers, OF_BODIES,
          body=OffersRequest),
    Route("get", "/api/gpu", "What the rented cards do, and how many jobs wait for them", 200, GpuNow),
    Route("post", "/api/presence", "Somebody works on the page: a card that has nothing to do may wait a little", 204,
          None),
    Route("get", "/api/usage", "The caller's spending, and the caps", 200, Usage, ("invalid-job",), query=("month",)),
    Route("get", "/api/usage.csv", "The caller's month by day, preset, card and table, for a spreadsheet", 200, CSV,
          ("invalid-job",), query=("month",)),
    Route("get", "/api/operator", "All that an operator sees at a glance", 200, OperatorView, ("operator-only",),
          who="operator"),
    Route(
        "put", "/api/uploads", "Upload a picture or a sound", 201, Upload,
        ("length-required", "body-too-large", "too-many-uploads", "picture-unsupported", "picture-refused",
         "sound-unsupported", "sound-refused", "gpu-unreachable"),
        scope="create", body=PICTURES_AND_SOUNDS, headers=("Content-Length", "X-File-Name"),
    ),
    Route("delete", "/api/uploads/{id}", "Delete a picture or a sound", 204, None,
          ("upload-not-found", "upload-in-use"), scope="create"),
    *media("/api/uploads/{id}/picture", "A picture as models see it", PNG, "upload-not-found"),
    *media("/api/uploads/{id}/sound", "A sound as models hear it", WAV, "upload-not-found"),
    Route("get", "/api/jobs", "The caller's jobs, newest first", 200, JobList, ("invalid-job",),
          query=("cursor", "limit", "sort", *LIBRARY)),
    Route("post", "/api/jobs", "Submit a job", 202, Job, (*OF_SUBMITS, "job-not-found"), scope="create",
          body=JOB_REQUEST, headers=("Idempotency-Key",)),
    Route("get", "/api/jobs/active", "The caller's jobs that have not ended", 200, ActiveJobs, ("invalid-job",),
          query=("ended",), headers=("If-None-Match",), also=(304,)),
    Route("delete", "/api/jobs/active", "Cancel the jobs that have not ended, up to a limit; those that are left", 200,
          ActiveJobs, scope="create"),
    Route("get", "/api/jobs/clips.zip", "Some of the caller's clips, numbered", 200, ZIP,
          ("invalid-job", "job-not-found", *OF_PARTS), query=("ids",), headers=IN_PARTS, also=(206, 304)),
    Route("get", "/api/jobs/days", "How many of the caller's jobs each day has, and what they cost", 200, LibraryDays,
          ("invalid-job",), query=LIBRARY),
    Route("post", "/api/jobs/bulk", "Delete, restore or mark several jobs", 200, BulkChanged, OF_BODIES,
          scope="create", body=BulkChange),
    Route("get", "/api/jobs/{id}", "One job", 200, Job, ("job-not-found",), headers=("If-None-Match",), also=(304,)),
    Route("put", "/api/jobs/{id}", "Rename a job, or keep it longer", 200, Job,
          (*OF_BODIES, "job-not-found", "job-not-finished", "too-many"), scope="create", body=JobChange),
    Route("delete", "/api/jobs/{id}", "Delete an ended job; a day to restore it", 204, None,
          ("job-not-found", "job-not-finished"), scope="create"),
    Route("post", "/api/jobs/{id}/cancel", "Cancel a job", 200, Job, ("job-not-found", "job-not-cancelable"),
          scope="create"),
    Route("post", "/api/jobs/{id}/restore", "Restore a deleted job", 200, Job, ("job-not-found",), scope="create"),
    Route("post", "/api/jobs/{id}/rerun", "Make a job again", 202, Job, (*OF_SUBMITS, "job-not-found"), scope="create",
          body=RerunRequest, headers=("Idempotency-Key",)),
    *media("/api/jobs/{id}/video", "The clip", MP4, "job-not-found", "download"),
    *media("/api/jobs/{id}/poster", "The clip's first frame", JPEG, "job-not-found", "download"),
    Route("post", "/api/jobs/{id}/last-frame", "Make a picture of the clip's last frame, to go on from it", 201, Upload,
          ("job-not-found", "too-many-uploads"), scope="create"),
    Route("post", "/api/jobs/{id}/share", "Make a link that opens the clip for others, shown this once", 201, Share,
          (*OF_BODIES, "job-not-found", "job-not-finished"), who="person", body=ShareRequest),
    Route("delete", "/api/jobs/{id}/share", "End a clip's link", 204, None, ("job-not-found",), who="person"),
    Route("post", "/api/texts", "Let a prompt be written anew in English", 202, TextJob, OF_SUBMITS, scope="create",
          body=TextRequest, headers=("Idempotency-Key",)),
    Route("get", "/api/texts/offer", "What such a text would cost and take now", 200, TextOffer),
    Route("get", "/api/texts/{id}", "One text, and what became of it", 200, TextJob, ("job-not-found",),
          headers=("If-None-Match",), also=(304,)),
    Route("post", "/api/texts/{id}/cancel", "Cancel a text", 200, TextJob, ("job-not-found", "job-not-cancelable"),
          scope="create"),
    Route("get", "/api/shared/{token}", "A shared clip, as a page", 200, HTML, ("job-not-found",), who="anybody"),
    *media("/api/shared/{token}/video", "A shared clip", MP4, "job-not-found", "download", who="anybody"),
    *media("/api/shared/{token}/poster", "A shared clip's first frame", JPEG, "job-not-found", who="anybody"),
    Route("get", "/api/projects", "The caller's scene tables, the last changed first", 200, ProjectList,
          ("invalid-job",), query=("deleted",)),
    Route("post", "/api/projects", "Begin a scene table", 201, Project,
          (*OF_BODIES, "idempotency-key-invalid", "too-many"), scope="create", body=ProjectRequest,
          headers=("Idempotency-Key",)),
    Route("get", "/api/projects/{id}", "A scene table, and what its scenes have become", 200, Project,
          ("project-not-found",), headers=("If-None-Match",), also=(304,)),
    Route("patch", "/api/projects/{id}", "Change cells, rows, their order or the settings", 200, ProjectChanged,
          (*OF_BODIES, "project-not-found", "too-many-scenes"), scope="create", body=ProjectChange),
    Route("delete", "/api/projects/{id}", "Delete a scene table; a day to restore it. Its clips stay", 204, None,
          ("project-not-found",), scope="create"),
    Route("post", "/api/projects/{id}/restore", "Restore a deleted scene table", 200, Project, ("project-not-found",),
          scope="create"),
    Route("post", "/api/projects/{id}/quote", "What some of its scenes would cost and take", 200, Quote,
          (*OF_BODIES, "project-not-found"), body=BatchChoice),
    Route("get", "/api/projects/{id}/clips.zip", "The clips of its scenes, numbered, with subtitles and the table", 200,
          ZIP, ("project-not-found", "job-not-found", "invalid-job", *OF_PARTS), query=("scenes",), headers=IN_PARTS,
          also=(206, 304)),
    Route("get", "/api/projects/{id}/scenes.csv", "The table, as a file that can be read again", 200, CSV,
          ("project-not-found",)),
    Route("get", "/api/projects/{id}/subtitles.srt", "The subtitles of its clips, one after another", 200, SRT,
          ("project-not-found",)),
    Route("post", "/api/scenes/read", "Read a file of scenes, or a pasted text; nothing is stored", 200, SceneFile,
          ("body-too-large", "body-cut-off", "invalid-job", "scene-file-unreadable", "too-many-scenes"),
          body=BYTES, query=("name", "columns", "heading")),
    Route("post", "/api/scenes/pictures", "Which pictures belong to which scenes, by their names", 200, PairedPictures,
          OF_BODIES, body=PicturesToPair),
    Route("get", "/api/channel-presets", "The caller's settings by name", 200, ChannelPresets),
    Route("post", "/api/channel-presets", "Keep settings under a name", 201, ChannelPreset, (*OF_BODIES, "too-many"),
          scope="create", body=ChannelPresetRequest),
    Route("put", "/api/channel-presets/{id}", "Change settings that have a name", 200, ChannelPreset,
          (*OF_BODIES, "channel-preset-not-found"), scope="create", body=ChannelPresetRequest),
    Route("delete", "/api/channel-presets/{id}", "Forget settings that have a name", 204, None,
          ("channel-preset-not-found",), scope="create"),
    Route("post", "/api/batches", "Make many scenes at once", 202, Batch,
          (*OF_SUBMITS, "project-not-found", "nothing-to-make"), scope="create", body=BatchRequest,
          headers=("Idempotency-Key",)),
    Route("get", "/api/batches/{id}", "How far a batch is", 200, Batch, ("batch-not-found",)),
    Route("post", "/api/batches/{id}/pause", "Give no more of its jobs to a card", 200, Batch, ("batch-not-found",),
          scope="create"),
    Route("post", "/api/batches/{id}/resume", "Go on with a paused batch", 200, Batch, ("batch-not-found",),
          scope="create"),
    Route("post", "/api/batches/{id}/cancel", "Cancel what of it has not ended", 200, Batch, ("batch-not-found",),
          scope="create"),
    Route("post", "/api/batches/{id}/retry", "Make again what of it has failed", 202, Batch,
          ("batch-not-found", "cap-exceeded", "too-many-open-jobs", "too-many-undone-jobs", "paused-by-operator",
           "upload-not-found"), scope="create"),
    Route("get", "/api/tokens", "The caller's API tokens", 200, TokenList, who="person"),
    Route("post", "/api/tokens", "Make an API token, shown this once", 201, NewToken, (*OF_BODIES, "too-many"),
          who="person", body=TokenRequest),
    Route("delete", "/api/tokens/{id}", "Revoke an API token", 204, None, ("token-not-found",), who="person"),
    Route("get", "/api/webhooks", "The caller's webhooks", 200, WebhookList, who="person"),
    Route("post", "/api/webhooks", "Add a webhook; its secret is shown this once", 201, NewWebhook,
          (*OF_BODIES, "too-many"), who="person", body=WebhookRequest),
    Route("delete", "/api/webhooks/{id}", "End a webhook", 204, None, ("webhook-not-found",), who="person"),
    Route("post", "/api/webhooks/{id}/rotate", "Give a webhook a new secret; the old one signs a day longer", 200,
          NewWebhook, ("webhook-not-found",), who="person"),
    Route("get", "/api/webhooks/{id}/deliveries", "A webhook's newest messages", 200, DeliveryList,
          ("webhook-not-found",), who="person"),
    Route("post", "/api/webhooks/{id}/deliveries/{delivery}/resend", "Send a message again", 202, Delivery,
          ("webhook-not-found",), who="person"),
    Route("post", "/api/internal/jobs/{id}/events", "A worker's signed event", 200, ANY_JSON,
          ("body-too-large", "body-cut-off", "not-json", "invalid-job", "event-conflict", *SIGNED), who="worker",
          body=JobEvent),
    Route("post", "/api/internal/cards/{card}/next", "A container's signed question for its next ticket", 200,
          CardOrder, ("body-too-large", "body-cut-off", "not-json", "invalid-job", *SIGNED), who="worker",
          body=CardAsk),
    Route("post", "/api/internal/containers", "A container's signed report", 200, ANY_JSON,
          ("body-too-large", "body-cut-off", "not-json", "invalid-job", *SIGNED), who="worker", body=ContainerReport),
)  # fmt: skip
