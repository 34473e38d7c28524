"""The R2 bucket with its rules, the D1 database, and the database's id in wrangler's two configurations."""

from collections.abc import Callable
from typing import Any

import tomlkit
from cloudflare import NotFoundError

from gpu.core.retention import BUCKET_RULE_CLIPS_DAYS, BUCKET_RULE_NOTES_DAYS, BUCKET_RULE_PICTURES_DAYS
from infra.language import localized
from infra.platforms.accounts import PLACEHOLDER
from infra.platforms.cloudflare import SITE, SWEEPER, effective, members, read
from infra.platforms.cloudflare_account import Account
from infra.platforms.ground import Ground

LOCATION = "apac"
"""Region of bucket and database: the users are in Korea."""


DAY_SECONDS = 86_400


CONFIGURATIONS = (SITE, SWEEPER)


def bucket_state(account: Account) -> str:
    name = account.ground.target.bucket
    listed = account.client.r2.buckets.list(account_id=account.id, name_contains=name).buckets or []
    return "" if any(bucket.name == name for bucket in listed) else "missing"


def make_bucket(account: Account) -> str:
    name = account.ground.target.bucket
    account.client.r2.buckets.create(account_id=account.id, name=name, location_hint=LOCATION)
    return localized(ko=f"{LOCATION} 지역에 만들었어요", en=f"created in {LOCATION}")


def cors_rules(account: Account) -> list[dict[str, Any]]:
    """Only the site's own origin may read the bucket directly; pages normally use Functions of the same origin."""
    target = account.ground.target
    origin = target.site_url or f"https://{target.pages_project}.pages.dev"
    methods = {"methods": ["GET", "HEAD"], "origins": [origin], "headers": ["range"]}
    return [{"id": "site", "allowed": methods, "exposeHeaders": ["etag"], "maxAgeSeconds": 3600}]


def cors_state(account: Account) -> str:
    return rules_state(account, lambda name: account.client.r2.buckets.cors.get(name, account_id=account.id),
                       cors_rules(account))  # fmt: skip


def make_cors(account: Account) -> str:
    name, rules = account.ground.target.bucket, cors_rules(account)
    account.client.r2.buckets.cors.update(name, account_id=account.id, rules=rules)  # type: ignore[arg-type]
    return "written"


def lifecycle_rules() -> list[dict[str, Any]]:
    def forget(name: str, prefix: str, days: int) -> dict[str, Any]:
        after = {"condition": {"maxAge": days * DAY_SECONDS, "type": "Age"}}
        return {"id": name, "enabled": True, "conditions": {"prefix": prefix}, "deleteObjectsTransition": after}

    parts = {"condition": {"maxAge": DAY_SECONDS, "type": "Age"}}
    unfinished = {"id": "unfinished", "enabled": True, "conditions": {"prefix": ""}}
    return [
        forget("uploads", "inputs/", BUCKET_RULE_PICTURES_DAYS),
        forget("clips", "jobs/", BUCKET_RULE_CLIPS_DAYS),
        forget("notes of containers", "service/", BUCKET_RULE_NOTES_DAYS),
        unfinished | {"abortMultipartUploadsTransition": parts},
    ]


def lifecycle_state(account: Account) -> str:
    return rules_state(account, lambda name: account.client.r2.buckets.lifecycle.get(name, account_id=account.id),
                       lifecycle_rules())  # fmt: skip


def make_lifecycle(account: Account) -> str:
    name, rules = account.ground.target.bucket, lifecycle_rules()
    account.client.r2.buckets.lifecycle.update(name, account_id=account.id, rules=rules)  # type: ignore[arg-type]
    return "written"


def rules_state(account: Account, ask: Callable[[str], Any], wanted: list[dict[str, Any]]) -> str:
    try:
        answer = ask(account.ground.target.bucket)
    except NotFoundError:
        return "missing"
    found = answer.to_dict().get("rules") if answer is not None else None
    if not found:
        return "missing"
    return "" if found == wanted else "different"


def database_id(account: Account) -> str:
    name = account.ground.target.database
    for database in account.client.d1.database.list(account_id=account.id, name=name):
        if database.name == name:
            return database.uuid or ""
    return ""


def database_state(account: Account) -> str:
    return "" if database_id(account) else "missing"


def make_database(account: Account) -> str:
    name = account.ground.target.database
    made = account.client.d1.database.create(account_id=account.id, name=name, primary_location_hint=LOCATION)
    return localized(ko=f"만들었어요: {made.uuid}", en=f"created: {made.uuid}")


def id_state(account: Account) -> str:
    wanted = database_id(account)
    if not wanted:
        return localized(ko="데이터베이스가 없어요", en="the database is missing")
    found = {name: written_id(account.ground, name) for name in CONFIGURATIONS}
    wrong = [f"{name} has {id_ or 'none'}" for name, id_ in found.items() if id_ != wanted]
    return ", ".join(wrong)


def written_id(ground: Ground, name: str) -> str:
    id_ = next(
        iter(members(effective(read(ground.root / name), ground.target.name), "d1_databases", "database_id")), ""
    )
    return "" if id_.startswith(PLACEHOLDER) else id_


def block_of(document: Any, environment: str) -> Any:
    """The part of a configuration for an environment: the top level for production, a block for a preview."""
    return document if environment == "production" else document.get("env", {}).get(environment)


def write_id(account: Account) -> str:
    for name in CONFIGURATIONS:
        write_database(account.ground, name, database_id(account))
    return localized(ko=f"{', '.join(CONFIGURATIONS)} 파일에 썼어요", en=f"written to {', '.join(CONFIGURATIONS)}")


def write_database(ground: Ground, name: str, id_: str) -> None:
    path = ground.root / name
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
    if block_of(document, ground.target.name) is None:
        document["env"] = {ground.target.name: preview_block(document, ground, name)}
    block_of(document, ground.target.name)["d1_databases"][0]["database_id"] = id_
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")


def preview_block(document: Any, ground: Ground, name: str) -> dict[str, Any]:
    """A preview's block. An environment does not inherit bindings, so the block repeats them with the preview's names.
    A Worker's block also names the Worker; all environments share one Pages project."""
    top: dict[str, Any] = document.unwrap()
    database = {**top["d1_databases"][0], "database_name": ground.target.database}
    bucket = {"binding": top["r2_buckets"][0]["binding"], "bucket_name": ground.target.bucket}
    own = {"name": ground.target.sweeper_name} if name == SWEEPER else {}
    return {**own, "vars": top["vars"], "d1_databases": [database], "r2_buckets": [bucket]}
