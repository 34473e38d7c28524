"""What a check is and what it may say before a release.

A check is a value with two halves: `probe` asks the world and returns facts, `evaluate` turns facts into findings and
does no I/O, so its findings can be tested without an account. This module knows no particular check and prints nothing,
and it needs nothing of ours but what a broken checkout is examined with.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

from infra.platforms.ground import Ground

Severity = Literal["error", "warning"]
Facts = TypeVar("Facts")

PROBE_LIMIT_SECONDS = 90.0
"""A probe that has not answered by then is a finding; wrangler and modal take seconds, a slow network some more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check saw. `fix` is the remedy in words, `commands` the same to paste; never a secret."""

    severity: Severity
    message: str
    fix: str
    commands: tuple[str, ...] = ()
    where: str | None = None
    """A path inside the checkout, with `:line` where there is one."""
    link: str | None = None
    mendable: bool = False
    """True when `preflight --fix` can do it."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts]):
    """One check. `needs` is "network" for what cannot be asked offline; `mend` touches local files alone."""

    id: str
    group: str
    title: str
    """What it makes sure of, for the screen."""
    title_ko: str
    """What it looks at, in Korean, for the log of releases that owner-operators read."""
    probe: Callable[[Ground], Facts]
    evaluate: Callable[[Facts], Sequence[Finding]]
    needs: Literal["nothing", "network"] = "nothing"
    mend: Callable[[Ground, Sequence[Finding]], Sequence[str]] | None = None
    """Mends what it can of the findings given; returns the paths inside the checkout that it changed."""
    limit_seconds: float = PROBE_LIMIT_SECONDS
    of_the_tree: bool = False
    """Judges what a contributor edits, within seconds and for everybody: it needs no account, key, remote or date.
    `python run.py check` runs it too, before the push."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one check. `skipped` holds the reason when it was not asked."""

    check: Check[Any]
    findings: tuple[Finding, ...] = ()
    skipped: str | None = None

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """All results in the fixed order, and what `--fix` changed: check id and path."""

    results: tuple[CheckResult, ...]
    mended: tuple[tuple[str, str], ...] = ()

    @property
    def errors(self) -> int:
        return sum(result.count("error") for result in self.results)

    @property
    def warnings(self) -> int:
        return sum(result.count("warning") for result in self.results)

    @property
    def skipped(self) -> int:
        return sum(result.skipped is not None for result in self.results)

    @property
    def blocks_release(self) -> bool:
        return self.errors > 0

    def as_json(self) -> dict[str, Any]:
        """The findings for a program: every check with its state, findings only where there are some."""
        return {
            "errors": self.errors,
            "warnings": self.warnings,
            "skipped": self.skipped,
            "mended": [{"check": check, "path": path} for check, path in self.mended],
            "checks": [
                {
                    "id": result.check.id,
                    "group": result.check.group,
                    "title": result.check.title,
                    "title_ko": result.check.title_ko,
                    "skipped": result.skipped,
                    "findings": [asdict(finding) for finding in result.findings],
                }
                for result in self.results
            ],
        }


def logged(check: Check[Any], message: str) -> str:
    """A finding as the log of releases keeps it: what was looked at in Korean, the check's id, what it saw."""
    return f"{check.title_ko} · {check.id}: {message}"
