"""Where a number about the world comes from, when, and on which basis. Knows no number."""

from dataclasses import dataclass
from typing import Literal

Basis = Literal["measured", "documented", "derived", "assumed"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a number comes from."""

    source: str
    as_of: str
    basis: Basis
