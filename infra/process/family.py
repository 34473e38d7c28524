"""A program and all its descendants, so that all can be ended, also those that have left their parent or session.

Each family has a name. Its members carry it in their environment, as the processes of a guarded run do
(`infra.process.guard`); on Windows they are in a job object. Standard library only, because every verb starts programs.
It does not know what they do."""

import os
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from infra.process.guard import MARKER

if sys.platform == "win32":
    from infra.process.family_windows import Job
else:
    from infra.process.guard import end_all, mark_of, marked


class Family:
    """If an exception leaves the `with` block, all living members are ended; otherwise they keep running."""

    def __init__(self) -> None:
        self.name = f"{os.getpid()}_{os.urandom(8).hex()}"
        if sys.platform == "win32":
            self._job = Job()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.end()
        self.close()

    def close(self) -> None:
        """Ends nothing."""
        if sys.platform == "win32":
            self._job.close()

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The environment for a new member. It stays a member of this process's families and runs too."""
        outer = given.get(MARKER)
        return {**given, MARKER: f"{outer}:{self.name}" if outer else self.name}

    def adopt(self, child: "subprocess.Popen[bytes]") -> None:
        """Adds a program that has just been started with this family's environment."""
        if sys.platform == "win32":
            self._job.take(child)

    def end(self) -> None:
        """Ends every member. Except on Windows, members receive SIGTERM first."""
        if sys.platform == "win32":
            self._job.end()
        else:
            end_all(self.name)


def end_family(name: str) -> None:
    """Ends every member of a family that another process has made. On Windows only that process's job knows them."""
    if sys.platform != "win32" and is_alive(name):
        end_all(name)


def is_alive(name: str) -> bool:
    """Whether a family that another process has made has members; False on Windows, where only its job knows them."""
    return sys.platform != "win32" and bool(name) and any(marked(mark_of(name)))
