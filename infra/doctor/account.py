"""What the accounts hold: addresses, ids, secrets on Cloudflare; Modal's token, environment, secrets and weights.

Asked through `wrangler` and `modal`, by name; values of secrets are never read. All of it needs the network, so it is
skipped offline.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.doctor.cloudflare import SECRETS, SITE, SWEEPER, read
from infra.findings import Check, Finding, Ground
from infra.programs import attempt, json_part, modal, wrangler
from infra.targets import ADDRESSES

LIMIT_SECONDS = 60.0
PLACEHOLDER_DATABASE = "00000000-0000-4000-8000-000000000001"
BOOTSTRAP = "python run.py bootstrap --env {0}"
APP = Path("gpu", "app.py")
WEIGHTS_MARKER = "complete.json"
"""As gpu.weights names it."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names as the account answered. `error` holds the end of the program's words when it refused."""

    what: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    error: str
    fix: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Empty addresses of the environment, and the database that each of the two configurations names for it."""

    environment: str
    empty: tuple[str, ...]
    databases: dict[str, str]


def probe_addresses(ground: Ground) -> Addresses:
    target = ground.target
    configs = {SITE: effective(read(ground.root / SITE), target.name), SWEEPER: read(ground.root / SWEEPER)}
    return Addresses(
        environment=target.name,
        empty=tuple(name for name in ADDRESSES if not getattr(target, name)),
        databases={name: config["d1_databases"][0].get("database_id", "") for name, config in configs.items()},
    )


def effective(config: dict[str, Any], environment: str) -> dict[str, Any]:
    """A Pages configuration as an environment sees it: its block replaces vars and bindings as a whole."""
    return config | config.get("env", {}).get(environment, {})


def evaluate_addresses(addresses: Addresses) -> list[Finding]:
    bootstrap = BOOTSTRAP.format(addresses.environment)
    findings = [
        Finding("error", f"{name} of {addresses.environment} is empty", "set the accounts up", (bootstrap,),
                where="infra/targets.toml")
        for name in addresses.empty
    ]  # fmt: skip
    findings += [
        Finding("error", "database_id is the placeholder of the local database", "set the database up", (bootstrap,),
                where=name)
        for name, database in addresses.databases.items()
        if database in ("", PLACEHOLDER_DATABASE)
    ]  # fmt: skip
    return findings


def probe_site_secrets(ground: Ground) -> Names:
    target = ground.target
    command = ["pages", "secret", "list", "--project-name", target.pages_project, "--env", target.name]
    return secrets_by_wrangler(ground, "the Pages project", command, "pages secret put", target.pages_project)


def probe_sweeper_secrets(ground: Ground) -> Names:
    command = ["secret", "list", "--name", ground.target.sweeper_name]
    return secrets_by_wrangler(ground, "the sweeper", command, "secret put", ground.target.sweeper_name)


def secrets_by_wrangler(ground: Ground, what: str, command: list[str], put: str, project: str) -> Names:
    finished = attempt([*wrangler(), *command], cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    flag = "--project-name" if put.startswith("pages") else "--name"
    return Names(
        what=what,
        wanted=SECRETS,
        found=tuple(name for name in SECRETS if re.search(rf"\b{name}\b", finished.output)),
        error="" if finished.exit_code == 0 else last_words(finished.output),
        fix="put the missing secret; the same value goes to every side that shares it",
        commands=tuple(f"npx wrangler {put} {name} {flag} {project}" for name in SECRETS),
    )


def probe_modal_token(ground: Ground) -> Names:
    finished = attempt([*modal(), "token", "info"], cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    error = "" if finished.exit_code == 0 else last_words(finished.output)
    return Names("Modal", (), (), error, "log in to Modal", ("modal token new",))


def probe_modal_environment(ground: Ground) -> Names:
    wanted = ground.target.modal_environment
    create = (f"modal environment create {wanted}",)
    return by_modal(ground, "Modal", ["environment", "list", "--json"], (wanted,), "create the environment", create)


def probe_modal_secrets(ground: Ground) -> Names:
    wanted = named_in_app(ground.root, "Secret")
    command = ["secret", "list", "--env", ground.target.modal_environment, "--json"]
    create = tuple(f"modal secret create {name} --env {ground.target.modal_environment}" for name in wanted)
    return by_modal(ground, "Modal's secrets", command, wanted, "create the secret with the keys of gpu/app.py", create)


def probe_modal_weights(ground: Ground) -> Names:
    """The fetch writes its marker last, so the marker stands for every file."""
    volume = next(iter(named_in_app(ground.root, "Volume")), "")
    command = ["volume", "ls", volume, "--env", ground.target.modal_environment, "--json"]
    fetch = (f"modal run --env {ground.target.modal_environment} -m gpu.app::fetch_weights  # writes {WEIGHTS_MARKER}",)
    return by_modal(ground, f"volume {volume}", command, (WEIGHTS_MARKER,), "fetch the weights into the volume", fetch)


def by_modal(
    ground: Ground, what: str, command: list[str], wanted: tuple[str, ...], fix: str, commands: tuple[str, ...]
) -> Names:
    finished = attempt([*modal(), *command], cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    found: tuple[str, ...] = ()
    error = "" if finished.exit_code == 0 else last_words(finished.output)
    if not error:
        try:
            rows: list[dict[str, Any]] = json.loads(json_part(finished.output) or "[]")
            found = tuple(str(value) for row in rows for value in row.values())
        except ValueError:
            error = "its answer is not JSON"
    return Names(what, wanted, found, error, fix, commands)


def named_in_app(root: Path, kind: str) -> tuple[str, ...]:
    """Names of the secrets or volumes that the Modal app asks for, read from its source."""
    path = root / APP
    if not path.is_file():
        return ()
    source = path.read_text(encoding="utf-8")
    return tuple(dict.fromkeys(re.findall(rf'{kind}\.from_name\(\s*"([^"]+)"', source)))


def evaluate_names(names: Names) -> list[Finding]:
    if names.error:
        return [Finding("error", f"{names.what} cannot be asked: {names.error}", names.fix, names.commands)]
    return [
        Finding(
            "error",
            f"{names.what}: {wanted} is missing",
            names.fix,
            tuple(command for command in names.commands if wanted in command),
        )
        for wanted in names.wanted
        if wanted not in names.found
    ]


def last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " / ".join(lines[-2:])[:300]


ADDRESS_CHECKS = (
    Check("addresses", "Cloudflare", "addresses and ids are real ones", probe_addresses, evaluate_addresses,
          needs="network"),
)  # fmt: skip
NAME_CHECKS: Sequence[Check[Names]] = tuple(
    Check(id_, group, title, probe, evaluate_names, needs="network")
    for id_, group, title, probe in (
        ("site-secrets", "Cloudflare", "the Pages project has its secrets", probe_site_secrets),
        ("sweeper-secrets", "Cloudflare", "the sweeper has its secrets", probe_sweeper_secrets),
        ("modal-token", "Modal", "the token is valid", probe_modal_token),
        ("modal-environment", "Modal", "the environment exists", probe_modal_environment),
        ("modal-secrets", "Modal", "the app's secrets exist", probe_modal_secrets),
        ("modal-weights", "Modal", "the weights are there, whole", probe_modal_weights),
    )
)
