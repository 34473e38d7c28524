"""The steps of `check` (linters, type checkers, import rules, preflight's checks of files) and the suites of `test`.

Each step is one tool with its settings from the repository. This module knows the command lines and their order (fast
ones first), and not what the tools check.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra import console
from infra.build.render import stale
from infra.build.site import build
from infra.dev.browser import ensure_chromium
from infra.dev.edge_config import migrated_database
from infra.dev.typescript_tests import run_typescript_tests
from infra.language import localized
from infra.platforms.node import node, tool
from infra.preflight.runner import Request, lines_of_check, report_of
from infra.process.shell import capture, passthrough
from infra.settings import ROOT

STEP_LIMIT_SECONDS = 600
SIDE_BY_SIDE = ("--numprocesses=logical", "--dist=loadgroup", "--no-loadscope-reorder", "--durations=20")
"""A worker a core. `tests/conftest.py` says which tests stay together, and which come first."""
QUICK_TESTS = (
    "tests/contract",
    "tests/gpu/core/test_geometry.py",
    "tests/gpu/core/test_container_images.py",
    "tests/gpu/core/test_presets.py",
    "tests/gpu/core/test_problems.py",
    "tests/gpu/core/test_pricing.py",
    "tests/gpu/core/test_placement.py",
    "tests/gpu/core/test_memory.py",
    "tests/infra/preflight/test_checks.py",
    "tests/infra/release/test_reflection.py",
    "tests/infra/test_language.py",
    "tests/infra/test_windows_launcher.py",
    "tests/infra/release/test_workflows.py",
    "tests/infra/build/test_render.py",
    "tests/infra/process/test_shell.py",
    "tests/infra/build/test_site.py",
    "tests/infra/cli/test_sizing.py",
    "tests/infra/platforms/test_site_client.py",
    "tests/infra/process/test_waiting.py",
    "tests/test_rules.py",
)
"""Tests without torch, wrangler and browser; a minute on two cores."""
TYPESCRIPT_TESTS = ("tests/functions", "tests/frontend")
OTHER_SYSTEM = "Linux" if sys.platform == "win32" else "Windows"
"""A call that only one system has (`os.kill`, `ctypes.windll`) must stand where that system is asked for."""
PYTHON_FOLDERS = ("run.py", "gpu", "infra", "tests", "tools")


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `run` returns an empty text when it passes, otherwise the text to show."""

    name: str
    run: Callable[[], str]


def all_steps() -> tuple[Step, ...]:
    return (
        Step(localized(ko="형식 (ruff)", en="format (ruff)"), lambda: output_of(ruff("format", "--diff", "--quiet"))),
        Step(localized(ko="파이썬 규칙 (ruff)", en="lint (ruff)"), lambda: output_of(ruff("check", "--quiet"))),
        Step(localized(ko="만들어지는 파일", en="generated files"), stale),
        Step(
            localized(
                ko="파일, 주소, 단가 (preflight의 저장소 점검)",
                en="files, routes, prices (preflight's checks of the tree)",
            ),
            findings_of_the_tree,
        ),
        Step(
            localized(ko="import 규칙 (import-linter)", en="import rules (import-linter)"),
            lambda: output_of([program("lint-imports"), "--no-cache"]),
        ),
        *(
            Step(localized(ko=f"{folder}/의 타입 (tsc)", en=f"types of {folder}/ (tsc)"), partial(types_of, folder))
            for folder in ("functions", "frontend", *TYPESCRIPT_TESTS)
        ),
        Step(localized(ko="TypeScript 규칙 (biome)", en="lint of TypeScript (biome)"), lambda: output_of(biome())),
        Step(localized(ko="스타일 규칙 (stylelint)", en="lint of styles (stylelint)"), lambda: output_of(stylelint())),
        Step(localized(ko="Python의 타입 (pyright)", en="types of Python (pyright)"), lambda: output_of(pyright())),
        Step(
            localized(
                ko=f"{OTHER_SYSTEM}에서 Python의 타입 (pyright)", en=f"types of Python on {OTHER_SYSTEM} (pyright)"
            ),
            lambda: output_of(pyright_elsewhere()),
        ),
    )


def run_steps() -> bool:
    """Runs every step and prints its result. Returns True when all passed."""
    failed: list[str] = []
    for step in all_steps():
        began = time.monotonic()
        findings = step.run()
        if findings:
            failed.append(step.name)
        console.verdict(step.name, passed=not findings, seconds=time.monotonic() - began)
        if findings:
            console.note(findings.rstrip())
    if failed:
        count, names = f"{len(failed)}/{len(all_steps())}", ", ".join(failed)
        console.note(localized(ko=f"실패한 단계 {count}: {names}", en=f"steps that failed, {count}: {names}"))
    return not failed


def run_tests(arguments: list[str]) -> int:
    """The Python suites (which hold the stack and browser tests), then the TypeScript ones. Returns the exit code.

    `arguments` are passed to pytest. With arguments only pytest runs, one test after another.
    """
    chromium = ensure_chromium()
    build()  # before the workers start, because two of them must not write the same site
    migrated_database()  # or each worker would make it
    # torch's threads must not spin while they wait: another worker needs the core.
    environment = {"CLIPWRIGHT_CHROMIUM": str(chromium), "OMP_WAIT_POLICY": "PASSIVE"}
    if arguments:
        return run_pytest(arguments, environment)
    code = run_pytest(SIDE_BY_SIDE, environment)
    return run_typescript_tests() or code


def run_quick_tests() -> int:
    """QUICK_TESTS and the TypeScript ones. Returns the exit code."""
    code = run_pytest(("--quick", *SIDE_BY_SIDE, *QUICK_TESTS), {})
    return run_typescript_tests() or code


def run_drills(arguments: list[str]) -> int:
    """tests/drills, whole, one after another. `arguments` are passed to pytest, as `-k kills` or `--drill-seed 7`."""
    build()
    return run_pytest(("tests/drills", "--drills", *arguments), {"OMP_WAIT_POLICY": "PASSIVE"})


def run_pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    return passthrough([sys.executable, "-X", "utf8", "-m", "pytest", *arguments], cwd=ROOT, env=environment)


def output_of(command: list[str | Path]) -> str:
    finished = capture(command, timeout_seconds=STEP_LIMIT_SECONDS, cwd=ROOT, env={"NO_COLOR": "1"})
    if finished.exit_code == 0:
        return ""
    return finished.output or f"exit code {finished.exit_code}, without output"


def ruff(*arguments: str) -> list[str | Path]:
    folders = [folder for folder in PYTHON_FOLDERS if (ROOT / folder).exists()]
    return [sys.executable, "-m", "ruff", *arguments, *folders]


def findings_of_the_tree(root: Path = ROOT) -> str:
    """The findings of preflight's checks of files, as preflight shows them; empty when none blocks a release."""
    from infra.preflight.checks.registry import TREE_CHECKS

    report = report_of(root, "production", Request(only=tuple(check.id for check in TREE_CHECKS)))
    if not report.blocks_release:
        return ""
    return "\n".join(line for result in report.results if result.findings for line in lines_of_check(result))


def types_of(folder: str) -> str:
    return output_of([node(), tool("typescript", "bin/tsc"), "--project", folder, "--pretty", "false"])


def biome() -> list[str | Path]:
    command: list[str | Path] = [node(), tool("@biomejs/biome", "bin/biome"), "lint", "--config-path=infra"]
    return [*command, "--colors=off", "functions", "frontend", *TYPESCRIPT_TESTS]


def stylelint() -> list[str | Path]:
    command: list[str | Path] = [node(), tool("stylelint", "bin/stylelint.mjs"), "--config=infra/stylelint.json"]
    return [*command, "--no-color", "frontend/styles/**/*.css"]


def pyright() -> list[str | Path]:
    return [node(), tool("pyright", "index.js"), "--pythonpath", sys.executable]


def pyright_elsewhere() -> list[str | Path]:
    folders = [folder for folder in PYTHON_FOLDERS if folder != "tests"]
    return [*pyright(), "--pythonplatform", OTHER_SYSTEM, *folders]


def program(name: str) -> Path:
    """A console script of this environment."""
    return Path(sys.executable).parent / (f"{name}.exe" if os.name == "nt" else name)
