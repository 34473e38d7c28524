"""The wire: every body that crosses a process boundary, once.

From these models come the JSON Schema the edge validates with, the TypeScript types of the edge and the site, and the
authority on the GPU side. This package knows no HTTP, storage or model.

    requests   what a person asks for
    clips      what ran, and what it made
    prices     before, while and after it is paid
    jobs       what became of a request
    pictures   an upload on its way to being usable
    tickets    between the site and the GPU service, and the markers in the bucket
    site       the menu, uploads, versions
"""

from gpu.core.contract.clips import Poster, Quality, Resolved, Video
from gpu.core.contract.jobs import (
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
from gpu.core.contract.pictures import PictureRead, PictureToRead
from gpu.core.contract.prices import Caps, Cost, CostParts, Estimate, JobCost, Spending, Usage
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
from gpu.core.contract.site import GpuVersion, Menu, PresetInfo, Upload, Version
from gpu.core.contract.tickets import Call, Fault, InputObject, JobEvent, Outcome, Ticket

__all__ = [
    "JOB_REQUEST",
    "Attempt",
    "Borders",
    "Call",
    "Caps",
    "Cost",
    "CostParts",
    "Crop",
    "DraftClip",
    "Estimate",
    "EstimateRequest",
    "EtaBasis",
    "Fault",
    "FieldError",
    "GpuVersion",
    "InputObject",
    "Job",
    "JobCost",
    "JobEvent",
    "JobList",
    "JobRequest",
    "JobStatus",
    "KeyframesClip",
    "Links",
    "Menu",
    "Outcome",
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
    "RerunRequest",
    "Resolved",
    "RestyleClip",
    "Spending",
    "Stage",
    "Ticket",
    "TwoStageTier",
    "Upload",
    "Usage",
    "Version",
    "Video",
]
