"""Whether the TypeScript of Functions and page compiles: a name that does not exist is found before it is live.

The compiler is that of `python run.py check`, with the settings that lie in each folder. What the code does is tested
elsewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
    """Raises ProgramError where the compiler ends without a verdict."""
    found: list[Complaint] = []
    for folder in FOLDERS:
        command = [node(), tool("typescript", "bin/tsc"), "--project", folder, "--pretty", "false"]
        finished = capture(command, timeout_seconds=LIMIT_SECONDS / len(FOLDERS), cwd=ground.root)
        here = [Complaint(f"{path}:{line}", words) for path, line, words in COMPLAINT.findall(finished.output)]
        if finished.exit_code != 0 and not here:
            raise ProgramError(f"the compiler gave no verdict on {folder}/", finished.output)
        found += here
    return tuple(dict.fromkeys(found))


def evaluate(complaints: Sequence[Complaint]) -> list[Finding]:
    return [
        Finding("error", each.message, "mend that line", ("python run.py check",), where=each.where)
        for each in complaints
    ]


CHECKS: Sequence[Check[tuple[Complaint, ...]]] = (
    Check(
        "edge-types", "Contract", "Functions and page compile", "Functions와 화면 코드가 컴파일되는지", probe, evaluate
    ),
)
