"""A figure beside what it must be, and the load under which it was measured. It does not know what is measured."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    reached: float
    most: float
    unit: str
    about: str = ""

    def line(self) -> str:
        outcome = "reached" if self.reached <= self.most else "MISSED"
        is_small = self.most < 1
        reached, most = (f"{one:.3f}" if is_small else f"{one:,.0f}" for one in (self.reached, self.most))
        return f"{self.what:60} {reached:>7} {self.unit:8} at most {most:>6}  {outcome}  {self.about}".rstrip()


def show(figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(f"{figure.line()}  [load {load()}]", flush=True)


def load() -> str:
    """Programs that ran or waited for a processor, in the last minute."""
    if sys.platform == "win32":
        return "unknown"
    from os import getloadavg  # Windows has none

    return f"{getloadavg()[0]:.1f}"
