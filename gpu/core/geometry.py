"""Turns a person's choice (ratio, tier, seconds) into the model's sizes (pixels, frames, latents, tokens).

LTX-2 compresses 32x32 pixels and 8 frames into one latent position and keeps the first frame on its own. Its two-stage
pipelines work at half size first. So frames are 8k+1 and sides are multiples of 64.
This module does not know presets, checkpoints or prices.
"""

from dataclasses import dataclass
from math import floor
from typing import Final, Literal

Ratio = Literal["9:16", "16:9", "1:1"]
Tier = Literal["352p", "704p", "1088p"]
Seconds = Literal[2, 4, 6, 8, 10]
Scale = Literal["full", "tiny"]
"""`full` is what production renders; `tiny` is what the tiny model set renders on a laptop."""

RATIOS: tuple[Ratio, ...] = ("9:16", "16:9", "1:1")
TIERS: tuple[Tier, ...] = ("352p", "704p", "1088p")
SECONDS: tuple[Seconds, ...] = (2, 4, 6, 8, 10)

OVERLAP_SECONDS = 2
"""Of a clip that goes on, its end that the model sees: as long as the shortest clip, so that every clip has it, and
enough for what moves, how, and how it sounds. Both ends are borders of latent positions."""
LONGEST_WHOLE_SECONDS = 60
"""Of a clip that was made longer, since its samples are held in memory: 23 MB of a minute. Basis: assumed."""
LEAST_PART_SECONDS = 0.5
"""Of a part that is made anew: one latent position at least, wherever it begins."""

DEFAULT_RATIO: Ratio = "9:16"
DEFAULT_TIER: Final = "704p"
"""Of the two-stage presets; the draft has one tier alone."""
DEFAULT_SECONDS: Seconds = 8

FRAME_RATE = 24
SPATIAL_COMPRESSION = 32
TEMPORAL_COMPRESSION = 8
AUDIO_LATENTS_PER_SECOND = 25

FULL_SIZES: dict[tuple[Tier, Ratio], tuple[int, int]] = {
    ("352p", "9:16"): (352, 640),
    ("352p", "16:9"): (640, 352),
    ("352p", "1:1"): (480, 480),
    ("704p", "9:16"): (704, 1280),
    ("704p", "16:9"): (1280, 704),
    ("704p", "1:1"): (960, 960),
    ("1088p", "9:16"): (1088, 1920),
    ("1088p", "16:9"): (1920, 1088),
    ("1088p", "1:1"): (1344, 1344),
}
"""(width, height) in pixels of a finished clip: multiples of 64 for two stages, of 32 for one (352p)."""

TINY_SIZES: dict[Ratio, tuple[int, int]] = {"9:16": (192, 320), "16:9": (320, 192), "1:1": (256, 256)}
"""(width, height) that two CPU cores render in about a second, for both two-stage tiers; 352p takes half of each."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """One clip's shape: pixels, frames and frames per second."""

    width: int
    height: int
    num_frames: int
    frame_rate: int = FRAME_RATE

    @property
    def seconds(self) -> float:
        """Playing time in seconds, sound excluded: 193 frames at 24 are 8.04."""
        return self.num_frames / self.frame_rate

    @property
    def latent_frames(self) -> int:
        """Latent positions in time: (frames - 1) / 8 + 1."""
        return (self.num_frames - 1) // TEMPORAL_COMPRESSION + 1

    def video_tokens(self, *, half_size: bool = False) -> int:
        """Tokens of the video stream, of stage 1 (`half_size`) or of the full size."""
        step = SPATIAL_COMPRESSION * (2 if half_size else 1)
        return self.latent_frames * (self.width // step) * (self.height // step)

    @property
    def audio_tokens(self) -> int:
        """Tokens of the audio stream: 25 latents a second, rounded."""
        return round(AUDIO_LATENTS_PER_SECOND * self.num_frames / self.frame_rate)


def frames_for(seconds: int, frame_rate: int = FRAME_RATE) -> int:
    """The number of frames, 8k+1, for a whole number of seconds. Raises ValueError where no 8k+1 fits exactly."""
    frames = seconds * frame_rate + 1
    if (frames - 1) % TEMPORAL_COMPRESSION:
        raise ValueError(f"{seconds} s at {frame_rate} fps is {frames} frames, which is not 8k+1")
    return frames


def tiny_frames_for(seconds: int) -> int:
    """Frames of the tiny clip: every two seconds become eight frames, so 8 s is 33 frames."""
    return seconds // 2 * TEMPORAL_COMPRESSION + 1


def frames_at(seconds: int, scale: Scale) -> int:
    """Frames of a clip of so many seconds, any even number."""
    return tiny_frames_for(seconds) if scale == "tiny" else frames_for(seconds)


def latent_span(start_seconds: float, end_seconds: float, seconds: int, num_frames: int) -> tuple[int, int]:
    """The frames between two times of a clip of so many seconds, as the model can make them anew: whole latent
    positions, a third of a second each at full length. Each time goes to the nearest border, and the span holds at
    least one position. Returns the first frame and the one after the last."""
    last = (num_frames - 1) // TEMPORAL_COMPRESSION
    start, end = (floor(each / seconds * last + 0.5) for each in (start_seconds, end_seconds))
    start = min(max(start, 0), last - 1)
    end = min(max(end, start + 1), last)
    return (TEMPORAL_COMPRESSION * start + 1 if start else 0), TEMPORAL_COMPRESSION * end + 1


def geometry(ratio: Ratio, tier: Tier, seconds: Seconds, scale: Scale = "full") -> Geometry:
    """The shape of the clip for these choices."""
    if scale == "tiny":
        width, height = TINY_SIZES[ratio]
        if tier == "352p":
            width, height = width // 2, height // 2
        return Geometry(width, height, frames_at(seconds, scale))
    width, height = FULL_SIZES[tier, ratio]
    return Geometry(width, height, frames_at(seconds, scale))
