"""Measures uploaded pictures: sharpness and colours as the model sees them, damaged files, seconds until ready.

What it prints depends on the machine and on what else runs there. Nothing here is a test.
"""

import io
import random
import statistics
import tempfile
from pathlib import Path

import httpx
import numpy as np
import torch
from ltx_pipelines.utils import helpers
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from gpu.media.pictures import normalize, prepare
from gpu.media.quality import ssim
from gpu.render.ltx_patches import read_pictures_at_their_size
from infra.dev.stack import Stack
from infra.language import localized
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.corpus import files, icc
from tests.corpus.cases import encoded_in
from tests.corpus.drawn import KINDS, drawn
from tools.bench.stack import finish, seconds_of, show, submit

SIZES = ((704, 1280), (352, 640))
MUTATIONS = 300
HEAD_BYTES = 400
UPLOADS = 7


def main() -> None:
    sharpness()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Stack(Path(folder)) as stack,
        httpx.Client(base_url=stack.url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as person,
    ):
        colours(stack, person)
        damage(person)
        ready(person)


def sharpness() -> None:
    """The picture through LTX's own reader, without the compression that it adds on purpose."""
    read_pictures_at_their_size()
    for kind in KINDS:
        picture, found = drawn(kind), list[str]()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "seen.png"
            prepare(files.saved(picture, compress_level=1), path, *SIZES[0])
            for width, height in SIZES:
                read = helpers.load_image_conditioning(str(path), height, width, torch.float32, torch.device("cpu"), 0)
                seen = ((read[0, :, 0].permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255).round().astype(np.uint8)
                ideal = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
                found.append(f"{ssim(grey(Image.fromarray(seen)), grey(ideal)):.3f} at {width}x{height}")
        show(
            localized(ko=f"모델이 보는 것의 SSIM, {kind}", en=f"SSIM of what the model sees, {kind}"), ", ".join(found)
        )


def grey(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("L"), dtype=np.float64)


def colours(stack: Stack, person: httpx.Client) -> None:
    """Colour differences between the upload and a draft's poster, patch by patch."""
    made = {
        "sRGB": files.png(),
        "Display P3": files.png(
            files.iccp(icc.profile(icc.P3_PRIMARIES)), image=encoded_in(icc.P3_PRIMARIES)
        ),
        "Adobe RGB": files.png(
            files.iccp(icc.profile(icc.ADOBE_PRIMARIES, gamma=563 / 256)),
            image=encoded_in(icc.ADOBE_PRIMARIES, gamma=563 / 256),
        ),
        "ProPhoto": files.png(
            files.iccp(icc.profile(icc.PROPHOTO_PRIMARIES, icc.PROPHOTO_WHITE, 1.8)),
            image=encoded_in(icc.PROPHOTO_PRIMARIES, icc.PROPHOTO_WHITE, 1.8),
        ),
    }  # fmt: skip
    wanted = lab(np.array(files.CORNERS))
    for name, data in made.items():
        upload = person.put("/api/uploads", content=data).raise_for_status().json()["id"]
        clip = {"preset": "draft", "seconds": 2, "seed": 7, "prompt": "가만히", "image_strength": 1.0}
        job = finish(stack, person, submit(person, clip | {"upload_id": upload}))
        with Image.open(io.BytesIO(person.get(job["links"]["poster"]).raise_for_status().content)) as poster:
            found = lab(np.array(patches(poster.convert("RGB"))))
        away = delta_e_2000(wanted, found)
        show(
            localized(ko=f"올린 이미지부터 포스터까지 dE2000, {name}", en=f"dE2000 from upload to poster, {name}"),
            ", ".join(f"{value:.1f}" for value in away),
        )


def patches(image: Image.Image) -> list[tuple[float, ...]]:
    """Mean colours of the middle of each quarter."""
    pixels = np.asarray(image, dtype=np.float64)
    height, width = pixels.shape[:2]
    found: list[tuple[float, ...]] = []
    for top in (height // 4, height * 3 // 4):
        for left in (width // 4, width * 3 // 4):
            part = pixels[top - height // 16 : top + height // 16, left - width // 16 : left + width // 16]
            found.append(tuple(float(value) for value in part.mean((0, 1))))
    return found


def damage(person: httpx.Client) -> None:
    """Files with a few bytes of their head changed, removed or inserted: a worker must read every accepted file."""
    dice = random.Random(7)
    bases = [files.png(), files.jpeg(), files.webp(), files.with_segments(files.exif_segment(6))]
    verdicts: list[int] = []
    unreadable = 0
    for number in range(MUTATIONS):
        data = bytearray(bases[number % len(bases)])
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(2, min(HEAD_BYTES, len(data)))
            match dice.randrange(3):
                case 0:
                    data[at] = dice.randrange(256)
                case 1:
                    del data[at]
                case _:
                    data.insert(at, dice.randrange(256))
        verdicts.append(person.put("/api/uploads", content=bytes(data)).status_code)
        if verdicts[-1] == 201:
            try:
                normalize(bytes(data))
            except Exception:
                unreadable += 1
    faults = sum(status >= 500 for status in verdicts)
    accepted = verdicts.count(201)
    show(
        localized(ko=f"망가진 파일 {MUTATIONS}개", en=f"damaged files: {MUTATIONS}"),
        localized(
            ko=f"받음 {accepted}, 그중 읽을 수 없음 {unreadable}, 오류 {faults}",
            en=f"accepted {accepted}, of them unreadable {unreadable}, errors {faults}",
        ),
    )


def ready(person: httpx.Client) -> None:
    """A photo of 12 million pixels, about as grainy as a phone's."""
    noise = np.random.default_rng(3).integers(0, 256, (3024, 4032, 3), dtype=np.uint8)
    photo = files.jpeg(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(3)), quality=90)
    took = [seconds_of(lambda: person.put("/api/uploads", content=photo).raise_for_status()) for _ in range(UPLOADS)]
    size = f"{len(photo) / 1e6:.1f}"
    what = localized(
        ko=f"{size} MB 사진(12 MP)을 올려서 쓸 수 있을 때까지 (중앙값)",
        en=f"12 MP photo of {size} MB, from upload to ready (median)",
    )
    show(what, f"{statistics.median(took):.2f} s")


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB under D50 of sRGB samples, shape (n, 3)."""
    levels = rgb / 255
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    xyz = light @ icc.to_xyz(icc.SRGB_PRIMARIES, icc.D65).T / np.array([0.9642, 1.0, 0.8249])
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack((116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])), axis=1)


def delta_e_2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIEDE2000 (CIE 142-2001, Sharma 2005), row by row."""
    (l1, a1, b1), (l2, a2, b2) = one.T, other.T
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lm, cm, hm = (l1 + l2) / 2, (c1 + c2) / 2, h1 + turn / 2
    t = (
        1 - 0.17 * np.cos(np.radians(hm - 30)) + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6)) - 0.20 * np.cos(np.radians(4 * hm - 63))
    )  # fmt: skip
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rotation = (
        -2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hm % 360 - 275) / 25) ** 2))))
    )
    result: NDArray[np.float64] = np.sqrt(
        (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh)
    )
    return result
