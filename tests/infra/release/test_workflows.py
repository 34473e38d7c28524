"""The workflows: actions pinned by commit, no more rights than a job needs, no message pasted into a shell line."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.platforms.cloudflare import SITE
from infra.platforms.live import PROXY_KEYS
from infra.platforms.targets import load
from infra.release import notice
from infra.settings import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RIGHTS = {
    "ci": {"contents": "read"},
    "deploy": {"contents": "write", "statuses": "write"},
    "rollback": {"contents": "write"},
}
RELEASING = ("deploy", "rollback")


def parsed(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_with_their_tag_beside(path: Path) -> None:
    used = re.findall(r"\buses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert used
    assert [name for name, note in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) or " # v" not in note] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_has_the_rights_it_needs_and_no_others(path: Path) -> None:
    jobs = parsed(path)["jobs"].values()
    assert parsed(path)["permissions"] == {}
    rights = [each["permissions"] for each in jobs]
    assert rights == [RIGHTS[path.stem]] * len(rights)
    assert all("timeout-minutes" in each for each in jobs)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_expression_is_pasted_into_a_shell_line(path: Path) -> None:
    lines = [step["run"] for each in parsed(path)["jobs"].values() for step in each["steps"] if "run" in step]
    assert lines
    assert [line for line in lines if "${{" in line] == []


def workflow(name: str) -> dict[Any, Any]:
    return parsed(ROOT / ".github" / "workflows" / f"{name}.yml")


def job(name: str) -> dict[str, Any]:
    return workflow(name)["jobs"][name]


def settings_of(steps: list[dict[str, Any]], action: str) -> dict[str, Any]:
    return next(step.get("with", {}) for step in steps if step.get("uses", "").startswith(f"actions/{action}@"))


def test_a_release_from_github_is_asked_for_and_is_the_operators_verb() -> None:
    """The same verb is the same order, and the same journal."""
    assert job("deploy")["if"] == "vars.CLIPWRIGHT_RELEASES_FROM == 'github'"
    said = {name: [step["run"] for step in job(name)["steps"] if "run" in step] for name in RELEASING}
    assert said == {
        "deploy": ['python run.py deploy --env production --take-lock --why="$WHY"'],
        "rollback": ["python run.py rollback --env production --take-lock"],
    }


@pytest.mark.parametrize("name", RELEASING)
def test_a_release_needs_no_environment_at_github_and_its_end_is_told(name: str) -> None:
    """Nothing sets one up: GitHub would make it without protection, and secrets are the repository's (decision 47)."""
    assert "environment" not in job(name)
    assert notice.VARIABLE in job(name)["steps"][-1]["env"]


def test_a_way_back_is_started_by_hand_and_by_nothing_else() -> None:
    assert list(workflow("rollback")[True]) == ["workflow_dispatch"]  # YAML 1.1 takes the word "on" for true
    assert "workflow_dispatch" in workflow("deploy")[True]


def test_release_and_way_back_never_run_side_by_side_and_are_never_cut_off() -> None:
    groups = [workflow(name)["concurrency"] for name in RELEASING]
    assert groups == [{"group": "release-production", "cancel-in-progress": False}] * 2


@pytest.mark.parametrize("name", RELEASING)
def test_a_release_sees_the_log_of_the_one_before_and_may_push_its_own(name: str) -> None:
    """An event's commit is older than the log that the release before it pushed. The journal of a release is a ref of
    the repository, so the machine has to keep its right to push."""
    checkout = settings_of(job(name)["steps"], "checkout")
    assert (checkout["ref"], checkout["fetch-depth"]) == (load(ROOT)["production"].branch, 0)
    assert checkout.get("persist-credentials", True) is True
    secrets = {"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET", *PROXY_KEYS}
    assert secrets <= set(job(name)["steps"][-1]["env"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_names_an_exact_python(path: Path) -> None:
    pins = [settings_of(each["steps"], "setup-python")["python-version"] for each in parsed(path)["jobs"].values()]
    assert pins and all(re.fullmatch(r"3\.\d+\.\d+", pin) for pin in pins), pins


def test_releases_run_on_the_python_of_pages_which_is_tested() -> None:
    of_pages = tomllib.loads((ROOT / SITE).read_text(encoding="utf-8"))["vars"]["PYTHON_VERSION"]
    builder = workflow("ci")["jobs"]["builder"]
    jobs = [*(job(name) for name in RELEASING), builder]
    assert [settings_of(each["steps"], "setup-python")["python-version"] for each in jobs] == [of_pages] * 3
    (tested,) = [step["run"] for step in builder["steps"] if "run" in step]
    assert "tests/infra/build/test_pages_build.py" in tested.split()
    assert [name for name in tested.split()[3:] if not (ROOT / name).is_file()] == []


def test_the_rest_of_ci_runs_on_one_python() -> None:
    others = [each for name, each in workflow("ci")["jobs"].items() if name != "builder"]
    assert len({settings_of(each["steps"], "setup-python")["python-version"] for each in others}) == 1
