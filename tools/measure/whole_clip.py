"""Runs one ticket from claim to marker through `worker.py` itself, on this machine's card, and checks the file.

The bucket is a folder and the site does not answer, as on a machine without a network; all other code is production's.
Knows the harness's renderer; does not measure single phases (`phases.py` does).
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import base64
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import av

from gpu.core.contract import Outcome, PresetName, Stage, Ticket
from gpu.core.geometry import Seconds, Tier
from gpu.core.render_job import Follower, Rendered, Shot
from gpu.render.pipelines import Renderer
from gpu.serve.events import Site
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage, video_key
from gpu.serve.worker import Worker
from tools.measure.folder_bucket import FolderBucket
from tools.measure.phases import Meter, Row

JOB = "measuredclip0001"


@dataclass(frozen=True, slots=True)
class Made:
    """The result. `seconds` end with the marker: the last event after it waits for a site that is not there.
    `peak_gib` is None without a card."""

    outcome: Outcome
    seconds: float
    peak_gib: float | None
    video: dict[str, Any]
    phases: list[Row]


class _Metered:
    """A renderer that measures its stages."""

    def __init__(self, renderer: Renderer) -> None:
        self.meter = Meter({})
        self._renderer = renderer
        self.quantization = renderer.models.plan.rounded

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        def noted(stage: Stage, step: int | None, steps: int | None) -> None:
            self.meter(stage, step, steps)
            follower.on_progress(stage, step, steps)

        try:
            return self._renderer.render(shot, replace(follower, on_progress=noted))
        finally:
            self.meter.close()


def make(
    renderer: Renderer, folder: Path, preset: PresetName, tier: Tier, seconds: Seconds, picture: Path, checkpoint: str
) -> Made:
    """Runs one ticket. Raises AssertionError when it did not end in a clip."""
    bucket = FolderBucket(folder / "bucket")
    bucket.upload("inputs/picture", picture, "image/png")
    settings = Settings(
        site_url="http://127.0.0.1:9",
        event_secret=f"whsec_{base64.b64encode(b'signs nothing that is sent').decode()}",
        r2_endpoint="",
        r2_bucket="",
        r2_access_key_id="",
        r2_secret_access_key="",
        checkpoint=checkpoint,
        state=folder / "state",
        gpu="H200",
        bill_as="H200",
        build="measure",
    )
    metered = _Metered(renderer)
    site = Site(settings)
    site.silent = True
    ticket = Ticket.model_validate({
        "job_id": JOB, "attempt": 1, "seed": 1, "gpu": "H200", "reserved_micro_won": 0,
        "deadline_at": "2099-01-01T00:00:00.000Z", "inputs": ({"key": "inputs/picture", "frame": "first"},),
        "request": {"preset": preset, "tier": tier, "seconds": seconds, "prompt": "A woman turns her head and smiles.",
                    "upload_id": "measuredpicture01"},
    })  # fmt: skip
    began = time.perf_counter()
    try:
        outcome = Worker(cast("Storage", bucket), site, metered, settings).run(ticket, is_canceled=lambda: False)
    finally:
        site.close()
    spent = bucket.marked_at - began
    assert outcome is not None
    assert outcome.fault is None, outcome.fault
    rows = metered.meter.rows
    peak = max((row.peak_gib for row in rows if row.peak_gib is not None), default=None)
    return Made(outcome, spent, peak, looked_at(folder / "bucket" / video_key(JOB, 1)), rows)


def looked_at(path: Path) -> dict[str, Any]:
    """Decodes the whole file and returns its properties."""
    with av.open(path) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        frames = sum(1 for _ in container.decode(picture))
        facts: dict[str, Any] = {
            "codec": picture.codec_context.name,
            "width": picture.width,
            "height": picture.height,
            "frames": frames,
            "rate": str(picture.average_rate),
            "picture_seconds": float((picture.duration or 0) * (picture.time_base or 0)),
            "sound_seconds": float((sound.duration or 0) * (sound.time_base or 0)),
            "bytes": path.stat().st_size,
        }
    assert abs(facts["picture_seconds"] - facts["sound_seconds"]) <= 1 / 24, facts
    return facts
