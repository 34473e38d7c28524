"""The card that is really here, beside the one that was asked for: a platform may give a larger one at the same price.

A larger one is welcome and planned for as what it is; a smaller one cannot hold the plan that was priced and is said
so before anything is loaded. Knows the rows of `hardware.py` and what the driver says; no model, no price.
"""

# torch comes with gaps in its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import re
from dataclasses import dataclass

from gpu.core.hardware import GIB, GPUS, Gpu
from gpu.core.problems import OutOfGpuMemory

TOLERANCE = 0.98
"""Drivers keep a little for themselves, and rows are rounded: less than this share of a row is another card."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the driver says: a name as NVIDIA writes it, and all of the memory in bytes."""

    name: str
    total_bytes: int


def present() -> Card | None:
    """The first card of this machine; None where there is none."""
    import torch

    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return Card(properties.name, properties.total_memory)


def given(asked: Gpu, card: Card | None) -> Gpu:
    """The row to plan by: the asked card's, or that of the larger one that came in its place, with the memory that is
    really there. A card without a row keeps its own name. Raises OutOfGpuMemory for none and for a smaller one."""
    if card is None:
        raise OutOfGpuMemory(f"A container for {asked.name} came without a card.")
    if card.total_bytes < asked.usable_bytes * TOLERANCE:
        found, wanted = card.total_bytes / GIB, asked.usable_bytes / GIB
        raise OutOfGpuMemory(f"{card.name} with {found:.0f} GiB came in place of {asked.name} with {wanted:.0f} GiB.")
    row = _row_of(card)
    if row is None:
        return dataclasses.replace(asked, name=card.name, rented_as="", usable_bytes=card.total_bytes)
    return dataclasses.replace(row, usable_bytes=min(row.usable_bytes, card.total_bytes))


def _row_of(card: Card) -> Gpu | None:
    rows = [row for row in GPUS.values() if _is_called(row, card) and card.total_bytes >= row.usable_bytes * TOLERANCE]
    return max(rows, key=lambda row: row.usable_bytes, default=None)


def _is_called(row: Gpu, card: Card) -> bool:
    """By the model's word: `NVIDIA A100-SXM4-80GB` is an A100, in either of the two rows that memory tells apart."""
    words = set(re.split(r"[\s-]+", card.name))
    return row.name.partition("-")[0] in words or row.modal_name.partition("-")[0] in words
