"""A few blocks of LTX-2 at its full width, loud where a trained model is loud: what rounding does shows here.

Weights as they are initialised would flatter every shortcut: attention is flat, modulation vanishes, no channel stands
out. Here every layer gives outputs of unit size, queries and keys are scaled until attention is sharp, modulation is of
order one, and one channel in 200 is 20 times the others. Says nothing about how a clip looks.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
import torch
from ltx_core.model.transformer import LTXModelConfigurator, X0Model
from torch import Tensor
from torch.nn import functional

from gpu.speed.transformer import Asked
from tests.gpu.speed.evaluations import at
from tools.measure import released

OUTLIERS = 200
"""One channel in so many is loud."""
LOUDNESS = 20.0
SHARPNESS = 1.6
"""Size of the gains on queries and keys: scores spread by its square, and attention at 128 tokens looks at a few."""

_LOUD = ("patchify_proj", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2")


class Velocities(NamedTuple):
    """What a transformer predicts before a sampler makes a clean latent of it: (1, tokens, 128) each."""

    picture: Tensor
    sound: Tensor


def loud_model(blocks: int, seed: int = 0) -> Any:
    """A stock `X0Model` of the real 19B width with so many blocks, in bf16."""
    config = released.checkpoint()
    config["transformer"] |= {"num_layers": blocks}
    with torch.device("meta"):
        model: Any = LTXModelConfigurator.from_config(config)  # pyright: ignore[reportAttributeAccessIssue]
    model = model.to(torch.bfloat16).to_empty(device="cpu").eval()
    draw = torch.Generator().manual_seed(seed)
    for name, tensor in model.named_parameters():
        layer, _, kind = name.rpartition(".")
        if layer.endswith("_norm"):
            tensor.data.copy_(SHARPNESS * torch.empty(tensor.shape).normal_(0.0, 0.3, generator=draw).exp())
        elif tensor.dim() < 2 or kind != "weight":
            tensor.data.normal_(0.0, 0.5 if "table" in kind else 0.02, generator=draw)
        else:
            tensor.data.normal_(0.0, tensor.shape[1] ** -0.5, generator=draw)
            if layer.endswith(_LOUD):
                tensor.data[::OUTLIERS] *= LOUDNESS
    return X0Model(model)


@contextmanager
def products_in_float32() -> Generator[None]:
    """Linear layers in bf16 as a matrix unit computes them, added in float32 and rounded once, on any CPU: one without
    bf16 instructions takes a hundred times as long for torch's own bf16 product. A weight is widened once: it may not
    change meanwhile."""
    product = functional.linear
    kept: dict[tuple[int, torch.Size], tuple[Tensor, Tensor]] = {}

    def wide(weight: Tensor) -> Tensor:
        key = weight.data_ptr(), weight.shape
        if key not in kept:
            kept[key] = weight, weight.float()  # the weight itself, so that no other gets its place in memory
        return kept[key][1]

    def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        if x.dtype != torch.bfloat16:
            return product(x, weight, bias)
        return product(x.float(), wide(weight), None if bias is None else bias.float()).to(x.dtype)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functional, "linear", linear)
        yield
    kept.clear()  # whoever has taken the function keeps it, and gigabytes with it


def velocities(base: Any, denoise: Callable[..., Any], clip: Asked) -> Velocities:
    """What `denoise`, which runs `base`'s last layers, predicts for a clip."""
    seen: dict[str, Tensor] = {}
    model = base.velocity_model
    hooks = [
        layer.register_forward_hook(lambda _layer, _given, out, name=name: seen.update({name: out.float()}))
        for name, layer in (("picture", model.proj_out), ("sound", model.audio_proj_out))
    ]
    try:
        denoise(*clip, None)
    finally:
        for hook in hooks:
            hook.remove()
    return Velocities(**seen)


def trajectory(base: Any, clip: Asked, sigmas: Sequence[float]) -> list[tuple[Asked, Velocities]]:
    """The stock model's own way through a schedule in float32: at each noise level the clip as it then is, its latents
    rounded to bf16, and what the model predicts for exactly that. The model is widened meanwhile."""
    steps: list[tuple[Asked, Velocities]] = []
    base.float()
    for sigma in sigmas:
        if steps:
            clip = _moved(*steps[-1], sigma)
        steps.append((clip, velocities(base, base, _widened(clip))))
    base.bfloat16()
    return steps


def _moved(clip: Asked, velocity: Velocities, sigma: float) -> Asked:
    after = at(clip, sigma)
    video, audio = (
        dataclasses.replace(now, latent=(old.latent + flow * (now.timesteps - old.timesteps)).to(torch.bfloat16))
        for old, now, flow in zip(clip, after, velocity, strict=True)
    )
    return video, audio


def _widened(clip: Asked) -> Asked:
    video, audio = (
        dataclasses.replace(each, latent=each.latent.float(), context=each.context.float()) for each in clip
    )
    return video, audio


def error(ours: Tensor, exact: Tensor) -> float:
    """Relative L2."""
    return ((ours - exact).norm() / exact.norm()).item()
