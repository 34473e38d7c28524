"""Where the weight files of each family of models come from, under which licence, and what a pin of one says.

A source is a repository on the hub with the names that are wanted; a pin is one file of it, exactly. The pins
themselves are in `gpu/core/weight_pins.py`. This module downloads nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gpu.core.checkpoints import Flavour

Role = Literal["checkpoint", "distilled_checkpoint", "distilled_lora", "ic_lora", "spatial_upsampler", "gemma"]

MARKERS: Mapping[Flavour, str] = {"19b": "complete.json", "22b": "complete-22b.json"}
"""The file that a download writes last, for each family: two families may lie in one folder."""


@dataclass(frozen=True, slots=True)
class Source:
    """One repository on the hub and its wanted files. `names` may be patterns; `folder` is the target folder."""

    role: Role
    repository: str
    names: tuple[str, ...]
    folder: str
    licence: str
    gated: bool = False
    """True where an account has to accept the licence before it may download the files."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One file, exactly. `path` is relative to the weights folder, `name` is the file's in its repository."""

    role: Role
    repository: str
    revision: str
    name: str
    path: str
    bytes: int
    sha256: str
    licence: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A licence that the operator accepted by typing its name. `on` is a day in ISO form."""

    licence: str
    by: str
    on: str


LTX_2 = "LTX-2 Community License Agreement"
GEMMA = "Gemma Terms of Use"
LICENCE_TEXTS: Mapping[str, str] = {
    LTX_2: "https://huggingface.co/Lightricks/LTX-2/blob/main/LICENSE",
    GEMMA: "https://ai.google.dev/gemma/terms",
}

_GEMMA = Source(
    "gemma",
    "google/gemma-3-12b-it-qat-q4_0-unquantized",
    ("*.safetensors", "*.json", "tokenizer.model"),
    "gemma",
    GEMMA,
    gated=True,
)
"""Both families read prompts with it."""

_LTX_2_3: tuple[tuple[Role, str], ...] = (
    ("checkpoint", "22b-dev"),
    ("distilled_checkpoint", "22b-distilled-1.1"),
    ("spatial_upsampler", "spatial-upscaler-x2-1.1"),
    ("distilled_lora", "22b-distilled-lora-384-1.1"),
)

SOURCES: Mapping[Flavour, tuple[Source, ...]] = {
    "19b": (
        Source("checkpoint", "Lightricks/LTX-2", ("ltx-2-19b-dev.safetensors",), "ltx-2", LTX_2),
        Source("distilled_checkpoint", "Lightricks/LTX-2", ("ltx-2-19b-distilled.safetensors",), "ltx-2", LTX_2),
        Source("spatial_upsampler", "Lightricks/LTX-2", ("ltx-2-spatial-upscaler-x2-1.0.safetensors",), "ltx-2", LTX_2),
        Source(
            "distilled_lora",
            "Kijai/LTXV2_comfy",  # a resized copy of Lightricks' LoRA
            ("loras/ltx-2-19b-distilled-lora_resized_dynamic_fro09_avg_rank_175_fp8.safetensors",),
            "distilled-lora",
            LTX_2,
        ),
        Source(
            "ic_lora",
            "Lightricks/LTX-2-19b-IC-LoRA-Detailer",
            ("ltx-2-19b-ic-lora-detailer.safetensors",),
            "ic-lora",
            LTX_2,
        ),
        _GEMMA,
    ),
    # Names: the makers' list of LTX-2.3 models (MODELS-LTX-2.3.md in their repository), read 2026-11-27.
    "22b": (
        *(
            Source(role, "Lightricks/LTX-2.3", (f"ltx-2.3-{name}.safetensors",), "ltx-2.3", LTX_2)
            for role, name in _LTX_2_3
        ),
        _GEMMA,
    ),
}


def listing(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """The pins as the marker of a complete download lists them."""
    return [asdict(pin) for pin in sorted(pins, key=lambda pin: pin.path)]


def licences(flavour: Flavour) -> tuple[str, ...]:
    """The licences of a family's files, each once."""
    return tuple(dict.fromkeys(source.licence for source in SOURCES[flavour]))
