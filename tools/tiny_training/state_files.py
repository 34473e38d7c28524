"""A module's weights as a safetensors file between two stages of the training. Does not know which module."""

# safetensors comes with gaps in its types.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file


def save(module: Any, path: Path, *, but: Callable[[str], bool] = lambda _: False) -> None:
    """Writes a module's state in float32, without the names that `but` accepts."""
    state = {name: tensor for name, tensor in module.state_dict().items() if not but(name)}
    save_file({name: tensor.float().contiguous().cpu() for name, tensor in state.items()}, path)


def load(module: Any, path: Path, *, but: Callable[[str], bool] = lambda _: False) -> Any:
    """Fills a module from `save`'s file and returns it; names that `but` accepts stay as the module has them.

    Raises RuntimeError where other names or shapes differ.
    """
    kept = {name: tensor for name, tensor in module.state_dict().items() if but(name)}
    module.load_state_dict({name: tensor for name, tensor in load_file(path).items() if not but(name)} | kept)
    return module
