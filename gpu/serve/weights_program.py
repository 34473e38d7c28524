"""The program behind `python run.py weights`: pins, fetches and verifies one family's files, and reports in lines.

It runs in a container at Modal, on the volume, or on this machine with a folder:

    python -m gpu.serve.weights_program fetch --flavour 19b --folder <folder>    (HF_TOKEN in the environment)

Each report is one line of JSON behind a mark, because platforms mix their own lines into the output. It asks nothing
and writes no pin.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from gpu.core.checkpoints import Flavour
from gpu.core.problems import ProblemError
from gpu.core.weight_pins import PINS
from gpu.core.weight_sources import SOURCES
from gpu.serve import weights

MARK = "clipwright-weights "
PERIOD_SECONDS = 5.0
"""Between two reports of how many bytes have arrived."""
HUB = "CLIPWRIGHT_HUB"
"""Variable with the address of another hub than Hugging Face's, for example a mirror."""


def report(**facts: object) -> None:
    print(MARK + json.dumps(facts), flush=True)  # noqa: T201 (its output is its result)


def flavour_of(name: str) -> Flavour:
    """Raises ValueError for a family that this code does not know."""
    return get_args(Flavour)[get_args(Flavour).index(name)]


def pin(flavour: str, token: str | None) -> None:
    from gpu.serve import hub

    for row in hub.pin(SOURCES[flavour_of(flavour)], token, os.environ.get(HUB)):
        report(pin=asdict(row))


def fetch(flavour: str, folder: Path, token: str | None, commit: Callable[[], None] = lambda: None) -> None:
    from gpu.serve.hub import downloader

    family = flavour_of(flavour)
    pins = PINS[family]
    with reporting(sum(pin.bytes for pin in pins), lambda: sum(arrived(folder, pin.path) for pin in pins), folder):
        weights.fetch(pins, folder, downloader(token, os.environ.get(HUB)), commit, family)
    weights.pack(pins, folder, commit)
    report(fetched=len(pins))


def verify(flavour: str, folder: Path) -> None:
    wrong = 0
    for row, fault in weights.faults(PINS[flavour_of(flavour)], folder):
        wrong += bool(fault)
        report(file=row.path, fault=fault)
    report(verified=len(PINS[flavour_of(flavour)]), wrong=wrong)


def arrived(folder: Path, path: str) -> int:
    try:
        return (folder / path).stat().st_size
    except OSError:
        return 0


@contextmanager
def reporting(total: int, whole: Callable[[], int], folder: Path) -> Generator[None]:
    """Reports the bytes in the folder, complete and partial, at once and then until the block ends."""
    over = threading.Event()

    def tell() -> None:
        waits = 0.0  # the first report at once
        while not over.wait(waits):
            waits = PERIOD_SECONDS
            partial = sum(arrived(folder, str(each.relative_to(folder))) for each in folder.rglob("*.incomplete"))
            report(bytes=whole() + partial, of=total)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="gpu.serve.weights_program")
    parser.add_argument("action", choices=("pin", "fetch", "verify"))
    parser.add_argument("--flavour", choices=get_args(Flavour), required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    token = os.environ.get("HF_TOKEN") or None
    try:
        if options.action == "pin":
            pin(options.flavour, token)
        elif options.action == "fetch":
            fetch(options.flavour, options.folder, token)
        else:
            verify(options.flavour, options.folder)
    except ProblemError as problem:
        report(problem=str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
