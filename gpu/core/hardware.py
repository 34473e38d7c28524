"""GPUs that may be rented, their prices, and how fast they are: facts about the world, each with source, date, basis.

Money elsewhere is integer micro-won; this is the only file where dollars and the rate of exchange appear. An unknown
GPU is an error, never a guess. This module knows no model and no job.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Basis = Literal["measured", "documented", "derived", "assumed"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a number comes from."""

    source: str
    as_of: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Gpu:
    """One rentable card. `usable_bytes` is what a process can allocate; `relative_speed` is to the H200 at the same
    work, so seconds there divided by it are seconds here."""

    name: str
    usable_bytes: int
    usd_per_second: Decimal
    compute_capability: tuple[int, int]
    relative_speed: float
    speed: Provenance
    rented_as: str = ""
    """What Modal calls it, where that is another name."""

    @property
    def modal_name(self) -> str:
        """The value of `gpu=` at Modal. For a plain H100 Modal may give an H200 at the same price, which is fine."""
        return self.rented_as or self.name


MODAL_PRICES = Provenance("a transcription of Modal's price page", "2026-07-01", "documented")
MEASURED_H200 = Provenance("LTX-2 19B at real size on one NVIDIA H200", "2026-11-23", "measured")
MEASURED_H100 = Provenance("LTX-2 19B at real size on one NVIDIA H100", "2026-11-26", "measured")
_MODELLED = Provenance("FLOP count over assumed GEMM and attention rates", "2026-11-22", "derived")

GIB = 1024**3

GPUS: dict[str, Gpu] = {
    gpu.name: gpu
    for gpu in (
        Gpu("A10G", int(22.0 * GIB), Decimal("0.000306"), (8, 6), 0.10, _MODELLED, rented_as="A10"),
        Gpu("L4", int(22.0 * GIB), Decimal("0.000222"), (8, 9), 0.10, _MODELLED),
        Gpu("L40S", int(44.4 * GIB), Decimal("0.000542"), (8, 9), 0.36, _MODELLED),
        Gpu("A100-40GB", int(39.5 * GIB), Decimal("0.000583"), (8, 0), 0.42, _MODELLED),
        Gpu("A100-80GB", int(79.0 * GIB), Decimal("0.000694"), (8, 0), 0.43, _MODELLED),
        Gpu("H100", int(79.0 * GIB), Decimal("0.001097"), (9, 0), 0.97, MEASURED_H100),
        Gpu("H200", int(139.8 * GIB), Decimal("0.001261"), (9, 0), 1.0, MEASURED_H200),
        Gpu("B200", int(180.0 * GIB), Decimal("0.001736"), (10, 0), 2.6, _MODELLED),
    )
}

CPU_USD_PER_CORE_SECOND = Decimal("0.0000131")
MEMORY_USD_PER_GIB_SECOND = Decimal("0.00000222")

CONTAINER_CORES = 4
CONTAINER_GIB = 32

# Limits of a container at Modal. Basis: assumed, 2026-11-22, until starts of real containers have been timed.
SCALEDOWN_SECONDS = 60
"""Idle time before a container stops. An idle second costs as much as a busy one, so waiting pays off for at most the
length of a cold start."""
STARTUP_LIMIT_SECONDS = 15 * 60
"""Time limit for reading some 110 GB of weights from a volume; a slower `@modal.enter` counts as failed."""
MAX_CONTAINERS = 4
"""Containers of one kind of card at the same time. It limits what a burst or a fault can cost in a second."""
LOAD_BYTES_PER_SECOND = 2.5e9
"""From a volume to the card. Basis: documented: up to 2.5 GB/s, not guaranteed. Source: Modal's guide to volumes."""
HOST_TO_CARD_BYTES_PER_SECOND = 20e9
"""Pinned host memory to a card over PCIe 4 x16. Basis: assumed; the bus allows 31.5 GB/s."""

WON_PER_USD = Decimal(1450)
FX = Provenance("the operator's planning rate", "2026-11-22", "assumed")

PRICE_REV = "2026-11-26.3"
"""Change it with every number above and every change of the price formulas. It is stored with every job."""

LOCAL_GPU = "local-cpu"
"""The value of `resolved.gpu` on a laptop. It has no row and no price: no card is rented."""


def micro_won_per_second(usd_per_second: Decimal) -> Decimal:
    """Dollars a second to micro-won a second."""
    return usd_per_second * WON_PER_USD * 1_000_000
