"""Resident models: the same frames as the stock pipelines, each weight once, bad files named, prompts remembered."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import gc
import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ltx_core.text_encoders.gemma.config import GEMMA3_CONFIG_FOR_LTX
from ltx_pipelines.utils import samplers
from safetensors import safe_open
from safetensors.torch import save_file

from gpu.core.contract import Resolved
from gpu.core.geometry import TINY_SIZES
from gpu.core.problems import InvalidJob, WeightsUnusable
from gpu.core.render_job import NOBODY, Conditioning, MachineFault, Rendered, Shot
from gpu.render.ltx_patches import use_gemma_config
from gpu.render.model_files import ModelFiles
from gpu.render.pipeline_call import call_arguments
from gpu.render.pipelines import PIPELINES, Renderer, stock_pipeline
from gpu.render.prompt_cache import EncodedPrompt, PromptCache
from tests.gpu.conftest import LIP_SYNC, RETAKE, spoken

RenderClip = Callable[..., Rendered]
SMALLEST = min(TINY_SIZES.values(), key=math.prod)


@pytest.mark.parametrize("name", [name for name in PIPELINES if name != RETAKE])
def test_frames_are_those_of_the_stock_pipeline(
    render: RenderClip,
    make_settings: Callable[..., Resolved],
    tiny_files: ModelFiles,
    gradient: Path,
    source_clip: Path,
    tmp_path: Path,
    name: str,
) -> None:
    """At the smallest size that the product makes. A product of two rows, such as 64x64 has in its first stage, is
    added in another order than one of more rows, and the quick transformer computes for more tokens at once. The retake
    has its own test."""
    source = source_clip if name == "ICLoraPipeline" else None
    size = {"width": SMALLEST[0], "height": SMALLEST[1]}
    stock = stock_pipeline(name, tiny_files)
    with torch.inference_mode():
        sound = spoken(tmp_path / "sound.wav") if name == LIP_SYNC else None
        arguments = call_arguments(make_settings(name, **size), [Conditioning(gradient, 0, 0.85)], source, sound)
        chunks, _ = stock(**arguments)
        digest = hashlib.sha256(np.concatenate([chunk.numpy() for chunk in chunks]).tobytes()).hexdigest()

    first, second = render(name, source=source, **size), render(name, source=source, **size)

    assert first.frames_hash == second.frames_hash == digest


def test_equal_weights_are_one_object(renderer: Renderer) -> None:
    two_stages, keyframes = (
        renderer.pipeline("TI2VidTwoStagesPipeline"),
        renderer.pipeline("KeyframeInterpolationPipeline"),
    )
    distilled, restyle = renderer.pipeline("DistilledPipeline"), renderer.pipeline("ICLoraPipeline")

    base = two_stages.stage_1_model_ledger.transformer()
    assert base is distilled.model_ledger.transformer() is restyle.stage_2_model_ledger.transformer()
    refined, restyled = two_stages.stage_2_model_ledger.transformer(), restyle.stage_1_model_ledger.transformer()
    assert refined is keyframes.stage_2_model_ledger.transformer()
    assert refined.base is restyled.base is base.base  # LoRAs are applied, not merged into a copy
    assert two_stages.stage_2_model_ledger.video_decoder() is distilled.model_ledger.video_decoder()


def test_what_a_first_clip_leaves_is_out_of_the_collector_s_sight(
    tiny_files: ModelFiles, make_settings: Callable[..., Resolved], gradient: Path, tmp_path: Path
) -> None:
    renderer = renderer_with(tiny_files)
    shot = Shot(
        make_settings("DistilledPipeline"),
        [Conditioning(gradient, 0, 0.85)],
        None,
        tmp_path / "clip.mp4",
        tmp_path / "poster.jpg",
    )

    renderer.render(shot, NOBODY)

    seen = {id(each) for each in gc.get_objects()}
    assert renderer.models.built
    assert not [key for key, model in renderer.models.built.items() if id(model) in seen]


# ---------------------------------------------------------------- files that cannot be used


def rewritten(path: Path, to: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Path:
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
        metadata = file.metadata()
    save_file(change(tensors), to, metadata)
    return to


def renderer_with(files: ModelFiles, **changes: Any) -> Renderer:
    return Renderer(dataclasses.replace(files, **changes), threads=1)


@pytest.mark.parametrize("part", ["distilled_lora", "ic_lora"])
def test_a_lora_in_another_naming_is_an_error_and_not_a_silent_nothing(
    tiny_files: ModelFiles, tmp_path: Path, part: str
) -> None:
    other = rewritten(
        getattr(tiny_files, part),
        tmp_path / "외부 lora.safetensors",
        lambda tensors: {key.replace("diffusion_model.", "lora_unet_"): value for key, value in tensors.items()},
    )

    with pytest.raises(WeightsUnusable, match="No key of 외부 lora"):
        renderer_with(tiny_files, **{part: other}).warm()


@pytest.mark.parametrize(
    ("missing", "kind"),
    [
        ("model.diffusion_model.transformer_blocks.1.attn1.to_q.weight", "transformer"),
        ("vae.encoder.conv_in.conv.weight", "video encoder"),
        ("vae.decoder.conv_out.conv.bias", "video decoder"),
        ("vocoder.conv_post.weight", "vocoder"),
        ("text_embedding_projection.aggregate_embed.weight", "embeddings processor"),
    ],
)
def test_a_weight_missing_from_the_checkpoint_is_named_by_its_part(
    tiny_files: ModelFiles, tmp_path: Path, missing: str, kind: str
) -> None:
    holed = rewritten(
        tiny_files.checkpoint,
        tmp_path / "holed.safetensors",
        lambda tensors: {key: value for key, value in tensors.items() if key != missing},
    )

    with pytest.raises(WeightsUnusable, match=f"{kind} could not be built from holed.safetensors"):
        renderer_with(tiny_files, checkpoint=holed, distilled_checkpoint=holed).warm()


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (torch.cuda.OutOfMemoryError, torch.cuda.OutOfMemoryError),
        (torch.AcceleratorError, torch.AcceleratorError),
        (OSError, MachineFault),
        (RuntimeError, MachineFault),
    ],
)
def test_a_fault_of_the_card_or_the_disk_is_blamed_neither_on_a_file_nor_on_the_clip(
    tiny_files: ModelFiles, fault: type[Exception], raised: type[Exception]
) -> None:
    """Models are built in a container's first clip: another machine may make it."""

    def broken() -> None:
        raise fault("the machine")

    with pytest.raises(raised) as error:
        renderer_with(tiny_files).models.once(("video encoder", "fine.safetensors"), broken)
    assert "the machine" in (str(error.value), str(error.value.__cause__))


def test_a_weight_of_another_shape_is_blamed_on_its_file(tiny_files: ModelFiles, tmp_path: Path) -> None:
    key = "vae.encoder.conv_in.conv.weight"
    wrong = rewritten(
        tiny_files.checkpoint, tmp_path / "wrong.safetensors", lambda tensors: tensors | {key: tensors[key][:1].clone()}
    )

    with pytest.raises(WeightsUnusable, match=r"video encoder could not be built from wrong\.safetensors"):
        renderer_with(tiny_files, checkpoint=wrong, distilled_checkpoint=wrong).warm()


def test_a_decoder_whose_weights_change_layout_frees_the_block_they_were_read_into(tiny_files: ModelFiles) -> None:
    renderer = renderer_with(tiny_files)
    renderer.models.quick_decoder = True
    ledger = renderer.pipeline("TI2VidTwoStagesPipeline").stage_2_model_ledger
    ledger._stock.dtype = torch.bfloat16  # the file's own, as on a card: nothing is converted
    decoder = ledger.video_decoder()

    def tensors(value: Any) -> list[torch.Tensor]:
        if isinstance(value, torch.Tensor):
            return [value]
        inner = value if isinstance(value, (list, tuple)) else ()
        return [tensor for each in inner for tensor in tensors(each)]

    held = [*decoder.parameters(), *decoder.buffers()]
    held += [tensor for each in vars(decoder.forward).values() for tensor in tensors(each)]
    assert len(held) > len([*decoder.parameters()])
    assert {each.untyped_storage().nbytes() - each.nbytes for each in held} == {0}


@pytest.mark.parametrize("kept", [0, 100, 100_000])
def test_a_file_cut_off_while_downloading_is_an_error(tiny_files: ModelFiles, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(tiny_files.checkpoint.read_bytes()[:kept])

    with pytest.raises(WeightsUnusable, match=r"cut\.safetensors"):
        renderer_with(tiny_files, checkpoint=cut, distilled_checkpoint=cut).warm()


def test_without_an_ic_lora_everything_else_still_loads(tiny_files: ModelFiles) -> None:
    renderer = renderer_with(tiny_files, ic_lora=None)
    renderer.warm()

    assert len(renderer.models.built) == 12
    with pytest.raises(InvalidJob, match="cannot restyle"):
        renderer.pipeline("ICLoraPipeline")


# ---------------------------------------------------------------- prompts


def test_a_remembered_prompt_gives_the_frames_of_a_fresh_one(renderer: Renderer, render: RenderClip) -> None:
    prompts = renderer.models.prompts
    prompts.clear()
    fresh = render(prompt_sent="새가 날아가요")
    hits, misses = prompts.hits, prompts.misses

    remembered = render(prompt_sent="새가 날아가요")

    assert (prompts.hits - hits, prompts.misses - misses) == (2, 0)  # the prompt and the negative prompt
    assert remembered.frames_hash == fresh.frames_hash


def test_prompts_that_differ_by_one_letter_are_two(render: RenderClip) -> None:
    assert render(prompt_sent="새가 날아가요").frames_hash != render(prompt_sent="새가 날아가고").frames_hash


def entry(dropped: int) -> EncodedPrompt:
    return EncodedPrompt(output=None, tokens_dropped=dropped)  # pyright: ignore[reportArgumentType]


def test_the_prompt_used_longest_ago_leaves_first() -> None:
    cache = PromptCache(capacity=2)
    a, b, c = (("a", "g", "c"), ("b", "g", "c"), ("c", "g", "c"))
    cache.put(a, entry(1))
    cache.put(b, entry(2))
    assert cache.get(a) is not None
    cache.put(c, entry(3))

    assert cache.get(b) is None
    assert [cache.peek(key) is not None for key in (a, b, c)] == [True, False, True]
    assert (cache.hits, cache.misses) == (1, 1)


def test_prompts_are_kept_apart_by_checkpoint_and_gemma() -> None:
    cache = PromptCache()
    cache.put(("text", "gemma", "19b"), entry(0))

    assert cache.get(("text", "gemma", "22b")) is None
    assert cache.get(("text", "other gemma", "19b")) is None


# ---------------------------------------------------------------- adjustments to LTX


def test_gemma_takes_its_sizes_from_the_root(tiny_files: ModelFiles) -> None:
    use_gemma_config(tiny_files.gemma_root)
    written = json.loads((tiny_files.gemma_root / "config.json").read_text(encoding="utf-8"))

    text = GEMMA3_CONFIG_FOR_LTX.text_config
    assert (text.hidden_size, text.num_hidden_layers) == (64, 3)
    assert text.vocab_size == written["text_config"]["vocab_size"]
    assert GEMMA3_CONFIG_FOR_LTX.vision_config.patch_size == 4
    assert text.rope_local_base_freq == 10_000  # not in the file: as LTX has it


def test_samplers_draw_no_bars(renderer: Renderer, render: RenderClip, capfd: pytest.CaptureFixture[str]) -> None:
    del renderer
    render()

    assert "%|" not in capfd.readouterr().err
    assert list(samplers.tqdm([1, 2])) == [1, 2]
