"""What a program on this machine has done so far, for waits that go on while it does something.

It does not know what the program is for.
"""

import contextlib
from pathlib import Path

import psutil

WORK_SECONDS = 2.0
"""Processor time that counts as work; a program that only waits for it uses less than this within the patience."""


def activity(pid: int, *logs: Path) -> tuple[int, int]:
    """What a program has done so far, for `moved`: bytes in its logs, and how often it and all that it started have
    used WORK_SECONDS of processor time. A program that has ended has used none."""
    logged = 0
    for log in logs:
        with contextlib.suppress(FileNotFoundError):
            logged += log.stat().st_size
    return logged, int(processor_seconds(pid) / WORK_SECONDS)


def processor_seconds(pid: int) -> float:
    """Of the living processes of a tree, summed."""
    used = 0.0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for member in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = member.cpu_times()
                used += times.user + times.system
    return used
