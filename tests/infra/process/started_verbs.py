"""A verb that a test starts and ends, and everything that lives because of it. It does not know what the verb is."""

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator
from pathlib import Path

import psutil

from infra.process.activity import activity
from infra.process.waiting import StalledError, wait_until

LABEL = "TEST_OF_THE_GUARD"
"""An environment variable of the test's own; its value labels all that one verb starts."""
PATIENCE_SECONDS = 60.0
"""How long the same processes may live on a busy machine: a guard is done with them in a tenth of that."""
# Windows has no signal that a program could be sent from outside; there terminate() is a kill.
ENDINGS = (signal.SIGTERM,) if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class Verb:
    """A started `run.py`, and everything that carries its label or descends from what does."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.label = uuid.uuid4().hex
        self.log = folder / f"출력 {self.label}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env={**os.environ, LABEL: self.label},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.seen: set[psutil.Process] = set()

    def living(self) -> set[psutil.Process]:
        """What lives of all that was ever seen: Chromium's renderers overwrite their environment, so they are known
        as the children of their browser, and must be seen before it dies."""
        labelled = {process for process in psutil.process_iter() if label_of(process) == self.label}
        for process in labelled:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.seen.update(process.children(recursive=True))
        self.seen |= labelled
        return {process for process in self.seen if is_alive(process)}

    def running(self, *words: str) -> bool:
        """True when each of the words is in the command line of a living process."""
        lines = [command_line(process) for process in self.living()]
        return all(any(word in line for line in lines) for word in words)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Returns when `condition` holds. Fails when the verb has ended, or nothing moves any more."""

        def holds() -> bool:
            if condition():
                return True
            assert self.child.poll() is None, self.output()
            return False

        wait_until(
            holds, what="the verb to come so far", moved=lambda: (self.pids(), activity(self.child.pid, self.log))
        )

    def leaves_nothing(self) -> bool:
        """Waits until nothing of it lives; False when what lives stays the same, however hard it works."""

        def nothing_lives() -> bool:
            self.child.poll()
            return not self.living()

        try:
            return wait_until(nothing_lives, what="everything to end", moved=self.pids, stalled_after=PATIENCE_SECONDS)
        except StalledError:
            return False

    def pids(self) -> list[int]:
        return sorted(process.pid for process in self.living())

    def output(self) -> str:
        lines = sorted(command_line(process) for process in self.living())
        return "\n".join([self.log.read_text(encoding="utf-8", errors="replace"), *lines])


def label_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(LABEL)
    except (psutil.Error, OSError):
        return None


def is_alive(process: psutil.Process) -> bool:
    """False for a process that has ended and that nobody has asked about yet."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@contextlib.contextmanager
def started(folder: Path, *arguments: str) -> Generator[Verb]:
    verb = Verb(folder, *arguments)
    try:
        yield verb
    finally:
        for process in verb.living():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        verb.child.wait()
