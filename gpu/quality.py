"""What can be said about a finished clip from its frames alone: their hash, likeness to the picture, motion.

Frames pass through on their way to the encoder and are never altered, so a bad clip shows as bad numbers. Knows numpy
and nothing else. Does not know faces, text or taste: these are pixel measures, cheap enough for every clip.
"""

import hashlib
from collections.abc import Generator, Iterable

import numpy as np
from numpy.typing import NDArray

CHECKPOINTS = 5
"""Frames compared with the input picture: first, quarter, half, three quarters, last."""

_MEASURED_SIDE = 256
"""Differences are taken on every n-th pixel so that the shorter side keeps about this many: full size would cost more
than the hash and moves the mean by well under a grey level."""


class FrameMeasures:
    """Gathers the measures of one clip, chunk by chunk. `picture`: RGB uint8 of the clip's size, or None."""

    def __init__(self, num_frames: int, picture: NDArray[np.uint8] | None) -> None:
        self.num_frames = 0
        self.first_frame: NDArray[np.uint8] | None = None
        self._hash = hashlib.sha256()
        self._picture = None if picture is None else _sparse(picture)
        self._checkpoints = checkpoints(num_frames)
        self._differences: dict[int, float] = {}
        self._last: NDArray[np.int16] | None = None
        self._changes: list[float] = []

    def watch(self, chunks: Iterable[NDArray[np.uint8]]) -> Generator[NDArray[np.uint8], None, None]:
        """Passes chunks of shape (frames, height, width, 3) on unchanged, measuring each."""
        for chunk in chunks:
            for frame in chunk:
                self._measure(frame)
            yield chunk

    @property
    def frames_hash(self) -> str:
        """SHA-256 in hex over the RGB bytes of all frames so far, in order."""
        return self._hash.hexdigest()

    @property
    def pixel_difference(self) -> list[float]:
        """Mean absolute difference to the picture, 0 to 255, at the checkpoints; empty without a picture."""
        return [self._differences[index] for index in self._checkpoints if index in self._differences]

    @property
    def motion(self) -> float:
        """Mean absolute change from frame to frame, 0 to 255; 0 for a single frame."""
        return float(np.mean(self._changes)) if self._changes else 0.0

    def _measure(self, frame: NDArray[np.uint8]) -> None:
        self._hash.update(np.ascontiguousarray(frame).data)
        if self.first_frame is None:
            self.first_frame = frame.copy()
        seen = _sparse(frame)
        if self._picture is not None and self.num_frames in self._checkpoints:
            self._differences[self.num_frames] = _mean_difference(seen, self._picture)
        if self._last is not None:
            self._changes.append(_mean_difference(seen, self._last))
        self._last = seen
        self.num_frames += 1


def checkpoints(num_frames: int) -> list[int]:
    """Indices of the frames compared with the picture, in order: 0 and 192 at the ends of 193 frames."""
    return [round(i * (num_frames - 1) / (CHECKPOINTS - 1)) for i in range(CHECKPOINTS)]


def _sparse(frame: NDArray[np.uint8]) -> NDArray[np.int16]:
    stride = max(1, min(frame.shape[:2]) // _MEASURED_SIDE)
    return frame[::stride, ::stride].astype(np.int16)


def _mean_difference(a: NDArray[np.int16], b: NDArray[np.int16]) -> float:
    return float(np.abs(a - b).mean())
