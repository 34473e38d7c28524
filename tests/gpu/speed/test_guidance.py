"""Guided steps whose evaluations are asked for at once: the same clips and progress, LTX's way for the rest."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from ltx_core.components.guiders import MultiModalGuiderFactory, MultiModalGuiderParams
from ltx_core.types import LatentState
from ltx_pipelines import ti2vid_two_stages
from ltx_pipelines.utils.helpers import multi_modal_guider_factory_denoising_func
from torch import Tensor

from gpu.core.contract import Stage
from gpu.core.placement import PLANS
from gpu.core.problems import JobCanceled
from gpu.core.render_job import Conditioning, Follower, Rendered
from gpu.render.ltx_patches import guide_at_once
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer
from gpu.speed.guidance import guided_by_noise_level
from gpu.speed.transformer import WHOLE, QuickTransformer
from gpu.tiny.trained import build_trained
from tools.tiny_training.studio import Studio, drawn

RenderClip = Callable[..., Rendered]
GUIDED = MultiModalGuiderParams(cfg_scale=3.0)
NEAR_DECIBELS = 38.0


def pairing(files: ModelFiles, plan: str = "resident") -> Renderer:
    """A renderer that makes pairs, as on a card."""
    renderer = Renderer(files, threads=1, plan=PLANS[plan])
    renderer.models._switches = dataclasses.replace(renderer.models._switches, paired_up_to=8_192)
    return renderer


@pytest.fixture(scope="module")
def paired(tiny_files: ModelFiles) -> Renderer:
    return pairing(tiny_files)


@pytest.fixture
def forwards(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many evaluations each forward made."""
    counts: list[int] = []
    own = QuickTransformer._denoised

    def counted(self: QuickTransformer, asked: Any, *others: Any) -> Any:
        counts.append(len(asked))
        return own(self, asked, *others)

    monkeypatch.setattr(QuickTransformer, "_denoised", counted)
    return counts


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("TI2VidTwoStagesPipeline", {}, [2, 2, 1, 1, 1]),
        ("TI2VidTwoStagesPipeline", {"steps": 4, "guided_steps": 2}, [2, 2, 1, 1, 1, 1, 1]),
        ("TI2VidOneStagePipeline", {}, [2, 2]),
        ("DistilledPipeline", {}, [1] * 11),
    ],
)
def test_guided_steps_alone_are_pairs(
    render: RenderClip, paired: Renderer, forwards: list[int], name: str, changes: dict[str, Any], expected: list[int]
) -> None:
    render(name, made_by=paired, **changes)
    assert forwards == expected


def test_keyframes_are_paired_too(render: RenderClip, paired: Renderer, forwards: list[int], gradient: Path) -> None:
    pictures = [Conditioning(gradient, 0, 0.85), Conditioning(gradient, 8, 0.85)]
    render("KeyframeInterpolationPipeline", made_by=paired, pictures=pictures)
    assert forwards == [2, 2, 1, 1, 1]


def test_without_the_switch_nothing_is_paired(render: RenderClip, forwards: list[int]) -> None:
    render()
    assert forwards == [1] * 7


def test_progress_of_pairs_is_told_step_by_step(render: RenderClip, paired: Renderer) -> None:
    reports: list[tuple[Stage, int | None, int | None]] = []
    render(made_by=paired, steps=4, guided_steps=2, follower=Follower(lambda *seen: reports.append(seen)))
    assert [step for stage, step, _ in reports if stage == "stage_1"] == [1, 2, 3, 4]
    assert {steps for stage, _, steps in reports if stage == "stage_1"} == {4}


def test_cancelling_acts_between_the_blocks_of_a_pair(
    render: RenderClip,
    paired: Renderer,
    blocks_run: Callable[[Any], list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = render(made_by=paired).frames_hash
    transformer = paired.pipeline("TI2VidTwoStagesPipeline").stage_1_model_ledger.transformer()
    ran = blocks_run(transformer)
    with pytest.raises(JobCanceled):
        render(made_by=paired, follower=Follower(is_canceled=lambda: len(ran) == 3))
    assert ran == [0, 1, 0]
    monkeypatch.undo()
    assert render(made_by=paired).frames_hash == expected


@pytest.mark.parametrize("plan", ["resident", "resident_8_bit"])
def test_a_whole_clip_in_pairs_is_near_the_clip_apart(tmp_path_factory: pytest.TempPathFactory, plan: str) -> None:
    folder = tmp_path_factory.mktemp("나란히")
    files = build_trained(folder / "trained")
    picture = next(drawn(1, 320, 192))
    apart, together = (
        Studio(renderer, folder, "tiny-trained").clip("aggressive_quality", "줌 인", [(picture, 0)])
        for renderer in (Renderer(files, threads=1, plan=PLANS[plan]), pairing(files, plan))
    )
    wrong = (apart - together).square().mean(dim=(0, 2, 3)).max().item()
    assert wrong == 0 or -10 * math.log10(wrong) > NEAR_DECIBELS


class Recorder:
    """A transformer that says what it was asked and gives numbers that depend on the words."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def __call__(self, video: Any, audio: Any, perturbations: object) -> tuple[Tensor, Tensor]:
        self.asked.append("perturbed" if perturbations else "one")
        shift = 0.5 if perturbations else 0.0
        return video.latent + video.context.mean() + shift, audio.latent - audio.context.mean() - shift


class PairingRecorder(Recorder):
    def together(self, asked: Any, left_out: Any) -> Any:
        found = [
            self(video, audio, None if skipped == WHOLE else skipped)
            for (video, audio), skipped in zip(asked, left_out, strict=True)
        ]
        self.asked[-len(found) :] = [len(found)]
        return found


def states() -> tuple[LatentState, LatentState]:
    draw = torch.Generator().manual_seed(4)
    video, audio = (
        LatentState(
            latent=torch.randn(1, tokens, 8, generator=draw),
            denoise_mask=torch.ones(1, tokens, 1),
            positions=torch.zeros(1, axes, tokens, 2),
            clean_latent=torch.zeros(1, tokens, 8),
        )
        for tokens, axes in ((6, 3), (4, 1))
    )
    return video, audio


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, [2] * 2),
        ({"rescale_scale": 0.7}, [2] * 2),
        ({"cfg_scale": 1.0}, [1] * 2),
        ({"stg_scale": 1.0, "stg_blocks": [0]}, [3] * 2),
        ({"modality_scale": 3.0}, [3] * 2),
        ({"stg_scale": 1.0, "stg_blocks": [0], "modality_scale": 3.0, "rescale_scale": 0.7}, [4] * 2),
        ({"skip_step": 1}, ["one", "one"]),  # the second step repeats the first
    ],
    ids=str,
)
def test_a_step_is_ltx_s_own_whoever_makes_it(changes: dict[str, Any], asked: list[object]) -> None:
    params = dataclasses.replace(GUIDED, **changes)
    seen, heard, unseen, unheard = (torch.full((1, 2, 8), value) for value in (0.5, 0.25, -1.0, 3.0))
    factory, other = (MultiModalGuiderFactory.constant(params, each) for each in (unseen, unheard))
    transformer: Any = PairingRecorder()
    stock: Any = Recorder()
    ours = guided_by_noise_level(factory, other, seen, heard, transformer)
    known = multi_modal_guider_factory_denoising_func(factory, other, seen, heard, stock)
    sigmas = torch.tensor([1.0, 0.5, 0.0])
    for index in (0, 1):
        steps = ours(*states(), sigmas, index), known(*states(), sigmas, index)
        assert all(torch.equal(*each) for each in zip(*steps, strict=True))
    assert transformer.asked == asked


def test_a_transformer_without_pairs_is_asked_as_ltx_asks() -> None:
    factory = MultiModalGuiderFactory.constant(GUIDED, torch.ones(1, 2, 8))
    words, sigmas, transformer = torch.zeros(1, 2, 8), torch.tensor([1.0, 0.5, 0.0]), Recorder()
    step = guided_by_noise_level(factory, None, words, words, transformer)
    for index in (0, 1):
        step(*states(), sigmas, index)
    assert transformer.asked == ["one"] * 4


def test_a_negative_prompt_that_is_missing_is_ltx_s_error() -> None:
    factory = MultiModalGuiderFactory.constant(GUIDED)
    words = torch.zeros(1, 2, 8)
    with pytest.raises(ValueError, match="Negative context"):
        guided_by_noise_level(factory, None, words, words, PairingRecorder())(*states(), torch.tensor([1.0, 0.0]), 0)


def test_ltx_without_the_replaced_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ti2vid_two_stages, "multi_modal_guider_factory_denoising_func")
    with pytest.raises(AssertionError, match="ti2vid_two_stages"):
        guide_at_once()
