"""Runs one check and returns its findings. An exception becomes a finding too.

A timeout, an unreadable file and a bug in the check itself are reported differently. This module does not know what the
checks examine.
"""

import traceback
from pathlib import Path
from typing import Any

from infra.language import localized
from infra.platforms.files import UnreadableError
from infra.platforms.git import ran_too_long
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, CheckResult, Finding
from infra.process.shell import InfraError


def judge(ground: Ground, check: Check[Any]) -> CheckResult:
    """Never raises: an exception becomes the result's only finding."""
    try:
        return CheckResult(check, tuple(check.evaluate(check.probe(ground))))
    except Exception as error:
        return CheckResult(check, (finding_of(error, ground.root, check),))


def timed_out(check: Check[Any]) -> CheckResult:
    """The result of a check that has exceeded its time limit."""
    return CheckResult(
        check,
        (
            too_slow(
                check,
                localized(
                    ko=f"{check.limit_seconds:g}초 안에 답이 없었어요", en=f"no answer within {check.limit_seconds:g} s"
                ),
            ),
        ),
    )


def finding_of(error: Exception, root: Path, check: Check[Any]) -> Finding:
    """The finding for an exception in a check."""
    if ran_too_long(error):
        return too_slow(check, str(error))
    if isinstance(error, UnreadableError):
        return Finding("error", str(error), error.fix, where=error.where)
    if isinstance(error, InfraError):
        return Finding("error", str(error), error.fix)
    if isinstance(error, SyntaxError):
        return Finding(
            "error",
            localized(ko=f"Python 문법에 맞지 않아요: {error.msg}", en=f"invalid Python: {error.msg}"),
            localized(ko="그 줄을 고쳐 주세요", en="correct that line"),
            where=place_of_syntax(error, root),
        )
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{inside(place.filename, root)}:{place.lineno}"
    return Finding(
        "error",
        localized(
            ko=f"점검이 스스로 실패해서 결과가 없어요: {type(error).__name__}: {error}",
            en=f"this check itself failed, so it has no result: {type(error).__name__}: {error}",
        ),
        localized(
            ko="위에 적힌 줄의 점검 코드가 잘못됐어요. 고치거나 알려 주세요. 여러분의 파일은 괜찮을 수 있어요",
            en="this is a bug in the check, at the line named above: correct it there, or report it. Your files may be "
            "right",
        ),
        where=where,
    )


def too_slow(check: Check[Any], message: str) -> Finding:
    retry = (f"python run.py preflight --only {check.id}",)
    return Finding(
        "error",
        message,
        localized(
            ko="이 점검만 따로 돌려 보세요. 컴퓨터가 바쁘거나 네트워크가 느릴 때가 많아요",
            en="run this check alone; usually the machine is busy or the network is slow",
        ),
        retry,
    )


def place_of_syntax(error: SyntaxError, root: Path) -> str | None:
    return f"{inside(error.filename, root)}:{error.lineno or 1}" if error.filename else None


def inside(filename: str, root: Path) -> str:
    """The path within the checkout; only the name of a file elsewhere, because findings are kept in a public log."""
    path = Path(filename)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
