"""PNG, JPEG and WebP files made part by part, as phones, cameras, editors and careless programs write them."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.corpus import icc

WIDTH, HEIGHT = 144, 256
RED, GREEN, BLUE, YELLOW, WHITE = (240, 60, 40), (60, 190, 80), (40, 70, 210), (245, 215, 60), (255, 255, 255)
CORNERS = (RED, GREEN, BLUE, YELLOW)
"""Top left, top right, bottom left, bottom right: one that is turned, mirrored or off in a channel is found out."""
Colour = tuple[int, int, int]
PNG_START = b"\x89PNG\r\n\x1a\n"
PROFILE = icc.profile(icc.P3_PRIMARIES)


def picture(corners: tuple[Colour, ...] = CORNERS, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    image = Image.new("RGB", (width, height))
    for index, colour in enumerate(corners):
        left, top = index % 2 * (width // 2), index // 2 * (height // 2)
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    return saved(picture() if image is None else image, "JPEG", **{"quality": 95, "subsampling": 0, **options})


def webp(image: Image.Image | None = None, **options: object) -> bytes:
    return saved(picture() if image is None else image, "WEBP", **{"lossless": True, **options})


# ---------------------------------------------------------------- PNG


def chunk(kind: bytes, data: bytes, *, sound: bool = True) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind)) ^ (0 if sound else 1)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png(*before: bytes, after: bytes = b"", image: Image.Image | None = None) -> bytes:
    """A PNG with chunks before its first pixels, and others behind them."""
    plain = saved(picture() if image is None else image)
    at, end = plain.index(b"IDAT") - 4, plain.rindex(b"IEND") - 4
    return plain[:at] + b"".join(before) + plain[at:end] + after + plain[end:]


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG of samples as they are: `rows` without filter bytes."""
    stride = len(rows) // height
    filtered = b"".join(b"\0" + rows[at : at + stride] for at in range(0, len(rows), stride))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(filtered)), chunk(b"IEND", b"")]
    return PNG_START + b"".join(parts)


def iccp(profile: bytes, *, sound: bool = True) -> bytes:
    return chunk(b"iCCP", b"test\0\0" + zlib.compress(profile), sound=sound)


def gama(gamma: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def exif_chunk(orientation: int) -> bytes:
    return chunk(b"eXIf", exif(orientation))


def exif(orientation: int) -> bytes:
    """The least TIFF that holds an orientation."""
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def sixteen_bits(key: tuple[int, int, int], beside: int) -> bytes:
    """RGB in 16 bits: the left half of the colour that tRNS makes transparent, the right half off by `beside`."""
    left = struct.pack(">3H", *key)
    right = struct.pack(">3H", key[0], key[1], key[2] + beside)
    row = left * (WIDTH // 2) + right * (WIDTH // 2)
    return raw_png(WIDTH, HEIGHT, 16, 2, row * HEIGHT, chunk(b"tRNS", left))


def sixteen_bits_grey(key: int, beside: int) -> bytes:
    row = struct.pack(">H", key) * (WIDTH // 2) + struct.pack(">H", key + beside) * (WIDTH // 2)
    return raw_png(WIDTH, HEIGHT, 16, 0, row * HEIGHT, chunk(b"tRNS", struct.pack(">H", key)))


def few_bits_grey(depth: int, key: int, beside: int) -> bytes:
    half = WIDTH // 2 * depth // 8
    one = sum(key << at for at in range(0, 8, depth))
    other = sum(beside << at for at in range(0, 8, depth))
    row = bytes([one]) * half + bytes([other]) * half
    return raw_png(WIDTH, HEIGHT, depth, 0, row * HEIGHT, chunk(b"tRNS", struct.pack(">H", key)))


def hidden_still(first: Image.Image, *, left: int = 0, top: int = 0) -> bytes:
    """An animated PNG whose still picture, all blue, is no part of the animation, which is the one frame `first`."""
    still = saved(Image.new("RGB", (WIDTH, HEIGHT), BLUE))
    frame = b"".join(data for kind, data in chunks_of(saved(first)) if kind == b"IDAT")
    control = struct.pack(">IIIIIHHBB", 0, first.width, first.height, left, top, 1, 10, 0, 0)
    animation = chunk(b"fcTL", control) + chunk(b"fdAT", struct.pack(">I", 1) + frame)
    at, end = still.index(b"IDAT") - 4, still.rindex(b"IEND") - 4
    return still[:at] + chunk(b"acTL", struct.pack(">II", 1, 0)) + still[at:end] + animation + still[end:]


def chunks_of(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_START)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


# ---------------------------------------------------------------- JPEG


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def with_segments(*segments: bytes, data: bytes | None = None) -> bytes:
    """A JPEG with segments right behind its start."""
    plain = jpeg() if data is None else data
    return plain[:2] + b"".join(segments) + plain[2:]


def exif_segment(orientation: int) -> bytes:
    return segment(0xE1, b"Exif\0\0" + exif(orientation))


def xmp_segment(orientation: int) -> bytes:
    words = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        f'tiff:Orientation="{orientation}"/></rdf:RDF></x:xmpmeta>'
    )
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + words.encode("ascii"))


def extended_xmp(length: int) -> list[bytes]:
    """A depth map, as portrait modes of phones write it."""
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0123456789ABCDEF" * 2
    return [
        segment(0xE1, head + struct.pack(">II", length, at) + b"A" * min(65_000, length - at))
        for at in range(0, length, 65_000)
    ]


def profile_segments(profile: bytes) -> list[bytes]:
    pieces = [profile[at : at + 65_000] for at in range(0, len(profile), 65_000)]
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(pieces))) + piece)
        for number, piece in enumerate(pieces, start=1)
    ]


def with_scans(extra: int) -> bytes:
    """A progressive JPEG whose last pass over the picture comes again and again."""
    plain = jpeg(progressive=True)
    at = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[at:-2] * extra + plain[-2:]
