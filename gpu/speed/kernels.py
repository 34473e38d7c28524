"""Kernels for a block's operations between its 8-bit matrix products: each reads and writes memory once.

The compiler would make two or three passes over memory for each, because a row's largest value must be known before the
row can be rounded; here a row stays in registers. Each has a twin in plain torch, which runs without a card and which
the tests compare it with. Sums and products are in float32, rounded once at the end.

Does not know a model. Source of the formulas: the twins.
"""

# Triton has hardly any types, and is installed only with a CUDA build of torch and for the tests.
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUntypedFunctionDecorator=false, reportPossiblyUnboundVariable=false, reportIndexIssue=false
# pyright: reportCallIssue=false

import importlib.util
import math

import torch
from torch import Tensor
from torch.nn import functional

from gpu.speed.layers import LARGEST, Rows, to_rows

_VALUES_AT_ONCE = 8_192

if importlib.util.find_spec("triton") is not None:
    import triton
    import triton.language as tl

    @triton.jit
    def _store_rounded(values, out, scale, row, columns, inside, width):
        step = tl.maximum(tl.max(tl.abs(values), axis=0) / 448.0, 1e-12)
        tl.store(out + row * width + columns, (values / step).to(tl.float8e4nv), mask=inside)
        tl.store(scale + row, step)

    @triton.jit
    def _round(x, out, scale, width, GELU: tl.constexpr, SPAN: tl.constexpr):  # noqa: N803 (Triton's custom for constants)
        row = tl.program_id(0).to(tl.int64)
        columns = tl.arange(0, SPAN)
        inside = columns < width
        value = tl.load(x + row * width + columns, mask=inside, other=0.0).to(tl.float32)
        if GELU:
            inner = 0.7978845608028654 * (value + 0.044715 * value * value * value)
            # tanh(u) = 1 - 2 / (e^2u + 1), so half of one plus it is one minus the fraction.
            value = value * (1.0 - 1.0 / (tl.exp(2.0 * inner) + 1.0))
        _store_rounded(value, out, scale, row, columns, inside, width)

    @triton.jit
    def _largest(x, found, count, SPAN: tl.constexpr):  # noqa: N803
        places = tl.program_id(0).to(tl.int64) * SPAN + tl.arange(0, SPAN)
        value = tl.load(x + places, mask=places < count, other=0.0).to(tl.float32)
        tl.atomic_max(found, tl.max(tl.abs(value), axis=0))

    @triton.jit
    def _round_alike(x, found, out, scale, count, SPAN: tl.constexpr):  # noqa: N803
        places = tl.program_id(0).to(tl.int64) * SPAN + tl.arange(0, SPAN)
        inside = places < count
        step = tl.maximum(tl.load(found) / 448.0, 1e-12)
        value = tl.load(x + places, mask=inside, other=0.0).to(tl.float32)
        tl.store(out + places, (value / step).to(tl.float8e4nv), mask=inside)
        tl.store(scale, step, mask=tl.program_id(0) == 0)

    @triton.jit
    def _modulate(x, table, index, out, scale, width, eps, SHIFT: tl.constexpr, SPAN: tl.constexpr):  # noqa: N803
        row = tl.program_id(0).to(tl.int64)
        columns = tl.arange(0, SPAN)
        inside = columns < width
        value = tl.load(x + row * width + columns, mask=inside, other=0.0).to(tl.float32)
        value *= tl.rsqrt(tl.sum(value * value, axis=0) / width + eps)
        if SHIFT:
            first = table + tl.load(index + row) * 2 * width
            shift = tl.load(first + columns, mask=inside, other=0.0).to(tl.float32)
            gain = tl.load(first + width + columns, mask=inside, other=0.0).to(tl.float32)
            value = value * (1.0 + gain) + shift
        _store_rounded(value, out, scale, row, columns, inside, width)

    @triton.jit
    def _turn(x, weight, cos, sin, out, step, width, eps, HALF: tl.constexpr, SPAN: tl.constexpr):  # noqa: N803
        row = tl.program_id(0).to(tl.int64)
        pairs = tl.arange(0, SPAN)
        inside = pairs < width // 2
        left = (pairs // HALF) * 2 * HALF + pairs % HALF
        a = tl.load(x + row * width + left, mask=inside, other=0.0).to(tl.float32)
        b = tl.load(x + row * width + left + HALF, mask=inside, other=0.0).to(tl.float32)
        norm = tl.rsqrt((tl.sum(a * a, axis=0) + tl.sum(b * b, axis=0)) / width + eps)
        a *= norm * tl.load(weight + left, mask=inside, other=0.0).to(tl.float32)
        b *= norm * tl.load(weight + left + HALF, mask=inside, other=0.0).to(tl.float32)
        c = tl.load(cos + row * (width // 2) + pairs, mask=inside, other=0.0).to(tl.float32)
        s = tl.load(sin + row * (width // 2) + pairs, mask=inside, other=0.0).to(tl.float32)
        down = 1.0 / tl.load(step)
        first = tl.minimum(tl.maximum((a * c - b * s) * down, -448.0), 448.0)
        second = tl.minimum(tl.maximum((b * c + a * s) * down, -448.0), 448.0)
        tl.store(out + row * width + left, first.to(tl.float8e4nv), mask=inside)
        tl.store(out + row * width + left + HALF, second.to(tl.float8e4nv), mask=inside)


def _empty_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    rows, width = x.shape[-2:]
    values = torch.empty((rows, width), dtype=torch.float8_e4m3fn, device=x.device)
    return values, torch.empty((rows, 1), dtype=torch.float32, device=x.device)


def _warps(width: int) -> int:
    return 16 if width > 8_192 else 8


def _rounded(x: Tensor, *, gelu: bool) -> tuple[Tensor, Tensor]:
    values, scale = _empty_rows(x)
    width = x.shape[-1]
    span = triton.next_power_of_2(width)
    _round[(values.shape[0],)](x, values, scale, width, GELU=gelu, SPAN=span, num_warps=_warps(width))
    return values, scale


def _in_rows_kernel(x: Tensor) -> tuple[Tensor, Tensor]:
    return _rounded(x, gelu=False)


_in_rows = torch.library.custom_op("clipwright::in_rows", _in_rows_kernel, mutates_args=(), device_types="cuda")


@_in_rows.register_kernel("cpu")
def _in_rows_twin(x: Tensor) -> tuple[Tensor, Tensor]:
    return to_rows(x[0])


@_in_rows.register_fake
def _in_rows_shape(x: Tensor) -> tuple[Tensor, Tensor]:
    return _empty_rows(x)


def in_rows(x: Tensor) -> Rows:
    """(1, tokens, width), contiguous, each token rounded with its own scale."""
    return Rows(*_in_rows(x))


def _rounded_alike_kernel(x: Tensor) -> tuple[Tensor, Tensor]:
    found, scale = x.new_zeros(1, dtype=torch.float32), x.new_empty(1, dtype=torch.float32)
    values = torch.empty_like(x, dtype=torch.float8_e4m3fn)
    grid = (triton.cdiv(x.numel(), _VALUES_AT_ONCE),)
    _largest[grid](x, found, x.numel(), SPAN=_VALUES_AT_ONCE, num_warps=8)
    _round_alike[grid](x, found, values, scale, x.numel(), SPAN=_VALUES_AT_ONCE, num_warps=8)
    return values, scale


_rounded_alike = torch.library.custom_op(
    "clipwright::rounded_alike", _rounded_alike_kernel, mutates_args=(), device_types="cuda"
)


@_rounded_alike.register_kernel("cpu")
def _rounded_alike_twin(x: Tensor) -> tuple[Tensor, Tensor]:
    scale = (x.abs().amax().float() / LARGEST).clamp(min=1e-12).reshape(1)
    return (x.float() / scale).clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn), scale


@_rounded_alike.register_fake
def _rounded_alike_shape(x: Tensor) -> tuple[Tensor, Tensor]:
    return torch.empty_like(x, dtype=torch.float8_e4m3fn), x.new_empty(1, dtype=torch.float32)


def rounded_alike(x: Tensor) -> Rows:
    """A contiguous tensor in 8 bits, its shape kept, with one scale (1,) for all: its largest value is exact."""
    return Rows(*_rounded_alike(x))


def _gelu_in_rows_kernel(x: Tensor) -> tuple[Tensor, Tensor]:
    return _rounded(x, gelu=True)


_gelu_in_rows = torch.library.custom_op(
    "clipwright::gelu_in_rows", _gelu_in_rows_kernel, mutates_args=(), device_types="cuda"
)


@_gelu_in_rows.register_kernel("cpu")
def _gelu_in_rows_twin(x: Tensor) -> tuple[Tensor, Tensor]:
    return to_rows(functional.gelu(x[0].float(), approximate="tanh"))


@_gelu_in_rows.register_fake
def _gelu_shape(x: Tensor) -> tuple[Tensor, Tensor]:
    return _empty_rows(x)


def gelu_in_rows(x: Tensor) -> Rows:
    """The feed-forward's activation of (1, tokens, width), each token rounded with its own scale."""
    return Rows(*_gelu_in_rows(x))


def _modulated_in_rows_kernel(x: Tensor, table: Tensor, index: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    values, scale = _empty_rows(x)
    width = x.shape[-1]
    span = triton.next_power_of_2(width)
    _modulate[(values.shape[0],)](
        x, table, index, values, scale, width, eps, SHIFT=table.numel() > 0, SPAN=span, num_warps=_warps(width)
    )
    return values, scale


_modulated_in_rows = torch.library.custom_op(
    "clipwright::modulated_in_rows", _modulated_in_rows_kernel, mutates_args=(), device_types="cuda"
)


@_modulated_in_rows.register_kernel("cpu")
def _modulated_in_rows_twin(x: Tensor, table: Tensor, index: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    normed = functional.rms_norm(x[0].float(), x.shape[-1:], None, eps)
    if table.numel():
        shift, gain = table.float().unbind(1)
        normed = normed * (1 + gain[index]) + shift[index]
    return to_rows(normed)


@_modulated_in_rows.register_fake
def _modulated_shape(x: Tensor, table: Tensor, index: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    del table, index, eps
    return _empty_rows(x)


def modulated_in_rows(x: Tensor, table: Tensor, index: Tensor, eps: float) -> Rows:
    """RMS norm of (1, tokens, width), then shift and scale, each token rounded with its own scale.

    `table` (rows, 2, width) holds shift and scale, contiguous, and `index` (tokens,) says which row is whose; an empty
    table leaves both out.
    """
    return Rows(*_modulated_in_rows(x, table, index, eps))


def _turned_in_eight_bits_kernel(
    x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, step: Tensor, eps: float
) -> Tensor:
    out = torch.empty_like(x, dtype=torch.float8_e4m3fn)
    width, half = x.shape[-1], cos.shape[-1]
    _turn[(x.shape[1],)](
        x, weight, cos, sin, out, step, width, eps, HALF=half, SPAN=triton.next_power_of_2(width // 2), num_warps=8
    )
    return out


_turned_in_eight_bits = torch.library.custom_op(
    "clipwright::turned_in_eight_bits", _turned_in_eight_bits_kernel, mutates_args=(), device_types="cuda"
)


@_turned_in_eight_bits.register_kernel("cpu")
def _turned_in_eight_bits_twin(x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, step: Tensor, eps: float) -> Tensor:
    normed = functional.rms_norm(x.float(), x.shape[-1:], weight.float(), eps)
    a, b = normed.unflatten(-1, (cos.shape[2], 2, cos.shape[3])).unbind(-2)
    turned = torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-2).flatten(-3)
    return (turned / step).clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn)


@_turned_in_eight_bits.register_fake
def _turned_shape(x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, step: Tensor, eps: float) -> Tensor:
    del weight, cos, sin, step, eps
    return torch.empty_like(x, dtype=torch.float8_e4m3fn)


def turned_in_eight_bits(x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, eps: float) -> Rows:
    """RMS norm with a weight, then rotary embedding by halves, of queries or keys (1, tokens, heads x 2 halves).

    `cos`, `sin` (1, tokens, heads, half), contiguous. One scale for all: the largest that norm and turning can give.
    """
    largest = weight.abs().amax().float() * math.sqrt(weight.shape[0])
    step = (largest / LARGEST).clamp(min=1e-12).reshape(1)
    return Rows(_turned_in_eight_bits(x, weight, cos, sin, step, eps), step)
