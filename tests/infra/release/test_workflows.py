"""The workflows: actions pinned by commit, no more rights than a job needs, no message pasted into a shell line."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RIGHTS = {"ci": {"contents": "read"}, "deploy": {"contents": "write"}}


def parsed(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_with_their_tag_beside(path: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert used
    assert [name for name, note in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) or " # v" not in note] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_has_the_rights_it_needs_and_no_others(path: Path) -> None:
    workflow = parsed(path)
    assert workflow["permissions"] == {}
    rights = [job["permissions"] for job in workflow["jobs"].values()]
    assert rights == [RIGHTS[path.stem]] * len(rights)
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_expression_is_pasted_into_a_shell_line(path: Path) -> None:
    lines = [step["run"] for job in parsed(path)["jobs"].values() for step in job["steps"] if "run" in step]
    assert lines
    assert [line for line in lines if "${{" in line] == []


def test_a_release_from_github_is_asked_for_and_is_the_operators_verb() -> None:
    job = parsed(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]["deploy"]
    assert job["if"] == "vars.CLIPWRIGHT_RELEASES_FROM == 'github'"
    assert [step["run"] for step in job["steps"] if "run" in step] == [
        'python run.py deploy --env production --why "$WHY"'
    ]
