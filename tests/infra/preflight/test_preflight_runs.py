"""How preflight runs its checks: in parallel, in a fixed order; a crash or a timeout is a finding; fixes run once."""

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from infra.platforms.ground import Ground
from infra.platforms.targets import pick
from infra.preflight.checks.registry import CHECKS
from infra.preflight.findings import Check, CheckResult, Finding, Report, logged
from infra.preflight.runner import Request, examine, lines_of
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT

ERROR = Finding("error", "something is wrong", "put it right", ("do it",), where="a.py:1", mendable=True)


def ground(root: Path = ROOT) -> Ground:
    return Ground(root, pick(ROOT, "production"), {}, date(2026, 11, 23))


def nothing(_: Ground) -> None:
    return None


def fine(_: object) -> Sequence[Finding]:
    return ()


def check(name: str, group: str = "Group") -> Check[None]:
    return Check(name, group, f"title of {name}", f"{name}의 제목", nothing, fine)


def raising(error: Exception) -> Check[None]:
    def probe(_: Ground) -> None:
        raise error

    return replace(check("crashes"), probe=probe)


def test_checks_run_together_and_are_shown_in_their_order() -> None:
    meeting = threading.Barrier(2, timeout=STALLED_AFTER_SECONDS)
    answered = threading.Event()

    def meet(_: Ground) -> None:
        meeting.wait()

    def answer(_: object) -> Sequence[Finding]:
        answered.set()
        return ()

    def meet_late(_: Ground) -> None:
        meeting.wait()
        assert answered.wait(STALLED_AFTER_SECONDS)

    checks = [
        replace(check("slow"), probe=meet_late, limit_seconds=STALLED_AFTER_SECONDS),
        replace(check("quick"), probe=meet, evaluate=answer),
    ]
    report = examine(ground(), Request(), checks)
    assert [result.check.id for result in report.results] == ["slow", "quick"]
    assert not report.blocks_release


def test_a_check_with_a_fault_of_its_own_says_so_with_its_place() -> None:
    report = examine(ground(), Request(), [raising(KeyError("database_id")), check("next")])
    assert report.errors == 1
    found = report.results[0].findings[0]
    assert "KeyError: 'database_id'" in found.message
    assert "this check itself failed" in found.message
    assert (found.where or "").startswith("tests/infra/preflight/test_preflight_runs.py:")


def test_an_explained_error_keeps_its_own_remedy() -> None:
    report = examine(ground(), Request(), [raising(InfraError("no git here", "install git"))])
    assert report.results[0].findings[0].fix == "install git"


def test_a_check_that_does_not_answer_is_a_finding() -> None:
    release = threading.Event()

    def hang(_: Ground) -> None:
        release.wait()

    silent = replace(check("silent"), probe=hang, limit_seconds=0.05)
    report = examine(ground(), Request(), [silent])
    release.set()
    assert "no answer within 0.05 s" in report.results[0].findings[0].message
    assert report.results[0].findings[0].commands == ("python run.py preflight --only silent",)


def test_offline_leaves_out_what_needs_the_network_and_says_so() -> None:
    far = replace(raising(AssertionError("asked")), needs="network")
    report = examine(ground(), Request(offline=True), [far])
    assert report.results[0].skipped == "--offline"
    assert "not checked (--offline)" in "\n".join(lines_of(report))


def test_fix_mends_only_what_is_mendable_and_asks_again(tmp_path: Path) -> None:
    flag = tmp_path / "mended.txt"
    stubborn = replace(ERROR, message="stays", mendable=False)
    given: list[Finding] = []

    def evaluate(_: object) -> Sequence[Finding]:
        return (stubborn,) if flag.exists() else (ERROR, stubborn)

    def mend(at: Ground, findings: Sequence[Finding]) -> list[str]:
        given.extend(findings)
        (at.root / flag.name).touch()
        return [flag.name]

    checks = [replace(check("mends"), evaluate=evaluate, mend=mend)]
    report = examine(ground(tmp_path), Request(fix=True), checks)
    assert given == [ERROR]
    assert report.mended == (("mends", flag.name),)
    assert [finding.message for finding in report.results[0].findings] == ["stays"]
    assert report.blocks_release


def test_without_fix_nothing_is_touched() -> None:
    def mend(_: Ground, __: Sequence[Finding]) -> list[str]:
        raise AssertionError("mended without being asked")

    checks = [replace(check("mends"), evaluate=lambda _: (ERROR,), mend=mend)]
    assert examine(ground(), Request(), checks).errors == 1


def test_the_screen_shows_the_remedy_always_and_the_next_command_when_it_helps() -> None:
    text = "\n".join(lines_of(Report((CheckResult(check("a", "One")), CheckResult(check("b", "Two"), (ERROR,))))))
    assert text.index("One") < text.index("Two")
    assert "error: a.py:1: something is wrong\n      fix: put it right\n           do it" in text
    assert "errors: 1, warnings: 0, skipped: 0.  A release is blocked." in text
    assert text.endswith("next: python run.py preflight --fix")
    by_hand = Finding("error", "two words differ", "make them equal")
    looked = "\n".join(lines_of(Report((CheckResult(check("c"), (by_hand,)),))))
    assert "python run.py preflight --only c" in looked  # an edit is the remedy, so the command looks again
    calm = "\n".join(lines_of(Report((CheckResult(check("a")),))))
    assert "next:" not in calm


def test_a_warning_does_not_block() -> None:
    report = Report((CheckResult(check("a"), (replace(ERROR, severity="warning"),)),))
    assert not report.blocks_release
    assert report.as_json()["checks"][0]["findings"][0]["severity"] == "warning"


def test_the_log_of_releases_names_every_check_in_korean() -> None:
    assert [check.id for check in CHECKS if not re.search("[가-힣]", check.title_ko)] == []
    assert logged(check("pins"), "torch differs") == "pins의 제목 · pins: torch differs"
