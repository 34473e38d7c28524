"""The output during the setup: permanent lines, and one progress line.

On a terminal the progress line is rewritten in place. Elsewhere it is printed at most every QUIET_SECONDS, so that a
log stays readable. It does not know what is installed.
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Generator
from typing import TextIO

QUIET_SECONDS = 10.0


def say(text: str) -> None:
    """Prints a permanent line."""
    sys.stderr.write(f"[setup] {text}\n")
    sys.stderr.flush()


class Progress:
    """`with progress.step("base: 24 packages"):` for each of so many steps, and `show` inside it."""

    def __init__(self, steps: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._steps = steps
        self._stream = stream or sys.stderr
        self._clock = clock
        self._rewrites = self._stream.isatty()
        self._width = 0
        """Length of the progress line on the terminal now."""
        self._step, self._label = 0, ""
        self._began = self._said = 0.0

    @contextlib.contextmanager
    def step(self, label: str, began: float | None = None) -> Generator[None]:
        """Prints `label` now, and its duration at the end. `began` is the clock's time at which a step began that is
        already running."""
        self._step, self._label = self._step + 1, label
        self._said = self._clock()
        self._began = self._said if began is None else began
        self._write(label, moving=True)
        try:
            yield
        except BaseException:
            self._leave_line()
            raise
        self._write(f"{label}, {self._seconds()}", moving=False)

    def show(self, state: str) -> None:
        """Shows the state of the step; may be called at any rate."""
        if self._rewrites or self._clock() - self._said >= QUIET_SECONDS:
            self._said = self._clock()
            self._write(f"{self._label}, {state + ', ' if state else ''}{self._seconds()}", moving=True)

    def _seconds(self) -> str:
        return f"{self._clock() - self._began:.0f} s"

    def _write(self, text: str, *, moving: bool) -> None:
        line = f"[setup] [{self._step}/{self._steps}] {text}"
        if self._rewrites:
            line = line[: shutil.get_terminal_size().columns - 1]
            # Blanks clear the rest of the last line: older Windows consoles have no sequence for that.
            self._stream.write("\r" + line.ljust(self._width) + ("" if moving else "\n"))
            self._width = len(line) if moving else 0
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def _leave_line(self) -> None:
        """Ends the progress line, so that an error message starts on its own line."""
        if self._width:
            self._stream.write("\n")
            self._width = 0
