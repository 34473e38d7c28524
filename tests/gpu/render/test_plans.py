"""Placement plans on the tiny set: the same frames, fewer models kept, the other checkpoint freed."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gpu.core.placement import PLANS
from gpu.core.presets import PRESETS
from gpu.core.prompt_help import PROMPT_HELP
from gpu.core.render_job import Rendered
from gpu.render import packed_weights
from gpu.render.model_cache import Models, ResidentLedger
from gpu.render.model_files import ModelFiles
from gpu.render.packed_weights import pack_beside
from gpu.render.pipelines import Renderer
from gpu.speed.transformer import QuickTransformer

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


@pytest.mark.parametrize("name", ["resident_fp8", "resident_8_bit", "one_at_a_time_fp8"])
def test_eight_bit_plans_round_the_picture_s_layers_and_say_so(
    render: RenderClip, tiny_files: ModelFiles, name: str
) -> None:
    narrow = Renderer(tiny_files, threads=1, plan=PLANS[name])
    first = render(made_by=narrow)
    stages = narrow.pipeline("TI2VidTwoStagesPipeline")
    layers = stages.stage_1_model_ledger.transformer().eight_bit_layers()
    assert layers
    assert all(layer.weight.dtype == torch.float8_e4m3fn for layer in layers)
    refined = stages.stage_2_model_ledger.transformer().eight_bit_layers()
    # The LoRA was added before the rounding: stage 2 has weights of its own.
    assert any(not torch.equal(a.weight.float(), b.weight.float()) for a, b in zip(layers, refined, strict=True))
    assert render(made_by=narrow).frames_hash == first.frames_hash
    plain = render()
    assert first.frames_hash != plain.frames_hash
    assert first.quantization is not None  # so the clip's record says why they differ
    assert "fp8" in first.quantization
    assert plain.quantization is None


def test_a_model_that_does_not_stay_is_loaded_once_for_a_clip(
    render: RenderClip, tiny_files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    made = Models._made  # pyright: ignore[reportPrivateUsage]

    def counted(self: Models, kind: str, file: str, build: Callable[[], object]) -> object:
        loads.append(kind)
        return made(self, kind, file, build)

    monkeypatch.setattr(Models, "_made", counted)
    render(made_by=Renderer(tiny_files, threads=1, plan=PLANS["one_at_a_time"]))
    assert loads.count("text encoder") == 1  # for both prompts
    assert loads.count("embeddings processor") == 1


def test_a_plan_for_one_checkpoint_lets_the_other_go(
    render: RenderClip, tiny_files: ModelFiles, tmp_path: Path
) -> None:
    other = tmp_path / "distilled.safetensors"
    shutil.copyfile(tiny_files.checkpoint, other)
    files = dataclasses.replace(tiny_files, distilled_checkpoint=other)
    single = Renderer(files, threads=1, plan=PLANS["resident"])
    double = Renderer(files, threads=1, plan=PLANS["resident_twice"])
    assert single.loaded_presets() == ()
    first = render(made_by=single)
    guided = tuple(preset.name for preset in PRESETS.values() if preset.guided)
    assert single.loaded_presets() == (*guided, PROMPT_HELP)
    render("DistilledPipeline", made_by=single)
    distilled = tuple(preset.name for preset in PRESETS.values() if not preset.guided)
    assert single.loaded_presets() == (*distilled, PROMPT_HELP)
    render(made_by=double)
    render("DistilledPipeline", made_by=double)
    assert set(double.loaded_presets()) == {*PRESETS, PROMPT_HELP}

    def checkpoints(renderer: Renderer) -> set[str]:
        return {str(key[1]) for key in renderer.models.built if key[0] == "transformer"}

    assert checkpoints(single) == {str(other)}
    assert checkpoints(double) == {str(other), str(tiny_files.checkpoint)}
    assert not [key for key in single.models.built if str(tiny_files.checkpoint) in map(str, key[1:])]
    assert render(made_by=single).frames_hash == first.frames_hash


def test_the_checkpoint_used_longest_ago_makes_room(render: RenderClip, tiny_files: ModelFiles, tmp_path: Path) -> None:
    other = tmp_path / "distilled.safetensors"
    shutil.copyfile(tiny_files.checkpoint, other)
    files = dataclasses.replace(tiny_files, distilled_checkpoint=other)
    double = Renderer(files, threads=1, plan=PLANS["resident_twice"])
    render(made_by=double)
    render("DistilledPipeline", made_by=double)
    render(made_by=double)  # the first one again

    double.models._make_room("a third")

    assert {key[1] for key in double.models.built if key[0] == "transformer"} == {str(tiny_files.checkpoint)}


def test_what_two_checkpoints_share_is_held_once_and_outlives_one_of_them(
    render: RenderClip, tiny_files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_weights, "WORTH", 2.0)  # a tiny file gets a twin too, which knows its numbers' digests
    first, other = tmp_path / "first.safetensors", tmp_path / "other.safetensors"
    shutil.copyfile(tiny_files.checkpoint, first)
    with safe_open(first, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
        metadata = file.metadata()
    tensors["vocoder.conv_post.weight"] = tensors["vocoder.conv_post.weight"] * 2
    save_file(tensors, other, metadata)
    assert pack_beside(first)
    assert pack_beside(other)
    files = dataclasses.replace(tiny_files, checkpoint=first, distilled_checkpoint=other)
    double = Renderer(files, threads=1, plan=PLANS["resident_twice"])
    plain = render(made_by=double)
    render("DistilledPipeline", made_by=double)

    def held(kind: str) -> int:
        return sum(key[0] == kind for key in double.models.built)

    assert {kind: held(kind) for kind in ("transformer", "video decoder", "video encoder", "vocoder")} == {
        "transformer": 2, "video decoder": 1, "video encoder": 1, "vocoder": 2,
    }  # fmt: skip
    single = Renderer(files, threads=1, plan=PLANS["resident"])
    assert render(made_by=single).frames_hash == plain.frames_hash == render().frames_hash
    (decoder,) = [model for key, model in single.models.built.items() if key[0] == "video decoder"]
    render("DistilledPipeline", made_by=single)
    assert [model for key, model in single.models.built.items() if key[0] == "video decoder"] == [decoder]
    assert sum(key[0] == "vocoder" for key in single.models.built) == 1


def test_loading_counts_for_later_clips_where_the_models_stay(
    render: RenderClip, tiny_files: ModelFiles, tmp_path: Path
) -> None:
    other = tmp_path / "distilled.safetensors"
    shutil.copyfile(tiny_files.checkpoint, other)
    files = dataclasses.replace(tiny_files, distilled_checkpoint=other)
    kept = Renderer(files, threads=1, plan=PLANS["resident_twice"])
    first, second = render(made_by=kept), render(made_by=kept)
    another = render("DistilledPipeline", made_by=kept)
    nothing_kept = render(made_by=Renderer(tiny_files, threads=1, plan=PLANS["one_at_a_time"]))

    assert first.loading_seconds > 0.0
    assert another.loading_seconds > 0.0
    assert second.loading_seconds == nothing_kept.loading_seconds == 0.0


@pytest.mark.parametrize("name", ["in_turns", "in_turns_fp8"])
def test_a_transformer_that_does_not_stay_is_gone_before_the_next_one_comes(
    render: RenderClip, tiny_files: ModelFiles, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made: list[weakref.ref[QuickTransformer]] = []
    quick = Models._quick  # pyright: ignore[reportPrivateUsage]
    load = ResidentLedger.stock_transformer
    alive: list[int] = []

    def noted(self: Models, *arguments: Any) -> QuickTransformer:
        made.append(weakref.ref(one := quick(self, *arguments)))
        return one

    def counted(self: ResidentLedger, device: torch.device | None = None) -> Any:
        alive.append(sum(each() is not None for each in made))
        return load(self, device)

    monkeypatch.setattr(Models, "_quick", noted)
    monkeypatch.setattr(ResidentLedger, "stock_transformer", counted)
    render(made_by=Renderer(tiny_files, threads=1, plan=PLANS[name]))
    assert alive == [0, 0]
