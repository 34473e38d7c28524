"""Linear layers, kept in bf16 or in 8 bits with a scale for each row.

An 8-bit weight is stored as float8_e4m3 with one scale per output feature; the activation gets one scale per token, so
a large feature or token does not reduce the precision of the others. On cards that multiply in 8 bits (compute
capability 8.9 and up) the product is one `_scaled_mm`; elsewhere the weight is widened first.

Does not know which layers of a model should have 8 bits.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

LARGEST = 448.0
"""The largest float8_e4m3 value. Source: torch.finfo."""
_SMALLEST_SCALE = 1e-12
_SIDES = 16
"""The sides of an 8-bit product must be multiples of this. Source: torch's `_scaled_mm`."""


class Layer(NamedTuple):
    """Weight (out, in), bias (out,) or None, and for an 8-bit weight its scales (out, 1), float32."""

    weight: Tensor
    bias: Tensor | None
    scale: Tensor | None = None


class Rows(NamedTuple):
    """An activation in 8 bits: values (rows, features) and a scale for each row, (rows, 1), float32."""

    values: Tensor
    scale: Tensor


def in_eight_bits(weight: Tensor, bias: Tensor | None) -> Layer:
    """The same layer with its weight in 8 bits."""
    values, scale = to_rows(weight)
    return Layer(values, bias, scale)


def can_be_narrow(weight: Tensor) -> bool:
    """Whether a card's 8-bit matrix units take a weight of these sides."""
    return all(side % _SIDES == 0 for side in weight.shape)


def to_rows(matrix: Tensor) -> Rows:
    """Each row of a matrix divided by its own scale and rounded to 8 bits."""
    wide = matrix.float()
    scale = (wide.abs().amax(dim=-1, keepdim=True) / LARGEST).clamp(min=_SMALLEST_SCALE)
    return Rows((wide / scale).clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn), scale)


def widened(rows: Rows, dtype: torch.dtype) -> Tensor:
    """Rows as (1, tokens, features)."""
    return (rows.values.float() * rows.scale).to(dtype).unsqueeze(0)


def wide_format(layer: Layer) -> torch.dtype:
    """The format of a layer's surroundings: its weight's, or for an 8-bit weight its bias's, or bf16 without a bias."""
    if layer.scale is None:
        return layer.weight.dtype
    return torch.bfloat16 if layer.bias is None else layer.bias.dtype


def linear(x: Tensor | Rows, layer: Layer) -> Tensor:
    """`x` of shape (1, tokens, in), or its rows in 8 bits already; gives (1, tokens, out) in the format around the
    layer."""
    if layer.scale is None:
        assert isinstance(x, Tensor), "rows in 8 bits need a layer in 8 bits"
        return functional.linear(x, layer.weight, layer.bias)
    if not multiplies_eight_bits(layer.weight.device):
        wide = x if isinstance(x, Tensor) else widened(x, wide_format(layer))
        return functional.linear(wide, (layer.weight.float() * layer.scale).to(wide.dtype), layer.bias)
    rows = to_rows(x.flatten(0, -2)) if isinstance(x, Tensor) else x
    product = torch._scaled_mm(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]
        rows.values,
        layer.weight.t(),
        scale_a=rows.scale,
        scale_b=layer.scale.t(),
        bias=layer.bias,
        out_dtype=torch.bfloat16,
        use_fast_accum=True,
    )
    return product.unsqueeze(0)


def activated(x: Tensor, layer: Layer) -> Tensor:
    """`linear` and then GELU by its tanh formula, for a plain layer. On a card cuBLAS applies GELU before it writes the
    result, which saves one read and one write of the widest tensor."""
    if x.is_cuda and layer.scale is None and layer.bias is not None:
        return torch.ops.aten._addmm_activation(layer.bias, x[0], layer.weight.t(), use_gelu=True).unsqueeze(0)  # noqa: SLF001
    return functional.gelu(linear(x, layer), approximate="tanh")


def takes_rows(layer: Layer) -> bool:
    """True when a layer needs its input in 8 bits: where the product is in 8 bits, and also without a card, so that the
    rounding can be tested there."""
    device = layer.weight.device
    return layer.scale is not None and (device.type == "cpu" or multiplies_eight_bits(device))


def multiplies_eight_bits(device: torch.device) -> bool:
    """True where the card has 8-bit matrix units."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 9)
