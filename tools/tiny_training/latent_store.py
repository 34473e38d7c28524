"""Latents of clips with known motion, kept on the device: training data of the transformer and the upsampler.

For each ratio and motion some hundred clips of 41 frames are drawn, encoded at full and at half size, and their every
eighth frame is encoded as a picture of its own, as a key frame would be. Fades between two pictures, or through a
third, are kept apart, 33 frames long. Shorter clips are cut from these: the encoder is causal.

Does not know noise, texts or conditioning.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from gpu.tiny.motions import MOTIONS
from tools.tiny_training.train_data import Pool, asked_clips, fading_clips

GRIDS: tuple[tuple[int, int], ...] = ((6, 10), (10, 6), (8, 8))
"""Height and width in latent positions at full size; the half-size stage has half of each."""

Kind = Literal["moved", "fade", "through"]
"""The content of a shelf: clips of every motion in turn, equally many of each, or fades."""

_FRAMES, _FADE_FRAMES = 41, 33
_AT_ONCE = 16
_FADES: tuple[Kind, ...] = ("fade", "through")


@dataclass(slots=True)
class Shelf:
    """Normalised latents of clips alike in ratio and kind, each [clips, 128, latent frames, height, width]."""

    full: Tensor
    half: Tensor
    full_pictures: Tensor
    half_pictures: Tensor
    upsampled: Tensor | None = None


class LatentStore:
    """Shelves by grid and kind."""

    @torch.no_grad()
    def __init__(self, pool: Pool, encoder: Any, per_motion: int, fades: int) -> None:
        self.pool, self.encoder = pool, encoder
        self.shelves: dict[tuple[tuple[int, int], Kind], Shelf] = {}
        for grid in GRIDS:
            height, width = grid[0] * 32, grid[1] * 32
            clips = (
                asked_clips(pool, motion, min(_AT_ONCE, per_motion), _FRAMES, height, width)
                for motion in MOTIONS
                for _ in range(max(1, per_motion // _AT_ONCE))
            )
            self.shelves[grid, "moved"] = self._encoded(clips)
            for kind in _FADES:
                clips = (
                    fading_clips(pool, min(_AT_ONCE, fades), _FADE_FRAMES, height, width, through=kind == "through")
                    for _ in range(max(1, fades // _AT_ONCE))
                )
                self.shelves[grid, kind] = self._encoded(clips)

    def _encoded(self, batches: Any) -> Shelf:
        kept: list[list[Tensor]] = [[], [], [], []]
        for clips in batches:
            small = functional.avg_pool3d(clips, (1, 2, 2))
            for index, size in enumerate((clips, small)):
                kept[index].append(self._encode(size))
                stills = size[:, :, ::8].transpose(1, 2)
                pictures = self._encode(stills.flatten(0, 1).unsqueeze(2))
                kept[2 + index].append(pictures.squeeze(2).unflatten(0, stills.shape[:2]).transpose(1, 2))
        return Shelf(*(torch.cat(each) for each in kept))

    def _encode(self, clips: Tensor) -> Tensor:
        return self.encoder(clips.to(torch.bfloat16))

    @torch.no_grad()
    def add_upsampled(self, upsampler: Any) -> None:
        """Adds the upsampled half-size latents to every shelf."""
        for shelf in self.shelves.values():
            parts = [upsampled(upsampler, self.encoder, each) for each in shelf.half.split(64)]
            shelf.upsampled = torch.cat(parts).to(torch.bfloat16)

    def take(
        self, grid: tuple[int, int], kind: Kind, motions: Tensor, group: int, length: int, *, half: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Clean latents, stage 2's start, and pictures, float32 [motions x group, 128, length, height, width].

        `motions`: a number for each text, [texts]; fades have none, and only the count matters.
        """
        shelf = self.shelves[grid, kind]
        rows = self._rows(shelf, kind, motions.repeat_interleave(group))
        begin = shelf.half if half else shelf.full if shelf.upsampled is None else shelf.upsampled
        clean, pictures = (shelf.half, shelf.half_pictures) if half else (shelf.full, shelf.full_pictures)
        return (
            clean[rows, :, :length].float(),
            begin[rows, :, :length].float(),
            pictures[rows, :, :length].float(),
        )

    def pairs(self, grid: tuple[int, int], kind: Kind, count: int, length: int) -> tuple[Tensor, Tensor]:
        """Half-size and full-size latents of the same clips of any motion, float32."""
        shelf = self.shelves[grid, kind]
        rows = torch.randint(len(shelf.full), (count,), device=shelf.full.device)
        return shelf.half[rows, :, :length].float(), shelf.full[rows, :, :length].float()

    def _rows(self, shelf: Shelf, kind: Kind, motions: Tensor) -> Tensor:
        each = len(shelf.full) // (len(MOTIONS) if kind == "moved" else 1)
        within = torch.randint(each, motions.shape, device=motions.device)
        return motions * each + within if kind == "moved" else within


def upsampled(upsampler: Any, encoder: Any, half: Tensor) -> Tensor:
    """LTX's `upsample_video` on latents [n, 128, frames, h, w]: [n, 128, frames, 2h, 2w], normalised."""
    statistics, dtype = encoder.per_channel_statistics, next(upsampler.parameters()).dtype
    return statistics.normalize(upsampler(statistics.un_normalize(half.float()).to(dtype)).float())
