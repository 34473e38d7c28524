"""What Modal charges for an hour, and what a dollar costs: one row for each, with source, date and basis.

`python run.py prices` lays the rows beside Modal's own answer and writes them anew, each on its line. Modal bills by
the second and names dollars an hour. This module knows no card's speed, no clip and no price of one.
"""

from dataclasses import dataclass
from decimal import Decimal

from gpu.core.provenance import Basis, Provenance

CORE, MEMORY, DOLLAR = "core", "GiB", "dollar"


@dataclass(frozen=True, slots=True)
class Listed:
    """One price. `amount`: dollars for an hour of a card, a physical core or a GiB of memory; won for a dollar."""

    name: str
    amount: Decimal
    source: str
    as_of: str
    basis: Basis

    @property
    def origin(self) -> Provenance:
        return Provenance(self.source, self.as_of, self.basis)

    @property
    def per_second(self) -> Decimal:
        """Dollars a second."""
        return self.amount / 3600


PRICE_LIST: dict[str, Listed] = {
    row.name: row
    for row in (
        Listed("A10G", Decimal("1.10"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("L4", Decimal("0.80"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("L40S", Decimal("1.95"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("A100-40GB", Decimal("2.10"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("A100-80GB", Decimal("2.50"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed(
            "RTX-PRO-6000", Decimal("3.03"), "published output of Modal's billing rates", "2026-09-20", "documented"
        ),
        Listed("H100", Decimal("3.95"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("H200", Decimal("4.54"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("B200", Decimal("6.25"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("B300", Decimal("7.10"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("core", Decimal("0.0473"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("GiB", Decimal("0.008"), "published output of Modal's billing rates", "2026-09-20", "documented"),
        Listed("dollar", Decimal(1450), "the operator's planning rate", "2026-11-22", "assumed"),
    )
}
"""Published output: printed by that command in other workspaces and made public; not read from an account of ours."""


def rent_origin() -> Provenance:
    """Of the oldest price of Modal's."""
    return min((row for row in PRICE_LIST.values() if row.name != DOLLAR), key=lambda row: row.as_of).origin
