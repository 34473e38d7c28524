"""The Pages project, which Cloudflare builds from GitHub: whether it is there and as wanted, and how it is made."""

from typing import Any

from cloudflare import CloudflareError, NotFoundError

from infra.bootstrap.thing import Account
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.process.shell import InfraError, ProgramError

BUILD_COMMAND = "python run.py build"


BUILD = {"build_command": BUILD_COMMAND, "destination_dir": "frontend/dist", "root_dir": ""}


def project_state(account: Account) -> str:
    target = account.ground.target
    try:
        project = account.client.pages.projects.get(target.pages_project, account_id=account.id)
    except NotFoundError:
        return "missing"
    if target.name == "production" and project.production_branch != target.branch:
        return f"its production branch is {project.production_branch}"
    found = project.build_config.to_dict() if project.build_config is not None else {}
    wrong = [f"{name} is {found.get(name)!r}" for name, value in BUILD.items() if (found.get(name) or "") != value]
    return "; ".join(wrong)


def make_project(account: Account) -> str:
    """A project that Pages builds from GitHub: one that is made without a source can never get one."""
    target = account.ground.target
    if project_state(account) != "missing":
        branch = {"production_branch": target.branch} if target.name == "production" else {}
        wanted = {"build_config": BUILD, **branch}
        account.client.pages.projects.edit(target.pages_project, account_id=account.id, **wanted)  # type: ignore[arg-type]
        return "builds as wanted now"
    wanted: dict[str, Any] = {
        "name": target.pages_project,
        "production_branch": target.branch,
        "build_config": BUILD,
        "source": github_source(account.ground),
    }
    try:
        account.client.pages.projects.create(account_id=account.id, **wanted)
    except CloudflareError as error:
        raise InfraError(
            f"Cloudflare refuses the project: {error}",
            "only a person can let Cloudflare see the repository: in its dashboard, Workers & Pages, create a Pages "
            "project, connect to Git, choose the repository. Then run bootstrap again",
        ) from error
    return "made"


def github_source(ground: Ground) -> dict[str, Any]:
    """The repository that Pages builds from; its address may be of either kind. Raises InfraError when it is not on
    GitHub."""
    remote = ground.target.remote
    try:
        address = git(ground.root, "remote", "get-url", remote).strip()
    except ProgramError:
        address = ""
    host, _, path = address.removeprefix("https://").removeprefix("git@").replace(":", "/", 1).partition("/")
    owner, _, name = path.removesuffix(".git").partition("/")
    if host != "github.com" or not name:
        raise InfraError(
            f"the remote {remote} is {address or 'not set'}, and Pages builds from GitHub",
            f"git remote add {remote} https://github.com/<owner>/<name>.git, push to it, then run bootstrap again",
        )
    config = {"owner": owner, "repo_name": name, "production_branch": ground.target.branch, "deployments_enabled": True}
    return {"type": "github", "config": config}
