"""The doctor before a release: asks every check at once, keeps their order, mends what may be mended.

A check that crashes or does not answer in time is a finding like any other. There is no way to pass over an error. What
the checks look at is not known here.
"""

import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import environ
from pathlib import Path
from typing import Any

from infra.doctor.registry import CHECKS
from infra.findings import Check, Finding, Ground, Report, Verdict
from infra.shell import InfraError
from infra.targets import pick

SHOWN = 8
"""Findings of one check on the screen; a list without end hides the other checks."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: only these ids (all, when empty), without the network, and mending what can be mended."""

    only: tuple[str, ...] = ()
    offline: bool = False
    fix: bool = False


def ground_of(root: Path, environment: str) -> Ground:
    return Ground(root, pick(root, environment), dict(environ), datetime.now(UTC).date())


def examine(ground: Ground, request: Request, checks: Sequence[Check[Any]] = CHECKS) -> Report:
    """Runs the checks asked for. Raises InfraError for an id that does not exist."""
    chosen = choose(checks, request.only)
    verdicts = ask(ground, chosen, offline=request.offline)
    if not request.fix:
        return Report(verdicts)
    mended = mend(ground, verdicts)
    if mended:
        verdicts = ask(ground, chosen, offline=request.offline)
    return Report(verdicts, mended)


def mend(ground: Ground, verdicts: Sequence[Verdict]) -> tuple[tuple[str, str], ...]:
    """Mends what these verdicts allow, in their order; returns check ids with the paths that changed."""
    mended: list[tuple[str, str]] = []
    for verdict in verdicts:
        mendable = [finding for finding in verdict.findings if finding.mendable]
        if verdict.check.mend is not None and mendable:
            mended += [(verdict.check.id, path) for path in verdict.check.mend(ground, mendable)]
    return tuple(dict.fromkeys(mended))


def choose(checks: Sequence[Check[Any]], only: Sequence[str]) -> list[Check[Any]]:
    known = {check.id for check in checks}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise InfraError(f"there is no check {', '.join(unknown)}", f"known are {', '.join(sorted(known))}")
    return [check for check in checks if not only or check.id in only]


def ask(ground: Ground, checks: Sequence[Check[Any]], *, offline: bool) -> tuple[Verdict, ...]:
    """All at once, each within its limit; the answers in the order of `checks`."""
    found: dict[str, Verdict] = {}
    threads: list[tuple[Check[Any], threading.Thread]] = []
    for check in checks:
        if offline and check.needs == "network":
            found[check.id] = Verdict(check, skipped="--offline")
            continue
        # Daemons: a probe that hangs must not keep the command from ending.
        thread = threading.Thread(target=judge_into, args=(found, ground, check), daemon=True)
        thread.start()
        threads.append((check, thread))
    for check, thread in threads:
        thread.join(check.limit_seconds)
    return tuple(found.get(check.id) or late(check) for check in checks)


def judge_into(found: dict[str, Verdict], ground: Ground, check: Check[Any]) -> None:
    found[check.id] = judge(ground, check)


def judge(ground: Ground, check: Check[Any]) -> Verdict:
    try:
        return Verdict(check, tuple(check.evaluate(check.probe(ground))))
    except InfraError as error:
        return Verdict(check, (Finding("error", str(error), error.fix),))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        message = f"the check crashed: {type(error).__name__}: {error}"
        return Verdict(
            check,
            (
                Finding(
                    "error",
                    message,
                    "mend what it stumbled over; if that is right, the check itself is wrong",
                    where=where,
                ),
            ),
        )


def late(check: Check[Any]) -> Verdict:
    message = f"no answer within {check.limit_seconds:g} s"
    again = (f"python run.py preflight --only {check.id}",)
    return Verdict(check, (Finding("error", message, "try it alone; a slow network is the usual reason", again),))


def lines_of(report: Report) -> list[str]:
    """The report as it is shown: groups, one line per check, findings below it, a tally, and the next command."""
    lines: list[str] = []
    group = ""
    for verdict in report.verdicts:
        if verdict.check.group != group:
            group = verdict.check.group
            lines += ["", group] if lines else [group]
        lines += lines_of_check(verdict)
    lines += [""] + [f"mended  {path}  ({check})" for check, path in report.mended]
    lines.append(tally(report))
    if any(finding.mendable for verdict in report.verdicts for finding in verdict.findings):
        lines.append("next: python run.py preflight --fix")
    return lines


def lines_of_check(verdict: Verdict) -> list[str]:
    check = verdict.check
    if verdict.skipped is not None:
        return [f"  - {check.id}: not checked ({verdict.skipped})"]
    if not verdict.findings:
        return [f"  \u2713 {check.id}: {check.title}"]
    sign = "\u2717" if verdict.count("error") else "!"
    lines = [f"  {sign} {check.id}: {check.title}"]
    for finding in verdict.findings[:SHOWN]:
        place = f"{finding.where}: " if finding.where else ""
        lines.append(f"      {finding.severity}: {place}{finding.message}")
        lines.append(f"      fix: {finding.fix}")
        # Where the remedy is an edit, the command is the one that looks again.
        lines += [
            f"           {command}" for command in finding.commands or [f"python run.py preflight --only {check.id}"]
        ]
    if len(verdict.findings) > SHOWN:
        lines.append(f"      and {len(verdict.findings) - SHOWN} more; all of them: --only {check.id} --json")
    return lines


def tally(report: Report) -> str:
    counts = f"{report.errors} errors, {report.warnings} warnings, {report.skipped} skipped."
    return f"{counts}  A release is {'blocked' if report.blocks_release else 'possible'}."
