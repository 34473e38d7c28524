"""Known faults, planted one by one into a clip that has none."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gpu.media.quality import FrameMeasures

Clip = NDArray[np.uint8]
RATE, LENGTH = 8, 33


def sound_clip() -> Clip:
    """A colourful pattern that moves a pixel a frame."""
    y, x = np.mgrid[0:64, 0:96]
    picture = np.stack([60 + x, 60 + y * 2, (x * 3 + y) % 120 + 40], axis=-1).astype(np.uint8)
    return np.stack([np.roll(picture, index, axis=1) for index in range(LENGTH)])


def lit(clip: Clip, levels: Any) -> Clip:
    return np.clip(clip.astype(int) + np.asarray(levels)[:, None, None, None], 0, 255).astype(np.uint8)


def with_flash(clip: Clip) -> Clip:
    return lit(clip, [0] * (LENGTH - 3) + [90, 120, 60])


def without_colour(clip: Clip) -> Clip:
    return np.repeat(clip.mean(axis=3, keepdims=True).astype(np.uint8), 3, axis=3)


def frozen(clip: Clip) -> Clip:
    return np.repeat(clip[:1], LENGTH, axis=0)


def of_another_picture(clip: Clip) -> Clip:
    return 255 - clip


def drifting(clip: Clip) -> Clip:
    return lit(clip, np.linspace(0, 70, LENGTH).astype(int))


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (with_flash, ("flash_at_end",)),
        (without_colour, ("grey",)),
        (frozen, ("frozen",)),
        (of_another_picture, ("unlike_picture",)),
        (drifting, ("light_drifts",)),
        (lambda clip: clip, ()),
    ],
)
def test_each_planted_fault_is_found_and_no_other(plant: Any, fault: tuple[str, ...]) -> None:
    clip = sound_clip()
    measures = FrameMeasures(LENGTH, clip[0])
    list(measures.watch(np.split(plant(clip), [5, 20])))
    assert measures.known_faults(RATE) == fault


def test_a_film_without_colour_is_none_where_the_picture_has_none_or_there_is_none() -> None:
    grey = without_colour(sound_clip())
    for picture in (grey[0], None):
        measures = FrameMeasures(LENGTH, picture)
        list(measures.watch([grey]))
        assert measures.known_faults(RATE) == ()


def test_the_shortest_clips_are_judged_too() -> None:
    measures = FrameMeasures(1, None)
    list(measures.watch([sound_clip()[:1]]))
    assert measures.known_faults(RATE) == ()
