"""Repeats what the bucket refuses, and counts the seconds: nobody is billed for waiting. Knows no job."""

import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar

from gpu.core.problems import StorageRefused

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0

Result = TypeVar("Result")


class Patience:
    """Repeats what the bucket refuses. `waited_seconds`: how long that took, refused tries included."""

    def __init__(self, deadline: float, is_canceled: Callable[[], bool]) -> None:
        """`deadline` on the monotonic clock. A canceled job is not waited for."""
        self._deadline = deadline
        self._is_canceled = is_canceled
        self.waited_seconds = 0.0

    def of(self, work: Callable[[], Result], seconds: float = math.inf) -> Result:
        """Calls `work` until the bucket takes it. Raises StorageRefused after `seconds`, at the deadline, or where the
        job is canceled."""
        give_up_at = min(time.monotonic() + seconds, self._deadline)
        while True:
            began = time.monotonic()
            try:
                return work()
            except StorageRefused:
                is_over = time.monotonic() + PAUSE_SECONDS > give_up_at or self._is_canceled()
                if not is_over:
                    log.warning("the bucket refused; it is asked again in %.0f s", PAUSE_SECONDS)
                    time.sleep(PAUSE_SECONDS)
                self.waited_seconds += time.monotonic() - began
                if is_over:
                    raise
