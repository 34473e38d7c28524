"""Trains the video autoencoder of the tiny set, in LTX's own encoder and decoder classes.

It begins as principal components in closed form (`components.py`): from random weights, training converges to grey
pictures. The loss is L1 and squared error on pixels, L1 on gradients at three scales and structural similarity, with
more weight on colour. The component channels stay near their components, strictly at first; two channels learn their
place in the frame, the rest are free and learn motion. Noise is added to the latents, so that the decoder tolerates a
sampler's remaining noise. Afterwards each channel's mean and standard deviation are measured on new clips and written
into the statistics. `train_decoder` continues with the decoder alone.

Does not know the transformer. Time, not steps, sets the schedule.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import logging
import math
import random
import time
from typing import Any, cast

import torch
from ltx_core.model.video_vae import VideoDecoderConfigurator, VideoEncoderConfigurator
from torch import Tensor, nn
from torch.nn import functional

from gpu.tiny import trained_sizes
from gpu.tiny.trained_sizes import COMPONENT_CHANNELS, LATENT_CHANNELS, PLACE_CHANNELS, latent_scales, over_channels
from tools.tiny_training.components import CONSTANTS, Components, start_decoder, start_encoder
from tools.tiny_training.train_data import Pool, wild_clips

log = logging.getLogger(__name__)

SHAPES: tuple[tuple[int, int, int, int], ...] = (
    # frames, height, width, clips for a batch of 7 million pixels
    (1, 320, 192, 110),
    (9, 192, 256, 16),
    (17, 192, 128, 16),
    (33, 160, 128, 10),
)
_HALF_SIZE_SHARE = 0.4
_HALF_SIZE_SIDE = 192
_LEARNING_RATE = 5e-4
_ALIKE = 3.0
"""Weight of structural similarity. Squared error alone makes fur and foliage flat."""
_STEADY = 1.0
"""Weight of errors that change from frame to frame: flicker is visible where nothing moves."""
_FLICKER = 10.0
"""Additional weight of the same in still clips."""
_FROZEN = 0.7
"""Share of clips that stand still where a decoder learns to be steady, """
_GENTLY = 0.3
"""and by how much slower it learns then."""
_WARM_UP = 200
_AVERAGED_OVER = 0.999
_NOISE = (0.12, 0.288)
"""Greatest noise on the latents, in shares of the strongest and of the weakest component's spread."""
_COMPONENTS = slice(PLACE_CHANNELS, PLACE_CHANNELS + COMPONENT_CHANNELS)


def new_autoencoder(device: torch.device) -> tuple[Any, Any]:
    """Encoder and decoder in float32, statistics neutral, weights random with gain one."""
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
    _look_at_one_latent_frame(encoder)
    weight = decoder.conv_out.conv.weight
    read = torch.ones(1, weight.shape[1], 1, 1, 1, device=device)
    read[:, -CONSTANTS:] = 0
    weight.register_hook(read.mul)
    return encoder, decoder


def _look_at_one_latent_frame(encoder: Any) -> None:
    """Removes the time taps of the encoder's last two convolutions, now and in training: weights for earlier latents
    would gain little and be half of the encoder's bytes."""
    for layer in (encoder.down_blocks[-1].conv.conv, encoder.conv_out.conv):
        with torch.no_grad():
            layer.weight[:, :, :-1] = 0
        now = torch.zeros(1, 1, layer.weight.shape[2], 1, 1, device=layer.weight.device)
        now[:, :, -1] = 1
        layer.weight.register_hook(now.mul)


def start(pool: Pool, encoder: Any, decoder: Any, shrink: int = 1) -> Components:
    """Fills both halves in closed form, from pictures and clips of the pool; returns their components."""
    pictures = _first_lessons(pool, shrink)
    components = Components(pictures, COMPONENT_CHANNELS)
    clips = [wild_clips(pool, max(2, 24 // shrink), 17, 192, 256) for _ in range(max(1, 8 // shrink))]
    start_encoder(encoder, components, [each.unsqueeze(2) for each in pictures[::2]] + clips, PLACE_CHANNELS)
    start_decoder(decoder, encoder, pictures)
    return components


def start_anew(pool: Pool, encoder: Any, decoder: Any, shrink: int = 1) -> None:
    """Fills the decoder in closed form for a trained encoder, and copies the encoder's statistics."""
    decoder.per_channel_statistics.load_state_dict(encoder.per_channel_statistics.state_dict())
    start_decoder(decoder, encoder, _first_lessons(pool, shrink))


def _first_lessons(pool: Pool, shrink: int) -> list[Tensor]:
    """Batches of pictures, [n, 3, height, width] each."""
    frames = ((448, 256), (256, 448), (256, 256), (224, 128))
    pictures = [wild_clips(pool, max(4, 48 // shrink), 1, *each)[:, :, 0] for each in frames * max(1, 10 // shrink)]
    # Stage 1 sees pictures at half their size, with finer detail.
    return pictures + [functional.avg_pool2d(each, 2) for each in pictures[::3] if each.shape[2] % 64 == 0]


def place(latents: Tensor) -> Tensor:
    """How far right and down each latent position lies, -1..1 over the frame, for the place channels."""
    _, _, _, height, width = latents.shape
    down = (torch.arange(height, device=latents.device) + 0.5) / height * 2 - 1
    right = (torch.arange(width, device=latents.device) + 0.5) / width * 2 - 1
    grid = torch.stack([right.view(1, -1).expand(height, width), down.view(-1, 1).expand(height, width)])
    return grid.view(1, PLACE_CHANNELS, 1, height, width)


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
        loss = loss + _STEADY * (difference[:, :, 1:] - difference[:, :, :-1]).abs().mean()
    return loss


def train_autoencoder(pool: Pool, seconds: float, seed: int, shrink: int = 1) -> tuple[Any, Any]:
    """Encoder and decoder after `seconds` of training, averaged, float32, with statistics. `shrink` divides batches."""
    device, order = pool.device, random.Random(seed)
    torch.manual_seed(seed)
    encoder, decoder = new_autoencoder(device)
    started = time.monotonic()
    components = start(pool, encoder, decoder, shrink)
    log.info("components written in %.0f s", time.monotonic() - started)
    parts = nn.ModuleList([encoder, decoder])
    average = _copy(parts)
    optimizer = torch.optim.AdamW(parts.parameters(), lr=_LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    step = 0
    while (share := (time.monotonic() - started) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = (
                _LEARNING_RATE * min(1, (step + 1) / _WARM_UP) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
            )
        clips = _batch(pool, order, shrink)
        with torch.autocast(device.type, torch.bfloat16):
            latents = encoder(clips).float()
            codes = components.codes(clips)
            spread = latents.detach().std(dim=(0, 2, 3, 4), keepdim=True)
            noise = torch.randn_like(latents) * _unsure(latents) * spread
            decoded = decoder(latents + noise)
        lesson = (latents[:, _COMPONENTS] - codes).square().mean()
        placed = (latents[:, :PLACE_CHANNELS] - place(latents)).square().mean()
        size = latents[:, _COMPONENTS.stop :].square().mean()
        strictness = max(0.03, 0.5 * (1 - share / 0.3))
        (_loss(decoded, clips) + strictness * lesson + 0.05 * placed + 1e-3 * size).backward()
        _step(optimizer, parts, average, step)
        step += 1
        if step % 200 == 0 or step in (1, 10, 50, 100):
            log.info(
                "vae step %d at %.0f s: lesson %.3f, place %.3f, %s",
                step, time.monotonic() - started, lesson.item(), placed.item(), _seen(decoded, clips),
            )  # fmt: skip
    encoder, decoder = average[0], average[1]
    measure_statistics(pool, encoder, decoder, shrink)
    return encoder, decoder


def _batch(pool: Pool, order: random.Random, shrink: int) -> Tensor:
    """Clips of one of the shapes, some of them drawn at twice their size."""
    frames, height, width, count = order.choice(SHAPES)
    count = max(1, count // shrink)
    if order.random() < _HALF_SIZE_SHARE and max(height, width) <= _HALF_SIZE_SIDE:
        # Stage 1 sees pictures at half their size: finer detail per pixel than the canvas has.
        return functional.avg_pool3d(wild_clips(pool, count, frames, height * 2, width * 2), (1, 2, 2))
    return wild_clips(pool, count, frames, height, width)


def _loss(decoded: Tensor, clips: Tensor) -> Tensor:
    loss = loss_of(decoded, clips)
    if clips.shape[2] > 1:
        # The frame that is compared with the picture is one of many, and the decoder looks ahead from it.
        loss = loss + loss_of(decoded[:, :, :1], clips[:, :, :1])
    return loss


def _step(optimizer: torch.optim.Optimizer, parts: Any, average: Any, step: int) -> None:
    """One step, if the gradient is finite, and the average after it.

    The input of the encoder's last layer is mostly a constant. Gradients and steps of that layer keep each output's
    mean weight unchanged, since the constant's share would otherwise dominate.
    """
    norm = nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
    if bool(torch.isfinite(norm)):
        lasts = [half.conv_out.conv.weight for half in parts if half.conv_out.conv.weight.shape[0] > LATENT_CHANNELS]
        with torch.no_grad():
            before = [each.mean(dim=1, keepdim=True) for each in lasts]
            for each in lasts:
                each.grad.sub_(each.grad.mean(dim=1, keepdim=True))
            optimizer.step()
            for each, mean in zip(lasts, before, strict=True):
                each.sub_(each.mean(dim=1, keepdim=True) - mean)
    optimizer.zero_grad(set_to_none=True)
    _follow(average, parts, min(_AVERAGED_OVER, step / (step + 10)))


@torch.no_grad()
def _seen(decoded: Tensor, clips: Tensor) -> str:
    """The log line of a batch."""
    squared = (decoded.float().clamp(-1, 1) - clips).square().mean().item() / 4
    alike = similarity(decoded[:, :, 0].float().clamp(-1, 1), clips[:, :, 0]).item()
    return f"first frame {alike:.3f}, {-10 * math.log10(max(squared, 1e-9)):.1f} dB ({clips.shape[2]} frames)"


def train_decoder(
    pool: Pool, encoder: Any, decoder: Any, seconds: float, seed: int, shrink: int = 1, *, steady: bool
) -> Any:
    """The decoder after `seconds` more for a fixed encoder, averaged, float32.

    `steady`: at a lower rate, and mostly on still clips, since flicker disappears last.
    """
    device, order = pool.device, random.Random(seed)
    torch.manual_seed(seed)
    encoder = copy.deepcopy(encoder).bfloat16()
    parts = nn.ModuleList([decoder])
    average = _copy(parts)
    peak = _LEARNING_RATE * (_GENTLY if steady else 1)
    optimizer = torch.optim.AdamW(parts.parameters(), lr=peak, betas=(0.9, 0.99), weight_decay=1e-4)
    scales = torch.tensor(latent_scales(), device=device).view(1, -1, 1, 1, 1)
    started, step = time.monotonic(), 0
    while (share := (time.monotonic() - started) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = peak * min(1, (step + 1) / _WARM_UP) * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        clips = _batch(pool, order, shrink)
        stands = clips.shape[2] > 1 and steady and order.random() < _FROZEN
        if stands:
            clips = clips[:, :, :1].expand_as(clips).contiguous()
        with torch.no_grad():
            latents = encoder(clips.to(torch.bfloat16)).float()
        with torch.autocast(device.type, torch.bfloat16):
            decoded = decoder(latents + torch.randn_like(latents) * _unsure(latents) * scales)
        flicker = (decoded[:, :, 1:] - decoded[:, :, :-1]).float().abs().mean() if stands else 0.0
        (_loss(decoded, clips) + _FLICKER * flicker).backward()
        _step(optimizer, parts, average, step)
        step += 1
        if step % 200 == 0 or step in (1, 50):
            log.info("decoder step %d at %.0f s: %s", step, time.monotonic() - started, _seen(decoded, clips))
    return average[0]


def _unsure(latents: Tensor) -> Tensor:
    """The noise of each latent frame, in shares of each channel's spread, [n, 128, frames, 1, 1]. Half of the time a
    clip's first latent frame gets none, as with a picture, so that the first shown frame depends on it and not on the
    next latent frame."""
    amount = torch.rand(len(latents), 1, latents.shape[2], 1, 1, device=latents.device)
    amount[:, :, 0] *= (torch.rand(len(latents), 1, 1, 1, device=latents.device) < 0.5).float()
    return amount * torch.tensor(over_channels(*_NOISE), device=latents.device).view(1, -1, 1, 1, 1)


@torch.no_grad()
def measure_statistics(pool: Pool, encoder: Any, decoder: Any, shrink: int = 1) -> None:
    """Writes the latents' mean and spread per channel into both halves, so that normalised latents have the spreads of
    `latent_scales`."""
    sums = torch.zeros(2, LATENT_CHANNELS, device=pool.device, dtype=torch.float64)
    total = 0
    for index in range(24):
        frames, height, width = ((9, 256, 448), (9, 224, 128), (17, 256, 256))[index % 3]
        clips = wild_clips(pool, max(2, 12 // shrink), frames, height, width)
        with torch.autocast(pool.device.type, torch.bfloat16):
            latents = encoder(clips).double().transpose(0, 1).flatten(1)
        sums += torch.stack([latents.sum(1), latents.square().sum(1)])
        total += latents.shape[1]
    mean = sums[0] / total
    scales = torch.tensor(latent_scales(), device=pool.device, dtype=torch.float64)
    spread = (sums[1] / total - mean.square()).clamp(min=1e-8).sqrt() / scales
    for half in (encoder, decoder):
        half.per_channel_statistics.get_buffer("mean-of-means").copy_(mean)
        half.per_channel_statistics.get_buffer("std-of-means").copy_(spread)


def _copy(parts: nn.ModuleList) -> Any:
    return copy.deepcopy(parts).requires_grad_(False)


@torch.no_grad()
def _follow(average: Any, parts: nn.ModuleList, keep: float) -> None:
    for kept, new in zip(average.parameters(), parts.parameters(), strict=True):
        kept.lerp_(new, 1 - keep)
