"""The weight files that may be downloaded, for each family of models, and the licences that the operator accepted.

Written by `python run.py weights pin`; revisions, sizes and hashes come from the hub. Without pins no clip can be made
with real models.
"""

from gpu.core.checkpoints import Flavour
from gpu.core.weight_sources import Accepted, Pin

PINS: dict[Flavour, tuple[Pin, ...]] = {
    "19b": (),
    "22b": (),
}

ACCEPTED: tuple[Accepted, ...] = ()
