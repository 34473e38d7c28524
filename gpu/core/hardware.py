"""GPUs that may be rented, and how fast they are: facts about the world, each with source, date, basis.

Their prices stand in `price_list.py`. Money elsewhere is integer micro-won; dollars and the rate of exchange appear in
these two files alone. An unknown GPU is an error, never a guess. This module knows no model and no job.
"""

from dataclasses import dataclass
from decimal import Decimal

from gpu.core.price_list import CORE, DOLLAR, MEMORY, PRICE_LIST, rent_origin
from gpu.core.provenance import Provenance


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


@dataclass(frozen=True, slots=True)
class Datasheet:
    """The maker's peaks of a card: dense bf16 in TFLOP/s, and memory in GB/s."""

    bf16_tflops: float
    gb_per_second: float


DATASHEETS: dict[str, Datasheet] = {
    "A10G": Datasheet(125, 600),
    "L4": Datasheet(121, 300),
    "L40S": Datasheet(362, 864),
    "A100-40GB": Datasheet(312, 1_555),
    "A100-80GB": Datasheet(312, 2_039),
    "RTX-PRO-6000": Datasheet(504, 1_597),
    "H100": Datasheet(989, 3_350),
    "H200": Datasheet(989, 4_800),
    "B200": Datasheet(2_250, 7_700),
    "B300": Datasheet(2_250, 7_700),
}
"""Basis: documented, NVIDIA's datasheets as of 2026-11: SXM where there is one, the A10 for the A10G, the server
edition of the RTX PRO 6000, a card of an HGX board for B200 and B300."""
MOVED_SHARE = 0.07
"""Share of an H200's evaluation that waits for memory: norms, rotation, gates. Basis: measured, 2026-11-26: 7.1 % in
stage 1, 4.8 % in stage 2. The rest are matrix products and attention."""
REACHED_SHARE = 0.85
"""What a card that nobody measured is taken to reach of `fastest`. Basis: derived, 2026-11-26: an H200 reaches 65 % of
its bf16 peak here; public runs of LTX-2.3 on a B200 reach 49 to 55 %."""

MODAL_PRICES = rent_origin()
MEASURED_H200 = Provenance("LTX-2 19B at real size on one NVIDIA H200", "2026-11-23", "measured")
MEASURED_H100 = Provenance("LTX-2 19B at real size on one NVIDIA H100", "2026-11-26", "measured")
_DERIVED = Provenance(f"{REACHED_SHARE:.0%} of what the peaks of its datasheet allow", "2026-11-26", "derived")

GIB = 1024**3


def fastest(name: str) -> float:
    """The relative speed at which a card would use its peaks as well as the H200 uses its own. No row is above it.
    Raises KeyError for a card without a datasheet."""
    card, known = DATASHEETS[name], DATASHEETS["H200"]
    computing = (1 - MOVED_SHARE) * known.bf16_tflops / card.bf16_tflops
    return 1 / (computing + MOVED_SHARE * known.gb_per_second / card.gb_per_second)


def _row(
    name: str,
    usable_gib: float,
    capability: tuple[int, int],
    measured: tuple[float, Provenance] | None = None,
    rented_as: str = "",
) -> Gpu:
    speed, source = measured or (round(REACHED_SHARE * fastest(name), 2), _DERIVED)
    return Gpu(name, int(usable_gib * GIB), PRICE_LIST[name].per_second, capability, speed, source, rented_as)


GPUS: dict[str, Gpu] = {
    gpu.name: gpu
    for gpu in (
        _row("A10G", 22.0, (8, 6), rented_as="A10"),
        _row("L4", 22.0, (8, 9)),
        _row("L40S", 44.4, (8, 9)),
        _row("A100-40GB", 39.5, (8, 0)),
        _row("A100-80GB", 79.0, (8, 0)),
        _row("RTX-PRO-6000", 94.9, (12, 0)),
        _row("H100", 79.0, (9, 0), (0.97, MEASURED_H100)),
        _row("H200", 139.8, (9, 0), (1.0, MEASURED_H200)),
        _row("B200", 178.4, (10, 0)),
        _row("B300", 267.9, (10, 3)),
    )
}
"""Usable memory: what the driver names, less what the context of a process takes. The driver names 95.6 GiB on an RTX
PRO 6000, 179.1 on a B200 and 268.6 on a B300 (documented)."""

CPU_USD_PER_CORE_SECOND = PRICE_LIST[CORE].per_second
MEMORY_USD_PER_GIB_SECOND = PRICE_LIST[MEMORY].per_second

CONTAINER_CORES = 4
CONTAINER_GIB = 32

# Limits of a container at Modal. Basis: assumed, 2026-11-22, until starts of real containers have been timed.
SERIES_SECONDS = 10 * 60
"""How long one call goes on taking tickets. A card that hangs costs at most this and the time limit of a ticket."""
SCALEDOWN_SECONDS = 10
"""Idle time before the platform stops a container that nobody told to go: it made a ticket that names no card, or its
series is over and its site calls it again, over a web entry that may have to start."""
STARTUP_LIMIT_SECONDS = 15 * 60
"""Time limit for reading some 110 GB of weights from a volume; a slower `@modal.enter` counts as failed."""
FETCH_GIB = 8
"""Memory of the container that fetches the weights; it has CONTAINER_CORES and no card."""
FETCH_LIMIT_SECONDS = 6 * 60 * 60
"""After that long Modal ends it, whatever has arrived. A next one goes on."""
FETCH_BYTES_PER_SECOND = 20e6
"""From the hub until a file is hashed and its packed twin written. Basis: assumed, 2026-11-27; no fetch was timed."""
MAX_CONTAINERS = 4
"""Containers of one kind of card at the same time. It limits what a burst or a fault can cost in a second."""
LOAD_BYTES_PER_SECOND = 2.5e9
"""From a volume to the card. Basis: documented: up to 2.5 GB/s, not guaranteed. Source: Modal's guide to volumes."""
HOST_TO_CARD_BYTES_PER_SECOND = 20e9
"""Pinned host memory to a card over PCIe 4 x16. Basis: assumed; the bus allows 31.5 GB/s."""

WON_PER_USD = PRICE_LIST[DOLLAR].amount
FX = PRICE_LIST[DOLLAR].origin

PRICE_REV = "2026-11-27.4"
"""Change it with every number above, every row of `price_list.py` and every change of the price formulas. It is stored
with every job."""

STORAGE_USD_PER_GB_MONTH = Decimal("0.015")
"""R2, standard storage, a GB of 10^9 bytes beyond the first ten. No part of a job's price: a favourite's owner is told
it. Basis: documented, 2026-11-22. Source: Cloudflare's price page of R2."""

LOCAL_GPU = "local-cpu"
"""The value of `resolved.gpu` on a laptop. It has no row and no price: no card is rented."""


def micro_won_per_second(usd_per_second: Decimal) -> Decimal:
    """Dollars a second to micro-won a second."""
    return usd_per_second * WON_PER_USD * 1_000_000
