"""The Cloudflare account as a library's client sees it: opened with a token, and its refusals in words of use.

Cloudflare's refusals all look alike. Here each becomes what is missing, and where in the dashboard it is switched on;
a connection that fails is no refusal. It does not know what is asked.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from cloudflare import APIConnectionError, APIStatusError, Cloudflare, CloudflareError

from infra.platforms.ground import Ground
from infra.process.shell import InfraError

RIGHTS = {
    "bucket": "Workers R2 Storage: Edit",
    "bucket-cors": "Workers R2 Storage: Edit",
    "bucket-lifecycle": "Workers R2 Storage: Edit",
    "database": "D1: Edit",
    "database-id": "D1: Edit",
    "pages-project": "Cloudflare Pages: Edit",
    "access": "Access: Apps and Policies: Edit",
    "access-events": "Access: Apps and Policies: Edit",
    "r2-token": "Account API Tokens: Edit",
    "sweeper-url": "Workers Scripts: Edit",
}
"""What the token must be allowed to do for each thing, as the dashboard names it."""


SWITCHES = (
    (
        ("10042", "enable R2"),
        "R2 is not switched on in this account",
        "in Cloudflare's dashboard, Storage & databases > R2 > Overview, choose its plan (it asks for a card)",
    ),
    (
        ("access.api.error.not_enabled",),
        "Zero Trust is not switched on in this account; only previews need it",
        "in Cloudflare's dashboard, Zero Trust, choose a team name and the free plan (it asks for a card)",
    ),
    (
        ("workers.dev subdomain",),
        "this account has no workers.dev subdomain yet",
        "in Cloudflare's dashboard, Workers & Pages > Overview, choose a subdomain",
    ),
)
"""Words of a refusal, what they mean, and where a person switches it on."""


AGAIN = "then run bootstrap again"


def explained(error: CloudflareError, thing: str) -> InfraError:
    """A refusal while `thing` was asked for or made, as what a person can do about it."""
    if isinstance(error, APIConnectionError):
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return InfraError(
            f"Cloudflare cannot be reached: {error}{cause}", f"look at the network, a proxy or a firewall, {AGAIN}"
        )
    for words, meaning, where in SWITCHES:
        if any(word in str(error) for word in words):
            return InfraError(meaning, f"{where}, {AGAIN}")
    status = error.status_code if isinstance(error, APIStatusError) else 0
    if status in (401, 403):
        right = f" must be allowed to: {RIGHTS[thing]};" if thing in RIGHTS else ""
        return InfraError(
            f"Cloudflare refuses: {error}",
            f"CLOUDFLARE_API_TOKEN{right} and CLOUDFLARE_ACCOUNT_ID must be its account. Mend it, {AGAIN}",
        )
    return InfraError(f"Cloudflare did not do it: {error}", f"its words say why; mend that, {AGAIN}")


@dataclass(frozen=True, slots=True)
class Account:
    """The Cloudflare account and the release target. `client` needs a token with the rights of `by_hand`."""

    client: Cloudflare
    id: str
    ground: Ground


def open_account(ground: Ground) -> Account:
    """Raises InfraError when the environment does not say which account, or with which token."""
    account, token = os.environ.get("CLOUDFLARE_ACCOUNT_ID", ""), os.environ.get("CLOUDFLARE_API_TOKEN", "")
    if not account or not token:
        raise InfraError(
            "CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are not both set",
            f"make a token that may: {', '.join(sorted(set(RIGHTS.values())))}; set both variables",
        )
    return Account(Cloudflare(api_token=token, max_retries=2), account, ground)


def asked_of(name: str, question: Callable[[], str]) -> str:
    """Raises InfraError for a refusal of Cloudflare, in words that are of use for the thing of that name."""
    try:
        return question()
    except CloudflareError as error:
        raise explained(error, name) from error
