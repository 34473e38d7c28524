"""Trains the spatial upsampler on pairs of half-size and full-size latents of the same clips.

Does not know the transformer; noise on the input simulates the noise that its first stage leaves.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import logging
import math
import random
import time
from typing import Any, cast

import torch
from ltx_core.model.upsampler import LatentUpsamplerConfigurator
from torch import Tensor, nn

from gpu.tiny import trained_sizes
from tools.tiny_training.latent_store import GRIDS, LatentStore, upsampled
from tools.tiny_training.learning import Replayed, Weights

log = logging.getLogger(__name__)

_LEARNING_RATE = 2e-3
_AVERAGED_OVER = 0.999
_CLIPS = 48
_NOISE = 0.25
"""Largest spread of the noise on the input; the strongest channels have a spread of 3."""
_MIDDLE = 1
"""Index of the current one among the three latent frames that a convolution sees."""


def new_upsampler(device: torch.device) -> Any:
    """The upsampler with torch's initial weights, for each latent frame by itself: weights for the neighbours would
    gain little and be two thirds of its bytes."""
    upsampler: Any = cast("Any", LatentUpsamplerConfigurator).from_config(trained_sizes.upsampler()).to(device)
    seen = torch.zeros(1, 1, 3, 1, 1, device=device)
    seen[:, :, _MIDDLE] = 1

    def only_seen(gradient: Tensor) -> Tensor:
        return gradient * seen.to(gradient.dtype)

    for module in upsampler.modules():
        if isinstance(module, nn.Conv3d):
            with torch.no_grad():
                module.weight.mul_(seen)
            module.weight.register_hook(only_seen)
    return upsampler


def train_upsampler(
    store: LatentStore, upsampler: Any, seconds: float, order: random.Random, shrink: int = 1, *, resumed: bool = False
) -> None:
    """Trains `upsampler` in place for `seconds`, at a lower rate where it is `resumed`."""
    device = store.pool.device
    weights = Weights(dict(upsampler.bfloat16().named_parameters()), {})

    def learn(half: Tensor, full: Tensor) -> Tensor:
        loss = (upsampled(upsampler, store.encoder, half) - full).square().mean()
        loss.backward()
        weights.step()
        return loss.detach()

    step_of = Replayed(learn, device)
    peak = _LEARNING_RATE / 4 if resumed else _LEARNING_RATE
    started, step = time.monotonic(), 0
    while (share := (time.monotonic() - started) / seconds) < 1:
        weights.rate.fill_(peak * min(1, (step + 1) / 100) * max(0.01, 0.5 * (1 + math.cos(math.pi * share))))
        weights.follow.fill_(1 - min(_AVERAGED_OVER, step / (step + 10)))
        grid, length = order.choice(GRIDS), order.randint(2, 5)
        kind = order.choices(("moved", "fade", "through"), (10, 1, 1))[0]
        half, full = store.pairs(grid, kind, max(1, _CLIPS // shrink), length)
        loss = step_of(half + torch.randn_like(half) * _NOISE * order.random(), full)
        step += 1
        if step % 1000 == 0 or step == 1:
            log.info("upsampler step %d: loss %.3f of %.1f", step, loss.item(), full.square().mean().item())
    upsampler.float().load_state_dict(upsampler.state_dict() | weights.averaged())
