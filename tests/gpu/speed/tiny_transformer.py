"""A tiny set's transformer, stock and quick, and how far two results are apart. Makes no files."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
from pathlib import Path
from typing import Any

import torch
from ltx_core.loader import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps

from gpu.render.lora import LoraMerge
from gpu.render.model_files import ModelFiles
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import Asked, Denoised, QuickTransformer, Switches, Watched

CPU = torch.device("cpu")
PAIRED = Switches(paired_up_to=100)
BF16_STEP = 2**-7
"""Relative: what one rounding to bf16 elsewhere may become in a result of two blocks."""


@dataclasses.dataclass(frozen=True)
class Tiny:
    """A tiny set's transformer as ltx-core loads it: plain, and with LoRAs that ltx-core fused when it loaded it."""

    files: ModelFiles
    ledger: Any
    plain: Any

    @property
    def model(self) -> Any:
        return self.plain.velocity_model

    def loras(self, *strengths: tuple[Path | None, float]) -> tuple[LoraPathStrengthAndSDOps, ...]:
        return tuple(
            LoraPathStrengthAndSDOps(str(path), strength, LTXV_LORA_COMFY_RENAMING_MAP) for path, strength in strengths
        )

    def merge(self, loras: tuple[LoraPathStrengthAndSDOps, ...]) -> LoraMerge:
        return LoraMerge(self.model, loras, "checkpoint", CPU)


def quick(base: Any, repeated: Repeated | None = None, **settings: Any) -> QuickTransformer:
    settings = {"switches": Switches(), "watched": Watched(), **settings}
    return QuickTransformer(base, repeated=Repeated() if repeated is None else repeated, **settings)


def stock(base: Any, clip: Asked) -> Denoised:
    return base(*clip, perturbations=None)


def same(left: Denoised, right: Denoised) -> bool:
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


def far(left: Denoised, right: Denoised) -> float:
    """The larger relative difference of the two streams."""
    return max(((a.float() - b.float()).norm() / b.float().norm()).item() for a, b in zip(left, right, strict=True))


def in_float32(clip: Asked) -> Asked:
    video, audio = (
        dataclasses.replace(each, latent=each.latent.float(), context=each.context.float()) for each in clip
    )
    return video, audio


def louder(clip: Asked) -> Asked:
    video, audio = (dataclasses.replace(each, context=each.context * 10) for each in clip)
    return video, audio
