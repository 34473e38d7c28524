"""What of a finished clip stays when a part of it is made anew, or when it goes on: its frames and its sound.

The models decode all that they have seen. Outside the part that is new, the result takes the old clip's own frames and
samples, so that they pass through no model; beside the part both are mixed, which hides the seam. Knows no model and no
job.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from gpu.core.contract import Resolved
from gpu.core.geometry import TEMPORAL_COMPRESSION
from gpu.core.problems import RenderFailed
from gpu.media.encode import FADE_SECONDS, Frames, Sound
from gpu.media.longer_clip import frames_between

MIXED_FRAMES = TEMPORAL_COMPRESSION
"""Frames on each side of the part that turn from old to new: one latent position, as far as the decoder lets the part
shine through most."""
MIXED_SECONDS = 0.04
"""The same of the sound: one latent position of it."""
UNSURE_END_SECONDS = 0.04
"""The end of a clip's sound: it fades there, after the some 30 ms that LTX makes it shorter than the picture."""


@dataclass(frozen=True, slots=True)
class SourceClip:
    """A finished clip, as the retake's pipeline reads it. `frames`: those that models see, all or the clip's end, with
    `frames_before` in front of them. `sound`: the whole clip's. `num_frames`: of what models make, as many as `frames`
    or more."""

    frames: Frames
    sound: Sound | None
    frame_rate: int
    num_frames: int
    frames_before: int = 0

    @property
    def is_longer(self) -> bool:
        """Whether the clip to make goes on after this one."""
        return self.num_frames > len(self.frames)

    @property
    def heard(self) -> Sound | None:
        """The sound of `frames` as the models hear it: where the clip goes on, its faded end is replaced by what comes
        before it, backwards, so that they do not take the fade for a pause."""
        if self.sound is None or not self.is_longer:
            return self.sound
        samples = self.sound.samples[:, round(self.frames_before / self.frame_rate * self.sound.rate) :].copy()
        end = round(len(self.frames) / self.frame_rate * self.sound.rate)
        unsure = round(UNSURE_END_SECONDS * self.sound.rate)
        before = samples[:, max(end - 2 * unsure, 0) : max(end - unsure, 0)]
        samples[:, end - before.shape[1] : end] = before[:, ::-1]
        return Sound(samples[:, :end], self.sound.rate)


def read_source(path: Path, resolved: Resolved) -> SourceClip:
    """The clip at `path`. Raises RenderFailed where it cannot be read, or is not of the shape that `resolved` needs."""
    before = resolved.frames_before
    try:
        frames, sound = np.concatenate([*frames_between(path, before)]), _sound_of(path)
    except (FFmpegError, IndexError, ValueError) as error:
        raise RenderFailed("The clip that it is made from cannot be read. Make that clip again.") from error
    # A clip that goes on has its new part at the end, and the old one ends where that begins.
    expected = {resolved.num_frames, resolved.remade_from if resolved.remade_until == resolved.num_frames else 0}
    if len(frames) not in expected or frames.shape[1:3] != (resolved.height, resolved.width):
        shape = f"{before + len(frames)} frames of {frames.shape[2]}x{frames.shape[1]}"
        raise RenderFailed(f"The clip that it is made from has {shape}, which is not the shape asked for.")
    return SourceClip(frames, sound, resolved.frame_rate, resolved.num_frames, before)


def with_kept_frames(
    chunks: Generator[Frames, None, None], source: SourceClip, resolved: Resolved
) -> Generator[Frames, None, None]:
    """The decoded frames with the old ones in their place, wherever the part does not reach. Closing it closes
    `chunks`."""
    shares = picture_shares(resolved)
    at = 0
    with closing(chunks):
        for chunk in chunks:
            made = chunk.copy()
            for index in range(len(chunk)):
                share = shares[at + index]
                if share < 1.0:
                    old = source.frames[at + index]
                    made[index] = old if share == 0.0 else np.rint(share * chunk[index] + (1.0 - share) * old)
            at += len(chunk)
            yield made


def with_kept_sound(made: Sound, source: SourceClip, resolved: Resolved) -> Sound | None:
    """The sound of the whole clip, at the old sound's rate: the old samples, and the decoded ones in their part. A
    silent clip stays silent outside the part; None where all of it does."""
    old = source.sound
    if old is None and resolved.remade == "picture":
        return None
    rate = made.rate if old is None else old.rate
    early = round(Fraction(source.frames_before, resolved.frame_rate) * rate)
    length = round(Fraction(source.frames_before + resolved.num_frames, resolved.frame_rate) * rate)
    new = _of_length(np.pad(_at_rate(made, rate), ((0, 0), (early, 0))), length)
    kept = np.zeros_like(new) if old is None else _of_length(old.samples, length)
    share = sound_shares(resolved, rate, length, lead_seconds=_lead(source))
    return Sound((share * new + (1.0 - share) * kept).astype(np.float32), rate)


def picture_shares(resolved: Resolved) -> NDArray[np.float32]:
    """How much of each frame is new, 0 to 1."""
    if resolved.remade == "sound":
        return np.zeros(resolved.num_frames, np.float32)
    at = np.arange(resolved.num_frames)
    outside = np.maximum(np.maximum(resolved.remade_from - at, at - resolved.remade_until + 1), 0)
    return np.clip(1.0 - outside / (MIXED_FRAMES + 1), 0.0, 1.0).astype(np.float32)


def sound_shares(resolved: Resolved, rate: int, length: int, lead_seconds: float = 0.0) -> NDArray[np.float32]:
    """How much of each sample of the whole clip is new, 0 to 1. `lead_seconds`: how much earlier than the picture."""
    if resolved.remade == "picture":
        return np.zeros(length, np.float32)
    before = resolved.frames_before
    start = ((before + resolved.remade_from) / resolved.frame_rate - lead_seconds) * rate
    end = (before + resolved.remade_until) / resolved.frame_rate * rate
    at = np.arange(length)
    outside = np.maximum(np.maximum(start - at, at - end), 0.0)
    return np.clip(1.0 - outside / (MIXED_SECONDS * rate), 0.0, 1.0).astype(np.float32)


def _lead(source: SourceClip) -> float:
    return UNSURE_END_SECONDS + FADE_SECONDS if source.is_longer else 0.0


def _sound_of(path: Path) -> Sound | None:
    opened: Any = av.open(str(path))
    with opened as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=stream.rate)
        parts = [made for frame in container.decode(stream) for made in resampler.resample(frame)]
        # What a coder adds before the start has a time below zero.
        early = round(-min(float(parts[0].time or 0.0), 0.0) * stream.rate)
        samples = np.concatenate([np.asarray(part.to_ndarray(), np.float32) for part in parts], axis=1)
        return Sound(samples[:, early:], int(stream.rate))


def _at_rate(sound: Sound, rate: int) -> NDArray[np.float32]:
    if sound.rate == rate:
        return sound.samples
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples, np.float32), format="fltp", layout="stereo")
    frame.sample_rate = sound.rate
    resampler: Any = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([np.asarray(part.to_ndarray(), np.float32) for part in parts], axis=1)


def _of_length(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    cut = samples[:, :length]
    return np.pad(cut, ((0, 0), (0, length - cut.shape[1])))
