"""What a planted fault is: words, how to plant it, and which check has to say so, and where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.preflight.self_test.copies import Copy


@dataclass(frozen=True, slots=True)
class Fault:
    """`where` is how the finding's place begins, empty for any. A fault that is `apart` would hide or cause other
    findings, so it has a round of its own. One that comes `late` is planted after the others were committed, and so is
    not committed itself unless it does that."""

    words: str
    check: str
    where: str
    plant: Callable[[Copy], None]
    apart: bool = False
    late: bool = False
    changes: tuple[str, ...] = ()
    """Files that it touches or whose judgement it changes, beside `where`."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the operator's environment."""


def wrote(name: str, text: str, encoding: str = "utf-8") -> Callable[[Copy], None]:
    return lambda copy: copy.write(name, text, encoding)


def changed(name: str, old: str, new: str) -> Callable[[Copy], None]:
    """The first place only."""
    return lambda copy: copy.change(name, old, new, 1)


def indexed(name: str, mode: str = "100644") -> Callable[[Copy], None]:
    return lambda copy: copy.index(name, mode=mode)
