"""What delivered clips cost, everything counted, as rows of words: by number, by deadline and by card.

`docs/costs.md` (always in English) and `run.py quote --day` show the same rows. Every figure comes from
`gpu.core.delivered`. This module draws nothing and knows no terminal.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gpu.core.delivered import (
    BY_PLATFORM,
    CLOSING,
    CLOSING_SECONDS,
    HANDOVER,
    HANDOVER_SECONDS,
    LOST,
    LOST_EVERY,
    PLATFORM_IDLE_SECONDS,
    SITUATIONS,
    Presses,
    by_deadline,
    cards_for,
    delivered,
)
from gpu.core.evening import PARTS, Part
from gpu.core.geometry import Geometry
from gpu.core.hardware import MAX_CONTAINERS
from gpu.core.presets import Preset
from gpu.core.pricing import COLD_START_SECONDS, Candidate
from gpu.core.provenance import Provenance
from infra.build import facts
from infra.language import language, localized

DEADLINES_SECONDS = (480, 360, 240, 180)
SHOWN = Presses(30)
"""In the tables by deadline and by card."""
MINUTES_FROM_SECONDS = 120.0
UNITS = ((3600, "h"), (60, "min"), (1, "s"))
"""Of a time in words, the first of which it is a multiple of a half."""


class Table(NamedTuple):
    """Words in columns."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def policies() -> dict[str, str]:
    """What each way of using cards means, by its name in the tables."""
    closing, most, idle = CLOSING_SECONDS, MAX_CONTAINERS, PLATFORM_IDLE_SECONDS
    return {
        one_first(): localized(
            ko=f"사이트가 하는 방법이에요(결정 31). GPU 하나로 하다가 기한을 못 지키겠으면 하나 더 켜요. "
            f"마지막 영상이 끝나고 {closing}초 뒤에 끄고, 켜는 시간 안에 또 누르면 켜 둬요",
            en="what the site does (decision 31): one card until the deadline cannot be met, then the next; a card "
            f"goes {closing} s after its last clip, or stays if the next press comes within a start's time",
        ),
        card_each(): localized(
            ko=f"플랫폼에 맡기면 이래요. 기다리는 영상마다 GPU 하나씩 {most}개까지 켜고, "
            f"마지막 영상이 끝나고 {idle}초 동안 켜 둬요",
            en="what the platform would do by itself: a card for each clip that waits, "
            f"{most} at most, and a card stays {idle} s after its last clip",
        ),
    }


def one_first() -> str:
    return localized(ko="하나부터", en="one first")


def card_each() -> str:
    return localized(ko="영상마다 하나", en="a card each")


def part_names() -> dict[Part, str]:
    """What a card's time is spent on."""
    return {
        "start": localized(ko="켜기", en="start"),
        "clip": localized(ko="만들기", en="clip"),
        "idle": localized(ko="놀기", en="idle"),
        "lost": localized(ko="끊김", en="lost"),
    }


def words_of(presses: Presses) -> str:
    """How many clips, and over which time."""
    clips, times = presses.clips, presses.presses
    if times == 1:
        return str(clips)
    long, unit = next(each for each in UNITS if presses.over_seconds % (each[0] // 2 or 1) == 0)
    time = time_words(presses.over_seconds / long, unit)
    if times:
        return localized(ko=f"{time}에 {times}번 나눠 {clips}", en=f"{clips} in {times} equal presses, over {time}")
    return localized(ko=f"{time} 동안 하나씩 {clips}", en=f"{clips} one by one, over {time}")


def time_words(number: float, unit: str) -> str:
    """A number of `h`, `min` or `s`."""
    korean = {"h": "시간", "min": "분", "s": "초"}[unit]
    return f"{number:g}{korean}" if language() == "ko" else f"{number:g} {unit}"


def by_number(
    card: Candidate,
    situations: Iterable[Presses] = SITUATIONS,
    deadline_seconds: int | None = None,
    lost_every: int = LOST_EVERY,
) -> Table:
    """Won per clip with its parts, cold, and won per clip where one card is warm at the first press; both ways."""
    headings = (
        localized(ko="영상", en="clips"),
        localized(ko="방법", en="policy"),
        localized(ko="영상 하나", en="won a clip"),
        *part_names().values(),
        localized(ko="첫 영상", en="first clip"),
        localized(ko="마지막 영상", en="last clip"),
        localized(ko="쓴 GPU", en="cards"),
        localized(ko="켜져 있으면", en="one warm"),
    )
    rows: list[tuple[str, ...]] = []
    for presses in situations:
        for name, policy in ((one_first(), by_deadline(deadline_seconds)), (card_each(), BY_PLATFORM)):
            cold = delivered(card, presses, policy, lost_every=lost_every)
            warm = delivered(card, presses, policy, warm_cards=1, lost_every=lost_every)
            rows.append(
                (
                    words_of(presses),
                    name,
                    won(cold.micro_won_per_clip),
                    *(won(cold.micro_won[part] / cold.clips) for part in PARTS),
                    lasting(cold.evening.first_clip_ms),
                    lasting(cold.evening.longest_wait_ms),
                    str(cold.evening.cards_at_once),
                    won(warm.micro_won_per_clip),
                )
            )
    return Table(headings, rows)


def by_deadlines(
    card: Candidate,
    presses: Presses,
    deadlines_seconds: Iterable[int] = DEADLINES_SECONDS,
    lost_every: int = LOST_EVERY,
) -> Table:
    """The same clips on cold cards without a deadline, then sooner and sooner. `won`: of all of them."""
    rows: list[tuple[str, ...]] = []
    for seconds in (None, *sorted(set(deadlines_seconds), reverse=True)):
        row = delivered(card, presses, by_deadline(seconds), lost_every=lost_every)
        rows.append(
            (
                localized(ko="없음", en="none") if seconds is None else time_words(seconds / 60, "min"),
                won(row.micro_won_per_clip),
                won(row.total_micro_won),
                str(row.evening.cards_at_once),
                lasting(row.evening.longest_wait_ms),
                localized(ko="못 지킴", en="no") if row.is_late else localized(ko="지킴", en="yes"),
            )
        )
    headings = (
        localized(ko="기한", en="deadline"),
        localized(ko="영상 하나", en="won a clip"),
        localized(ko="모두", en="won"),
        localized(ko="쓴 GPU", en="cards"),
        localized(ko="마지막 영상", en="last clip"),
        localized(ko="기한 안에", en="on time"),
    )
    return Table(headings, rows)


def by_card(preset: Preset, shape: Geometry, presses: Presses, lost_every: int = LOST_EVERY) -> Table:
    """Every card that holds the clip: won per clip for a clip by itself and for these presses, cold."""
    situations = sorted({Presses(1), presses}, key=lambda each: each.clips)
    ways = {one_first(): by_deadline(), card_each(): BY_PLATFORM}
    rows: list[tuple[str, ...]] = []
    for card in cards_for(preset, shape):
        prices = [
            won(delivered(card, each, policy, lost_every=lost_every).micro_won_per_clip)
            for each in situations
            for policy in ways.values()
        ]
        rows.append(
            (card.gpu.name, card.plan.name, f"{card.gpu_seconds:.1f}", facts.shown(card.gpu.speed.basis), *prices)
        )
    numbers = [f"{words_of(each)}, {name}" for each in situations for name in ways]
    headings = (
        localized(ko="GPU 이름", en="card"),
        localized(ko="배치", en="plan"),
        localized(ko="영상 하나의 초", en="seconds a clip"),
        localized(ko="속도", en="speed"),
    )
    return Table((*headings, *numbers), rows)


def basis(lost_every: int = LOST_EVERY) -> list[str]:
    """What the figures rest on, beside prices and speeds."""
    lost = (
        localized(
            ko=f"시도 {lost_every}번에 한 번은 GPU와 함께 끊겨요",
            en=f"one attempt in {lost_every} is interrupted, and its card with it",
        )
        if lost_every
        else localized(ko="끊기는 시도가 없어요", en="no attempt is lost")
    )
    why = f": {origin(LOST)}" if lost_every == LOST_EVERY else ""
    start, handover, closing = COLD_START_SECONDS, HANDOVER_SECONDS, CLOSING_SECONDS
    return [
        localized(
            ko=f"켜는 데 {start:.0f}초 걸려요. 근거는 `gpu/core/pricing.py`에 있어요",
            en=f"a start takes {start:.0f} s; `gpu/core/pricing.py` says on which basis",
        ),
        localized(
            ko=f"한 GPU에서 영상과 영상 사이는 {handover}초예요: {origin(HANDOVER)}",
            en=f"between two clips of a card lie {handover} s: {origin(HANDOVER)}",
        ),
        localized(
            ko=f"끄는 데 {closing}초 걸려요: {origin(CLOSING)}", en=f"an end takes {closing} s: {origin(CLOSING)}"
        ),
        f"{lost}{why}",
        localized(
            ko="다음에 누를 것은 켜는 시간만큼 먼저 알아요. 화면이 열려 있으니까요 (가정)",
            en="the next press is known a start's time before, because its page is open (assumed)",
        ),
    ]


def origin(fact: Provenance) -> str:
    """Where a figure comes from."""
    return f"{facts.shown(fact.source)}, {fact.as_of} ({facts.shown(fact.basis)})"


def won(micro_won: float) -> str:
    return f"{micro_won / 1e6:.1f}"


def lasting(milliseconds: int) -> str:
    """Seconds, or minutes where seconds are many."""
    seconds = milliseconds / 1000
    few = seconds < MINUTES_FROM_SECONDS
    return time_words(round(seconds), "s") if few else minutes(seconds)


def minutes(seconds: float) -> str:
    return localized(ko=f"{seconds / 60:.1f}분", en=f"{seconds / 60:.1f} min")
