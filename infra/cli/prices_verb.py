"""The verb `prices`: the price list beside Modal's own answer, won a clip before and after, and new rows taken.

It asks Modal, or takes figures that the operator gives with source and date. What is compared and written is in
`infra.build.price_rows`.
"""

import argparse
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from infra import console
from infra.build.facts import shown
from infra.cli.verbs import Verbs
from infra.language import localized
from infra.settings import ROOT

if TYPE_CHECKING:
    from gpu.core.price_list import Listed


def add(verbs: Verbs) -> None:
    words = localized(
        ko="단가표를 Modal의 답과 나란히 보여 줘요. --take는 영상 값을 앞뒤로 보여 주고 새 단가를 써요",
        en="show the price list beside Modal's answer; --take writes new prices after showing won a clip",
    )
    verb = verbs.add_parser("prices", help=words)
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=AMOUNT",
        help=localized(
            ko="Modal에 묻지 않을 때의 항목과 값: H100=3.95 (한 시간 달러), dollar=1450 (원)",
            en="a row and its amount, where Modal is not to be asked: H100=3.95 (dollars an hour), dollar=1450 (won)",
        ),
    )
    verb.add_argument(
        "--source", help=localized(ko="--set과 함께: 그 값의 출처", en="where the amounts come from, with --set")
    )
    verb.add_argument(
        "--date",
        type=date.fromisoformat,
        help=localized(
            ko="--set과 함께: 그 값의 날짜, 2026-11-26처럼", en="the day that they are of, with --set: 2026-11-26"
        ),
    )
    verb.add_argument(
        "--assumed",
        action="store_true",
        help=localized(ko="--set과 함께: 그 값을 적은 문서가 없어요", en="with --set: nobody documents the amounts"),
    )
    verb.add_argument(
        "--take",
        action="store_true",
        help=localized(ko="새 판으로 쓰고 생성 파일도 다시 만들어요", en="write them, with a new revision, and render"),
    )
    verb.set_defaults(run=prices)


def prices(options: argparse.Namespace) -> int:
    from infra.build import price_rows
    from infra.preflight.checks.price_list import rendered
    from infra.preflight.runner import ground_of

    for line in listed():
        console.note(line)
    ground = ground_of(ROOT, "production")
    rows, why = given(options) if options.set or options.source or options.date else read(ground.today)
    new = price_rows.changed({row.name: row.amount for row in rows})
    console.note("")
    if not new:
        console.note(localized(ko="달라진 값이 없어요", en="no amount differs"))
    for line in price_rows.lines_of(new) if new else []:
        console.note(line)
    if not options.take:
        console.note(
            ""
            if not new
            else localized(
                ko="아무것도 쓰지 않았어요. --take를 붙이면 이 값들을 써요",
                en="nothing is written; --take writes these rows",
            )
        )
        return 0
    for path in [*price_rows.take(ROOT, rows, ground.today, why), *rendered(ground)]:
        console.note(localized(ko=f"{path} 파일을 썼어요", en=f"wrote {path}"))
    return 0


def listed() -> list[str]:
    from gpu.core.hardware import PRICE_REV
    from gpu.core.price_list import DOLLAR, PRICE_LIST

    lines = [
        localized(
            ko=f"가격표 {PRICE_REV}. 한 시간 달러, 그리고 1달러의 원화 값",
            en=f"price revision {PRICE_REV}; dollars an hour, and won for a dollar",
        )
    ]
    for row in PRICE_LIST.values():
        unit = localized(ko="원", en="won") if row.name == DOLLAR else localized(ko="달러", en="dollars")
        what = f"{console.left(shown(row.basis), 10)}  {shown(row.source)}"
        lines.append(f"  {row.name:<14}{row.amount:>8} {console.left(unit, 8)} {row.as_of}  {what}")
    return lines


def read(today: date) -> "tuple[list[Listed], str]":
    """Modal's own figures of today. Raises InfraError where it does not answer, or names something implausible."""
    from infra.build.price_rows import read_again
    from infra.platforms.modal_rates import SOURCE, todays_rates

    amounts = todays_rates(ROOT)
    refuse_implausible(amounts)
    return read_again(amounts, SOURCE, today, amounts), f"Modal's prices of {today}"


def given(options: argparse.Namespace) -> "tuple[list[Listed], str]":
    """The operator's figures. Raises InfraError without source and date, for unknown rows and implausible amounts."""
    from dataclasses import replace

    from gpu.core.price_list import PRICE_LIST
    from infra.build.price_rows import read_again
    from infra.process.shell import InfraError

    if not (options.set and options.source and options.date):
        raise InfraError(
            localized(ko="값에는 출처와 날짜가 있어야 해요", en="an amount needs its source and its day"),
            localized(ko="--set, --source, --date를 함께 써 주세요", en="give --set, --source and --date together"),
        )
    amounts: dict[str, Decimal] = {}
    for pair in options.set:
        name, _, amount = pair.partition("=")
        if name not in PRICE_LIST:
            raise InfraError(
                localized(ko=f"{name!r}: 그런 단가는 없어요", en=f"there is no price of {name!r}"),
                localized(ko=f"있는 단가: {', '.join(PRICE_LIST)}", en=f"known are {', '.join(PRICE_LIST)}"),
            )
        try:
            amounts[name] = Decimal(amount)
        except InvalidOperation as error:
            raise InfraError(
                localized(ko=f"{amount!r}: 금액이 아니에요", en=f"{amount!r} is no amount"),
                localized(ko="3.95처럼 써 주세요", en="write it as 3.95"),
            ) from error
    refuse_implausible(amounts)
    rows = read_again(amounts, options.source, options.date, amounts)
    basis = "assumed" if options.assumed else "documented"
    return [replace(row, basis=basis) for row in rows], f"prices of {options.date}: {options.source}"


def refuse_implausible(amounts: dict[str, Decimal]) -> None:
    from infra.preflight.checks.price_list import is_plausible
    from infra.process.shell import InfraError

    wrong = [f"{name} = {amount}" for name, amount in amounts.items() if not is_plausible(name, amount)]
    if wrong:
        raise InfraError(
            localized(
                ko=f"그런 것의 값일 수 없어요: {', '.join(wrong)}", en=f"no price of such a thing: {', '.join(wrong)}"
            ),
            localized(ko="값을 고쳐 주세요. 아무것도 쓰지 않았어요", en="correct the amount; nothing was written"),
        )
