"""One transformer for both stages: the LoRA is applied only in stage 2, and every kind of LoRA file is read."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from ltx_core.loader import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps
from safetensors import safe_open
from safetensors.torch import save_file

from gpu.core.problems import JobCanceled, WeightsUnusable
from gpu.core.render_job import Follower, Rendered
from gpu.render.lora import LoraMerge
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer

RenderClip = Callable[..., Rendered]
Tensors = dict[str, torch.Tensor]
ONE_STAGE = "TI2VidOneStagePipeline"


@pytest.fixture
def base(renderer: Renderer) -> Any:
    return renderer.pipeline("TI2VidTwoStagesPipeline").stage_1_model_ledger.transformer()


def state(model: Any) -> Tensors:
    return {name: tensor.clone() for name, tensor in model.base.state_dict().items()}


def same(left: Tensors, right: Tensors) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_stage_1_after_stage_2_is_bit_equal(render: RenderClip, base: Any) -> None:
    weights, places = state(base), {name: tensor.data_ptr() for name, tensor in base.base.state_dict().items()}
    before = render(ONE_STAGE)
    with_lora = render()
    after = render(ONE_STAGE)
    assert after.frames_hash == before.frames_hash
    assert render().frames_hash == with_lora.frames_hash
    assert same(state(base), weights)
    assert {name: tensor.data_ptr() for name, tensor in base.base.state_dict().items()} == places


def test_stopping_in_the_middle_of_stage_2_gives_the_weights_back(render: RenderClip, base: Any) -> None:
    weights = state(base)
    seen: list[str] = []

    def stop() -> bool:
        # The second question of stage 2 comes from inside its first forward, with a block's weights merged.
        return seen.count("stage_2") > 0 and (seen.append("asked") or seen.count("asked") > 2)

    with pytest.raises(JobCanceled):
        render(follower=Follower(lambda stage, _step, _steps: seen.append(stage), stop))
    assert "stage_2" in seen
    assert same(state(base), weights)


def read(path: Path) -> Tensors:
    with safe_open(path, framework="pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)


def lora(path: Path, strength: float = 0.6) -> LoraPathStrengthAndSDOps:
    return LoraPathStrengthAndSDOps(str(path), strength, LTXV_LORA_COMFY_RENAMING_MAP)


def merged(base: Any, *loras: LoraPathStrengthAndSDOps) -> Tensors:
    """Every layer's weight with the LoRAs added."""
    model = base.base.velocity_model
    merge = LoraMerge(model, loras, "checkpoint", torch.device("cpu"))
    return {name: merge(name.removesuffix(".weight"), tensor) for name, tensor in model.state_dict().items()}


@pytest.fixture
def as_shipped(base: Any, tiny_files: ModelFiles) -> Tensors:
    return merged(base, lora(tiny_files.distilled_lora))


def test_other_names_and_alpha_mean_the_same_delta(
    base: Any, tiny_files: ModelFiles, as_shipped: Tensors, tmp_path: Path
) -> None:
    renamed: Tensors = {}
    for key, tensor in read(tiny_files.distilled_lora).items():
        renamed[key.replace("lora_A", "lora_down").replace("lora_B", "lora_up")] = tensor
        if "lora_A" in key:
            renamed[key.replace("lora_A.weight", "alpha")] = torch.tensor(tensor.shape[0] / 2)
    save_file(renamed, tmp_path / "other.safetensors")
    assert same(merged(base, lora(tmp_path / "other.safetensors", 1.2)), as_shipped)  # half the alpha, twice as strong
    assert not same(merged(base, lora(tmp_path / "other.safetensors", 0.6)), as_shipped)


def test_eight_bit_factors_are_widened_before_they_are_multiplied(
    base: Any, tiny_files: ModelFiles, tmp_path: Path
) -> None:
    narrow = {key: tensor.to(torch.float8_e4m3fn) for key, tensor in read(tiny_files.distilled_lora).items()}
    save_file(narrow, tmp_path / "fp8.safetensors")
    save_file({key: tensor.to(torch.bfloat16) for key, tensor in narrow.items()}, tmp_path / "bf16.safetensors")
    from_fp8 = merged(base, lora(tmp_path / "fp8.safetensors"))
    assert same(from_fp8, merged(base, lora(tmp_path / "bf16.safetensors")))
    assert all(tensor.dtype != torch.float8_e4m3fn for tensor in from_fp8.values())


def test_layers_around_the_blocks_wear_their_deltas_for_one_call(base: Any, tmp_path: Path) -> None:
    model = base.base.velocity_model
    own = model.proj_out.weight
    delta = {
        "diffusion_model.proj_out.lora_A.weight": torch.ones(1, own.shape[1]),
        "diffusion_model.proj_out.lora_B.weight": torch.ones(own.shape[0], 1),
    }
    save_file(delta, tmp_path / "outside.safetensors")
    merge = LoraMerge(model, [lora(tmp_path / "outside.safetensors", 0.5)], "checkpoint", torch.device("cpu"))
    merge.forget_blocks()
    with merge.applied_outside_blocks():
        assert torch.allclose(model.proj_out.weight.float(), own.float() + 0.5, atol=0.01)
    assert model.proj_out.weight is own


def test_ranks_may_differ_from_layer_to_layer(base: Any, tiny_files: ModelFiles, tmp_path: Path) -> None:
    cut = read(tiny_files.distilled_lora)
    first = next(key for key in cut if key.endswith("lora_A.weight"))
    cut[first] = cut[first][:2].contiguous()
    up = first.replace("lora_A", "lora_B")
    cut[up] = cut[up][:, :2].contiguous()
    save_file(cut, tmp_path / "resized.safetensors")
    assert merged(base, lora(tmp_path / "resized.safetensors"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t | {"diffusion_model.transformer_blocks.0.attn1.to_q.dora_scale": torch.ones(1)},
            "not a key of a plain LoRA",
        ),
        (lambda t: {k: v for k, v in t.items() if "to_q.lora_B" not in k}, "half of the delta"),
        (lambda t: {k: v.repeat(1, 2) if "lora_A" in k else v for k, v in t.items()}, "made for another model"),
    ],
)
def test_a_file_that_would_be_applied_in_part_or_wrongly_is_refused(
    base: Any, tiny_files: ModelFiles, tmp_path: Path, change: Callable[[Tensors], Tensors], message: str
) -> None:
    save_file(change(read(tiny_files.distilled_lora)), tmp_path / "odd.safetensors")
    with pytest.raises(WeightsUnusable, match=message):
        merged(base, lora(tmp_path / "odd.safetensors"))


def test_strength_reaches_the_frames(render: RenderClip, tiny_files: ModelFiles) -> None:
    weaker = Renderer(dataclasses.replace(tiny_files, distilled_lora_strength=0.1), threads=1)
    assert render(made_by=weaker).frames_hash != render().frames_hash


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn])
def test_ranks_are_filled_up_to_a_number_that_a_card_multiplies_quickly(
    base: Any, tmp_path: Path, dtype: torch.dtype
) -> None:
    layer = "transformer_blocks.0.attn1.to_q"
    weight = base.base.velocity_model.get_submodule(layer).weight
    draw = torch.Generator().manual_seed(5)
    down, up = (
        torch.randn(shape, generator=draw).to(dtype) for shape in ((175, weight.shape[1]), (weight.shape[0], 175))
    )
    path = tmp_path / "odd.safetensors"
    save_file({f"diffusion_model.{layer}.lora_A.weight": down, f"diffusion_model.{layer}.lora_B.weight": up}, path)
    merge = LoraMerge(base.base.velocity_model, [lora(path)], "checkpoint", torch.device("cpu"))
    (factors,) = merge._deltas[layer]  # pyright: ignore[reportPrivateUsage]
    assert factors.down.shape[0] == factors.up.shape[1] == 176
    assert factors.down.dtype == dtype
    known = torch.matmul(up.to(torch.bfloat16) * 0.6, down.to(torch.bfloat16)).to(torch.bfloat16)
    assert torch.equal(factors.delta(weight.to(torch.bfloat16)), known)
