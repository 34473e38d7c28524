"""Whether the price list holds what Modal charges today, as Modal's own client names it.

A difference is a warning: a release with yesterday's prices is possible, and its clips are billed by its own list. The
mend shows won a clip before and after, then writes the rows. The rate of exchange is not Modal's to name; `price-age`
looks at its date.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gpu.core.price_list import CORE, DOLLAR, MEMORY, PRICE_LIST
from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.modal_rates import SOURCE, todays_rates
from infra.platforms.programs import run
from infra.preflight.checks.rates import HIGHEST_WON, LOWEST_WON, USD_PER_HOUR
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError

LONG = 300.0
WHERE = "gpu/core/price_list.py"


@dataclass(frozen=True, slots=True)
class Answer:
    """Row of the list -> dollars an hour, or the trouble and its fix."""

    amounts: Mapping[str, Decimal]
    trouble: str = ""
    fix: str = ""


def probe(ground: Ground) -> Answer:
    try:
        return Answer(todays_rates(ground.root))
    except InfraError as error:
        return Answer({}, str(error), error.fix)


def evaluate(answer: Answer) -> list[Finding]:
    from infra.build import price_rows

    if answer.trouble:
        given = 'python run.py prices --set H100=3.95 --source "…" --date 2026-11-26'
        return [
            Finding(
                "warning",
                answer.trouble,
                localized(ko=f"{answer.fix}. 또는 값을 직접 알려 주세요", en=f"{answer.fix}; or give prices yourself"),
                (given,),
                where=WHERE,
            )
        ]
    findings = [
        Finding(
            "warning",
            localized(ko=f"Modal이 {name} 값을 알려 주지 않아요", en=f"Modal names no price of {name}"),
            localized(ko="아직 빌려주는지 확인해 주세요", en="look whether it is still rented out"),
            where=WHERE,
        )
        for name in PRICE_LIST
        if name not in answer.amounts and name != DOLLAR
    ]
    new = price_rows.changed(answer.amounts)
    wrong = [name for name, amount in new.items() if not is_plausible(name, amount)]
    default = price_rows.clip_prices(new)[0] if new else None
    for name, amount in new.items():
        assert default is not None
        clip = localized(
            ko=f"{default.preset} {default.tier}: {default.micro_won / 1e6:.1f} -> {default.new_micro_won / 1e6:.1f}원",
            en=f"{default.preset} {default.tier}: {default.micro_won / 1e6:.1f} -> {default.new_micro_won / 1e6:.1f} "
            "won",
        )
        message = localized(
            ko=f"{name} 한 시간이 여기는 {PRICE_LIST[name].amount}달러, Modal은 {amount}달러예요 ({clip})",
            en=f"an hour of {name} in dollars is {PRICE_LIST[name].amount} here and {amount} at Modal ({clip})",
        )
        fix = (
            localized(
                ko="Modal의 답을 읽어 보세요. 그런 것의 값일 수 없어요",
                en="read Modal's answer: this is no price of such a thing",
            )
            if wrong
            else localized(ko="오늘 값을 받아 와 주세요", en="take today's prices")
        )
        findings.append(
            Finding("warning", message, fix, ("python run.py prices --take",), where=WHERE, mendable=not wrong)
        )
    return findings


def is_plausible(name: str, amount: Decimal) -> bool:
    """Whether it can be the price of such a row."""
    if name == DOLLAR:
        return LOWEST_WON <= amount <= HIGHEST_WON
    lowest, highest = USD_PER_HOUR[{CORE: "a core", MEMORY: "a GiB of memory"}.get(name, "a card")]
    return lowest <= amount <= highest


def mend(ground: Ground, _findings: Sequence[Finding]) -> list[str]:
    """Shows won a clip before and after, takes the rows that Modal names today, and renders."""
    from infra.build import price_rows

    amounts = todays_rates(ground.root)
    print("\n".join(price_rows.lines_of(amounts)), file=sys.stderr)  # noqa: T201  # stdout may be JSON
    return taken(ground, amounts, ground.today)


def taken(ground: Ground, amounts: Mapping[str, Decimal], day: date) -> list[str]:
    """The paths that changed, the generated ones included."""
    from infra.build import price_rows

    rows = price_rows.read_again(amounts, SOURCE, day, amounts)
    paths = price_rows.take(ground.root, rows, day, f"Modal's prices of {day}")
    return [*paths, *rendered(ground)]


def rendered(ground: Ground) -> list[str]:
    """Renders in a process of its own, which reads the new rows. Raises ProgramError."""
    said = run([sys.executable, "-X", "utf8", "-m", "infra", "render"], cwd=ground.root, timeout_seconds=LONG)
    return [line.removeprefix("wrote ").strip() for line in said.splitlines() if line.startswith("wrote ")]


CHECKS: Sequence[Check[Answer]] = (
    Check(
        "price-list",
        "Money",
        "prices are those that Modal names today",
        "단가가 오늘 Modal이 알려 주는 값인지",
        probe,
        evaluate,
        needs="network",
        mend=mend,
    ),
)
