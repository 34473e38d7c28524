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

from infra import console
from infra.language import localized
from infra.settings import ROOT

CLONE = ("git", "clone", "--quiet", "--no-hardlinks")


def commands() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is timed, and the arguments of `run.py`, in order."""
    first = localized(ko="첫 명령부터 첫 영상까지", en="first command to first clip")
    more = localized(
        ko="test --quick, 데모에 없던 설치까지", en="test --quick, including installs that the demo does not need"
    )
    again = localized(ko="test --quick, 다시", en="test --quick, again")
    return ((first, ("demo", "--once")), (more, ("test", "--quick")), (again, ("test", "--quick")))


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "clipwright"
        subprocess.run([*CLONE, str(ROOT), str(clone)], check=True)
        for what, arguments in commands():
            timed(what, [first_python(), "run.py", *arguments], clone)
        timed(localized(ko=".ci/run, 같은 환경에서", en=".ci/run, in the same environment"), ["bash", ".ci/run"], clone)


def timed(what: str, command: list[str], clone: Path) -> None:
    """Runs a command as after a fresh clone: it inherits no variables of this environment."""
    outside = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    outside["PATH"] = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if not Path(part).is_relative_to(ROOT)
    )
    began = time.perf_counter()
    code = subprocess.run(command, cwd=clone, env=outside, stdout=subprocess.DEVNULL, check=False).returncode
    ended = "" if code == 0 else localized(ko=f", 종료 코드 {code}", en=f", exit code {code}")
    print(console.left(what, 66), f"{time.perf_counter() - began:.0f} s{ended}", flush=True)


def first_python() -> str:
    """The Python that created this environment."""
    return str(Path(sys.base_prefix) / ("python.exe" if os.name == "nt" else f"bin/{Path(sys.executable).name}"))


if __name__ == "__main__":
    main()
