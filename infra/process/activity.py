"""Measures the activity of a program on this machine, for waits that continue while the program works.

It does not know what the program is for.
"""

import contextlib
from pathlib import Path

import psutil

WORK_SECONDS = 2.0
"""Processor time that counts as work. A program that only waits uses less in STALLED_AFTER_SECONDS."""


def activity(pid: int, *logs: Path) -> tuple[int, int]:
    """For `moved` of wait_until: bytes in the logs, and the processor time of the program and its children in units of
    WORK_SECONDS. The time of a program that has ended is 0."""
    logged = 0
    for log in logs:
        with contextlib.suppress(FileNotFoundError):
            logged += log.stat().st_size
    return logged, int(processor_seconds(pid) / WORK_SECONDS)


def processor_seconds(pid: int) -> float:
    """Sum over the living processes of a tree."""
    used = 0.0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for member in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = member.cpu_times()
                used += times.user + times.system
    return used
