"""A clip that goes on after its end: by frames and samples, what is new, what stays, and what the new part follows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gpu.core.problems import RenderFailed
from gpu.core.render_job import Rendered
from gpu.media.encode import Sound, write_clip
from gpu.media.kept_parts import MIXED_FRAMES, MIXED_SECONDS, UNSURE_END_SECONDS, read_source
from tests.gpu.conftest import settings
from tests.gpu.render.test_retake import (
    CODED,
    CODER_STARTS,
    HEARD,
    OLD_FRAMES,
    RATE,
    RETAKE,
    changed,
    frames_of,
    heard_apart,
    samples_of,
    tone,
    written,
)

RenderClip = Callable[..., Rendered]
SEEN, ADDED = 25, 16
"""Frames of the old clip's end that models see, and those that are added."""


NOISE_CODED = 15.0
"""The same difference as CODED, of the noise that a random set makes. Two such noises are 40 apart."""


def after(frames: int) -> dict[str, Any]:
    """The settings in which a clip of so many frames goes on."""
    part = {"num_frames": SEEN + ADDED, "remade": "both", "remade_from": SEEN, "remade_until": SEEN + ADDED}
    return part | {"frames_before": frames - SEEN}


def in_blocks(picture: Image.Image) -> NDArray[np.float32]:
    """Means of blocks of eight pixels, in which coded noise is what it was."""
    return np.asarray(picture.resize((8, 8), Image.Resampling.BOX), np.float32)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "옛 영상.mp4", Sound(tone(OLD_FRAMES / 24), RATE))


def test_a_clip_that_goes_on_keeps_its_old_part(render: RenderClip, old: Path, tmp_path: Path) -> None:
    made = render(RETAKE, source=old, **after(OLD_FRAMES))
    before, longer = frames_of(old), frames_of(tmp_path / "clip.mp4")
    assert made.num_frames == len(longer) == OLD_FRAMES + ADDED
    assert changed(before, longer)[: OLD_FRAMES - MIXED_FRAMES].max() < CODED
    still = np.repeat(longer[OLD_FRAMES - 1 : OLD_FRAMES], ADDED, axis=0)
    assert changed(still, longer[OLD_FRAMES:]).min() > CODED

    heard, whole = samples_of(old), samples_of(tmp_path / "clip.mp4")
    assert heard is not None
    assert whole is not None
    end = OLD_FRAMES / 24
    assert whole.shape[1] >= round((OLD_FRAMES + ADDED) / 24 * RATE)
    assert heard_apart(heard, whole, CODER_STARTS, end - UNSURE_END_SECONDS - MIXED_SECONDS - 0.01) < HEARD
    assert np.abs(whole[:, round(end * RATE) : round((end + ADDED / 24 - 0.1) * RATE)]).max() > HEARD


def test_it_can_go_on_again(render: RenderClip, old: Path, tmp_path: Path) -> None:
    render(RETAKE, source=old, **after(OLD_FRAMES))
    once = Path(copyfile(tmp_path / "clip.mp4", tmp_path / "once.mp4"))
    made = render(RETAKE, source=once, **after(OLD_FRAMES + ADDED))
    before, longer = frames_of(once), frames_of(tmp_path / "clip.mp4")
    assert made.num_frames == len(longer) == OLD_FRAMES + 2 * ADDED
    assert changed(before, longer)[: OLD_FRAMES + ADDED - MIXED_FRAMES].max() < NOISE_CODED
    assert changed(frames_of(old), longer)[: OLD_FRAMES - MIXED_FRAMES].max() < 2 * CODED  # coded three times
    heard, whole = samples_of(old), samples_of(tmp_path / "clip.mp4")
    assert heard is not None
    assert whole is not None
    assert heard_apart(heard, whole, CODER_STARTS, OLD_FRAMES / 24 - 0.1) < 2 * HEARD


def test_the_new_part_follows_the_motion_and_not_the_last_frame_alone(render: RenderClip, tmp_path: Path) -> None:
    """Two clips that end alike, one brighter and one darker before that."""
    rising = np.linspace(-40, 0, OLD_FRAMES)
    made: list[NDArray[np.float32]] = []
    for name, course in (("rising", rising), ("falling", -rising)):
        y, x = np.mgrid[0:64, 0:64]
        ramps = np.stack([x + 60, y + 80, (x + y) // 2 + 70], axis=-1)
        pixels = np.clip(ramps[None] + course[:, None, None, None], 0, 255).astype(np.uint8)
        source = tmp_path / f"{name}.mp4"
        write_clip((each for each in [pixels]), None, source, num_frames=OLD_FRAMES, frame_rate=24)
        render(RETAKE, source=source, **after(OLD_FRAMES))
        made.append(frames_of(tmp_path / "clip.mp4"))
        assert changed(made[-1][OLD_FRAMES - 1 :], pixels[OLD_FRAMES - 1 :].astype(np.float32)).max() > 0
    assert changed(made[0], made[1])[OLD_FRAMES:].max() > CODED


def test_models_see_and_hear_the_end_alone(old: Path) -> None:
    source = read_source(old, settings(RETAKE, **after(OLD_FRAMES)))
    assert len(source.frames) == SEEN
    assert np.array_equal(source.frames, frames_of(old)[-SEEN:].astype(np.uint8))
    assert source.heard is not None
    assert source.heard.samples.shape[1] == round(SEEN / 24 * RATE)
    assert source.sound is not None
    assert source.sound.samples.shape[1] >= round(OLD_FRAMES / 24 * RATE)


def test_the_poster_is_the_old_beginning_and_the_kept_frame_the_new_end(
    render: RenderClip, old: Path, tmp_path: Path
) -> None:
    render(RETAKE, source=old, **after(OLD_FRAMES))
    longer = frames_of(tmp_path / "clip.mp4").astype(np.uint8)
    for name, at in (("poster.jpg", 0), ("last.png", -1)):
        with Image.open(tmp_path / name) as picture:
            seen = in_blocks(picture.convert("RGB"))
        apart = [float(np.abs(seen - in_blocks(Image.fromarray(frame))).mean()) for frame in longer]
        assert apart[at] < CODED, name
        assert apart[at] == min(apart), name


def test_a_clip_of_another_length_is_refused(render: RenderClip, old: Path) -> None:
    with pytest.raises(RenderFailed, match="41 frames"):
        render(RETAKE, source=old, **after(OLD_FRAMES + 8))
    assert [*old.parent.iterdir()] == [old]


def test_an_even_loudness_leaves_the_old_sound(render: RenderClip, old: Path, tmp_path: Path) -> None:
    heard = samples_of(old)
    render(RETAKE, source=old, loudness="even", **after(OLD_FRAMES))
    whole = samples_of(tmp_path / "clip.mp4")
    assert heard is not None
    assert whole is not None
    assert heard_apart(heard, whole, CODER_STARTS, OLD_FRAMES / 24 - 0.1) < HEARD
