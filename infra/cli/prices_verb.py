"""The verb `prices`: the price list beside Modal's own answer, won a clip before and after, and new rows taken.

It asks Modal, or takes figures that the operator gives with source and date. What is compared and written is in
`infra.build.price_rows`.
"""

import argparse
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from infra import console
from infra.cli.verbs import Verbs
from infra.settings import ROOT

if TYPE_CHECKING:
    from gpu.core.price_list import Listed


def add(verbs: Verbs) -> None:
    words = "show the price list beside Modal's answer; --take writes new prices after showing won a clip"
    verb = verbs.add_parser("prices", help=words)
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=AMOUNT",
        help="a row and its amount, where Modal is not to be asked: H100=3.95 (dollars an hour), dollar=1450 (won)",
    )
    verb.add_argument("--source", help="where the amounts come from, with --set")
    verb.add_argument("--date", type=date.fromisoformat, help="the day that they are of, with --set: 2026-11-26")
    verb.add_argument("--assumed", action="store_true", help="with --set: nobody documents the amounts")
    verb.add_argument("--take", action="store_true", help="write them, with a new revision, and render")
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
        console.note("no amount differs")
    for line in price_rows.lines_of(new) if new else []:
        console.note(line)
    if not options.take:
        console.note("" if not new else "nothing is written; --take writes these rows")
        return 0
    for path in [*price_rows.take(ROOT, rows, ground.today, why), *rendered(ground)]:
        console.note(f"wrote {path}")
    return 0


def listed() -> list[str]:
    from gpu.core.hardware import PRICE_REV
    from gpu.core.price_list import DOLLAR, PRICE_LIST

    lines = [f"price revision {PRICE_REV}; dollars an hour, and won for a dollar"]
    for row in PRICE_LIST.values():
        unit = "won" if row.name == DOLLAR else "dollars"
        lines.append(f"  {row.name:<14}{row.amount:>8} {unit:<8} {row.as_of}, {row.basis}: {row.source}")
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
        raise InfraError("an amount needs its source and its day", "give --set, --source and --date together")
    amounts: dict[str, Decimal] = {}
    for pair in options.set:
        name, _, amount = pair.partition("=")
        if name not in PRICE_LIST:
            raise InfraError(f"there is no price of {name!r}", f"known are {', '.join(PRICE_LIST)}")
        try:
            amounts[name] = Decimal(amount)
        except InvalidOperation as error:
            raise InfraError(f"{amount!r} is no amount", "write it as 3.95") from error
    refuse_implausible(amounts)
    rows = read_again(amounts, options.source, options.date, amounts)
    basis = "assumed" if options.assumed else "documented"
    return [replace(row, basis=basis) for row in rows], f"prices of {options.date}: {options.source}"


def refuse_implausible(amounts: dict[str, Decimal]) -> None:
    from infra.preflight.checks.price_list import is_plausible
    from infra.process.shell import InfraError

    wrong = [f"{name} = {amount}" for name, amount in amounts.items() if not is_plausible(name, amount)]
    if wrong:
        raise InfraError(f"no price of such a thing: {', '.join(wrong)}", "correct the amount; nothing was written")
