"""Compares our own kernels with their twins in plain torch, on data of the real widths with a few outliers.

Without a card, TRITON_INTERPRET=1 runs them in Triton's interpreter, which tests formulas and addresses, not compiled
code. Without it the twins are compared with themselves: a rehearsal. Knows no model.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import os
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from gpu.speed import attention, flash, kernels, pixels
from gpu.speed.layers import Layer, in_eight_bits, linear

TOLERANCE = 0.02
"""Relative tolerance. Two roundings to 8 bits may differ by a step; a larger difference means another formula."""
ATTENTION_TOLERANCE = 0.06
"""Attention rounds probabilities and result to 8 bits; its twin here does not."""
DECODING_TOLERANCE = 0.01
"""The decoder's kernels round only to bf16."""
INTERPRETED_TOLERANCE = 0.1
"""The interpreter truncates to 8 bits where a card rounds: a difference of up to one step, an eighth."""
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Read by Triton when it is first imported."""


def tolerance(kernel: str) -> float:
    """How far a kernel may be from its twin, by its name in a row."""
    if kernel in ("padded", "summed", "opened"):
        return DECODING_TOLERANCE
    if INTERPRETED:
        return INTERPRETED_TOLERANCE
    return ATTENTION_TOLERANCE if "attention" in kernel else TOLERANCE


def _launched(module: Any, name: str) -> Callable[..., Any]:
    """The function that production calls; under the interpreter the kernel itself, which production runs only on a
    card."""
    return getattr(module, f"{name}_kernel" if INTERPRETED else name)


def beside_their_twins(device: str) -> Iterator[dict[str, Any]]:
    """One row a kernel: the relative difference of its result to the twin's."""
    draw = torch.Generator(device).manual_seed(1)

    def noise(*shape: int) -> Tensor:
        values = torch.randn(shape, generator=draw, device=device)
        values[..., ::97] *= 20
        return values.to(torch.bfloat16)

    def row(kernel: str, ours: Tensor, twin: Tensor) -> dict[str, Any]:
        error = (ours.float() - twin.float()).norm() / twin.float().norm()
        return {"kernel": kernel, "error": round(error.item(), 5)}

    def whole(rows: tuple[Tensor, Tensor]) -> Tensor:
        return rows[0].float() * rows[1]

    tokens, width, heads = 77 if INTERPRETED else 777, 4096, 32
    with torch.inference_mode():
        # Values where GELU bends: it maps large ones to themselves or to zero.
        x, wide = noise(1, tokens, width), noise(1, tokens, 4 * width).clamp(-2, 2)
        gelu, in_rows, alike, modulated, turned = (
            _launched(kernels, name)
            for name in ("_gelu_in_rows", "_in_rows", "_rounded_alike", "_modulated_in_rows", "_turned_in_eight_bits")
        )
        yield row("gelu", whole(gelu(wide)), whole(kernels._gelu_in_rows_twin(wide)))
        yield row("rounded", whole(in_rows(x)), whole(kernels._in_rows_twin(x)))
        yield row("rounded alike", whole(alike(x)), whole(kernels._rounded_alike_twin(x)))
        table, index = noise(4, 2, width), torch.randint(0, 4, (tokens,), generator=draw, device=device)
        for name, rows in (("modulated", table), ("normed", table[:0])):
            arguments = x, rows, index, 1e-6
            yield row(name, whole(modulated(*arguments)), whole(kernels._modulated_in_rows_twin(*arguments)))
        weight, step = noise(width).abs(), torch.full((1,), 0.05, device=device)
        cos, sin = noise(1, tokens, heads, width // heads // 2), noise(1, tokens, heads, width // heads // 2)
        turn = x, weight, cos, sin, step, 1e-6
        yield row("turned", turned(*turn), kernels._turned_in_eight_bits_twin(*turn))
        yield from _decoding(noise, row)
        if INTERPRETED:  # the rest are not our own kernels
            return
        layer = in_eight_bits(noise(width, width), noise(width))
        plain = Layer((layer.weight.float() * _scales(layer)).to(torch.bfloat16), layer.bias)
        yield row("linear", linear(kernels.to_rows(x[0]), layer), linear(_rounded(x), plain))
        q, k, v = (noise(1, 2 * tokens, width) for _ in range(3))
        q8, k8 = (kernels.Rows(_narrow(each, 0.1), torch.full((1,), 0.1, device=device)) for each in (q, k))
        for count, name in ((1, "attention"), (2, "attention of two")):
            ours = attention.attend_in_eight_bits(q8, k8, v, heads, count)
            known = attention.attend(q8.values.float() * 0.1, k8.values.float() * 0.1, v.float(), heads, count)
            yield row(name, whole(ours), known[0])
        halves = zip(q.chunk(2, dim=1), k.chunk(2, dim=1), v.chunk(2, dim=1), strict=True)
        known = torch.cat([attention.attend(*half, heads) for half in halves], dim=1)
        yield row("bf16 attention of two", attention.attend(q, k, v, heads, 2), known)
        q, k, v = (noise(1, 2 * flash.MIN_TOKENS, width) for _ in range(3))
        known = attention.attend(q.float(), k.float(), v.float(), heads, 2)
        laid_out = q.reshape(2, -1, heads, width // heads)
        by = "torch" if flash.flash_for(laid_out, laid_out) is None else "FlashAttention"
        yield row("long bf16 attention of two", attention.attend(q, k, v, heads, 2), known) | {"by": by}


def _decoding(noise: Callable[..., Tensor], row: Callable[..., dict[str, Any]]) -> Iterator[dict[str, Any]]:
    padded = pixels._padded_kernel if INTERPRETED else pixels.padded
    opened = pixels._opened_kernel if INTERPRETED else pixels.opened
    pixel, bias = noise(3, 6, 9, 256), noise(256)
    for active in (False, True):
        ours = padded(pixel, bias, pixel, keep=True, active=active)
        twin = pixels._padded_twin(pixel, bias, pixel, active=active)
        yield row("padded", ours[0], twin[0])
        yield row("summed", ours[1], twin[1])
    ours, _ = padded(pixel, bias, None, keep=False, active=True, mirrored=False)
    yield row("padded", ours, pixels._padded_twin(pixel, bias, None, active=True, mirrored=False)[0])
    for stride, added in (((2, 2, 2), True), ((2, 2, 2), False), ((2, 1, 1), False), ((1, 2, 2), False)):
        raw, whole = noise(3, 6, 9, 1024), noise(3, 6, 9, 256) if added else None
        arguments = raw, noise(1024), whole, stride
        yield row("opened", opened(*arguments), pixels._opened_twin(*arguments))


def _narrow(x: Tensor, scale: float) -> Tensor:
    return (x.float() / scale).clamp(-448, 448).to(torch.float8_e4m3fn)


def _rounded(x: Tensor) -> Tensor:
    rows = kernels.to_rows(x[0])
    return (rows.values.float() * rows.scale).to(torch.bfloat16)[None]


def _scales(layer: Layer) -> Tensor:
    assert layer.scale is not None
    return layer.scale
