"""Lets models be built without random numbers that a file's weights replace.

torch draws them even where a model has no memory yet, and the first draw imports some 800 modules. Knows no model.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from torch import nn

_KINDS: tuple[Any, ...] = (nn.Linear, nn.Embedding, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d)


@contextmanager
def without_initial_values() -> Generator[None]:
    """Layers made inside hold whatever lies in their memory."""
    own = [(kind, kind.__dict__.get("reset_parameters")) for kind in _KINDS]
    for kind in _KINDS:
        kind.reset_parameters = _nothing
    try:
        yield
    finally:
        for kind, reset in own:
            if reset is None:
                del kind.reset_parameters  # it was inherited
            else:
                kind.reset_parameters = reset


def _nothing(_layer: nn.Module) -> None:
    pass
