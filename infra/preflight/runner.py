"""Runs the checks before a release in parallel, formats their results in a fixed order, and applies automatic fixes.

A check that fails or times out is a finding like any other. No option ignores an error. This module does not know what
the checks examine. They are imported when they run: if the checkout is too broken for the import, the checks on syntax
and encoding, which import nothing else, report why.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from infra.language import localized
from infra.platforms.ground import Ground
from infra.preflight.checks import encoding, syntax
from infra.preflight.findings import Check, CheckResult, Finding, Report
from infra.preflight.judging import finding_of, judge, timed_out
from infra.process.shell import InfraError

if TYPE_CHECKING:
    from infra.platforms.targets import Target

SHOWN = 8
"""The most findings of one check on the screen, so that the other checks stay visible."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options: only these check ids (empty: all), without the network, with automatic fixes."""

    only: tuple[str, ...] = ()
    offline: bool = False
    fix: bool = False


def ground_of(root: Path, environment: str) -> Ground:
    """Raises InfraError for an environment without a row, or rows that cannot be read."""
    from infra.platforms.targets import pick

    return Ground(root, pick(root, environment), dict(environ), today())


def today() -> date:
    return datetime.now(UTC).date()


def report_of(root: Path, environment: str, request: Request) -> Report:
    """The report of `examine`. If the checks or the environment's row cannot be loaded, the report of the checks on
    syntax and encoding. If those find nothing, the loading error is raised. Raises InfraError as `examine` does."""
    try:
        ground, checks = ground_of(root, environment), every_check()
    except (SyntaxError, ImportError, LookupError, ValueError, InfraError):
        # These checks use files only; the environment's row may be the broken part.
        bare = Ground(root, cast("Target", None), {}, today())
        report = examine(bare, replace(request, only=()), (*syntax.CHECKS, *encoding.FILE_CHECKS))
        if not report.blocks_release and not report.mended:
            raise
        return report
    return examine(ground, request, checks)


def every_check() -> Sequence[Check[Any]]:
    from infra.preflight.checks.registry import CHECKS

    return CHECKS


def examine(ground: Ground, request: Request, checks: Sequence[Check[Any]] | None = None) -> Report:
    """Runs the requested checks. Raises InfraError for an unknown id."""
    chosen = choose(every_check() if checks is None else checks, request.only)
    results = run_checks(ground, chosen, offline=request.offline)
    if not request.fix:
        return Report(results)
    mended, troubles = mend_each(ground, results)
    if mended:
        results = run_checks(ground, chosen, offline=request.offline)
    return Report(tuple(with_trouble(result, troubles) for result in results), mended)


def mend(ground: Ground, results: Sequence[CheckResult]) -> tuple[tuple[str, str], ...]:
    """Applies the automatic fixes for these results, in their order; returns check ids with the changed paths. What a
    check cannot correct is found again by the next run."""
    return mend_each(ground, results)[0]


def mend_each(ground: Ground, results: Sequence[CheckResult]) -> tuple[tuple[tuple[str, str], ...], dict[str, Finding]]:
    """The same, and the errors of the fixes: check id -> finding."""
    mended: list[tuple[str, str]] = []
    troubles: dict[str, Finding] = {}
    for result in results:
        check = result.check
        mendable = [finding for finding in result.findings if finding.mendable]
        if check.mend is None or not mendable:
            continue
        try:
            mended += [(check.id, path) for path in check.mend(ground, mendable)]
        except Exception as error:
            found = finding_of(error, ground.root, check)
            troubles[check.id] = replace(
                found,
                message=localized(
                    ko=f"고칠 수 없었어요: {found.message}", en=f"could not be corrected: {found.message}"
                ),
            )
    return tuple(dict.fromkeys(mended)), troubles


def with_trouble(result: CheckResult, troubles: dict[str, Finding]) -> CheckResult:
    """A result extended by the error of its fix. Its findings are no longer mendable, so that the report does not
    advise the same failing fix again."""
    trouble = troubles.get(result.check.id)
    if trouble is None:
        return result
    return replace(result, findings=(*(replace(each, mendable=False) for each in result.findings), trouble))


def choose(checks: Sequence[Check[Any]], only: Sequence[str]) -> list[Check[Any]]:
    known = {check.id for check in checks}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise InfraError(
            localized(ko=f"그런 점검은 없어요: {', '.join(unknown)}", en=f"there is no check {', '.join(unknown)}"),
            localized(ko=f"있는 점검: {', '.join(sorted(known))}", en=f"known are {', '.join(sorted(known))}"),
        )
    return [check for check in checks if not only or check.id in only]


def run_checks(ground: Ground, checks: Sequence[Check[Any]], *, offline: bool) -> tuple[CheckResult, ...]:
    """Runs the checks in parallel, each within its limit; returns the results in the order of `checks`."""
    found: dict[str, CheckResult] = {}
    threads: list[tuple[Check[Any], threading.Thread]] = []
    for check in checks:
        if offline and check.needs == "network":
            found[check.id] = CheckResult(check, skipped="--offline")
            continue
        # Daemon threads: a hanging probe must not prevent the command from ending.
        thread = threading.Thread(target=judge_into, args=(found, ground, check), daemon=True)
        thread.start()
        threads.append((check, thread))
    for check, thread in threads:
        thread.join(check.limit_seconds)
    return tuple(found.get(check.id) or timed_out(check) for check in checks)


def judge_into(found: dict[str, CheckResult], ground: Ground, check: Check[Any]) -> None:
    found[check.id] = judge(ground, check)


def lines_of(report: Report) -> list[str]:
    """The report for the screen: groups, one line per check, its findings, a summary, and the next command."""
    lines: list[str] = []
    group = ""
    for result in report.results:
        if result.check.group != group:
            group = result.check.group
            lines += ["", result.check.shown_group] if lines else [result.check.shown_group]
        lines += lines_of_check(result)
    mended = localized(ko="고침   ", en="fixed  ")
    lines += [""] + [f"{mended} {path}  ({check})" for check, path in report.mended]
    lines.append(tally(report))
    if any(finding.mendable for result in report.results for finding in result.findings):
        lines.append(localized(ko="다음: python run.py preflight --fix", en="next: python run.py preflight --fix"))
    return lines


def lines_of_check(result: CheckResult) -> list[str]:
    check = result.check
    title = f"{check.id}: {check.shown_title}"
    if result.skipped is not None:
        return [
            localized(
                ko=f"  -     {check.id}: 점검하지 않음 ({result.skipped})",
                en=f"  -       {check.id}: not checked ({result.skipped})",
            )
        ]
    # Words, not signs: a console in code page 949 shows both a check mark and a cross as a question mark.
    if not result.findings:
        return [localized(ko=f"  통과  {title}", en=f"  ok      {title}")]
    lines = [headline(title, result)]
    fix = localized(ko="해결", en="fix")
    for finding in result.findings[:SHOWN]:
        place = f"{finding.where}: " if finding.where else ""
        lines.append(f"      {severity_words(finding)}: {place}{finding.message}")
        lines.append(f"      {fix}: {finding.fix}")
        # Without a command for the fix, show the command that runs the check again.
        lines += [
            f"           {command}" for command in finding.commands or [f"python run.py preflight --only {check.id}"]
        ]
    more = len(result.findings) - SHOWN
    if more > 0:
        lines.append(
            localized(
                ko=f"      그리고 {more}개 더 있어요. 모두 보려면: --only {check.id} --json",
                en=f"      and {more} more; show all with: --only {check.id} --json",
            )
        )
    return lines


def headline(title: str, result: CheckResult) -> str:
    if result.count("error"):
        return localized(ko=f"  오류  {title}", en=f"  ERROR   {title}")
    return localized(ko=f"  주의  {title}", en=f"  warning {title}")


def severity_words(finding: Finding) -> str:
    if finding.severity == "error":
        return localized(ko="오류", en="error")
    return localized(ko="주의", en="warning")


def tally(report: Report) -> str:
    counts = localized(
        ko=f"오류 {report.errors}개, 주의 {report.warnings}개, 건너뜀 {report.skipped}개.",
        en=f"errors: {report.errors}, warnings: {report.warnings}, skipped: {report.skipped}.",
    )
    if report.blocks_release:
        return counts + localized(ko="  배포할 수 없어요.", en="  A release is blocked.")
    ran = {result.check.id for result in report.results if result.skipped is None}
    if ran < {check.id for check in every_check()}:
        return counts + localized(
            ko="  돌린 점검은 통과했어요. 배포할 수 있는지는 모두 돌려야 알 수 있어요: python run.py preflight",
            en="  What ran has passed. Whether a release is possible, all checks say: python run.py preflight",
        )
    return counts + localized(ko="  배포할 수 있어요.", en="  A release is possible.")
