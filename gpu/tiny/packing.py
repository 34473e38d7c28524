"""Trained weights as the repository keeps them: 8-bit rows with a scale each, the rest in bfloat16, one file.

A tensor of two or more dimensions is cut to the rows and columns that are not all zero, divided by its rows' largest
values and rounded to 8 bits. `unpack` undoes both, given the full shapes.

Does not know what the tensors are for.
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
_SCALE = "|scale"


def pack(parts: Path, target: Path = WEIGHTS) -> str:
    """Packs the files that the training stages left under `parts` into `target`; says how large it became."""
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
    scale = kept.flatten(1).abs().amax(dim=1).clamp(min=1e-12) / 127
    whole = (kept / scale.view(-1, *[1] * (kept.ndim - 1))).round().to(torch.int8)
    return {key: whole.contiguous(), key + _SCALE: scale}


def _last_used(sizes: torch.Tensor) -> int:
    used = sizes.nonzero()
    return int(used[-1]) + 1 if len(used) else 1


def unpack(shapes: Mapping[str, torch.Size], source: Path = WEIGHTS) -> dict[str, torch.Tensor]:
    """The tensors in bfloat16, zeros back where they were cut. Raises KeyError for one that `shapes` does not know."""
    stored = load_file(source)
    tensors: dict[str, torch.Tensor] = {}
    for key, tensor in stored.items():
        if key.endswith(_SCALE):
            continue
        full = torch.zeros(shapes[key], dtype=torch.bfloat16)
        if key + _SCALE in stored:
            scale = stored[key + _SCALE].view(-1, *[1] * (tensor.ndim - 1))
            full[: tensor.shape[0], : tensor.shape[1]] = (tensor.float() * scale).to(torch.bfloat16)
        else:
            full.copy_(tensor.view(shapes[key]))
        tensors[key] = full
    return tensors
