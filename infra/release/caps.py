"""The site's caps, read and changed by an operator: in won, in number, in bytes, and the switch for new jobs.

They are rows of the site's database, and a change holds from the next request on. It knows no single owner's use.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from gpu.core.contract import CapName
from infra.language import localized
from infra.platforms.site_database import SiteDatabase
from infra.process.shell import InfraError

Unit = Literal["won", "number", "MB"]
NAMES: tuple[CapName, ...] = get_args(CapName)
MICRO = 1_000_000
"""Micro-won in a won, and bytes in a MB."""


@dataclass(frozen=True, slots=True)
class Cap:
    name: CapName
    most: int
    """Micro-won, a number, or bytes."""
    unit: Unit


@dataclass(frozen=True, slots=True)
class Caps:
    accepts_jobs: bool
    rows: tuple[Cap, ...]


def unit_of(name: CapName) -> Unit:
    if name in ("job", "owner_day", "site_day"):
        return "won"
    return "MB" if "bytes" in name else "number"


def caps_of(database: SiteDatabase) -> Caps:
    """Raises ProgramError."""
    won, counts, switches = database.run(
        "SELECT name, micro_won AS most FROM limits",
        "SELECT name, most FROM count_limits",
        "SELECT is_on FROM switches WHERE name = 'accept_jobs'",
    )
    most = {row["name"]: int(row["most"]) for row in (*won, *counts)}
    rows = tuple(Cap(name, most[name], unit_of(name)) for name in NAMES if name in most)
    return Caps(any(row["is_on"] == 1 for row in switches), rows)


def change(database: SiteDatabase, wanted: Mapping[CapName, int], *, accepts_jobs: bool | None = None) -> None:
    """`wanted` is in each cap's smallest unit. Raises ProgramError."""
    statements = list[str]()
    for name, most in wanted.items():
        table, column = ("limits", "micro_won") if unit_of(name) == "won" else ("count_limits", "most")
        statements.append(
            # The names are this module's own.
            f"INSERT INTO {table} (name, {column}) VALUES ('{name}', {most:d})"  # noqa: S608
            f" ON CONFLICT (name) DO UPDATE SET {column} = excluded.{column}"
        )
    if accepts_jobs is not None:
        statements.append(
            f"INSERT INTO switches (name, is_on) VALUES ('accept_jobs', {accepts_jobs:d})"  # noqa: S608
            " ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on"
        )
    if statements:
        database.run(*statements)


def parsed(words: list[str]) -> dict[CapName, int]:
    """`owner_day=50000` in won, `owner_open_jobs=400`, `owner_upload_bytes=50000` in MB; by name, in the smallest unit.

    Raises InfraError for an unknown name and for what is no whole number."""
    wanted = dict[CapName, int]()
    for word in words:
        given, _, amount = word.partition("=")
        if given not in NAMES:
            raise InfraError(
                localized(ko=f"{given!r}: 그런 한도는 없어요", en=f"there is no cap {given!r}"),
                localized(
                    ko=f"이 가운데 하나를 골라 주세요: {', '.join(NAMES)}", en=f"choose one of: {', '.join(NAMES)}"
                ),
            )
        digits = amount.replace(",", "").replace("_", "")
        if not (digits.isascii() and digits.isdigit()):
            raise InfraError(
                localized(ko=f"{word!r}: 정수가 아니에요", en=f"{word!r} names no whole amount"),
                localized(ko=f"예를 들면 {given}=400처럼 써 주세요", en=f"write for example {given}=400"),
            )
        name = NAMES[NAMES.index(given)]
        wanted[name] = int(digits) * (1 if unit_of(name) == "number" else MICRO)
    return wanted


def lines_of(caps: Caps) -> Iterator[str]:
    if caps.accepts_jobs:
        yield localized(ko="새 작업: 받아요", en="new jobs: accepted")
    else:
        yield localized(
            ko="새 작업: 받지 않아요. `python run.py caps --go`를 돌리면 다시 받아요",
            en="new jobs: refused, until `python run.py caps --go`",
        )
    for cap in caps.rows:
        amount = cap.most if cap.unit == "number" else cap.most // MICRO
        yield f"{cap.name:<26}{amount:>14,}{'' if cap.unit == 'number' else ' ' + cap.unit}"
