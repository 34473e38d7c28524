"""Ends whatever a verb has started as soon as the verb is gone, however it went: by itself, killed, with its terminal.

    python guard.py <run>

A guard is a process beside the verb, in a session of its own, and reads a pipe that the verb alone holds open. A run
has a name, which all that the verb starts carries in its environment, also what has left its session and its parents
(so does Jenkins find what a build left). A verb inside another verb's tests adds its name to the outer one, so that its
guard ends its own, and the outer guard both. On Windows a job object does all that (`infra.process.guard_windows`).

Standard library only, since the Python that started run.py runs it. It does not know what it ends, nor who cleared up
in order before: it meets what is left.
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
"""The variable that names the runs a process belongs to. Settings start with CLIPWRIGHT_, and tests do without them."""

ORDERLY_SECONDS = 5
"""For a process that was told to end to do so by itself."""
GRACE_SECONDS = 2.0
"""Between asking and killing."""
GIVE_UP_SECONDS = 60.0
"""What a kill does not end in that time waits for a broken disk or the like, and nobody can end it."""
SCAN_SECONDS = 0.1
EMPTY_SCANS = 3
"""That many in a row must find nothing: a process that is just becoming another program shows no environment."""


class Guard(Protocol):
    """What watches over this process from now on."""

    def stay(self) -> None:
        """It goes on when this process becomes another program."""
        ...

    def stand_down(self) -> None:
        """It is not needed any more, and lets everything live."""
        ...


def guard_this_process() -> Guard:
    """What this process starts from now on ends with it. Raises OSError."""
    if sys.platform == "win32":
        from infra.process.guard_windows import Job

        return Job()
    return Watcher()


def is_guarded() -> bool:
    """True in a process with a guard of its own, also after it has become another program."""
    return os.environ.get(MARKER, "").rpartition(":")[2].startswith(f"{os.getpid()}_")


def end_in_order() -> None:
    """Ended from outside, a process must still end what it started: signals become exceptions, so `with` blocks close.

    A guarded one for which that takes longer than ORDERLY_SECONDS ends without, and its guard ends the rest.
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

    # Ctrl-C too: a shell that starts a program in the background has it ignored, and children inherit that.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


class Watcher:
    """The guard as a process of its own."""

    def __init__(self) -> None:
        self._outer = os.environ.get(MARKER)
        run = f"{os.getpid()}_{os.urandom(8).hex()}"
        reads, self._held = os.pipe()  # neither end reaches a child by itself
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).resolve()), run],
                cwd="/",
                stdin=reads,
                # Whoever reads this process's output must not wait for the guard.
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
    """What is found in the environment of a process of the run, and of none else."""
    return re.compile(rf"\b{MARKER}=(?:\w+:)*{run}\b".encode("ascii"))


def marked(mark: re.Pattern[bytes]) -> Iterator[int]:
    """Process ids, each looked at just before it is given out: an id that is used again does not carry the mark."""
    if sys.platform != "linux":
        # -E shows the environment behind the command line.
        yield from listed(subprocess.check_output(["/bin/ps", "-axEww", "-o", "pid=,command="]), mark)
        return
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue  # it has just ended, or belongs to somebody else
        if mark.search(environment):
            yield int(process.name)


def listed(listing: bytes, mark: re.Pattern[bytes]) -> Iterator[int]:
    """Process ids in what `ps` printed."""
    for line in listing.splitlines():
        if mark.search(line):
            yield int(line.split(maxsplit=1)[0])


if sys.platform != "win32":

    def end_all(run: str) -> None:
        """Ends every process of the run: asked first, killed after GRACE_SECONDS."""
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
                    with contextlib.suppress(OSError):  # it has just ended
                        os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            time.sleep(SCAN_SECONDS)

    def main() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.read(0, 1)  # nothing is ever written: it returns when nobody holds the other end any more
        end_all(sys.argv[1])

    if __name__ == "__main__":
        main()
