"""Where the files of one checkpoint lie. Needs no torch, so that reading can begin while it is imported."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFiles:
    """Paths of one checkpoint's weights. `distilled_checkpoint` may be the same file as `checkpoint`."""

    checkpoint: Path
    distilled_checkpoint: Path
    distilled_lora: Path
    distilled_lora_strength: float
    ic_lora: Path | None
    spatial_upsampler: Path
    gemma_root: Path
    version: str


def gemma_files(root: Path) -> list[Path]:
    """The files of Gemma's weights, in their order."""
    return sorted(root.rglob("*.safetensors"))
