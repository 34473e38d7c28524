"""What a day cost: Modal's own bill, and what the product's database says of the same day. Days are those of Seoul.

Modal bills dollars; they become won at the product's own rate of exchange, so a difference is never one of exchange. It
judges no difference.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gpu.core.hardware import WON_PER_USD
from infra import console
from infra.language import localized
from infra.platforms.accounts import last_words
from infra.platforms.cloudflare import SITE, read
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, json_part, modal, plain, wrangler
from infra.process.shell import InfraError

ZONE = "Asia/Seoul"
LIMIT_SECONDS = 60.0
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class DayBill:
    """Integer micro-won of one day. `modal` is what Modal bills for the app. `billed` and `losses` are the ledger's:
    what owners pay, and what the site bears. `containers` is what the containers themselves have measured, and
    `unassigned` the part of it that belongs to no job."""

    day: str
    modal: int = 0
    billed: int = 0
    losses: int = 0
    containers: int = 0
    unassigned: int = 0

    @property
    def booked(self) -> int:
        """What the database accounts for."""
        return self.billed + self.losses + self.unassigned

    @property
    def drift(self) -> float:
        """The share by which Modal's bill exceeds what is booked; negative where more is booked."""
        if not self.modal:
            return 0.0 if not self.booked else -1.0
        return (self.modal - self.booked) / self.modal


def bills(ground: Ground, first: date, last: date) -> list[DayBill]:
    """One row per day from `first` to `last`, both included. Raises InfraError when Modal or D1 does not answer."""
    paid, booked = modal_days(ground, first, last), database_days(ground, first, last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [DayBill(f"{day}", modal=paid.get(f"{day}", 0), **booked.get(f"{day}", {})) for day in days]


def modal_days(ground: Ground, first: date, last: date) -> dict[str, int]:
    command = [*modal(), "billing", "report", "--start", f"{first}", "--end", f"{last + timedelta(days=1)}"]
    rows = answer(
        [*command, "--resolution", "h", "--tz", ZONE, "--json"], ground, localized(ko="Modal 청구서", en="Modal's bill")
    )
    return of_app(rows, ground.target.modal_app, ground.target.modal_environment)


def of_app(rows: Iterable[Mapping[str, Any]], app: str, environment: str) -> dict[str, int]:
    """Day -> micro-won of one app, from the rows of an hourly report."""
    dollars: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if (row["description"], row["environment"]) == (app, environment):
            dollars[f"{datetime.fromisoformat(str(row['interval_start'])).date()}"] += Decimal(str(row["cost"]))
    return {day: int((cost * WON_PER_USD * MICRO).to_integral_value(ROUND_HALF_UP)) for day, cost in dollars.items()}


STATEMENT = """
SELECT day, CASE kind WHEN 'settle' THEN 'billed' ELSE 'losses' END AS part, SUM(micro_won) AS micro_won FROM ledger
WHERE kind NOT IN ('reserve', 'release') AND day BETWEEN '{first}' AND '{last}' GROUP BY 1, 2
UNION ALL SELECT day, 'containers', SUM(total_micro_won) FROM containers WHERE day BETWEEN '{first}' AND '{last}'
GROUP BY 1
UNION ALL SELECT day, 'unassigned', SUM(unassigned_micro_won) FROM containers WHERE day BETWEEN '{first}' AND '{last}'
GROUP BY 1
"""


def database_days(ground: Ground, first: date, last: date) -> dict[str, dict[str, int]]:
    target = ground.target
    statement = " ".join(STATEMENT.format(first=first, last=last).split())
    command = [*wrangler(), "d1", "execute", target.database, "--remote", "--yes", "--json", "--command", statement]
    if target.name in read(ground.root / SITE).get("env", {}):
        command += ["--env", target.name]
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for result in answer(command, ground, localized(ko="장부", en="the ledger")):
        for row in result["results"]:
            found[str(row["day"])][str(row["part"])] = int(row["micro_won"])
    return found


def answer(command: list[str], ground: Ground, what: str) -> list[Any]:
    finished = attempt(command, cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    if finished.exit_code != 0:
        raise InfraError(
            localized(
                ko=f"{what}: 읽을 수 없어요. {last_words(finished.output)}",
                en=f"{what} cannot be read: {last_words(finished.output)}",
            ),
            localized(ko=f"이 명령의 출력을 읽어 보세요: {plain(command)}", en=f"read its output: {plain(command)}"),
        )
    try:
        return json.loads(json_part(finished.output) or "[]")
    except ValueError as error:
        raise InfraError(
            localized(ko=f"{what}: JSON이 아니에요", en=f"{what} is no JSON"),
            localized(ko=f"이 명령의 출력을 읽어 보세요: {plain(command)}", en=f"read its output: {plain(command)}"),
        ) from error


def lines_of(rows: Iterable[DayBill]) -> list[str]:
    """The days side by side, in won."""
    heads = (
        localized(ko="날짜", en="day"),
        "Modal",
        localized(ko="장부", en="booked"),
        localized(ko="차이", en="drift"),
        localized(ko="그중 청구", en="of that: billed"),
        localized(ko="손실", en="losses"),
        localized(ko="작업 없음", en="no job's"),
        localized(ko="컨테이너가 잰 값", en="measured by containers"),
    )
    table: list[tuple[str, ...]] = [heads]
    for row in rows:
        amounts = (row.billed, row.losses, row.unassigned, row.containers)
        table.append((row.day, won(row.modal), won(row.booked), f"{row.drift:+.1%}", *map(won, amounts)))
    widths = [max(console.columns(cells[at]) for cells in table) for at in range(len(heads))]
    return ["  ".join(console.right(cell, width) for cell, width in zip(cells, widths, strict=True)) for cells in table]


def won(micro_won: int) -> str:
    return f"{Decimal(micro_won) / MICRO:,.0f}"
