"""One resource that the accounts must have, as setup-account compares and creates it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """`state` returns what is missing or different, an empty text if nothing is; `make` creates or corrects it, and
    returns what it did."""

    name: str
    title: str
    state: Callable[[], str]
    make: Callable[[], str]
