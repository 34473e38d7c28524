"""The Pages project, which Cloudflare builds from GitHub: creates it, or corrects its settings."""

from typing import Any

from cloudflare import CloudflareError

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
        return "settings corrected"
    try:
        account.client.pages.projects.create(account_id=account.id, **wanted)
    except CloudflareError as error:
        raise InfraError(
            f"Cloudflare refuses the project: {error}",
            f"let Cloudflare read the repository: {PAGES_APP}. Then run setup-account again",
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
            f"the remote {remote} is {address or 'not set'}, but Pages builds from GitHub only",
            f"git remote add {remote} https://github.com/<owner>/<name>.git, push to it, then run setup-account again",
        )
    config = {"owner": owner, "repo_name": name, "deployments_enabled": True, **built_branches(ground)}
    return {"type": "github", "config": config}
