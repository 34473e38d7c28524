"""A planted fault: its description, its function, and the check and place that must report it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.preflight.self_test.copies import Copy


@dataclass(frozen=True, slots=True)
class Fault:
    """`where` is the prefix of the finding's place, empty for any place. An `apart` fault would hide or cause other
    findings, so it gets its own round. A `late` fault is planted after the commit of the others, and not committed."""

    words: str
    check: str
    where: str
    plant: Callable[[Copy], None]
    apart: bool = False
    late: bool = False
    changes: tuple[str, ...] = ()
    """Other files that it changes, or whose findings it changes."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables for preflight."""


def wrote(name: str, text: str, encoding: str = "utf-8") -> Callable[[Copy], None]:
    return lambda copy: copy.write(name, text, encoding)


def changed(name: str, old: str, new: str) -> Callable[[Copy], None]:
    """Replaces the first occurrence only."""
    return lambda copy: copy.change(name, old, new, 1)


def indexed(name: str, mode: str = "100644") -> Callable[[Copy], None]:
    return lambda copy: copy.index(name, mode=mode)
