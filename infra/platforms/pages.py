"""Calls to Pages: builds the newest commit again, serves an earlier deployment again, compares the project's settings.

It does not know what is in a commit, and it does not wait for a build.
"""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from cloudflare import NotFoundError

from infra.language import localized
from infra.platforms.cloudflare_account import Account
from infra.platforms.ground import Ground
from infra.platforms.targets import Target, load
from infra.process.shell import InfraError

if TYPE_CHECKING:
    from cloudflare import Cloudflare

Answered = TypeVar("Answered")


def build(target: Target) -> str:
    """Starts a build of the branch that Pages builds; returns the deployment's id. Raises InfraError when Cloudflare
    refuses or does not answer."""
    made = ask(
        lambda client, account: client.pages.projects.deployments.create(
            target.pages_project, account_id=account, branch=target.live_branch
        ),
        localized(ko="Pages가 이 커밋을 빌드하지 않겠다고 해요", en="Pages refuses to build the commit"),
        localized(
            ko="Cloudflare 대시보드에서 Retry deployment를 눌러 주세요",
            en="choose Retry deployment in Cloudflare's dashboard",
        ),
    )
    return made.id if made else ""


def wait_until_deployed(target: Target, deployment: str, *, limit_seconds: float, pause_seconds: float) -> None:
    """Returns when a deployment is live. Raises InfraError when its build fails or takes longer than the limit."""
    logs = localized(
        ko="Cloudflare 대시보드의 빌드 로그를 읽은 다음 다시 돌려 주세요",
        en="read its build log in Cloudflare's dashboard, then run this again",
    )
    deadline = time.monotonic() + limit_seconds
    while True:
        found = ask(
            lambda client, account: client.pages.projects.deployments.get(
                deployment, account_id=account, project_name=target.pages_project
            ),
            localized(
                ko=f"Pages가 배포 {deployment}의 상태를 알려 주지 않아요",
                en=f"Pages does not say how the deployment {deployment} goes",
            ),
            logs,
        )
        stage = found.latest_stage if found else None
        if stage and (stage.name, stage.status) == ("deploy", "success"):
            return
        if stage and stage.status in ("failure", "canceled"):
            raise InfraError(
                localized(
                    ko=f"Pages가 {deployment} 배포에 실패했어요: {stage.name} {stage.status}",
                    en=f"Pages could not deploy {deployment}: {stage.name} {stage.status}",
                ),
                logs,
            )
        if time.monotonic() + pause_seconds > deadline:
            raise InfraError(
                localized(
                    ko=f"배포 {deployment}: {limit_seconds:g}초가 지나도 올라오지 않았어요",
                    en=f"the deployment {deployment} is not live after {limit_seconds:g} s",
                ),
                logs,
            )
        time.sleep(pause_seconds)


def serve(target: Target, deployment: str) -> None:
    """Serves an earlier deployment again, at once. Raises InfraError when Cloudflare refuses or does not answer."""
    ask(
        lambda client, account: client.pages.projects.deployments.rollback(
            deployment, account_id=account, project_name=target.pages_project
        ),
        localized(ko="Pages가 되돌리지 않겠다고 해요", en="Pages refuses to roll back"),
        localized(
            ko="Cloudflare 대시보드에서 되돌릴 배포를 골라 주세요", en="choose a deployment in Cloudflare's dashboard"
        ),
    )


def ask(question: "Callable[[Cloudflare, str], Answered]", refusal: str, fix: str) -> "Answered":
    from cloudflare import Cloudflare, CloudflareError

    account = os.environ.get("CLOUDFLARE_ACCOUNT_ID", "")
    if not account or not os.environ.get("CLOUDFLARE_API_TOKEN"):
        raise InfraError(
            localized(
                ko="CLOUDFLARE_API_TOKEN과 CLOUDFLARE_ACCOUNT_ID가 둘 다 있어야 해요",
                en="CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are not both set",
            ),
            localized(ko="둘 다 넣고 다시 돌려 주세요", en="set them, then run it again"),
        )
    try:
        return question(Cloudflare(max_retries=2), account)
    except CloudflareError as error:
        raise InfraError(f"{refusal}: {error}", fix) from error


BUILD_COMMAND = "python run.py build"


BUILD = {"build_command": BUILD_COMMAND, "destination_dir": "frontend/dist", "root_dir": ""}


def project_state(account: Account) -> str:
    target = account.ground.target
    try:
        project = account.client.pages.projects.get(target.pages_project, account_id=account.id)
    except NotFoundError:
        return "missing"
    wanted, config = built_branches(account.ground), project.build_config.to_dict() if project.build_config else {}
    source = project.source.config.to_dict() if project.source and project.source.config else {}
    found = [("production_branch", project.production_branch, wanted["production_branch"])]
    found += [(name, config.get(name) or "", value) for name, value in BUILD.items()]
    found += [(name, source.get(name), value) for name, value in wanted.items()]
    return "; ".join(
        dict.fromkeys(
            localized(ko=f"{name} 값이 {has!r}", en=f"{name} is {has!r}") for name, has, value in found if has != value
        )
    )


def built_branches(ground: Ground) -> dict[str, Any]:
    """The branches that Pages builds: only those that releases move, so that a plain push does not release."""
    rows = [row for row in load(ground.root).values() if row.pages_project == ground.target.pages_project]
    return {
        "production_branch": next(row.live_branch for row in rows if row.name == "production"),
        "production_deployments_enabled": True,
        "preview_deployment_setting": "custom",
        "preview_branch_includes": [row.live_branch for row in rows if row.name != "production"],
        "preview_branch_excludes": [],
    }
