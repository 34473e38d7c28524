"""What of a finished clip a request makes anew, in frames. Knows no preset, file or tensor."""

from typing import Any

from gpu.core.contract import ExtendClip, JobRequest, RetakeClip
from gpu.core.geometry import OVERLAP_SECONDS, Geometry, Scale, frames_at, latent_span


def remade(request: JobRequest, shape: Geometry, scale: Scale) -> dict[str, Any]:
    """The members of `Resolved` that say so; none for a clip that is new from its start."""
    match request:
        case RetakeClip():
            times = request.start_seconds, request.end_seconds
            first, until = latent_span(*times, request.seconds, shape.num_frames)
            return {"remade": request.remake, "remade_from": first, "remade_until": until}
        case ExtendClip():
            before = frames_at(request.whole_seconds, scale) - shape.num_frames
            kept = frames_at(OVERLAP_SECONDS, scale)
            return {"remade": "both", "remade_from": kept, "remade_until": shape.num_frames, "frames_before": before}
        case _:
            return {}
