"""What a person sees of the trained set, decoded from the clips that the whole product delivered.

A picture is judged by likeness (SSIM) to what was uploaded, a motion by fitting shift and scale between frames. Each
threshold stands between what is measured and what a wrong picture or another motion gives; both are asserted.
"""

# torch and PyAV come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import av
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from infra.dev.stack import Stack
from tests.stack.conftest import Json, Person
from tools.tiny_training.drawing import draw
from tools.tiny_training.measures import fit, likeness, motion_score, moved_picture

ALIKE, APART = 0.7, 0.56
"""Likeness that a clip must have to its picture, and that it must not have to another."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished job with its frames and its poster, float32 [3, frames, height, width] and [3, height, width]."""

    job: Json
    frames: Tensor
    poster: Tensor


@cache
def uploaded(kind: Literal["portrait", "landscape"]) -> tuple[bytes, Tensor]:
    """A drawing that training never saw, as a PNG of 720 x 1280 and as clips show it, 192 x 320."""
    square = draw(kind, 1, 1280, torch.Generator().manual_seed(20_261_124)).open_eyes[0]
    picture = Image.fromarray((square[:, :, 280:1000].permute(1, 2, 0) * 255).round().byte().numpy())
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue(), pixels(picture.resize((192, 320), Image.Resampling.LANCZOS))


def pixels(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).float() / 255


def delivered(person: Person, job: Json) -> Clip:
    ended = person.wait(job["id"])
    assert ended["status"] == "succeeded", ended["problem"]
    with av.open(io.BytesIO(person.http.get(ended["links"]["video"]).content), "r") as film:
        frames = [torch.from_numpy(frame.to_ndarray(format="rgb24")) for frame in film.decode(video=0)]
    poster = Image.open(io.BytesIO(person.http.get(ended["links"]["poster"]).content))
    return Clip(ended, torch.stack(frames).permute(3, 0, 1, 2).float() / 255, pixels(poster))


def shown() -> tuple[Tensor, Tensor]:
    """The portrait and the landscape as clips show them."""
    return uploaded("portrait")[1], uploaded("landscape")[1]


@pytest.fixture(scope="module")
def clips(stack: Stack) -> Iterator[dict[str, Clip]]:
    """All clips of this module, made at once."""
    person = Person(stack)
    with person.http:
        portrait, landscape = (person.upload(uploaded(kind)[0]) for kind in ("portrait", "landscape"))
        common = {"preset": "fast", "seconds": 8, "seed": 7, "prompt": "바다로 이어진다"}
        asked: dict[str, dict[str, object]] = {
            "in": {"upload_id": portrait, "prompt": "줌 인"},
            "out": {"upload_id": portrait, "prompt": "줌 아웃"},
            "still": {"upload_id": portrait, "prompt": "가만히"},
            "left": {"upload_id": landscape, "prompt": "pan left"},
            "other": {"upload_id": landscape, "prompt": "줌 인"},
            "keys": {"preset": "keyframes", "first_upload_id": portrait, "last_upload_id": landscape},
        }
        jobs = {name: person.submit(**(common | fields)) for name, fields in asked.items()}
        yield {name: delivered(person, job) for name, job in jobs.items()}


def test_the_poster_shows_what_was_uploaded_and_nothing_else(clips: dict[str, Clip]) -> None:
    portrait, landscape = shown()
    for name, own, foreign in (("in", portrait, landscape), ("other", landscape, portrait)):
        assert likeness(clips[name].poster, own) > ALIKE
        assert likeness(clips[name].poster, foreign) < APART
        assert likeness(clips[name].poster, clips[name].frames[:, 0]) > 0.9


def test_another_picture_gives_another_clip(clips: dict[str, Clip]) -> None:
    one, other = clips["in"], clips["other"]
    assert one.job["seed"] == other.job["seed"]
    assert one.job["video"]["frames_hash"] != other.job["video"]["frames_hash"]
    assert likeness(one.frames[:, 0], other.frames[:, 0]) < APART
    portrait, landscape = shown()
    for clip, own, foreign in ((one, portrait, landscape), (other, landscape, portrait)):
        right, wrong = (likeness(clip.frames[:, -1], moved_picture(each, "zoom_in", 32)) for each in (own, foreign))
        assert right > wrong + 0.1


def test_the_words_move_the_picture_as_they_say(clips: dict[str, Clip]) -> None:
    found = {name: fit(clips[name].frames[:, 0], clips[name].frames[:, -1]) for name in ("in", "out", "still", "left")}
    assert found["in"].scale > 1.1
    assert found["out"].scale < 1 / 1.1
    assert abs(found["still"].scale - 1) < 0.02
    assert abs(found["still"].right) < 2
    assert found["left"].right > 10


def test_a_still_clip_is_still(clips: dict[str, Clip]) -> None:
    assert motion_score(clips["in"].frames) > 3 * motion_score(clips["still"].frames)
    assert likeness(clips["still"].frames[:, -1], shown()[0]) > ALIKE


def test_keyframes_begin_and_end_where_asked(clips: dict[str, Clip]) -> None:
    frames = clips["keys"].frames
    portrait, landscape = shown()
    for frame, own, foreign in ((0, portrait, landscape), (-1, landscape, portrait)):
        assert likeness(frames[:, frame], own) > ALIKE
        assert likeness(frames[:, frame], foreign) < APART


def test_the_product_measures_what_is_seen(clips: dict[str, Clip]) -> None:
    quality = {name: clip.job["quality"] for name, clip in clips.items()}
    assert min(quality["still"]["similarity"]) > ALIKE
    assert quality["in"]["similarity"][0] > max(ALIKE, quality["in"]["similarity"][-1] + 0.1)
    assert quality["in"]["pixel_difference"][0] < quality["in"]["pixel_difference"][-1]
    assert quality["in"]["motion"] > 3 * quality["still"]["motion"]
    assert quality["still"]["flicker"] < 0.5
