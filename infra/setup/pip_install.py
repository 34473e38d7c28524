"""Runs the environment's own pip, and counts its downloads and installed packages meanwhile.

pip's messages change less than its progress bar: packages are counted from the messages, megabytes from the files in
pip's temporary folder. It does not know groups.
"""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.language import localized
from infra.setup.place import Place
from infra.setup.programs import Program
from infra.setup.refusals import of_output

QUICK = ("--no-deps", "--no-input", "--progress-bar=off", "--disable-pip-version-check", "--no-warn-script-location")


def pip_install(
    place: Place,
    what: str,
    packages: int,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    look: Callable[[str], None],
) -> None:
    """Installs the named packages without their dependencies. `packages` is their number, `environment` names pip's
    temporary folder, `look` receives the progress several times a second. Raises SetupError."""
    command = [place.python, "-X", "utf8", "-m", "pip", "install", *QUICK, *arguments]
    there = descriptions(place.packages)
    with Program(command, cwd=place.root, env=environment) as program:

        def show() -> None:
            fetched = megabytes(Path(environment["TMPDIR"]))
            look(state(program.lines, packages, descriptions(place.packages) - there, fetched))

        if program.wait(show) != 0:
            raise of_output("pip", what, program.output)


def state(lines: Sequence[str], packages: int, installed: int, fetched_megabytes: int) -> str:
    """pip's progress in words. pip names each package before its download, and downloads all before it installs."""
    found = sum(line.startswith(("Collecting ", "Processing ")) for line in lines)
    if any(line.startswith("Installing collected packages") for line in lines):
        return localized(
            ko=f"{found}개 가운데 {max(installed, 0)}개 설치함", en=f"installed {max(installed, 0)} of {found}"
        )
    return localized(
        ko=f"{packages}개 가운데 {found}개 찾음, {fetched_megabytes} MB 받음",
        en=f"found {found} of {packages}, fetched {fetched_megabytes} MB",
    )


def descriptions(packages: Path) -> int:
    return sum(1 for _ in packages.glob("*.dist-info"))


def megabytes(folder: Path) -> int:
    """The size of all files below `folder`; files may disappear while they are counted."""
    total = 0
    for path, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += Path(path, file).stat().st_size
    return total // 1_000_000
