"""Applies LoRAs temporarily: adds a low-rank delta to a transformer's weights, a block at a time, without keeping it.

LTX 1.0.0 merges a LoRA when it loads a transformer, so a stage with and a stage without are two copies of 38 GB. Here
the merged weights of a block exist only while that block computes: same arithmetic, same rounding, same frames, and the
base weights are never written to. Merging all blocks anew costs a forward some 7 TFLOP on top of 3,400 (derived).
`gpu.speed.transformer` decides when a LoRA is applied.

Files come in two namings (`lora_A`/`lora_B` and `lora_down`/`lora_up`), with or without alpha, in bf16 or fp8, with
ranks that differ from layer to layer. A key of another kind is an error, and so is a LoRA that matches no layer.
"""

# LTX, torch and safetensors come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import dataclasses
import logging
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ltx_core.loader import LoraPathStrengthAndSDOps

from gpu.core.problems import WeightsUnusable
from gpu.render.weight_loader import WeightLoader

log = logging.getLogger(__name__)

_DOWN = (".lora_A.weight", ".lora_down.weight")
_UP = (".lora_B.weight", ".lora_up.weight")
_ALPHA = ".alpha"
_RANKS_AT_ONCE = 16
_EIGHT_BITS = (torch.float8_e4m3fn, torch.float8_e5m2)


@dataclass(frozen=True, slots=True)
class _Factors:
    """One layer's delta: `scale * up @ down`, `down` of shape (rank, in), `up` of shape (out, rank)."""

    down: torch.Tensor
    up: torch.Tensor
    file: str
    strength: float
    own_scale: float
    """The file's own, to which `strength` is applied."""

    @property
    def scale(self) -> float:
        return self.strength * self.own_scale

    def delta(self, like: torch.Tensor) -> torch.Tensor:
        """In the layer's own precision, bf16 for 8-bit layers: LTX's own arithmetic, so its own bits."""
        wide = torch.bfloat16 if like.dtype in _EIGHT_BITS else like.dtype
        down, up = (
            half.to(torch.bfloat16) if half.dtype in _EIGHT_BITS else half for half in (self.down, self.up)
        )  # no arithmetic exists on 8-bit factors
        return torch.matmul(up * self.scale, down).to(wide)


class LoraMerge:
    """LoRAs of a transformer. Call it with a layer's name and weight; it returns the merged weight."""

    def __init__(
        self,
        model: Any,
        loras: Sequence[LoraPathStrengthAndSDOps],
        checkpoint: str,
        device: torch.device,
        loader: WeightLoader | None = None,
    ) -> None:
        """`model`: the velocity model. The deltas lie on `device`; `loader` may have read the files
        ahead. Raises WeightsUnusable, ValueError, OSError."""
        layers = dict(model.named_modules())
        deltas: defaultdict[str, list[_Factors]] = defaultdict(list)
        for lora in loras:
            for name, factors in _read(lora, layers, checkpoint, device, loader or WeightLoader.to(device)).items():
                deltas[name].append(factors)
        self._deltas = dict(deltas)
        self._outside = [(layers[name], name) for name in deltas if not name.startswith("transformer_blocks.")]

    def __call__(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        """The weight with its deltas added, or the same tensor where it has none."""
        factors = self._deltas.get(name)
        return weight if factors is None else _merged(weight, factors)

    @property
    def files(self) -> frozenset[str]:
        """Paths of the files that the deltas come from."""
        return frozenset(each.file for factors in self._deltas.values() for each in factors)

    def at(self, strengths: Mapping[str, float]) -> "LoraMerge":
        """The same files at other strengths, by their paths. The tensors are shared, so it takes no memory."""
        other = copy.copy(self)
        other._deltas = {  # noqa: SLF001 (its own class)
            name: [dataclasses.replace(each, strength=strengths[each.file]) for each in factors]
            for name, factors in self._deltas.items()
        }
        return other

    def forget_blocks(self) -> None:
        """Frees the deltas of layers inside blocks, once they are merged permanently."""
        self._deltas = {name: self._deltas[name] for _, name in self._outside}

    @contextmanager
    def applied_outside_blocks(self) -> Generator[None]:
        """Adds the deltas of the few layers around the blocks, and restores their weights afterwards."""
        kept = [(layer, layer.weight) for layer, _ in self._outside]
        try:
            for layer, name in self._outside:
                layer.weight = torch.nn.Parameter(self(name, layer.weight), requires_grad=False)
            yield
        finally:
            for layer, weight in kept:
                layer.weight = weight


def _merged(weight: torch.Tensor, factors: list[_Factors]) -> torch.Tensor:
    deltas = [each.delta(weight) for each in factors]
    delta = deltas[0] if len(deltas) == 1 else torch.sum(torch.stack(deltas, dim=0), dim=0)
    return delta.add_(weight.to(delta.dtype))


def _read(
    lora: LoraPathStrengthAndSDOps, layers: dict[str, Any], checkpoint: str, device: torch.device, loader: WeightLoader
) -> dict[str, _Factors]:
    """A file's deltas by layer."""
    name = Path(lora.path).name
    halves: defaultdict[str, dict[str, torch.Tensor]] = defaultdict(dict)
    path = Path(lora.path)
    for key, tensor in loader.tensors(path, loader.header(path).tensors).items():
        layer, half = _parts(lora.sd_ops.apply_to_key(key) or "")
        if half is None:
            raise WeightsUnusable(f"{name} contains {key}, which is not a key of a plain LoRA.")
        halves[layer][half] = tensor.to(device)
    known = {layer: parts for layer, parts in halves.items() if layer in layers}
    if not known:
        raise WeightsUnusable(f"No key of {name} matches the checkpoint {Path(checkpoint).name}.")
    if len(known) < len(halves):
        log.warning("%d of %d deltas in %s match no layer", len(halves) - len(known), len(halves), name)
    found: dict[str, _Factors] = {}
    for layer, parts in known.items():
        if not {"down", "up"} <= parts.keys():
            raise WeightsUnusable(f"{name} contains only half of the delta of {layer}.")
        rank = parts["down"].shape[0]
        own_scale = parts["alpha"].item() / rank if "alpha" in parts else 1.0
        shape = (parts["up"].shape[0], parts["down"].shape[1])
        if shape != tuple(layers[layer].weight.shape) or parts["up"].shape[1] != rank:
            raise WeightsUnusable(f"{name} was made for another model: its {layer} has the shape {shape}.")
        halves_of = _even(parts["down"], 0), _even(parts["up"], 1)
        found[layer] = _Factors(*halves_of, lora.path, lora.strength, own_scale)
    return found


def _even(factor: torch.Tensor, side: int) -> torch.Tensor:
    """Pads a factor with zero ranks to a size that a card multiplies at full speed: rows of 175 bf16 values are not
    aligned for its matrix units. Zeros change no sum."""
    missing = -factor.shape[side] % _RANKS_AT_ONCE
    if not missing:
        return factor.clone()  # out of the block that the file was read into, so that it can be freed
    shape = list(factor.shape)
    shape[side] += missing
    even = factor.new_zeros(shape)
    even.narrow(side, 0, factor.shape[side]).copy_(factor)
    return even


def _parts(key: str) -> tuple[str, str | None]:
    for half, endings in (("down", _DOWN), ("up", _UP), ("alpha", (_ALPHA,))):
        for ending in endings:
            if key.endswith(ending):
                return key.removesuffix(ending), half
    return key, None
