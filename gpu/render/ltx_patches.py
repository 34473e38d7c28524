"""What LTX 1.0.0 takes for granted, set right for this process: a CUDA device, Gemma's sizes, a terminal, a short life.

Each adjustment says what it stands in for and when it can go. Knows no pipeline and no job.
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
from ltx_pipelines import distilled, ic_lora, keyframe_interpolation, ti2vid_one_stage, ti2vid_two_stages
from ltx_pipelines.utils import ModelLedger, helpers, media_io, samplers
from numpy.typing import NDArray
from torch import Tensor

from gpu.media.pictures import prepared_at
from gpu.speed.guidance import guided_in_pairs


def allow_cpu() -> None:
    """Lets the pipelines run where there is no CUDA; changes nothing where there is.

    They call `torch.cuda.synchronize()` without asking for CUDA (25 places), which raises on a CPU build.
    Can go with LTX 1.2.0, which has a device layer.
    """
    if torch.cuda.is_available():
        return

    def nothing_to_wait_for(device: object = None) -> None:
        del device

    assert callable(torch.cuda.synchronize)
    torch.cuda.synchronize = nothing_to_wait_for


def number_format() -> torch.dtype:
    """In which numbers the pipelines compute: bfloat16 on a card, as LTX means it; float32 on every CPU.

    A CPU without bfloat16 instructions (most laptops: AVX2 alone) multiplies bfloat16 matrices at 0.8 GFLOP/s and
    float32 ones at 108, and one with them gains 0.4 s of a tiny clip (torch 2.13, 2 cores, 2026-11-26). One format for
    all CPUs also gives one seed one clip.
    """
    return torch.bfloat16 if torch.cuda.is_available() else torch.float32


def use_number_format() -> None:
    """Makes the pipelines compute in `number_format()`; changes nothing where that is bfloat16. Idempotent.

    LTX names bfloat16 inside each pipeline and takes no argument for it, so each pipeline's module sees a torch whose
    bfloat16 is the other format; the rest of LTX follows the tensors that it is given. Where LTX itself adds a LoRA, it
    leaves the weights that no LoRA touches in the file's format, whatever was asked.
    """
    if number_format() == torch.bfloat16:
        return
    replaced = "torch"
    for pipeline in (distilled, ic_lora, keyframe_interpolation, ti2vid_one_stage, ti2vid_two_stages):
        assert hasattr(pipeline, replaced), f"{pipeline.__name__} no longer takes its formats from there"
        setattr(pipeline, replaced, _TorchWithout16Bits(replaced))
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

    LTX 1.0.0 builds Gemma, and sizes the feature extractor, from a constant and never reads the file. The constant is
    a plain mutable dataclass read at build time. Can go with LTX 1.2.0, which reads the file.
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
    """Makes a conditioning picture come out the same whatever the number of CPU cores.

    LTX sends each picture through x264 first, as its training data went. x264 cuts a picture into a slice a core, up to
    some number, and the slices change pixels: one seed gave one clip on 2 cores and another on 32 (2026-11-23).
    """
    assert callable(media_io.encode_single_frame)
    media_io.encode_single_frame = _compressed


def read_pictures_at_their_size() -> None:
    """Makes LTX read each conditioning picture from the file that has the size it asks for.

    LTX shrinks a picture bilinear and without a filter, so that fine patterns become moiré: stripes of 4 pixels were
    seen at SSIM -0.02 in a first stage (2026-11-26). Can go when LTX filters.
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
    """Stops the samplers from drawing terminal bars into the worker's log. LTX has no switch for it as of 1.2.0."""
    assert hasattr(samplers, "tqdm"), "the samplers no longer draw their own bar"

    def plain(steps: Any) -> Any:
        return steps

    samplers.tqdm = plain


def without_waiting() -> None:
    """Lets a sampler's step be handed to the card before the last evaluation is over; changes no bit of it.

    LTX asks the card for the noise level, twice a step, to divide by it; the card then stands still until the host has
    begun the next evaluation. Where there is no CUDA, nothing waits.
    """
    assert hasattr(diffusion_steps, "to_velocity"), "the samplers no longer divide by the noise level here"
    if torch.cuda.is_available():
        diffusion_steps.to_velocity = velocity


def velocity(sample: Tensor, sigma: Tensor, denoised: Tensor) -> Tensor:
    """`to_velocity` of ltx-core for a noise level (a float32 scalar) that lies on the card. CUDA divides by a number
    from the host by multiplying with its reciprocal, and so does this."""
    return ((sample.float() - denoised.float()) * sigma.float().reciprocal()).to(sample.dtype)


def guide_in_pairs() -> None:
    """Lets a guided step ask for both of its evaluations at once (`gpu.speed.guidance`), where LTX asks for one after
    the other. Every guided pipeline has imported the function that does so. With LTX's own transformer nothing changes.
    """
    replaced = "multi_modal_guider_factory_denoising_func"
    for pipeline in (keyframe_interpolation, ti2vid_one_stage, ti2vid_two_stages):
        assert hasattr(pipeline, replaced), f"{pipeline.__name__} no longer takes its guided steps from there"
        setattr(pipeline, replaced, guided_in_pairs)


def freeze_what_stays() -> None:
    """Takes everything alive out of the garbage collector's sight; call it once the models are loaded.

    The pipelines collect up to eight times a call; over the object graph of transformers and torch that was 70 % of
    a tiny clip's time (measured on 2 CPU cores).
    """
    gc.collect()
    gc.freeze()


def return_free_memory() -> None:
    """Hands memory that a clip used and freed back to the system, where the C library would keep it (glibc).

    After a run of 41-frame tiny clips 634 MiB were held, 524 of them in use, and up to 828 on a busy machine (measured,
    2 CPU cores, 2026-11-23): glibc keeps an arena for each thread that ever asked for memory.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # absent from musl
        if trim is not None:
            trim(0)
