"""Uploaded pictures made safe for the model: 8-bit RGB, upright, checked before a single pixel is decoded.

LTX reads pictures with a bare decoder: grey, palette, 1-bit, 16-bit and grey+alpha raise inside the paid seconds,
transparency is dropped, CMYK is read as RGB, EXIF orientation is ignored. Everything is settled here instead.
A clip that serves as the source of another is checked here too.

Does not know where bytes come from or what a job is, and crops nothing: framing belongs to the pipeline.
"""

import io
import logging
import warnings
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gpu.core.problems import PictureRefused, PictureUnsupported, RenderFailed

log = logging.getLogger(__name__)

MIN_SIDE = 64
MAX_SIDE = 12_000
MAX_PIXELS = 40_000_000
"""About 120 MB as RGB: what a worker can hold beside its models."""

FORMATS = ("PNG", "JPEG", "WEBP")

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
"""EXIF's orientation -> what makes the picture upright."""


def normalize(data: bytes) -> Image.Image:
    """The picture in `data` as an upright 8-bit RGB image; of an animation, the first frame.

    Raises PictureUnsupported for anything but PNG, JPEG and WebP, PictureRefused for a picture that is broken, cut
    off, smaller than 64 pixels on a side, or larger than 12,000 on a side or 40 million in all. Sizes are read from
    the header, so a decompression bomb is refused without being decoded.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own bomb warning; the limits below are stricter and come first.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise PictureRefused(
            f"The picture is over {MAX_PIXELS:,} pixels. Make it smaller and upload it again."
        ) from None
    except Exception:
        raise _not_a_picture(data) from None
    with opened:
        _check_size(*opened.size)
        try:
            opened.load()
            return _rgb(_upright(opened))
        except Exception:
            raise PictureRefused(
                "The picture is damaged or cut off. Export it again, as PNG or JPEG, and upload that."
            ) from None


def prepare(data: bytes, path: Path) -> tuple[int, int]:
    """Writes the normalised picture to `path` as PNG and returns (width, height). Raises as `normalize`."""
    image = normalize(data)
    image.save(path, "PNG", compress_level=1)
    return image.size


def framed(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """The picture as the model sees it: scaled to cover, centre cropped; RGB, shape (height, width, 3)."""
    with Image.open(path) as image:
        return np.asarray(ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.BILINEAR))


def check_source(path: Path) -> int:
    """The number of frames in the clip at `path`, which is to be the source of another.

    Raises RenderFailed when its first frame cannot be decoded or it has fewer than nine, the fewest LTX can compress.
    """
    frames = 0
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            next(container.decode(stream))
            frames = stream.frames
    except (FFmpegError, IndexError, StopIteration) as error:
        log.warning("source clip: %r", error)
    if frames < 9:
        raise RenderFailed("The source clip cannot be read. Make that clip again and restyle the new one.")
    return frames


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise PictureRefused(f"The picture is {width}x{height}; each side must have at least {MIN_SIDE} pixels.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise PictureRefused(
            f"The picture is {width}x{height}; at most {MAX_SIDE:,} pixels a side and {MAX_PIXELS:,} in all are taken. "
            "Make it smaller and upload it again."
        )


def _upright(image: Image.Image) -> Image.Image:
    """The picture as it is meant to be seen. Notes in the file that cannot be read are no fault of the picture, and
    Pillow's own function would write them anew as well, and fail at any that it cannot write."""
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        return image
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB from any mode that the three formats have."""
    if image.mode.startswith("I") or image.mode == "F":
        # 16-bit grey: keep the high byte. Pillow's own conversion would clip at 255 instead.
        wide = np.asarray(image).astype(np.float32)
        return Image.fromarray(np.clip(wide / 257.0, 0, 255).round().astype(np.uint8)).convert("RGB")
    if image.mode in ("LA", "RGBA", "PA", "La", "RGBa") or "transparency" in image.info:
        # Dropping transparency would show whatever colour hides behind it; white is what a page would show.
        with_alpha = image.convert("RGBA")
        page = Image.new("RGBA", with_alpha.size, (*_WHITE, 255))
        return Image.alpha_composite(page, with_alpha).convert("RGB")
    return image.convert("RGB")


def _not_a_picture(data: bytes) -> PictureUnsupported | PictureRefused:
    if not data:
        return PictureRefused("The file is empty. Choose it again and upload it.")
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return PictureRefused("The picture is damaged or cut off. Export it again, as PNG or JPEG, and upload that.")
    return PictureUnsupported("The file is not a PNG, JPEG or WebP picture. Save it as one of these and upload that.")
