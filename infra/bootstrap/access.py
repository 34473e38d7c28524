"""Cloudflare Access for the previews: only the operator and a release may open these unfinished versions.

The workers' events have no Access identity, but a signature of their own, so their path is exempt. Production stays
public. An application is found by its address and created once.
"""

import os
from typing import Any

from infra import console
from infra.bootstrap.resource import Resource
from infra.platforms.cloudflare_account import Account
from infra.process.shell import InfraError

SIGNED_PATH = "/api/internal"
"""Below this path the site refuses unsigned requests (functions/_lib/events.ts)."""
OPERATOR = "CLIPWRIGHT_OPERATOR_EMAIL"


def access_resources(account: Account) -> tuple[Resource, ...]:
    pages, events = previews(account), previews(account) + SIGNED_PATH
    return (
        Resource("access", "Cloudflare Access for the previews", lambda: state(account, pages),
                 lambda: make(account, pages, "previews", [operator(), RELEASE])),
        Resource("access-events", "an exception in Access for the workers' signed events",
                 lambda: state(account, events), lambda: make(account, events, "previews, events", [EVERYBODY])),
    )  # fmt: skip


RELEASE: dict[str, Any] = {
    "name": "release",
    "decision": "non_identity",
    "include": [{"any_valid_service_token": {}}],
}
EVERYBODY: dict[str, Any] = {"name": "signed events", "decision": "bypass", "include": [{"everyone": {}}]}


def operator() -> dict[str, Any]:
    email = os.environ.get(OPERATOR) or console.asked(OPERATOR)
    if not email:
        raise InfraError(
            "the e-mail address that may open the previews is not set", f"set {OPERATOR}, then run bootstrap again"
        )
    return {"name": "operator", "decision": "allow", "include": [{"email": {"email": email}}]}


def previews(account: Account) -> str:
    return f"*.{account.ground.target.pages_project}.pages.dev"


def state(account: Account, domain: str) -> str:
    listed = account.client.zero_trust.access.applications.list(account_id=account.id)
    return "" if any(application.to_dict().get("domain") == domain for application in listed) else "missing"


def make(account: Account, domain: str, name: str, policies: list[dict[str, Any]]) -> str:
    account.client.zero_trust.access.applications.create(
        account_id=account.id,
        type="self_hosted",
        domain=domain,
        name=f"{account.ground.target.pages_project} {name}",
        session_duration="24h",
        policies=policies,  # type: ignore[arg-type]
    )
    return f"{domain} is open to: {', '.join(policy['name'] for policy in policies)}"
