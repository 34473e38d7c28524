"""Known faults of video models, recognised by figures of a finished clip: a flash at its end, lost colour, no motion, a
first frame unlike its picture, light that drifts.

It judges pixels and knows no prompt: a person may have asked for what it finds, so it is a hint and changes nothing.
The thresholds are assumed (2026-11-27): far above what ordinary light and motion show, and fitted to no real clips.
"""

from collections.abc import Sequence
from statistics import median
from typing import Literal

KnownFault = Literal["flash_at_end", "grey", "frozen", "unlike_picture", "light_drifts"]

FLASH_LEVELS = 40.0
"""Of brightness, 0 to 255, above the clip's own before its last second."""
DRIFT_LEVELS = 40.0
GREY_SPREAD = 3.0
"""Mean distance of a pixel's largest and smallest colour, 0 to 255."""
COLOURFUL_SPREAD = 12.0
FROZEN_CHANGE = 0.05
"""Mean change from frame to frame, 0 to 255."""
UNLIKE_DIFFERENCE = 50.0
"""Mean difference of the first frame and the picture, 0 to 255."""


def known_faults(
    *,
    light: Sequence[float],
    colour: Sequence[float],
    changes: Sequence[float],
    frames_a_second: int,
    picture_colour: float | None,
    first_difference: float | None,
) -> tuple[KnownFault, ...]:
    """Of a clip by its frames: `light` and `colour` (the spread of GREY_SPREAD) for each, `changes` for each but the
    first. `picture_colour` and `first_difference` are None without a picture."""
    found: list[KnownFault] = []
    before, end = light[:-frames_a_second], light[-frames_a_second:]
    flashes = bool(before) and max(end) - median(before) > FLASH_LEVELS and max(end) - light[-frames_a_second] > 20
    if flashes:
        found.append("flash_at_end")
    if picture_colour is not None and picture_colour > COLOURFUL_SPREAD and median(colour) < GREY_SPREAD:
        found.append("grey")
    if changes and median(changes) < FROZEN_CHANGE:
        found.append("frozen")
    if first_difference is not None and first_difference > UNLIKE_DIFFERENCE:
        found.append("unlike_picture")
    quarter = max(1, len(light) // 4)
    if not flashes and abs(median(light[-quarter:]) - median(light[:quarter])) > DRIFT_LEVELS:
        found.append("light_drifts")
    return tuple(found)
