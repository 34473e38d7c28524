"""Uploaded pictures: every kind of file that people have, and every kind that must not reach the model."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from ltx_pipelines.utils import helpers
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps

from gpu.core.contract import Borders, Crop
from gpu.core.problems import PictureRefused, PictureUnsupported, ProblemError
from gpu.media.pictures import fit, normalize, pixels_of, prepare
from gpu.media.quality import ssim
from gpu.render.ltx_patches import read_pictures_at_their_size
from tests.corpus.drawn import KINDS, Kind, drawn

RED, WHITE = (255, 0, 0), (255, 255, 255)
SIZE = (80, 64)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def middle(image: Image.Image) -> tuple[int, ...]:
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def palette(transparency: int | None = None) -> bytes:
    image = Image.new("P", SIZE, 1)
    image.putpalette([0, 0, 255, *RED])
    return saved(image) if transparency is None else saved(image, transparency=transparency)


def wide_grey(value: int) -> bytes:
    return saved(Image.fromarray(np.full(SIZE[::-1], value, np.uint16)))


def animated() -> bytes:
    return saved(
        Image.new("RGB", SIZE, RED),
        "WEBP",
        save_all=True,
        append_images=[Image.new("RGB", SIZE, (0, 255, 0))],
        duration=100,
        lossless=True,
    )


def multi_picture() -> bytes:
    return saved(Image.new("RGB", SIZE, RED), "MPO", save_all=True, append_images=[Image.new("RGB", SIZE, WHITE)])


@pytest.mark.parametrize(
    ("name", "data", "colour"),
    [
        ("rgb png", saved(Image.new("RGB", SIZE, RED)), RED),
        ("jpeg", saved(Image.new("RGB", SIZE, RED), "JPEG", quality=100), (254, 0, 0)),
        ("progressive jpeg", saved(Image.new("RGB", SIZE, RED), "JPEG", quality=100, progressive=True), (254, 0, 0)),
        ("two pictures of a phone", multi_picture(), (254, 0, 0)),
        ("webp", saved(Image.new("RGB", SIZE, RED), "WEBP", lossless=True), RED),
        ("animated webp", animated(), RED),
        ("grey", saved(Image.new("L", SIZE, 100)), (100, 100, 100)),
        ("grey jpeg", saved(Image.new("L", SIZE, 100), "JPEG"), (100, 100, 100)),
        ("1-bit", saved(Image.new("1", SIZE, 1)), WHITE),
        ("palette", palette(), RED),
        ("palette, transparent", palette(transparency=1), WHITE),
        ("16-bit grey, dark", wide_grey(257 * 40), (40, 40, 40)),
        ("16-bit grey, bright", wide_grey(65535), WHITE),
        ("grey and alpha", saved(Image.new("LA", SIZE, (0, 0))), WHITE),
        ("transparent", saved(Image.new("RGBA", SIZE, (0, 0, 255, 0))), WHITE),
        ("half transparent", saved(Image.new("RGBA", SIZE, (255, 0, 0, 128))), (255, 127, 127)),
        ("transparent webp", saved(Image.new("RGBA", SIZE, (0, 0, 255, 0)), "WEBP", lossless=True), WHITE),
        ("cmyk jpeg", saved(Image.new("CMYK", SIZE, (0, 255, 255, 0)), "JPEG", quality=100), (254, 0, 0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_picture_becomes_rgb_of_the_right_colour(name: str, data: bytes, colour: tuple[int, ...]) -> None:
    image = normalize(data)

    assert (image.mode, image.size) == ("RGB", SIZE), name
    assert np.abs(np.subtract(middle(image), colour)).max() <= 2


def test_a_picture_taken_with_a_turned_phone_comes_upright() -> None:
    sideways = Image.new("RGB", (100, 80), RED)
    sideways.paste(WHITE, (0, 0, 50, 80))  # white on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn right to see it upright": left becomes top

    upright = normalize(saved(sideways, "JPEG", exif=exif, quality=100))

    assert (upright.mode, upright.size) == ("RGB", (80, 100))
    assert upright.getpixel((40, 10)) == WHITE
    assert np.abs(np.asarray(upright)[90, 40].astype(int) - RED).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_every_viewer_turns_it(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(noise().crop((0, 0, 96, 70)), exif=exif)
    with Image.open(io.BytesIO(data)) as seen:
        assert np.array_equal(np.asarray(normalize(data)), np.asarray(ImageOps.exif_transpose(seen)))


def noted(orientation: int, *, spoilt: str) -> bytes:
    """EXIF as a camera writes it and a careless program spoils it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x011A] = 72.0  # XResolution
    whole = exif.tobytes()
    if spoilt == "all":
        return b"Exif\0\0garbage!garbage!"
    # A resolution in words: it can be read, and not be written again.
    return whole.replace(struct.pack(">HH", 0x011A, 5), struct.pack(">HH", 0x011A, 2))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_whole_picture_with_spoilt_notes_is_taken(kind: str) -> None:
    picture = Image.new("RGB", (100, 80), RED)
    assert normalize(saved(picture, kind, exif=noted(6, spoilt="all"))).size == (100, 80)
    # Chromium turns no WebP.
    turned = (100, 80) if kind == "WEBP" else (80, 100)
    assert normalize(saved(picture, kind, exif=noted(6, spoilt="one note"))).size == turned


def png_header(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", PictureRefused),
        ("그냥 글이에요".encode(), PictureUnsupported),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"0" * 500, PictureUnsupported),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureUnsupported),
        (saved(Image.new("P", SIZE, 1), "GIF"), PictureUnsupported),
        (saved(Image.new("RGB", SIZE, RED), "TIFF"), PictureUnsupported),
        (b"\x89PNG\r\n\x1a\n", PictureRefused),
        (saved(noise())[:-2000], PictureRefused),
        (saved(noise(), "JPEG")[:-1000], PictureRefused),
        (saved(noise(), "WEBP")[:-1000], PictureRefused),
        (png_header(200, 200, zlib.compress(b"short")), PictureRefused),
        (saved(Image.new("RGB", (1, 1))), PictureRefused),
        (saved(Image.new("RGB", (63, 500))), PictureRefused),
        (saved(Image.new("L", (12_001, 64))), PictureRefused),
        (png_header(50_000, 50_000, zlib.compress(bytes(1_000_000))), PictureRefused),
        (png_header(8_000, 8_000, zlib.compress(bytes(1_000))), PictureRefused),
        (png_header(2**31 - 1, 2**31 - 1), PictureRefused),
    ],
)
def test_what_the_model_must_not_see_is_refused_with_what_to_do(data: bytes, problem: type[ProblemError]) -> None:
    with pytest.raises(problem) as refused:
        normalize(data)

    assert len(refused.value.detail) > 20
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("side", [8_000, 50_000])
def test_a_bomb_is_refused_by_its_header_alone(monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("the picture was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    with pytest.raises(PictureRefused, match="40,000,000"):
        normalize(png_header(side, side, zlib.compress(bytes(1_000_000))))


def test_the_largest_and_the_smallest_picture_are_taken() -> None:
    assert normalize(saved(Image.new("L", (12_000, 64)))).size == (12_000, 64)
    assert normalize(saved(Image.new("RGB", (64, 64)))).size == (64, 64)


def test_a_clip_shows_the_middle_of_a_picture(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), WHITE)
    wide.paste(RED, (100, 0, 200, 100))
    prepare(saved(wide), tmp_path / "준비 wide.png", 64, 64)

    pixels = pixels_of(tmp_path / "준비 wide.png", 64, 64)

    assert pixels.shape == (64, 64, 3)
    assert (pixels[:, 4:-4] == RED).all()  # the outermost columns blend with what lies beside


@pytest.mark.parametrize(
    ("crop", "colour"),
    [
        (Crop(left=0.0, top=0.0, width=0.5, height=0.5), RED),
        (Crop(left=0.5, top=0.0, width=0.5, height=0.5), (0, 255, 0)),
        (Crop(left=0.5, top=0.5, width=0.5, height=0.5), WHITE),
        (
            Crop(left=0.55, top=0.05, width=0.1, height=0.4),
            (0, 255, 0),
        ),  # of another ratio than the clip: cut further, not stretched
    ],
)
def test_a_clip_shows_the_part_that_was_chosen(crop: Crop, colour: tuple[int, int, int]) -> None:
    picture = Image.new("RGB", (400, 400), WHITE)
    picture.paste(RED, (0, 0, 200, 200))
    picture.paste((0, 255, 0), (200, 0, 400, 200))

    seen = fit(picture, 96, 96, crop)

    assert seen.size == (96, 96)
    assert np.abs(np.subtract(np.asarray(seen)[10:-10, 10:-10], colour)).max() <= 2


def test_a_picture_can_be_shown_whole_on_itself_blurred() -> None:
    picture = Image.new("RGB", (400, 100), RED)
    picture.paste((0, 255, 0), (200, 0, 400, 100))

    seen = np.asarray(fit(picture, 96, 192, None, "blurred"))

    assert (seen[90:102, 4:44] == RED).all()
    assert (seen[90:102, 52:92] == (0, 255, 0)).all()
    assert not (seen[:60] == seen[90]).all()
    assert np.asarray(fit(picture, 96, 24, None, "blurred")).shape == (24, 96, 3)


@given(
    width=st.integers(64, 300), height=st.integers(64, 300), left=st.floats(0, 1), top=st.floats(0, 1),
    across=st.floats(0.02, 1), down=st.floats(0.02, 1), borders=st.sampled_from(("cut", "blurred")),
)  # fmt: skip
def test_any_crop_gives_a_clip_its_size(
    width: int, height: int, left: float, top: float, across: float, down: float, borders: Borders
) -> None:
    crop = Crop(left=left, top=top, width=across, height=down)
    assert fit(Image.new("RGB", (width, height), RED), 64, 96, crop, borders).size == (64, 96)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_model_sees_is_a_picture_made_smaller_and_no_moire(tmp_path: Path, kind: Kind) -> None:
    """Through LTX's own reader, at the size of a 704p clip and at that of its first stage, which is a draft's too.

    Without the compression that LTX adds on purpose: it is a part of the model's training, and no loss on the way."""
    read_pictures_at_their_size()
    picture = drawn(kind)
    prepare(saved(picture, compress_level=1), tmp_path / "seen.png", 704, 1280)

    for width, height in ((704, 1280), (352, 640)):
        read = helpers.load_image_conditioning(
            str(tmp_path / "seen.png"), height, width, torch.float32, torch.device("cpu"), 0
        )
        seen = ((read[0, :, 0].permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255).round().astype(np.uint8)
        ideal = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        assert ssim(grey(Image.fromarray(seen)), grey(ideal)) > 0.97, (kind, width)


def grey(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("L"), dtype=np.float64)
