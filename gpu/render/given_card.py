"""Compares the card that is present with the requested one: a platform may give a larger card at the same price.

A larger card gets a plan of its own size. A smaller one cannot hold the priced plan, so it is refused before models
are loaded. Knows the rows of `hardware.py` and the driver's answer; no model, no price.
"""

# torch comes with gaps in its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import re
from dataclasses import dataclass

from gpu.core.hardware import GIB, GPUS, Gpu
from gpu.core.problems import OutOfGpuMemory

TOLERANCE = 0.98
"""Drivers reserve a little memory, and rows are rounded: a card with less than this share of a row is another card."""


@dataclass(frozen=True, slots=True)
class Card:
    """The driver's answer: the name as NVIDIA writes it, and the total memory in bytes."""

    name: str
    total_bytes: int


def present() -> Card | None:
    """The first card of this machine; None without a card."""
    import torch

    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return Card(properties.name, properties.total_memory)


def given(asked: Gpu, card: Card | None) -> Gpu:
    """The row to plan by: that of the requested card, or of the larger one in its place, with the memory that is really
    present. A card without a row keeps its own name. Raises OutOfGpuMemory for no card and for a smaller one."""
    if card is None:
        raise OutOfGpuMemory(f"A container for {asked.name} started without a GPU.")
    if card.total_bytes < asked.usable_bytes * TOLERANCE:
        found, wanted = card.total_bytes / GIB, asked.usable_bytes / GIB
        raise OutOfGpuMemory(f"The platform gave {card.name} ({found:.0f} GiB) for {asked.name} ({wanted:.0f} GiB).")
    row = _row_of(card)
    if row is None:
        return dataclasses.replace(asked, name=card.name, rented_as="", usable_bytes=card.total_bytes)
    return dataclasses.replace(row, usable_bytes=min(row.usable_bytes, card.total_bytes))


def _row_of(card: Card) -> Gpu | None:
    rows = [row for row in GPUS.values() if _is_called(row, card) and card.total_bytes >= row.usable_bytes * TOLERANCE]
    return max(rows, key=lambda row: row.usable_bytes, default=None)


def _is_called(row: Gpu, card: Card) -> bool:
    """Compares the model's name: `NVIDIA A100-SXM4-80GB` matches both rows of the A100, which differ in memory."""
    words = set(re.split(r"[\s-]+", card.name))
    return row.name.partition("-")[0] in words or row.modal_name.partition("-")[0] in words
