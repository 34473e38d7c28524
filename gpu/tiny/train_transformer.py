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
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from gpu.stock import use_gemma_config
from gpu.tiny import trained_sizes
from gpu.tiny.flow import FULL_MODES, HALF_MODES, VideoFlow, draw_sigma, scene_of
from gpu.tiny.latent_store import GRIDS, LatentStore
from gpu.tiny.motions import MOTIONS
from gpu.tiny.muon import Muon
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
_SAVED_EVERY = 1000
"""Steps between savings of what there is, lest an interrupted training leave nothing."""
_BLOCKS = "transformer_blocks."
_WISHED = (6, 14, 10, 10, 10, 10, 10, 11, 11, 6, 10)
"""How often each motion of `MOTIONS`, then a negative prompt, is asked for: what the camera must move is learned last,
and a zoom in is what most people ask."""


def train_transformer(
    pool: Pool,
    parts: Path,
    out: Path,
    seconds: float,
    seed: int,
    shrink: int = 1,
    *,
    resume: bool = False,
    eager: bool = False,
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
    train_upsampler(store, upsampler, seconds * _UPSAMPLER_SHARE, order, shrink, resumed=resume)
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
        load_shallower(model, parts / "transformer.safetensors")
        load(processor, parts / "text.safetensors", but=is_sound)
        silence_spare_channels(model)
    average: Any = copy.deepcopy(everything).requires_grad_(False)
    parameters = [
        *(each for name, each in model.named_parameters() if not is_sound(name)),
        *processor.feature_extractor.parameters(),
        *processor.video_connector.parameters(),
    ]
    inner = [each for name, each in model.named_parameters() if is_inner_matrix(name, each)]
    outer = [each for each in parameters if not any(each is one for one in inner)]
    muon, optimizer = Muon(inner), torch.optim.AdamW(outer, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    flow = VideoFlow(model, compiled=device.type == "cuda" and not eager)
    peak = _LEARNING_RATE * (0.7 if resume else 1.0)
    begun, step = time.monotonic(), 0
    left = seconds - (begun - started)
    while (share := (time.monotonic() - begun) / left) < 1:
        rate = peak * min(1, (step + 1) / 200) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        optimizer.param_groups[0]["lr"] = rate
        half, grid = order.random() < 0.55, order.choice(GRIDS)
        modes = HALF_MODES if half else FULL_MODES
        mode = order.choices(list(modes), list(modes.values()))[0]
        length = 5 if mode in ("fade", "through") or order.random() < 0.5 else order.randint(2, 6)
        texts, group = max(2, _TEXTS_PER_STEP // shrink), max(1, (10 if half else 4) // shrink)
        asked = torch.tensor(order.choices(range(len(wishes)), _WISHED, k=texts), device=device)
        rows = asked * per_wish + torch.randint(per_wish, (texts,), device=device)
        # A negative prompt's clip may move in any way.
        shown = torch.where(asked < len(MOTIONS), asked, torch.randint(len(MOTIONS), (texts,), device=device))
        kind = mode if mode in ("fade", "through") else "moved"
        clean, start, pictures = store.take(grid, kind, shown, group, length, half=half)
        scene = scene_of(clean, start, pictures, mode, order)
        sigma = draw_sigma(len(clean), half=half, order=order, device=device)
        with torch.autocast(device.type, torch.bfloat16):
            loss = flow.loss(scene, sigma, contexts(processor, bank.states[rows], bank.lengths[rows]))
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
            muon.step(rate)
        everything.zero_grad(set_to_none=True)
        _follow(average, everything, min(_AVERAGED_OVER, step / (step + 10)))
        step += 1
        if step % 200 == 0 or step in (1, 10, 50):
            elapsed = time.monotonic() - begun
            log.info("flow step %d at %.0f s: loss %.4f, %s, %s of %s", step, elapsed, loss.item(), mode, half, grid)
        if step % _SAVED_EVERY == 0:
            _save_parts(average, out)
    _save_parts(average, out)


def _save_parts(average: Any, out: Path) -> None:
    save(average[0], out / "transformer.safetensors", but=is_sound)
    save(average[1], out / "text.safetensors", but=is_sound)


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


def load_shallower(model: Any, path: Path) -> None:
    """Fills a transformer from one with as many blocks or fewer. A block that the file lacks stands after the one it
    is copied from, with its outputs at zero, so that at first it changes nothing."""
    weights = {name: tensor for name, tensor in load_file(path).items() if not is_sound(name)}
    there = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith(_BLOCKS))
    missing = len(model.transformer_blocks) - there
    origin = sorted([*range(there), *((1 + 2 * index) % there for index in range(missing))])
    filled: dict[str, Tensor] = {name: each for name, each in model.state_dict().items() if is_sound(name)}
    for name, tensor in weights.items():
        if not name.startswith(_BLOCKS):
            filled[name] = tensor
            continue
        _, number, rest = name.split(".", 2)
        for copy_of, place in enumerate(index for index, block in enumerate(origin) if block == int(number)):
            closed = copy_of and any(part in rest for part in ("attn1.to_out", "attn2.to_out", "ff.net.2"))
            filled[f"{_BLOCKS}{place}.{rest}"] = torch.zeros_like(tensor) if closed else tensor
    model.load_state_dict(filled)


def is_inner_matrix(name: str, weight: Tensor) -> bool:
    """Whether a weight is one of the matrices that map hidden states to hidden states, which `Muon` trains."""
    return name.startswith(_BLOCKS) and weight.ndim == 2 and not is_sound(name) and "table" not in name


def is_sound(name: str) -> bool:
    """Whether a weight of the transformer serves the sound, or the paths between sound and picture."""
    return "audio" in name or "av_ca" in name or "a2v" in name


@torch.no_grad()
def _follow(average: Any, parts: nn.ModuleList, keep: float) -> None:
    get_ema_multi_avg_fn(keep)(list(average.parameters()), list(parts.parameters()), 0)
