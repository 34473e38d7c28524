"""What Cloudflare answers of Access in an account where everything is as bootstrap makes it."""

from typing import Any

from infra.platforms.access import EVERYBODY, covered
from infra.platforms.targets import Target

KEYS = {"CLIPWRIGHT_ACCESS_ID": "rehearsal.access", "CLIPWRIGHT_ACCESS_SECRET": "secret-of-this-token"}
TOKEN: dict[str, Any] = {"id": "st-1", "client_id": KEYS["CLIPWRIGHT_ACCESS_ID"], "name": "release"}
ORGANIZATION = {"auth_domain": "team.cloudflareaccess.com", "name": "team"}
OPERATOR = "operator@example.invalid"


def closed_policies() -> list[dict[str, Any]]:
    return [
        {"name": "operator", "decision": "allow", "include": [{"email": {"email": OPERATOR}}]},
        {"name": "release", "decision": "non_identity", "include": [{"service_token": {"token_id": TOKEN["id"]}}]},
    ]


def applications(target: Target) -> list[dict[str, Any]]:
    return [
        {
            "id": f"app-{number}",
            "aud": f"aud-{number}",
            "type": "self_hosted",
            "domain": wanted.domain,
            "policies": [EVERYBODY] if wanted.is_open else closed_policies(),
        }
        for number, wanted in enumerate(covered(target), start=1)
    ]
