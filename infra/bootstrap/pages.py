"""The Pages project, which Cloudflare builds from GitHub: creates it, or corrects its settings."""

from typing import Any

from cloudflare import CloudflareError

from infra.language import localized
from infra.platforms.cloudflare_account import Account
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.platforms.pages import BUILD, built_branches, project_state
from infra.process.shell import InfraError, ProgramError

PAGES_APP = "https://github.com/apps/cloudflare-workers-and-pages/installations/new"
"""Where GitHub lets Cloudflare read repositories."""


def make_project(account: Account) -> str:
    """Creates the project with its GitHub source, which cannot be added later, or corrects an existing project."""
    target = account.ground.target
    wanted: dict[str, Any] = {
        "name": target.pages_project,
        "production_branch": built_branches(account.ground)["production_branch"],
        "build_config": BUILD,
        "source": github_source(account.ground),
    }
    if project_state(account) != "missing":
        account.client.pages.projects.edit(target.pages_project, account_id=account.id, **wanted)
        return localized(ko="설정을 바로잡았어요", en="settings corrected")
    try:
        account.client.pages.projects.create(account_id=account.id, **wanted)
    except CloudflareError as error:
        raise InfraError(
            localized(ko=f"Cloudflare가 프로젝트를 거절해요: {error}", en=f"Cloudflare refuses the project: {error}"),
            localized(
                ko=f"Cloudflare에 저장소 읽기를 허용해 주세요: {PAGES_APP}. 그다음 setup-account를 다시 돌려 주세요",
                en=f"let Cloudflare read the repository: {PAGES_APP}. Then run setup-account again",
            ),
        ) from error
    return "created"


def github_source(ground: Ground) -> dict[str, Any]:
    """The repository that Pages builds from, read from an https or ssh address. Raises InfraError when it is not on
    GitHub."""
    remote = ground.target.remote
    try:
        # As it is written: git may fetch it from elsewhere (url.<base>.insteadOf).
        address = git(ground.root, "config", "--get", f"remote.{remote}.url").strip()
    except ProgramError:
        address = ""
    host, _, path = address.removeprefix("https://").removeprefix("git@").replace(":", "/", 1).partition("/")
    owner, _, name = path.removesuffix(".git").partition("/")
    if host != "github.com" or not name:
        raise InfraError(
            localized(
                ko=f"원격 저장소 {remote} 주소가 {address or '-'}인데, Pages는 GitHub에서만 빌드해요",
                en=f"the remote {remote} is {address or '-'}, but Pages builds from GitHub only",
            ),
            localized(
                ko=f"git remote add {remote} https://github.com/<owner>/<name>.git 명령을 돌리고 "
                "푸시한 다음 setup-account를 다시 돌려 주세요",
                en=f"git remote add {remote} https://github.com/<owner>/<name>.git, push to it, then run setup-account "
                "again",
            ),
        )
    config = {"owner": owner, "repo_name": name, "deployments_enabled": True, **built_branches(ground)}
    return {"type": "github", "config": config}
