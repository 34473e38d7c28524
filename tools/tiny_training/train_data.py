"""Training clips of the tiny set, made during training: drawn pictures, framed at random and moved.

A pool of square canvases is drawn once and kept as bytes; a clip is a random framing of one canvas under a motion.
Two sources: `wild_clips` for the video autoencoder, which must follow any movement, and `asked_clips` for the
transformer, one motion of `motions.py` each. Pictures are -1..1 throughout.

Does not know latents, texts or optimizers.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from gpu.tiny.motions import RATE_FRAMES, Motion, eyes_closed, frame_size, mirrored, moved
from tools.tiny_training.drawing import KINDS, Pictures, draw
from tools.tiny_training.scenery import scenery

CANVAS = 480
_DRAWN_AT_ONCE = 32
_SCENERY = "scenery"
_DRAWN = (*KINDS, _SCENERY, _SCENERY, _SCENERY)
"""The kinds of pictures in the pool, equally many of each."""


class Pool:
    """`count` canvases, drawn from `seed` on `device`: about 1.4 MB each, portraits among them with shut eyes too."""

    def __init__(self, count: int, seed: int, device: torch.device) -> None:
        self.device = device
        self.generator = torch.Generator(device).manual_seed(seed)
        opened: list[Tensor] = []
        closed: list[Tensor] = []
        is_portrait: list[bool] = []
        for start in range(0, count, _DRAWN_AT_ONCE):
            kind = _DRAWN[(start // _DRAWN_AT_ONCE) % len(_DRAWN)]
            pictures = _pictures(kind, self.generator)
            opened.append((pictures.open_eyes * 255).round().byte())
            closed.append((pictures.closed_eyes * 255).round().byte())
            is_portrait += [kind == "portrait"] * _DRAWN_AT_ONCE
        self.open_eyes, self.closed_eyes = torch.cat(opened), torch.cat(closed)
        self.portraits = torch.tensor(is_portrait, device=device).nonzero().flatten()

    def dice(self, low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.device) * (high - low) + low

    def pick(self, count: int, *, portraits: bool = False) -> Tensor:
        """Random canvas numbers, [count]."""
        among = len(self.portraits) if portraits else len(self.open_eyes)
        chosen = torch.randint(among, (count,), generator=self.generator, device=self.device)
        return self.portraits[chosen] if portraits else chosen

    def framed(self, chosen: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
        """The canvases at a random zoom, place, mirroring and tint: [n, 3, height, width] with open and shut eyes."""
        count = len(chosen)
        widest = min(CANVAS / height, CANVAS / width)
        scale = self.dice(0.6, 1.0, count, 1, 1) * widest
        room_x, room_y = CANVAS - scale * width, CANVAS - scale * height
        left, top = room_x * self.dice(0, 1, count, 1, 1), room_y * self.dice(0, 1, count, 1, 1)
        x = left + (torch.arange(width, device=self.device).view(1, 1, width) + 0.5) * scale
        y = top + (torch.arange(height, device=self.device).view(1, height, 1) + 0.5) * scale
        x = torch.where(self.dice(0, 1, count, 1, 1) < 0.5, x, CANVAS - x)
        shape = (count, height, width)
        grid = torch.stack([x.expand(shape), y.expand(shape)], dim=-1) / CANVAS * 2 - 1
        gain, lift = self.dice(0.75, 1.1, count, 1, 1, 1), self.dice(-0.1, 0.1, count, 3, 1, 1)
        order = torch.randperm(3, generator=self.generator, device=self.device)
        framed: list[Tensor] = []
        for canvas in (self.open_eyes, self.closed_eyes):
            picture = functional.grid_sample(canvas[chosen].float() / 127.5 - 1, grid, align_corners=False)
            framed.append((picture[:, order] * gain + lift).clamp(-1, 1))
        return framed[0], framed[1]


def _pictures(kind: str, generator: torch.Generator) -> Pictures:
    if kind != _SCENERY:
        return draw(kind, _DRAWN_AT_ONCE, CANVAS, generator)
    pictures = scenery(_DRAWN_AT_ONCE, CANVAS, generator)
    return Pictures(pictures, pictures)


def wild_clips(pool: Pool, count: int, frames: int, height: int, width: int) -> Tensor:
    """Clips under random zoom, shift, turn and lean, some still, some blinking, some fading into another picture.

    [count, 3, frames, height, width] in -1..1.
    """
    first, shut = pool.framed(pool.pick(count), height, width)
    if frames == 1:
        return first.unsqueeze(2)
    device, size = pool.device, frame_size(height, width)
    frame = torch.arange(frames, device=device, dtype=torch.float32).view(1, frames, 1, 1)
    y = torch.arange(height, device=device).view(1, 1, height, 1) + 0.5 - height / 2
    x = torch.arange(width, device=device).view(1, 1, 1, width) + 0.5 - width / 2
    moving = (pool.dice(0, 1, count, 1, 1, 1) < 0.8) * frame / RATE_FRAMES

    def amount(limit: float) -> Tensor:
        kept = pool.dice(0, 1, count, 1, 1, 1) < 0.5
        return pool.dice(-limit, limit, count, 1, 1, 1) * kept * moving

    scale, angle = torch.exp(amount(0.3)), amount(0.1)
    lean = amount(0.4) * torch.sin(2 * math.pi * frame / 24)
    sx = (x * angle.cos() - y * angle.sin()) * scale + amount(0.2) * size + lean * (height / 2 - y) * 0.3
    sy = (x * angle.sin() + y * angle.cos()) * scale + amount(0.2) * size
    shape = (count, frames * height, width)
    grid = torch.stack([mirrored(sx, width) * 2 / width, mirrored(sy, height) * 2 / height], dim=-1)
    grid = grid.reshape(*shape, 2)

    def warp(picture: Tensor) -> Tensor:
        warped = functional.grid_sample(picture, grid, padding_mode="border", align_corners=False)
        return warped.view(count, 3, frames, height, width)

    clips = warp(first)
    blink = eyes_closed(frame + pool.dice(0, 16, count, 1, 1, 1).round()).view(count, 1, frames, 1, 1)
    clips = torch.lerp(clips, warp(shut), blink)
    fades = count // 8
    if fades:
        other, _ = pool.framed(pool.pick(fades), height, width)
        clips[:fades] = torch.lerp(clips[:fades], other.unsqueeze(2), fade(frames, frames, device))
    return clips


def fade(frames: int, length: int, device: torch.device) -> Tensor:
    """The progress of a cross-fade over `length` frames, [1, 1, frames, 1, 1], slow at both ends."""
    share = (torch.arange(frames, device=device) / max(1, length - 1)).clamp(0, 1)
    return (share * share * (3 - 2 * share)).view(1, 1, frames, 1, 1)


def asked_clips(pool: Pool, motion: Motion, count: int, frames: int, height: int, width: int) -> Tensor:
    """Clips of one motion, [count, 3, frames, height, width] in -1..1. Blinks are portraits."""
    first, shut = pool.framed(pool.pick(count, portraits=motion == "blink"), height, width)
    if motion != "blink":
        return moved(first, frames, motion)
    shutting = eyes_closed(torch.arange(frames, device=pool.device)).view(1, 1, frames, 1, 1)
    return torch.lerp(first.unsqueeze(2), shut.unsqueeze(2), shutting)


def fading_clips(pool: Pool, count: int, frames: int, height: int, width: int, *, through: bool) -> Tensor:
    """Clips that fade from one picture to another, or `through` a third at the middle. Shapes as above."""
    first, second, third = (pool.framed(pool.pick(count), height, width)[0].unsqueeze(2) for _ in range(3))
    if not through:
        return torch.lerp(first, third, fade(frames, frames, pool.device))
    half = (frames + 1) // 2
    early = torch.lerp(first, second, fade(half, half, pool.device))
    late = torch.lerp(second, third, fade(frames - half + 1, frames - half + 1, pool.device))
    return torch.cat([early, late[:, :, 1:]], dim=2)
