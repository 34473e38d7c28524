"""New rows for the price list: what a clip would cost with them, and the files that change when they are taken.

Three files hold what a change of prices touches: the list itself, PRICE_REV, and the history of the default clip.
`render` writes the rest. It asks nobody for a price and judges none.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.geometry import DEFAULT_TIER, Tier, geometry
from gpu.core.hardware import PRICE_REV
from gpu.core.presets import DEFAULT_PRESET, PRESETS, presets_of
from gpu.core.price_list import CORE, DOLLAR, MEMORY, PRICE_LIST, Listed
from gpu.core.pricing import Candidate, candidates
from infra.build.costs import SHOWN_RATIO, SHOWN_SECONDS
from infra.build.past_prices import PAST_PRICES
from infra.language import localized
from infra.process.shell import InfraError

LIST, REVISION, HISTORY = "gpu/core/price_list.py", "gpu/core/hardware.py", "infra/build/past_prices.py"
LONGEST_SOURCE = 60
"""Characters: a row stays on its line."""
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class ClipPrice:
    """A warm clip of eight seconds before and after: the card that production takes, and micro-won."""

    preset: str
    tier: Tier
    card: str
    micro_won: int
    new_card: str
    new_micro_won: int


def clip_prices(new: Mapping[str, Decimal]) -> list[ClipPrice]:
    """Of every preset and size. `new`: row of the list -> amount; a row that is left out stays."""
    found: list[ClipPrice] = []
    checkpoint = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    for preset in presets_of(checkpoint.flavour):
        for tier in preset.tiers:
            shape = geometry(SHOWN_RATIO, tier, SHOWN_SECONDS)
            rows = candidates(preset, shape, checkpoint)
            offered = [row for row in rows if row.fits and row.gpu.speed.basis == "measured"]
            now = min(offered, key=lambda row: row.micro_won)
            then = min(offered, key=lambda row: repriced(row, new))
            found.append(ClipPrice(preset.name, tier, now.gpu.name, now.micro_won, then.gpu.name, repriced(then, new)))
    return found


def repriced(row: Candidate, new: Mapping[str, Decimal]) -> int:
    """Micro-won of the same seconds at other prices, within a micro-won: each part grows as its row does."""

    def growth(name: str) -> Decimal:
        return new.get(name, PRICE_LIST[name].amount) / PRICE_LIST[name].amount

    parts = row.parts.gpu * growth(row.gpu.name) + row.parts.cpu * growth(CORE) + row.parts.memory * growth(MEMORY)
    return round(parts * growth(DOLLAR))


def lines_of(new: Mapping[str, Decimal]) -> list[str]:
    """The rows that change, and won a clip before and after."""
    lines = [f"{name}: {PRICE_LIST[name].amount} -> {amount}" for name, amount in changed(new).items()]
    head = localized(
        ko=f"영상 하나의 값(원). {SHOWN_SECONDS}초, {SHOWN_RATIO}, GPU가 켜져 있을 때",
        en=f"won a clip: {SHOWN_SECONDS} s, {SHOWN_RATIO}, warm",
    )
    lines += ["", head]
    for row in clip_prices(new):
        then = "" if row.card == row.new_card else f" on {row.new_card}"
        lines.append(
            f"  {row.preset:<20}{row.tier:<7}{row.card:<6}{row.micro_won / MICRO:>8.1f} -> "
            f"{row.new_micro_won / MICRO:.1f}{then} ({row.new_micro_won / row.micro_won - 1:+.1%})"
        )
    return lines


def changed(new: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The amounts that are not those of the list. Raises KeyError for a name without a row."""
    return {name: amount for name, amount in new.items() if amount != PRICE_LIST[name].amount}


def take(root: Path, rows: Iterable[Listed], today: date, why: str) -> list[str]:
    """Writes the rows into this checkout's files, and a new revision if an amount changed; returns the paths. Generated
    files are stale afterwards. Raises InfraError for a source that does not fit on a row's line."""
    rows = list(rows)
    text = _read(root, LIST)
    for row in rows:
        text = _with_row(text, row)
    written = [_written(root, LIST, text)]
    new = changed({row.name: row.amount for row in rows})
    if new:
        revision = next_revision(today)
        line = f'PRICE_REV = "{revision}"'
        dated = re.sub(r'^PRICE_REV = ".*"$', line, _read(root, REVISION), flags=re.MULTILINE)
        written.append(_written(root, REVISION, dated))
        written.append(_written(root, HISTORY, _with_history(_read(root, HISTORY), revision, new, why)))
    return written


def next_revision(today: date) -> str:
    """The day and a number, after the present one."""
    day, _, number = PRICE_REV.partition(".")
    return f"{day}.{int(number) + 1}" if day >= f"{today}" else f"{today}.1"


def _with_row(text: str, row: Listed) -> str:
    if len(row.source) > LONGEST_SOURCE or not row.source.isprintable():
        raise InfraError(
            localized(
                ko=f"출처 {row.source!r}: 한 줄에 {LONGEST_SOURCE}자까지 쓸 수 있어요",
                en=f"the source {row.source!r} is not one line of length {LONGEST_SOURCE} at most",
            ),
            localized(ko="더 짧게 써 주세요", en="name it in fewer words"),
        )
    amount = f"{row.amount}" if row.amount == int(row.amount) and "." not in f"{row.amount}" else f'"{row.amount}"'
    words = ", ".join(json.dumps(word, ensure_ascii=False) for word in (row.source, row.as_of, row.basis))
    line = f'        Listed("{row.name}", Decimal({amount}), {words}),'
    return re.sub(rf'^        Listed\("{re.escape(row.name)}", .*$', lambda _: line, text, flags=re.MULTILINE)


def _with_history(text: str, revision: str, new: Mapping[str, Decimal], why: str) -> str:
    """The history with the present revision's figures in place, and a last row for the next one."""
    default = next(row for row in clip_prices(new) if (row.preset, row.tier) == (DEFAULT_PRESET, DEFAULT_TIER))
    now = next(
        row
        for row in candidates(
            PRESETS[DEFAULT_PRESET],
            geometry(SHOWN_RATIO, DEFAULT_TIER, SHOWN_SECONDS),
            CHECKPOINTS[PRODUCTION_CHECKPOINT],
        )
        if row.gpu.name == default.card
    )
    past = {row[0]: row for row in PAST_PRICES}
    words = past.get(PRICE_REV, ("", "", "", ""))[3]
    past[PRICE_REV] = (PRICE_REV, f"{now.micro_won / MICRO:.1f}", f"{now.gpu_seconds:.1f}", words)
    past[revision] = (revision, "", "", why)
    rows = "".join(f"    {_tuple(row)},\n" for row in past.values())
    table = re.compile(r"^PAST_PRICES = \(\n.*?^\)$", re.MULTILINE | re.DOTALL)
    return table.sub(lambda _: f"PAST_PRICES = (\n{rows})", text)


def _tuple(words: Sequence[str]) -> str:
    return f"({', '.join(json.dumps(word, ensure_ascii=False) for word in words)})"


def read_again(rows: Iterable[str], source: str, as_of: date, new: Mapping[str, Decimal]) -> list[Listed]:
    """Rows of the list with this source and day; their amounts from `new`, where it names them."""
    return [
        replace(
            PRICE_LIST[name],
            amount=new.get(name, PRICE_LIST[name].amount),
            source=source,
            as_of=f"{as_of}",
            basis="documented",
        )
        for name in rows
    ]


def _read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def _written(root: Path, name: str, text: str) -> str:
    (root / name).write_text(text, encoding="utf-8", newline="\n")
    return name
