"""Uploaded pictures made safe for the model: upright 8-bit sRGB, of the clip's size, checked before a pixel is decoded.

LTX reads pictures with a bare decoder: grey, palette, 1-bit, 16-bit and grey+alpha raise during the paid seconds,
transparency is dropped, CMYK is read as RGB, colour profiles and EXIF orientation are ignored, and a larger picture is
shrunk without a filter. This module converts all of that first, by the rules of browsers, so that a clip begins with
the picture that the page showed.

Does not know where bytes come from or what a job is.
"""

import hashlib
import io
import logging
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from gpu.core.contract import Borders, Crop
from gpu.core.contract.pictures import REASON_POINTER, RefusalReason
from gpu.core.problems import PictureRefused, PictureUnsupported
from gpu.media import png_chunks
from gpu.media.colours import Colours, to_srgb
from gpu.media.jpeg_segments import read_jpeg
from gpu.media.png_chunks import Png, read_png

log = logging.getLogger(__name__)

MIN_SIDE = 64
MAX_SIDE = 12_000
MAX_PIXELS = 40_000_000
"""About 120 MB as RGB: a worker has room for that beside its models."""
MAX_SCANNED_PIXELS = 25 * MAX_PIXELS
"""Pixels times scans of a JPEG. Cameras and the web write at most 12 scans; each costs the decoder a pass over all
pixels: 0.047 s for 82 bytes at 24 million (2 cores, 2026-11-26)."""
MAX_SCANS = 100

BLUR_SHARE = 1 / 40
"""Blur radius of the border, as a share of the clip's longer side: it keeps colours and hides details."""

Box = tuple[float, float, float, float]

_WHITE = (255, 255, 255)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation -> the transposition that makes the picture upright."""


def normalize(data: bytes) -> Image.Image:
    """The picture in `data` as an upright 8-bit sRGB image; of an animation, the first frame.

    Raises PictureUnsupported for anything but PNG, JPEG and WebP, PictureRefused for a picture that is broken, cut
    off, smaller than 64 pixels on a side, larger than 12,000 on a side or 40 million in all, or has far more scans than
    usual. Sizes are read from the header, so a decompression bomb is refused before it is decoded.
    """
    try:
        if data.startswith(png_chunks.SIGNATURE):
            return _from_png(read_png(data))
        if data.startswith(b"\xff\xd8\xff"):
            return _from_jpeg(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _from_webp(data)
    except (PictureRefused, PictureUnsupported, MemoryError):  # of these, the last is not the picture's fault
        raise
    except Exception as error:
        log.info("a picture was refused: %r", error)
        raise _refused(
            "damaged", "The picture is damaged or cut off. Export it again, as PNG or JPEG, and upload that."
        ) from None
    if not data:
        raise _refused("damaged", "The file is empty. Choose it again and upload it.")
    raise PictureUnsupported("The file is not a PNG, JPEG or WebP picture. Save it as one of these and upload that.")


def fit(image: Image.Image, width: int, height: int, crop: Crop | None = None, borders: Borders = "cut") -> Image.Image:
    """A picture at a clip's size: the part that `crop` names, or all of it; cropped around its middle to the clip's
    ratio, or shown whole in front of itself, blurred.

    Lanczos on the sRGB samples, like the models' training pictures. The ratio of the picture is kept.
    """
    left, top, right, bottom = box_of(image, crop)
    if borders == "cut":
        scale = min((right - left) / width, (bottom - top) / height)
        return _resized(image, _middle((left, top, right, bottom), width * scale, height * scale), width, height)
    scale = min(width / (right - left), height / (bottom - top))
    inner = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    if inner == (width, height):
        return _resized(image, (left, top, right, bottom), width, height)
    page = fit(image, width, height, crop).filter(ImageFilter.GaussianBlur(max(width, height) * BLUR_SHARE))
    page.paste(_resized(image, (left, top, right, bottom), *inner), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return page


def box_of(image: Image.Image, crop: Crop | None) -> Box:
    """Left, top, right and bottom of a crop in pixels, inside the picture."""
    if crop is None:
        return 0.0, 0.0, float(image.width), float(image.height)
    left, top = crop.left * image.width, crop.top * image.height
    right = min(float(image.width), left + crop.width * image.width)
    bottom = min(float(image.height), top + crop.height * image.height)
    # A crop at the very edge still has one pixel.
    return min(left, image.width - 1.0), min(top, image.height - 1.0), max(right, 1.0), max(bottom, 1.0)


def _middle(box: Box, width: float, height: float) -> Box:
    """The part of this size in the middle of a box, clipped to the box."""
    left, top, right, bottom = box
    across, down = max(0.0, right - left - width) / 2, max(0.0, bottom - top - height) / 2
    return left + across, top + down, right - across, bottom - down


def _resized(image: Image.Image, box: Box, width: int, height: int) -> Image.Image:
    return image.resize((width, height), Image.Resampling.LANCZOS, box)


def prepare(
    data: bytes, path: Path, width: int, height: int, crop: Crop | None = None, borders: Borders = "cut"
) -> None:
    """Writes the picture in `data` as the model sees it, as PNG: to `path` at the clip's size, and beside it at half
    that size, for a first stage. Raises as `normalize`."""
    picture = normalize(data)
    fit(picture, width, height, crop, borders).save(path, "PNG", compress_level=1)
    half = width // 2, height // 2
    fit(picture, *half, crop, borders).save(_beside(path, *half), "PNG", compress_level=1)


def digest_of(picture: Image.Image) -> str:
    """SHA-256 in hex of an RGB picture's size and pixels: equal pictures are one object in the bucket."""
    digest = hashlib.sha256(f"{picture.width}x{picture.height} ".encode("ascii"))
    digest.update(picture.tobytes())
    return digest.hexdigest()


def prepared_at(path: Path, width: int, height: int) -> Path:
    """The file of a prepared picture that has this size; `path` itself where there is none."""
    beside = _beside(path, width, height)
    return beside if beside.is_file() else path


def _beside(path: Path, width: int, height: int) -> Path:
    return path.with_suffix(f".{width}x{height}.png")


def pixels_of(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """A prepared picture at a clip's size; RGB, shape (height, width, 3)."""
    with Image.open(path) as image:
        return np.asarray(fit(image.convert("RGB"), width, height))


# ---------------------------------------------------------------- each format


def _from_png(png: Png) -> Image.Image:
    _check_size(png.width, png.height)
    image = _opened(png.plain, "PNG")
    colours = Colours(png.profile, png.cicp, png.is_srgb, png.gamma, png.chromaticities)
    shown, alpha = _split(image, png)
    picture = _on_white(to_srgb(shown, colours), alpha)
    if png.region is not None:
        page = Image.new("RGB", (png.width, png.height), _WHITE)
        page.paste(picture, (png.region.left, png.region.top))
        picture = page
    return _upright(picture, png.exif)


def _split(image: Image.Image, png: Png) -> tuple[Image.Image, Image.Image | None]:
    """The samples as L or RGB with 8 bits, and how opaque each is; None where all are."""
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.uint32)
        grey = Image.fromarray(((wide * 255 + 32_767) // 65_535).astype(np.uint8))
        return grey, None if png.transparent is None else _mask(wide != png.transparent[0])
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A")
    if image.mode in ("RGBA", "P"):
        with_alpha = image.convert("RGBA")
        return with_alpha.convert("RGB"), with_alpha.getchannel("A")
    shown = image.convert("L") if image.mode == "1" else image
    if png.transparent is None:
        return shown, None
    samples = np.asarray(shown).astype(np.uint16)
    if png.depth == 16:  # RGB: Pillow keeps the upper halves; the lower ones are what it reads as of the other order
        samples = samples << 8 | np.asarray(_opened(png.plain, "PNG", "RGB;16L")).astype(np.uint16)
        key = png.transparent
    else:
        key = tuple(value * 255 // (2**png.depth - 1) for value in png.transparent)
    differs = samples != np.array(key if samples.ndim == 3 else key[0], np.uint16)
    return shown, _mask(differs.any(axis=2) if samples.ndim == 3 else differs)


def _from_jpeg(data: bytes) -> Image.Image:
    jpeg = read_jpeg(data)
    _check_size(jpeg.width, jpeg.height)
    if jpeg.scans > MAX_SCANS or jpeg.scans * jpeg.width * jpeg.height > MAX_SCANNED_PIXELS:
        raise _refused(
            "too_many_scans",
            f"The JPEG has {jpeg.scans} passes over the picture, far more than a camera writes. Export it again.",
        )
    image = _opened(jpeg.plain, "JPEG")
    return _upright(to_srgb(image, Colours(jpeg.profile)), jpeg.exif)


def _from_webp(data: bytes) -> Image.Image:
    image = _opened(data, "WEBP")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    return _on_white(to_srgb(image.convert("RGB"), Colours(image.info.get("icc_profile"))), alpha)


def _opened(data: bytes, kind: str, raw_mode: str | None = None) -> Image.Image:
    """The decoded picture in the decoder's mode. `raw_mode` is Pillow's name for how the file's samples are read."""
    with warnings.catch_warnings():
        # Pillow's own bomb warning; our limits are stricter.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(data), formats=(kind,))
    _check_size(*image.size, smallest=1 if kind == "PNG" else MIN_SIDE)
    if raw_mode is not None:
        image.tile = [part._replace(args=raw_mode) for part in image.tile]
    image.load()
    return image


# ---------------------------------------------------------------- for all formats


def _check_size(width: int, height: int, smallest: int = MIN_SIDE) -> None:
    if min(width, height) < smallest:
        raise _refused("too_small", f"The picture is {width}x{height}; each side must have at least {MIN_SIDE} pixels.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _refused(
            "too_large",
            f"The picture is {width}x{height}; at most {MAX_SIDE:,} pixels a side and {MAX_PIXELS:,} in all are taken. "
            "Make it smaller and upload it again.",
        )


def _refused(reason: RefusalReason, detail: str) -> PictureRefused:
    return PictureRefused(detail, ((REASON_POINTER, reason),))


def _upright(image: Image.Image, exif: bytes | None) -> Image.Image:
    """The picture, turned upright by its EXIF. Unreadable EXIF is ignored."""
    if exif is None:
        return image
    try:
        notes = Image.Exif()
        notes.load(exif)
        turn = _TURNS.get(notes.get(_ORIENTATION, 1))
    except Exception:
        return image
    return image if turn is None else image.transpose(turn)


def _mask(opaque: NDArray[np.bool_]) -> Image.Image:
    return Image.fromarray(opaque.astype(np.uint8) * 255)


def _on_white(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """The picture on white, as on a page. Dropping transparency alone would show hidden colours."""
    return image if alpha is None else Image.composite(image, Image.new("RGB", image.size, _WHITE), alpha)
