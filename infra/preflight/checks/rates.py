"""The rates behind every price: whether they are plausible, and whether PRICE_REV changed when prices changed.

It finds typing errors. Today's prices are another check's matter (`price_list.py`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gpu.core.hardware import CPU_USD_PER_CORE_SECOND, GPUS, MEMORY_USD_PER_GIB_SECOND, WON_PER_USD
from infra.language import language, localized
from infra.platforms.files import UnreadableError, json_of
from infra.platforms.git import committed, git
from infra.platforms.ground import Ground
from infra.preflight.checks.vram import TABLE
from infra.preflight.findings import Check, Finding

HARDWARE, PRICES = "gpu/core/hardware.py", "gpu/core/price_list.py"
LOWEST_WON, HIGHEST_WON = Decimal(800), Decimal(2500)
"""Won a dollar since 1990: 680 to 1,960. Basis: documented (Bank of Korea), with room for another crisis."""
USD_PER_HOUR: dict[str, tuple[Decimal, Decimal]] = {
    "a card": (Decimal("0.2"), Decimal(20)),
    "a core": (Decimal("0.01"), Decimal("0.5")),
    "a GiB of memory": (Decimal("0.001"), Decimal("0.1")),
}
"""Plausible dollars an hour, within an order of magnitude, so that a misplaced point is found. Basis: assumed."""
AGO = 30
"""The number of commits of the price table that are compared. Older ones have other revisions."""
MONEY = ("micro_won", "low_micro_won", "high_micro_won", "cold_start_micro_won", "gpu")


@dataclass(frozen=True, slots=True)
class Rates:
    """Won a dollar, and dollars an hour: name -> (kind, dollars)."""

    won_per_usd: Decimal
    usd_per_hour: Mapping[str, tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Revision:
    """The current revision, and an earlier commit with other prices under the same revision, if there is one."""

    name: str
    other: str = ""
    example: str = ""


def probe_rates(_ground: Ground) -> Rates:
    rows = {gpu.name: ("a card", gpu.usd_per_second * 3600) for gpu in GPUS.values()}
    rows["CPU_USD_PER_CORE_SECOND"] = ("a core", CPU_USD_PER_CORE_SECOND * 3600)
    rows["MEMORY_USD_PER_GIB_SECOND"] = ("a GiB of memory", MEMORY_USD_PER_GIB_SECOND * 3600)
    return Rates(WON_PER_USD, rows)


def evaluate_rates(rates: Rates) -> list[Finding]:
    findings: list[Finding] = []
    if not LOWEST_WON <= rates.won_per_usd <= HIGHEST_WON:
        message = localized(
            ko=f"1달러가 여기는 {rates.won_per_usd}원이에요. {LOWEST_WON}에서 {HIGHEST_WON} 사이를 벗어나요",
            en=f"a dollar is {rates.won_per_usd} won here, outside the range {LOWEST_WON} to {HIGHEST_WON}",
        )
        findings.append(
            found(
                message,
                localized(ko="오늘 환율을 날짜와 함께 써 주세요", en="write today's rate, with its date"),
                PRICES,
            )
        )
    for name, (kind, dollars) in rates.usd_per_hour.items():
        lowest, highest = USD_PER_HOUR[kind]
        if not lowest <= dollars <= highest:
            shown = kind_words(kind)
            message = localized(
                ko=f"{name}: {shown} 한 시간이 여기는 {dollars:.4g}달러예요. {lowest}에서 {highest} 사이를 벗어나요",
                en=f"{name}: an hour of {shown} in dollars is {dollars:.4g} here, outside {lowest} to {highest}",
            )
            findings.append(
                found(
                    message,
                    localized(
                        ko="Modal 클라이언트가 알려 주는 한 시간 값을 써 주세요",
                        en="write the price of an hour, as Modal's client names it",
                    ),
                    PRICES,
                )
            )
    return findings


def kind_words(kind: str) -> str:
    """A key of USD_PER_HOUR as it is shown."""
    korean = {"a card": "GPU 하나", "a core": "코어 하나", "a GiB of memory": "메모리 1 GiB"}[kind]
    return korean if language() == "ko" else kind


def found(message: str, fix: str, where: str = HARDWARE) -> Finding:
    return Finding("error", message, fix, ("python run.py render",), where=where)


def probe_revision(ground: Ground) -> Revision:
    """Compares the table with its earlier commits, newest first, as long as they have the current revision."""
    path = TABLE.as_posix()
    now: dict[str, Any] = json_of(ground.root, path)
    try:
        name, prices = str(now["price_rev"]), prices_of(now)
    except (KeyError, TypeError) as error:
        raise UnreadableError(
            path,
            localized(
                ko=f"가격표가 아니에요: {type(error).__name__} {error}",
                en=f"no price table: {type(error).__name__} {error}",
            ),
        ) from error
    for commit in git(ground.root, "log", f"--max-count={AGO}", "--format=%h", "--", path).split():
        before = prices_then(committed(ground.root, commit, path) or "")
        if before is None:
            continue
        if before[0] != name:
            break
        other = next((choice for choice in prices if before[1].get(choice, prices[choice]) != prices[choice]), "")
        if other:
            return Revision(name, commit, other)
    return Revision(name)


def prices_then(text: str) -> tuple[str, dict[str, list[Any]]] | None:
    """Revision and prices of an earlier table; None if it has another format."""
    try:
        table: dict[str, Any] = json.loads(text)
        return str(table["price_rev"]), prices_of(table)
    except (ValueError, KeyError, TypeError):
        return None


def prices_of(table: dict[str, Any]) -> dict[str, list[Any]]:
    """Prices and card of each choice. Raises KeyError and TypeError for a table in another format."""
    return {
        f"{row['preset']} {row['tier']} {row['ratio']} {row['seconds']} s": [row.get(name) for name in MONEY]
        for row in table["estimates"]
    }


def evaluate_revision(revision: Revision) -> list[Finding]:
    if not revision.other:
        return []
    message = localized(
        ko=f"{revision.other} 뒤로 값이 바뀌었는데 ({revision.example}) PRICE_REV는 아직 {revision.name}이에요",
        en=f"prices changed since {revision.other} ({revision.example}), but PRICE_REV is still {revision.name}",
    )
    return [
        found(
            message,
            localized(
                ko="PRICE_REV에 새 값을 주세요. 작업마다 값과 함께 저장돼요",
                en="give PRICE_REV a new value: each job stores it with its price",
            ),
        )
    ]


RATE_CHECKS: Sequence[Check[Rates]] = (
    Check(
        "rates",
        "Money",
        "prices and exchange rate are plausible",
        "단가와 환율의 크기가 맞는지",
        probe_rates,
        evaluate_rates,
        of_the_tree=True,
    ),
)
REVISION_CHECKS: Sequence[Check[Revision]] = (
    Check(
        "price-revision",
        "Money",
        "the revision changed with the prices",
        "값이 바뀔 때 판 번호도 바뀌었는지",
        probe_revision,
        evaluate_revision,
        of_the_tree=True,
    ),
)
