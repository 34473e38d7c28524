"""The pipelines on tiny weights: each setting reaches the model, progress is exact, cancelling leaves no trace."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image

from gpu.core.contract import Resolved, Stage
from gpu.core.problems import JobCanceled, OutOfGpuMemory, RenderFailed
from gpu.core.render_job import Conditioning, Follower, Rendered
from gpu.media.pictures import digest_of
from gpu.render.pipelines import PIPELINES, Renderer
from gpu.tiny.build import build

RenderClip = Callable[..., Rendered]
Report = tuple[Stage, int | None, int | None]

TWO_STAGES, DISTILLED, ONE_STAGE, KEYFRAMES, RESTYLE, FINEST, LIP_SYNC, RETAKE = PIPELINES
WITH_PICTURES = [name for name in PIPELINES if name != RETAKE]


class Reports(list[Report]):
    """A progress callback that keeps what it is told."""

    def __call__(self, stage: Stage, step: int | None, steps: int | None) -> None:
        self.append((stage, step, steps))


def source_for(name: str, source_clip: Path) -> Path | None:
    return source_clip if name in (RESTYLE, RETAKE) else None


# ---------------------------------------------------------------- clips


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_a_pipeline_makes_a_clip_as_promised(render: RenderClip, source_clip: Path, tmp_path: Path, name: str) -> None:
    made = render(name, source=source_for(name, source_clip))

    container: Any
    with av.open(tmp_path / "clip.mp4") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.average_rate) == (made.width, made.height, 24) == (64, 64, 24)
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video)]
    assert len(frames) == made.num_frames == 9
    assert max(float(frame.std()) for frame in frames) > 5  # not a flat picture
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.size == (64, 64)
    assert made.video_bytes == (tmp_path / "clip.mp4").stat().st_size
    assert made.poster_bytes == (tmp_path / "poster.jpg").stat().st_size
    with Image.open(tmp_path / "last.png") as last:
        shown = np.asarray(last)
        assert made.last_frame is not None
        assert made.last_frame.digest == digest_of(last.convert("RGB"))
    assert np.argmin([np.abs(frame.astype(int) - shown).mean() for frame in frames]) == len(frames) - 1
    assert made.last_frame.bytes == (tmp_path / "last.png").stat().st_size
    assert len(made.quality.pixel_difference) == len(made.quality.similarity) == 5
    assert all(0 < difference < 255 for difference in made.quality.pixel_difference)
    assert all(-1 < similarity < 1 for similarity in made.quality.similarity)
    assert made.quality.motion
    assert made.quality.flicker


@pytest.mark.parametrize("name", PIPELINES)
def test_the_second_flavour_runs_too(
    tmp_path_factory: pytest.TempPathFactory, render: RenderClip, source_clip: Path, name: str
) -> None:
    files = build(tmp_path_factory.getbasetemp() / "22b", "22b")
    renderer = Renderer(files, threads=1)

    part = {"remade": "both", "remade_from": 1, "remade_until": 9} if name == RETAKE else {}
    made = render(name, source=source_for(name, source_clip), made_by=renderer, **part)

    assert made.num_frames == 9
    assert made.frames_hash != render(name, source=source_for(name, source_clip), **part).frames_hash


def test_wide_and_long_clips_are_whole(render: RenderClip, tmp_path: Path) -> None:
    """97 frames are decoded in two overlapping groups."""
    made = render(DISTILLED, width=192, height=64, num_frames=97)

    container: Any
    with av.open(tmp_path / "clip.mp4") as container:
        assert container.streams.video[0].frames == made.num_frames == 97
        audio = container.streams.audio[0]
        assert abs(float(audio.duration * audio.time_base) - 97 / 24) < 1 / 24


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt_sent": "바람에 머리카락이 흔들려요!"},
        {"negative_prompt": "blurry, dark"},
        {"seed": 8},
        {"steps": 3},
        {"guidance": 2.9},
        {"guidance": 1.0},
        {"frame_rate": 12},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", [TWO_STAGES, ONE_STAGE, KEYFRAMES, FINEST])
def test_each_setting_changes_the_frames_of_a_guided_pipeline(
    render: RenderClip, name: str, changes: dict[str, Any]
) -> None:
    assert render(name).frames_hash != render(name, **changes).frames_hash


@pytest.mark.parametrize("changes", [{"prompt_sent": "다른 말"}, {"seed": 8}, {"frame_rate": 12}], ids=str)
@pytest.mark.parametrize("name", [DISTILLED, RESTYLE])
def test_each_setting_changes_the_frames_of_a_distilled_pipeline(
    render: RenderClip, source_clip: Path, name: str, changes: dict[str, Any]
) -> None:
    source = source_for(name, source_clip)
    assert render(name, source=source).frames_hash != render(name, source=source, **changes).frames_hash


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_pictures_and_their_strength_and_place_change_the_frames(
    render: RenderClip, gradient: Path, source_clip: Path, tmp_path: Path, name: str
) -> None:
    other = tmp_path / "다른 그림.png"
    Image.new("RGB", (64, 64), (10, 200, 30)).save(other)
    choices = [
        [],
        [Conditioning(gradient, 0, 0.85)],
        [Conditioning(gradient, 0, 0.5)],
        [Conditioning(other, 0, 0.85)],
        [Conditioning(gradient, 8, 0.85)],
        [Conditioning(gradient, 0, 0.85), Conditioning(other, 8, 0.85)],
    ]

    made = [render(name, pictures=each, source=source_for(name, source_clip)) for each in choices]

    assert len({each.frames_hash for each in made}) == len(choices)
    assert made[0].quality.pixel_difference == made[0].quality.similarity == ()


def test_another_source_gives_another_restyled_clip(
    render: RenderClip, source_clip: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    render(DISTILLED)
    second = tmp_path_factory.mktemp("둘째") / "source.mp4"
    second.write_bytes((tmp_path / "clip.mp4").read_bytes())

    assert render(RESTYLE, source=second).frames_hash != render(RESTYLE, source=source_clip).frames_hash


def test_guidance_of_one_makes_the_negative_prompt_inert(render: RenderClip) -> None:
    assert (
        render(guidance=1.0, negative_prompt="blurry").frames_hash
        == render(guidance=1.0, negative_prompt="dark").frames_hash
    )


def test_tokens_past_the_limit_are_counted(render: RenderClip) -> None:
    # One token a byte and one in front: 400 Hangul letters are 1,201 of 1,024.
    assert render(prompt_sent="가" * 400).prompt_tokens_dropped == 177
    assert render(prompt_sent="가" * 341).prompt_tokens_dropped == 0
    assert render(negative_prompt="가" * 400).prompt_tokens_dropped == 177
    assert render(prompt_sent="가" * 400).frames_hash == render(prompt_sent="가" * 401).frames_hash


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (TWO_STAGES, {"num_frames": 10}),
        (DISTILLED, {"steps": 9}),
        (DISTILLED, {"guidance": 3.0}),
        (DISTILLED, {"negative_prompt": "blurry"}),
        (RESTYLE, {}),
        ("NoSuchPipeline", {}),
        (TWO_STAGES, {"width": 96}),
    ],
)
def test_settings_that_would_be_ignored_are_refused(
    render: RenderClip, tmp_path: Path, name: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        render(name, **changes)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pair", [(9, 0.5), (-1, 0.5), (0, 1.1), (0, -0.1)])
def test_a_picture_outside_the_clip_is_refused(render: RenderClip, gradient: Path, pair: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="outside"):
        render(pictures=[Conditioning(gradient, *pair)])


def test_a_broken_source_is_refused_before_the_model_runs(render: RenderClip, tmp_path: Path) -> None:
    (tmp_path / "source.mp4").write_bytes(b"nothing")
    reports = Reports()

    with pytest.raises(RenderFailed):
        render(RESTYLE, source=tmp_path / "source.mp4", follower=Follower(reports))

    assert reports == []


# ---------------------------------------------------------------- progress


@pytest.mark.parametrize(
    ("name", "steps", "changes"),
    [
        (TWO_STAGES, 2, {}),
        (TWO_STAGES, 5, {"steps": 5, "guidance": 1.0}),
        (KEYFRAMES, 4, {"steps": 4}),
        (DISTILLED, 8, {}),
        (RESTYLE, 8, {}),
    ],
)
def test_progress_tells_every_stage_once_and_every_step(
    render: RenderClip, source_clip: Path, name: str, steps: int, changes: dict[str, Any]
) -> None:
    reports = Reports()
    made = render(name, source=source_for(name, source_clip), follower=Follower(reports), **changes)

    assert reports == [
        ("encode_prompt", None, None),
        ("encode_image", None, None),
        *(("stage_1", step, steps) for step in range(1, steps + 1)),
        ("upsample", None, None),
        *(("stage_2", step, 3) for step in range(1, 4)),
        ("decode", None, None),
        ("check", None, None),
    ]
    assert list(made.stage_seconds) == list(dict.fromkeys(report[0] for report in reports))
    assert all(seconds >= 0 for seconds in made.stage_seconds.values())


def test_progress_of_one_stage_without_a_picture(render: RenderClip) -> None:
    reports = Reports()
    render(ONE_STAGE, pictures=[], steps=3, follower=Follower(reports))

    assert reports == [
        ("encode_prompt", None, None),
        *(("stage_1", step, 3) for step in range(1, 4)),
        ("decode", None, None),
        ("check", None, None),
    ]


# ---------------------------------------------------------------- stopping


@pytest.mark.parametrize("stage", ["encode_prompt", "encode_image", "stage_1", "upsample", "stage_2", "decode"])
def test_cancelling_in_a_stage_ends_there_and_the_next_clip_is_right(
    render: RenderClip, renderer: Renderer, tmp_path: Path, stage: Stage
) -> None:
    expected = render(prompt_sent="취소하기 전").frames_hash
    for path in tmp_path.iterdir():
        path.unlink()
    renderer.models.prompts.clear()
    reports = Reports()

    with pytest.raises(JobCanceled):
        render(
            prompt_sent="취소하기 전",
            follower=Follower(reports, lambda: bool(reports) and reports[-1][0] == stage),
        )

    assert reports[-1][0] == stage
    assert list(tmp_path.iterdir()) == []
    assert render(prompt_sent="취소하기 전").frames_hash == expected


def test_guidance_may_stop_before_the_last_step(render: RenderClip) -> None:
    reports: list[tuple[Stage, int | None, int | None]] = []
    half = render(steps=4, guided_steps=2, follower=Follower(lambda *seen: reports.append(seen)))
    assert [step for stage, step, _ in reports if stage == "stage_1"] == [1, 2, 3, 4]  # each told once, of four
    assert {steps for stage, _, steps in reports if stage == "stage_1"} == {4}
    whole, other = render(steps=4), render(steps=4, guided_steps=3)
    assert len({half.frames_hash, whole.frames_hash, other.frames_hash}) == 3


@pytest.mark.parametrize(("steps", "guided", "guidance"), [(4, 0, 3.0), (4, 4, 3.0), (4, 5, 3.0), (4, 2, 1.0)])
def test_a_number_of_guided_steps_that_means_nothing_is_refused(
    render: RenderClip, steps: int, guided: int, guidance: float
) -> None:
    with pytest.raises(ValueError, match="guidance"):
        render(steps=steps, guided_steps=guided, guidance=guidance)


def test_cancelling_acts_between_the_blocks_of_one_step(
    render: RenderClip, renderer: Renderer, blocks_run: Callable[[Any], list[int]]
) -> None:
    transformer = renderer.pipeline(TWO_STAGES).stage_1_model_ledger.transformer()
    render(prompt_sent="a prompt whose keys are known")
    ran = blocks_run(transformer)
    with pytest.raises(JobCanceled):
        # In the second evaluation of the first step, after the first of its two blocks.
        render(prompt_sent="a prompt whose keys are known", follower=Follower(is_canceled=lambda: len(ran) == 3))

    assert ran == [0, 1, 0]


def test_a_kept_error_keeps_no_tensor_alive(render: RenderClip, renderer: Renderer) -> None:
    transformer = renderer.pipeline(TWO_STAGES).stage_1_model_ledger.transformer()
    seen: list[weakref.ref[torch.Tensor]] = []

    def remember(_module: object, _arguments: object, output: torch.Tensor) -> None:
        seen.append(weakref.ref(output))

    hook = transformer.base.velocity_model.proj_out.register_forward_hook(remember)
    kept: BaseException | None = None
    try:
        render(follower=Follower(is_canceled=lambda: len(seen) == 3))
    except JobCanceled as error:
        kept = error
    finally:
        hook.remove()

    gc.collect()
    assert kept is not None
    assert len(seen) == 3
    assert [ref for ref in seen if ref() is not None] == []


def test_out_of_memory_is_a_problem_of_its_own(render: RenderClip, renderer: Renderer, tmp_path: Path) -> None:
    decoder = renderer.pipeline(TWO_STAGES).stage_2_model_ledger.video_decoder()

    def no_room(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    hook = decoder.conv_in.register_forward_pre_hook(no_room)
    try:
        with pytest.raises(OutOfGpuMemory, match="9 frames of 64x64") as raised:
            render()
    finally:
        hook.remove()

    assert "CUDA" not in raised.value.detail
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_progress_report_is_that_error(render: RenderClip, tmp_path: Path) -> None:
    def broken(stage: Stage, *_: int | None) -> None:
        if stage == "stage_2":
            raise KeyError(stage)

    with pytest.raises(KeyError, match="stage_2"):
        render(follower=Follower(broken))

    assert list(tmp_path.iterdir()) == []


def test_one_clip_at_a_time(render: RenderClip) -> None:
    """A second call while one runs is refused, and does not disturb it."""
    refused: list[BaseException] = []

    def second(stage: Stage, *_: int | None) -> None:
        if stage == "upsample":
            thread = threading.Thread(target=attempt)
            thread.start()
            thread.join()

    def attempt() -> None:
        try:
            render(DISTILLED)
        except RuntimeError as error:
            refused.append(error)

    assert render(follower=Follower(second)).frames_hash == render().frames_hash
    assert ["one clip at a time" in str(error) for error in refused] == [True]


def test_renders_in_any_thread(render: RenderClip) -> None:
    made: list[Rendered] = []
    thread = threading.Thread(target=lambda: made.append(render()))
    thread.start()
    thread.join()

    assert made[0].frames_hash == render().frames_hash


def test_settings_name_a_clip_completely(make_settings: Callable[..., Resolved], render: RenderClip) -> None:
    """What decides nothing about the frames is only what says where and when they were made."""
    base = make_settings()
    inert = {"checkpoint": "other", "gpu": "H200", "build": "abc", "lora": "x", "quantization": "fp8"}
    hashes = {render(**{key: value}).frames_hash for key, value in inert.items()}

    assert hashes == {render(**base.model_dump()).frames_hash}
    assert np.unique([len(value) for value in hashes]).tolist() == [64]
