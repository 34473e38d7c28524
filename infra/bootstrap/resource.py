"""What bootstrap works on: the account, and one thing that it must hold."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """`state` is empty when all is as wanted, else what is missing or different; `make` mends that and says how."""

    name: str
    title: str
    state: Callable[[], str]
    make: Callable[[], str]
