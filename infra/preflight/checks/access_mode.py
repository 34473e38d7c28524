"""Who may use the site: the mode in the site's variables, previews apart from production, and Access's applications.

A site without a mode answers nobody; a preview without its own block has production's database and bucket. It does not
know who the operators are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.language import localized
from infra.platforms import access
from infra.platforms.accounts import BOOTSTRAP
from infra.platforms.cloudflare import SITE, effective, members, read
from infra.platforms.cloudflare_account import asked_of, open_account
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

NEEDED = {"access": ("ACCESS_TEAM_DOMAIN", "ACCESS_AUD"), "public": ("TURNSTILE_SITE_KEY",)}
"""Variables of the site that its mode needs."""
BOUND = (("d1_databases", "database_id"), ("d1_databases", "database_name"), ("r2_buckets", "bucket_name"))


@dataclass(frozen=True, slots=True)
class Mode:
    """`wanted` is the row's mode, `variables` are those of the site."""

    environment: str
    wanted: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Previews:
    """Whether previews have bindings of their own, and those that they share with production."""

    has_block: bool
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applications:
    """Domain -> what is wrong with the application that covers it."""

    environment: str
    troubles: Mapping[str, Sequence[str]]


def probe_mode(ground: Ground) -> Mode:
    config = effective(read(ground.root / SITE), ground.target.name)
    return Mode(ground.target.name, ground.target.access, config.get("vars", {}))


def evaluate_mode(mode: Mode) -> list[Finding]:
    found = mode.variables.get("ACCESS_MODE", "")
    bootstrap = (BOOTSTRAP.format(mode.environment),)
    if not found:
        message = localized(
            ko=f"{mode.environment}: ACCESS_MODE 값이 없어서 사이트가 아무에게도 답하지 않아요",
            en=f"ACCESS_MODE of {mode.environment} is not set, so the site answers nobody",
        )
    elif found == "LOCAL":
        message = localized(
            ko=f"{mode.environment}: ACCESS_MODE 값이 LOCAL이라서 누구나 운영자가 돼요",
            en=f"ACCESS_MODE of {mode.environment} is LOCAL, in which everybody would be an operator",
        )
    elif found != mode.wanted.upper():
        message = localized(
            ko=f"{mode.environment}: ACCESS_MODE 값은 {found}인데 infra/targets.toml에는 {mode.wanted}로 되어 있어요",
            en=f"ACCESS_MODE of {mode.environment} is {found}, but its row in infra/targets.toml says {mode.wanted}",
        )
    else:
        return []
    return [
        Finding(
            "error",
            message,
            localized(ko="setup-account를 돌리면 써 줘요", en="run setup-account, which writes it"),
            bootstrap,
            where=SITE,
        )
    ]


def evaluate_variables(mode: Mode) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{name} 값이 비어 있어서 ({mode.environment}) 아무도 로그인할 수 없어요",
                en=f"{name} of {mode.environment} is empty, so nobody can sign in",
            ),
            localized(ko="setup-account를 돌리면 써 줘요", en="run setup-account, which writes it"),
            (BOOTSTRAP.format(mode.environment),),
            where=SITE,
        )
        for name in NEEDED[mode.wanted]
        if not mode.variables.get(name)
    ]


def probe_previews(ground: Ground) -> Previews:
    config: dict[str, Any] = read(ground.root / SITE)
    block: dict[str, Any] | None = config.get("env", {}).get("preview")
    shared = [
        f"{member} {value}"
        for key, member in BOUND
        for value in members(block or {}, key, member)
        if value in members(config, key, member)
    ]
    return Previews(block is not None, tuple(shared))


def evaluate_previews(previews: Previews) -> list[Finding]:
    own = localized(
        ko="[env.preview]에 미리보기만의 데이터베이스와 버킷을 적어 주세요",
        en="give previews a database and a bucket of their own in [env.preview]",
    )
    if not previews.has_block:
        message = localized(
            ko="[env.preview]가 없어서 미리보기가 실서비스의 데이터베이스와 버킷을 쓰게 돼요",
            en="there is no [env.preview], so every preview would have production's database and bucket",
        )
        return [Finding("error", message, own, where=SITE)]
    return [
        Finding(
            "error",
            localized(ko=f"미리보기가 실서비스와 같은 것을 써요: {shared}", en=f"previews share production's {shared}"),
            own,
            where=SITE,
        )
        for shared in previews.shared
    ]


def probe_applications(ground: Ground) -> Applications:
    account = open_account(ground)
    emails = access.operators(ground.environ)
    troubles: dict[str, Sequence[str]] = {}

    def compare() -> str:
        found, token = access.applications(account), access.release_token(account)
        for wanted in access.covered(ground.target):
            ours = ((), "") if wanted.is_open else (emails, token)
            troubles[wanted.domain] = access.faults(found.get(wanted.domain), wanted, *ours)
        return ""

    asked_of("access", compare)
    return Applications(ground.target.name, troubles)


def evaluate_applications(found: Applications) -> list[Finding]:
    return [
        Finding(
            "error",
            f"Cloudflare Access, {domain}: {trouble}",
            localized(
                ko="setup-account를 돌리면 바로잡고, 이름으로 들여보낸 사람은 그대로 둬요",
                en="run setup-account, which corrects it and keeps the people you let in by name",
            ),
            (BOOTSTRAP.format(found.environment),),
        )
        for domain, troubles in found.troubles.items()
        for trouble in troubles
    ]


MODE_CHECKS: Sequence[Check[Mode]] = (
    Check(
        "access-mode", "Access", "the site knows who may use it", "누가 쓸 수 있는지 정해졌는지",
        probe_mode, evaluate_mode, of_the_tree=True,
    ),
)  # fmt: skip
VARIABLE_CHECKS: Sequence[Check[Mode]] = (
    Check(
        "access-variables", "First release", "the site knows who signs people in", "로그인에 쓰는 값이 채워졌는지",
        probe_mode, evaluate_variables,
    ),
)  # fmt: skip
PREVIEW_CHECKS: Sequence[Check[Previews]] = (
    Check(
        "preview-bindings", "Access", "previews have none of production's data",
        "미리보기가 실제 데이터와 떨어져 있는지", probe_previews, evaluate_previews, of_the_tree=True,
    ),
)  # fmt: skip
APPLICATION_CHECKS: Sequence[Check[Applications]] = (
    Check(
        "access-applications", "Access", "Access lets in whom the operator named, and nobody else",
        "Access가 정한 사람만 들이는지", probe_applications, evaluate_applications, needs="network",
    ),
)  # fmt: skip
