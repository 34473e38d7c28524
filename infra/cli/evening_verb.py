"""`quote --day`: what delivered clips cost, everything counted, as tables, and the evening as a plot.

The options are in `evening_options.py`, the rows come from `infra.build.evening_tables`, the plot from `timeline.py`.
This module prints them.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from gpu.core.delivered import (
    BY_PLATFORM,
    EVENING_SECONDS,
    LOST_EVERY,
    SITUATIONS,
    Delivered,
    Presses,
    by_deadline,
    card_named,
    delivered,
)
from gpu.core.evening import Evening
from gpu.core.geometry import DEFAULT_TIER
from gpu.core.hardware import GPUS
from gpu.core.presets import PRESETS
from gpu.core.pricing import NoCardError
from infra import console
from infra.build import evening_tables
from infra.build.evening_tables import card_each, one_first, policies, words_of
from infra.cli import evening_options
from infra.cli.sizing import basis, chosen, columns
from infra.cli.timeline import legend, timeline
from infra.cli.timeline_svg import svg
from infra.language import localized
from infra.process.shell import InfraError

WIDEST_PLOT = 120
MOST_CLIPS = 1_000


def run(options: argparse.Namespace) -> int:
    tier = options.tier or (DEFAULT_TIER if DEFAULT_TIER in PRESETS[options.preset].tiers else None)
    _, preset, shape = chosen(options.gpu or next(iter(GPUS)), options.preset, options.ratio, tier, options.seconds)
    lost_every = LOST_EVERY if options.lost_every is None else options.lost_every
    ways = {one_first(): by_deadline(options.deadline), card_each(): BY_PLATFORM}
    try:
        card = card_named(preset, shape, options.gpu)
        presses = evening_tables.SHOWN if options.clips is None else presses_of(options)
        rows = {name: delivered(card, presses, policy, lost_every=lost_every) for name, policy in ways.items()}
    except NoCardError:
        raise InfraError(
            localized(
                ko=f"이 영상이 들어가는 GPU가 없어요: {options.gpu or preset.name}",
                en=f"no such card holds this clip: {options.gpu or preset.name}",
            ),
            localized(
                ko="무엇이 모자라는지는 python run.py vram --gpu ... 명령이 알려 줘요",
                en="python run.py vram --gpu ... says what is missing",
            ),
        ) from None
    except ValueError:
        given = evening_options.given(options)
        raise InfraError(
            localized(ko=f"그런 저녁은 없어요: {given}", en=f"there is no such evening: {given}"),
            "python run.py quote --help",
        ) from None

    console.note(
        localized(
            ko=f"{card.gpu.name}, {preset.name}: {shape.width}x{shape.height}, {shape.num_frames}프레임",
            en=f"{preset.name}: {shape.width}x{shape.height}, frames: {shape.num_frames}, on {card.gpu.name}",
        )
    )
    console.note(
        localized(
            ko="다 넣은 영상 하나의 값(원). 처음에는 꺼져 있고, 마지막 칸은 GPU 하나가 켜져 있을 때\n",
            en="won per delivered clip, everything counted; cold, and in the last column with one warm card\n",
        )
    )
    deadlines = [*evening_tables.DEADLINES_SECONDS, *([options.deadline] if options.deadline else [])]
    for table in (
        evening_tables.by_number(
            card, SITUATIONS if options.clips is None else [presses], options.deadline, lost_every
        ),
        evening_tables.by_deadlines(card, presses, deadlines, lost_every),
        evening_tables.by_card(preset, shape, presses, lost_every),
    ):
        console.note("\n".join([*columns([table.headings, *table.rows]), ""]))
    draw(
        {name: row.evening for name, row in rows.items()},
        localized(ko=f"영상 수: {words_of(presses)}", en=f"clips: {words_of(presses)}"),
    )
    words = [f"{name}: {policy}" for name, policy in policies().items()]
    console.note("\n".join(["", *words, "", *evening_tables.basis(lost_every), *basis()]))
    if options.svg:
        title = localized(
            ko=f"{card.gpu.name}, {preset.name}, {shape.width}x{shape.height}, {shape.num_frames}프레임",
            en=f"{preset.name}, {shape.width}x{shape.height}, frames: {shape.num_frames}, on {card.gpu.name}",
        )
        captions = {captioned(name, row): row.evening for name, row in rows.items()}
        write_svg(
            captions,
            localized(ko=f"{title}. 영상 수: {words_of(presses)}", en=f"{title}; clips: {words_of(presses)}"),
            options.svg,
        )
    return 0


def presses_of(options: argparse.Namespace) -> Presses:
    """Raises ValueError for presses that cannot be, InfraError for more than can be played in a moment."""
    if options.clips > MOST_CLIPS:
        raise InfraError(
            localized(
                ko=f"그런 저녁은 없어요: 영상 수 {options.clips}, 많아도 {MOST_CLIPS}까지예요",
                en=f"there is no such evening: clips: {options.clips}, of {MOST_CLIPS} at most",
            ),
            "python run.py quote --help",
        )
    presses = 1 if options.presses is None else options.presses
    over = options.over if options.over is not None else 0 if presses == 1 else EVENING_SECONDS
    return Presses(options.clips, presses, over)


def draw(evenings: Mapping[str, Evening], title: str) -> None:
    end_ms = max(span.end_ms for evening in evenings.values() for spans in evening.cards for span in spans)
    for name, evening in evenings.items():
        console.note(f"{title}; {name}")
        for line in timeline(evening, min(WIDEST_PLOT, console.width()), end_ms):
            console.styled(line)
        console.note("")
    console.styled(legend())


def captioned(name: str, row: Delivered) -> str:
    """The policy, and what became of the evening under it."""
    last = evening_tables.lasting(row.evening.longest_wait_ms)
    won, every = (evening_tables.won(amount) for amount in (row.micro_won_per_clip, row.total_micro_won))
    return localized(
        ko=f"{name}: 영상 하나 {won}원, 모두 {every}원. 한 번 누른 것의 마지막 영상까지 {last}",
        en=f"{name}: {won} won a clip, {every} in all; last clip of a press after {last}",
    )


def write_svg(evenings: Mapping[str, Evening], title: str, path: Path) -> None:
    try:
        path.write_text(svg(evenings, title), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InfraError(
            localized(
                ko=f"{path} 파일에 쓸 수 없어요: {error.strerror}", en=f"{path} cannot be written: {error.strerror}"
            ),
            localized(ko="있는 폴더 안의 파일 이름을 써 주세요", en="name a file in a folder that exists"),
        ) from None
    console.note(localized(ko=f"\n{path} 파일을 썼어요", en=f"\nwrote {path}"))
