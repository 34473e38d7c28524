"""What of a finished clip a request makes anew, in frames. Knows no preset, file or tensor."""

from typing import Any

from gpu.core.contract import ExtendClip, JobRequest, RetakeClip
from gpu.core.geometry import Geometry, latent_span


def remade(request: JobRequest, shape: Geometry) -> dict[str, Any]:
    """The members of `Resolved` that say so; none for a clip that is new from its start."""
    match request:
        case RetakeClip():
            start, end, what = request.start_seconds, request.end_seconds, request.remake
        case ExtendClip():
            start, end, what = request.seconds - request.add_seconds, request.seconds, "both"
        case _:
            return {}
    first, until = latent_span(start, end, request.seconds, shape.num_frames)
    return {"remade": what, "remade_from": first, "remade_until": until}
