"""What bounds the money that may be spent: caps in the database, the lease and the sweeper that end a lost job, the
row's own cap, and which models production runs.

The figures are compared with what the code needs of them. What a clip costs is `gpu.core.pricing`'s.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpu.core.checkpoints import PRODUCTION_CHECKPOINT
from gpu.core.pricing import NoCardError, all_estimates
from infra.platforms.cloudflare import SITE, SWEEPER, effective
from infra.platforms.files import UnreadableError, text_of, toml_of
from infra.platforms.ground import Ground
from infra.platforms.targets import FILE, Target, is_tiny
from infra.preflight.checks.contract import NO_CARD_FIX
from infra.preflight.checks.money import default_estimate
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError
from infra.settings import SWEEPER_CRON

LEDGER = "functions/_lib/ledger.ts"
CAPS_IN_ORDER = ("job", "owner_day", "site_day")
MIGRATIONS = "functions/migrations"
BEATS = 3
"""A lease outlasts so many of a worker's signs of life, since one may be late and one lost."""
LONGEST_LEASE_SECONDS = 600
"""A card that was lost is billed until then."""
FAR_ABOVE = 20
"""Times the dearest clip: a cap on one job that is higher stops nothing."""
LOOSE = 10
"""Times the default clip's price: a row's cap that is higher notices nothing."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Caps in micro-won as the migrations leave them, those that the code reads, and the dearest clip's price."""

    set: Mapping[str, int]
    read: frozenset[str]
    dearest: int


@dataclass(frozen=True, slots=True)
class Watch:
    """How silent jobs are found: the leases as written, a worker's beat in seconds, and the sweeper's crons."""

    leases: Mapping[str, str]
    beat_seconds: float
    crons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An environment's row beside the default clip's price in won."""

    target: Target
    won: float


def probe_caps(ground: Ground) -> Caps:
    root = ground.root
    names = frozenset(re.findall(r"FROM limits WHERE name = '(\w+)'", text_of(root, LEDGER)))
    with sqlite3.connect(":memory:") as database:
        for path in sorted((root / MIGRATIONS).glob("*.sql")):
            where = f"{MIGRATIONS}/{path.name}"
            try:
                database.executescript(text_of(root, where))
            except sqlite3.Error as error:
                raise UnreadableError(where, f"SQLite refuses it: {error}") from error
        try:
            rows = dict(database.execute("SELECT name, micro_won FROM limits").fetchall())
        except sqlite3.Error as error:
            raise UnreadableError(MIGRATIONS, f"there are no caps: {error}") from error
    database.close()
    try:
        dearest = max(row.high_micro_won for row in all_estimates())
    except NoCardError as error:
        raise InfraError(f"the caps have no price to be held against: {error}", NO_CARD_FIX) from error
    return Caps(rows, names, dearest)


def evaluate_caps(caps: Caps) -> list[Finding]:
    return [
        Finding("error", message, "write a new migration that sets it right", where=MIGRATIONS)
        for message in faults_of_caps(caps)
    ]


def faults_of_caps(caps: Caps) -> Iterator[str]:
    for name in CAPS_IN_ORDER:
        if name not in caps.read:
            yield f"nothing reads the cap {name}, so it holds nobody back ({LEDGER})"
    for name in sorted({*caps.read, *CAPS_IN_ORDER} - caps.set.keys()):
        yield f"the cap {name} is not set, and without it no job is taken"
    values = [caps.set.get(name, 0) for name in CAPS_IN_ORDER]
    if values != sorted(values):
        yield f"the caps do not grow from {' to '.join(CAPS_IN_ORDER)}: {', '.join(f'{n / 1e6:g}' for n in values)} won"
    if values[0] < caps.dearest:
        yield f"the cap of one job, {values[0] / 1e6:g} won, is below the dearest clip, {caps.dearest / 1e6:.0f}"
    if values[0] > FAR_ABOVE * caps.dearest:
        yield f"the cap of one job, {values[0] / 1e6:g} won, is far above the dearest clip, {caps.dearest / 1e6:.0f}"


def probe_watch(ground: Ground) -> Watch:
    configurations = {name: effective(toml_of(ground.root, name), ground.target.name) for name in (SITE, SWEEPER)}
    beat = re.search(
        r"^    heartbeat_seconds: float = ([\d.]+)$", text_of(ground.root, "gpu/serve/settings.py"), re.MULTILINE
    )
    triggers: Any = configurations[SWEEPER].get("triggers", {})
    return Watch(
        leases={name: str(config.get("vars", {}).get("LEASE_SECONDS", "")) for name, config in configurations.items()},
        beat_seconds=float(beat[1]) if beat else 0.0,
        crons=tuple(str(cron) for cron in triggers.get("crons", ())),
    )


def evaluate_watch(watch: Watch) -> list[Finding]:
    findings: list[Finding] = []
    if SWEEPER_CRON not in watch.crons:
        message = "the sweeper is not woken each minute: a lost job would hold its card and its reservation"
        fix = f'write crons = ["{SWEEPER_CRON}"] under [triggers]'
        findings.append(Finding("error", message, fix, where=SWEEPER))
    if not watch.beat_seconds:
        message = "heartbeat_seconds was not found, so no lease can be held against it"
        findings.append(Finding("error", message, "keep it in Settings", where="gpu/serve/settings.py"))
    # A preview that was never set up has no lease yet; that is a missing binding, which another check names.
    shortest = BEATS * watch.beat_seconds
    for name, lease in watch.leases.items():
        seconds = float(lease) if re.fullmatch(r"\d+(\.\d+)?", lease) else 0.0
        if lease and not shortest <= seconds <= LONGEST_LEASE_SECONDS:
            message = f"LEASE_SECONDS is {lease}; a worker is heard of every {watch.beat_seconds:g} s"
            fix = f"set it between {shortest:g} and {LONGEST_LEASE_SECONDS}"
            findings.append(Finding("error", message, fix, where=name))
    if len(set(filter(None, watch.leases.values()))) > 1:
        message = f"the lease is not that of {SITE}: {' and '.join(watch.leases.values())}"
        findings.append(Finding("error", message, "make them equal", where=SWEEPER))
    return findings


def probe_row(ground: Ground) -> Row:
    return Row(ground.target, default_estimate().micro_won / 1e6)


def evaluate_row(row: Row) -> list[Finding]:
    target = row.target
    findings: list[Finding] = []
    if target.cap_won > LOOSE * row.won:
        message = f"cap_won of {target.name} is {target.cap_won}, and the default clip costs {row.won:.1f} won"
        findings.append(Finding("warning", message, "set it a little above the price", where=FILE.as_posix()))
    if is_tiny(target.checkpoint):
        message = f"{target.name} makes clips with {target.checkpoint}: small and soft, and charged all the same"
        fix = f'right for a rehearsal of the accounts; for people write checkpoint = "{PRODUCTION_CHECKPOINT}"'
        findings.append(Finding("warning", message, fix, where=FILE.as_posix()))
    elif target.checkpoint != PRODUCTION_CHECKPOINT:
        message = f"{target.name} runs {target.checkpoint}, and prices and memory are those of {PRODUCTION_CHECKPOINT}"
        findings.append(Finding("error", message, "name the same in gpu/core/checkpoints.py", where=FILE.as_posix()))
    return findings


CAP_CHECKS: Sequence[Check[Caps]] = (
    Check(
        "caps",
        "Money",
        "caps hold every job and every day",
        "한도가 영상마다 날마다 걸리는지",
        probe_caps,
        evaluate_caps,
        of_the_tree=True,
    ),
)
WATCH_CHECKS: Sequence[Check[Watch]] = (
    Check(
        "lost-jobs",
        "Money",
        "a job that is lost is found and ended",
        "잃어버린 작업을 찾아 끝내는지",
        probe_watch,
        evaluate_watch,
        of_the_tree=True,
    ),
)
ROW_CHECKS: Sequence[Check[Row]] = (
    Check(
        "target-limits",
        "Money",
        "the row's models and cap are meant for people",
        "환경의 모델과 한도가 사람에게 쓸 것인지",
        probe_row,
        evaluate_row,
        of_the_tree=True,
    ),
)
