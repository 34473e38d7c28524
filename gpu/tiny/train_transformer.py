"""Trains the tiny transformer, its text path and the latent upsampler on latents of clips that move as asked.

Flow matching as the pipelines sample: x = (1 - s) clean + s noise, where s is sigma times the token's denoise mask,
and the velocity is noise - clean. A step is one grid (half or full size, three ratios), one length and one way of
conditioning: first picture in place, key frames appended, a reference clip appended, or none. Full-size steps start,
like stage 2, from the upsampler's latents at the three distilled sigmas. Clips sharing a text are grouped, so that
its keys are made once.

The video stream trains alone: nothing leads from the sound to it, and the sound is silent by construction.
Does not know files of the finished set; `packing.py` does.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import logging
import math
import random
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import torch
from ltx_core.model.transformer import LTXModelConfigurator
from ltx_core.model.upsampler import LatentUpsamplerConfigurator
from ltx_core.text_encoders.gemma import EmbeddingsProcessorConfigurator
from torch import nn

from gpu.resident import use_gemma_config
from gpu.tiny import trained_sizes
from gpu.tiny.flow import FULL_MODES, HALF_MODES, VideoFlow, draw_sigma, scene_of
from gpu.tiny.latent_store import GRIDS, LatentStore
from gpu.tiny.motions import MOTIONS
from gpu.tiny.prompts import Wish, compose
from gpu.tiny.text_features import TextBank, contexts, load_gemma
from gpu.tiny.train import load, save
from gpu.tiny.train_data import Pool
from gpu.tiny.train_upsampler import train_upsampler
from gpu.tiny.train_vae import new_autoencoder
from gpu.tiny.trained import write_text_root
from gpu.tiny.trained_sizes import USED_CHANNELS

log = logging.getLogger(__name__)

_LEARNING_RATE = 1.5e-3
_AVERAGED_OVER = 0.999
_TEXTS_PER_WISH = 160
_TEXTS_PER_STEP = 32
_CLIPS_PER_SHELF = 448
_UPSAMPLER_SHARE = 0.1


def train_transformer(
    pool: Pool, parts: Path, out: Path, seconds: float, seed: int, shrink: int = 1, *, resume: bool = False
) -> None:
    """Leaves transformer, text path and upsampler under `out`, averaged, in float32, after `seconds` in all."""
    started = time.monotonic()
    device, order = pool.device, random.Random(seed)
    torch.manual_seed(seed)
    encoder, _ = new_autoencoder(device)
    load(encoder, parts / "encoder.safetensors").bfloat16().requires_grad_(False)
    shelf = max(2, _CLIPS_PER_SHELF // shrink)
    store = LatentStore(pool, encoder, per_motion=shelf, fades=shelf)
    log.info("latents stored at %.0f s", time.monotonic() - started)
    upsampler: Any = cast("Any", LatentUpsamplerConfigurator).from_config(trained_sizes.upsampler()).to(device)
    if resume:
        load(upsampler, parts / "upsampler.safetensors")
    else:
        train_upsampler(store, upsampler, seconds * _UPSAMPLER_SHARE, order, shrink)
    save(upsampler, out / "upsampler.safetensors")
    store.add_upsampled(upsampler)

    wishes: list[Wish] = [*MOTIONS, "refusal"]
    per_wish = max(2, _TEXTS_PER_WISH // shrink)
    with tempfile.TemporaryDirectory() as folder:
        write_text_root(Path(folder))
        use_gemma_config(Path(folder))
        bank = TextBank(
            load_gemma(Path(folder), device), [compose(wish, order) for wish in wishes for _ in range(per_wish)]
        )
    model = new_transformer(device)
    processor: Any = EmbeddingsProcessorConfigurator.from_config(trained_sizes.checkpoint()).to(device).float()
    log.info("%d texts encoded at %.0f s", len(bank.lengths), time.monotonic() - started)
    everything = nn.ModuleList([model, processor])
    if resume:
        load(model, parts / "transformer.safetensors", but=is_sound)
        load(processor, parts / "text.safetensors", but=is_sound)
        silence_spare_channels(model)
    average: Any = copy.deepcopy(everything).requires_grad_(False)
    parameters = [
        *(each for name, each in model.named_parameters() if not is_sound(name)),
        *processor.feature_extractor.parameters(),
        *processor.video_connector.parameters(),
    ]
    flow = VideoFlow(model)
    optimizer = torch.optim.AdamW(parameters, lr=_LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    peak = _LEARNING_RATE * (0.5 if resume else 1.0)
    begun, step = time.monotonic(), 0
    left = seconds - (begun - started)
    while (share := (time.monotonic() - begun) / left) < 1:
        for group in optimizer.param_groups:
            group["lr"] = peak * min(1, (step + 1) / 300) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        half, grid = order.random() < 0.55, order.choice(GRIDS)
        modes = HALF_MODES if half else FULL_MODES
        mode = order.choices(list(modes), list(modes.values()))[0]
        fades = mode in ("fade", "through")
        length = 5 if fades or order.random() < 0.5 else order.randint(2, 6)
        texts = max(2, _TEXTS_PER_STEP // shrink)
        flow.group = max(1, (16 if half else 6) // shrink)
        asked = [order.randrange(len(wishes)) for _ in range(texts)]
        rows = torch.tensor([wish * per_wish + order.randrange(per_wish) for wish in asked], device=device)
        keys: list[int | str] = [
            mode if fades else order.randrange(len(MOTIONS)) if wish == len(MOTIONS) else wish for wish in asked
        ]
        clean, start, pictures = store.take(grid, keys, flow.group, length, half=half, order=order)
        scene = scene_of(clean, start, pictures, mode, order)
        sigma = draw_sigma(len(clean), half=half, order=order, device=device)
        with torch.autocast(device.type, torch.bfloat16):
            loss = flow.loss(scene, sigma, contexts(processor, bank.states[rows], bank.lengths[rows]))
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        _follow(average, everything, min(_AVERAGED_OVER, step / (step + 10)))
        step += 1
        if step % 200 == 0 or step in (1, 10, 50):
            elapsed = time.monotonic() - begun
            log.info("flow step %d at %.0f s: loss %.4f, %s, %s of %s", step, elapsed, loss.item(), mode, half, grid)
    save(average[0], out / "transformer.safetensors")
    save(average[1], out / "text.safetensors")


def new_transformer(device: torch.device) -> Any:
    """The transformer with fresh weights: unit gain, residual branches small, gates open, output near zero."""
    model: Any = cast("Any", LTXModelConfigurator).from_config(trained_sizes.checkpoint())
    model.to_empty(device=device)  # LTX leaves its caption projection and tables without values
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("norm.weight"):
                weight.fill_(1.0)
            elif "scale_shift_table" in name:
                weight.normal_(std=0.02)
            elif weight.ndim == 1:
                weight.zero_()
            else:
                small = any(part in name for part in ("to_out", "net.2", "adaln_single.linear", "proj_out"))
                weight.normal_(std=(0.2 if small else 1.0) * weight.shape[1] ** -0.5)
        for block in model.transformer_blocks:
            block.scale_shift_table[[2, 5]] = 1.0
        silence_spare_channels(model)
    return model


@torch.no_grad()
def silence_spare_channels(model: Any) -> None:
    """Cuts the unused latent channels off. Training never shows them, but the pipelines fill them with noise."""
    model.patchify_proj.weight[:, USED_CHANNELS:] = 0
    model.proj_out.weight[USED_CHANNELS:] = 0
    model.proj_out.bias[USED_CHANNELS:] = 0


def is_sound(name: str) -> bool:
    """Whether a weight of the transformer serves the sound, or the paths between sound and picture."""
    return "audio" in name or "av_ca" in name or "a2v" in name


@torch.no_grad()
def _follow(average: Any, parts: nn.ModuleList, keep: float) -> None:
    for kept, new in zip(average.parameters(), parts.parameters(), strict=True):
        kept.lerp_(new, 1 - keep)
