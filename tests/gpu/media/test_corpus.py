"""The worker's reader on every file of the corpus, and on files whose heads were damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gpu.core.problems import ProblemError
from gpu.media.pictures import normalize
from tests.corpus import files
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


BASES = (
    files.png(files.exif_chunk(6), files.gama(0.45455)),
    files.hidden_still(files.picture()),
    files.with_segments(files.exif_segment(6), *files.profile_segments(files.PROFILE)),
    files.webp(),
)
HEAD_BYTES = 600


@st.composite
def damaged_heads(draw: st.DrawFn) -> bytes:
    """A file with some bytes of its head changed, cut out or put in."""
    data = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(HEAD_BYTES, len(data) - 1)))
        match draw(st.sampled_from(("change", "cut", "put"))):
            case "change":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 8))]
            case _:
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
    return bytes(data)


@settings(max_examples=300)
@given(data=damaged_heads())
def test_a_damaged_file_is_a_picture_or_a_problem(data: bytes) -> None:
    try:
        image = normalize(data)
    except ProblemError as problem:
        assert problem.status in (415, 422)
    else:
        assert image.mode == "RGB"
