"""One check asked: its findings, or a finding that says why there are none.

A program that ran past its limit, a file that cannot be read and a fault of the check itself are three different
things, and each is said as what it is. What the checks look at is not known here.
"""

import traceback
from pathlib import Path
from typing import Any

from infra.platforms.files import UnreadableError
from infra.platforms.git import ran_too_long
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, CheckResult, Finding
from infra.process.shell import InfraError


def judge(ground: Ground, check: Check[Any]) -> CheckResult:
    """Never raises: whatever goes wrong is the result's one finding."""
    try:
        return CheckResult(check, tuple(check.evaluate(check.probe(ground))))
    except Exception as error:
        return CheckResult(check, (finding_of(error, ground.root, check),))


def timed_out(check: Check[Any]) -> CheckResult:
    """The result on a check that has not answered within its limit."""
    return CheckResult(check, (too_slow(check, f"no answer within {check.limit_seconds:g} s"),))


def finding_of(error: Exception, root: Path, check: Check[Any]) -> Finding:
    """What an exception out of a check says to the operator."""
    if ran_too_long(error):
        return too_slow(check, str(error))
    if isinstance(error, UnreadableError):
        return Finding("error", str(error), error.fix, where=error.where)
    if isinstance(error, InfraError):
        return Finding("error", str(error), error.fix)
    if isinstance(error, SyntaxError):
        return Finding("error", f"not Python: {error.msg}", "mend that line", where=place_of_syntax(error, root))
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{inside(place.filename, root)}:{place.lineno}"
    return Finding(
        "error",
        f"this check has a fault of its own, so it judged nothing: {type(error).__name__}: {error}",
        "mend the check at the line named; of the files that it looks at nothing is known to be wrong",
        where=where,
    )


def too_slow(check: Check[Any], message: str) -> Finding:
    retry = (f"python run.py preflight --only {check.id}",)
    return Finding("error", message, "try it alone; a busy machine or a slow network is the usual reason", retry)


def place_of_syntax(error: SyntaxError, root: Path) -> str | None:
    return f"{inside(error.filename, root)}:{error.lineno or 1}" if error.filename else None


def inside(filename: str, root: Path) -> str:
    """The path within the checkout; of a file elsewhere its name alone, since findings are kept in a public log."""
    path = Path(filename)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
