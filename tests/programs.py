"""Programs that a test runs to their end: for as long as they work or print, however slow the machine is.

It does not know what the programs are for.
"""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from infra.process.activity import activity
from infra.process.processes import end_tree
from infra.process.waiting import wait_until

Ended = subprocess.CompletedProcess[bytes]


def run_to_end(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, apart: bool = False
) -> Ended:
    """Runs `command` without input. All that it wrote is in `stdout`; `apart`, what went to stderr is in `stderr`.

    Raises StalledError when it stands still; it is ended then, with all that it started.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        with out.open("wb") as printed, err.open("wb") as complaints:
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=complaints if apart else subprocess.STDOUT,
            )
        try:
            code = wait_for_end(child, out, err)
        finally:
            if child.poll() is None:
                end_tree(psutil.Process(child.pid))
                child.wait()
        return Ended(command, code, out.read_bytes(), err.read_bytes())


def wait_for_end(child: "subprocess.Popen[bytes]", *logs: Path) -> int:
    """The exit code of a program that is about to end. Raises StalledError when it stands still instead."""
    wait_until(
        lambda: child.poll() is not None,
        what=f"process {child.pid} to end",
        moved=lambda: activity(child.pid, *logs),
        every=0.02,
    )
    return child.returncode
