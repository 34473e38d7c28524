"""Letters as strokes: a small atlas of Hangul syllables and Latin capitals, rasterised on any torch device.

Each jamo and each letter is a few straight strokes in a unit box: enough to train on and recognise writing in a clip.
It is no typeface, and has only the letters that the drawings need.
"""

import functools

import torch
from torch import Tensor

_SIDE = 64
_WEIGHT = 0.07

Stroke = tuple[float, float, float, float]
"""x0, y0, x1, y1 in 0..1, y downwards."""

_INITIALS: dict[str, tuple[Stroke, ...]] = {
    "ㄱ": ((0.1, 0.2, 0.8, 0.2), (0.8, 0.2, 0.7, 0.8)),
    "ㄴ": ((0.2, 0.2, 0.2, 0.8), (0.2, 0.8, 0.8, 0.8)),
    "ㄷ": ((0.2, 0.2, 0.8, 0.2), (0.2, 0.2, 0.2, 0.8), (0.2, 0.8, 0.8, 0.8)),
    "ㄹ": (
        (0.2, 0.2, 0.8, 0.2),
        (0.8, 0.2, 0.8, 0.5),
        (0.2, 0.5, 0.8, 0.5),
        (0.2, 0.5, 0.2, 0.8),
        (0.2, 0.8, 0.8, 0.8),
    ),
    "ㅁ": ((0.2, 0.2, 0.8, 0.2), (0.8, 0.2, 0.8, 0.8), (0.8, 0.8, 0.2, 0.8), (0.2, 0.8, 0.2, 0.2)),
    "ㅂ": ((0.2, 0.2, 0.2, 0.8), (0.8, 0.2, 0.8, 0.8), (0.2, 0.5, 0.8, 0.5), (0.2, 0.8, 0.8, 0.8)),
    "ㅅ": ((0.5, 0.2, 0.2, 0.8), (0.5, 0.4, 0.8, 0.8)),
    "ㅇ": ((0.5, 0.2, 0.8, 0.5), (0.8, 0.5, 0.5, 0.8), (0.5, 0.8, 0.2, 0.5), (0.2, 0.5, 0.5, 0.2)),
    "ㅈ": ((0.2, 0.2, 0.8, 0.2), (0.5, 0.2, 0.2, 0.8), (0.5, 0.4, 0.8, 0.8)),
}
_VOWELS: dict[str, tuple[Stroke, ...]] = {
    "ㅏ": ((0.3, 0.0, 0.3, 1.0), (0.3, 0.5, 0.8, 0.5)),
    "ㅓ": ((0.7, 0.0, 0.7, 1.0), (0.2, 0.5, 0.7, 0.5)),
    "ㅣ": ((0.5, 0.0, 0.5, 1.0),),
    "ㅐ": ((0.2, 0.0, 0.2, 1.0), (0.2, 0.5, 0.7, 0.5), (0.7, 0.0, 0.7, 1.0)),
}
_LATIN: dict[str, tuple[Stroke, ...]] = {
    "A": ((0.5, 0.1, 0.15, 0.9), (0.5, 0.1, 0.85, 0.9), (0.3, 0.6, 0.7, 0.6)),
    "E": ((0.2, 0.1, 0.2, 0.9), (0.2, 0.1, 0.8, 0.1), (0.2, 0.5, 0.7, 0.5), (0.2, 0.9, 0.8, 0.9)),
    "H": ((0.2, 0.1, 0.2, 0.9), (0.8, 0.1, 0.8, 0.9), (0.2, 0.5, 0.8, 0.5)),
    "K": ((0.2, 0.1, 0.2, 0.9), (0.2, 0.5, 0.8, 0.1), (0.2, 0.5, 0.8, 0.9)),
    "L": ((0.2, 0.1, 0.2, 0.9), (0.2, 0.9, 0.8, 0.9)),
    "M": ((0.15, 0.9, 0.15, 0.1), (0.15, 0.1, 0.5, 0.6), (0.5, 0.6, 0.85, 0.1), (0.85, 0.1, 0.85, 0.9)),
    "N": ((0.2, 0.9, 0.2, 0.1), (0.2, 0.1, 0.8, 0.9), (0.8, 0.9, 0.8, 0.1)),
    "T": ((0.1, 0.1, 0.9, 0.1), (0.5, 0.1, 0.5, 0.9)),
    "X": ((0.15, 0.1, 0.85, 0.9), (0.85, 0.1, 0.15, 0.9)),
    "Z": ((0.15, 0.1, 0.85, 0.1), (0.85, 0.1, 0.15, 0.9), (0.15, 0.9, 0.85, 0.9)),
}


def _placed(strokes: tuple[Stroke, ...], left: float, top: float, width: float, height: float) -> tuple[Stroke, ...]:
    return tuple(
        (left + x0 * width, top + y0 * height, left + x1 * width, top + y1 * height) for x0, y0, x1, y1 in strokes
    )


@functools.cache
def glyph_atlas(device: torch.device) -> Tensor:
    """Every glyph as coverage, float [glyphs, 1, 64, 64]: 36 open syllables, 9 closed ones, 10 Latin capitals."""
    glyphs: list[tuple[Stroke, ...]] = list(_LATIN.values())
    for initial in _INITIALS.values():
        for vowel in _VOWELS.values():
            glyphs.append(_placed(initial, 0.0, 0.1, 0.6, 0.8) + _placed(vowel, 0.55, 0.0, 0.45, 1.0))
        upper = _placed(initial, 0.0, 0.0, 0.6, 0.6) + _placed(_VOWELS["ㅏ"], 0.55, 0.0, 0.45, 0.6)
        glyphs.append(upper + _placed(_INITIALS["ㄴ"], 0.15, 0.6, 0.7, 0.4))
    return torch.stack([_raster(strokes, device) for strokes in glyphs]).unsqueeze(1)


def _raster(strokes: tuple[Stroke, ...], device: torch.device) -> Tensor:
    axis = (torch.arange(_SIDE, device=device) + 0.5) / _SIDE * 1.2 - 0.1
    x, y = axis.view(1, -1), axis.view(-1, 1)
    nearest = torch.full((_SIDE, _SIDE), 9.0, device=device)
    for x0, y0, x1, y1 in strokes:
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = (((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length).clamp(0, 1)
        nearest = torch.minimum(nearest, ((x - x0 - along * (x1 - x0)) ** 2 + (y - y0 - along * (y1 - y0)) ** 2).sqrt())
    return (0.5 - (nearest - _WEIGHT) * _SIDE / 1.2).clamp(0, 1)
