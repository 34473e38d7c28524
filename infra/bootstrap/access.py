"""Cloudflare Access before the previews: they show unfinished work, so only the operator and a release get in.

A worker's events come without an identity; they carry a signature of their own, so their path is let through. The
public address of production stays public. Found by its address and made once.
"""

import os
from typing import Any

from infra import console
from infra.bootstrap.resource import Resource
from infra.platforms.cloudflare_account import Account
from infra.process.shell import InfraError

SIGNED_PATH = "/api/internal"
"""Below it every request is refused that is not signed (functions/_lib/events.ts)."""
OPERATOR = "CLIPWRIGHT_OPERATOR_EMAIL"


def access_resources(account: Account) -> tuple[Resource, ...]:
    pages, events = previews(account), previews(account) + SIGNED_PATH
    return (
        Resource("access", "previews behind Access", lambda: state(account, pages),
              lambda: make(account, pages, "previews", [operator(), RELEASE])),
        Resource("access-events", "a worker's signed events past it", lambda: state(account, events),
              lambda: make(account, events, "previews, events", [EVERYBODY])),
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
        raise InfraError("who may see previews is not known", f"set {OPERATOR}, then run bootstrap again")
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
    return f"{domain} is for {', '.join(policy['name'] for policy in policies)}"
