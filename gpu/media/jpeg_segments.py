"""Splits a JPEG: its pixels as a smaller JPEG, its colour profile, its EXIF, and its number of scans.

Depth maps, Content Credentials, thumbnails and second pictures are dropped unread. Bytes between segments are skipped,
as in libjpeg and so in browsers. It decodes no pixel.
"""

import re
import struct
from dataclasses import dataclass

START = b"\xff\xd8"
_END = b"\xff\xd9"
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_KEPT = {0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xEE, *_FRAMES}
"""Tables, frames, Adobe's note on the colour transform."""
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_AFTER_PIXELS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The next marker except restarts: after the pixels come tables, another scan or the end."""
_PROFILE = b"ICC_PROFILE\0"
_EXIF = b"Exif\0\0"


class JpegBroken(Exception):  # noqa: N818 (describes the file)
    """The file is not a JPEG that can be shown completely."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """`plain` holds tables, frame, scans and Adobe's note: a JPEG that Pillow reads."""

    width: int
    height: int
    components: int
    scans: int
    plain: bytes
    profile: bytes | None
    exif: bytes | None


def read_jpeg(data: bytes) -> Jpeg:
    """Raises JpegBroken."""
    kept = [START]
    pieces: dict[int, bytes] = {}
    frame: tuple[int, int, int] | None = None
    exif, scans, at = None, 0, 2
    while True:
        found = _MARKER.search(data, at)
        if found is None:
            raise JpegBroken("the file ends before its last marker")
        marker, at = data[found.start() + 1], found.end()
        if marker in _WITHOUT_LENGTH:
            continue
        if marker == 0xD9:
            break
        if at + 2 > len(data) or marker == 0xD8:
            raise JpegBroken("a second start, or a marker without its length")
        (length,) = struct.unpack_from(">H", data, at)
        body, at = data[at + 2 : at + length], at + length
        if length < 2 or at > len(data):
            raise JpegBroken("a segment is longer than the file")
        if marker in _FRAMES:
            if len(body) < 6 or frame is not None:
                raise JpegBroken("a frame is cut off, or there are two")
            height, width = struct.unpack_from(">HH", body, 1)
            frame = (width, height, body[5])
        elif marker == 0xE1 and exif is None and body.startswith(_EXIF):
            exif = body[len(_EXIF) :]
        elif marker == 0xE2 and body.startswith(_PROFILE) and len(body) > len(_PROFILE) + 2:
            pieces.setdefault(body[len(_PROFILE)], body[len(_PROFILE) + 1 :])
        if marker in _KEPT:
            kept += [bytes((0xFF, marker)), struct.pack(">H", length), body]
        elif marker == 0xDA:
            following = _AFTER_PIXELS.search(data, at)
            if following is None:
                raise JpegBroken("the file ends inside the pixels")
            kept += [b"\xff\xda", struct.pack(">H", length), body, data[at : following.start()]]
            at, scans = following.start(), scans + 1
    if frame is None or not scans:
        raise JpegBroken("no frame or no pixels")
    width, height, components = frame
    return Jpeg(width, height, components, scans, b"".join([*kept, _END]), _joined(pieces), exif)


def _joined(pieces: dict[int, bytes]) -> bytes | None:
    """A profile from its numbered pieces, each with the total count; None where a piece is missing."""
    if not pieces:
        return None
    count = pieces[min(pieces)][0]
    if set(pieces) != set(range(1, count + 1)):
        return None
    return b"".join(pieces[number][1:] for number in range(1, count + 1))
