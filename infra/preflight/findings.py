"""The types of preflight: a check, its findings, a report.

A check has two functions. `probe` reads files, accounts and programs, and returns facts. `evaluate` turns facts into
findings without I/O, so that it can be tested without an account. This module knows no particular check and prints
nothing. It imports little, because preflight must also start in a broken checkout.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

from infra.language import language
from infra.platforms.ground import Ground

Severity = Literal["error", "warning"]
Facts = TypeVar("Facts")

GROUPS_KO = {
    "Model": "모델",
    "Files": "파일",
    "Encoding": "글자",
    "Dependencies": "의존성",
    "Contract": "주고받는 형식",
    "First release": "첫 배포",
    "Cloudflare": "Cloudflare",
    "Modal": "Modal",
    "Access": "접근",
    "Secrets": "비밀값",
    "Git": "Git",
    "Money": "돈",
    "Legal": "법과 표시",
}
"""The groups of the screen in Korean."""
PROBE_LIMIT_SECONDS = 90.0
"""A probe that takes longer becomes a finding. wrangler and modal take seconds, more on a slow network."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that a check found. `fix` is the remedy in words, `commands` the same to paste. Contains no secrets."""

    severity: Severity
    message: str
    fix: str
    commands: tuple[str, ...] = ()
    where: str | None = None
    """A path inside the checkout, with `:line` if known."""
    link: str | None = None
    mendable: bool = False
    """True when `preflight --fix` can correct it."""


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts]):
    """One check. `needs` is "network" if it cannot run offline. `mend` changes local files only."""

    id: str
    group: str
    title: str
    """The condition that it verifies, in English."""
    title_ko: str
    """The same in Korean. The log of releases has it in any case."""
    probe: Callable[[Ground], Facts]
    evaluate: Callable[[Facts], Sequence[Finding]]
    needs: Literal["nothing", "network"] = "nothing"
    mend: Callable[[Ground, Sequence[Finding]], Sequence[str]] | None = None
    """Corrects the given findings where it can; returns the changed paths inside the checkout."""
    limit_seconds: float = PROBE_LIMIT_SECONDS
    of_the_tree: bool = False
    """Whether `python run.py check` runs it too. Such a check judges files within seconds, and needs no account, key,
    remote or date."""

    @property
    def shown_title(self) -> str:
        """The condition in the language of the terminal."""
        return self.title_ko if language() == "ko" else self.title

    @property
    def shown_group(self) -> str:
        return GROUPS_KO[self.group] if language() == "ko" else self.group


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `skipped` holds the reason when it did not run."""

    check: Check[Any]
    findings: tuple[Finding, ...] = ()
    skipped: str | None = None

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """All results in the fixed order, and the changes of `--fix`: check id and path."""

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
        """The report for a program: every check with its state and its findings."""
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
