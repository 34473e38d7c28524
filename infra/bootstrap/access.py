"""Who may use the site: the applications of Cloudflare Access, or the Turnstile widget of a public site, and the site's
variables for them.

An application is found by its address. Its policies are compared too; wrong ones are replaced, and those that let in
further people by name stay. What a caller may do is decided by the site.
"""

from typing import Any

import tomlkit

from infra import console
from infra.bootstrap.resource import Resource
from infra.bootstrap.secret_stores import put_to_site, site_state
from infra.bootstrap.storage import block_of
from infra.language import localized
from infra.platforms import access, operator_keys
from infra.platforms.access import EVERYBODY, OPERATOR, Covered, Json
from infra.platforms.cloudflare import SITE, effective, read
from infra.platforms.cloudflare_account import Account
from infra.platforms.live import ACCESS_KEYS
from infra.process.shell import InfraError

WRITABLE = ("id", "name", "decision", "include", "exclude", "require", "precedence", "session_duration")


def access_resources(account: Account) -> tuple[Resource, ...]:
    target = account.ground.target
    found = [
        Resource(
            "release-token",
            localized(
                ko="배포가 로그인 뒤의 사이트를 열 때 쓰는 Access 서비스 토큰",
                en="the Access service token with which a release opens the site",
            ),
            lambda: token_state(account),
            lambda: make_release_token(account),
        ),
        *(application(account, wanted) for wanted in access.covered(target)),
    ]
    if target.access == "public":
        found.append(
            Resource(
                "turnstile",
                localized(
                    ko="방문자가 사람인지 묻는 Turnstile", en="Turnstile, which asks visitors whether they are people"
                ),
                lambda: turnstile_state(account),
                lambda: make_turnstile(account),
            )
        )
    found.append(
        Resource(
            "access-mode",
            localized(ko="누가 사이트를 쓰는지, 사이트의 변수로", en="who may use the site, as variables of the site"),
            lambda: mode_state(account),
            lambda: write_mode(account),
        )
    )
    if target.access == "access":
        found.append(
            Resource(
                "operators",
                localized(
                    ko="운영자의 이메일 주소, 사이트의 비밀값 OPERATORS로",
                    en="the operators' e-mail addresses, as secret OPERATORS of the site",
                ),
                lambda: site_state(account, ("OPERATORS",)),
                lambda: put_operators(account),
            )
        )
    return tuple(found)


def token_state(account: Account) -> str:
    return (
        ""
        if access.release_token(account)
        else localized(ko="계정이 아는 토큰이 이 컴퓨터에 없어요", en="this machine has none that the account knows")
    )


def make_release_token(account: Account) -> str:
    """Cloudflare shows its secret once, so it is kept on this machine. It lets releases of this machine in, and no
    people."""
    made = account.client.zero_trust.access.service_tokens.create(
        account_id=account.id, name=f"clipwright releases {account.ground.target.name}", duration="forever"
    )
    if made is None or not made.client_id or not made.client_secret:
        raise InfraError(
            localized(
                ko="Cloudflare가 서비스 토큰을 돌려주지 않았어요", en="Cloudflare did not return the service token"
            ),
            localized(ko="setup-account를 다시 돌려 주세요", en="run setup-account again"),
        )
    operator_keys.keep(account.ground.root, dict(zip(ACCESS_KEYS, (made.client_id, made.client_secret), strict=True)))
    return localized(
        ko=f"만들었어요. {operator_keys.FILE.as_posix()} 파일에 있어요",
        en=f"created; kept in {operator_keys.FILE.as_posix()}",
    )


def application(account: Account, wanted: Covered) -> Resource:
    title = (
        localized(ko="Access에는 열려 있어요. 사이트가 직접 확인해요", en="open to Access: the site verifies")
        if wanted.is_open
        else localized(ko="Cloudflare Access로 닫혀 있어요", en="closed by Cloudflare Access")
    )
    return Resource(
        wanted.name, f"{wanted.domain}, {title}", lambda: state(account, wanted), lambda: make(account, wanted)
    )


def state(account: Account, wanted: Covered) -> str:
    emails = () if wanted.is_open else access.operators()
    token = "" if wanted.is_open else access.release_token(account)
    return "; ".join(access.faults(access.applications(account).get(wanted.domain), wanted, emails, token))


def make(account: Account, wanted: Covered) -> str:
    found = access.applications(account).get(wanted.domain)
    policies = [EVERYBODY] if wanted.is_open else closed_policies(account, found)
    values: Json = {
        "account_id": account.id,
        "type": "self_hosted",
        "domain": wanted.domain,
        "name": f"{account.ground.target.pages_project}: {wanted.domain}",
        "session_duration": "24h",
        "policies": policies,
    }
    applications = account.client.zero_trust.access.applications
    if found is None:
        applications.create(**values)
    else:
        applications.update(str(found["id"]), **{**values, "name": found.get("name") or values["name"]})
    return localized(
        ko=f"{wanted.domain} 주소를 열 수 있는 사람: {', '.join(policy['name'] for policy in policies)}",
        en=f"{wanted.domain} is open to: {', '.join(policy['name'] for policy in policies)}",
    )


def closed_policies(account: Account, found: Json | None) -> list[Json]:
    """The operators, the token of releases, and whomever earlier policies let in by name."""
    emails = access.operators() or tuple(filter(None, [console.asked(OPERATOR)]))
    if not emails:
        raise InfraError(
            localized(
                ko="사이트를 열 수 있는 이메일 주소가 없어요", en="the e-mail address that may open the site is not set"
            ),
            localized(
                ko=f"{OPERATOR} 값을 넣고 setup-account를 다시 돌려 주세요",
                en=f"set {OPERATOR}, then run setup-account again",
            ),
        )
    token = access.release_token(account)
    if not token:
        raise InfraError(
            localized(ko="배포가 Access를 통과할 서비스 토큰이 없어요", en="there is no service token for releases"),
            localized(
                ko="release-token을 먼저 만들어 주세요", en="create release-token first: run setup-account again"
            ),
        )
    ours: list[Json] = [
        {"name": "operator", "decision": "allow", "include": [{"email": {"email": email}} for email in emails]},
        {"name": "release", "decision": "non_identity", "include": [{"service_token": {"token_id": token}}]},
    ]
    names = [policy["name"] for policy in ours]
    kept = [
        {name: policy[name] for name in WRITABLE if policy.get(name)}
        for policy in access.rows(found or {}, "policies")
        if not access.too_wide(policy) and policy.get("name") not in names
    ]
    return [*ours, *kept]


# ---------------------------------------------------------------- the site's variables


def mode_state(account: Account) -> str:
    found = effective(read(account.ground.root / SITE), account.ground.target.name).get("vars", {})
    wanted = wanted_variables(account)
    return "; ".join(
        localized(ko=f"{name} 값이 {found.get(name)!r}", en=f"{name} is {found.get(name)!r}")
        for name, value in wanted.items()
        if found.get(name) != value
    )


def wanted_variables(account: Account) -> dict[str, str]:
    target = account.ground.target
    mode = {"ACCESS_MODE": target.access.upper()}
    if target.access == "public":
        return {**mode, "TURNSTILE_SITE_KEY": widget_key(account)}
    found = access.applications(account).get(access.site_domain(target)) or {}
    return {**mode, "ACCESS_TEAM_DOMAIN": access.team_domain(account), "ACCESS_AUD": str(found.get("aud") or "")}


def write_mode(account: Account) -> str:
    values = wanted_variables(account)
    if lacking := [name for name, value in values.items() if not value]:
        raise InfraError(
            localized(ko=f"아직 모르는 것: {', '.join(lacking)}", en=f"not known yet: {', '.join(lacking)}"),
            localized(
                ko="앞의 것부터 만들어야 해요. setup-account를 다시 돌려 주세요",
                en="create what comes before it: run setup-account again",
            ),
        )
    path = account.ground.root / SITE
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
    block = block_of(document, account.ground.target.name)
    if block is None:
        raise InfraError(
            localized(
                ko=f"{SITE} 파일에 {account.ground.target.name} 블록이 없어요",
                en=f"{SITE} has no block for {account.ground.target.name}",
            ),
            localized(ko="database-id부터 만들어 주세요", en="create database-id first"),
        )
    for name, value in values.items():
        block["vars"][name] = value
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    return localized(ko=f"{SITE} 파일에 썼어요: {', '.join(values)}", en=f"{', '.join(values)} written to {SITE}")


def put_operators(account: Account) -> str:
    emails = access.operators() or tuple(filter(None, [console.asked(OPERATOR)]))
    if not emails:
        raise InfraError(
            localized(ko="운영자의 이메일 주소가 없어요", en="no operator's e-mail address is set"),
            localized(
                ko=f"{OPERATOR} 값을 넣고 setup-account를 다시 돌려 주세요",
                en=f"set {OPERATOR}, then run setup-account again",
            ),
        )
    put_to_site(account, {"OPERATORS": ",".join(emails)})
    return localized(
        ko="Pages 프로젝트에 저장했어요. 운영자가 바뀌면 거기서 바꿔 주세요",
        en="stored in the Pages project; change it there when operators change",
    )


# ---------------------------------------------------------------- a public site


def widget_name(account: Account) -> str:
    return f"{account.ground.target.pages_project} {account.ground.target.name}"


def widget_key(account: Account) -> str:
    """Raises CloudflareError."""
    listed = account.client.turnstile.widgets.list(account_id=account.id)
    return next((row.sitekey for row in listed if row.name == widget_name(account)), "")


def turnstile_state(account: Account) -> str:
    missing = "" if widget_key(account) else localized(ko="위젯이 없어요", en="the widget is missing")
    return missing or site_state(account, ("TURNSTILE_SECRET",))


def make_turnstile(account: Account) -> str:
    widgets, key = account.client.turnstile.widgets, widget_key(account)
    domains = [access.host_of(account.ground.target)]
    found = (
        widgets.get(key, account_id=account.id)
        if key
        else widgets.create(account_id=account.id, name=widget_name(account), domains=domains, mode="managed")
    )
    if found is None or not found.secret:
        raise InfraError(
            localized(
                ko="Cloudflare가 위젯의 비밀값을 돌려주지 않았어요", en="Cloudflare did not return the widget's secret"
            ),
            localized(ko="setup-account를 다시 돌려 주세요", en="run setup-account again"),
        )
    put_to_site(account, {"TURNSTILE_SECRET": found.secret})
    return localized(
        ko="위젯을 만들고 비밀값을 Pages 프로젝트에 저장했어요",
        en="widget created, its secret stored in the Pages project",
    )
