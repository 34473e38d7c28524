"""Whether each choice fits on the card that the price table rents for it, and on which other cards it fits.

Production uses the table in `functions/_generated/quotes.json`, so every row of it is checked with the formulas of
`gpu.core.memory`. This module uses no GPU.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.geometry import geometry
from gpu.core.hardware import GIB, GPUS
from gpu.core.memory import best_fit, fit
from gpu.core.presets import PRESETS
from gpu.core.pricing import NoCardError, candidates
from infra.language import language, localized
from infra.platforms.files import UnreadableError, json_of
from infra.platforms.ground import Ground
from infra.preflight.checks.contract import no_card_fix
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError

TABLE = Path("functions", "_generated", "quotes.json")
MARGIN = 0.03
"""Free share of usable memory below which a fit is called tight. Basis: assumed, until peaks of real jobs are in."""
COMMANDS = ("python run.py preflight --fix --only vram",)


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the price table."""

    preset: str
    tier: str
    ratio: str
    seconds: int
    gpu: str


@dataclass(frozen=True, slots=True)
class Room:
    """A choice on its card: predicted peak of the fullest phase against what a process can allocate there, in bytes.
    `others` are the cards that hold it, cheapest first: name, won, and whether their speed was measured."""

    choice: Choice
    phase: str
    peak_bytes: int
    usable_bytes: int
    others: tuple[tuple[str, float, str], ...]


def probe(ground: Ground) -> tuple[Room, ...]:
    table: dict[str, Any] = json_of(ground.root, TABLE.as_posix())
    names = ("preset", "tier", "ratio", "seconds", "gpu")
    try:
        choices = [Choice(**{name: row[name] for name in names}) for row in table["estimates"]]
        return tuple(room_of(choice) for choice in fullest(choices))
    except (KeyError, TypeError) as error:
        # Nothing that the rows of gpu/ render to: another hand wrote it.
        raise UnreadableError(
            TABLE.as_posix(),
            localized(
                ko=f"가격표가 아니에요: {type(error).__name__} {error}",
                en=f"no price table: {type(error).__name__} {error}",
            ),
        ) from error


def fullest(choices: Sequence[Choice]) -> list[Choice]:
    """The longest clip of each preset, tier, ratio and card: memory grows with length, so it speaks for the others."""
    longest: dict[tuple[str, str, str, str], Choice] = {}
    for choice in choices:
        key = (choice.preset, choice.tier, choice.ratio, choice.gpu)
        if key not in longest or longest[key].seconds < choice.seconds:
            longest[key] = choice
    return list(longest.values())


def room_of(choice: Choice) -> Room:
    """Raises KeyError for a preset or card without a row."""
    preset = PRESETS[choice.preset]  # type: ignore[index]  # the table's words are checked by the lookup itself
    shape = geometry(choice.ratio, choice.tier, choice.seconds)  # type: ignore[arg-type]
    checkpoint = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    gpu = GPUS[choice.gpu]
    # If no plan fits, the default plan shows the missing memory.
    verdict = best_fit(preset, shape, checkpoint, gpu) or fit(preset, shape, checkpoint, gpu)
    phase = max(verdict.phases, key=lambda name: verdict.phases[name])
    return Room(
        choice=choice,
        phase=phase,
        peak_bytes=verdict.peak_bytes,
        usable_bytes=verdict.usable_bytes,
        others=tuple(
            (row.gpu.name, row.micro_won / 1e6, row.gpu.speed.basis)
            for row in candidates(preset, shape, checkpoint)
            if row.fits
        ),
    )


def basis_words(basis: str) -> str:
    """A basis of `gpu.core.provenance` as it is shown."""
    korean = {"measured": "측정", "documented": "문서", "derived": "계산", "assumed": "가정"}
    return korean[basis] if language() == "ko" else basis


def evaluate(rooms: Sequence[Room]) -> list[Finding]:
    findings: list[Finding] = []
    for room in rooms:
        free = 1 - room.peak_bytes / room.usable_bytes
        if free >= MARGIN:
            continue
        choice = room.choice
        what = f"{choice.gpu}, {choice.preset} {choice.tier} {choice.ratio} {choice.seconds} s"
        need = localized(
            ko=f"{room.phase} 단계에 {room.usable_bytes / GIB:.1f} GiB 가운데 {room.peak_bytes / GIB:.1f} "
            "GiB가 필요해요",
            en=f"{room.phase} needs {room.peak_bytes / GIB:.1f} GiB of {room.usable_bytes / GIB:.1f}",
        )
        offers = "; ".join(
            localized(ko=f"{name} {won:.1f}원 ({shown})", en=f"{name} {won:.1f} won ({shown})")
            for name, won, shown in ((name, won, basis_words(basis)) for name, won, basis in room.others)
        )
        fix = (
            localized(ko=f"들어가는 GPU를 써 주세요: {offers}", en=f"use a card on which it fits: {offers}")
            if offers
            else localized(
                ko="들어가는 GPU가 없어요. 더 낮은 화질이나 더 짧은 길이를 써 주세요",
                en="it fits on no card: use a smaller size or a shorter clip",
            )
        )
        findings.append(
            Finding(
                "error" if free < 0 else "warning",
                localized(ko=f"{what}: 들어가지 않아요. {need}", en=f"{what}: does not fit, {need}")
                if free < 0
                else localized(ko=f"{what}: 자리가 빠듯해요. {need}", en=f"{what}: fits with little room, {need}"),
                fix,
                COMMANDS,
                where=TABLE.as_posix(),
                # The table uses measured cards only.
                mendable=free < 0 and any(basis == "measured" for _, _, basis in room.others),
            )
        )
    return findings


def mend(ground: Ground, _findings: Sequence[Finding]) -> list[str]:
    """Renders the table again, so that each choice gets the cheapest measured card on which it fits."""
    from infra.build.codegen import price_table

    path = ground.root / TABLE
    try:
        text = price_table()
    except NoCardError as error:
        raise InfraError(
            localized(ko=f"가격표를 만들 수 없어요: {error}", en=f"the price table cannot be rendered: {error}"),
            no_card_fix(),
        ) from error
    if path.read_text(encoding="utf-8") == text:
        return []
    path.write_text(text, encoding="utf-8", newline="\n")
    return [TABLE.as_posix()]


CHECKS: tuple[Check[tuple[Room, ...]], ...] = (
    Check(
        "vram",
        "Model",
        "every choice fits on its card",
        "고를 수 있는 영상이 모두 GPU 메모리에 들어가는지",
        probe,
        evaluate,
        mend=mend,
        of_the_tree=True,
    ),
)
