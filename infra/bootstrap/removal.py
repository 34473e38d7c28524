"""Takes a site down: everything that setup-account and releases made in the accounts, and a list of what is left.

Each thing is looked for by its name, removed, and looked for again, so a removal that broke off goes on. What it does
not touch: git, the accounts themselves, and tokens that a person made; the list names where those are removed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.bootstrap import access as access_resources
from infra.bootstrap import moving, r2_token
from infra.bootstrap.storage import bucket_state, database_id
from infra.language import localized
from infra.platforms import access, accounts, live, modal_apps, operator_keys
from infra.platforms.cloudflare_account import Account, asked_of
from infra.platforms.pages import project_state
from infra.platforms.programs import attempt, json_part, modal, run
from infra.process.shell import InfraError

LIMIT_SECONDS = 300.0
CLOUDFLARE, MODAL = "Cloudflare", "Modal"


@dataclass(frozen=True, slots=True)
class Thing:
    """`ids` are what the account has of it; `remove` takes one of them away."""

    platform: str
    name: str
    ids: Callable[[], list[str]]
    remove: Callable[[str], object]


def things(account: Account) -> tuple[Thing, ...]:
    """In the order of removal: first what takes jobs, then what they use. A preview shares the Pages project. Modal is
    asked for each of its lists once."""
    apps = cache(lambda: tuple(modal_apps.listed(account.ground)))

    @cache
    def names(kind: str) -> set[str]:
        return names_at_modal(account, kind)

    target, client, id_ = account.ground.target, account.client, account.id
    machines = f"clipwright releases {target.name}"
    found = [
        Thing(MODAL, f"app {target.modal_app}", lambda: modal_apps.of_state(apps(), modal_apps.DEPLOYED),
              lambda app_id: by_modal(account, "app", "stop", app_id)),
        Thing(MODAL, f"run of {target.modal_app}", lambda: modal_apps.of_state(apps(), modal_apps.DETACHED),
              lambda app_id: by_modal(account, "app", "stop", app_id)),
        Thing(CLOUDFLARE, f"Worker {target.sweeper_name}",
              lambda: [name for name in script_names(account) if name == target.sweeper_name],
              lambda name: client.workers.scripts.delete(name, account_id=id_)),
        Thing(CLOUDFLARE, f"D1 {target.database}", lambda: list(filter(None, [database_id(account)])),
              lambda uuid: client.d1.database.delete(uuid, account_id=id_)),
        Thing(CLOUDFLARE, f"R2 {target.bucket}", lambda: [] if bucket_state(account) else [target.bucket],
              lambda name: remove_bucket(account, name)),
        Thing(CLOUDFLARE, f"API token {r2_token.token_name(account)}", lambda: r2_token.others(account, ""),
              lambda token: r2_token.revoke(account, [token])),
        Thing(CLOUDFLARE, "Access", lambda: applications(account),
              lambda app: client.zero_trust.access.applications.delete(app, account_id=id_)),
        Thing(CLOUDFLARE, f"Access service token {machines}",
              lambda: [str(row.id) for row in client.zero_trust.access.service_tokens.list(account_id=id_)
                       if row.name == machines],
              lambda token: client.zero_trust.access.service_tokens.delete(token, account_id=id_)),
        *(Thing(MODAL, f"secret {name}", lambda name=name: [name] if name in names("secret") else [],
                lambda name: by_modal(account, "secret", "delete", name))
          for name in accounts.named_in_app(account.ground.root, "Secret")),
        *(Thing(MODAL, f"volume {name}", lambda name=name: [name] if name in names("volume") else [],
                lambda name: by_modal(account, "volume", "delete", name))
          for name in accounts.named_in_app(account.ground.root, "Volume")),
    ]  # fmt: skip
    if target.access == "public":
        found.append(Thing(CLOUDFLARE, "Turnstile", lambda: list(filter(None, [access_resources.widget_key(account)])),
                           lambda key: client.turnstile.widgets.delete(key, account_id=id_)))  # fmt: skip
    if target.name == "production":
        found.insert(1, Thing(CLOUDFLARE, f"Pages {target.pages_project}",
                              lambda: [] if project_state(account) == "missing" else [target.pages_project],
                              lambda name: client.pages.projects.delete(name, account_id=id_)))  # fmt: skip
        found.append(Thing(MODAL, "proxy token clipwright", lambda: proxy_tokens(account),
                           lambda token: run([*modal(), "workspace", "proxy-tokens", "delete", token, "--yes"],
                                             cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)))  # fmt: skip
    return tuple(found)


def left(account: Account) -> Iterator[tuple[Thing, list[str]]]:
    """What the accounts have. Raises InfraError when one cannot be asked: then nothing is proved."""
    for thing in things(account):
        yield thing, ids_of(thing)


def ids_of(thing: Thing) -> list[str]:
    found: list[str] = []
    asked_of(thing.name, lambda: str(found.extend(thing.ids())))
    return found


def remove(account: Account) -> Iterator[str]:
    """Removes each thing and looks again. Raises InfraError with what is left."""
    troubles: list[InfraError] = []
    for thing in things(account):
        for each in ids_of(thing):
            try:
                asked_of(thing.name, lambda each=each, thing=thing: str(thing.remove(each)))
                yield localized(
                    ko=f"  지웠어요: {thing.platform} {thing.name}", en=f"  removed: {thing.platform} {thing.name}"
                )
            except InfraError as error:
                troubles.append(error)
                yield f"  ! {thing.platform} {thing.name}: {error}"
    if account.ground.target.name == "production" and not troubles:
        operator_keys.drop(account.ground.root, (*live.PROXY_KEYS, *live.ACCESS_KEYS))
    yield from report(account)
    if troubles:
        raise InfraError(
            localized(ko="남은 것이 있어요", en="something is left"),
            "\n  ".join(dict.fromkeys(error.fix for error in troubles)),
        )


def report(account: Account) -> Iterator[str]:
    """What is left on each platform, and what only a person can remove."""
    lines = [f"  ! {thing.platform} {thing.name}" for thing, ids in left(account) if ids]
    if lines:
        yield localized(ko="계정에 남은 것:", en="left in the accounts:")
        yield from lines
    else:
        yield localized(
            ko="두 계정에 이 사이트의 것이 없어요. 이제 청구될 것이 없어요",
            en="nothing of this site is left in either account; nothing can bill",
        )
    yield localized(
        ko="직접 지울 것: Cloudflare API 토큰 https://dash.cloudflare.com/profile/api-tokens, Modal 토큰 "
        "https://modal.com/settings/tokens, Hugging Face 토큰 https://huggingface.co/settings/tokens",
        en="yours to delete: Cloudflare's API token https://dash.cloudflare.com/profile/api-tokens, Modal's token "
        "https://modal.com/settings/tokens, Hugging Face's token https://huggingface.co/settings/tokens",
    )


# ---------------------------------------------------------------- one by one


def remove_bucket(account: Account, name: str) -> None:
    """Cloudflare deletes an empty bucket alone."""
    with moving.opened(account) as bucket:
        bucket.delete([row.key for row in bucket.listed()])
    account.client.r2.buckets.delete(name, account_id=account.id)


def script_names(account: Account) -> list[str]:
    return [str(row.id) for row in account.client.workers.scripts.list(account_id=account.id)]


def applications(account: Account) -> list[str]:
    domains = {wanted.domain for wanted in access.covered(account.ground.target)}
    return [str(row["id"]) for domain, row in access.applications(account).items() if domain in domains]


def names_at_modal(account: Account, kind: str) -> set[str]:
    """Every value in the list of secrets or volumes of Modal's environment; nothing without the environment."""
    command = [*modal(), kind, "list", "--env", account.ground.target.modal_environment, "--json"]
    finished = attempt(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)
    if finished.exit_code != 0:
        if accounts.missing(accounts.probe_modal_environment(account.ground)):
            return set()
        raise InfraError(accounts.last_words(finished.output), "python run.py modal token new")
    rows: list[dict[str, Any]] = json.loads(json_part(finished.output) or "[]")
    return {str(value) for row in rows for value in row.values()}


def proxy_tokens(account: Account) -> list[str]:
    command = [*modal(), "workspace", "proxy-tokens", "list", "--json"]
    output = run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)
    rows: list[dict[str, Any]] = json.loads(json_part(output) or "[]")
    ids = [[str(value) for value in row.values()] for row in rows]
    return [next(value for value in values if value.startswith("wk-")) for values in ids if "clipwright" in values]


def by_modal(account: Account, kind: str, action: str, name: str) -> str:
    command = [*modal(), kind, action, name, "--yes", "--env", account.ground.target.modal_environment]
    return run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)
