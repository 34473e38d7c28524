"""The picture decoder's operations between two convolutions, with one read and one write of memory, channels last.

`padded` finishes one convolution and prepares the next: bias, sum, norm, activation, then padding with copied frames
and mirrored or empty edges. `opened` spreads the channels of a place over those that an upsampling makes of it. Each is
a Triton kernel with a twin in plain torch, which runs without a card and which the tests compare with the stock
decoder. Sums are in float32 and rounded once.

Does not know a decoder.
"""

# Triton has hardly any types, and is installed only with a CUDA build of torch and for the tests.
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUntypedFunctionDecorator=false, reportPossiblyUnboundVariable=false, reportIndexIssue=false
# pyright: reportCallIssue=false

import importlib.util

import torch
from torch import Tensor
from torch.nn import functional

Stride = tuple[int, int, int]
"""Frames, rows and columns that an upsampling makes of a place, columns innermost: its sub-pixels."""
_EPS = 1e-8
"""Of ltx-core's PixelNorm."""
_VALUES_AT_ONCE = 4_096

if importlib.util.find_spec("triton") is not None:
    import triton
    import triton.language as tl

    # Sizes that differ between clips, excluded from specialisation: Triton would otherwise compile during a job.
    @triton.jit(do_not_specialize=["frames", "height", "width"])
    def _pad(
        raw, bias, before, out, whole, frames, height, width, eps,
        BIAS: tl.constexpr, BEFORE: tl.constexpr, KEEP: tl.constexpr, ACTIVE: tl.constexpr,  # noqa: N803 (Triton's custom for constants)
        MIRRORED: tl.constexpr, CHANNELS: tl.constexpr, PLACES: tl.constexpr,  # noqa: N803
    ):  # fmt: skip
        row = tl.program_id(0)
        over = row // (height + 2)
        down = row % (height + 2)
        across = tl.program_id(1) * PLACES + tl.arange(0, PLACES)
        inside = across < width + 2
        frame = tl.minimum(tl.maximum(over - 1, 0), frames - 1)
        line = tl.where(down == 0, 1, tl.where(down == height + 1, height - 2, down - 1))
        column = tl.where(across == 0, 1, tl.where(across == width + 1, width - 2, across - 1))
        channels = tl.arange(0, CHANNELS)
        first = (frame * height + line).to(tl.int64) * width
        here = (first + column)[:, None] * CHANNELS + channels[None, :]
        some = inside[:, None]
        value = tl.load(raw + here, mask=some, other=0.0).to(tl.float32)
        if BIAS:
            value += tl.load(bias + channels).to(tl.float32)[None, :]
        if BEFORE:
            value += tl.load(before + here, mask=some, other=0.0).to(tl.float32)
        own = inside & (across > 0) & (across <= width) & (down > 0) & (down <= height)
        if KEEP:
            tl.store(whole + here, value, mask=(own & (over > 0) & (over <= frames))[:, None])
        if ACTIVE:
            size = tl.sum(value * value, axis=1) / CHANNELS
            value *= tl.rsqrt(size + eps)[:, None]
            value *= 1.0 / (1.0 + tl.exp(-value))
        if not MIRRORED:
            value = tl.where(own[:, None], value, 0.0)
        there = (row.to(tl.int64) * (width + 2) + across)[:, None] * CHANNELS + channels[None, :]
        tl.store(out + there, value, mask=some)

    @triton.jit(do_not_specialize=["height", "width"])
    def _open(
        raw, bias, whole, out, height, width,
        ADDED: tl.constexpr, DEEP: tl.constexpr, TALL: tl.constexpr, BROAD: tl.constexpr,  # noqa: N803
        CHANNELS: tl.constexpr, SAME: tl.constexpr, PLACES: tl.constexpr,  # noqa: N803
    ):  # fmt: skip
        row = tl.program_id(0)
        part = tl.program_id(2)
        across = tl.program_id(1) * PLACES + tl.arange(0, PLACES)
        inside = across < width
        channels = tl.arange(0, CHANNELS)
        place = row.to(tl.int64) * width + across
        some = inside[:, None]
        parts = DEEP * TALL * BROAD
        value = tl.load(raw + (place[:, None] * parts + part) * CHANNELS + channels[None, :], mask=some, other=0.0)
        value = value.to(tl.float32) + tl.load(bias + part * CHANNELS + channels).to(tl.float32)[None, :]
        if ADDED:
            same = (place[:, None] * SAME + channels[None, :] % SAME) * parts + part
            value += tl.load(whole + same, mask=some, other=0.0).to(tl.float32)
        frame = DEEP * (row // height) + part // (TALL * BROAD) - (DEEP - 1)
        line = TALL * (row % height) + part // BROAD % TALL
        first = (frame * TALL * height + line).to(tl.int64) * BROAD * width
        there = (first + BROAD * across + part % BROAD)[:, None] * CHANNELS + channels[None, :]
        tl.store(out + there, value, mask=some & (frame >= 0))


def padded(
    raw: Tensor,
    bias: Tensor | None = None,
    before: Tensor | None = None,
    *,
    keep: bool = False,
    active: bool = False,
    mirrored: bool = True,
) -> tuple[Tensor, Tensor]:
    """The next convolution's input, (frames + 2, height + 2, width + 2, channels), and with `keep` the sum itself.

    The sum is that of `raw` (frames, height, width, channels), contiguous, `bias` (channels,) and `before`, shaped like
    `raw`. `active`: divided by the pixel's root mean square, then through SiLU. Padding: the first and last frame
    repeated in time; in height and width the mirror image without the edge, or zeros where not `mirrored`.
    """
    if raw.is_cuda:
        return _padded_kernel(raw, bias, before, keep=keep, active=active, mirrored=mirrored)
    return _padded_twin(raw, bias, before, active=active, mirrored=mirrored)


def _padded_kernel(
    raw: Tensor, bias: Tensor | None, before: Tensor | None, *, keep: bool, active: bool, mirrored: bool = True
) -> tuple[Tensor, Tensor]:
    frames, height, width, channels = raw.shape
    out = raw.new_empty((frames + 2, height + 2, width + 2, channels))
    whole = torch.empty_like(raw) if keep else out
    places = max(1, _VALUES_AT_ONCE // channels)
    grid = ((frames + 2) * (height + 2), triton.cdiv(width + 2, places))
    _pad[grid](
        raw, raw if bias is None else bias, raw if before is None else before, out, whole, frames, height, width, _EPS,
        BIAS=bias is not None, BEFORE=before is not None, KEEP=keep, ACTIVE=active, MIRRORED=mirrored,
        CHANNELS=channels, PLACES=places, num_warps=4,
    )  # fmt: skip
    return out, whole


def _padded_twin(
    raw: Tensor, bias: Tensor | None, before: Tensor | None, *, active: bool, mirrored: bool = True
) -> tuple[Tensor, Tensor]:
    whole = raw.float()
    if bias is not None:
        whole = whole + bias.float()
    if before is not None:
        whole = whole + before.float()
    value = whole
    if active:
        value = functional.silu(value * (value.square().mean(dim=-1, keepdim=True) + _EPS).rsqrt())
    planes = functional.pad(
        value.to(raw.dtype).permute(3, 0, 1, 2), (1, 1, 1, 1, 0, 0), mode="reflect" if mirrored else "constant"
    )
    planes = torch.cat([planes[:, :1], planes, planes[:, -1:]], dim=1)
    return planes.permute(1, 2, 3, 0).contiguous(), whole.to(raw.dtype)


def opened(raw: Tensor, bias: Tensor, whole: Tensor | None, stride: Stride = (2, 2, 2)) -> Tensor:
    """Each place becomes several: (frames, height, width, channels) to as many frames, rows and columns as `stride`
    says for each, and as many fewer channels. Of two frames for the first one, the earlier falls away.

    `raw` and `bias` hold a part's channels side by side; `whole`, what went into the convolution, holds the parts of a
    channel side by side, as the released weights have it, and is added, repeated over the channels, where it is given.
    """
    return (_opened_kernel if raw.is_cuda else _opened_twin)(raw, bias, whole, stride)


def _opened_kernel(raw: Tensor, bias: Tensor, whole: Tensor | None, stride: Stride) -> Tensor:
    frames, height, width, wide = raw.shape
    deep, tall, broad = stride
    parts = deep * tall * broad
    channels = wide // parts
    out = raw.new_empty((deep * frames - (deep - 1), tall * height, broad * width, channels))
    places = max(1, _VALUES_AT_ONCE // channels)
    grid = (frames * height, triton.cdiv(width, places), parts)
    _open[grid](
        raw, bias, raw if whole is None else whole, out, height, width,
        ADDED=whole is not None, DEEP=deep, TALL=tall, BROAD=broad,
        CHANNELS=channels, SAME=1 if whole is None else whole.shape[3] // parts, PLACES=places, num_warps=4,
    )  # fmt: skip
    return out


def _opened_twin(raw: Tensor, bias: Tensor, whole: Tensor | None, stride: Stride) -> Tensor:
    frames, height, width, wide = raw.shape
    deep, tall, broad = stride
    parts = deep * tall * broad
    channels = wide // parts
    value = (raw.float() + bias.float()).view(frames, height, width, parts, channels)
    if whole is not None:
        same = whole.shape[3] // parts
        added = whole.float().view(frames, height, width, same, parts).transpose(3, 4)
        value = value + added.repeat(1, 1, 1, 1, channels // same)
    spread = value.view(frames, height, width, deep, tall, broad, channels).permute(0, 3, 1, 4, 2, 5, 6)
    return spread.reshape(deep * frames, tall * height, broad * width, channels)[deep - 1 :].to(raw.dtype)
