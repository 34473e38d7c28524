"""Settings per stage and per stream: the stock pipelines' frames and samples, and each setting changes its own part."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ltx_core.components.guiders import MultiModalGuiderParams
from ltx_pipelines import ti2vid_two_stages, ti2vid_two_stages_hq
from ltx_pipelines.utils.args import ImageConditioningInput

from gpu.core.contract import PictureClip, PicturePresetName, Resolved, Stage
from gpu.core.geometry import TINY_SIZES
from gpu.core.presets import HQ_PIPELINE, resolve
from gpu.core.render_job import NOBODY, Conditioning, Follower, Rendered, Shot
from gpu.render.model_files import ModelFiles
from gpu.render.pipeline_call import call_arguments, tiling
from gpu.render.pipelines import Renderer, stock_pipeline
from gpu.tiny.build import build
from tests.gpu.conftest import settings

RenderClip = Callable[..., Rendered]
TWO_STAGES = "TI2VidTwoStagesPipeline"
WIDTH, HEIGHT = min(TINY_SIZES.values(), key=math.prod)
VIDEO = {"stg_scale": 1.0, "stg_blocks": [1], "modality_scale": 3.0}


@dataclass(frozen=True)
class Made:
    """Digests of what a pipeline gives."""

    frames: str
    samples: str


@dataclass
class Watched:
    """A renderer's two-stage pipeline, and the digest of what its first stage handed to the upsampler."""

    flavour: str
    files: ModelFiles
    renderer: Renderer
    first_stages: list[str] = field(default_factory=list)

    def make(self, resolved: Resolved, picture: Path) -> tuple[Made, str]:
        """The clip, and its picture after stage 1."""
        shown = [Conditioning(picture, 0, 1.0 if resolved.image_strength is None else resolved.image_strength)]
        pipeline = self.renderer.pipeline(resolved.pipeline)
        made = digested(pipeline(**call_arguments(resolved, shown, None)))
        return made, self.first_stages[-1]


def digest(*parts: Any) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in parts)).hexdigest()


def digested(result: Any) -> Made:
    chunks, audio = result
    return Made(digest(*(chunk.numpy() for chunk in chunks)), digest(audio.waveform.float().numpy()))


@pytest.fixture(scope="module", params=["19b", "22b"])
def watched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_files: ModelFiles, renderer: Renderer
) -> Generator[Watched]:
    found = Watched("19b", tiny_files, renderer)
    if request.param == "22b":
        files = build(tmp_path_factory.mktemp("제작자") / "22b", "22b")
        found = Watched("22b", files, Renderer(files, threads=1))
    with torch.inference_mode():
        upsampler = found.renderer.pipeline(TWO_STAGES).stage_2_model_ledger.spatial_upsampler()

        def remember(_module: object, arguments: tuple[torch.Tensor, ...]) -> None:
            found.first_stages.append(digest(arguments[0].float().numpy()))

        hook = upsampler.register_forward_pre_hook(remember)
        yield found
        hook.remove()


def clip(name: str = TWO_STAGES, **changes: Any) -> Resolved:
    return settings(name, width=WIDTH, height=HEIGHT, image_strength=0.7, **changes)


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        (TWO_STAGES, {"rescale_scale": 0.7}, {"rescale_scale": 0.7}),
        (TWO_STAGES, VIDEO | {"rescale_scale": 0.7}, VIDEO | {"rescale_scale": 0.7}),
        (HQ_PIPELINE, {"modality_scale": 3.0, "rescale_scale": 0.45}, {"modality_scale": 3.0, "rescale_scale": 1.0}),
    ],
    ids=["by words", "stronger", "second order"],
)
def test_frames_and_samples_are_those_of_the_stock_classes_with_these_values(
    watched: Watched,
    gradient: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    video: dict[str, Any],
    audio: dict[str, Any],
) -> None:
    made = clip(
        name,
        sound_guidance=7.0,
        stg_scale=video.get("stg_scale", 0.0),
        stg_blocks=tuple(video.get("stg_blocks", ())),
        modality_scale=video.get("modality_scale", 1.0),
        rescale=video["rescale_scale"],
        sound_rescale=audio["rescale_scale"],
        stage_2_image_strength=1.0,
        picture_crf=18,
        stage_2_picture_crf=0,
    )
    module = ti2vid_two_stages_hq if name == HQ_PIPELINE else ti2vid_two_stages
    stages = iter([ImageConditioningInput(str(gradient), 0, 0.7, 18), ImageConditioningInput(str(gradient), 0, 1.0, 0)])
    encode = module.combined_image_conditionings
    with monkeypatch.context() as patch:
        patch.setattr(
            module,
            "combined_image_conditionings",
            lambda images, *others, **named: encode([next(stages)] * len(images), *others, **named),
        )
        known = digested(
            stock_pipeline(name, watched.files)(
                prompt=made.prompt_sent,
                negative_prompt="blurry",
                seed=7,
                height=HEIGHT,
                width=WIDTH,
                num_frames=9,
                frame_rate=24.0,
                num_inference_steps=2,
                video_guider_params=MultiModalGuiderParams(cfg_scale=3.0, **video),
                audio_guider_params=MultiModalGuiderParams(cfg_scale=7.0, **audio),
                images=[ImageConditioningInput(str(gradient), 0, 0.5)],
                tiling_config=tiling(0),
            )
        )
    assert watched.make(made, gradient)[0] == known


@pytest.mark.parametrize(
    ("changes", "first_stage_changes"),
    [
        ({"image_strength": 0.5, "stage_2_image_strength": 0.7}, True),
        ({"stage_2_image_strength": 1.0}, False),
        ({"picture_crf": 0, "stage_2_picture_crf": 33}, True),
        ({"stage_2_picture_crf": 0}, False),
    ],
    ids=str,
)
def test_a_stage_s_own_view_of_the_picture_changes_that_stage(
    watched: Watched, gradient: Path, changes: dict[str, Any], *, first_stage_changes: bool
) -> None:
    plain, plain_first = watched.make(clip(), gradient)
    made, first = watched.make(clip().model_copy(update=changes), gradient)
    assert (first != plain_first) is first_stage_changes
    assert made.frames != plain.frames


def test_the_second_stage_alone_sees_what_both_would(watched: Watched, gradient: Path) -> None:
    """Said twice is said once: a second stage told the first one's values makes the same clip."""
    twice: dict[str, Any] = {"stage_2_image_strength": 0.7, "picture_crf": 18, "stage_2_picture_crf": 18}
    assert watched.make(clip(**twice), gradient) == watched.make(clip(picture_crf=18), gradient)


@pytest.mark.parametrize(
    "changes",
    [{"sound_guidance": 7.0}, {"sound_rescale": 0.7}],
    ids=str,
)
def test_the_sound_s_own_guidance_reaches_the_sound_first(
    watched: Watched, gradient: Path, changes: dict[str, Any]
) -> None:
    """In one step the picture cannot have heard of it yet."""
    plain, plain_first = watched.make(clip(steps=1), gradient)
    made, first = watched.make(clip(steps=1, **changes), gradient)
    assert first == plain_first
    assert made.samples != plain.samples


def test_each_guidance_changes_frames_and_samples(watched: Watched, gradient: Path) -> None:
    still = {"stg_scale": 1.0, "stg_blocks": (1,)}
    ways: list[dict[str, Any]] = [
        {}, still, still | {"stg_scale": 0.5}, still | {"stg_blocks": (0,)}, {"modality_scale": 3.0},
        {"modality_scale": 2.0}, {"rescale": 0.7}, {"rescale": 0.9}, {"guidance": 2.0, "sound_guidance": 3.0},
    ]  # fmt: skip
    made = [watched.make(clip(**changes), gradient)[0] for changes in ways]
    assert len({each.frames for each in made}) == len({each.samples for each in made}) == len(ways)


def test_progress_in_second_order_counts_steps(render: RenderClip) -> None:
    reports: list[tuple[Stage, int | None, int | None]] = []
    render(HQ_PIPELINE, steps=3, modality_scale=3.0, follower=Follower(lambda *seen: reports.append(seen)))
    assert [report for report in reports if report[1]] == [
        *(("stage_1", step, 3) for step in (1, 2, 3)),
        *(("stage_2", step, 3) for step in (1, 2, 3)),
    ]


def test_both_strengths_of_second_order_share_the_lora_s_tensors(renderer: Renderer) -> None:
    with torch.inference_mode():
        finest, usual = renderer.pipeline(HQ_PIPELINE), renderer.pipeline(TWO_STAGES)
        worn = [
            ledger.transformer().merge
            for ledger in (finest.stage_1_model_ledger, finest.stage_2_model_ledger, usual.stage_2_model_ledger)
        ]
    name, factors = next(iter(worn[0]._deltas.items()))
    assert all(each._deltas[name][0].down is factors[0].down for each in worn)
    assert [each._deltas[name][0].strength for each in worn] == [0.25, 0.5, 0.6]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("KeyframeInterpolationPipeline", {"stage_2_image_strength": 1.0}),
        ("TI2VidOneStagePipeline", {"stage_2_picture_crf": 0}),
        ("DistilledPipeline", {"stg_scale": 1.0, "stg_blocks": (1,)}),
        ("DistilledPipeline", {"sound_guidance": 7.0}),
        (HQ_PIPELINE, {"steps": 4, "guided_steps": 2}),
    ],
)
def test_what_a_pipeline_would_ignore_is_refused(render: RenderClip, name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=name):
        render(name, **changes)


@pytest.mark.parametrize("name", ["expressive", "expressive_strong", "hq"])
def test_a_preset_s_clip_takes_the_evaluations_that_its_progress_counts(
    watched: Watched, gradient: Path, tmp_path: Path, name: PicturePresetName
) -> None:
    """The renderer itself compares them."""
    asked = PictureClip(preset=name, prompt="웃는다", seconds=2, upload_id="a" * 16)
    whole = resolve(asked, seed=1, checkpoint=f"tiny-{watched.flavour}", gpu="cpu", build="test")
    made = whole.model_copy(update={"steps": 2, "num_frames": 9})
    files = tmp_path / "clip.mp4", tmp_path / "poster.jpg"
    rendered = watched.renderer.render(Shot(made, [Conditioning(gradient, 0, 0.7)], None, *files), NOBODY)
    assert rendered.num_frames == 9
