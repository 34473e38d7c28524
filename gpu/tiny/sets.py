"""Builds a tiny set by name: the trained one, which shows the picture, or random weights, which test the code paths.

Does not know which process runs it, nor where the files belong.
"""

from pathlib import Path

from gpu.core.checkpoints import Checkpoint
from gpu.render.model_files import ModelFiles
from gpu.tiny.build import build
from gpu.tiny.trained import build_trained

TRAINED = "tiny-trained"


def model_set(checkpoint: Checkpoint, directory: Path) -> ModelFiles:
    """The files of a tiny checkpoint under `directory`, built once. Raises OSError, and ValueError for other names."""
    if checkpoint.scale != "tiny":
        raise ValueError(f"{checkpoint.name} is not a tiny set")
    return build_trained(directory) if checkpoint.name == TRAINED else build(directory, checkpoint.flavour)
