"""Measures a finished clip by its frames alone: hash, likeness to the picture, motion, flicker.

Frames pass through unchanged on their way to the encoder, so a bad clip shows as bad numbers. Separate threads
measure them, so neither the GPU nor the encoder waits for it. Does not know faces
(`face_measures.py`), text or taste: these are pixel measures, cheap enough for every clip.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gpu.core.contract import Quality
from gpu.media.known_faults import KnownFault, known_faults

CHECKPOINTS = 5
"""Frames compared with the input picture: first, quarter, half, three quarters, last."""

_MEASURED_SIDE = 256
"""Differences use every n-th pixel, so that the shorter side has about this many: full size would cost more than the
hash and change the mean by well under a grey level."""

_CHUNKS_BEHIND = 1
"""Unmeasured chunks that may be in memory when the next one is requested."""

_BLOCK = 8
_SSIM_1, _SSIM_2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class SeesFaces(Protocol):
    def see(self, frame: NDArray[np.uint8]) -> None:
        """The clip's next frame, in order."""
        ...

    @property
    def expression(self) -> float | None: ...

    @property
    def likeness(self) -> float | None: ...


class FrameMeasures:
    """Gathers the measures of one clip, chunk by chunk. `picture`: RGB uint8 of the clip's size, or None. `face`
    sees the same frames."""

    def __init__(self, num_frames: int, picture: NDArray[np.uint8] | None, face: SeesFaces | None = None) -> None:
        self._face = face
        self.num_frames = 0
        self.first_frame: NDArray[np.uint8] | None = None
        self._hash = hashlib.sha256()
        self._picture = None if picture is None else _sparse(picture)
        self._checkpoints = checkpoints(num_frames)
        self._differences: dict[int, float] = {}
        self._similarities: dict[int, float] = {}
        self._last: NDArray[np.int16] | None = None
        self._changes: list[float] = []
        self._brightness: list[float] = []
        self._colour: list[float] = []

    def watch(self, chunks: Iterable[NDArray[np.uint8]]) -> Generator[NDArray[np.uint8], None, None]:
        """Passes chunks of shape (frames, height, width, 3) on unchanged; they must stay so until the generator ends.

        Other threads measure them. All are measured when the generator ends; it raises an error of the measuring a
        chunk or two late. Closing it ends the threads and drops unmeasured chunks.
        """
        behind: deque[list[Future[None]]] = deque()
        measuring = [(ThreadPoolExecutor(1, "measure"), self._measure)]
        if self._face is not None:
            measuring.append((ThreadPoolExecutor(1, "face"), self._face.see))
        try:
            for chunk in chunks:
                behind.append([pool.submit(_for_all, measure, chunk) for pool, measure in measuring])
                yield chunk
                if len(behind) > _CHUNKS_BEHIND:
                    _wait(behind.popleft())
            for rest in behind:
                _wait(rest)
        finally:
            for pool, _measure in measuring:
                pool.shutdown(cancel_futures=True)

    @property
    def frames_hash(self) -> str:
        """SHA-256 in hex over the RGB bytes of all frames so far, in order."""
        return self._hash.hexdigest()

    @property
    def pixel_difference(self) -> list[float]:
        """Mean absolute difference to the picture, 0 to 255, at the checkpoints; empty without a picture."""
        return [self._differences[index] for index in self._checkpoints if index in self._differences]

    @property
    def similarity(self) -> list[float]:
        """Structural similarity (SSIM) to the picture, -1 to 1, at the checkpoints; empty without a picture."""
        return [self._similarities[index] for index in self._checkpoints if index in self._similarities]

    @property
    def flicker(self) -> float:
        """Mean difference of a frame's brightness to the mean of its neighbours', 0 to 255: flicker counts, an even
        change of light does not. 0 for fewer than three frames."""
        light = np.asarray(self._brightness)
        return float(np.abs(light[1:-1] - (light[:-2] + light[2:]) / 2).mean()) if len(light) > 2 else 0.0

    @property
    def motion(self) -> float:
        """Mean absolute change from frame to frame, 0 to 255; 0 for a single frame."""
        return float(np.mean(self._changes)) if self._changes else 0.0

    def quality(self, frames_a_second: int) -> Quality:
        """All of it, rounded."""
        expression = None if self._face is None else self._face.expression
        likeness = None if self._face is None else self._face.likeness
        return Quality(
            pixel_difference=tuple(round(each, 2) for each in self.pixel_difference),
            similarity=tuple(round(each, 4) for each in self.similarity),
            motion=round(self.motion, 3),
            flicker=round(self.flicker, 3),
            expression=None if expression is None else round(expression, 4),
            face_likeness=None if likeness is None else round(likeness, 3),
            faults=self.known_faults(frames_a_second),
        )

    def known_faults(self, frames_a_second: int) -> tuple[KnownFault, ...]:
        """What is wrong with it as far as pixels tell."""
        return known_faults(
            light=self._brightness,
            colour=self._colour,
            changes=self._changes,
            frames_a_second=frames_a_second,
            picture_colour=None if self._picture is None else _spread(self._picture),
            first_difference=self._differences.get(0),
        )

    def _measure(self, frame: NDArray[np.uint8]) -> None:
        self._hash.update(np.ascontiguousarray(frame).data)
        if self.first_frame is None:
            self.first_frame = frame.copy()
        seen = _sparse(frame)
        if self._picture is not None and self.num_frames in self._checkpoints:
            self._differences[self.num_frames] = _mean_difference(seen, self._picture)
            self._similarities[self.num_frames] = ssim(_luma(seen), _luma(self._picture))
        self._brightness.append(float(_luma(seen).mean()))
        self._colour.append(_spread(seen))
        if self._last is not None:
            self._changes.append(_mean_difference(seen, self._last))
        self._last = seen
        self.num_frames += 1


def _for_all(measure: Callable[[NDArray[np.uint8]], None], chunk: NDArray[np.uint8]) -> None:
    for frame in chunk:
        measure(frame)


def _wait(measuring: Iterable[Future[None]]) -> None:
    for each in measuring:
        each.result()


def checkpoints(num_frames: int) -> list[int]:
    """Indices of the frames compared with the picture, in order: 0 and 192 at the ends of 193 frames."""
    return [round(i * (num_frames - 1) / (CHECKPOINTS - 1)) for i in range(CHECKPOINTS)]


def _sparse(frame: NDArray[np.uint8]) -> NDArray[np.int16]:
    stride = max(1, min(frame.shape[:2]) // _MEASURED_SIDE)
    return frame[::stride, ::stride].astype(np.int16)


def _mean_difference(a: NDArray[np.int16], b: NDArray[np.int16]) -> float:
    return float(np.abs(a - b).mean())


def _spread(frame: NDArray[np.int16]) -> float:
    """Mean distance of a pixel's largest and smallest colour: 0 for grey. A few pixels are enough for a mean."""
    few = frame[::4, ::4]
    return float((few.max(axis=2) - few.min(axis=2)).mean())


def _luma(frame: NDArray[np.int16]) -> NDArray[np.float64]:
    """BT.709 weights."""
    return frame.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722])


def ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Mean structural similarity of two grey pictures, 0 to 255, over blocks of 8x8 that do not overlap.

    The constants are those of Wang et al. 2004; blocks instead of a sliding Gaussian window keep it cheap.
    """
    rows, columns = a.shape[0] // _BLOCK * _BLOCK, a.shape[1] // _BLOCK * _BLOCK

    def blocks(grey: NDArray[np.float64]) -> NDArray[np.float64]:
        cut = grey[:rows, :columns].reshape(rows // _BLOCK, _BLOCK, columns // _BLOCK, _BLOCK)
        return cut.swapaxes(1, 2).reshape(-1, _BLOCK * _BLOCK)

    x, y = blocks(a), blocks(b)
    mean_x, mean_y = x.mean(axis=1), y.mean(axis=1)
    spread_x, spread_y = x.var(axis=1), y.var(axis=1)
    together = ((x - mean_x[:, None]) * (y - mean_y[:, None])).mean(axis=1)
    light = (2 * mean_x * mean_y + _SSIM_1) / (mean_x**2 + mean_y**2 + _SSIM_1)
    structure = (2 * together + _SSIM_2) / (spread_x + spread_y + _SSIM_2)
    return float((light * structure).mean())
