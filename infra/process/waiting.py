"""Waiting for something that happens elsewhere: for as long as anything moves, however long the whole takes.

A clock cannot tell a busy machine from one where nothing happens any more. So a wait looks at what it waits for, at
stages and steps, a log, processor time, and gives up once all of that has stood still for a while. It does not know
what is awaited: the caller names it, and says what moves meanwhile.
"""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from infra.process.shell import InfraError

STALLED_AFTER_SECONDS = 120.0
"""So long nothing at all must have moved before a wait gives up. Also the time limit of a single call to a program on
this machine: one that does not answer for so long hangs."""
LONGEST_LOOK_SECONDS = 30.0
"""What one look may take off the patience: a laptop that was closed meanwhile, or a waiter that was itself held up,
says nothing about what is awaited."""

Found = TypeVar("Found")


class StalledError(InfraError):
    """What was awaited did not come, and nothing moved any more."""


class Clock(Protocol):
    """How time is read and spent; the module `time` is one."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


def wait_until(
    ready: Callable[[], Found | None],
    *,
    what: str,
    moved: Callable[[], object],
    fix: str = "the logs say what it was doing last",
    stalled_after: float = STALLED_AFTER_SECONDS,
    every: float = 0.1,
    clock: Clock = time,
) -> Found:
    """Asks `ready` until its answer is true, and returns that answer. `moved` is a look at what changes meanwhile: as
    long as it differs from one look to the next, which are `stalled_after` seconds apart, the wait goes on.

    Raises StalledError, which says `what` was awaited and what was seen last, when two looks are equal.
    """
    seen, spent, before = moved(), 0.0, clock.monotonic()
    while not (found := ready()):
        clock.sleep(every)
        now = clock.monotonic()
        spent, before = spent + min(now - before, LONGEST_LOOK_SECONDS), now
        if spent < stalled_after:
            continue
        sees = moved()
        if sees == seen:
            raise StalledError(f"waiting for {what}: nothing has moved for {spent:.0f} s, seen last: {sees!r}", fix)
        seen, spent = sees, 0.0
    return found
