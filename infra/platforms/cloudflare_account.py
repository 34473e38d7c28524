"""The Cloudflare account, opened with a token, and explanations of its errors.

Cloudflare's errors all look alike. Each explanation names what is missing and where the dashboard enables it. A failed
connection is explained as such. It does not know what is requested.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from cloudflare import APIConnectionError, APIStatusError, Cloudflare, CloudflareError

from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.targets import Target
from infra.process.shell import InfraError

RIGHTS = {
    "bucket": "Workers R2 Storage: Edit",
    "bucket-cors": "Workers R2 Storage: Edit",
    "bucket-lifecycle": "Workers R2 Storage: Edit",
    "database": "D1: Edit",
    "database-id": "D1: Edit",
    "pages-project": "Cloudflare Pages: Edit",
    "access": "Access: Apps and Policies: Edit",
    "access-api": "Access: Apps and Policies: Edit",
    "access-previews": "Access: Apps and Policies: Edit",
    "access-previews-api": "Access: Apps and Policies: Edit",
    "access-mode": "Access: Organizations, Identity Providers, and Groups: Read",
    "release-token": "Access: Service Tokens: Edit",
    "account": "Account Settings: Read",
    "turnstile": "Turnstile: Edit",
    "r2-token": "Account API Tokens: Edit",
    "sweeper-url": "Workers Scripts: Edit",
}
"""The token's permission for each resource, as the dashboard names it."""


def rights_of(target: Target) -> list[str]:
    """The permissions that setting an environment up takes, each once."""
    wanted = dict.fromkeys(
        right for thing, right in RIGHTS.items() if thing != "turnstile" or target.access == "public"
    )
    return sorted(wanted)


RELEASE_RIGHTS = (
    "Access: Apps and Policies: Read", "Access: Organizations, Identity Providers, and Groups: Read",
    "Access: Service Tokens: Read", "Cloudflare Pages: Edit", "D1: Edit", "Workers Scripts: Edit",
)  # fmt: skip
"""What releases need: no tokens of their own, no bucket, no change of who may use the site."""


def switches() -> tuple[tuple[tuple[str, ...], str, str], ...]:
    """Words in an error, their meaning, and where to enable the feature."""
    return (
        (
            ("10042", "enable R2"),
            localized(ko="이 계정에 R2가 켜져 있지 않아요", en="R2 is not enabled in this account"),
            localized(
                ko="Cloudflare 대시보드의 Storage & databases > R2 > Overview에서 요금제를 골라 주세요 (결제 카드가 "
                "필요해요)",
                en="in Cloudflare's dashboard, Storage & databases > R2 > Overview, choose its plan (needs a payment "
                "card)",
            ),
        ),
        (
            ("access.api.error.not_enabled",),
            localized(ko="이 계정에 Zero Trust가 켜져 있지 않아요", en="Zero Trust is not enabled in this account"),
            localized(
                ko="Cloudflare 대시보드의 Zero Trust에서 팀 이름과 무료 요금제를 골라 주세요 (결제 카드가 필요해요)",
                en="in Cloudflare's dashboard, Zero Trust, choose a team name and the free plan (needs a payment card)",
            ),
        ),
        (
            ("workers.dev subdomain",),
            localized(
                ko="이 계정에 workers.dev 하위 도메인이 아직 없어요",
                en="this account has no workers.dev subdomain yet",
            ),
            localized(
                ko="Cloudflare 대시보드의 Workers & Pages > Overview에서 하위 도메인을 정해 주세요",
                en="in Cloudflare's dashboard, Workers & Pages > Overview, choose a subdomain",
            ),
        ),
    )


def again() -> str:
    return localized(ko="setup-account를 다시 돌려 주세요", en="then run setup-account again")


def explained(error: CloudflareError, thing: str) -> InfraError:
    """Explains an error that occurred while `thing` was queried or created."""
    if isinstance(error, APIConnectionError):
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return InfraError(
            localized(
                ko=f"Cloudflare에 닿을 수 없어요: {error}{cause}", en=f"Cloudflare cannot be reached: {error}{cause}"
            ),
            localized(
                ko=f"네트워크와 프록시, 방화벽을 확인하고 {again()}",
                en=f"check the network, proxy and firewall, {again()}",
            ),
        )
    for words, meaning, where in switches():
        if any(word in str(error) for word in words):
            return InfraError(meaning, localized(ko=f"{where}. 그다음 {again()}", en=f"{where}, {again()}"))
    status = error.status_code if isinstance(error, APIStatusError) else 0
    if status in (401, 403):
        right = (
            localized(ko=f"토큰에 있어야 하는 권한: {RIGHTS[thing]}", en=f"needs the permission {RIGHTS[thing]}")
            if thing in RIGHTS
            else localized(ko="토큰이 유효해야 해요", en="must be valid")
        )
        return InfraError(
            localized(ko=f"Cloudflare가 거절해요: {error}", en=f"Cloudflare refuses: {error}"),
            localized(
                ko=f"CLOUDFLARE_API_TOKEN 값을 확인해 주세요. {right}. CLOUDFLARE_ACCOUNT_ID는 그 "
                f"토큰의 계정이어야 해요. 고친 다음 {again()}",
                en=f"CLOUDFLARE_API_TOKEN {right}, and CLOUDFLARE_ACCOUNT_ID must be its account. Correct them, "
                f"{again()}",
            ),
        )
    return InfraError(
        localized(ko=f"Cloudflare가 오류를 알려 왔어요: {error}", en=f"Cloudflare reports an error: {error}"),
        localized(ko=f"그 말대로 고친 다음 {again()}", en=f"correct what its message names, {again()}"),
    )


@dataclass(frozen=True, slots=True)
class Account:
    """The Cloudflare account and the release target. `client` needs a token with the rights of `rights_of`."""

    client: Cloudflare
    id: str
    ground: Ground


def open_account(ground: Ground) -> Account:
    """Raises InfraError when the variables for the account or the token are not set."""
    account, token = os.environ.get("CLOUDFLARE_ACCOUNT_ID", ""), os.environ.get("CLOUDFLARE_API_TOKEN", "")
    if not account or not token:
        rights = ", ".join(rights_of(ground.target))
        raise InfraError(
            localized(
                ko="CLOUDFLARE_API_TOKEN과 CLOUDFLARE_ACCOUNT_ID가 둘 다 있어야 해요",
                en="CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are not both set",
            ),
            localized(
                ko=f"python run.py setup-account를 돌리면 물어봐요. 토큰에 있어야 하는 권한: {rights}",
                en=f"run python run.py setup-account, which asks for them. The token needs: {rights}",
            ),
        )
    return Account(Cloudflare(api_token=token, max_retries=2), account, ground)


def asked_of(name: str, question: Callable[[], str]) -> str:
    """Calls `question`. Raises InfraError with an explanation when Cloudflare reports an error for this resource."""
    try:
        return question()
    except CloudflareError as error:
        raise explained(error, name) from error
