"""Bodies that cross a release, and each of them as another release might write it: a member more, a member less."""

import copy
from collections.abc import Iterator
from typing import Any, cast

from pydantic import BaseModel

from gpu.core.contract import (
    Call,
    CardAsk,
    CardOrder,
    ContainerReport,
    GpuVersion,
    JobEvent,
    Outcome,
    PictureRead,
    SoundRead,
    Ticket,
)

Json = dict[str, Any]

JOB = "01abcdefgh"
AT = "2026-11-23T03:00:30.000Z"
PARTS: Json = {"gpu": 18_000_000, "cpu": 1_000_000, "memory": 900_000, "cold_start": 100_000}
PROGRESS: Json = {
    "step": 3,
    "steps": 20,
    "eta_seconds": 12.5,
    "eta_basis": "measured",
    "step_began_at": AT,
    "step_seconds": 0.75,
}
RESOLVED: Json = {
    "pipeline": "TI2VidTwoStagesPipeline",
    "checkpoint": "ltx-2-19b",
    "lora": "rank-175",
    "quantization": "fp8",
    "gpu": "H200",
    "seed": 7,
    "num_frames": 193,
    "width": 704,
    "height": 1280,
    "frame_rate": 24,
    "steps": 20,
    "guidance": 3.5,
    "guided_steps": 10,
    "sound_guidance": 7.5,
    "stg_scale": 1.5,
    "stg_blocks": [28],
    "modality_scale": 3.5,
    "rescale": 0.75,
    "sound_rescale": 0.5,
    "image_strength": 0.85,
    "stage_2_image_strength": 0.95,
    "picture_crf": 18,
    "stage_2_picture_crf": 1,
    "sound": "off",
    "loudness": "even",
    "remade": "picture",
    "remade_from": 49,
    "remade_until": 97,
    "frames_before": 144,
    "prompt_sent": "고개를 끄덕인다",
    "negative_prompt": "흐림",
    "prompt_tokens_dropped": 1,
    "build": "commit",
}
OUTCOME: Json = {
    "version": 2,
    "job_id": JOB,
    "attempt": 1,
    "status": "succeeded",
    "finished_at": AT,
    "resolved": RESOLVED,
    "video_key": f"jobs/{JOB}/video-1.mp4",
    "poster_key": f"jobs/{JOB}/poster-1.jpg",
    "video": {
        "bytes": 1_000,
        "width": 704,
        "height": 1280,
        "num_frames": 193,
        "frame_rate": 24,
        "seconds": 8.042,
        "frames_hash": "ab" * 32,
        "sha256": "cd" * 32,
        "content_credentials": "signed",
    },
    "poster": {"bytes": 100, "width": 704, "height": 1280},
    "last_frame": {
        "key": f"jobs/{JOB}/last-1.png",
        "bytes": 2_000,
        "width": 704,
        "height": 1280,
        "digest": "ef" * 32,
        "faces": [{"left": 0.25, "top": 0.125, "width": 0.5, "height": 0.25}],
    },
    "quality": {
        "pixel_difference": [1.5, 2.5],
        "similarity": [0.5, 0.25],
        "motion": 2.5,
        "flicker": 0.5,
        "expression": 0.25,
        "face_likeness": 0.5,
        "faults": ["grey"],
    },
    "text": "A woman turns her head.",
    "cost": {
        "gpu": "H200",
        "gpu_seconds": 10.5,
        "cold_start_seconds": 1.5,
        "peak_vram_gib": 61.25,
        "micro_won": 20_000_000,
        "parts": PARTS,
        "price_rev": "rev",
    },
    "fault": {"type": "render-failed", "detail": "It failed."},
}
EVENT: Json = {
    "job_id": JOB,
    "attempt": 1,
    "seq": 3,
    "type": "progress",
    "at": AT,
    "stage": "stage_1",
    "progress": PROGRESS,
    "resolved": RESOLVED,
    "outcome": OUTCOME,
}
REPORT: Json = {
    "container_id": "ta-01ABC",
    "gpu": "H200",
    "checkpoint": "ltx-2-19b",
    "deploy": "0123456789ab",
    "opened_at": AT,
    "ready_at": AT,
    "closed_at": AT,
    "at": AT,
    "boot_seconds": 60.5,
    "busy_seconds": 30.5,
    "idle_seconds": 9.5,
    "total_micro_won": 200_000_000,
    "jobs_micro_won": 60_000_000,
}
CALL: Json = {
    "call_id": f"{JOB}.1.fc-1",
    "job_id": JOB,
    "attempt": 1,
    "state": "gone",
    "fault": {"type": "settings-incomplete", "detail": "R2_ENDPOINT must be set."},
}
FACE: Json = {"left": 0.25, "top": 0.125, "width": 0.5, "height": 0.25}
PICTURE: Json = {"key": "inputs/abcdef.png", "width": 80, "height": 70, "bytes": 1_000, "faces": [FACE]}
TICKET: Json = {
    "job_id": JOB,
    "attempt": 1,
    "request": {
        "preset": "fast",
        "prompt": "고개를 끄덕인다",
        "negative_prompt": "흐림",
        "guidance": 4.5,
        "ratio": "16:9",
        "seconds": 4,
        "seed": 7,
        "within_seconds": 600,
        "sound": "off",
        "loudness": "even",
        "upload_id": JOB,
        "crop": {"left": 0.25, "top": 0.25, "width": 0.5, "height": 0.5},
        "borders": "blurred",
        "motions": ["nod"],
        "image_strength": 0.5,
        "picture_crf": 18,
        "tier": "1088p",
    },
    "seed": 7,
    "inputs": [{"key": "inputs/abcdef.wav", "frame": "last", "is_sound": True}],
    "gpu": "H200",
    "deadline_at": AT,
    "reserved_micro_won": 50_000_000,
    "request_id": "request-1",
    "card": "0123456789",
}
ASK: Json = {
    "card": "0123456789",
    "container_id": "ta-1",
    "gpu": "H200",
    "at": "2026-11-26T10:00:00.000Z",
    "loaded": ["fast"],
    "waited_seconds": 1.5,
    "is_leaving": True,
}
ORDER: Json = {"ticket": TICKET, "ask_again_seconds": 2.0}
VERSION: Json = {
    "service": "gpu",
    "build": "commit",
    "contract": "0123456789ab",
    "app_version": "1.0.0",
    "checkpoint": "ltx-2-19b",
    "weights_revision": "0123456789ab",
    "visible_mark": True,
    "image": "0123456789ab",
    "code": "0123456789ab",
}

SAMPLES: dict[str, tuple[type[BaseModel], Json]] = {
    "Outcome": (Outcome, OUTCOME),
    "JobEvent": (JobEvent, EVENT),
    "ContainerReport": (ContainerReport, REPORT),
    "Call": (Call, CALL),
    "PictureRead": (PictureRead, PICTURE),
    "SoundRead": (SoundRead, {"key": "inputs/abcdef.wav", "bytes": 1_000, "seconds": 1.5, "channels": 1}),
    "Ticket": (Ticket, TICKET),
    "CardAsk": (CardAsk, ASK),
    "CardOrder": (CardOrder, ORDER),
    "GpuVersion": (GpuVersion, VERSION),
}
READ_BY_THE_EDGE = ("Outcome", "JobEvent", "ContainerReport", "CardAsk", "Call", "PictureRead", "SoundRead")

TICKET_NEEDS = {
    "job_id",
    "attempt",
    "request",
    "seed",
    "inputs",
    "gpu",
    "deadline_at",
    "request.preset",
    "request.prompt",
    "request.crop.left",
    "request.crop.top",
    "request.crop.width",
    "request.crop.height",
    "inputs.0.key",
    "inputs.0.frame",
}

NEEDED: dict[str, set[str]] = {
    "Outcome": {
        "job_id", "attempt", "status", "finished_at", "video_key", "poster_key", "video", "cost", "video.bytes",
        "poster.bytes", "cost.micro_won", "fault.type", "last_frame.key", "last_frame.bytes", "last_frame.faces.0.left",
        "last_frame.faces.0.top", "last_frame.faces.0.width", "last_frame.faces.0.height",
    },
    "ContainerReport": {"container_id", "opened_at", "at", "total_micro_won"},
    "CardAsk": {"card", "container_id", "at"},
    "CardOrder": {f"ticket.{member}" for member in TICKET_NEEDS},
    "Call": {"call_id", "job_id", "attempt", "state", "fault.type"},
    "SoundRead": {"key", "bytes", "seconds", "channels"},
    "PictureRead": {
        "key", "width", "height", "bytes", "faces.0.left", "faces.0.top", "faces.0.width", "faces.0.height",
    },
    "Ticket": TICKET_NEEDS,
    "GpuVersion": {"service", "build"},
}  # fmt: skip
"""The members without which a body is refused. Whoever adds one makes the last release's bodies unreadable."""
NEEDED["JobEvent"] = {"job_id", "attempt", "seq", "type", "at"} | {f"outcome.{path}" for path in NEEDED["Outcome"]}


def objects(body: Any, path: str = "") -> Iterator[str]:
    """The paths of all objects in a body, its own, "", included."""
    if isinstance(body, dict):
        yield path
    for name, member in inner(body):
        if isinstance(member, (dict, list)):
            yield from objects(member, f"{path}.{name}".lstrip("."))


def inner(body: Any) -> list[tuple[str, Any]]:
    """The members of an object or a list, with their names or numbers."""
    pairs = cast("Json", body).items() if isinstance(body, dict) else enumerate(cast("list[Any]", body))
    return [(str(name), member) for name, member in pairs]


def members(body: Json) -> Iterator[str]:
    """The paths of all members of all objects in a body."""
    for path in objects(body):
        for name in at(body, path):
            yield f"{path}.{name}".lstrip(".")


def at(body: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        body = dict(inner(body))[part]
    return body


def with_more(body: Json, path: str, *, broken: bool = False) -> Json:
    """`body` with a member at `path` that no release knows yet. `broken`: one more, with half a character in its name,
    which JavaScript's parser takes and Python's refuses."""
    changed = copy.deepcopy(body)
    at(changed, path)["later"] = {"nested": [1, {"deep": None}]}
    if broken:
        at(changed, path)["\ud800"] = "\udfff"
    return changed


def with_less(body: Json, path: str) -> Json:
    """`body` without the member at `path`."""
    changed = copy.deepcopy(body)
    parent, _, name = path.rpartition(".")
    del at(changed, parent)[name]
    return changed
