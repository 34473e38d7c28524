"""Trains the tiny transformer, its text path and the latent upsampler on latents of clips with known motions.

Flow matching as the pipelines sample: x = (1 - s) clean + s noise, where s is sigma times the token's denoise mask,
and the velocity is noise - clean. A step is one grid (half or full size, three ratios), one length and one way of
conditioning: first picture in place, key frames appended, a reference clip appended, or none. Full-size steps start,
like stage 2, from the upsampler's latents at the three distilled sigmas. Clips sharing a text are grouped, so that
its keys are made once.

The video stream trains alone: the sound does not influence it, and is silent by construction.
Does not know files of the finished set; `packing.py` does.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import logging
import math
import random
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import torch
from ltx_core.model.transformer import LTXModelConfigurator
from ltx_core.text_encoders.gemma import EmbeddingsProcessorConfigurator
from safetensors.torch import save_file
from torch import Tensor, nn

from gpu.render.ltx_patches import use_gemma_config
from gpu.tiny import trained_sizes
from gpu.tiny.motions import MOTIONS
from gpu.tiny.trained import write_text_root
from tools.tiny_training.flow import FULL_MODES, HALF_MODES, Layout, Scene, draw_sigma, loss_of, rotation, scene_of
from tools.tiny_training.latent_store import GRIDS, LatentStore
from tools.tiny_training.learning import Replayed, Weights
from tools.tiny_training.prompts import Wish, compose
from tools.tiny_training.state_files import load, save
from tools.tiny_training.text_features import TextBank, contexts, load_gemma
from tools.tiny_training.train_data import Pool
from tools.tiny_training.train_upsampler import new_upsampler, train_upsampler
from tools.tiny_training.train_vae import new_autoencoder

log = logging.getLogger(__name__)

_LEARNING_RATE = 1.5e-3
_AVERAGED_OVER = 0.999
_TEXTS_PER_WISH = 160
_TEXTS_PER_STEP = 16
_CLIPS_PER_TEXT = (16, 6)
"""At half and at full size."""
_HALF_SIZE_SHARE = 0.55
_CLIPS_PER_SHELF = 480
_UPSAMPLER_SHARE = 0.1
_LEAST = 1.0
"""Seconds of training steps; preparation is not counted."""
_SAVED_EVERY = 5000
"""Steps between checkpoints, so that an interrupted training is not lost."""
_BLOCKS = "transformer_blocks."
_WISHED = (10, 14, 10, 10, 10, 10, 10, 11, 11, 6, 10)
"""How often each motion of `MOTIONS`, then a negative prompt, is drawn: camera motions are learned last, and a zoom in
is requested most."""


def train_transformer(
    pool: Pool,
    parts: Path,
    out: Path,
    seconds: float,
    seed: int,
    shrink: int = 1,
    *,
    resume: bool = False,
) -> None:
    """Writes transformer, text path and upsampler to `out`, averaged, in float32, after `seconds` in total."""
    started = time.monotonic()
    device, order = pool.device, random.Random(seed)
    torch.manual_seed(seed)
    encoder, _ = new_autoencoder(device)
    load(encoder, parts / "encoder.safetensors").bfloat16().requires_grad_(False)
    shelf = max(2, _CLIPS_PER_SHELF // shrink)
    store = LatentStore(pool, encoder, per_motion=shelf, fades=shelf)
    log.info("latents stored at %.0f s", time.monotonic() - started)
    upsampler = new_upsampler(device)
    if resume:
        load(upsampler, parts / "upsampler.safetensors")
    train_upsampler(store, upsampler, seconds * _UPSAMPLER_SHARE, order, shrink, resumed=resume)
    save(upsampler, out / "upsampler.safetensors")
    store.add_upsampled(upsampler)

    lessons = _Lessons(store, order, shrink)
    log.info("%d texts encoded at %.0f s", len(lessons.bank.lengths), time.monotonic() - started)
    model = new_transformer(device)
    processor: Any = EmbeddingsProcessorConfigurator.from_config(trained_sizes.checkpoint()).to(device).float()
    if resume:
        load(model, parts / "transformer.safetensors", but=is_sound)
        load(processor, parts / "text.safetensors", but=is_sound)
    both = nn.ModuleDict({"transformer": model, "text": processor}).bfloat16()
    learned = {name: each for name, each in both.named_parameters() if not is_sound(name)}
    matrices = {name: each for name, each in learned.items() if is_inner_matrix(name, each)}
    weights = Weights({name: each for name, each in learned.items() if name not in matrices}, matrices)

    def learn(*given: Tensor) -> Tensor:
        clean, start, mask, sigma, counted, cos, sin, states, lengths = given
        loss = loss_of(model, clean, start, mask, sigma, counted, (cos, sin), contexts(processor, states, lengths))
        loss.backward()
        weights.step()
        return loss.detach()

    step_of = Replayed(learn, device)
    peak = _LEARNING_RATE * (0.7 if resume else 1.0)
    begun, step = time.monotonic(), 0
    left = max(_LEAST, seconds - (begun - started))
    while (share := (time.monotonic() - begun) / left) < 1:
        weights.rate.fill_(peak * min(1, (step + 1) / 200) * max(0.01, 0.5 * (1 + math.cos(math.pi * share))))
        weights.follow.fill_(1 - min(_AVERAGED_OVER, step / (step + 10)))
        name, scene, sigma, rows = lessons.draw()
        loss = step_of(
            scene.clean,
            scene.start,
            scene.mask,
            sigma,
            (torch.arange(scene.mask.shape[1], device=device) < scene.layout.frames).float(),
            *lessons.rotation(model, scene.layout),
            lessons.bank.states[rows],
            lessons.bank.lengths[rows],
        )
        step += 1
        if step % 500 == 0 or step in (1, 10, 50, 200):
            log.info("flow step %d at %.0f s: loss %.4f, %s", step, time.monotonic() - begun, loss.item(), name)
        if step % _SAVED_EVERY == 0:
            _save_parts(weights, out)
    _save_parts(weights, out)


class _Lessons:
    """The data of each step: clips of one grid, length and kind of conditioning, with texts for their motions."""

    def __init__(self, store: LatentStore, order: random.Random, shrink: int) -> None:
        self._store, self._order, self._device = store, order, store.pool.device
        self._texts = max(2, _TEXTS_PER_STEP // shrink)
        self._groups = tuple(max(1, each // shrink) for each in _CLIPS_PER_TEXT)
        self._per_wish = max(2, _TEXTS_PER_WISH // shrink)
        self._wishes: list[Wish] = [*MOTIONS, "refusal"]
        self._rotations: dict[Layout, tuple[Tensor, Tensor]] = {}
        texts = [compose(wish, order) for wish in self._wishes for _ in range(self._per_wish)]
        with tempfile.TemporaryDirectory() as folder:
            write_text_root(Path(folder))
            use_gemma_config(Path(folder))
            self.bank = TextBank(load_gemma(Path(folder), self._device), texts)

    def draw(self) -> tuple[str, Scene, Tensor, Tensor]:
        """A description, the scene, the noise level of each clip [n], and the texts' rows in the bank."""
        order, device = self._order, self._device
        half, grid = order.random() < _HALF_SIZE_SHARE, order.choice(GRIDS)
        modes = HALF_MODES if half else FULL_MODES
        mode = order.choices(list(modes), list(modes.values()))[0]
        length = 5 if mode in ("fade", "through") or order.random() < 0.5 else order.randint(2, 6)
        group = self._groups[0 if half else 1]
        asked = _sent(torch.tensor(order.choices(range(len(self._wishes)), _WISHED, k=self._texts)), device)
        rows = asked * self._per_wish + torch.randint(self._per_wish, (self._texts,), device=device)
        # A negative prompt's clip may move in any way.
        shown = torch.where(asked < len(MOTIONS), asked, torch.randint(len(MOTIONS), (self._texts,), device=device))
        kind = mode if mode in ("fade", "through") else "moved"
        scene = scene_of(*self._store.take(grid, kind, shown, group, length, half=half), mode, order)
        sigma = _sent(draw_sigma(self._texts * group, half=half, order=order), device)
        return f"{mode} at {'half' if half else 'full'} size of {grid}", scene, sigma, rows

    def rotation(self, model: Any, layout: Layout) -> tuple[Tensor, Tensor]:
        """The rotary positions of a layout, which are always the same."""
        if layout not in self._rotations:
            self._rotations[layout] = rotation(model, layout, self._device)
        return self._rotations[layout]


def _sent(numbers: Tensor, device: torch.device) -> Tensor:
    """Copies the numbers to the device without synchronising."""
    return numbers.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else numbers


def _save_parts(weights: Weights, out: Path) -> None:
    """Writes the averages under `out`, one file for the transformer and one for the text path."""
    averages = weights.averaged()
    for part in ("transformer", "text"):
        state = {name.removeprefix(f"{part}."): each for name, each in averages.items() if name.startswith(f"{part}.")}
        save_file({name: each.contiguous().cpu() for name, each in state.items()}, out / f"{part}.safetensors")


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
    return model


def is_inner_matrix(name: str, weight: Tensor) -> bool:
    """Whether a weight is one of the matrices that map hidden states to hidden states, which `Muon` trains."""
    return _BLOCKS in name and weight.ndim == 2 and not is_sound(name) and "table" not in name


def is_sound(name: str) -> bool:
    """Whether a weight of the transformer serves the sound, or the paths between sound and picture."""
    return "audio" in name or "av_ca" in name or "a2v" in name
