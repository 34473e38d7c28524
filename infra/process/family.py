"""A program with all that it starts, so that all of it can be ended, also what has left its parent or its session.

Each family has a name, which its members carry in their environment (as a guard's run, see `infra.process.guard`); on
Windows they are in a job object. Standard library only, since every verb starts programs. It does not know what they
do."""

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
    from infra.process.guard import end_all


class Family:
    """Left with an exception, the `with` block ends whoever lives; left in order, it lets them be."""

    def __init__(self) -> None:
        self._name = f"{os.getpid()}_{os.urandom(8).hex()}"
        if sys.platform == "win32":
            self._job = Job()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.end()
        if sys.platform == "win32":
            self._job.close()

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What a member is to be started with. It stays in the families and runs that this process belongs to."""
        outer = given.get(MARKER)
        return {**given, MARKER: f"{outer}:{self._name}" if outer else self._name}

    def adopt(self, child: "subprocess.Popen[bytes]") -> None:
        """Takes a program in that has just been started with this family's environment."""
        if sys.platform == "win32":
            self._job.take(child)

    def end(self) -> None:
        """Ends every member; where the system has a way to ask, it is asked first."""
        if sys.platform == "win32":
            self._job.end()
        else:
            end_all(self._name)
