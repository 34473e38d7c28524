"""What the accounts must hold before a first release, compared with what they hold, and made where it is missing.

Everything is found by name and made once: run again, it changes nothing. Cloudflare is asked through its own library,
Modal and the secrets' stores through their programs (`infra.bootstrap_secrets`). Nothing is ever deleted, and a thing
that differs is changed only where that loses no data.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from cloudflare import Cloudflare, CloudflareError

from infra.bootstrap_by_hand import RIGHTS, explained
from infra.doctor.account import PLACEHOLDER_DATABASE
from infra.doctor.cloudflare import SITE, SWEEPER, effective, members, read
from infra.doctor.tree import git
from infra.findings import Ground
from infra.preflight import ground_of
from infra.shell import InfraError, ProgramError
from infra.steps import commit
from infra.targets import FILE

LOCATION = "apac"
"""Where bucket and database are born: the people are in Korea."""
UPLOADS_DAYS = 45
CLIPS_DAYS = 90
"""The sweeper deletes at 30 days; these rules catch what it never got to see."""
BUILD_COMMAND = "python run.py build"
BUILD = {"build_command": BUILD_COMMAND, "destination_dir": "frontend/dist", "root_dir": ""}
DAY_SECONDS = 86_400
CONFIGURATIONS = (SITE, SWEEPER)
WRITTEN = (*CONFIGURATIONS, FILE.as_posix())
"""Files of the checkout that addresses and ids are written into."""


@dataclass(frozen=True, slots=True)
class Thing:
    """`state` is empty when all is as wanted, else what is missing or different; `make` mends that and says how."""

    name: str
    title: str
    state: Callable[[], str]
    make: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Compared:
    """A thing beside what is there. With a `trouble` the account could not be asked: nothing is known, and nothing is
    made, since what only seems to be missing may be in use."""

    thing: Thing
    state: str
    trouble: InfraError | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The Cloudflare account and the release target. `client` needs a token with the rights of `bootstrap_by_hand`."""

    client: Cloudflare
    id: str
    ground: Ground


def open_account(ground: Ground) -> Account:
    """Raises InfraError when the environment does not say which account, or with which token."""
    account, token = os.environ.get("CLOUDFLARE_ACCOUNT_ID", ""), os.environ.get("CLOUDFLARE_API_TOKEN", "")
    if not account or not token:
        raise InfraError(
            "CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are not both set",
            f"make a token that may: {', '.join(sorted(set(RIGHTS.values())))}; set both variables",
        )
    return Account(Cloudflare(api_token=token, max_retries=2), account, ground)


def things(account: Account) -> tuple[Thing, ...]:
    """Everything, in an order in which each finds what it needs."""
    from infra.bootstrap_access import access_things
    from infra.bootstrap_addresses import gpu_things, site_url_things, sweeper_things
    from infra.bootstrap_secrets import secret_things

    target = account.ground.target
    return (
        Thing("bucket", f"R2 bucket {target.bucket}", lambda: bucket_state(account), lambda: make_bucket(account)),
        Thing("bucket-cors", "who may read the bucket from a page", lambda: cors_state(account),
              lambda: make_cors(account)),
        Thing("bucket-lifecycle", "what the bucket forgets by itself", lambda: lifecycle_state(account),
              lambda: make_lifecycle(account)),
        Thing("database", f"D1 database {target.database}", lambda: database_state(account),
              lambda: make_database(account)),
        Thing("database-id", "the database's id in both configurations", lambda: id_state(account),
              lambda: write_id(account)),
        Thing("pages-project", f"Pages project {target.pages_project}", lambda: project_state(account),
              lambda: make_project(account)),
        *site_url_things(account),
        *access_things(account),
        *secret_things(account),
        *gpu_things(account),
        *sweeper_things(account),
    )  # fmt: skip


def compare(wanted: tuple[Thing, ...]) -> Iterator[Compared]:
    """Each thing with its state. One that cannot be asked about keeps no other from being compared."""
    for thing in wanted:
        try:
            yield Compared(thing, asked(thing, thing.state))
        except InfraError as error:
            yield Compared(thing, "", error)


def make(thing: Thing) -> str:
    """Raises InfraError when it cannot be made."""
    return asked(thing, thing.make)


def make_each(root: Path, environment: str, names: Sequence[str]) -> Iterator[tuple[str, str, InfraError | None]]:
    """Makes these things, each with how or why not; one that cannot be made keeps no other from it. What is written
    into the checkout is committed at the end, by name, unless it held somebody's changes before."""
    clean = [path for path in WRITTEN if not git(root, "status", "--porcelain=v1", "--", path).strip()]
    for name in names:
        try:
            # Addresses and ids may have been written by the thing before it.
            account = open_account(ground_of(root, environment))
            yield name, make(next(thing for thing in things(account) if thing.name == name)), None
        except InfraError as error:
            yield name, "", error
    changed = [path for path in clean if git(root, "status", "--porcelain=v1", "--", path).strip()]
    if changed:
        commit(root, f"Addresses and ids of {environment}", changed)
        yield "commit", ", ".join(changed), None


def asked(thing: Thing, question: Callable[[], str]) -> str:
    try:
        return question()
    except CloudflareError as error:
        raise explained(error, thing.name) from error


# ---------------------------------------------------------------- bucket


def bucket_state(account: Account) -> str:
    name = account.ground.target.bucket
    listed = account.client.r2.buckets.list(account_id=account.id, name_contains=name).buckets or []
    return "" if any(bucket.name == name for bucket in listed) else "missing"


def make_bucket(account: Account) -> str:
    name = account.ground.target.bucket
    account.client.r2.buckets.create(account_id=account.id, name=name, location_hint=LOCATION)
    return f"made in {LOCATION}"


def cors_rules(account: Account) -> list[dict[str, Any]]:
    """Pages reach the bucket through Functions of the same origin; only the site itself may read it directly."""
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
        forget("uploads", "inputs/", UPLOADS_DAYS),
        forget("clips", "jobs/", CLIPS_DAYS),
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
    from cloudflare import NotFoundError

    try:
        answer = ask(account.ground.target.bucket)
    except NotFoundError:
        return "missing"
    found = answer.to_dict().get("rules") if answer is not None else None
    if not found:
        return "missing"
    return "" if found == wanted else "different"


# ---------------------------------------------------------------- database


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
    return f"made: {made.uuid}"


def id_state(account: Account) -> str:
    wanted = database_id(account)
    if not wanted:
        return "the database is missing"
    found = {name: written_id(account.ground, name) for name in CONFIGURATIONS}
    wrong = [f"{name} names {id_ or 'none'}" for name, id_ in found.items() if id_ != wanted]
    return ", ".join(wrong)


def written_id(ground: Ground, name: str) -> str:
    id_ = next(
        iter(members(effective(read(ground.root / name), ground.target.name), "d1_databases", "database_id")), ""
    )
    return "" if id_ == PLACEHOLDER_DATABASE else id_


def block_of(document: Any, environment: str) -> Any:
    """Production is the top level of a configuration, a preview its own block."""
    return document if environment == "production" else document.get("env", {}).get(environment)


def write_id(account: Account) -> str:
    for name in CONFIGURATIONS:
        write_database(account.ground, name, database_id(account))
    return f"written to {', '.join(CONFIGURATIONS)}"


def write_database(ground: Ground, name: str, id_: str) -> None:
    path = ground.root / name
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
    if block_of(document, ground.target.name) is None:
        document["env"] = {ground.target.name: preview_block(document, ground, name)}
    block_of(document, ground.target.name)["d1_databases"][0]["database_id"] = id_
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")


def preview_block(document: Any, ground: Ground, name: str) -> dict[str, Any]:
    """Bindings are not inherited by an environment, so the block repeats them under the preview's names. A Worker's
    block names the Worker as well; the Pages project is one for all environments."""
    top: dict[str, Any] = document.unwrap()
    database = {**top["d1_databases"][0], "database_name": ground.target.database}
    bucket = {"binding": top["r2_buckets"][0]["binding"], "bucket_name": ground.target.bucket}
    own = {"name": ground.target.sweeper_name} if name == SWEEPER else {}
    return {**own, "vars": top["vars"], "d1_databases": [database], "r2_buckets": [bucket]}


# ---------------------------------------------------------------- site


def project_state(account: Account) -> str:
    from cloudflare import NotFoundError

    target = account.ground.target
    try:
        project = account.client.pages.projects.get(target.pages_project, account_id=account.id)
    except NotFoundError:
        return "missing"
    if target.name == "production" and project.production_branch != target.branch:
        return f"its production branch is {project.production_branch}"
    found = project.build_config.to_dict() if project.build_config is not None else {}
    wrong = [f"{name} is {found.get(name)!r}" for name, value in BUILD.items() if (found.get(name) or "") != value]
    return "; ".join(wrong)


def make_project(account: Account) -> str:
    """A project that Pages builds from GitHub: one that is made without a source can never get one."""
    target = account.ground.target
    if project_state(account) != "missing":
        branch = {"production_branch": target.branch} if target.name == "production" else {}
        wanted = {"build_config": BUILD, **branch}
        account.client.pages.projects.edit(target.pages_project, account_id=account.id, **wanted)  # type: ignore[arg-type]
        return "builds as wanted now"
    wanted: dict[str, Any] = {
        "name": target.pages_project,
        "production_branch": target.branch,
        "build_config": BUILD,
        "source": github_source(account.ground),
    }
    try:
        account.client.pages.projects.create(account_id=account.id, **wanted)
    except CloudflareError as error:
        raise InfraError(
            f"Cloudflare refuses the project: {error}",
            "only a person can let Cloudflare see the repository: in its dashboard, Workers & Pages, create a Pages "
            "project, connect to Git, choose the repository. Then run bootstrap again",
        ) from error
    return "made"


def github_source(ground: Ground) -> dict[str, Any]:
    """The repository that Pages builds from; its address may be of either kind. Raises InfraError when it is not on
    GitHub."""
    remote = ground.target.remote
    try:
        address = git(ground.root, "remote", "get-url", remote).strip()
    except ProgramError:
        address = ""
    host, _, path = address.removeprefix("https://").removeprefix("git@").replace(":", "/", 1).partition("/")
    owner, _, name = path.removesuffix(".git").partition("/")
    if host != "github.com" or not name:
        raise InfraError(
            f"the remote {remote} is {address or 'not set'}, and Pages builds from GitHub",
            f"git remote add {remote} https://github.com/<owner>/<name>.git, push to it, then run bootstrap again",
        )
    config = {"owner": owner, "repo_name": name, "production_branch": ground.target.branch, "deployments_enabled": True}
    return {"type": "github", "config": config}
