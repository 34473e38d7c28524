"""Colour profiles of matrix and curve, made from primaries. Specification: ICC.1:2022. For tests alone."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D65: Point = (0.3127, 0.3290)
SRGB_PRIMARIES: tuple[Point, ...] = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3_PRIMARIES: tuple[Point, ...] = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_PRIMARIES: tuple[Point, ...] = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
PROPHOTO_PRIMARIES: tuple[Point, ...] = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
PROPHOTO_WHITE: Point = (0.3457, 0.3585)


def to_xyz(primaries: Sequence[Point], white: Point) -> NDArray[np.float64]:
    """From linear RGB to XYZ under D50, shape (3, 3)."""
    points = [np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in (white, *primaries)]
    columns = np.stack(points[1:], axis=1)
    scaled = columns * np.linalg.solve(columns, points[0])
    seen, wanted = _BRADFORD @ points[0], _BRADFORD @ _D50
    return np.linalg.inv(_BRADFORD) @ np.diag(wanted / seen) @ _BRADFORD @ scaled


def profile(
    primaries: Sequence[Point] = SRGB_PRIMARIES, white: Point = D65, gamma: float | None = None, *, padding: int = 0
) -> bytes:
    """An RGB profile; the curve is sRGB's without a `gamma`. `padding` adds bytes that say nothing."""
    matrix = to_xyz(primaries, white)
    tags = [(name, _xyz(matrix[:, index])) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    tags += [(name, _curve(gamma)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return _profile(b"RGB ", tags, padding)


def grey_profile(gamma: float) -> bytes:
    return _profile(b"GRAY", [(b"kTRC", _curve(gamma))], 0)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(float(value)) for value in values)


def _curve(gamma: float | None) -> bytes:
    if gamma is None:
        return b"para\0\0\0\0\0\x03\0\0" + b"".join(
            _fixed(value) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        )
    return b"para\0\0\0\0\0\0\0\0" + _fixed(gamma)


def _profile(space: bytes, tags: list[tuple[bytes, bytes]], padding: int) -> bytes:
    words = "made for a test".encode("utf-16-be")
    text = b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(words), 28) + words
    tags = [(b"desc", text), (b"cprt", text), (b"wtpt", _xyz(_D50)), *tags]
    tags += [(b"zzzz", b"data\0\0\0\0" + bytes(padding))] if padding else []
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = bytearray(128)
    struct.pack_into(">I", head, 0, at + len(body))
    head[8:12], head[12:16], head[16:20], head[20:24] = b"\x04\x30\0\0", b"mntr", space, b"XYZ "
    struct.pack_into(">6H", head, 24, 2026, 11, 26, 0, 0, 0)
    head[36:40] = b"acsp"
    head[68:80] = b"".join(_fixed(float(value)) for value in _D50)
    return bytes(head) + struct.pack(">I", len(tags)) + table + body
