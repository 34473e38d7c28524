"""How LTX's retake reads the clip that it changes: from memory, and in parts that fit on a card.

The stock pipeline reads a file three times, knows no clip that goes on after its end, and encodes all frames at once:
55 GiB for ten seconds at 1088p. It takes its three readers from its module, where ours take their place; what it then
passes on as `video_path` is a `SourceClip`. Knows no job.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import numpy as np
import torch
from ltx_core.model.video_vae import TemporalTilingConfig, TilingConfig
from ltx_core.types import Audio, VideoPixelShape
from ltx_pipelines import retake
from torch import Tensor

from gpu.core.geometry import TEMPORAL_COMPRESSION
from gpu.core.workload import SOURCE_FRAMES_ENCODED, SOURCE_FRAMES_SHARED
from gpu.media.kept_parts import SourceClip

_AT_ONCE = 16
"""Frames that are widened to float32 at a time."""


def retake_from_memory() -> None:
    """Makes the stock retake read a `SourceClip`. Can go when LTX's retake takes a longer clip and encodes in parts."""
    for replaced, ours in (
        ("get_videostream_metadata", _shape),
        ("decode_audio_from_file", _heard),
        ("_encode_video_for_retake", _encoded),
    ):
        assert hasattr(retake, replaced), f"the retake no longer reads its clip by {replaced}"
        setattr(retake, replaced, ours)


def _shape(source: SourceClip) -> tuple[float, int, int, int]:
    height, width = source.frames.shape[1:3]
    return float(source.frame_rate), source.num_frames, width, height


def _heard(source: SourceClip, device: torch.device) -> Audio | None:
    sound = source.heard
    if sound is None:
        return None
    return Audio(waveform=torch.from_numpy(sound.samples.copy())[None].to(device), sampling_rate=sound.rate)


def _encoded(
    video_encoder: Any, video_path: SourceClip, output_shape: VideoPixelShape, dtype: torch.dtype, device: torch.device
) -> Tensor:
    frames = video_path.frames
    pixels = torch.empty((1, 3, *frames.shape[:3]), dtype=dtype, device=device)
    for start in range(0, len(frames), _AT_ONCE):
        part = torch.from_numpy(np.ascontiguousarray(frames[start : start + _AT_ONCE])).to(device)
        pixels[0, :, start : start + len(part)] = (part.float() / 127.5 - 1.0).permute(3, 0, 1, 2)
    parts = TilingConfig(temporal_config=TemporalTilingConfig(SOURCE_FRAMES_ENCODED, SOURCE_FRAMES_SHARED))
    latent = video_encoder.tiled_encode(pixels, parts)
    # What is added begins as noise alone: whatever stands in for it has no effect.
    added = (output_shape.frames - len(frames)) // TEMPORAL_COMPRESSION
    return torch.cat([latent, latent[:, :, -1:].expand(-1, -1, added, -1, -1)], dim=2)
