"""Patches for ltx-core and ltx-pipelines 1.0.0, which assume a CUDA device, fixed Gemma sizes and a terminal.

Each patch names the upstream behaviour and says when it can go. Knows no pipeline and no job.
"""

# LTX, torch and safetensors come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ctypes
import dataclasses
import functools
import gc
import json
import sys
import types
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import torch
from ltx_core.components import diffusion_steps
from ltx_core.model.transformer import X0Model
from ltx_core.text_encoders.gemma import config as gemma_config
from ltx_pipelines import (
    a2vid_two_stage,
    distilled,
    ic_lora,
    keyframe_interpolation,
    retake,
    ti2vid_one_stage,
    ti2vid_two_stages,
    ti2vid_two_stages_hq,
)
from ltx_pipelines.utils import ModelLedger, helpers, media_io, samplers
from numpy.typing import NDArray
from torch import Tensor

from gpu.media.pictures import prepared_at
from gpu.speed.guidance import guided, guided_by_noise_level


def allow_cpu() -> None:
    """Lets the pipelines run without CUDA; changes nothing on a machine with CUDA.

    They call `torch.cuda.synchronize()` without a check for CUDA (25 places), which raises on a CPU build; Gemma's
    enhancement keeps the random state of a card.
    Can go with LTX 1.2.0, which has a device layer.
    """
    if torch.cuda.is_available():
        return

    def nothing_to_wait_for(device: object = None) -> None:
        del device

    assert callable(torch.cuda.synchronize)
    torch.cuda.synchronize = nothing_to_wait_for
    torch.random.fork_rng = _forked_without_cpu


_fork_rng = torch.random.fork_rng


def _forked_without_cpu(devices: Any = None, *others: Any, **named: Any) -> Any:
    """torch's `fork_rng` for any device: LTX names the one that Gemma lies on, and for a CPU torch would ask a card for
    its random state. The CPU's own is kept in any case."""
    cards = None if devices is None else [each for each in devices if torch.device(each).type != "cpu"]
    return _fork_rng(cards, *others, **named)


def number_format() -> torch.dtype:
    """The number format of the pipelines: bfloat16 on a card, as in LTX; float32 on every CPU.

    A CPU without bfloat16 instructions (most laptops: AVX2 alone) multiplies bfloat16 matrices at 0.8 GFLOP/s and
    float32 ones at 108; a CPU with them would save 0.4 s of a tiny clip (torch 2.13, 2 cores, 2026-11-26). With one
    format for all CPUs, a seed also gives the same clip on each.
    """
    return torch.bfloat16 if torch.cuda.is_available() else torch.float32


def use_number_format() -> None:
    """Makes the pipelines compute in `number_format()`; changes nothing where that is bfloat16. Idempotent.

    LTX names bfloat16 inside each pipeline and takes no argument for it. So each pipeline's module gets a torch whose
    `bfloat16` is the other format; the rest of LTX follows its input tensors. Where LTX itself adds a LoRA, it keeps
    the weights that no LoRA changes in the file's format.
    """
    if number_format() == torch.bfloat16:
        return
    replaced = "torch"
    for pipeline in (
        a2vid_two_stage,
        distilled,
        ic_lora,
        keyframe_interpolation,
        retake,
        ti2vid_one_stage,
        ti2vid_two_stages,
        ti2vid_two_stages_hq,
    ):
        assert hasattr(pipeline, replaced), f"{pipeline.__name__} no longer takes its formats from there"
        setattr(pipeline, replaced, _TorchWithout16Bits(replaced))
    second_order = functools.partial(samplers.res2s_audio_video_denoising_loop, model_dtype=number_format())
    ti2vid_two_stages_hq.res2s_audio_video_denoising_loop = second_order
    ModelLedger.transformer = _transformer_in_one_format


_ltx_transformer = ModelLedger.transformer


def _transformer_in_one_format(self: ModelLedger) -> X0Model:
    return _ltx_transformer(self).to(self.dtype)


class _TorchWithout16Bits(types.ModuleType):
    """torch, with float32 under the name of bfloat16."""

    bfloat16 = torch.float32

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


def use_gemma_config(root: Path) -> None:
    """Makes LTX build Gemma with the sizes in `root/config.json`; for the released 12B root this changes nothing.

    LTX 1.0.0 takes the sizes of Gemma and of the feature extractor from a constant, and ignores the file. The constant
    is a plain mutable dataclass that is read at build time. Can go with LTX 1.2.0, which reads the file.
    """
    target = getattr(gemma_config, "GEMMA3_CONFIG_FOR_LTX", None)
    assert dataclasses.is_dataclass(target) and not isinstance(target, type), "LTX no longer keeps Gemma's sizes here"
    _overlay(target, json.loads((root / "config.json").read_text(encoding="utf-8")))


def _overlay(target: Any, source: dict[str, Any]) -> None:
    for field in dataclasses.fields(target):
        if field.name in source:
            current, value = getattr(target, field.name), source[field.name]
            if dataclasses.is_dataclass(current) and isinstance(value, dict):
                _overlay(current, cast("dict[str, Any]", value))
            elif value is not None:
                setattr(target, field.name, value)


def compress_pictures_alike() -> None:
    """Makes a conditioning picture independent of the number of CPU cores.

    LTX compresses each picture with x264 first, like its training data. x264 cuts a picture into about one slice per
    core, and the slices change pixels: one seed gave different clips on 2 cores and on 32 (2026-11-23).
    """
    assert callable(media_io.encode_single_frame)
    media_io.encode_single_frame = _compressed


def read_pictures_at_their_size() -> None:
    """Makes LTX read each conditioning picture from a file of exactly the required size.

    LTX shrinks a picture bilinearly and without a filter, so that fine patterns become moiré: stripes of 4 pixels
    reached the first stage at SSIM -0.02 (2026-11-26). Can go when LTX filters.
    """
    if hasattr(helpers.load_image_conditioning, "__wrapped__"):
        return
    stock = helpers.load_image_conditioning

    @functools.wraps(stock)
    def load(image_path: str, height: int, width: int, *others: Any, **named: Any) -> Tensor:
        return stock(str(prepared_at(Path(image_path), width, height)), height, width, *others, **named)

    helpers.load_image_conditioning = load


def _compressed(output_file: Any, image_array: NDArray[np.uint8], crf: float) -> None:
    height, width = (side // 2 * 2 for side in image_array.shape[:2])
    with av.open(output_file, "w", format="mp4") as container:
        options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        stream: Any = container.add_stream("libx264", rate=1, options=options)
        stream.height, stream.width = height, width
        picture = av.VideoFrame.from_ndarray(image_array[:height, :width], format="rgb24").reformat(format="yuv420p")
        container.mux(stream.encode(picture))
        container.mux(stream.encode())


def without_progress_bars() -> None:
    """Stops the samplers from writing progress bars to the worker's log. LTX 1.2.0 still has no switch for it."""
    assert hasattr(samplers, "tqdm"), "the samplers no longer draw their own bar"

    def plain(steps: Any) -> Any:
        return steps

    samplers.tqdm = plain


def without_waiting() -> None:
    """Lets the host queue a sampler's step before the last evaluation is over; the result stays equal to the bit.

    LTX copies the noise level from the card, twice a step, to divide by it; the card then idles until the host has
    queued the next evaluation. Without CUDA this changes nothing.
    """
    assert hasattr(diffusion_steps, "to_velocity"), "the samplers no longer divide by the noise level here"
    if torch.cuda.is_available():
        diffusion_steps.to_velocity = velocity


def velocity(sample: Tensor, sigma: Tensor, denoised: Tensor) -> Tensor:
    """`to_velocity` of ltx-core for a noise level (a float32 scalar) on the card. CUDA divides by a host number by
    multiplying with its reciprocal; this does the same."""
    return ((sample.float() - denoised.float()) * sigma.float().reciprocal()).to(sample.dtype)


def guide_at_once() -> None:
    """Lets a guided step request all of its evaluations at once (`gpu.speed.guidance`), where LTX requests one after
    the other. Every guided pipeline has imported its function, so each is patched. With LTX's own transformer nothing
    changes."""
    by_level, at_every_level = "multi_modal_guider_factory_denoising_func", "multi_modal_guider_denoising_func"
    for pipeline, replaced, ours in (
        (keyframe_interpolation, by_level, guided_by_noise_level),
        (ti2vid_one_stage, by_level, guided_by_noise_level),
        (ti2vid_two_stages, by_level, guided_by_noise_level),
        (ti2vid_two_stages_hq, at_every_level, guided),
        (a2vid_two_stage, at_every_level, guided),
    ):
        assert hasattr(pipeline, replaced), f"{pipeline.__name__} no longer takes its guided steps from there"
        setattr(pipeline, replaced, ours)


def in_float32(model: Any) -> Any:
    """The same model computing in float32, whatever format its input has."""

    def widen(_model: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(each.float() for each in given)

    model.float().register_forward_pre_hook(widen)
    return model


def freeze_what_stays() -> None:
    """Excludes all living objects from garbage collection; call it once the models are loaded.

    The pipelines collect up to eight times a call. Over the objects of transformers and torch that took 70 % of a tiny
    clip's time (measured on 2 CPU cores).
    """
    gc.collect()
    gc.freeze()


def return_free_memory() -> None:
    """Returns memory that a clip has freed to the system, where the C library would keep it (glibc).

    After a run of 41-frame tiny clips the process held 634 MiB, 524 of them in use, and up to 828 on a busy machine
    (measured, 2 CPU cores, 2026-11-23): glibc keeps an arena for each thread that ever allocated memory.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # absent from musl
        if trim is not None:
            trim(0)
