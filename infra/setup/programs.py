"""Starts installers and watches them. Their output is kept, because it explains a failure.

It does not know what they install.
"""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PAUSE_SECONDS = 0.2
ORDERLY_SECONDS = 2.0


class Program:
    """A running program. If the `with` block ends earlier, it ends the program."""

    def __init__(self, command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._began = time.monotonic()
        self._ended: float | None = None
        self.lines: list[str] = []
        """Its output so far, stdout and stderr in the order in which they were written."""
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        # The pipe must be read all the time, or the program blocks. A file would fail on a full disk.
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(ORDERLY_SECONDS)
            except subprocess.TimeoutExpired:  # npm ignores SIGTERM
                self._process.kill()
                self._process.wait()
        self._reader.join(ORDERLY_SECONDS)  # its children may hold the pipe longer; the guard ends them

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def seconds(self) -> float:
        """Its running time, until now or until its end."""
        return (self._ended or time.monotonic()) - self._began

    def has_failed(self) -> bool:
        """True once it has ended with a code other than 0; its output is then complete."""
        failed = self._process.poll() not in (None, 0)
        if failed:
            self._reader.join()
        return failed

    def wait(self, look: Callable[[], None]) -> int:
        """Returns its exit code after its last line. Calls `look` every PAUSE_SECONDS until then."""
        while self._process.poll() is None:
            look()
            time.sleep(PAUSE_SECONDS)
        self._reader.join()
        return self._process.returncode

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            self.lines.extend(line.rstrip("\n") for line in output)
        self._ended = time.monotonic()
