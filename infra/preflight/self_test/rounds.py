"""Plants every fault in a copy of the checkout, runs the copy's own preflight, and reports which faults it found.

Faults in different files share a round; between rounds the copy is restored. A fault counts as caught when its check
reports a finding at its place that the unchanged copy does not have. Accounts and the network are not used.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from infra.language import localized
from infra.preflight.self_test import code_faults, file_faults, git_faults, money_faults
from infra.preflight.self_test.copies import Copy
from infra.preflight.self_test.fault import Fault
from infra.preflight.self_test.titles import title
from infra.process.shell import InfraError, capture, tail

LIMIT_SECONDS = 600.0
FAULTS: tuple[Fault, ...] = (
    *file_faults.FAULTS, *code_faults.FAULTS, *money_faults.FAULTS, *git_faults.FAULTS,
)  # fmt: skip
Place = tuple[str, str, str]
"""Check, place and message of a finding."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for a fault. `said` is the finding that caught it, or the reason why none did."""

    fault: Fault
    caught: bool
    said: str


def run(root: Path, faults: Sequence[Fault] = FAULTS) -> Iterator[Outcome]:
    """Yields every fault's outcome. Each round takes as long as a run of preflight."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Copy(root, Path(folder))
        known = set(findings_of(copy, checks_of(faults), {}))
        for group in rounds(faults):
            yield from outcomes(copy, group, known)
            copy.restore()


def rounds(faults: Sequence[Fault]) -> list[list[Fault]]:
    """Groups of faults that do not interfere: one fault per file, and one per check that names no file."""
    shared: list[list[Fault]] = []
    alone: list[list[Fault]] = []
    for fault in faults:
        if fault.apart:
            alone.append([fault])
            continue
        group = next((group for group in shared if not any(conflict(fault, other) for other in group)), None)
        if group is None:
            shared.append(group := [])
        group.append(fault)
    return [*shared, *alone]


def conflict(one: Fault, other: Fault) -> bool:
    if one.check == other.check and any(a.startswith(b) for a, b in permutations((one.where, other.where))):
        return True
    return not files_of(one).isdisjoint(files_of(other))


def files_of(fault: Fault) -> set[str]:
    return {re.sub(r":\d*$", "", fault.where), *fault.changes} - {""}


def checks_of(faults: Sequence[Fault]) -> list[str]:
    return sorted({fault.check for fault in faults})


def outcomes(copy: Copy, group: Sequence[Fault], known: set[Place]) -> Iterator[Outcome]:
    troubles: dict[str, str] = {}
    for late in (False, True):
        for fault in [each for each in group if each.late == late]:
            try:
                fault.plant(copy)
            except (InfraError, OSError, UnicodeError) as error:
                troubles[fault.words] = localized(ko=f"심지 못했어요: {error}", en=f"could not be planted: {error}")
        if not late:
            copy.commit("Planted")
    variables = {name: value for fault in group for name, value in fault.variables.items()}
    # Without it, two planted files of equal size and time stamp would share one compiled file.
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    found = [each for each in findings_of(copy, checks_of(group), variables) if each not in known]
    nothing = localized(ko="찾은 것이 없어요", en="no finding")
    for fault in group:
        said = next((f"{place} {words}".strip() for check, place, words in found if catches(fault, check, place)), "")
        yield Outcome(fault, bool(said), troubles.get(fault.words, "") or said or nothing)


def catches(fault: Fault, check: str, place: str) -> bool:
    return fault.check == check and place.startswith(fault.where)


def findings_of(copy: Copy, checks: Sequence[str], variables: dict[str, str]) -> list[Place]:
    """The findings of the copy's own preflight. Raises InfraError when its output is no report."""
    command = [sys.executable, "-X", "utf8", "-m", "infra", "preflight", "--offline", "--json"]
    command += [word for check in checks for word in ("--only", check)]
    environment = {"PYTHONPATH": str(copy.root), "NO_COLOR": "1", **variables}
    finished = capture(command, timeout_seconds=LIMIT_SECONDS, cwd=copy.root, env=environment, answer_only=True)
    try:
        document: dict[str, Any] = json.loads(finished.output)
    except ValueError as error:
        raise InfraError(
            localized(
                ko=f"사본의 점검이 결과를 내지 못했어요:\n{tail(finished.output)}",
                en=f"preflight of the copy gave no report:\n{tail(finished.output)}",
            ),
            localized(ko="위의 줄들이 알려 주는 것을 고쳐 주세요", en="correct what the lines above report"),
        ) from error
    return [
        (check["id"], finding["where"] or "", finding["message"])
        for check in document["checks"]
        for finding in check["findings"]
    ]


def lines_of(outcome: Outcome) -> list[str]:
    """The outcome for the screen: the check that caught the fault and its place, or that it was missed."""
    words, check, said = title(outcome.fault.words), outcome.fault.check, outcome.said
    if outcome.caught:
        first = said.splitlines()[0][:90]
        return [localized(ko=f"  잡음  {words}  ({check}: {first})", en=f"  caught  {words}  ({check}: {first})")]
    return [localized(ko=f"  놓침  {words}  ({check}: {said})", en=f"  MISSED  {words}  (by {check}: {said})")]
