"""How a face moves and stays itself, on a photograph that is moved, turned and bent in known ways."""

from collections.abc import Callable
from math import sin

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gpu.media.face_measures import FaceMeasures
from gpu.media.quality import FrameMeasures
from tests.corpus import portrait

Pixels = NDArray[np.uint8]
SIDE = 512
FRAMES = 25
RATE = 24
LEFT_EYE, RIGHT_EYE, NOSE, MOUTH = (204, 101), (245, 102), (223, 125), (222, 143)
"""In the photograph at SIDE, as a person sees it."""
EYES_APART = 41


@pytest.fixture(scope="module")
def photograph() -> Pixels:
    return np.asarray(portrait.photograph().resize((SIDE, SIDE)))


def pushed(picture: Pixels, at: tuple[float, float], reach: tuple[float, float], by: tuple[float, float]) -> Pixels:
    """What is around a point is moved, less and less with its distance."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    near = np.exp(-(((columns - at[0]) / reach[0]) ** 2 + ((rows - at[1]) / reach[1]) ** 2))
    x, y = (columns - by[0] * near).astype(np.float32), (rows - by[1] * near).astype(np.float32)
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def held(picture: Pixels, index: int) -> Pixels:
    """A head that nods, sways and comes nearer, with a still face."""
    matrix = cv2.getRotationMatrix2D(NOSE, 6 * sin(index / 6), 1 + index / 400)
    matrix[:, 2] += 5 * sin(index / 5), 3 * sin(index / 4)
    return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def blinking(picture: Pixels, index: int) -> Pixels:
    closed = 0.12 * EYES_APART if 8 <= index % 24 < 14 else 0
    for eye in (LEFT_EYE, RIGHT_EYE):
        picture = pushed(picture, (eye[0], eye[1] - 5), (10, 5), (0, closed))
    return picture


def speaking(picture: Pixels, index: int) -> Pixels:
    return pushed(picture, (MOUTH[0], MOUTH[1] + 10), (20, 10), (0, 0.1 * EYES_APART * abs(sin(index / 4))))


def turning(picture: Pixels, index: int) -> Pixels:
    """The nose moves further than the ears."""
    return pushed(picture, NOSE, (EYES_APART, 1.4 * EYES_APART), (0.25 * EYES_APART * sin(index / 6), 0))


def noisy(picture: Pixels, index: int) -> Pixels:
    noise = np.random.default_rng(index).normal(0, 3, picture.shape)
    return np.clip(picture * (1 + 0.1 * sin(index / 5)) + noise, 0, 255).astype(np.uint8)


def measured(picture: Pixels | None, frames: list[Pixels]) -> FaceMeasures:
    face = FaceMeasures(picture, RATE)
    for frame in frames:
        face.see(frame)
    return face


def expression_of(picture: Pixels, change: Callable[[Pixels, int], Pixels]) -> float:
    expression = measured(picture, [change(picture, index) for index in range(FRAMES)]).expression
    assert expression is not None
    return expression


def test_a_still_face_has_no_expression_and_is_like_itself(photograph: Pixels) -> None:
    still = measured(photograph, [photograph] * FRAMES)
    assert still.expression == pytest.approx(0, abs=1e-6)
    assert still.likeness == pytest.approx(1)


def test_expression_is_what_moves_against_the_head(photograph: Pixels) -> None:
    of_the_head = max(expression_of(photograph, held), expression_of(photograph, noisy))
    for change in (blinking, speaking, turning):
        assert expression_of(photograph, change) > 5 * of_the_head, change.__name__

    both = expression_of(photograph, lambda picture, index: held(speaking(picture, index), index))
    assert both == pytest.approx(expression_of(photograph, speaking), rel=0.5)


def test_another_face_is_less_alike_than_the_same_one_in_motion(photograph: Pixels) -> None:
    wider = pushed(photograph, LEFT_EYE, (17, 12), (-0.15 * EYES_APART, 0.1 * EYES_APART))
    wider = pushed(wider, RIGHT_EYE, (17, 12), (0.15 * EYES_APART, 0.1 * EYES_APART))
    other = pushed(wider, MOUTH, (25, 12), (0, 0.2 * EYES_APART))
    moving = measured(photograph, [held(speaking(photograph, index), index) for index in range(FRAMES)]).likeness
    changed = measured(photograph, [other] * FRAMES).likeness
    half = measured(photograph, [photograph] * (FRAMES // 2) + [other] * (FRAMES // 2)).likeness
    assert moving is not None and changed is not None and half is not None
    assert changed < moving
    assert half < moving


def test_nothing_is_said_without_a_face_or_of_one_that_is_hardly_seen(photograph: Pixels) -> None:
    empty = np.full_like(photograph, 128)
    for face in (measured(empty, [photograph] * FRAMES), measured(photograph, [photograph] * 5 + [empty] * 20)):
        assert face.expression is None
        assert face.likeness is None


def test_a_clip_without_a_picture_is_compared_with_its_first_frame(photograph: Pixels) -> None:
    assert measured(None, [photograph] * FRAMES).likeness == pytest.approx(1)


def test_the_size_of_the_clip_changes_little(photograph: Pixels) -> None:
    spoken = [speaking(photograph, index) for index in range(FRAMES)]
    large = [np.asarray(cv2.resize(frame, (1_088, 1_088), interpolation=cv2.INTER_CUBIC), np.uint8) for frame in spoken]
    at_size, at_twice = measured(spoken[0], spoken).expression, measured(large[0], large).expression
    assert at_size is not None
    assert at_twice == pytest.approx(at_size, rel=0.3)


def test_the_frames_pass_by_on_their_way_to_the_encoder(photograph: Pixels) -> None:
    frames = np.stack([speaking(photograph, index) for index in range(FRAMES)])
    face = FaceMeasures(photograph, RATE)
    passed = list(FrameMeasures(FRAMES, photograph, face).watch(np.split(frames, [0, 3, 11])))
    assert np.array_equal(np.concatenate(passed), frames)
    assert face.expression == measured(photograph, list(frames)).expression
