"""The wire: every body that crosses a process boundary, defined once.

The edge's JSON Schema and the TypeScript types of the edge and the page are generated from these models; the GPU
service validates with the models themselves. This package knows no HTTP, storage or model.

    requests   a person's request
    clips      the exact settings that ran, and the finished clip
    prices     estimates, metered use, charges and caps
    offers     what clips would cost and take, and what the cards do
    usage      a caller's spending by month, day, preset and card
    caps       the caps of the site, and the erasure of one's own data
    jobs       a request's state, progress and end
    library    names, favourites, days, links for others
    pictures   an uploaded picture
    identity   who is asking
    tickets    between the site and the GPU service, and the markers in the bucket
    site       the menu, uploads, versions
    scripts    API tokens and webhooks
    health     whether each part works
    operator   all that an operator sees at a glance
"""

from gpu.core.contract.caps import Cap, CapChange, CapName, CapsChange, Erased, EraseRequest, SiteCaps
from gpu.core.contract.clips import LastFrame, Poster, Quality, Resolved, Video
from gpu.core.contract.health import Health, HealthParts
from gpu.core.contract.identity import AccessMode, Claimed, Me, Role, Session, SessionRequest, Via
from gpu.core.contract.jobs import (
    ActiveJobs,
    Attempt,
    EtaBasis,
    FieldError,
    Job,
    JobList,
    JobStatus,
    Links,
    Problem,
    Progress,
    Stage,
)
from gpu.core.contract.library import (
    BulkAction,
    BulkChange,
    BulkChanged,
    Favorites,
    JobChange,
    LibraryDay,
    LibraryDays,
    LibrarySort,
    Share,
    ShareRequest,
)
from gpu.core.contract.offers import CardKind, ClipsAsked, GpuNow, LiveCard, Offer, Offers, OffersRequest
from gpu.core.contract.operator import OperatorView, ReleaseEntry, ReleaseFigure
from gpu.core.contract.pictures import Face, PictureRead, PictureToRead
from gpu.core.contract.prices import Caps, CheaperChoice, Cost, CostParts, Estimate, JobCost, Spending
from gpu.core.contract.requests import (
    JOB_REQUEST,
    Borders,
    Crop,
    DraftClip,
    EstimateRequest,
    JobRequest,
    KeyframesClip,
    PictureClip,
    PicturePresetName,
    PresetName,
    RerunRequest,
    RestyleClip,
    TwoStageTier,
)
from gpu.core.contract.scripts import (
    Delivery,
    DeliveryList,
    JobEnd,
    JobEnded,
    NewToken,
    NewWebhook,
    Scope,
    Token,
    TokenList,
    TokenRequest,
    Webhook,
    WebhookList,
    WebhookMessage,
    WebhookRequest,
)
from gpu.core.contract.site import GpuVersion, Menu, PresetInfo, Upload, Version
from gpu.core.contract.tickets import (
    Call,
    CardAsk,
    CardOrder,
    ContainerReport,
    Fault,
    InputObject,
    JobEvent,
    Outcome,
    Ticket,
)
from gpu.core.contract.usage import MonthUsage, NamedSums, OwnLimits, Usage, UsageSums

__all__ = [
    "JOB_REQUEST",
    "AccessMode",
    "ActiveJobs",
    "Attempt",
    "Borders",
    "BulkAction",
    "BulkChange",
    "BulkChanged",
    "Call",
    "Cap",
    "CapChange",
    "CapName",
    "Caps",
    "CapsChange",
    "CardAsk",
    "CardKind",
    "CardOrder",
    "CheaperChoice",
    "Claimed",
    "ClipsAsked",
    "ContainerReport",
    "Cost",
    "CostParts",
    "Crop",
    "Delivery",
    "DeliveryList",
    "DraftClip",
    "EraseRequest",
    "Erased",
    "Estimate",
    "EstimateRequest",
    "EtaBasis",
    "Face",
    "Fault",
    "Favorites",
    "FieldError",
    "GpuNow",
    "GpuVersion",
    "Health",
    "HealthParts",
    "InputObject",
    "Job",
    "JobChange",
    "JobCost",
    "JobEnd",
    "JobEnded",
    "JobEvent",
    "JobList",
    "JobRequest",
    "JobStatus",
    "KeyframesClip",
    "LastFrame",
    "LibraryDay",
    "LibraryDays",
    "LibrarySort",
    "Links",
    "LiveCard",
    "Me",
    "Menu",
    "MonthUsage",
    "NamedSums",
    "NewToken",
    "NewWebhook",
    "Offer",
    "Offers",
    "OffersRequest",
    "OperatorView",
    "Outcome",
    "OwnLimits",
    "PictureClip",
    "PicturePresetName",
    "PictureRead",
    "PictureToRead",
    "Poster",
    "PresetInfo",
    "PresetName",
    "Problem",
    "Progress",
    "Quality",
    "ReleaseEntry",
    "ReleaseFigure",
    "RerunRequest",
    "Resolved",
    "RestyleClip",
    "Role",
    "Scope",
    "Session",
    "SessionRequest",
    "Share",
    "ShareRequest",
    "SiteCaps",
    "Spending",
    "Stage",
    "Ticket",
    "Token",
    "TokenList",
    "TokenRequest",
    "TwoStageTier",
    "Upload",
    "Usage",
    "UsageSums",
    "Version",
    "Via",
    "Video",
    "Webhook",
    "WebhookList",
    "WebhookMessage",
    "WebhookRequest",
]
