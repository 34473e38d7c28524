"""Waits for an event elsewhere, as long as there is progress, without a limit on the whole time.

A clock alone cannot distinguish a slow machine from one that is stuck. So a wait observes progress, for example stages
and steps, a log, processor time, and stops when nothing has changed for a while. It does not know the event: the caller
names it, and supplies the progress.
"""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from infra.language import localized
from infra.process.shell import InfraError

STALLED_AFTER_SECONDS = 120.0
"""A wait stops after this time without progress. Also the time limit of a single call to a program on this machine: a
program that does not answer for so long hangs."""
LONGEST_LOOK_SECONDS = 30.0
"""The most that one pause counts towards the limit: while a laptop was closed, or this process was blocked, the awaited
program could not make progress either."""

Found = TypeVar("Found")


class StalledError(InfraError):
    """The awaited event did not come, and there was no progress any more."""


class Clock(Protocol):
    """Reads the time and sleeps; the module `time` is one."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


def wait_until(
    ready: Callable[[], Found | None],
    *,
    what: str,
    moved: Callable[[], object],
    fix: str = localized(ko="마지막 단계가 적힌 로그를 읽어 보세요", en="read the logs for its last steps"),
    stalled_after: float = STALLED_AFTER_SECONDS,
    every: float = 0.1,
    clock: Clock = time,
) -> Found:
    """Calls `ready` until its answer is true, and returns that answer. `moved` returns a value that changes with the
    progress. It is called every `stalled_after` seconds, and the wait continues as long as its value changes.

    Raises StalledError when two values in a row are equal. The error names `what` was awaited and the last value.
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
            raise StalledError(
                localized(
                    ko=f"기다리는 것: {what}. {spent:.0f}초 동안 그대로예요. 마지막 상태: {sees!r}",
                    en=f"waiting for {what}: no progress for {spent:.0f} s, last state: {sees!r}",
                ),
                fix,
            )
        seen, spent = sees, 0.0
    return found
