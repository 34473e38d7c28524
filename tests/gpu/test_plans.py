"""Residency plans followed on the tiny set: the same frames, fewer models kept, the other checkpoint let go."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gpu.pipelines import Renderer
from gpu.rendering import Rendered
from gpu.residency import PLANS
from gpu.resident import ModelFiles

RenderClip = Callable[..., Rendered]


@pytest.mark.parametrize("name", ["text_apart", "in_turns", "one_at_a_time"])
def test_an_exact_plan_makes_the_same_frames_with_fewer_models_kept(
    renderer: Renderer, render: RenderClip, tiny_files: ModelFiles, name: str
) -> None:
    frugal = Renderer(tiny_files, threads=1, plan=PLANS[name])
    assert render(made_by=frugal).frames_hash == render().frames_hash
    kept = {str(key[0]) for key in frugal.models.built}
    assert "text encoder" not in kept
    assert ("transformer" in kept) == ("transformer" in PLANS[name].resident)
    assert len(kept) < len({str(key[0]) for key in renderer.models.built})


def test_eight_bit_plans_keep_eight_bits_and_leave_the_base_alone(render: RenderClip, tiny_files: ModelFiles) -> None:
    narrow = Renderer(tiny_files, threads=1, plan=PLANS["resident_fp8"])
    first = render(made_by=narrow)
    base = narrow.pipeline("TI2VidTwoStagesPipeline").stage_1_model_ledger.transformer()
    kinds = {tensor.dtype for tensor in base.state_dict().values()}
    assert torch.float8_e4m3fn in kinds
    assert render(made_by=narrow).frames_hash == first.frames_hash  # the merged blocks were given back
    plain = render()
    assert first.frames_hash != plain.frames_hash
    assert first.quantization is not None  # so the clip's record says why they differ
    assert "fp8" in first.quantization
    assert plain.quantization is None


def test_a_plan_for_one_checkpoint_lets_the_other_go(
    render: RenderClip, tiny_files: ModelFiles, tmp_path: Path
) -> None:
    other = tmp_path / "distilled.safetensors"
    shutil.copyfile(tiny_files.checkpoint, other)
    files = dataclasses.replace(tiny_files, distilled_checkpoint=other)
    single = Renderer(files, threads=1, plan=PLANS["resident"])
    double = Renderer(files, threads=1, plan=PLANS["resident_twice"])
    first = render(made_by=single)
    render("DistilledPipeline", made_by=single)
    render(made_by=double)
    render("DistilledPipeline", made_by=double)

    def checkpoints(renderer: Renderer) -> set[str]:
        return {str(key[1]) for key in renderer.models.built if key[0] == "transformer"}

    assert checkpoints(single) == {str(other)}
    assert checkpoints(double) == {str(other), str(tiny_files.checkpoint)}
    assert not [key for key in single.models.built if str(tiny_files.checkpoint) in map(str, key[1:])]
    assert render(made_by=single).frames_hash == first.frames_hash
