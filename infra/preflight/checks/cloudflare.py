"""The edge's configuration: wrangler's own validation, bindings compared with the code, and the D1 migrations.

Wrangler runs against the loopback address, so nothing leaves the machine. `infra.preflight.checks.account` queries the
account.
"""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.language import localized
from infra.platforms.cloudflare import SECRETS, SITE, SWEEPER, effective, members, read
from infra.platforms.files import text_of
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, wrangler
from infra.preflight.findings import Check, Finding
from infra.reflection.release_log import read_log

WRANGLER_LIMIT_SECONDS = 60.0
NOWHERE = "http://127.0.0.1:9"
"""The discard port: refused at once on every machine."""
ENVIRONMENT = Path("functions", "_lib", "env.ts")
REFUSED = "Running configuration file validation for Pages"
DOCUMENT = "https://developers.cloudflare.com/pages/functions/wrangler-configuration/"


@dataclass(frozen=True, slots=True)
class Validation:
    """`reached_network` is true when wrangler accepted the file and then tried to connect."""

    complaints: tuple[str, ...]
    reached_network: bool
    output: str


@dataclass(frozen=True, slots=True)
class Bindings:
    """`needed` are the required fields of the type Env; the tables are the two configurations."""

    needed: tuple[str, ...]
    site: dict[str, Any]
    sweeper: dict[str, Any]
    database: str
    bucket: str


@dataclass(frozen=True, slots=True)
class Applied:
    """`changed` are migrations that have changed since `release` applied them: path -> git's status letter."""

    release: str
    changed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Migration:
    """One file and the schema after it: table -> column -> (type, whether it needs a value that older code omits)."""

    name: str
    error: str
    tables: dict[str, dict[str, tuple[str, bool]]]


def probe_validation(ground: Ground) -> Validation:
    # In a temporary folder: wrangler expects the file in its working folder, and writes files there.
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(ground.root / SITE, Path(folder) / "wrangler.toml")
        output_folder = Path(folder, *read(ground.root / SITE).get("pages_build_output_dir", "dist").split("/"))
        output_folder.mkdir(parents=True)
        (output_folder / "index.html").write_text("preflight", encoding="utf-8")
        finished = attempt(
            [*wrangler(), "pages", "deploy", "--branch", "preflight", "--commit-dirty=true"],
            cwd=Path(folder),
            timeout_seconds=WRANGLER_LIMIT_SECONDS,
            env={
                "CLOUDFLARE_API_TOKEN": "preflight",
                "CLOUDFLARE_ACCOUNT_ID": "0" * 32,
                "CLOUDFLARE_API_BASE_URL": NOWHERE,
                "WRANGLER_LOG_PATH": str(Path(folder) / "logs"),
            },
        )
    plain = re.sub(r"\x1b\[[\d;]*m", "", finished.output)
    part = plain[plain.find(REFUSED) :] if REFUSED in plain else ""
    return Validation(
        complaints=tuple(re.findall(r"^\s+- (\S.*)$", part, re.MULTILINE)),
        reached_network="fetch failed" in plain or "connectivity" in plain,
        output="\n".join(plain.strip().splitlines()[-8:]),
    )


def evaluate_validation(validation: Validation) -> list[Finding]:
    findings = [
        Finding(
            "error",
            localized(ko=f"wrangler가 받아 주지 않아요: {complaint}", en=f"wrangler refuses it: {complaint}"),
            localized(
                ko="Pages가 지원하지 않는 설정은 정리 Worker의 설정 파일로 옮겨 주세요",
                en="move what Pages does not support to the sweeper's configuration",
            ),
            where=SITE,
            link=DOCUMENT,
        )
        for complaint in validation.complaints
    ]
    if not findings and not validation.reached_network:
        findings.append(
            Finding(
                "error",
                localized(
                    ko=f"wrangler가 결과를 주지 않았어요:\n{validation.output}",
                    en=f"wrangler gave no result:\n{validation.output}",
                ),
                localized(ko="그 출력을 읽어 보세요", en="read its output"),
                where=SITE,
            )
        )
    return findings


def probe_bindings(ground: Ground) -> Bindings:
    source = (ground.root / ENVIRONMENT).read_text(encoding="utf-8")
    found = re.search(r"export interface Env \{(.*?)\n\}", source, re.DOTALL)
    return Bindings(
        needed=tuple(re.findall(r"^  (\w+):", found.group(1), re.MULTILINE)) if found else (),
        site=effective(read(ground.root / SITE), ground.target.name),
        sweeper=effective(read(ground.root / SWEEPER), ground.target.name),
        database=ground.target.database,
        bucket=ground.target.bucket,
    )


def evaluate_bindings(bindings: Bindings) -> list[Finding]:
    findings: list[Finding] = []
    if not bindings.needed:
        findings.append(
            Finding(
                "error",
                localized(ko="Env 타입이 없어요", en="the type Env was not found"),
                localized(ko="그 파일에 export interface Env를 써 주세요", en="export interface Env in it"),
                where=ENVIRONMENT.as_posix(),
            )
        )
    for name, config in ((SITE, bindings.site), (SWEEPER, bindings.sweeper)):
        given = bound_names(config)
        for missing in [need for need in bindings.needed if need not in given and need not in SECRETS]:
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"코드가 {missing} 바인딩을 쓰는데 연결되어 있지 않아요",
                        en=f"the code uses {missing}, which is not bound",
                    ),
                    localized(ko="연결하거나, 쓰지 않게 고쳐 주세요", en="bind it, or stop using it"),
                    where=name,
                )
            )
        for secret in sorted(set(SECRETS) & set(config.get("vars", {}))):
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"비밀값 {secret}의 내용이 여기에 그대로 적혀 있어요",
                        en=f"the secret {secret} is written here in clear text",
                    ),
                    localized(ko="그 줄을 지워 주세요", en="delete the line"),
                    where=name,
                )
            )
    for key, member in (("d1_databases", "database_id"), ("r2_buckets", "bucket_name")):
        ours, theirs = (members(config, key, member) for config in (bindings.site, bindings.sweeper))
        if ours != theirs:
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"{member} 값이 여기는 {theirs}, {SITE}에는 {ours}예요",
                        en=f"{member} is {theirs}, but {ours} in {SITE}",
                    ),
                    localized(ko="같은 값으로 맞춰 주세요", en="make them equal"),
                    where=SWEEPER,
                )
            )
    return findings


def bound_names(config: dict[str, Any]) -> set[str]:
    names = set(config.get("vars", {}))
    for key in ("d1_databases", "r2_buckets", "kv_namespaces", "services"):
        names |= {row.get("binding", "") for row in config.get(key, [])}
    return names


def probe_migrations(ground: Ground) -> tuple[Migration, ...]:
    config = read(ground.root / SITE)
    folder = ground.root / config["d1_databases"][0].get("migrations_dir", "migrations")
    with sqlite3.connect(":memory:") as database:
        made = tuple(apply(database, path) for path in sorted(folder.glob("*.sql")))
    database.close()
    return made


def apply(database: sqlite3.Connection, path: Path) -> Migration:
    error = ""
    try:
        database.executescript(text_of(path.parent, path.name))
    except sqlite3.Error as refused:
        error = str(refused)
    return Migration(path.name, error, schema(database))


def schema(database: sqlite3.Connection) -> dict[str, dict[str, tuple[str, bool]]]:
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: {
            name: (kind, bool(not_null and default is None and not key))
            for _, name, kind, not_null, default, key in database.execute(f'PRAGMA table_info("{table}")')
        }
        for table in tables
    }


def evaluate_migrations(migrations: Sequence[Migration]) -> list[Finding]:
    """Checks that numbers have no gaps, that every file runs, and that older code still finds all that it uses."""
    findings: list[Finding] = []
    before: dict[str, dict[str, tuple[str, bool]]] = {}
    for number, migration in enumerate(migrations, start=1):
        where = f"functions/migrations/{migration.name}"
        if not migration.name.startswith(f"{number:04d}_"):
            findings.append(
                Finding(
                    "error",
                    localized(ko=f"{number}번째 마이그레이션이에요", en=f"is migration {number}"),
                    localized(
                        ko=f"이름이 {number:04d}_로 시작하게 해 주세요", en=f"let its name begin with {number:04d}_"
                    ),
                    where=where,
                )
            )
        if migration.error:
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"SQLite가 받아 주지 않아요: {migration.error}", en=f"SQLite refuses it: {migration.error}"
                    ),
                    localized(ko="SQL을 고쳐 주세요", en="correct the SQL"),
                    where=where,
                )
            )
        for lost in broken(before, migration.tables):
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"{lost}. 그런데 이것이 적용될 때 돌고 있는 코드는 아직 써요",
                        en=f"{lost}, but the live code still uses it when this is applied",
                    ),
                    localized(
                        ko="지금은 더하기만 하고, 옛것은 다음 배포에서 없애 주세요",
                        en="only add now; remove the old one in a later release",
                    ),
                    where=where,
                )
            )
        before = migration.tables
    return findings


def broken(before: dict[str, dict[str, tuple[str, bool]]], after: dict[str, dict[str, tuple[str, bool]]]) -> list[str]:
    found: list[str] = []
    for table, columns in before.items():
        if table not in after:
            found.append(localized(ko=f"{table} 테이블이 없어져요", en=f"table {table} goes away"))
            continue
        found += [
            localized(ko=f"{table}.{name} 열이 없어져요", en=f"column {table}.{name} goes away")
            for name in columns
            if name not in after[table]
        ]
        found += [
            localized(
                ko=f"{table}.{name} 열이 새로 생기는데, 비울 수 없고 기본값도 없어요",
                en=f"column {table}.{name} is new, must not be null and has no default",
            )
            for name, (_, needs_value) in after[table].items()
            if needs_value and name not in columns
        ]
    return found


def probe_applied(ground: Ground) -> Applied:
    log = read_log(ground.root).latest()
    live = next((row for row in log if row.outcome == "live" and row.environment == ground.target.name), None)
    if live is None:
        return Applied("", {})
    folder = str(read(ground.root / SITE)["d1_databases"][0].get("migrations_dir", "migrations"))
    listing = git(ground.root, "diff", "--name-status", "--no-renames", live.commit, "--", folder)
    rows = [line.split("\t") for line in listing.splitlines()]
    return Applied(live.id, {path: letter for letter, path in rows if letter != "A"})


def evaluate_applied(applied: Applied) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{applied.release} 배포가 적용한 뒤에 지워졌어요. D1은 다시 돌리지 않아요",
                en=f"deleted after {applied.release} applied it; D1 never runs it again",
            )
            if letter == "D"
            else localized(
                ko=f"{applied.release} 배포가 적용한 뒤에 바뀌었어요. D1은 다시 돌리지 않아요",
                en=f"changed after {applied.release} applied it; D1 never runs it again",
            ),
            localized(
                ko="되돌려 놓고, 바꿀 내용은 새 마이그레이션에 써 주세요",
                en="restore it, and write the change into a new migration",
            ),
            where=path,
        )
        for path, letter in applied.changed.items()
    ]


VALIDATION_CHECKS = (
    Check(
        "pages-config",
        "Cloudflare",
        "Pages accepts wrangler.toml",
        "Pages가 wrangler.toml을 받아들이는지",
        probe_validation,
        evaluate_validation,
    ),
)
BINDING_CHECKS = (
    Check(
        "bindings",
        "Cloudflare",
        "site and sweeper bind what the code uses",
        "사이트와 정리 Worker의 바인딩이 코드와 맞는지",
        probe_bindings,
        evaluate_bindings,
        of_the_tree=True,
    ),
)
MIGRATION_CHECKS = (
    Check(
        "d1-migrations",
        "Cloudflare",
        "migrations run, and older code still works",
        "마이그레이션이 돌고 옛 코드도 살아 있는지",
        probe_migrations,
        evaluate_migrations,
        of_the_tree=True,
    ),
)
APPLIED_CHECKS = (
    Check(
        "d1-applied",
        "Cloudflare",
        "applied migrations are unchanged",
        "적용한 마이그레이션이 그대로인지",
        probe_applied,
        evaluate_applied,
    ),
)
