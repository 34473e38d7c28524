"""Where the faces of a picture are: found on photographs, and nowhere else."""

from pathlib import Path

import pytest
from PIL import Image

from gpu.media.faces import Box, faces_of
from infra.settings import ROOT
from tests.corpus import files, portrait

SAMPLES = sorted((ROOT / "frontend" / "public" / "samples").glob("*.png"))


def near(one: Box, other: Box) -> bool:
    return max(abs(here - there) for here, there in zip(one, other, strict=True)) < 0.05


def test_the_face_of_a_photograph_is_found_whatever_its_size() -> None:
    photograph = portrait.photograph()
    for width in (192, 512, 2_176):
        (face,) = faces_of(photograph.resize((width, width)))
        assert near(face, portrait.FACE), (width, face)


def test_faces_are_told_in_shares_of_the_picture_the_largest_first() -> None:
    wide = portrait.on(1_536, 512, (0, 0))
    wide.paste(portrait.photograph().resize((400, 400)), (1_100, 100))
    large, small = faces_of(wide)
    left, top, width, height = portrait.FACE
    assert near(large, (left / 3, top, width / 3, height))
    placed = (1_100 + 400 * left) / 1_536, (100 + 400 * top) / 512
    assert near(small, (*placed, 400 * width / 1_536, 400 * height / 512))


def test_a_face_that_the_edge_cuts_is_told_as_far_as_the_picture_goes() -> None:
    photograph = portrait.photograph()
    (face,) = faces_of(photograph.crop((200, 0, 512, 512)))
    left, top, width, height = face
    assert left >= 0 and top >= 0 and left + width <= 1 and top + height <= 1


def test_faces_in_a_crowd_are_left_out() -> None:
    assert faces_of(portrait.on(2_400, 600, (0, 0), (700, 0), (1_400, 0), scale=0.4)) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_drawn_people_and_animals_have_no_faces(path: Path) -> None:
    with Image.open(path) as image:
        assert faces_of(image.convert("RGB")) == []


@pytest.mark.parametrize("size", [(64, 64), (64, 12_000), (12_000, 64), (1_088, 1_920)], ids=str)
def test_pictures_of_any_shape_without_people_have_none(size: tuple[int, int]) -> None:
    assert faces_of(files.picture().resize(size)) == []
