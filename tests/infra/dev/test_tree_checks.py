"""`check` shows the faults in files that would block a release, before a push."""

import re

import pytest

from infra.dev.checks import all_steps, findings_of_the_tree
from infra.preflight.checks import registry
from infra.preflight.checks.registry import CHECKS, TREE_CHECKS
from tests.infra.release.rehearsal import Rehearsal


def test_faults_of_files_are_shown_with_place_and_remedy_and_no_others_are_there(another: Rehearsal) -> None:
    another.write("docs/배포.md", "배포\n", encoding="cp949")
    another.write("infra/planted.py", '"""Planted."""\n\nTEXT = open("x.txt")\n')
    another.change("frontend/src/api.ts", '"/api/uploads"', '"/api/uploadz"')
    shown = findings_of_the_tree(another.root)
    for words in (
        "error: docs/배포.md:1: not UTF-8",
        "error: infra/planted.py:3: open() has no encoding",
        "/api/uploadz, but no file serves it",
        "python run.py preflight --fix --only text-encoding",
    ):
        assert words in shown
    assert "  ok  " not in shown
    assert set(re.findall(r"^  ERROR +([\w-]+):", shown, re.MULTILINE)) == {"text-encoding", "open-encoding", "routes"}


def test_a_tree_without_faults_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two checks of the tree stand for all: what is there is judged above."""
    few = [check for check in TREE_CHECKS if check.id in ("rates", "cost-cap")]
    monkeypatch.setattr(registry, "TREE_CHECKS", tuple(few))
    assert findings_of_the_tree() == ""


def test_what_needs_an_account_or_a_push_is_left_to_preflight() -> None:
    ids = {check.id for check in TREE_CHECKS}
    assert {"text-encoding", "open-encoding", "file-syntax", "routes", "image-imports", "secrets-tree"} <= ids
    assert not ids & {"git-clean", "git-branch", "addresses", "weights-pinned", "secrets-history", "signing-key"}
    assert not any(check.needs == "network" for check in TREE_CHECKS)
    assert len(TREE_CHECKS) < len(CHECKS)


def test_check_has_one_step_for_them() -> None:
    assert [step.run for step in all_steps()].count(findings_of_the_tree) == 1
