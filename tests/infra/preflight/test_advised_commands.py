"""Every command that the product advises can be typed: only Python and git are on every user's PATH."""

import ast
import re
from pathlib import Path

import pytest

from infra.platforms.programs import modal, plain, wrangler
from infra.settings import ROOT
from tests.infra.release.rehearsal import Rehearsal

BARE = re.compile(r"(?<!run\.py )\b(npx \w+|modal (app|billing|deploy|environment|run|secret|token|volume|workspace) )")


def spoken(path: Path) -> list[str]:
    """The texts of a module that are no docstrings; the parts of an f-string as one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent | inner:
            found.append(node.value)
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "python run.py" for part in node.values]
            found.append("".join(str(part) for part in parts))
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "infra").rglob("*.py")), ids=lambda path: path.stem)
def test_no_advice_names_a_program_that_only_this_environment_has(path: Path) -> None:
    assert [text for text in spoken(path) if BARE.search(f"{text} ")] == []


def test_a_command_is_shown_as_a_verb() -> None:
    assert plain([*modal(), "secret", "list"]) == "python run.py modal secret list"
    assert plain([*wrangler(), "pages", "secret", "list"]) == "python run.py wrangler pages secret list"


@pytest.mark.parametrize(("program", "words"), [("modal", "modal client version"), ("wrangler", "4.")])
def test_the_verb_hands_the_rest_over_as_it_is(rehearsal: Rehearsal, program: str, words: str) -> None:
    code, output = rehearsal.infra(program, "--version")
    assert code == 0, output
    assert words in output.lower()
    code, output = rehearsal.infra(program, "no-such-command", "-x", "--env", "y")
    assert code != 0
    assert "no-such-command" in output


def test_the_readme_names_the_pythons_that_run_py_takes() -> None:
    from tests.infra.test_run import load

    run = load(ROOT / "run.py")
    oldest, newest = (".".join(str(part) for part in version) for version in (run.OLDEST_PYTHON, run.NEWEST_PYTHON))
    assert f"Python, {oldest} to {newest}" in (ROOT / "README.md").read_text(encoding="utf-8")
