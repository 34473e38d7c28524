"""Bodies that the tests send: requests, events and outcomes as a worker would write them, and small pictures."""

import struct
import zlib
from typing import Any

from gpu.core.contract import JobEvent, Outcome
from gpu.core.pricing import attempt_cost
from tests.edge.edge import now

Json = dict[str, Any]


def clip(**fields: object) -> Json:
    return {"preset": "fast", "prompt": "고개를 끄덕이고 웃는다", "seconds": 2, "tier": "704p"} | fields


def resolved() -> Json:
    return {
        "pipeline": "DistilledPipeline",
        "checkpoint": "tiny-19b",
        "lora": None,
        "quantization": None,
        "gpu": "H200",
        "seed": 7,
        "num_frames": 9,
        "width": 192,
        "height": 320,
        "frame_rate": 24,
        "steps": 8,
        "guidance": 1.0,
        "image_strength": None,
        "prompt_sent": "고개를 끄덕이고 웃는다",
        "negative_prompt": None,
        "prompt_tokens_dropped": None,
        "build": "test",
    }


def event(job_id: str, seq: int, kind: str = "progress", attempt: int = 1, **fields: object) -> Json:
    """A valid event: `started`, `progress` in stage 1, or `ended` with the outcome given."""
    body: Json = {"job_id": job_id, "attempt": attempt, "seq": seq, "type": kind, "at": now(), "stage": None}
    body |= {"progress": None, "resolved": None, "outcome": None}
    if kind == "started":
        body |= {"stage": "starting", "resolved": resolved()}
    if kind == "progress":
        progress = {"step": 3, "steps": 8, "eta_seconds": 1.5, "eta_basis": "estimated"}
        body |= {"stage": "stage_1", "progress": progress}
    body |= fields
    JobEvent.model_validate_json(_json(body))
    return body


def outcome(
    job_id: str, status: str = "succeeded", attempt: int = 1, video_bytes: int = 1_000, **fields: object
) -> Json:
    """What an attempt of 10 GPU seconds on an H200 reports."""
    body: Json = {
        "job_id": job_id,
        "attempt": attempt,
        "status": status,
        "finished_at": now(),
        "resolved": resolved(),
        "video_key": None,
        "poster_key": None,
        "video": None,
        "poster": None,
        "quality": None,
        "cost": attempt_cost("H200", 10.0, 0.0).model_dump(mode="json"),
        "fault": None,
    }
    if status == "succeeded":
        body |= {
            "video_key": f"jobs/{job_id}/video-{attempt}.mp4",
            "poster_key": f"jobs/{job_id}/poster-{attempt}.jpg",
            "video": {
                "bytes": video_bytes,
                "width": 192,
                "height": 320,
                "num_frames": 9,
                "frame_rate": 24,
                "seconds": 0.375,
                "frames_hash": "0" * 64,
                "sha256": "1" * 64,
                "content_credentials": "off",
            },
            "poster": {"bytes": 100, "width": 192, "height": 320},
            "quality": {
                "pixel_difference": [1.0, 2.0, 3.0, 4.0, 5.0],
                "similarity": [0.9, 0.8, 0.7, 0.6, 0.5],
                "motion": 2.5,
                "flicker": 0.1,
            },
        }
    if status == "failed":
        body |= {"fault": {"type": "/problems/render-failed", "detail": "It failed in stage stage_2."}}
    body |= fields
    Outcome.model_validate_json(_json(body))
    return body


def png(width: int = 64, height: int = 96, *, declared: tuple[int, int] | None = None) -> bytes:
    """A grey PNG; `declared` lies about the size in the header."""
    wide, high = declared or (width, height)
    rows = (b"\x00" + b"\x80" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _json(value: Json) -> str:
    import json

    return json.dumps(value)
