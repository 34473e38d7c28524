"""A part of a clip made anew: by frames and samples, what changes and what stays."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gpu.core.contract import Resolved, Stage
from gpu.core.problems import RenderFailed
from gpu.core.render_job import Conditioning, Follower, Rendered
from gpu.media.encode import Sound, write_clip
from gpu.media.kept_parts import MIXED_FRAMES, MIXED_SECONDS, SourceClip, read_source
from gpu.render import retake_source
from gpu.render.model_files import ModelFiles
from gpu.render.pipeline_call import call_arguments
from gpu.render.pipelines import Renderer, stock_pipeline

RenderClip = Callable[..., Rendered]
RETAKE = "RetakePipeline"
RATE = 24_000
OLD_FRAMES = 41
PART = {"num_frames": OLD_FRAMES, "remade": "both", "remade_from": 17, "remade_until": 25}
CODED = 3.0
"""Mean difference of frames that H.264 alone has changed, 0 to 255: a calm picture, coded twice."""
HEARD = 0.02
"""The same of samples and AAC, -1 to 1."""
CODER_STARTS = 0.1
"""Seconds in which AAC has not yet all that it decodes a sample from."""


def tone(seconds: float) -> NDArray[np.float32]:
    at = np.arange(round(seconds * RATE)) / RATE
    wave = (0.3 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    return np.stack([wave, wave])


def written(path: Path, sound: Sound | None, frames: int = OLD_FRAMES, size: tuple[int, int] = (64, 64)) -> Path:
    """A calm clip of height times width whose brightness rises."""
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    ramps = np.stack([x * 100 // size[1], y * 100 // size[0], (x + y) * 50 // size[0]], axis=-1)
    calm = ramps[None] + np.arange(frames)[:, None, None, None] * 2
    pixels = np.clip(calm, 0, 255).astype(np.uint8)
    write_clip((chunk for chunk in [pixels]), sound, path, num_frames=frames, frame_rate=24)
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "옛 영상.mp4", Sound(tone(OLD_FRAMES / 24), RATE))


def frames_of(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as container:
        return np.stack([each.to_ndarray(format="rgb24") for each in container.decode(video=0)]).astype(np.float32)


def samples_of(path: Path) -> NDArray[np.float32] | None:
    """Shape (2, samples), from the clip's start."""
    container: Any
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        return np.concatenate([each.to_ndarray() for each in container.decode(audio=0)], axis=1)


def changed(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean difference of each frame that both have."""
    shared = min(len(first), len(second))
    return np.abs(first[:shared] - second[:shared]).mean(axis=(1, 2, 3))


def heard_apart(first: NDArray[np.float32], second: NDArray[np.float32], start: float, end: float) -> float:
    """The largest difference of samples between two times, in seconds."""
    span = slice(round(start * RATE), round(end * RATE))
    return float(np.abs(first[:, span] - second[:, span]).max())


def test_frames_are_those_of_the_stock_retake(
    renderer: Renderer, make_settings: Callable[..., Resolved], tiny_files: ModelFiles, tmp_path: Path
) -> None:
    """To a rounding: the stock transformer adds a timestep of each token in another order."""
    whole = {"num_frames": 17, "remade": "both", "remade_from": 1, "remade_until": 9, "width": 192, "height": 320}
    old = written(tmp_path / "tall.mp4", Sound(tone(17 / 24), RATE), 17, (320, 192))
    resolved = make_settings(RETAKE, **whole)
    made: list[NDArray[np.int64]] = []
    for pipeline in (stock_pipeline(RETAKE, tiny_files), renderer.pipeline(RETAKE)):
        with torch.inference_mode():
            chunks, _ = pipeline(**call_arguments(resolved, [], read_source(old, resolved)))
            made.append(np.concatenate([chunk.numpy() for chunk in chunks]).astype(np.int64))
    difference = np.abs(made[0] - made[1])
    assert difference.max() <= 1
    assert difference.mean() < 0.001


def test_a_retake_changes_its_part_and_nothing_else(render: RenderClip, old: Path, tmp_path: Path) -> None:
    made = render(RETAKE, source=old, **PART)
    difference = changed(frames_of(old), frames_of(tmp_path / "clip.mp4"))
    assert made.num_frames == len(difference) == OLD_FRAMES
    assert difference[: 17 - MIXED_FRAMES].max() < CODED
    assert difference[25 + MIXED_FRAMES :].max() < CODED
    assert difference[17:25].min() > 3 * CODED

    before, after = samples_of(old), samples_of(tmp_path / "clip.mp4")
    assert before is not None
    assert after is not None
    assert heard_apart(before, after, CODER_STARTS, 17 / 24 - MIXED_SECONDS) < HEARD
    assert heard_apart(before, after, 25 / 24 + MIXED_SECONDS, 1.6) < HEARD
    assert heard_apart(before, after, 17 / 24, 25 / 24) > 3 * HEARD


def test_a_kept_frame_keeps_the_mark_that_it_has(tiny_files: ModelFiles, render: RenderClip, tmp_path: Path) -> None:
    """Drawn a second time, its plate would be darker by half."""
    grey = np.full((OLD_FRAMES, 192, 320, 3), 120, np.uint8)
    marked = tmp_path / "marked.mp4"
    write_clip((each for each in [grey]), None, marked, num_frames=OLD_FRAMES, frame_rate=24, visible_mark=True)
    marking = Renderer(tiny_files, threads=1, visible_mark=True)
    plate = slice(None), slice(192 - 14, 192 - 4), slice(320 - 24, 320 - 4)

    render(RETAKE, source=marked, made_by=marking, **(PART | {"width": 320, "height": 192}))
    before, after = (frames_of(path)[plate].mean(axis=(1, 2, 3)) for path in (marked, tmp_path / "clip.mp4"))
    kept = [*range(17 - MIXED_FRAMES), *range(25 + MIXED_FRAMES, OLD_FRAMES)]
    assert np.abs(before - after)[kept].max() < CODED

    made = {}
    for name, renderer in (("with", marking), ("without", None)):
        render(RETAKE, source=marked, made_by=renderer, **(PART | {"width": 320, "height": 192}))
        made[name] = frames_of(tmp_path / "clip.mp4")[plate]
    assert changed(made["with"], made["without"])[17:25].min() > 5 * CODED  # what is new has one


def test_an_even_loudness_is_that_of_the_new_sound(render: RenderClip, old: Path, tmp_path: Path) -> None:
    """The old one has been brought to its own."""
    before = samples_of(old)
    assert before is not None
    made: dict[str, NDArray[np.float32]] = {}
    for loudness in ("as_made", "even"):
        render(RETAKE, source=old, loudness=loudness, **PART)
        after = samples_of(tmp_path / "clip.mp4")
        assert after is not None
        made[loudness] = after
        assert heard_apart(before, after, CODER_STARTS, 17 / 24 - MIXED_SECONDS) < HEARD
        assert heard_apart(before, after, 25 / 24 + MIXED_SECONDS, 1.6) < HEARD
    assert heard_apart(made["as_made"], made["even"], 17 / 24, 25 / 24) > HEARD


def test_a_retake_follows_its_seed_and_its_words(render: RenderClip, old: Path) -> None:
    first = render(RETAKE, source=old, **PART)
    assert render(RETAKE, source=old, **PART).frames_hash == first.frames_hash
    assert render(RETAKE, source=old, **PART, seed=8).frames_hash != first.frames_hash
    assert render(RETAKE, source=old, **PART, prompt_sent="다른 말").frames_hash != first.frames_hash


def test_the_picture_alone_leaves_every_sample_and_the_sound_alone_every_frame(
    render: RenderClip, old: Path, tmp_path: Path
) -> None:
    before, samples = frames_of(old), samples_of(old)
    assert samples is not None

    render(RETAKE, source=old, **(PART | {"remade": "picture"}))
    after = samples_of(tmp_path / "clip.mp4")
    assert after is not None
    assert heard_apart(samples, after, CODER_STARTS, 1.6) < HEARD
    assert changed(before, frames_of(tmp_path / "clip.mp4"))[17:25].min() > 3 * CODED

    render(RETAKE, source=old, **(PART | {"remade": "sound"}))
    after = samples_of(tmp_path / "clip.mp4")
    assert after is not None
    assert changed(before, frames_of(tmp_path / "clip.mp4")).max() < CODED
    assert heard_apart(samples, after, 17 / 24, 25 / 24) > 3 * HEARD


def test_a_silent_clip_has_sound_in_its_new_part_alone(render: RenderClip, tmp_path: Path) -> None:
    silent = written(tmp_path / "silent.mp4", None)
    render(RETAKE, source=silent, **PART)
    samples = samples_of(tmp_path / "clip.mp4")
    assert samples is not None
    assert np.abs(samples[:, : round(0.5 * RATE)]).max() < HEARD < np.abs(samples).max()
    for changes in ({"sound": "off"}, {"remade": "picture"}):
        render(RETAKE, source=silent, **(PART | changes))
        assert samples_of(tmp_path / "clip.mp4") is None


def test_a_source_is_encoded_in_parts_as_it_is_as_a_whole(renderer: Renderer, tmp_path: Path) -> None:
    """97 frames are several parts, of which each sees some frames back: 2.5 % off, and 6 % with 16 frames shared."""
    from ltx_core.types import VideoPixelShape

    path = written(tmp_path / "long.mp4", None, 97)
    source = SourceClip(frames_of(path).astype(np.uint8), None, 24, 97)
    encoder = renderer.pipeline(RETAKE).model_ledger.video_encoder()
    shape = VideoPixelShape(batch=1, frames=97, width=64, height=64, fps=24)
    with torch.inference_mode():
        parts = retake_source._encoded(encoder, source, shape, torch.float32, torch.device("cpu"))
        pixels = torch.from_numpy(source.frames).float().permute(3, 0, 1, 2)[None] / 127.5 - 1.0
        whole = encoder(pixels)
    assert parts.shape == whole.shape == (1, 128, 13, 2, 2)
    assert float((parts - whole).abs().mean()) < 0.03 * float(whole.abs().mean())


@pytest.mark.parametrize(
    "changes",
    [
        {"num_frames": 49},
        {"width": 96},
        {"remade_until": 16},
        {"remade_until": 49},
        {"remade": None},
        {"frames_before": 8},
        {"steps": 4},
        {"guidance": 3.0},
    ],
    ids=str,
)
def test_what_does_not_fit_its_source_is_refused(render: RenderClip, old: Path, changes: dict[str, Any]) -> None:
    with pytest.raises((RenderFailed, ValueError)):
        render(RETAKE, source=old, **(PART | changes))
    assert [each for each in old.parent.iterdir() if each != old] == []


def test_a_broken_source_and_pictures_are_refused(render: RenderClip, old: Path, gradient: Path) -> None:
    with pytest.raises(ValueError, match="no pictures"):
        render(RETAKE, source=old, pictures=[Conditioning(gradient, 0, 1.0)], **PART)
    with pytest.raises(ValueError, match="do not go together"):
        render(RETAKE, **PART)
    old.write_bytes(old.read_bytes()[:200])
    with pytest.raises(RenderFailed):
        render(RETAKE, source=old, **PART)


def test_progress_tells_every_stage(render: RenderClip, old: Path) -> None:
    told: list[tuple[Stage, int | None, int | None]] = []
    render(RETAKE, source=old, follower=Follower(lambda *seen: told.append(seen)), **PART)
    steps = [("stage_1", step, 8) for step in range(1, 9)]
    assert told == [("encode_image", None, None), *steps, ("decode", None, None), ("check", None, None)]
