"""Whether a clip of 25 frames or more shows the requested motion, by its pixels.

Directions and zooms are fitted between the first and the last frame. A sway must lean the top one way, then the other,
while the bottom stays. A blink must shut the eyes in time and open them again: measuring it needs the drawing with shut
eyes. A still clip fails every test. Clips are float32 [3, frames, height, width] in 0..1.

Does not know models.
"""

from dataclasses import dataclass

from torch import Tensor

from gpu.tiny.motions import BLINKS, SWAY, SWAY_FRAMES, Motion, frame_size
from tools.tiny_training.measures import fit, obeys

_SHUT, _LEFT = 0.2, 0.5
"""How far a blink must shut the eyes, and the largest share of that which may remain at the end. Today's set shuts by
0.4 to 0.6 and leaves 0.02 (four portraits of 320 pixels, 2026-11-23)."""


@dataclass(frozen=True, slots=True)
class Blink:
    """How far the eyes are shut relative to the first frame, 1 as drawn: in the blink, and in the last frame."""

    shut: float
    left: float


def shows(motion: Motion, clip: Tensor, picture: Tensor, shut: Tensor | None = None) -> bool:
    """Whether `clip` of `picture` shows `motion`. `shut`: the picture with its eyes shut; only a blink needs it.

    Raises ValueError for a blink without it, and for "unasked", which cannot be requested.
    """
    height, width = clip.shape[2:]
    size = frame_size(height, width)
    if motion == "blink":
        if shut is None:
            raise ValueError("a blink is measured on a drawing that exists with its eyes shut")
        found = blink_of(clip, picture, shut)
        return found.shut > _SHUT and found.left < found.shut * _LEFT
    if motion == "sway":
        top, bottom = sway_of(clip)
        # A quarter of what the middle of the upper third should do, to both sides.
        least = 0.25 * SWAY * size * 5 / 6
        return min(top) < -least and max(top) > least and max(map(abs, bottom)) < max(map(abs, top)) / 2
    return obeys(motion, fit(clip[:, 0], clip[:, -1]), size)


def sway_of(clip: Tensor) -> tuple[tuple[float, float], tuple[float, float]]:
    """How far right, in pixels, the upper and the lower third stand where a sway is widest: (first, second) of each."""
    third = clip.shape[2] // 3
    widest = SWAY_FRAMES // 4, 3 * SWAY_FRAMES // 4
    parts = clip[:, :, :third], clip[:, :, -third:]
    (a, b), (c, d) = ([fit(part[:, 0], part[:, frame]).right for frame in widest] for part in parts)
    return (a, b), (c, d)


def blink_of(clip: Tensor, picture: Tensor, shut: Tensor) -> Blink:
    """Projects each frame's change from `picture` onto the change that shutting the eyes makes."""
    lids = shut - picture
    size = lids.square().sum()
    if not size:
        raise ValueError("the two drawings are the same")
    closed = ((clip - picture.unsqueeze(1)) * lids.unsqueeze(1)).sum(dim=(0, 2, 3)) / size
    # The first frame defines open eyes, so that the autoencoder's losses do not count.
    closed = closed - closed[0]
    return Blink(float(closed[round(BLINKS[0])]), float(closed[-1]))
