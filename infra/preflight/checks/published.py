"""Changes to published migrations, and to the published id of the database.

The files are compared with the remote's branch as last fetched, and with each failed or undone release in the log,
because such a release may have migrated. `infra.preflight.checks.cloudflare` compares with the live release.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.language import localized
from infra.platforms.accounts import PLACEHOLDER
from infra.platforms.cloudflare import SITE, SWEEPER, effective, members
from infra.platforms.files import toml_of
from infra.platforms.git import committed, git, pushed
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding
from infra.process.shell import ProgramError
from infra.reflection.release_log import read_log

MIGRATIONS = "functions/migrations"


@dataclass(frozen=True, slots=True)
class Changed:
    """Migrations that differ from a published state: path -> (where it was published, git's status letter)."""

    files: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Moved:
    """The database's id by configuration: (published, current). Empty for a placeholder or a missing id."""

    ids: Mapping[str, tuple[str, str]]


def bases(ground: Ground) -> dict[str, str]:
    """Published commits: name for the message -> commit."""
    base = pushed(ground)
    found = {f"{ground.target.remote}/{ground.target.branch}": base} if base else {}
    unfinished = [row for row in read_log(ground.root).latest() if row.outcome != "live"]
    return found | {row.id: row.commit for row in unfinished if row.environment == ground.target.name}


def probe_migrations(ground: Ground) -> Changed:
    found: dict[str, tuple[str, str]] = {}
    for name, commit in bases(ground).items():
        try:
            listing = git(ground.root, "diff", "--name-status", "--no-renames", commit, "--", MIGRATIONS)
        except ProgramError:
            if committed(ground.root, commit, SITE) is not None:
                raise
            continue  # a release from another clone, whose commit is not here
        rows = [line.split("\t") for line in listing.splitlines()]
        found |= {path: (name, letter) for letter, path in rows if letter != "A"}
    return Changed(found)


def evaluate_migrations(changed: Changed) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"공개한 뒤에 지워졌어요 ({name}). 이미 적용한 데이터베이스는 다시 돌리지 않아요",
                en=f"deleted after it was published ({name}); a database that has applied it never runs it again",
            )
            if letter == "D"
            else localized(
                ko=f"공개한 뒤에 바뀌었어요 ({name}). 이미 적용한 데이터베이스는 다시 돌리지 않아요",
                en=f"changed after it was published ({name}); a database that has applied it never runs it again",
            ),
            localized(
                ko="되돌려 놓고, 바꿀 내용은 새 마이그레이션에 써 주세요",
                en="restore it, and write the change into a new migration",
            ),
            where=path,
        )
        for path, (name, letter) in changed.files.items()
    ]


def probe_database(ground: Ground) -> Moved:
    base = pushed(ground)
    found: dict[str, tuple[str, str]] = {}
    for name in (SITE, SWEEPER) if base else ():
        before = toml_then(committed(ground.root, base, name) or "")
        found[name] = (
            database_of(before, ground.target.name),
            database_of(toml_of(ground.root, name), ground.target.name),
        )
    return Moved(found)


def toml_then(text: str) -> dict[str, Any]:
    """A published configuration; empty if it is invalid."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def database_of(config: dict[str, Any], environment: str) -> str:
    found = next(iter(members(effective(config, environment), "d1_databases", "database_id")), "")
    return "" if found.startswith(PLACEHOLDER) else found


def evaluate_database(moved: Moved) -> list[Finding]:
    return [
        Finding(
            "warning",
            localized(
                ko=f"데이터베이스 id가 푸시한 것과 달라요 (전 {before[:8]}, 지금 {now[:8] or '-'}). 작업과 장부가 모두 "
                "옛 데이터베이스에 남아요",
                en=f"the database id differs from the pushed one ({before[:8]} before, {now[:8] or '-'} now). All jobs "
                "and the ledger would stay in the old database",
            ),
            localized(
                ko="데이터를 옮긴 것이 아니라면 id를 되돌려 주세요", en="restore the id, unless you have moved the data"
            ),
            (f"git log -p -- {name}",),
            where=name,
        )
        for name, (before, now) in moved.ids.items()
        if before and before != now
    ]


MIGRATION_CHECKS: Sequence[Check[Changed]] = (
    Check(
        "migrations-published",
        "Cloudflare",
        "published migrations are unchanged",
        "내보낸 마이그레이션이 그대로인지",
        probe_migrations,
        evaluate_migrations,
    ),
)
DATABASE_CHECKS: Sequence[Check[Moved]] = (
    Check(
        "same-database",
        "Cloudflare",
        "the database is the one that was published",
        "데이터베이스가 내보낸 그것인지",
        probe_database,
        evaluate_database,
    ),
)
