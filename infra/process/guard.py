"""Ends all processes that a verb has started as soon as the verb ends: by itself, killed, or with its terminal.

    python guard.py <run>

A guard is a separate process with its own session. It reads a pipe that only the verb holds open, so it notices the
verb's end. Each run has a name. Every process of the run carries the name in its environment, also after it has left
its session and its parent (Jenkins finds the processes of a build in the same way). A verb inside another verb's tests
appends its name to the outer one: its guard ends its own processes, the outer guard ends both. On Windows a job object
does all this (`infra.process.guard_windows`).

Standard library only, because the Python that started run.py runs it. It does not know what the processes do.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

MARKER = "GUARDED_RUN"
"""The variable that names the runs of a process. It has no prefix CLIPWRIGHT_, because the tests remove such ones."""

ORDERLY_SECONDS = 5
"""Time for a process that has received a signal to end by itself."""
GRACE_SECONDS = 2.0
"""Between SIGTERM and SIGKILL."""
GIVE_UP_SECONDS = 60.0
"""A process that survives SIGKILL for that long is blocked in the kernel, for example by a broken disk."""
SCAN_SECONDS = 0.1
EMPTY_SCANS = 3
"""So many scans in a row must find nothing: during exec a process shows no environment."""


class Guard(Protocol):
    """The guard of this process."""

    def stay(self) -> None:
        """Keeps guarding after this process has replaced itself by another program (exec)."""
        ...

    def stand_down(self) -> None:
        """Ends the guarding; all processes keep running."""
        ...


def guard_this_process() -> Guard:
    """Guards this process: the programs that it starts from now on end with it. Raises OSError."""
    if sys.platform == "win32":
        from infra.process.guard_windows import Job

        return Job()
    return Watcher()


def is_guarded() -> bool:
    """True in a process that has a guard, also after exec."""
    return os.environ.get(MARKER, "").rpartition(":")[2].startswith(f"{os.getpid()}_")


def end_in_order() -> None:
    """Turns signals into exceptions, so that `with` blocks close and end the programs that this process started.

    If that takes longer than ORDERLY_SECONDS, a guarded process exits at once, and its guard ends the rest.
    """

    def leave(number: int, _frame: object) -> None:
        def leave_now(_number: int, _frame: object) -> None:
            os._exit(128 + number)

        if sys.platform != "win32" and is_guarded():
            signal.signal(signal.SIGALRM, leave_now)
            signal.alarm(ORDERLY_SECONDS)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)

    # SIGINT too: a shell starts background programs with SIGINT ignored, and children inherit that.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


class Watcher:
    """A guard that is a separate process."""

    def __init__(self) -> None:
        self._outer = os.environ.get(MARKER)
        run = f"{os.getpid()}_{os.urandom(8).hex()}"
        reads, self._held = os.pipe()  # children inherit neither end
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).resolve()), run],
                cwd="/",
                stdin=reads,
                # A reader of this process's output must not wait for the guard.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            os.close(self._held)
            raise
        finally:
            os.close(reads)
        os.environ[MARKER] = f"{self._outer}:{run}" if self._outer else run

    def stay(self) -> None:
        os.set_inheritable(self._held, True)

    def stand_down(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._held)
        del os.environ[MARKER]
        if self._outer:
            os.environ[MARKER] = self._outer


def mark_of(run: str) -> re.Pattern[bytes]:
    """The pattern that matches the environment of a process of the run, and of no other process."""
    return re.compile(rf"\b{MARKER}=(?:\w+:)*{run}\b".encode("ascii"))


def marked(mark: re.Pattern[bytes]) -> Iterator[int]:
    """Yields process ids. Each process is checked just before, so a reused id without the mark is never returned."""
    if sys.platform != "linux":
        # -E shows the environment behind the command line.
        yield from listed(subprocess.check_output(["/bin/ps", "-axEww", "-o", "pid=,command="]), mark)
        return
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue  # the process has just ended, or belongs to another user
        if mark.search(environment):
            yield int(process.name)


def listed(listing: bytes, mark: re.Pattern[bytes]) -> Iterator[int]:
    """Process ids in what `ps` printed."""
    for line in listing.splitlines():
        if mark.search(line):
            yield int(line.split(maxsplit=1)[0])


if sys.platform != "win32":

    def end_all(run: str) -> None:
        """Ends every process of the run: SIGTERM first, SIGKILL after GRACE_SECONDS."""
        mark = mark_of(run)
        began = time.monotonic()
        asked: set[int] = set()
        empty_scans = 0
        while empty_scans < EMPTY_SCANS and time.monotonic() - began < GIVE_UP_SECONDS:
            late = time.monotonic() - began > GRACE_SECONDS
            empty_scans += 1
            for pid in marked(mark):
                empty_scans = 0
                if late or pid not in asked:
                    asked.add(pid)
                    with contextlib.suppress(OSError):  # the process has just ended
                        os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            time.sleep(SCAN_SECONDS)

    def main() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.read(0, 1)  # nothing is ever written: it returns when the verb has ended and closed the other end
        end_all(sys.argv[1])

    if __name__ == "__main__":
        main()
