"""Trained weights as the repository keeps them: 8-bit rows with a scale each, the rest in bfloat16, one file.

A tensor of two or more dimensions is cut to its nonzero rows and columns, a convolution to the time taps from the first
nonzero one to the last. It is then divided by its rows' largest values and rounded to 8 bits. `unpack` reverses both,
given the full shapes.

Does not know the tensors' purpose.
"""

# safetensors comes with gaps in its types; what it hands over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

WEIGHTS = Path(__file__).with_name("weights") / "tiny-trained.safetensors"

_PARTS = {
    "encoder": "vae.encoder.",
    "decoder": "vae.decoder.",
    "transformer": "model.diffusion_model.",
    "text": "embeddings.",
    "upsampler": "upsampler.",
}
"""File of a training stage, and the prefix its tensors get."""

_SMALLEST_PACKED = 512
_SCALE, _TAP, _PLACES, _VALUES = "|scale", "|tap", "|places", "|values"
_APART = 4
"""Number of largest weights per row of a convolution that stay in bfloat16: with one large weight that passes a channel
on, the many small ones would be rounded to zero."""
_CONVOLUTION = 5
"""Dimensions of a convolution in time and space: rows, columns, time, height, width."""


def pack(parts: Path, target: Path = WEIGHTS) -> str:
    """Packs the training stages' files under `parts` into `target`; returns a line with its size."""
    tensors: dict[str, torch.Tensor] = {}
    for part, prefix in _PARTS.items():
        for name, tensor in load_file(parts / f"{part}.safetensors").items():
            tensors |= _packed(prefix + name, tensor.float())
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: tensors[key] for key in sorted(tensors)}, target)
    return f"{target.name}: {target.stat().st_size:,} bytes"


def _packed(key: str, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    if tensor.ndim < 2 or tensor.numel() < _SMALLEST_PACKED:
        return {key: tensor.to(torch.bfloat16).contiguous()}
    rows = _last_used(tensor.flatten(1).abs().amax(dim=1))
    columns = _last_used(tensor.transpose(0, 1).flatten(1).abs().amax(dim=1))
    kept = tensor[:rows, :columns]
    apart: dict[str, torch.Tensor] = {}
    if tensor.ndim == _CONVOLUTION:
        taps = kept.transpose(0, 2).flatten(1).abs().amax(dim=1)
        first = len(taps) - _last_used(taps.flip(0))
        kept = kept[:, :, first : _last_used(taps)]
        places = kept.flatten(1).abs().topk(_APART, dim=1).indices
        apart = {key + _PLACES: places.to(torch.int16), key + _VALUES: kept.flatten(1).gather(1, places).bfloat16()}
        apart[key + _TAP] = torch.tensor([first], dtype=torch.int8)
        kept = kept.flatten(1).scatter(1, places, 0.0).view(kept.shape)
    scale = kept.flatten(1).abs().amax(dim=1).clamp(min=1e-12) / 127
    whole = _rounded(kept.flatten(1) / scale.unsqueeze(1)).view(kept.shape)
    return apart | {key: whole.to(torch.int8).contiguous(), key + _SCALE: scale}


def _rounded(rows: torch.Tensor) -> torch.Tensor:
    """Rounds to whole numbers and keeps each row's sum: as many values as needed, those nearest to a half first, are
    rounded the other way. A nearly constant input then keeps its output."""
    whole = rows.round()
    left = rows - whole
    missing = left.sum(dim=1, keepdim=True).round()
    order = (left * missing.sign()).argsort(dim=1, descending=True).argsort(dim=1)
    return (whole + missing.sign() * (order < missing.abs())).clamp(-127, 127)


def _last_used(sizes: torch.Tensor) -> int:
    used = sizes.nonzero()
    return int(used[-1]) + 1 if len(used) else 1


def unpack(shapes: Mapping[str, torch.Size], source: Path = WEIGHTS) -> dict[str, torch.Tensor]:
    """The tensors in bfloat16, zeros back where they were cut. Raises KeyError for one that `shapes` does not know."""
    stored = load_file(source)
    tensors: dict[str, torch.Tensor] = {}
    for key, tensor in stored.items():
        if "|" in key:
            continue
        full = torch.zeros(shapes[key], dtype=torch.bfloat16)
        if key + _SCALE in stored:
            values = tensor.flatten(1).float() * stored[key + _SCALE].unsqueeze(1)
            if key + _PLACES in stored:
                values.scatter_(1, stored[key + _PLACES].long(), stored[key + _VALUES].float())
            kept = full[: tensor.shape[0], : tensor.shape[1]]
            if tensor.ndim == _CONVOLUTION:
                kept = kept[:, :, int(stored[key + _TAP]) :][:, :, : tensor.shape[2]]
            kept.copy_(values.view(tensor.shape).to(torch.bfloat16))
        else:
            full.copy_(tensor.view(shapes[key]))
        tensors[key] = full
    return tensors
