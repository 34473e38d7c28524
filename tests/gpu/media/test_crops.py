"""The part of a picture that the page shows is the part that a clip begins with: both sides against the same samples.

The page's side is tests/frontend/crop.test.ts.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpu.core.contract import Crop
from gpu.media.pictures import fit

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "contract" / "crops.json").read_text(encoding="utf-8")
)
WITHIN = 2 / 255
"""A share is read off a sample of 8 bits, after one step of resizing."""


def slopes(width: int, height: int) -> Image.Image:
    """A picture whose red says how far to the right a place is, and whose green how far down."""
    across = np.broadcast_to((np.arange(width) + 0.5) / width * 255, (height, width))
    down = np.broadcast_to(((np.arange(height) + 0.5) / height * 255)[:, None], (height, width))
    return Image.fromarray(np.stack([across, down, np.zeros_like(down)], axis=2).round().astype(np.uint8))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_clip_shows_the_part_that_the_samples_say(sample: dict[str, Any]) -> None:
    crop = (
        None
        if sample["crop"] is None
        else Crop(**dict(zip(Crop.model_fields, map(float, sample["crop"]), strict=True)))
    )
    wide, high = sample["clip"]
    shown = np.asarray(fit(slopes(*sample["picture"]), wide, high, crop)) / 255
    left, top, width, height = sample["shown"]
    assert np.abs(shown[0, 0, :2] - (left, top)).max() <= WITHIN
    assert np.abs(shown[-1, -1, :2] - (left + width, top + height)).max() <= WITHIN
