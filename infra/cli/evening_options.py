"""The options of `quote --day`: how many clips, when they are asked for, on which card, and by when.

It knows no price, and whether such an evening can be is said by `gpu.core.delivered`.
"""

import argparse
import re
from pathlib import Path

from gpu.core.hardware import GPUS
from infra.language import localized
from infra.process.shell import InfraError

UNITS = {"s": 1, "m": 60, "h": 3600}
OF_A_DAY = ("clips", "presses", "over", "gpu", "deadline", "lost_every", "svg")


def add(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--day",
        action="store_true",
        help=localized(
            ko="다 넣은 영상 하나의 값. --tier가 없으면 704p",
            en="delivered clips, everything counted; 704p unless --tier is given",
        ),
    )
    day = verb.add_argument_group(localized(ko="--day와 함께", en="with --day"))
    day.add_argument(
        "--clips",
        type=int,
        help=localized(
            ko="영상 수. 없으면 1개부터 180개까지와 30개의 그래프",
            en="so many clips; without it, 1 to 180 and the plot of 30",
        ),
    )
    day.add_argument(
        "--presses",
        type=int,
        help=localized(
            ko="몇 번에 나눠 누르는지 (기본 1). 0이면 하나씩 아무 때나",
            en="in so many presses (default 1); 0: one by one, at random moments",
        ),
    )
    day.add_argument(
        "--over",
        type=duration,
        metavar="4h",
        help=localized(ko="처음 누른 때부터 마지막까지 (기본 4h)", en="from the first press to the last (default 4h)"),
    )
    day.add_argument(
        "--gpu",
        choices=GPUS,
        help=localized(ko="기본은 실서비스가 고르는 GPU", en="default: the card that production takes"),
    )
    day.add_argument(
        "--deadline",
        type=duration,
        metavar="6m",
        help=localized(ko="한 번 누른 것이 걸려도 되는 시간", en="how long a press may take"),
    )
    day.add_argument(
        "--lost-every",
        type=int,
        metavar="N",
        help=localized(ko="N번째 시도마다 끊겨요. 0이면 끊기지 않아요", en="each N-th attempt is interrupted; 0: none"),
    )
    day.add_argument(
        "--svg",
        type=Path,
        metavar="FILE",
        help=localized(ko="그래프를 파일로도 써요", en="writes the plot as a picture, too"),
    )


def is_asked(options: argparse.Namespace) -> bool:
    """Raises InfraError for an option that only `--day` understands, without it."""
    alone = [name for name in OF_A_DAY if getattr(options, name) is not None]
    if alone and not options.day:
        name = alone[0].replace("_", "-")
        raise InfraError(
            localized(ko=f"--{name} 옵션은 --day와 함께 써요", en=f"--{name} belongs to --day"),
            f"python run.py quote --day --{name} ...",
        )
    return bool(options.day)


def given(options: argparse.Namespace) -> str:
    """The options of a day that were given, as they would be typed."""
    values = {name: getattr(options, name) for name in OF_A_DAY}
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in values.items() if value is not None)


def duration(text: str) -> int:
    """Seconds of `90s`, `6m` or `4h`. Raises ArgumentTypeError for anything else."""
    if not (match := re.fullmatch(r"(\d{1,6})([smh])", text)) or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(
            localized(
                ko=f"{text}: 시간이 아니에요. 90s, 6m, 4h처럼 써 주세요",
                en=f"{text} is no duration; write it like 90s, 6m or 4h",
            )
        )
    return int(match[1]) * UNITS[match[2]]
