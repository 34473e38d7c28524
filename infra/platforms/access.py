"""Cloudflare Access: which applications must cover an environment, and whether one lets in only whom it should.

A closed application covers pages; below it, `/api` is open to Access because the Functions verify its token themselves
(functions/_lib/identity.ts): scripts with API tokens and the workers' signed events have no identity there. Policies
are compared, not only addresses. It changes nothing.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from infra.language import localized
from infra.platforms.cloudflare_account import Account
from infra.platforms.live import ACCESS_KEYS
from infra.platforms.targets import Target

OPERATOR = "CLIPWRIGHT_OPERATOR_EMAIL"
"""Variable with the operators' e-mail addresses, separated by commas."""
API_PATH = "/api"
TOO_WIDE = ("everyone", "any_valid_service_token", "ip", "ip_list", "geo")
"""Rules that let in people whom the operator did not name, or any machine with a token of the account."""
Json: TypeAlias = dict[str, Any]
EVERYBODY: Json = {"name": "the site verifies", "decision": "bypass", "include": [{"everyone": {}}]}


@dataclass(frozen=True, slots=True)
class Covered:
    """One application. `name` is the resource's; `is_open` for the path that Access lets everybody through to."""

    name: str
    domain: str
    is_open: bool


def covered(target: Target) -> tuple[Covered, ...]:
    """The applications that an environment needs. All other addresses of the Pages project, previews and earlier
    deployments, are always closed; the site's own is closed in the mode `access`."""
    project = f"{target.pages_project}.pages.dev"
    domains: dict[str, str] = {}
    if target.access == "access" and not (host := host_of(target)).endswith(f".{project}"):
        domains["access"] = host
        if host != project:
            domains["access-default"] = project  # Pages serves production there too
    domains["access-previews"] = f"*.{project}"
    return tuple(
        found
        for name, domain in domains.items()
        for found in (Covered(name, domain, is_open=False), Covered(f"{name}-api", domain + API_PATH, is_open=True))
    )


def host_of(target: Target) -> str:
    """The site's host; by default the one that Pages gives it. A preview's own is covered by the project's wildcard."""
    if target.site_url:
        return urlsplit(target.site_url).netloc
    project = f"{target.pages_project}.pages.dev"
    return project if target.name == "production" else f"{target.live_branch}.{project}"


def site_domain(target: Target) -> str:
    """The domain of the application whose token the site accepts."""
    found = covered(target)
    return next((each.domain for each in found if each.name == "access"), found[0].domain)


def applications(account: Account) -> dict[str, Json]:
    """Every application of the account, by its domain."""
    listed = account.client.zero_trust.access.applications.list(account_id=account.id)
    return {str(row.get("domain")): row for row in (application.to_dict() for application in listed)}


def operators(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[\s,]+", environ.get(OPERATOR, ""))))


def release_token(account: Account) -> str:
    """The id of the service token that this machine's release presents; empty when it has none or it is unknown."""
    client_id = os.environ.get(ACCESS_KEYS[0], "")
    if not client_id:
        return ""
    listed = account.client.zero_trust.access.service_tokens.list(account_id=account.id)
    return next((row.id or "" for row in listed if row.client_id == client_id), "")


def team_domain(account: Account) -> str:
    """As `<team>.cloudflareaccess.com`."""
    found = account.client.zero_trust.organizations.list(account_id=account.id)
    return (found.auth_domain if found else None) or ""


def faults(application: Json | None, wanted: Covered, emails: Sequence[str], token: str) -> list[str]:
    """What is wrong with an application, in words. Policies that let in further people by name are the operator's
    choice. Without `emails` or `token` that part is not compared."""
    if application is None:
        return ["missing"]
    policies = rows(application, "policies")
    if wanted.is_open:
        opened = any(policy.get("decision") == "bypass" and "everyone" in kinds(policy) for policy in policies)
        return (
            []
            if opened
            else [
                localized(
                    ko="누구나 지나가게 하지 않아서, 스크립트와 작업자가 사이트에 닿지 못해요",
                    en="does not let everybody through, so scripts and workers cannot reach the site",
                )
            ]
        )
    found = [
        localized(ko=f"정책 {policy.get('name')!r}: {trouble}", en=f"policy {policy.get('name')!r} {trouble}")
        for policy in policies
        for trouble in too_wide(policy)
    ]
    allowed = [rule for policy in policies if policy.get("decision") == "allow" for rule in rows(policy, "include")]
    if not allowed:
        found.append(localized(ko="아무도 들여보내지 않아요", en="lets nobody in"))
    for email in emails:
        if not any(str(rule.get("email", {}).get("email", "")).lower() == email.lower() for rule in allowed):
            found.append(
                localized(
                    ko="운영자를 이메일 주소로 들여보내지 않아요", en="does not let an operator in by e-mail address"
                )
            )
    machines = [rule for policy in policies for rule in rows(policy, "include") if "service_token" in rule]
    if token and not any(rule["service_token"].get("token_id") == token for rule in machines):
        found.append(
            localized(ko="배포용 서비스 토큰을 들여보내지 않아요", en="does not let the service token of releases in")
        )
    return list(dict.fromkeys(found))


def kinds(policy: Json) -> set[str]:
    return {kind for rule in rows(policy, "include") for kind in rule}


def rows(body: Json, member: str) -> list[Json]:
    return list(body.get(member) or [])


def too_wide(policy: Json) -> list[str]:
    if policy.get("decision") == "bypass":
        return [localized(ko="아무나 묻지 않고 들여보내요", en="lets everybody through without a question")]
    if policy.get("decision") == "deny":
        return []
    return [
        localized(ko=f"{kind} 조건으로 들여보내요", en=f"lets in by {kind}")
        for kind in sorted(kinds(policy) & set(TOO_WIDE))
    ]
