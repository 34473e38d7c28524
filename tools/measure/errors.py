"""The error of each switch, on a card with its own kernels: in one evaluation, and in a whole clip.

An evaluation: four blocks at the real width, with a trained model's outliers, teacher forced, compared with the stock
model in float32 (`tests/gpu/speed/full_width.py`). A clip: the trained tiny set through the stock transformer and
decoder and through ours, from one seed, compared frame by frame before encoding. Without a card: a rehearsal of the
same path at a smaller size. Does not say how a large clip looks.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from ltx_core.model.transformer import Modality
from torch import Tensor

from gpu.core.contract import PresetName
from gpu.core.placement import PLANS
from gpu.render.pipelines import Renderer
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import Asked, QuickTransformer, Switches, Watched, narrowed
from gpu.tiny.trained import build_trained
from tests.gpu.speed.evaluations import asked
from tests.gpu.speed.full_width import error, loud_model, trajectory, velocities
from tools.measure import speed
from tools.tiny_training.studio import Studio, drawn

SIGMAS = (0.975, 0.725, 0.421875)
"""Three of the distilled schedule: early, middle, late."""
IN_BF16 = {"ours": (False, False), "compiled": (True, False), "8-bit attention": (True, True)}
IN_EIGHT_BITS = {"8-bit layers": (True, False), "both": (True, True)}
"""Compiled, and whether attention is in 8 bits too."""

PRESETS_COMPARED: tuple[PresetName, ...] = ("aggressive_quality", "quality_light")

Steps = list[tuple[Asked, Any]]


def of_an_evaluation(*, rehearse: bool) -> Iterator[dict[str, Any]]:
    """One row per switch and noise level: relative L2 error of the velocity, also as multiples of the stock bf16's."""
    device = torch.device("cpu" if rehearse else "cuda")
    size = (64, 16, 16) if rehearse else (2_048, 64, 128)
    with torch.inference_mode():
        base = loud_model(1 if rehearse else 4).to(device)
        clip = asked(base.velocity_model, tokens=size[0], sounds=size[1], words=size[2])
        steps = trajectory(base, on(clip, device), SIGMAS)
        floor = [_error(base, base, step) for step in steps]
        for name, (compiled, attention) in IN_BF16.items():
            switches = Switches(compiled and not rehearse, eight_bit_attention=attention)
            yield from _rows(name, _quick(base, switches, None), base, steps, floor)
        blocks = narrowed(base, {0: None}, device)[0]  # which gives up the layers in bf16
        for name, (compiled, attention) in IN_EIGHT_BITS.items():
            switches = Switches(compiled and not rehearse, eight_bit_layers=True, eight_bit_attention=attention)
            yield from _rows(name, _quick(base, switches, blocks), base, steps, floor)


def of_a_clip(folder: Path, *, rehearse: bool) -> Iterator[dict[str, Any]]:
    """One row per variant: PSNR of its frames to the stock ones in dB, overall and of the worst frame."""
    files = build_trained(folder / "trained")
    picture = next(drawn(1, 320, 192))
    known: Tensor | None = None
    for name, plan in (("stock", "resident"), ("ours", "resident"), ("8-bit", "resident_8_bit")):
        renderer = Renderer(files, plan=PLANS[plan], compiled=name != "stock" and not rehearse)
        if name == "stock":
            speed.as_shipped(renderer)
        studio = Studio(renderer, folder, "tiny-trained")
        for preset in PRESETS_COMPARED:
            frames = studio.clip(preset, "줌 인", [(picture, 0)])
            known = frames if known is None else known
            wrong = (frames - known).square()
            yield {
                "variant": name,
                "preset": preset,
                "beside": f"stock {PRESETS_COMPARED[0]}",
                "decibels": _decibels(wrong.mean().item()),
                "worst_frame_decibels": _decibels(wrong.mean(dim=(0, 2, 3)).max().item()),
            }
        speed.let_go()


def _decibels(square: float) -> float | None:
    """None for equal frames."""
    return round(-10 * math.log10(square), 1) if square else None


def _quick(base: Any, switches: Switches, blocks: Any) -> QuickTransformer:
    return QuickTransformer(base, switches=switches, watched=Watched(), repeated=Repeated(), blocks=blocks)


def on(clip: Asked, device: torch.device) -> Asked:
    """The clip with all of its tensors on this device."""

    def there(each: Modality) -> Modality:
        tensors: dict[str, Any] = {
            field.name: value.to(device)
            for field in dataclasses.fields(each)
            if isinstance(value := getattr(each, field.name), Tensor)
        }
        return dataclasses.replace(each, **tensors)

    return there(clip[0]), there(clip[1])


def _error(base: Any, ours: Any, step: Any) -> tuple[float, float]:
    clip, exact = step
    seen = velocities(base, ours, clip)
    return error(seen.picture, exact.picture), error(seen.sound, exact.sound)


def _rows(name: str, ours: Any, base: Any, steps: Steps, floor: list[tuple[float, float]]) -> Iterator[dict[str, Any]]:
    for sigma, step, least in zip(SIGMAS, steps, floor, strict=True):
        picture, sound = _error(base, ours, step)
        yield {
            "switch": name, "sigma": sigma, "picture": round(picture, 5), "sound": round(sound, 5),
            "times_stock_bf16": (round(picture / least[0], 2), round(sound / least[1], 2)),
        }  # fmt: skip
