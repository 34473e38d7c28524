"""Files that people have, with what is right for each: the table that page, edge and worker are held against.

`idea` names the public report that the case follows; the files themselves are made here. A case is right for all three
readers alike, or says where one may differ.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from tests.corpus import files, icc
from tests.corpus.files import BLUE, CORNERS, HEIGHT, WHITE, WIDTH, Colour

UPRIGHT, LYING = (WIDTH, HEIGHT), (HEIGHT, WIDTH)
TURNED = (CORNERS[2], CORNERS[0], CORNERS[3], CORNERS[1])
"""The corners of the picture that is turned right, which orientation 6 asks for."""


@dataclass(frozen=True, slots=True)
class Case:
    """`corners` are the colours that are right, top left, top right, bottom left, bottom right; None: refused."""

    name: str
    idea: str
    make: Callable[[], bytes]
    corners: tuple[Colour, ...] | None = CORNERS
    size: tuple[int, int] = UPRIGHT
    within: int = 4
    """How far a sample may be off: JPEG's own loss, and the rounding of two colour conversions."""
    browser_agrees: bool = True
    """False where Chromium decides otherwise, and `idea` says why we do not follow."""


def case(name: str, idea: str, make: Callable[[], bytes], **right: object) -> Case:
    return Case(name, idea, make, **right)  # type: ignore[arg-type]


def encoded_in(primaries: tuple[icc.Point, ...], white: icc.Point = icc.D65, gamma: float | None = None) -> Image.Image:
    """The corners as a camera with these primaries stores them, so that their sRGB colours are CORNERS."""
    import numpy as np

    samples = np.array(CORNERS) / 255
    light = np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)
    matrix = np.linalg.inv(icc.to_xyz(primaries, white)) @ icc.to_xyz(icc.SRGB_PRIMARIES, icc.D65)
    there = (light @ matrix.T).clip(0, 1)
    if gamma is None:
        stored = np.where(there <= 0.0031308, there * 12.92, 1.055 * there ** (1 / 2.4) - 0.055)
    else:
        stored = there ** (1 / gamma)
    corners = tuple((int(r), int(g), int(b)) for r, g, b in (stored * 255).round())
    return files.picture(corners)


def p3_jpeg(padding: int = 0) -> bytes:
    profile = icc.profile(icc.P3_PRIMARIES, padding=padding)
    return files.with_segments(*files.profile_segments(profile), data=files.jpeg(encoded_in(icc.P3_PRIMARIES)))


def corners_of(*greys: int) -> tuple[Colour, ...]:
    return tuple((grey, grey, grey) for grey in greys)


HALF = (WHITE, (18, 52, 86), WHITE, (18, 52, 86))
WITH_NOTES = files.chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"{}" * 1_250_000))

CASES: tuple[Case, ...] = (
    # colours
    case("P3 JPEG of a phone", "Comfy-Org/ComfyUI#11241", p3_jpeg),
    case("P3 PNG", "OpenDisplay/Home_Assistant_Integration#73",
         lambda: files.png(files.iccp(icc.profile(icc.P3_PRIMARIES)), image=encoded_in(icc.P3_PRIMARIES))),
    case("P3 WebP", "Comfy-Org/ComfyUI#11241",
         lambda: files.webp(encoded_in(icc.P3_PRIMARIES), icc_profile=icc.profile(icc.P3_PRIMARIES))),
    case("Adobe RGB JPEG", "pwa-builder/PWABuilder#4515",
         lambda: files.with_segments(
             *files.profile_segments(icc.profile(icc.ADOBE_PRIMARIES, gamma=563 / 256)),
             data=files.jpeg(encoded_in(icc.ADOBE_PRIMARIES, gamma=563 / 256)))),
    case("ProPhoto PNG", "photopea/photopea#5918",
         lambda: files.png(
             files.iccp(icc.profile(icc.PROPHOTO_PRIMARIES, icc.PROPHOTO_WHITE, 1.8)),
             image=encoded_in(icc.PROPHOTO_PRIMARIES, icc.PROPHOTO_WHITE, 1.8))),
    case("profile with the primaries turned round", "lovell/sharp#2862",
         lambda: files.png(files.iccp(icc.profile(tuple(icc.SRGB_PRIMARIES[at] for at in (1, 2, 0)))),
                           image=files.picture(tuple((g, b, r) for r, g, b in CORNERS)))),
    case("grey PNG with a grey profile", "d2phap/ImageGlass#377",
         lambda: files.png(files.chunk(b"iCCP", b"g\0\0" + zlib.compress(icc.grey_profile(1.0))),
                           image=Image.new("L", UPRIGHT, 55)),
         corners=corners_of(128, 128, 128, 128)),
    case("PNG in linear light without a profile", "imageio/imageio#366",
         lambda: files.png(files.gama(1.0), image=Image.new("RGB", UPRIGHT, (55, 55, 55))),
         corners=corners_of(128, 128, 128, 128)),
    case("PNG with the usual gamma", "python-pillow/Pillow#1838", lambda: files.png(files.gama(0.45455)), within=8),
    case("PNG with P3 by cICP", "w3c/png#310",
         lambda: files.png(files.chunk(b"cICP", bytes((12, 13, 0, 1))), image=encoded_in(icc.P3_PRIMARIES))),
    case("profile that is no profile", "lovell/sharp#1649", lambda: files.png(files.iccp(b"not a profile" * 20))),
    case("profile cut in half", "lovell/sharp#1649",
         lambda: files.with_segments(*files.profile_segments(icc.profile(icc.P3_PRIMARIES)[:200]))),
    case("grey profile on a picture in colours", "haraldk/TwelveMonkeys#147",
         lambda: files.png(files.iccp(icc.grey_profile(1.0)))),
    case("CMYK JPEG", "lovell/sharp#1649",
         lambda: files.jpeg(files.picture().convert("CMYK"), quality=100), within=8),
    # notes in a file
    case("workflow of 2.5 MB as compressed text", "python-pillow/Pillow#8363", lambda: files.png(WITH_NOTES)),
    case("profile of 1.2 MB in a PNG", "python-pillow/Pillow#2445",
         lambda: files.png(files.iccp(icc.profile(padding=1_200_000)))),
    case("profile of 1.3 MB in a JPEG", "KatherLab/STAMP#76", lambda: p3_jpeg(1_300_000)),
    case("wrong checksum of a note", "python-pillow/Pillow#6843",
         lambda: files.png(files.chunk(b"pHYs", bytes(9), sound=False))),
    case("wrong checksum of a profile", "python-pillow/Pillow#1991",
         lambda: files.png(files.iccp(icc.profile(icc.ADOBE_PRIMARIES), sound=False))),
    case("wrong checksum of a text behind the pixels", "python-pillow/Pillow#5978",
         lambda: files.png(after=files.chunk(b"tEXt", b"a\0b", sound=False))),
    case("depth map of 3 MB before the size", "Exiv2/exiv2#2150",
         lambda: files.with_segments(*files.extended_xmp(3_000_000))),
    case("Content Credentials of 2.2 MB before the size", "ImageOptim/ImageOptim#436",
         lambda: files.with_segments(*(files.segment(0xEB, b"JP\0\1" + bytes(65_000)) for _ in range(34)))),
    case("bytes between segments", "drewnoakes/metadata-extractor#308",
         lambda: files.with_segments(files.segment(0xE4, b"short") + b"\x01\x02\x03")),
    case("marker without a length", "thisisgm/flea#90", lambda: files.with_segments(b"\xff\x01")),
    case("fill bytes before a marker", "thisisgm/flea#90",
         lambda: files.with_segments(b"\xff\xff\xff" + files.segment(0xFE, b"note"))),
    case("zeros behind the end", "python-pillow/Pillow#1138", lambda: files.jpeg() + bytes(5_000)),
    case("film behind the end", "Comfy-Org/ComfyUI#3416", lambda: files.jpeg() + b"\0\0\0\x18ftypmp42" + bytes(5_000)),
    case("two pictures in one JPEG", "wagtail/wagtail#729",
         lambda: files.saved(files.picture(), "MPO", save_all=True, quality=95, subsampling=0,
                             append_images=[Image.new("RGB", UPRIGHT, BLUE)])),
    # which way is up
    *(case(f"JPEG with orientation {turn}", "quentintaranpino/nostrcheck-server#29",
           lambda turn=turn: files.with_segments(files.exif_segment(turn)),
           corners=tuple(CORNERS[at] for at in order), size=UPRIGHT if turn < 5 else LYING)
      for turn, order in {2: (1, 0, 3, 2), 3: (3, 2, 1, 0), 4: (2, 3, 0, 1), 5: (0, 2, 1, 3), 6: (2, 0, 3, 1),
                          7: (3, 1, 2, 0), 8: (1, 3, 0, 2)}.items()),
    case("orientation in XMP alone", "python-pillow/Pillow#6462",
         lambda: files.with_segments(files.xmp_segment(6))),
    case("EXIF before the pixels of a PNG", "zulip/zulip#8177", lambda: files.png(files.exif_chunk(6)),
         corners=TURNED, size=LYING),
    case("EXIF behind the pixels of a PNG", "w3c/png#310", lambda: files.png(after=files.exif_chunk(6))),
    case("EXIF as a text", "python-pillow/Pillow#4529",
         lambda: files.png(files.chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 34\n"
                                       + (b"Exif\0\0" + files.exif(6)).hex().encode("ascii")))),
    case("EXIF in a WebP", "e621ng/e621ng#2454", lambda: files.webp(exif=b"Exif\0\0" + files.exif(6))),
    # transparency
    case("one colour transparent, 16 bits", "python-pillow/Pillow#421",
         lambda: files.sixteen_bits((0x1234, 0x3456, 0x5678), 1), corners=HALF),
    case("one colour transparent, 16 bits grey", "python-pillow/Pillow#9281",
         lambda: files.sixteen_bits_grey(0x6464, 1), corners=corners_of(255, 100, 255, 100)),
    *(case(f"one grey transparent, {depth} bits", "python-pillow/Pillow#421",
           lambda depth=depth: files.few_bits_grey(depth, 1, 0), corners=corners_of(255, 0, 255, 0))
      for depth in (1, 2, 4, 8)),
    case("transparent PNG", "python-pillow/Pillow#3379",
         lambda: files.saved(Image.new("RGBA", UPRIGHT, (0, 0, 255, 0))), corners=(WHITE,) * 4),
    case("half transparent WebP", "NVIDIA/DIGITS#85",
         lambda: files.webp(Image.new("RGBA", UPRIGHT, (255, 0, 0, 128))), corners=((255, 127, 127),) * 4),
    # animations
    case("still picture that is no part of the animation", "opencv/opencv#27074",
         lambda: files.hidden_still(files.picture())),
    case("first frame on a part of the picture", "opencv/opencv#27074",
         lambda: files.hidden_still(files.picture().crop((0, 0, WIDTH, HEIGHT // 2))),
         corners=(CORNERS[0], CORNERS[1], WHITE, WHITE)),
    case("animated WebP", "haraldk/TwelveMonkeys#772",
         lambda: files.webp(save_all=True, append_images=[Image.new("RGB", UPRIGHT, BLUE)], duration=100)),
    # refused by all three
    case("JPEG without its last 20 bytes", "SixLabors/ImageSharp#440", lambda: files.jpeg()[:-20], corners=None),
    case("PNG without its end", "ruffle-rs/ruffle#8820", lambda: files.png()[:-30], corners=None),
    case("PNG with a wrong checksum of its header", "python-pillow/Pillow#2038",
         lambda: files.png()[:29] + b"\0\0\0\0" + files.png()[33:], corners=None),
    case("two starts", "thisisgm/flea#90", lambda: b"\xff\xd8" + files.jpeg(), corners=None),
    case("600 scans", "NVIDIA/DALI#5316; a browser shows it, slowly", lambda: files.with_scans(600), corners=None,
         browser_agrees=False),
    case("63 pixels wide", "a size that no clip can be made of; a browser shows it",
         lambda: files.saved(Image.new("RGB", (63, 640), BLUE)), corners=None, browser_agrees=False),
)  # fmt: skip
