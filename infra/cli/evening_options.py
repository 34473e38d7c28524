"""The options of `quote --day`: how many clips, when they are asked for, on which card, and by when.

It knows no price, and whether such an evening can be is said by `gpu.core.delivered`.
"""

import argparse
import re
from pathlib import Path

from gpu.core.hardware import GPUS
from infra.process.shell import InfraError

UNITS = {"s": 1, "m": 60, "h": 3600}
OF_A_DAY = ("clips", "presses", "over", "gpu", "deadline", "lost_every", "svg")


def add(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--day", action="store_true", help="delivered clips, everything counted; 704p unless --tier is given"
    )
    day = verb.add_argument_group("with --day")
    day.add_argument("--clips", type=int, help="so many clips; without it, 1 to 180 and the plot of 30")
    day.add_argument("--presses", type=int, help="in so many presses (default 1); 0: one by one, at random moments")
    day.add_argument("--over", type=duration, metavar="4h", help="from the first press to the last (default 4h)")
    day.add_argument("--gpu", choices=GPUS, help="default: the card that production takes")
    day.add_argument("--deadline", type=duration, metavar="6m", help="how long a press may take")
    day.add_argument("--lost-every", type=int, metavar="N", help="each N-th attempt is interrupted; 0: none")
    day.add_argument("--svg", type=Path, metavar="FILE", help="writes the plot as a picture, too")


def is_asked(options: argparse.Namespace) -> bool:
    """Raises InfraError for an option that only `--day` understands, without it."""
    alone = [name for name in OF_A_DAY if getattr(options, name) is not None]
    if alone and not options.day:
        name = alone[0].replace("_", "-")
        raise InfraError(f"--{name} belongs to --day", f"python run.py quote --day --{name} ...")
    return bool(options.day)


def duration(text: str) -> int:
    """Seconds of `90s`, `6m` or `4h`. Raises ArgumentTypeError for anything else."""
    if not (match := re.fullmatch(r"(\d{1,6})([smh])", text)) or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text} is no duration; write it like 90s, 6m or 4h")
    return int(match[1]) * UNITS[match[2]]
