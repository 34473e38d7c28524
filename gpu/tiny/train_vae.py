"""Trains the video autoencoder of the tiny set, in LTX's own encoder and decoder classes.

The loss is L1 and squared error on pixels, L1 on gradients at three scales and structural similarity, with colour
weighted up. Most latent
channels are taught, strictly at first, to be the whitened principal components of every eighth frame (`Teacher`): left
alone the small classes settle on grey pictures. Two channels are taught their place in the frame, the rest are free and
take up motion. Noise is put on the latents, relative to their spread, so that the decoder bears what a sampler leaves.
Afterwards each channel's mean and standard deviation are measured on fresh clips and written into the statistics.
`refine` goes on from a finished pair: the decoder alone, or both with the encoder held near what it was.

Does not know the transformer. Time, not steps, sets the schedule.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import logging
import math
import random
import time
from pathlib import Path
from typing import Any, cast

import torch
from ltx_core.model.video_vae import VideoDecoderConfigurator, VideoEncoderConfigurator
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from gpu.tiny import trained_sizes
from gpu.tiny.train_data import Pool, wild_clips
from gpu.tiny.trained_sizes import LATENT_SCALE, PLACE_CHANNELS, USED_CHANNELS

log = logging.getLogger(__name__)

SHAPES: tuple[tuple[int, int, int, int], ...] = (
    # frames, height, width, clips for a batch of 7 million pixels
    (1, 192, 320, 96),
    (9, 192, 192, 22),
    (17, 160, 96, 28),
    (33, 128, 128, 13),
)
_HALF_SIZE_SHARE = 0.4
TAUGHT_CHANNELS = 46
_LEARNING_RATE = 2e-3
_ALIKE = 2.0
"""Weight of structural similarity. Squared error alone makes fur and foliage flat."""
_HELD = 0.05
"""Weight of the squared distance to the earlier encoder's latents where both halves are refined."""
_AVERAGED_OVER = 0.999


def new_autoencoder(device: torch.device) -> tuple[Any, Any]:
    """Encoder and decoder in float32, statistics neutral, unused channels at zero so that they stay there."""
    config = trained_sizes.checkpoint()
    encoder: Any = cast("Any", VideoEncoderConfigurator).from_config(config).to(device)
    decoder: Any = cast("Any", VideoDecoderConfigurator).from_config(config).to(device)
    for half in (encoder, decoder):
        half.per_channel_statistics.get_buffer("std-of-means").fill_(1.0)
        half.per_channel_statistics.get_buffer("mean-of-means").zero_()
    with torch.no_grad():
        for module in (*encoder.modules(), *decoder.modules()):
            if isinstance(module, nn.Conv3d):
                # torch's default shrinks the signal at each of the unnormalised layers, and colour is never learned.
                nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
                nn.init.zeros_(module.bias)  # pyright: ignore[reportArgumentType]
        # A constant part lets brightness survive the norms that divide by a position's size.
        nn.init.normal_(encoder.down_blocks[-1].conv.conv.bias)
        nn.init.normal_(decoder.up_blocks[-1].res_blocks[-1].conv2.conv.bias)
        for block in decoder.up_blocks:
            for layer in getattr(block, "res_blocks", ()):
                layer.conv2.conv.weight.mul_(0.1)
        encoder.conv_out.conv.weight[USED_CHANNELS:] = 0
        encoder.conv_out.conv.bias[USED_CHANNELS:] = 0
        decoder.conv_in.conv.weight[:, USED_CHANNELS:] = 0
    return encoder, decoder


def place(latents: Tensor) -> Tensor:
    """How far right and down each latent position lies, -1..1 over the frame, for the place channels."""
    _, _, _, height, width = latents.shape
    down = (torch.arange(height, device=latents.device) + 0.5) / height * 2 - 1
    right = (torch.arange(width, device=latents.device) + 0.5) / width * 2 - 1
    grid = torch.stack([right.view(1, -1).expand(height, width), down.view(-1, 1).expand(height, width)])
    return grid.view(1, PLACE_CHANNELS, 1, height, width)


class Teacher:
    """Whitened principal components of 32 x 32 pixel patches, fitted to framed pool pictures at both sizes."""

    @torch.no_grad()
    def __init__(self, pool: Pool) -> None:
        patches: list[Tensor] = []
        for height, width in ((192, 320), (320, 192), (192, 192)):
            for _ in range(6):
                pictures, _ = pool.framed(pool.pick(64), height, width)
                patches += [_patches(pictures), _patches(functional.avg_pool2d(pictures, 2)[:, :, :96, :96])]
        rows = torch.cat([each.permute(0, 2, 3, 1).reshape(-1, each.shape[1]) for each in patches]).double()
        self.mean = rows.mean(0)
        values, vectors = torch.linalg.eigh((rows - self.mean).T @ (rows - self.mean) / len(rows))
        kept = slice(-TAUGHT_CHANNELS, None)
        self.basis = (vectors[:, kept] / values[kept].sqrt()).flip(1).float()
        self.mean = self.mean.float()

    def codes(self, clips: Tensor) -> Tensor:
        """What the taught channels should hold, [n, TAUGHT_CHANNELS, latent frames, height / 32, width / 32]."""
        frames = clips[:, :, ::8].transpose(1, 2)
        patches = _patches(frames.flatten(0, 1)) - self.mean.view(1, -1, 1, 1)
        codes = torch.einsum("nphw,pk->nkhw", patches, self.basis)
        return codes.unflatten(0, frames.shape[:2]).transpose(1, 2)


def _patches(pictures: Tensor) -> Tensor:
    """[n, 3, height, width] -> [n, 3072, height / 32, width / 32]."""
    return functional.pixel_unshuffle(pictures, 32)


def load_decoder(decoder: Any, path: Path) -> Any:
    """Fills a decoder from a file and returns it. A residual layer that the file lacks changes nothing at first.

    Raises RuntimeError where other names or shapes differ.
    """
    filled = {name: each for name, each in decoder.state_dict().items() if "res_blocks." in name}
    for name, each in filled.items():
        if ".conv2." in name:
            each.zero_()
    decoder.load_state_dict(filled | load_file(path))
    return decoder


def similarity(one: Tensor, other: Tensor) -> Tensor:
    """Structural similarity of brightness, of pictures [n, 3, height, width] in -1..1; `measures.likeness` in batches.

    Three box averages of 3 pixels stand for the Gaussian window: exact in float32, where convolutions may be TF32.
    """
    luma = torch.tensor([0.299, 0.587, 0.114], device=one.device).view(1, 3, 1, 1)
    a, b = ((each * luma).sum(dim=1, keepdim=True) / 2 + 0.5 for each in (one, other))

    def blur(picture: Tensor) -> Tensor:
        for _ in range(3):
            picture = functional.avg_pool2d(picture, 3, stride=1)
        return picture

    mean_a, mean_b = blur(a), blur(b)
    spread_a, spread_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    both = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    alike = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return (alike / ((mean_a**2 + mean_b**2 + c1) * (spread_a + spread_b + c2))).mean()


def loss_of(decoded: Tensor, clips: Tensor) -> Tensor:
    """L1, squared error, gradients and similarity; all float32, [n, 3, frames, height, width] in -1..1."""
    difference = decoded.float() - clips
    loss = difference.abs().mean() + 4 * difference.square().mean()
    flat = difference.transpose(1, 2).flatten(0, 1)
    chroma = flat - flat.mean(dim=1, keepdim=True)
    # Colour varies far less than brightness and would be learned last, if at all.
    loss = loss + 4 * chroma.square().mean() + 8 * functional.avg_pool2d(chroma, 8).square().mean()
    for scale in (1, 2, 4):
        small = functional.avg_pool2d(flat, scale) if scale > 1 else flat
        loss = loss + 0.3 * ((small[..., 1:] - small[..., :-1]).abs().mean())
        loss = loss + 0.3 * ((small[..., 1:, :] - small[..., :-1, :]).abs().mean())
    alike = similarity(*(each[:, :, ::4].transpose(1, 2).flatten(0, 1) for each in (decoded.float(), clips)))
    loss = loss + _ALIKE * (1 - alike)
    if difference.shape[2] > 1:
        loss = loss + 0.3 * (difference[:, :, 1:] - difference[:, :, :-1]).abs().mean()
    return loss


def train_autoencoder(pool: Pool, seconds: float, seed: int, shrink: int = 1) -> tuple[Any, Any]:
    """Encoder and decoder after `seconds` of training, averaged, float32, with statistics. `shrink` divides batches."""
    device, order = pool.device, random.Random(seed)
    torch.manual_seed(seed)
    teacher, taught = Teacher(pool), slice(PLACE_CHANNELS, PLACE_CHANNELS + TAUGHT_CHANNELS)
    encoder, decoder = new_autoencoder(device)
    parts = nn.ModuleList([encoder, decoder])
    average = _copy(parts)
    optimizer = torch.optim.AdamW(parts.parameters(), lr=_LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    started, step, seen = time.monotonic(), 0, 0.0
    while (share := (time.monotonic() - started) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * min(1, step / 200) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        frames, height, width, count = order.choice(SHAPES)
        count = max(1, count // shrink)
        if order.random() < _HALF_SIZE_SHARE and max(height, width) <= 160:
            # Stage 1 sees pictures at half their size: finer detail per pixel than the canvas has.
            clips = wild_clips(pool, count, frames, height * 2, width * 2)
            clips = functional.avg_pool3d(clips, (1, 2, 2))
        else:
            clips = wild_clips(pool, count, frames, height, width)
        with torch.autocast(device.type, torch.bfloat16):
            latents = encoder(clips)
            used = latents[:, :USED_CHANNELS].float()
            spread = used.detach().std(dim=(0, 2, 3, 4), keepdim=True)
            codes = teacher.codes(clips)
            lesson = (used[:, taught] - codes).square().mean()
            if share < 0.3:  # half of the batch shows the decoder the lesson itself
                used = used.clone()
                used[::2, taught] = codes[::2]
            noise = torch.randn_like(used) * spread * (0.12 * order.random())
            noisy = torch.cat([used + noise, latents[:, USED_CHANNELS:].float()], dim=1)
            decoded = decoder(noisy)
        loss = loss_of(decoded, clips)
        placed = (used[:, :PLACE_CHANNELS] - place(used)).square().mean()
        size = used.square().mean()
        strictness = max(0.03, min(1.0, 1.6 - 3 * share))
        (loss + strictness * lesson + 0.05 * placed + 1e-4 * size).backward()
        norm = nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        _follow(average, parts, min(_AVERAGED_OVER, step / (step + 10)))
        step += 1
        if step % 200 == 0 or step in (1, 10, 50, 100):
            squared = (decoded.detach().float().clamp(-1, 1) - clips).square().mean().item() / 4
            seen = -10 * math.log10(max(squared, 1e-9))
            log.info(
                "vae step %d at %.0f s: loss %.4f, lesson %.3f, place %.3f, %.1f dB (%d frames)",
                step, time.monotonic() - started, loss.item(), lesson.item(), placed.item(), seen, frames,
            )  # fmt: skip
    encoder, decoder = average[0], average[1]
    measure_statistics(pool, encoder, decoder, shrink)
    return encoder, decoder


def refine(
    pool: Pool, encoder: Any, decoder: Any, seconds: float, seed: int, shrink: int = 1, *, both: bool
) -> tuple[Any, Any]:
    """Encoder and decoder after `seconds` more, averaged, float32: `both` halves, or the decoder behind an encoder that
    stays as it is. The statistics stay."""
    device, order = pool.device, random.Random(seed)
    torch.manual_seed(seed)
    earlier = _copy(encoder).bfloat16()
    held = slice(0, PLACE_CHANNELS + TAUGHT_CHANNELS)
    parts = nn.ModuleList([encoder, decoder] if both else [decoder])
    average = _copy(parts)
    peak = _LEARNING_RATE / 2
    optimizer = torch.optim.AdamW(parts.parameters(), lr=peak, betas=(0.9, 0.99), weight_decay=1e-4)
    started, step = time.monotonic(), 0
    while (share := (time.monotonic() - started) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = peak * min(1, (step + 1) / 200) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        frames, height, width, count = order.choice(SHAPES)
        if order.random() < _HALF_SIZE_SHARE and max(height, width) <= 160:
            clips = wild_clips(pool, max(1, count // shrink), frames, height * 2, width * 2)
            clips = functional.avg_pool3d(clips, (1, 2, 2))
        else:
            clips = wild_clips(pool, max(1, count // shrink), frames, height, width)
        with torch.no_grad():
            before = earlier(clips.to(torch.bfloat16)).float()
        with torch.autocast(device.type, torch.bfloat16):
            latents = encoder(clips).float() if both else before
            noise = torch.randn_like(latents[:, :USED_CHANNELS]) * _unsure(latents)
            noisy = torch.cat([latents[:, :USED_CHANNELS] + noise, latents[:, USED_CHANNELS:]], dim=1)
            decoded = decoder(noisy)
        away = (latents[:, held] - before[:, held]).square().mean()
        loss = loss_of(decoded, clips)
        # The frame that is compared with the picture is one of many, and the decoder looks ahead from it.
        first = loss_of(decoded[:, :, :1], clips[:, :, :1]) if frames > 1 else 0.0
        (loss + first + _HELD * away).backward()
        norm = nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        _follow(average, parts, min(_AVERAGED_OVER, step / (step + 10)))
        step += 1
        if step % 200 == 0 or step in (1, 50):
            wrong = (decoded.detach().float().clamp(-1, 1) - clips).square().mean().item() / 4
            seen = -10 * math.log10(max(wrong, 1e-9))
            log.info(
                "refining, step %d at %.0f s: loss %.4f, away %.3f, %.1f dB (%d frames)",
                step, time.monotonic() - started, loss.item(), away.item(), seen, frames,
            )  # fmt: skip
    return average[0] if both else encoder, average[-1]


def _unsure(latents: Tensor) -> Tensor:
    """How much noise each latent frame gets, [n, 1, frames, 1, 1]: a clip's first is held by its picture half the time,
    so that the first frame shown learns to lean on it and not on what the sampler made of the next."""
    amount = torch.rand(len(latents), 1, latents.shape[2], 1, 1, device=latents.device)
    amount[:, :, 0] *= (torch.rand(len(latents), 1, 1, 1, device=latents.device) < 0.5).float()
    return amount * (0.12 * LATENT_SCALE)


@torch.no_grad()
def measure_statistics(pool: Pool, encoder: Any, decoder: Any, shrink: int = 1) -> None:
    """Writes the latents' mean and spread per channel into both halves, so that normalised latents spread by 3."""
    sums = torch.zeros(2, USED_CHANNELS, device=pool.device, dtype=torch.float64)
    total = 0
    for index in range(24):
        frames, height, width = ((9, 192, 320), (9, 160, 96), (17, 128, 128))[index % 3]
        clips = wild_clips(pool, max(2, 16 // shrink), frames, height, width)
        with torch.autocast(pool.device.type, torch.bfloat16):
            latents = encoder(clips)[:, :USED_CHANNELS].double().transpose(0, 1).flatten(1)
        sums += torch.stack([latents.sum(1), latents.square().sum(1)])
        total += latents.shape[1]
    mean = sums[0] / total
    spread = (sums[1] / total - mean.square()).clamp(min=1e-8).sqrt() / LATENT_SCALE
    for half in (encoder, decoder):
        half.per_channel_statistics.get_buffer("mean-of-means")[:USED_CHANNELS] = mean.float()
        half.per_channel_statistics.get_buffer("std-of-means")[:USED_CHANNELS] = spread.float()


def _copy(parts: nn.ModuleList) -> Any:
    return copy.deepcopy(parts).requires_grad_(False)


@torch.no_grad()
def _follow(average: Any, parts: nn.ModuleList, keep: float) -> None:
    for kept, new in zip(average.parameters(), parts.parameters(), strict=True):
        kept.lerp_(new, 1 - keep)
