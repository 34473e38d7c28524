"""Accounts that refuse requests, fail or lack a feature: bootstrap creates the other resources and explains each error.

If a query fails, its resource counts neither as present nor as missing.
"""

import json
import os
from typing import Any

import httpx
import pytest

from infra.bootstrap.person import needs
from infra.bootstrap.plan import Compared, compare, make, make_each, resources
from infra.platforms.pages import BUILD, BUILD_COMMAND, built_branches
from infra.platforms.programs import STAND_INS
from infra.preflight.checks import pages_project
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from tests.infra.bootstrap.test_bootstrap import (
    API,
    EVERYTHING,
    Cloud,
    account_of,
    cloud,
    good,
    resource_of,
)
from tests.infra.release.rehearsal import Rehearsal, git

__all__ = ["cloud"]  # a fixture


def refused(status: int, code: int, message: str) -> httpx.Response:
    error = {"code": code, "message": message}
    return httpx.Response(status, json={"success": False, "errors": [error], "messages": [], "result": None})


def compared(rehearsal: Rehearsal) -> dict[str, Compared]:
    return {found.resource.name: found for found in compare(resources(account_of(rehearsal)))}


def test_a_git_without_an_author_is_named_first_with_what_to_type(
    another: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    ground = ground_of(another.root, "production")
    author = needs(ground)[0]
    assert author.use(ground) == "연습 <rehearsal@example.invalid>"
    for name in ("user.name", "user.email"):
        git(another.root, "config", "--unset", name)
    with pytest.raises(InfraError, match="no name and address") as caught:
        author.use(ground)
    assert all(line in caught.value.fix for line in author.how)
    git(another.root, "config", "user.name", "홍길동")
    git(another.root, "config", "user.email", "gildong@example.invalid")
    assert author.use(ground) == "홍길동 <gildong@example.invalid>"


def test_without_zero_trust_all_else_is_made_and_committed(
    another: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STAND_INS, str(another.programs))
    git(another.root, "remote", "add", "origin", "https://github.com/someone/clipwright.git")
    answer = refused(403, 9999, "access.api.error.not_enabled")
    cloud.router.get(f"{API}/access/apps").mock(return_value=answer)
    found = compared(another)
    assert tuple(found) == EVERYTHING
    troubles = {name: each.trouble for name, each in found.items() if each.trouble}
    assert set(troubles) == {name for name in EVERYTHING if name.startswith("access")}
    for trouble in troubles.values():
        assert trouble is not None and "Zero Trust" in str(trouble) and "dashboard" in trouble.fix
        assert "TOKEN" not in trouble.fix
    head = another.head()
    made = list(make_each(another.root, "production", [name for name, each in found.items() if each.state]))
    assert [name for name, _, trouble in made if trouble] == []
    assert cloud.made == ["bucket", "cors", "lifecycle", "database", "project"]
    # The next preflight wants a tree without changes.
    assert git(another.root, "status", "--porcelain").strip() == ""
    committed = git(another.root, "diff", "--name-only", head, "HEAD").split()
    assert committed == ["functions/_sweeper/wrangler.toml", "infra/targets.toml", "wrangler.toml"]


def test_somebodys_unfinished_change_is_not_committed(
    another: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cloud
    monkeypatch.setenv(STAND_INS, str(another.programs))
    another.set_cap(60)
    head = another.head()
    list(make_each(another.root, "production", ["site-url"]))
    assert another.head() == head
    assert "clipwright.pages.dev" in another.read("infra/targets.toml")


def test_one_thing_that_cannot_be_made_keeps_no_other_from_it(
    another: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STAND_INS, str(another.programs))
    cloud.router.post(f"{API}/d1/database").mock(return_value=refused(500, 1, "later"))
    made = {name: trouble for name, _, trouble in make_each(another.root, "production", ["database", "bucket"])}
    assert made["database"] is not None and made["bucket"] is None
    assert cloud.made == ["bucket"]


@pytest.mark.parametrize(
    ("resource", "route", "answer", "words", "fix"),
    [
        ("bucket", "r2/buckets", (403, 10042, "Please enable R2 through the Cloudflare Dashboard."), "R2", "R2 >"),
        ("sweeper-url", "workers/subdomain", (404, 10007, "You do not have a workers.dev subdomain."), "workers.dev",
         "choose a subdomain"),
        ("r2-token", "tokens/permission_groups", (403, 9109, "Unauthorized"), "refuses", "Account API Tokens: Edit"),
        ("database", "d1/database", (401, 10000, "Authentication error"), "refuses", "D1: Edit"),
        ("bucket", "r2/buckets", (502, 0, "bad gateway"), "reports an error", "message"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_a_person_must_switch_on_or_allow(
    rehearsal: Rehearsal, cloud: Cloud, resource: str, route: str, answer: tuple[int, int, str], words: str, fix: str
) -> None:
    cloud.router.get(f"{API}/{route}").mock(return_value=refused(*answer))
    wanted = resource_of(rehearsal, resource)
    with pytest.raises(InfraError) as caught:
        list(asked_or_made(wanted))
    assert words in str(caught.value)
    assert fix in caught.value.fix


def asked_or_made(resource: Any) -> Any:
    (found,) = compare((resource,))
    if found.trouble:
        raise found.trouble
    yield make(resource)


def test_a_connection_that_fails_is_no_refusal(rehearsal: Rehearsal, cloud: Cloud) -> None:
    cloud.router.get(f"{API}/r2/buckets").mock(side_effect=httpx.ConnectError("Connection refused"))
    (found,) = compare((resource_of(rehearsal, "bucket"),))
    assert found.trouble is not None
    assert "cannot be reached" in str(found.trouble) and "Connection refused" in str(found.trouble)
    assert "token" not in found.trouble.fix.lower()


def test_a_gpu_service_that_cannot_be_asked_about_is_not_deployed_over(rehearsal: Rehearsal, cloud: Cloud) -> None:
    del cloud
    rehearsal.break_when("modal")
    (found,) = compare((resource_of(rehearsal, "gpu-service"),))
    rehearsal.break_when("")
    assert found.trouble is not None and "cannot be queried" in str(found.trouble)


def test_a_project_that_was_made_by_hand_gets_its_build_command(rehearsal: Rehearsal, cloud: Cloud) -> None:
    git(rehearsal.root, "remote", "add", "origin", "https://github.com/someone/clipwright.git")
    cloud.has["project"] = {"name": "clipwright", "production_branch": "main", "build_config": {"build_command": ""}}
    resource = resource_of(rehearsal, "pages-project")
    assert "build_command is ''" in resource.state()
    assert "production_branch is 'main'" in resource.state()
    edits: list[dict[str, Any]] = []

    def edit(request: httpx.Request) -> httpx.Response:
        edits.append(json.loads(request.content))
        return good(cloud.has["project"])

    cloud.router.patch(f"{API}/pages/projects/clipwright").mock(side_effect=edit)
    make(resource)
    assert edits[0]["build_config"]["build_command"] == BUILD_COMMAND
    assert edits[0]["production_branch"] == "live"
    config = edits[0]["source"]["config"]
    assert (config["production_branch"], config["preview_deployment_setting"]) == ("live", "custom")
    assert (config["preview_branch_includes"], config["owner"]) == (["live-preview"], "someone")
    # As it is with what was sent, nothing is left to be changed.
    cloud.has["project"] |= edits[0]
    assert resource.state() == ""


def test_a_tiny_rehearsal_asks_for_no_hub(another: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    del cloud
    monkeypatch.setenv(STAND_INS, str(another.programs))
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(InfraError, match="HF_TOKEN"):
        make(resource_of(another, "huggingface"))
    another.change("infra/targets.toml", 'checkpoint = "ltx-2-19b"', 'checkpoint = "tiny-trained"')
    assert "empty" in make(resource_of(another, "huggingface"))
    assert "HF_TOKEN" not in {need.name for need in needs(ground_of(another.root, "production"))}


def test_a_project_that_builds_what_people_push_to_blocks_a_release(rehearsal: Rehearsal, cloud: Cloud) -> None:
    """The site would be built before its schema is applied."""
    ground = ground_of(rehearsal.root, "production")
    build = {"build_config": BUILD, "source": {"type": "github", "config": built_branches(ground)}}
    cloud.has["project"] = {"name": "clipwright", "production_branch": "live", **build}
    assert pages_project.evaluate(pages_project.probe(ground)) == []
    cloud.has["project"]["production_branch"] = "main"
    (finding,) = pages_project.evaluate(pages_project.probe(ground))
    assert (finding.severity, finding.commands) == ("error", ("python run.py setup-account --env production",))
    assert "production_branch is 'main'" in finding.message
