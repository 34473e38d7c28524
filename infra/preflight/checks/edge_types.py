"""Whether the TypeScript of Functions and page compiles, so that unknown names are found before a release.

The compiler is that of `python run.py check`, with the settings in each folder. Tests check what the code does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.node import node, tool
from infra.preflight.findings import Check, Finding
from infra.process.shell import ProgramError, capture

LIMIT_SECONDS = 80.0
FOLDERS = ("functions", "frontend")
COMPLAINT = re.compile(r"^(\S[^(\n]*)\((\d+),\d+\): error (TS\d+: .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error of the compiler."""

    where: str
    message: str


def probe(ground: Ground) -> tuple[Complaint, ...]:
    """Raises ProgramError when the compiler fails without an error message for a file."""
    found: list[Complaint] = []
    for folder in FOLDERS:
        command = [node(), tool("typescript", "bin/tsc"), "--project", folder, "--pretty", "false"]
        finished = capture(command, timeout_seconds=LIMIT_SECONDS / len(FOLDERS), cwd=ground.root)
        here = [Complaint(f"{path}:{line}", words) for path, line, words in COMPLAINT.findall(finished.output)]
        if finished.exit_code != 0 and not here:
            raise ProgramError(
                localized(
                    ko=f"컴파일러가 {folder}/ 폴더의 결과를 주지 않았어요",
                    en=f"the compiler gave no result for {folder}/",
                ),
                finished.output,
            )
        found += here
    return tuple(dict.fromkeys(found))


def evaluate(complaints: Sequence[Complaint]) -> list[Finding]:
    return [
        Finding(
            "error",
            each.message,
            localized(ko="그 줄을 고쳐 주세요", en="correct that line"),
            ("python run.py check",),
            where=each.where,
        )
        for each in complaints
    ]


CHECKS: Sequence[Check[tuple[Complaint, ...]]] = (
    Check(
        "edge-types", "Contract", "Functions and page compile", "Functions와 화면 코드가 컴파일되는지", probe, evaluate
    ),
)
