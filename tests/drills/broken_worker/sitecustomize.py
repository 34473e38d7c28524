"""Makes the machine of a rendering worker a bad one: its clock is off, or its disk is full.

Python imports this module by its name when it starts; only the drills put its folder on the path. What is wrong lies
in the file that DRILL_FAULTS names: seconds by which the clock is off are read once, at the start of the process;
whether the disk is full is looked up at each write.
"""

import contextlib
import datetime
import errno
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FAULTS = Path(os.environ.get("DRILL_FAULTS", ""))


def faults() -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        return json.loads(FAULTS.read_text(encoding="utf-8"))
    return {}


def shift_clock(seconds: float) -> None:
    real = time.time
    time.time = lambda: real() + seconds
    by = datetime.timedelta(seconds=seconds)

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Shifted":
            return super().now(tz) + by

        @classmethod
        def utcnow(cls) -> "Shifted":
            return cls.now(datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017  # the storage's client signs by it

    datetime.datetime = Shifted


def fill_disk() -> None:
    make: Any = tempfile.mkdtemp

    def full(suffix: Any = None, prefix: Any = None, dir: Any = None) -> str:  # noqa: A002  # as tempfile names it
        if faults().get("disk_is_full") and str(dir).endswith("scratch"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(dir))
        return make(suffix, prefix, dir)

    tempfile.mkdtemp = full


if FAULTS.name and "gpu.serve.local.worker_process" in sys.orig_argv:
    fill_disk()
    if off := faults().get("clock_is_off_by"):
        shift_clock(off)
