"""Lets LTX be imported without transformers, which takes seconds and holds the interpreter meanwhile.

LTX names six things of that library for Gemma; `gpu.render.gemma` takes their place. What stands in for them says so
when it is called. Where transformers has been imported already, nothing is changed. For what only the library can do,
`with_transformers` gives LTX the real ones. Knows no model.
"""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_NAMES: dict[str, tuple[str, ...]] = {
    "transformers": (
        "AutoImageProcessor", "AutoTokenizer", "Gemma3Config", "Gemma3ForConditionalGeneration", "Gemma3Processor",
    ),
    "transformers.modeling_rope_utils": (),
    "transformers.models": (),
    "transformers.models.gemma3": ("Gemma3ForConditionalGeneration",),
}  # fmt: skip
"""What ltx-core 1.0.0 imports, by module."""

_ROPE = "ROPE_INIT_FUNCTIONS"
_USERS = ("tokenizer", "encoders.base_encoder", "encoders.encoder_configurator")
"""The modules of LTX's Gemma that import them."""


@contextmanager
def without_transformers() -> Generator[None]:
    """Imports inside get stand-ins for transformers; imports afterwards get the library itself."""
    if "transformers" in sys.modules:
        yield
        return
    sys.modules |= {name: _stand_in(name, names) for name, names in _NAMES.items()}
    try:
        yield
    finally:
        for name in _NAMES:
            del sys.modules[name]


def with_transformers() -> None:
    """Imports transformers, which takes seconds, and puts it in the place of what stands in for it. Idempotent."""
    library = importlib.import_module("transformers")
    rope = importlib.import_module("transformers.modeling_rope_utils")
    real = {name: getattr(library, name) for names in _NAMES.values() for name in names} | {_ROPE: getattr(rope, _ROPE)}
    for user in _USERS:
        module = importlib.import_module(f"ltx_core.text_encoders.gemma.{user}")
        module.__dict__.update({name: each for name, each in real.items() if name in module.__dict__})


def _stand_in(name: str, names: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name)
    module.__dict__["__path__"] = []
    module.__dict__[_ROPE] = {}
    for each in names:
        module.__dict__[each] = type(each, (), {"__init__": _refuse, "from_pretrained": classmethod(_refuse)})
    return module


def _refuse(*_: Any, **__: Any) -> None:
    raise ImportError("LTX's own Gemma needs transformers, which this process left out")
