"""Trains the spatial upsampler on pairs of half-size and full-size latents of the same clips.

Does not know the transformer; noise on the input stands for what its first stage leaves.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import logging
import math
import random
import time
from typing import Any

import torch
from torch import nn

from gpu.tiny.latent_store import GRIDS, LatentStore, upsampled
from gpu.tiny.trained_sizes import USED_CHANNELS

log = logging.getLogger(__name__)

_LEARNING_RATE = 2e-3
_CLIPS = 48


def train_upsampler(
    store: LatentStore, upsampler: Any, seconds: float, order: random.Random, shrink: int = 1, *, resumed: bool = False
) -> None:
    """Trains `upsampler` in place for `seconds`, more gently where it is `resumed`; unused channels stay at zero."""
    peak = _LEARNING_RATE / 4 if resumed else _LEARNING_RATE
    with torch.no_grad():
        upsampler.initial_conv.weight[:, USED_CHANNELS:] = 0
        upsampler.final_conv.weight[USED_CHANNELS:] = 0
        upsampler.final_conv.bias[USED_CHANNELS:] = 0
    optimizer = torch.optim.AdamW(upsampler.parameters(), lr=peak, betas=(0.9, 0.99), weight_decay=1e-4)
    started, step = time.monotonic(), 0
    while (share := (time.monotonic() - started) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = peak * min(1, (step + 1) / 100) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        grid, length = order.choice(GRIDS), order.randint(2, 5)
        kind = order.choices(("moved", "fade", "through"), (10, 1, 1))[0]
        half, full = store.pairs(grid, kind, max(1, _CLIPS // shrink), length)
        with torch.autocast(store.pool.device.type, torch.bfloat16):
            made = upsampled(upsampler, store.encoder, half + torch.randn_like(half) * 0.25 * order.random())
        loss = (made.float() - full).square().mean()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(upsampler.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if step % 200 == 0 or step == 1:
            log.info("upsampler step %d: loss %.3f of %.1f", step, loss.item(), full.square().mean().item())
