"""Splits a PNG: its pixels as a smaller PNG, and its information on colours and orientation.

Texts, histories and thumbnails are dropped unread, so neither their size nor a wrong checksum in them matters. As in
libpng, which browsers use, a wrong checksum drops an ancillary chunk and makes a critical one an error. Of an animation
the first frame is used, as on a page. Specification: W3C PNG, third edition.
It decodes no pixel.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_PROFILE_BYTES = 8_000_000
"""Maximum size of an unpacked profile: the limit of Chromium's libpng."""

_GREY, _RGB = 0, 2


class PngBroken(Exception):  # noqa: N818 (describes the file)
    """The file is not a PNG that can be shown."""


@dataclass(frozen=True, slots=True)
class Region:
    """The place of an animation's first frame in the picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Png:
    """`plain` holds header, palette, transparency of a palette, and pixels: a PNG that Pillow reads."""

    width: int
    height: int
    depth: int
    plain: bytes
    region: Region | None
    """None where the pixels fill the picture."""
    transparent: tuple[int, ...] | None
    """The one colour that is transparent in a grey (1 value) or RGB (3 values) picture, in samples of `depth` bits."""
    profile: bytes | None
    cicp: tuple[int, int, int, int] | None
    """Colour primaries, transfer, matrix, full range (ITU-T H.273)."""
    is_srgb: bool
    gamma: float | None
    """The exponent from light to samples, about 0.45 where a file has one."""
    chromaticities: tuple[float, ...] | None
    """x and y of white, red, green and blue."""
    exif: bytes | None
    """Only an eXIf chunk before the pixels: browsers ignore later ones."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    data: bytes
    is_sound: bool


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Every whole chunk up to IEND. Raises PngBroken where the file ends before it."""
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise PngBroken("the file ends before its last chunk")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise PngBroken("a chunk is longer than the file")
        body = data[at + 8 : end - 4]
        yield _Chunk(kind, body, zlib.crc32(body, zlib.crc32(kind)) == struct.unpack_from(">I", data, end - 4)[0])
        if kind == b"IEND":
            return
        at = end


def read_png(data: bytes) -> Png:
    """Raises PngBroken."""
    header = palette = palette_alpha = None
    notes: dict[bytes, bytes] = {}
    pixels: list[bytes] = []
    animation: list[_Chunk] = []
    frame_before_pixels = False
    for chunk in _chunks(data):
        is_needed = not chunk.kind[0] & 0x20
        if is_needed and not chunk.is_sound:
            raise PngBroken(f"{chunk.kind!r} has a wrong checksum")
        match chunk.kind:
            case b"IHDR":
                header = chunk.data
            case b"PLTE":
                palette = chunk.data
            case b"IDAT":
                pixels.append(chunk.data)
            case b"fcTL" | b"fdAT" if chunk.is_sound:
                animation.append(chunk)
                frame_before_pixels |= chunk.kind == b"fcTL" and not pixels
            case b"tRNS" | b"iCCP" | b"cICP" | b"sRGB" | b"gAMA" | b"cHRM" | b"eXIf" | b"acTL" if chunk.is_sound:
                if not pixels:
                    notes.setdefault(chunk.kind, chunk.data)
            case _:
                pass
    if header is None or len(header) != 13 or not pixels:
        raise PngBroken("no header or no pixels")
    width, height, depth, colour = struct.unpack_from(">IIBB", header)
    region = None
    if b"acTL" in notes and not frame_before_pixels:
        region, pixels = _first_frame(animation, width, height, pixels)
    size = header[:8] if region is None else struct.pack(">II", region.width, region.height)
    transparency = notes.get(b"tRNS")
    transparent = None
    if transparency is not None and colour in (_GREY, _RGB):
        count = 1 if colour == _GREY else 3
        transparent = struct.unpack_from(f">{count}H", transparency) if len(transparency) >= 2 * count else None
    else:
        palette_alpha = transparency if colour == 3 else None
    plain = [SIGNATURE, _packed(b"IHDR", size + header[8:])]
    plain += [_packed(b"PLTE", palette)] if palette is not None and colour == 3 else []
    plain += [_packed(b"tRNS", palette_alpha)] if palette_alpha is not None else []
    plain += [*(_packed(b"IDAT", part) for part in pixels), _packed(b"IEND", b"")]
    return Png(
        width=width,
        height=height,
        depth=depth,
        plain=b"".join(plain),
        region=region,
        transparent=transparent,
        profile=_profile(notes.get(b"iCCP")),
        cicp=struct.unpack("4B", notes[b"cICP"]) if len(notes.get(b"cICP", b"")) == 4 else None,
        is_srgb=b"sRGB" in notes,
        gamma=_gamma(notes.get(b"gAMA")),
        chromaticities=_chromaticities(notes.get(b"cHRM")),
        exif=notes.get(b"eXIf"),
    )


def _packed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _first_frame(
    animation: list[_Chunk], width: int, height: int, still: list[bytes]
) -> tuple[Region | None, list[bytes]]:
    """The first frame of an animation that the still picture is no part of; the still picture where that has faults."""
    if not animation or animation[0].kind != b"fcTL" or len(animation[0].data) != 26:
        return None, still
    frame = Region(*(struct.unpack_from(">IIII", animation[0].data, 4)[index] for index in (2, 3, 0, 1)))
    parts: list[bytes] = []
    for chunk in animation[1:]:
        if chunk.kind == b"fcTL":
            break
        parts.append(chunk.data[4:])
    fits = frame.width > 0 and frame.height > 0 and frame.left + frame.width <= width
    return (frame, parts) if parts and fits and frame.top + frame.height <= height else (None, still)


def _profile(data: bytes | None) -> bytes | None:
    """The unpacked profile; None where it is too large or cannot be unpacked."""
    _, zero, packed = (data or b"").partition(b"\0")
    if not zero or not packed.startswith(b"\0"):
        return None
    unpack = zlib.decompressobj()
    try:
        profile = unpack.decompress(packed[1:], MOST_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if unpack.eof else None


def _gamma(data: bytes | None) -> float | None:
    value = struct.unpack(">I", data)[0] if data is not None and len(data) == 4 else 0
    return value / 100_000 or None


def _chromaticities(data: bytes | None) -> tuple[float, ...] | None:
    if data is None or len(data) != 32:
        return None
    return tuple(value / 100_000 for value in struct.unpack(">8I", data))
