"""The picture decoder's operations between two convolutions, with one read and one write of memory, channels last.

`padded` finishes one convolution and prepares the next: bias, sum, norm, activation, then padding with copied and
mirrored places. `opened` spreads the channels of a place over the eight that an upsampling makes of it. Each is a
Triton kernel with a twin in plain torch, which runs without a card and which the tests compare with the stock decoder.
Sums are in float32 and rounded once.

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

PARTS = 8
"""Sub-pixels that an upsampling makes of a place: two frames of two rows of two columns, columns innermost."""
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
        CHANNELS: tl.constexpr, PLACES: tl.constexpr,  # noqa: N803
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
        if KEEP:
            own = inside & (across > 0) & (across <= width) & (down > 0) & (down <= height) & (over > 0)
            tl.store(whole + here, value, mask=(own & (over <= frames))[:, None])
        if ACTIVE:
            size = tl.sum(value * value, axis=1) / CHANNELS
            value *= tl.rsqrt(size + eps)[:, None]
            value *= 1.0 / (1.0 + tl.exp(-value))
        there = (row.to(tl.int64) * (width + 2) + across)[:, None] * CHANNELS + channels[None, :]
        tl.store(out + there, value, mask=some)

    @triton.jit(do_not_specialize=["height", "width"])
    def _open(raw, bias, whole, out, height, width, CHANNELS: tl.constexpr, SAME: tl.constexpr, PLACES: tl.constexpr):  # noqa: N803
        row = tl.program_id(0)
        part = tl.program_id(2)
        across = tl.program_id(1) * PLACES + tl.arange(0, PLACES)
        inside = across < width
        channels = tl.arange(0, CHANNELS)
        place = row.to(tl.int64) * width + across
        some = inside[:, None]
        value = tl.load(raw + (place[:, None] * 8 + part) * CHANNELS + channels[None, :], mask=some, other=0.0)
        value = value.to(tl.float32) + tl.load(bias + part * CHANNELS + channels).to(tl.float32)[None, :]
        same = (place[:, None] * SAME + channels[None, :] % SAME) * 8 + part
        value += tl.load(whole + same, mask=some, other=0.0).to(tl.float32)
        frame = 2 * (row // height) + part // 4 - 1
        line = 2 * (row % height) + part // 2 % 2
        first = (frame * 2 * height + line).to(tl.int64) * 2 * width
        there = (first + 2 * across + part % 2)[:, None] * CHANNELS + channels[None, :]
        tl.store(out + there, value, mask=some & (frame >= 0))


def padded(
    raw: Tensor, bias: Tensor | None = None, before: Tensor | None = None, *, keep: bool = False, active: bool = False
) -> tuple[Tensor, Tensor]:
    """The next convolution's input, (frames + 2, height + 2, width + 2, channels), and with `keep` the sum itself.

    The sum is that of `raw` (frames, height, width, channels), contiguous, `bias` (channels,) and `before`, shaped like
    `raw`. `active`: divided by the pixel's root mean square, then through SiLU. Padding: the first and last frame
    repeated in time, the mirror image without the edge in height and width.
    """
    if raw.is_cuda:
        return _padded_kernel(raw, bias, before, keep=keep, active=active)
    return _padded_twin(raw, bias, before, active=active)


def _padded_kernel(
    raw: Tensor, bias: Tensor | None, before: Tensor | None, *, keep: bool, active: bool
) -> tuple[Tensor, Tensor]:
    frames, height, width, channels = raw.shape
    out = raw.new_empty((frames + 2, height + 2, width + 2, channels))
    whole = torch.empty_like(raw) if keep else out
    places = max(1, _VALUES_AT_ONCE // channels)
    grid = ((frames + 2) * (height + 2), triton.cdiv(width + 2, places))
    _pad[grid](
        raw, raw if bias is None else bias, raw if before is None else before, out, whole, frames, height, width, _EPS,
        BIAS=bias is not None, BEFORE=before is not None, KEEP=keep, ACTIVE=active, CHANNELS=channels, PLACES=places,
        num_warps=4,
    )  # fmt: skip
    return out, whole


def _padded_twin(raw: Tensor, bias: Tensor | None, before: Tensor | None, *, active: bool) -> tuple[Tensor, Tensor]:
    whole = raw.float()
    if bias is not None:
        whole = whole + bias.float()
    if before is not None:
        whole = whole + before.float()
    value = whole
    if active:
        value = functional.silu(value * (value.square().mean(dim=-1, keepdim=True) + _EPS).rsqrt())
    planes = functional.pad(value.to(raw.dtype).permute(3, 0, 1, 2), (1, 1, 1, 1, 0, 0), mode="reflect")
    planes = torch.cat([planes[:, :1], planes, planes[:, -1:]], dim=1)
    return planes.permute(1, 2, 3, 0).contiguous(), whole.to(raw.dtype)


def opened(raw: Tensor, bias: Tensor, whole: Tensor) -> Tensor:
    """Each place becomes eight: (frames, height, width, channels) to (2 frames - 1, 2 height, 2 width, channels / 8).

    `raw` and `bias` hold a part's channels side by side; `whole`, what went into the convolution, holds the parts of a
    channel side by side, as the released weights have it, and is added, repeated over the channels.
    """
    return (_opened_kernel if raw.is_cuda else _opened_twin)(raw, bias, whole)


def _opened_kernel(raw: Tensor, bias: Tensor, whole: Tensor) -> Tensor:
    frames, height, width, wide = raw.shape
    channels, same = wide // PARTS, whole.shape[3] // PARTS
    out = raw.new_empty((2 * frames - 1, 2 * height, 2 * width, channels))
    places = max(1, _VALUES_AT_ONCE // channels)
    grid = (frames * height, triton.cdiv(width, places), PARTS)
    _open[grid](raw, bias, whole, out, height, width, CHANNELS=channels, SAME=same, PLACES=places, num_warps=4)
    return out


def _opened_twin(raw: Tensor, bias: Tensor, whole: Tensor) -> Tensor:
    frames, height, width, wide = raw.shape
    channels, same = wide // PARTS, whole.shape[3] // PARTS
    parts = (raw.float() + bias.float()).view(frames, height, width, PARTS, channels // same, same)
    parts = parts + whole.float().view(frames, height, width, same, PARTS).transpose(3, 4).unsqueeze(4)
    spread = parts.view(frames, height, width, 2, 2, 2, channels).permute(0, 3, 1, 4, 2, 5, 6)
    return spread.reshape(2 * frames, 2 * height, 2 * width, channels)[1:].to(raw.dtype)
