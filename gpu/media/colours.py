"""Converts a picture to sRGB by its file's colour information: an ICC profile, or a PNG's cICP, gAMA and cHRM.

A profile that cannot be read, or that is made for another kind of picture, is ignored: the samples then count as sRGB,
as in browsers. Order of a PNG's chunks: cICP, iCCP, sRGB, then gAMA and cHRM (W3C PNG, third edition).
It knows no file format.
"""

import io
import logging
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

log = logging.getLogger(__name__)

Matrix = NDArray[np.float64]
Curve = NDArray[np.float64]

_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_SRGB_XY = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES: dict[int, tuple[float, ...]] = {
    1: _SRGB_XY,
    5: (0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
"""ITU-T H.273 table 2: x and y of white, red, green and blue."""
_BT709 = (1, 6, 14, 15)
"""ITU-T H.273 table 3: transfers with the curve of BT.709."""
_PAPER_WHITE_NITS = 203.0
"""Reference white of HDR (ITU-R BT.2408): brighter light is shown as white."""
_BRADFORD: Matrix = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_ENCODED = 4096
_SRGB: Any = cast("Any", ImageCms).createProfile("sRGB")
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Colours:
    """A file's colour information; None for absent parts. `gamma` and `chromaticities` as in a PNG's gAMA and cHRM."""

    profile: bytes | None = None
    cicp: tuple[int, int, int, int] | None = None
    is_srgb: bool = False
    gamma: float | None = None
    chromaticities: tuple[float, ...] | None = None


def to_srgb(image: Image.Image, colours: Colours) -> Image.Image:
    """An RGB, L or CMYK picture as 8-bit sRGB."""
    curve = None if colours.cicp is None else _curve_of(colours.cicp[1])
    if colours.cicp is not None and curve is not None and colours.cicp[0] in _PRIMARIES and colours.cicp[2:] == (0, 1):
        return _by_matrix(image.convert("RGB"), curve, _PRIMARIES[colours.cicp[0]])
    if colours.profile is not None and (converted := _by_profile(image, colours.profile)) is not None:
        return converted
    plain = image.convert("RGB")
    if colours.is_srgb or (colours.gamma is None and colours.chromaticities is None):
        return plain
    levels = np.linspace(0.0, 1.0, 256)
    curve = _srgb_light(levels) if colours.gamma is None else levels ** (1.0 / colours.gamma)
    return _by_matrix(plain, curve, colours.chromaticities or _SRGB_XY)


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """None where the profile cannot be read or is made for another kind of picture."""
    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space: str = source.profile.xcolor_space
        if space == "RGB " and image.mode == "L":
            image = image.convert("RGB")
        if space != _SPACES.get(image.mode):
            return None
        return ImageCms.profileToProfile(image, source, _SRGB, ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        log.info("a colour profile is ignored: %s", error)
        return None


def _curve_of(transfer: int) -> Curve | None:
    """Light, 1.0 for white, of each of the 256 sample values; None for a transfer that is not known here."""
    levels = np.linspace(0.0, 1.0, 256)
    if transfer in _BT709:
        return np.where(levels < 0.081, levels / 4.5, ((levels + 0.099) / 1.099) ** (1 / 0.45))
    match transfer:
        case 13:
            return _srgb_light(levels)
        case 4:
            return levels**2.2
        case 5:
            return levels**2.8
        case 8:
            return levels
        case 16:  # PQ, SMPTE ST 2084
            root = levels ** (1 / 78.84375)
            light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
            return light * 10_000 / _PAPER_WHITE_NITS
        case 18:  # HLG, ITU-R BT.2100: 75 % of the signal is reference white
            scene = np.where(
                levels <= 0.5, levels**2 / 3, (np.exp((levels - 0.55991073) / 0.17883277) + 0.28466892) / 12
            )
            return scene / 0.26496256
        case _:
            return None


def _srgb_light(levels: Curve) -> Curve:
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _srgb_samples(light: Curve) -> Curve:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _by_matrix(image: Image.Image, curve: Curve, xy: tuple[float, ...]) -> Image.Image:
    """Converts an RGB picture with one curve for all channels and these primaries to sRGB. Degenerate primaries are
    ignored."""
    light = curve.astype(np.float32)
    encoded = (_srgb_samples(np.linspace(0.0, 1.0, _ENCODED)) * 255).round().astype(np.uint8)
    try:
        matrix = (np.linalg.inv(_to_xyz(_SRGB_XY)) @ _to_xyz(xy)).astype(np.float32)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        matrix = np.eye(3, dtype=np.float32)
    pixels = np.asarray(image)
    made = np.empty_like(pixels)
    for top in range(0, len(pixels), _ROWS_AT_ONCE):
        rows = light[pixels[top : top + _ROWS_AT_ONCE]] @ matrix.T
        made[top : top + _ROWS_AT_ONCE] = encoded[(rows.clip(0, 1) * (_ENCODED - 1)).round().astype(np.uint16)]
    return Image.fromarray(made)


def _to_xyz(xy: tuple[float, ...]) -> Matrix:
    """From linear RGB with these primaries to XYZ under D50. Raises LinAlgError or ZeroDivisionError."""
    points = [np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in zip(xy[::2], xy[1::2], strict=True)]
    white, primaries = points[0], np.stack(points[1:], axis=1)
    scaled: Matrix = primaries * np.linalg.solve(primaries, white)
    seen, wanted = _BRADFORD @ white, _BRADFORD @ np.array([0.9642, 1.0, 0.8249])
    adapted: Matrix = np.linalg.inv(_BRADFORD) @ np.diag(wanted / seen) @ _BRADFORD @ scaled
    return adapted
