"""The content of the accounts at Cloudflare (addresses, ids, secrets) and Modal (token, environment, secrets, weights).

`wrangler` and `modal` are queried for names; values of secrets are never read. The queries need the network, so they
are skipped offline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.accounts import (
    BOOTSTRAP,
    PLACEHOLDER,
    Names,
    probe_modal_environment,
    probe_modal_secrets,
    probe_modal_token,
    probe_modal_weights,
    probe_release_keys,
    probe_site_secrets,
    probe_sweeper_secrets,
)
from infra.platforms.cloudflare import SITE, SWEEPER, effective, members, read
from infra.platforms.ground import Ground
from infra.platforms.targets import ADDRESSES
from infra.preflight.findings import Check, Finding


@dataclass(frozen=True, slots=True)
class Addresses:
    """The environment's empty addresses, and its database in each of the two configurations."""

    environment: str
    empty: tuple[str, ...]
    databases: dict[str, str]


def probe_addresses(ground: Ground) -> Addresses:
    target = ground.target
    configs = {name: effective(read(ground.root / name), target.name) for name in (SITE, SWEEPER)}
    return Addresses(
        environment=target.name,
        empty=tuple(name for name in ADDRESSES if not getattr(target, name)),
        databases={
            name: next(iter(members(config, "d1_databases", "database_id")), "") for name, config in configs.items()
        },
    )


def evaluate_addresses(addresses: Addresses) -> list[Finding]:
    bootstrap = BOOTSTRAP.format(addresses.environment)
    findings = [
        Finding(
            "error",
            localized(
                ko=f"{addresses.environment}: {name} 값이 비어 있어요", en=f"{name} of {addresses.environment} is empty"
            ),
            localized(ko="setup-account를 돌리면 채워 줘요", en="run setup-account, it fills it in"),
            (bootstrap,),
            where="infra/targets.toml",
        )
        for name in addresses.empty
    ]
    findings += [
        Finding(
            "error",
            localized(
                ko=f"{addresses.environment}: 데이터베이스 id가 없거나 임시 값이에요",
                en=f"the database id of {addresses.environment} is missing or a placeholder",
            ),
            localized(ko="setup-account를 돌리면 id를 써 줘요", en="run setup-account, which writes the id"),
            (bootstrap,),
            where=name,
        )
        for name, database in addresses.databases.items()
        if not database or database.startswith(PLACEHOLDER)
    ]
    return findings


def evaluate_names(names: Names) -> list[Finding]:
    if names.error:
        return [
            Finding(
                "error",
                localized(
                    ko=f"{names.what}: 물어볼 수 없어요. {names.error}",
                    en=f"{names.what} cannot be queried: {names.error}",
                ),
                names.fix,
                names.commands,
            )
        ]
    return [
        Finding(
            "error",
            localized(ko=f"{names.what}: {wanted} 항목이 없어요", en=f"{names.what}: {wanted} is missing"),
            names.fix,
            tuple(command for command in names.commands if wanted in command) or names.commands,
        )
        for wanted in names.wanted
        if wanted not in names.found
    ]


NAME_CHECKS: Sequence[Check[Names]] = tuple(
    Check(id_, group, title, title_ko, probe, evaluate_names, needs="network")
    for id_, group, title, title_ko, probe in (
        ("site-secrets", "Cloudflare", "the Pages project has its secrets", "Pages 프로젝트에 비밀값이 있는지",
         probe_site_secrets),
        ("sweeper-secrets", "Cloudflare", "the sweeper has its secrets", "정리 Worker에 비밀값이 있는지",
         probe_sweeper_secrets),
        ("modal-token", "Modal", "the token is valid", "Modal 토큰이 유효한지", probe_modal_token),
        ("release-keys", "Modal", "the keys that a release needs are set here", "배포에 쓰는 키가 여기 있는지",
         probe_release_keys),
        ("modal-environment", "Modal", "the environment exists", "Modal 환경이 있는지", probe_modal_environment),
        ("modal-secrets", "Modal", "the app's secrets exist (by name; the deployment checks their keys)",
         "앱의 Modal 비밀값이 있는지", probe_modal_secrets),
        ("modal-weights", "Modal", "the weights are complete", "모델 가중치가 온전히 있는지", probe_modal_weights),
    )
)  # fmt: skip
