"""LTX-2's picture decoder in channels-last layout: same weights and arithmetic, less memory traffic.

The stock decoder is channels-first: cuDNN transposes for a convolution and back, and norm, activation, bias, sum and
padding each read and write everything. Here one kernel does all work between two convolutions (`pixels.py`), in the
layout that they need. Of 2.2 s for 193 frames of 1088p a card had spent 0.7 in convolutions (NVIDIA H200, 2026-11-23).

Knows the decoders of the released checkpoints: LTX-2's mirrors its edges and adds what goes into an upsampling to what
comes out of it; LTX-2.3's has zeros around and upsamples frames, rows and columns by turns. Any other decoder is left
unchanged. Does not know clips or tiles: the stock class still cuts, blends and rounds.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from ltx_core.model.common.normalization import PixelNorm
from ltx_core.model.video_vae.resnet import UNetMidBlock3D
from ltx_core.model.video_vae.sampling import DepthToSpaceUpsample
from torch import Tensor, nn
from torch.nn import functional

from gpu.speed.pixels import Stride, opened, padded


class Convolution(NamedTuple):
    """Weight (out, in, 3, 3, 3), channels last, and bias (out,)."""

    weight: Tensor
    bias: Tensor


class Upsampling(NamedTuple):
    """A convolution whose outputs are sorted by sub-pixel; `residual`: its input is added to its output."""

    convolution: Convolution
    stride: Stride
    residual: bool


class Sum(NamedTuple):
    """A convolution's raw output, (frames, height, width, channels), and the terms still to be added to it."""

    raw: Tensor
    bias: Tensor | None
    before: Tensor | None


def quicken(decoder: Any, before_block: Callable[[], None] = lambda: None) -> bool:
    """Replaces the forward of a stock `VideoDecoder` permanently, where it has the released shape; returns whether.

    `before_block` is called before each part of the decoder and may raise to stop. Weights change their layout in
    place.
    """
    if not _is_known(decoder):
        return False
    decoder.forward = QuickDecoder(decoder, before_block)
    return True


class QuickDecoder:
    """Replaces the decoder's `forward`."""

    def __init__(self, stock: Any, before_block: Callable[[], None]) -> None:
        self._stock = stock
        self._before_block = before_block
        self._first = _laid_out(stock.conv_in)
        self._last = _laid_out(stock.conv_out)
        self._mirrored = _edges(stock.conv_in) == "reflect"
        self._levels: list[list[tuple[Convolution, Convolution]] | Upsampling] = [
            _upsampling(block)
            if isinstance(block, DepthToSpaceUpsample)
            else [(_laid_out(each.conv1), _laid_out(each.conv2)) for each in block.res_blocks]
            for block in stock.up_blocks
        ]

    def __call__(self, sample: Tensor, timestep: None = None, generator: torch.Generator | None = None) -> Tensor:
        """Latents (1, channels, frames, height, width) to pictures (1, 3, 8 frames - 7, 32 height, 32 width).

        This decoder draws no noise, so the generator is unused.
        """
        del timestep, generator
        self._before_block()
        pad = partial(padded, mirrored=self._mirrored)
        latent = self._stock.per_channel_statistics.un_normalize(sample)[0].permute(1, 2, 3, 0).contiguous()
        hidden = Sum(_convolved(pad(latent)[0], self._first), self._first.bias, None)
        for level in self._levels:
            self._before_block()
            if isinstance(level, Upsampling):
                hidden = _upsampled(hidden, level, mirrored=self._mirrored)
            else:
                for one, two in level:
                    active, whole = pad(*hidden, keep=True, active=True)
                    active, _ = pad(_convolved(active, one), one.bias, active=True)
                    hidden = Sum(_convolved(active, two), two.bias, whole)
        active, _ = pad(*hidden, active=True)
        return _as_pictures(_convolved(active, self._last) + self._last.bias, self._stock.patch_size)


def _is_known(decoder: Any) -> bool:
    edges = _edges(decoder.conv_in)

    def plain(*layers: Any) -> bool:
        return all(_is_plain(layer) and _edges(layer) == edges for layer in layers)

    def known(block: Any) -> bool:
        if isinstance(block, DepthToSpaceUpsample):
            return set(block.stride) <= {1, 2} and plain(block.conv)
        return isinstance(block, UNetMidBlock3D) and all(
            isinstance(each.norm1, PixelNorm)
            and isinstance(each.conv_shortcut, nn.Identity)
            and not each.inject_noise
            and plain(each.conv1, each.conv2)
            for each in block.res_blocks
        )

    return (
        not decoder.causal
        and not decoder.timestep_conditioning
        and isinstance(decoder.conv_norm_out, PixelNorm)
        and edges in ("reflect", "zeros")
        and plain(decoder.conv_in, decoder.conv_out)
        and all(known(block) for block in decoder.up_blocks)
    )


def _is_plain(layer: Any) -> bool:
    """A convolution over 3 x 3 x 3 places with, for the kernel, a power of two of input channels."""
    conv = getattr(layer, "conv", None)
    return (
        isinstance(conv, nn.Conv3d)
        and conv.kernel_size == (3, 3, 3)
        and conv.bias is not None
        and conv.in_channels & (conv.in_channels - 1) == 0
    )


def _edges(layer: Any) -> str | None:
    """What lies around a layer's picture: `reflect` for its mirror image, `zeros`."""
    return getattr(getattr(layer, "conv", None), "padding_mode", None)


def _laid_out(layer: Any) -> Convolution:
    conv = layer.conv
    conv.weight.data = conv.weight.data.contiguous(memory_format=torch.channels_last_3d)
    return Convolution(conv.weight.detach(), conv.bias.detach())


def _upsampling(block: Any) -> Upsampling:
    """An upsampling, its convolution's outputs sorted by sub-pixel, so that a sub-pixel's channels are adjacent."""
    convolution, stride = _laid_out(block.conv), tuple(block.stride)
    parts = math.prod(stride)
    weight, bias = (each.unflatten(0, (-1, parts)).transpose(0, 1).flatten(0, 1) for each in convolution)
    convolution.weight.copy_(weight)
    convolution.bias.copy_(bias)
    return Upsampling(convolution, stride, block.residual)


def _convolved(padded_input: Tensor, convolution: Convolution) -> Tensor:
    """(frames + 2, height + 2, width + 2, in) to (frames, height, width, out), without the bias."""
    planes = padded_input.permute(3, 0, 1, 2).unsqueeze(0)
    return functional.conv3d(planes, convolution.weight)[0].permute(1, 2, 3, 0).contiguous()


def _upsampled(hidden: Sum, level: Upsampling, *, mirrored: bool) -> Sum:
    """As many more frames, rows and columns as the level says. A function of its own, so that what it needs meanwhile
    is freed before the next level."""
    ready, whole = padded(*hidden, keep=level.residual, mirrored=mirrored)
    raw, bias = _convolved(ready, level.convolution), level.convolution.bias
    return Sum(opened(raw, bias, whole if level.residual else None, level.stride), None, None)


def _as_pictures(patches: Tensor, size: int) -> Tensor:
    """(frames, height, width, 3 size size), a patch's columns outermost, to (1, 3, frames, height size, width size)."""
    frames, height, width, _ = patches.shape
    apart = patches.view(frames, height, width, 3, size, size).permute(3, 0, 1, 5, 2, 4)
    return apart.reshape(1, 3, frames, height * size, width * size)
