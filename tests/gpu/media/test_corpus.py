"""The worker's reader on every file of the corpus."""

import numpy as np
import pytest
from PIL import Image

from gpu.core.problems import ProblemError
from gpu.media.pictures import normalize
from tests.corpus.cases import CASES, Case


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The middle of each quarter."""
    pixels = np.asarray(image)
    height, width, _ = pixels.shape
    places = [(height // 4 + top, width // 4 + left) for top in (0, height // 2) for left in (0, width // 2)]
    return [tuple(int(value) for value in pixels[place]) for place in places]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_picture_is_read_as_it_was_meant(case: Case) -> None:
    if case.corners is None:
        with pytest.raises(ProblemError):
            normalize(case.make())
        return
    image = normalize(case.make())
    assert image.size == case.size
    off = np.abs(np.subtract(corners(image), case.corners)).max()
    assert off <= case.within, f"{corners(image)}, wanted {case.corners}"
