"""The Cloudflare account, opened with a token, and explanations of its errors.

Cloudflare's errors all look alike. Each explanation names what is missing and where the dashboard enables it. A failed
connection is explained as such. It does not know what is requested.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from cloudflare import APIConnectionError, APIStatusError, Cloudflare, CloudflareError

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


SWITCHES = (
    (
        ("10042", "enable R2"),
        "R2 is not enabled in this account",
        "in Cloudflare's dashboard, Storage & databases > R2 > Overview, choose its plan (needs a payment card)",
    ),
    (
        ("access.api.error.not_enabled",),
        "Zero Trust is not enabled in this account",
        "in Cloudflare's dashboard, Zero Trust, choose a team name and the free plan (needs a payment card)",
    ),
    (
        ("workers.dev subdomain",),
        "this account has no workers.dev subdomain yet",
        "in Cloudflare's dashboard, Workers & Pages > Overview, choose a subdomain",
    ),
)
"""Words in an error, their meaning, and where to enable the feature."""


AGAIN = "then run setup-account again"


def explained(error: CloudflareError, thing: str) -> InfraError:
    """Explains an error that occurred while `thing` was queried or created."""
    if isinstance(error, APIConnectionError):
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return InfraError(
            f"Cloudflare cannot be reached: {error}{cause}", f"check the network, proxy and firewall, {AGAIN}"
        )
    for words, meaning, where in SWITCHES:
        if any(word in str(error) for word in words):
            return InfraError(meaning, f"{where}, {AGAIN}")
    status = error.status_code if isinstance(error, APIStatusError) else 0
    if status in (401, 403):
        right = f"needs the permission {RIGHTS[thing]}" if thing in RIGHTS else "must be valid"
        return InfraError(
            f"Cloudflare refuses: {error}",
            f"CLOUDFLARE_API_TOKEN {right}, and CLOUDFLARE_ACCOUNT_ID must be its account. Correct them, {AGAIN}",
        )
    return InfraError(f"Cloudflare reports an error: {error}", f"correct what its message names, {AGAIN}")


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
        raise InfraError(
            "CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are not both set",
            "run python run.py setup-account, which asks for them. The token needs: "
            + ", ".join(rights_of(ground.target)),
        )
    return Account(Cloudflare(api_token=token, max_retries=2), account, ground)


def asked_of(name: str, question: Callable[[], str]) -> str:
    """Calls `question`. Raises InfraError with an explanation when Cloudflare reports an error for this resource."""
    try:
        return question()
    except CloudflareError as error:
        raise explained(error, name) from error
