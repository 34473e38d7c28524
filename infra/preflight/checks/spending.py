"""Limits of spending: the caps in the database, the lease and the sweeper that end a lost job, the row's cap, and the
models that production runs.

The figures are compared with the needs of the code. `gpu.core.pricing` computes what a clip costs.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpu.core.checkpoints import PRODUCTION_CHECKPOINT
from gpu.core.pricing import NoCardError, all_estimates
from infra.language import localized
from infra.platforms.cloudflare import SITE, SWEEPER, effective
from infra.platforms.files import UnreadableError, text_of, toml_of
from infra.platforms.ground import Ground
from infra.platforms.targets import FILE, Target, is_tiny
from infra.preflight.checks.contract import no_card_fix
from infra.preflight.checks.money import default_estimate
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError
from infra.settings import SWEEPER_CRON

CAPS = "functions/_lib/caps.ts"
SWITCH = "accept_jobs"
CAPS_IN_ORDER = ("job", "owner_day", "site_day")
MIGRATIONS = "functions/migrations"
BEATS = 3
"""A lease must last for this many heartbeats, because one may be late and one lost."""
LONGEST_LEASE_SECONDS = 600
"""A lost card is billed until the lease ends."""
FAR_ABOVE = 20
"""Multiple of the dearest clip's price; a higher cap for one job has no effect."""
LOOSE = 10
"""Multiple of the default clip's price; a row's higher cap has no effect."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Caps in micro-won after all migrations, the caps that the code reads, and the dearest clip's price."""

    set: Mapping[str, int]
    read: frozenset[str]
    uncounted: frozenset[str]
    """Caps of numbers and bytes that the code reads and no migration sets, and the switch for new jobs."""
    dearest: int


@dataclass(frozen=True, slots=True)
class Watch:
    """How lost jobs are found: the configured leases, the worker's heartbeat in seconds, and the sweeper's crons."""

    leases: Mapping[str, str]
    beat_seconds: float
    crons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An environment's row, and the default clip's price in won."""

    target: Target
    won: float


def probe_caps(ground: Ground) -> Caps:
    root = ground.root
    units = dict(re.findall(r'^  (\w+): \{ unit: "(\w+)"', text_of(root, CAPS), re.MULTILINE))
    names = frozenset(name for name, unit in units.items() if unit == "micro_won")
    with sqlite3.connect(":memory:") as database:
        for path in sorted((root / MIGRATIONS).glob("*.sql")):
            where = f"{MIGRATIONS}/{path.name}"
            try:
                database.executescript(text_of(root, where))
            except sqlite3.Error as error:
                raise UnreadableError(
                    where, localized(ko=f"SQLite가 받아 주지 않아요: {error}", en=f"SQLite refuses it: {error}")
                ) from error
        try:
            rows = dict(database.execute("SELECT name, micro_won FROM limits").fetchall())
            counted = database.execute("SELECT name FROM count_limits UNION ALL SELECT name FROM switches").fetchall()
        except sqlite3.Error as error:
            raise UnreadableError(
                MIGRATIONS, localized(ko=f"한도를 읽을 수 없어요: {error}", en=f"the caps cannot be read: {error}")
            ) from error
    database.close()
    try:
        dearest = max(row.high_micro_won for row in all_estimates())
    except NoCardError as error:
        raise InfraError(
            localized(
                ko=f"한도를 값과 견줄 수 없어요: {error}", en=f"the caps cannot be compared with prices: {error}"
            ),
            no_card_fix(),
        ) from error
    uncounted = {*units.keys() - names, SWITCH} - {name for (name,) in counted}
    return Caps(rows, names, frozenset(uncounted), dearest)


def evaluate_caps(caps: Caps) -> list[Finding]:
    return [
        Finding(
            "error",
            message,
            localized(ko="바로잡는 새 마이그레이션을 써 주세요", en="write a new migration that corrects it"),
            where=MIGRATIONS,
        )
        for message in faults_of_caps(caps)
    ]


def faults_of_caps(caps: Caps) -> Iterator[str]:
    for name in CAPS_IN_ORDER:
        if name not in caps.read:
            yield localized(
                ko=f"한도 {name} 항목을 읽는 코드가 없어서 효과가 없어요 ({CAPS})",
                en=f"no code reads the cap {name}, so it has no effect ({CAPS})",
            )
    for name in sorted({*caps.read, *CAPS_IN_ORDER} - caps.set.keys() | caps.uncounted):
        yield localized(
            ko=f"한도 {name} 항목이 없어서 어떤 작업도 이미지도 받지 못해요",
            en=f"the cap {name} is not set, so no job or picture would be accepted",
        )
    values = [caps.set.get(name, 0) for name in CAPS_IN_ORDER]
    if values != sorted(values):
        won = ", ".join(f"{value / 1e6:g}" for value in values)
        yield localized(
            ko=f"한도는 {' to '.join(CAPS_IN_ORDER)} 순서로 커져야 하는데 {won}원이에요",
            en=f"the caps must grow from {' to '.join(CAPS_IN_ORDER)}, but are {won} won",
        )
    if values[0] < caps.dearest:
        yield localized(
            ko=f"작업 하나의 한도 {values[0] / 1e6:g}원이 가장 비싼 영상 {caps.dearest / 1e6:.0f}원보다 작아요",
            en=f"the cap of one job, {values[0] / 1e6:g} won, is below the dearest clip, {caps.dearest / 1e6:.0f}",
        )
    if values[0] > FAR_ABOVE * caps.dearest:
        yield localized(
            ko=f"작업 하나의 한도 {values[0] / 1e6:g}원이 가장 비싼 영상 {caps.dearest / 1e6:.0f}원보다 너무 커요",
            en=f"the cap of one job, {values[0] / 1e6:g} won, is far above the dearest clip, {caps.dearest / 1e6:.0f}",
        )


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
        message = localized(
            ko="정리 Worker가 1분마다 돌지 않아요. 놓친 작업이 GPU와 준비 금액을 계속 잡고 있게 돼요",
            en="the sweeper does not run each minute, so a lost job would keep its card and its reservation",
        )
        fix = localized(
            ko=f'[triggers] 아래에 crons = ["{SWEEPER_CRON}"]을 써 주세요',
            en=f'write crons = ["{SWEEPER_CRON}"] under [triggers]',
        )
        findings.append(Finding("error", message, fix, where=SWEEPER))
    if not watch.beat_seconds:
        message = localized(
            ko="heartbeat_seconds가 없어서 임대 시간과 견줄 수 없어요",
            en="heartbeat_seconds was not found, so the leases cannot be compared with it",
        )
        findings.append(
            Finding(
                "error",
                message,
                localized(ko="Settings에 정의해 주세요", en="define it in Settings"),
                where="gpu/serve/settings.py",
            )
        )
    # A preview that was never set up has no lease yet; another check reports the missing binding.
    shortest = BEATS * watch.beat_seconds
    for name, lease in watch.leases.items():
        seconds = float(lease) if re.fullmatch(r"\d+(\.\d+)?", lease) else 0.0
        if lease and not shortest <= seconds <= LONGEST_LEASE_SECONDS:
            message = localized(
                ko=f"LEASE_SECONDS가 {lease}인데 작업자는 {watch.beat_seconds:g}초마다 알려요",
                en=f"LEASE_SECONDS is {lease}; a worker reports every {watch.beat_seconds:g} s",
            )
            fix = localized(
                ko=f"{shortest:g}에서 {LONGEST_LEASE_SECONDS} 사이로 정해 주세요",
                en=f"set it between {shortest:g} and {LONGEST_LEASE_SECONDS}",
            )
            findings.append(Finding("error", message, fix, where=name))
    if len(set(filter(None, watch.leases.values()))) > 1:
        message = localized(
            ko=f"LEASE_SECONDS가 {SITE}와 달라요: {' and '.join(watch.leases.values())}",
            en=f"LEASE_SECONDS differs from {SITE}: {' and '.join(watch.leases.values())}",
        )
        findings.append(
            Finding("error", message, localized(ko="같은 값으로 맞춰 주세요", en="make them equal"), where=SWEEPER)
        )
    return findings


def probe_row(ground: Ground) -> Row:
    return Row(ground.target, default_estimate().micro_won / 1e6)


def evaluate_row(row: Row) -> list[Finding]:
    target = row.target
    findings: list[Finding] = []
    if target.cap_won > LOOSE * row.won:
        message = localized(
            ko=f"{target.name}의 cap_won이 {target.cap_won}인데 기본 영상은 {row.won:.1f}원뿐이에요",
            en=f"cap_won of {target.name} is {target.cap_won}, but the default clip costs only {row.won:.1f} won",
        )
        findings.append(
            Finding(
                "warning",
                message,
                localized(ko="영상 값보다 조금 위로 정해 주세요", en="set it a little above the price"),
                where=FILE.as_posix(),
            )
        )
    if is_tiny(target.checkpoint):
        message = localized(
            ko=f"{target.name} 환경은 {target.checkpoint} 모델을 써요. 영상이 작고 흐린데 값은 받아요",
            en=f"{target.name} uses {target.checkpoint}: clips are small and soft, but are charged",
        )
        fix = localized(
            ko=f'계정을 시험할 때는 맞아요. 사람들에게 열려면 checkpoint = "{PRODUCTION_CHECKPOINT}"로 써 주세요',
            en=f'this is right for a trial of the accounts; for users write checkpoint = "{PRODUCTION_CHECKPOINT}"',
        )
        findings.append(Finding("warning", message, fix, where=FILE.as_posix()))
    elif target.checkpoint != PRODUCTION_CHECKPOINT:
        message = localized(
            ko=f"{target.name} 환경은 {target.checkpoint} 모델을 쓰는데, 값과 메모리는 {PRODUCTION_CHECKPOINT} "
            "기준이에요",
            en=f"{target.name} uses {target.checkpoint}, but prices and memory are for {PRODUCTION_CHECKPOINT}",
        )
        fix = localized(
            ko=f"{PRODUCTION_CHECKPOINT} 모델을 쓰거나 gpu/core/checkpoints.py의 PRODUCTION_CHECKPOINT를 바꿔 주세요",
            en=f"use {PRODUCTION_CHECKPOINT}, or change PRODUCTION_CHECKPOINT in gpu/core/checkpoints.py",
        )
        findings.append(Finding("error", message, fix, where=FILE.as_posix()))
    return findings


CAP_CHECKS: Sequence[Check[Caps]] = (
    Check(
        "caps",
        "Money",
        "caps limit every job and every day",
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
        "lost jobs are found and ended",
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
        "the row's models and cap are suitable for users",
        "환경의 모델과 한도가 사람에게 쓸 것인지",
        probe_row,
        evaluate_row,
        of_the_tree=True,
    ),
)
