"""Windows, as far as it can be told elsewhere: what is imported where, what replaces a file, and what CI runs there.

`python run.py check` types the code once more as Windows sees it. The launcher has a test of its own.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.process.put_in_place import put_in_place
from infra.settings import ROOT
from infra.setup.folder import LONGEST_INSTALLED, ROOM, WINDOWS_LIMIT
from tests.infra.test_guides import WITHOUT_ACCOUNTS
from tests.infra.test_windows_launcher import faults

ONLY_ELSEWHERE = {"curses", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "termios", "tty"}
"""Modules of the standard library that Windows lacks."""
LEFT_OUT_THERE = {"tests/infra/bootstrap/terminal.py"}
"""What only tests import that are not collected on Windows (tests/infra/conftest.py)."""
ASKS = re.compile(r"\b(sys\.platform|os\.name)\b")
FOLDERS = ("gpu", "infra", "tools", "tests")
SOURCES = [ROOT / "run.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))


def imported_everywhere(nodes: list[ast.stmt]) -> Iterator[str]:
    """Modules that are imported whatever the system: outside functions, and outside an `if` that asks for it."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.If) and ASKS.search(ast.unparse(node.test)):
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imported_everywhere([each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)])


def test_no_module_needs_what_windows_lacks_to_be_imported() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): lacking
        for path in SOURCES
        if (lacking := set(imported_everywhere(ast.parse(path.read_text(encoding="utf-8")).body)) & ONLY_ELSEWHERE)
    }
    assert found.keys() == LEFT_OUT_THERE


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import fcntl", ["fcntl"]),
        ("class A:\n    import pty", ["pty"]),
        ("try:\n    import resource\nexcept ImportError:\n    pass", ["resource"]),
        ("if sys.platform != 'win32':\n    import fcntl", []),
        ("def late():\n    import fcntl", []),
    ],
)
def test_an_import_outside_a_question_for_the_system_is_noticed(code: str, found: list[str]) -> None:
    assert list(imported_everywhere(ast.parse(code).body)) == found


def test_a_file_that_another_program_holds_for_a_moment_is_replaced(tmp_path: Path) -> None:
    fresh, path = tmp_path / "새 파일.new", tmp_path / "새 파일"
    path.write_text("old", encoding="utf-8")
    fresh.write_text("new", encoding="utf-8")
    refusals = iter([True, True, False])

    def replace(source: Path, target: Path) -> None:
        if next(refusals):
            raise PermissionError(13, "Access is denied", str(target), 5)
        source.replace(target)

    put_in_place(fresh, path, replace=replace, patience_seconds=60.0)
    assert path.read_text(encoding="utf-8") == "new" and not fresh.exists()


def test_a_file_that_stays_held_is_reported(tmp_path: Path) -> None:
    def refuse(_source: Path, target: Path) -> None:
        raise PermissionError(13, "Access is denied", str(target), 5)

    with pytest.raises(PermissionError, match="x"):
        put_in_place(tmp_path / "x.new", tmp_path / "x", replace=refuse, patience_seconds=0)
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "gone", tmp_path / "x")


def test_ci_runs_the_guides_commands_on_windows_in_a_long_folder_with_hangul_and_spaces() -> None:
    """In Korean, by the launcher and without it. A runner of GitHub has the checkout twice in its path."""
    job = WORKFLOW["jobs"]["launcher"]
    assert job["strategy"]["matrix"]["shell"] == ["powershell", "pwsh"]
    folder = job["defaults"]["run"]["working-directory"]
    assert re.search("[가-힣]", folder) and " " in folder
    root = f"D:\\a\\clipwright\\clipwright\\{folder}"
    assert ROOM - 10 < len(root) <= ROOM
    assert WINDOWS_LIMIT - 10 < len(root) + LONGEST_INSTALLED <= WINDOWS_LIMIT
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert all(script.startswith("chcp 949\n") for script in scripts)
    by_launcher = " ".join(script for script in scripts if "clipwright.ps1" in script)
    alone = " ".join(script for script in scripts if "clipwright.ps1" not in script)
    for command in ("demo --once", *WITHOUT_ACCOUNTS):
        assert f"clipwright.ps1 {command} --lang ko" in by_launcher
        assert f"python run.py {command} --lang ko" in alone


def test_no_step_of_a_powershell_job_needs_a_newer_one() -> None:
    scripts = [step["run"] for step in WORKFLOW["jobs"]["launcher"]["steps"] if "run" in step]
    assert [fault for script in scripts for fault in faults(script)] == []
