"""The wire: every body that crosses a process boundary, defined once.

The edge's JSON Schema and the TypeScript types of the edge and the page are generated from these models; the GPU
service validates with the models themselves. This package knows no HTTP, storage or model.

    requests   a person's request
    clips      the exact settings that ran, and the finished clip
    prices     estimates, metered use, charges and caps
    jobs       a request's state, progress and end
    pictures   an uploaded picture
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
from gpu.core.contract.tickets import Call, ContainerReport, Fault, InputObject, JobEvent, Outcome, Ticket

__all__ = [
    "JOB_REQUEST",
    "Attempt",
    "Borders",
    "Call",
    "Caps",
    "ContainerReport",
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
