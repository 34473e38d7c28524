"""Times a newcomer's commands in a fresh clone with its own environment: the first one until a clip, the quick tests,
and all checks.

What it prints depends on the machine, on the network, and on what the package caches hold. Nothing here is a test.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infra.settings import ROOT

CLONE = ("git", "clone", "--quiet", "--no-hardlinks")
COMMANDS = (
    ("first command to first clip", ("demo", "--once")),
    ("test --quick, including installs that the demo does not need", ("test", "--quick")),
    ("test --quick", ("test", "--quick")),
)


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "clipwright"
        subprocess.run([*CLONE, str(ROOT), str(clone)], check=True)
        for what, arguments in COMMANDS:
            timed(what, [first_python(), "run.py", *arguments], clone)
        timed(".ci/run, in the same environment", ["bash", ".ci/run"], clone)


def timed(what: str, command: list[str], clone: Path) -> None:
    """Runs a command as after a fresh clone: it inherits no variables of this environment."""
    outside = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    outside["PATH"] = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if not Path(part).is_relative_to(ROOT)
    )
    began = time.perf_counter()
    code = subprocess.run(command, cwd=clone, env=outside, stdout=subprocess.DEVNULL, check=False).returncode
    ended = "" if code == 0 else f", exit code {code}"
    print(f"{what:62} {time.perf_counter() - began:.0f} s{ended}", flush=True)


def first_python() -> str:
    """The Python that created this environment."""
    return str(Path(sys.base_prefix) / ("python.exe" if os.name == "nt" else f"bin/{Path(sys.executable).name}"))


if __name__ == "__main__":
    main()
