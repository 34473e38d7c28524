"""A figure beside what it must be, and the load under which it was measured. It does not know what is measured."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from infra import console
from infra.language import localized


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    reached: float
    most: float
    unit: str
    about: str = ""

    def line(self) -> str:
        is_reached = self.reached <= self.most
        outcome = localized(ko="달성", en="reached") if is_reached else localized(ko="못 미침", en="MISSED")
        is_small = self.most < 1
        reached, most = (f"{one:.3f}" if is_small else f"{one:,.0f}" for one in (self.reached, self.most))
        bound = localized(ko=f"최대 {most:>6}", en=f"at most {most:>6}")
        amount = f"{reached:>7} {console.left(self.unit, 8)}"
        return f"{console.left(self.what, 64)} {amount} {bound}  {outcome}  {self.about}".rstrip()


def show(figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(f"{figure.line()}  {load()}", flush=True)


def load() -> str:
    """Programs that ran or waited for a processor, in the last minute."""
    if sys.platform == "win32":
        return localized(ko="[부하 모름]", en="[load unknown]")
    from os import getloadavg  # Windows has none

    return localized(ko=f"[부하 {getloadavg()[0]:.1f}]", en=f"[load {getloadavg()[0]:.1f}]")
