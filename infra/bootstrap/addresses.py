"""The three addresses of an environment: queried from Cloudflare and Modal, and written into the target's row.

The GPU service gets its address from its first deployment, which is made here; releases make the later ones. This
module does not check what an address serves.
"""

import json
from typing import Any

import tomlkit

from infra.bootstrap.resource import Resource
from infra.bootstrap.secret_stores import put_to_edge, site_state, sweeper_state
from infra.language import localized
from infra.platforms import accounts, modal_apps
from infra.platforms.cloudflare_account import Account
from infra.platforms.commit_name import SHORT
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, json_part, modal, run
from infra.platforms.targets import FILE
from infra.process.shell import InfraError
from infra.release.gpu_side import container_environment, deploy_command, row_at, uncommitted
from infra.release.release_context import MODAL_SECONDS

WEB_FUNCTION = "web"
"""The function in gpu/serve/modal/app.py that has a public address."""


def site_url_resources(account: Account) -> tuple[Resource, ...]:
    return (
        Resource(
            "site-url",
            localized(ko="설정 파일에 적는 사이트 주소", en="the site's address in the target's row"),
            lambda: row_state(account, "site_url"),
            lambda: write_row(account, "site_url", site_url(account)),
        ),
    )


def gpu_resources(account: Account) -> tuple[Resource, ...]:
    return (
        Resource(
            "gpu-service",
            localized(
                ko="GPU 서비스의 첫 배포. 여기서 주소가 생겨요",
                en="the first deployment of the GPU service, which gives it an address",
            ),
            lambda: service_state(account),
            lambda: deploy_once(account),
        ),
        Resource(
            "gpu-url",
            localized(ko="설정 파일에 적는 GPU 서비스 주소", en="the GPU service's address in the target's row"),
            lambda: gpu_url_state(account),
            lambda: write_row(account, "gpu_url", known_gpu_url(account)),
        ),
        Resource(
            "gpu-address",
            localized(
                ko="사이트와 정리 Worker의 비밀값으로 넣는 GPU 서비스 주소",
                en="the GPU service's address as a secret of site and sweeper",
            ),
            lambda: address_state(account),
            lambda: put_address(account),
        ),
    )


def sweeper_resources(account: Account) -> tuple[Resource, ...]:
    return (
        Resource(
            "sweeper-url",
            localized(ko="설정 파일에 적는 정리 Worker 주소", en="the sweeper's address in the target's row"),
            lambda: row_state(account, "sweeper_url"),
            lambda: write_row(account, "sweeper_url", sweeper_url(account)),
        ),
    )


def row_state(account: Account, field: str) -> str:
    return "" if getattr(account.ground.target, field) else "empty"


def write_row(account: Account, field: str, url: str) -> str:
    path = account.ground.root / FILE
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
    document[account.ground.target.name][field] = url
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    return localized(ko=f"{url}, {FILE.as_posix()} 파일에 썼어요", en=f"{url}, written to {FILE.as_posix()}")


def site_url(account: Account) -> str:
    """Pages serves production at the project's name, and each other branch at a subdomain of it."""
    target = account.ground.target
    host = f"{target.pages_project}.pages.dev"
    return f"https://{host}" if target.name == "production" else f"https://{target.live_branch}.{host}"


def sweeper_url(account: Account) -> str:
    subdomain = account.client.workers.subdomains.get(account_id=account.id).subdomain
    return f"https://{account.ground.target.sweeper_name}.{subdomain}.workers.dev"


# ---------------------------------------------------------------- the GPU service


def gpu_url(account: Account) -> str:
    """The address at Modal; empty before the first deployment. Raises InfraError when Modal does not answer."""
    target = account.ground.target
    command = [*modal(), "function", "info", f"{target.modal_app}/{WEB_FUNCTION}", "--env", target.modal_environment]
    finished = attempt([*command, "--json"], cwd=account.ground.root, timeout_seconds=accounts.LIMIT_SECONDS)
    if finished.exit_code != 0:
        if modal_apps.deployed(account.ground):
            raise InfraError(
                localized(
                    ko=f"Modal에 물어볼 수 없어요: {accounts.last_words(finished.output)}",
                    en=f"Modal cannot be queried: {accounts.last_words(finished.output)}",
                ),
                localized(
                    ko="그 말대로 고친 다음 다시 돌려 주세요", en="correct what its message names, then run this again"
                ),
            )
        return ""
    try:
        return str(json.loads(json_part(finished.output))["web_info"]["web_url"] or "").rstrip("/")
    except (ValueError, KeyError, TypeError) as error:
        raise InfraError(
            localized(ko=f"Modal의 답에 주소가 없어요: {error!r}", en=f"Modal's answer contains no address: {error!r}"),
            " ".join(["run", *command[-5:]]),
        ) from error


def known_gpu_url(account: Account) -> str:
    url = gpu_url(account)
    if not url:
        raise InfraError(
            localized(ko="GPU 서비스의 주소가 아직 없어요", en="the GPU service has no address yet"),
            localized(
                ko="gpu-service부터 만들어야 해요. setup-account를 다시 돌려 주세요",
                en="create gpu-service first: run setup-account again",
            ),
        )
    return url


def service_state(account: Account) -> str:
    return "" if gpu_url(account) else localized(ko="배포되지 않았어요", en="not deployed")


def gpu_url_state(account: Account) -> str:
    if trouble := service_state(account):
        return localized(ko=f"GPU 서비스: {trouble}", en=f"the GPU service: {trouble}")
    written, found = account.ground.target.gpu_url, gpu_url(account)
    return "" if written == found else f"{written or 'empty'}, but Modal serves {found}"


def deploy_once(account: Account) -> str:
    ground = account.ground
    build = build_of(ground)
    run(
        deploy_command(ground.target, build),
        cwd=ground.root,
        timeout_seconds=MODAL_SECONDS,
        env={"CLIPWRIGHT_BUILD": build, "PYTHONPATH": str(ground.root), **container_environment(ground.target)},
    )
    return localized(
        ko=f"{build} 버전을 배포했어요. 첫 요청이 올 때까지 컨테이너는 돌지 않아요",
        en=f"deployed as {build}; no container runs until the first request",
    )


def build_of(ground: Ground) -> str:
    """The commit, or `dev` if the deployed files differ from it. The first release then deploys again."""
    if uncommitted(ground) or not row_is_committed(ground):
        return "dev"
    return git(ground.root, "rev-parse", f"--short={SHORT}", "HEAD").strip()


def row_is_committed(ground: Ground) -> bool:
    """False while the row's environment variables differ from those of the committed row."""
    try:
        return container_environment(row_at(ground, "HEAD")) == container_environment(ground.target)
    except (InfraError, KeyError):
        return False


def address_state(account: Account) -> str:
    return "; ".join(filter(None, (site_state(account, ("GPU_URL",)), sweeper_state(account, ("GPU_URL",)))))


def put_address(account: Account) -> str:
    url = known_gpu_url(account)
    put_to_edge(account, {"GPU_URL": url})
    return localized(ko=f"{url}, Pages와 정리 Worker에 저장했어요", en=f"{url}, stored in Pages and the sweeper")
