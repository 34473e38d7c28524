"""Sends tickets to rented GPUs: the dispatcher behind `api.py` in production.

A call's id on the wire holds the job, the attempt and the platform's own id, so that a look-up needs no table. The
first call of an attempt is recorded in the bucket, put only if absent; a second submit cancels its own call and returns
the first one. Knows the bucket and a platform with three methods, nothing about models.
"""

import logging
import re
from functools import cache
from typing import Literal, Protocol

from gpu.core.contract import Call, Fault, Ticket
from gpu.core.hardware import GPUS
from gpu.core.pricing import longest_seconds
from gpu.core.problems import InvalidJob
from gpu.serve.storage import Storage

log = logging.getLogger(__name__)

PlatformState = Literal["pending", "finished", "gone"]

_CALL_ID = re.compile(r"(?P<job>[0-9a-z]{8,40})\.(?P<attempt>[1-9])\.(?P<call>[A-Za-z0-9-]{1,80})")

TIME_MARGIN = 2.0
"""A time limit is this many times the longest predicted job: predictions for most cards are derived, not measured."""
TIME_EXTRA_SECONDS = 180
"""For fetching inputs, encoding, uploading and the last event, which alone is retried for half a minute."""


class Platform(Protocol):
    """The platform that rents cards. Its methods raise GpuUnreachable."""

    def spawn(self, ticket: Ticket) -> str:
        """Starts one attempt on the ticket's card and returns the platform's id."""
        ...

    def state(self, platform_id: str) -> PlatformState | Fault:
        """The call's state. `gone` for an unknown call, or one that ended without a result. A fault where its container
        could not write a marker and knows that every other container would fail too."""
        ...

    def cancel(self, platform_id: str) -> None:
        """Interrupts the call; a call that has ended stays as it is."""
        ...


class RentedDispatcher:
    """The `Dispatcher` of `api.py` over a platform. May be used from any thread and any number of containers."""

    def __init__(self, storage: Storage, platform: Platform) -> None:
        self._storage = storage
        self._platform = platform

    def submit(self, ticket: Ticket) -> Call:
        """Raises InvalidJob for a card without a price row or too small for any job, GpuUnreachable, StorageRefused."""
        try:
            time_limit_seconds(ticket.gpu)
        except (KeyError, ValueError):
            raise InvalidJob("", (("/gpu", f"no job can run on {ticket.gpu}"),)) from None
        known = self._storage.call(ticket.job_id, ticket.attempt)
        if known is None:
            mine = self._platform.spawn(ticket)
            known = self._storage.keep_call(ticket.job_id, ticket.attempt, mine)
            if known != mine:
                log.info(
                    "job %s attempt %d was spawned twice; the second call is canceled", ticket.job_id, ticket.attempt
                )
                self._platform.cancel(mine)
        return self._call(ticket.job_id, ticket.attempt, known)

    def state(self, call_id: str) -> Call | None:
        parts = _CALL_ID.fullmatch(call_id)
        return None if parts is None else self._call(parts["job"], int(parts["attempt"]), parts["call"])

    def cancel(self, call_id: str) -> Call | None:
        parts = _CALL_ID.fullmatch(call_id)
        if parts is None:
            return None
        self._platform.cancel(parts["call"])
        return self._call(parts["job"], int(parts["attempt"]), parts["call"])

    def _call(self, job_id: str, attempt: int, platform_id: str) -> Call:
        state: Literal["pending", "running", "finished", "gone"] | Fault = self._platform.state(platform_id)
        if state == "pending" and self._storage.is_claimed(job_id, attempt):
            state = "running"
        stands, fault = ("gone", state) if isinstance(state, Fault) else (state, None)
        call_id = f"{job_id}.{attempt}.{platform_id}"
        return Call(call_id=call_id, job_id=job_id, attempt=attempt, state=stands, fault=fault)


REPORT_SECONDS = 60
"""Reserved at the end of a time limit, so that a job that stops by itself can still report its end."""


@cache
def time_limit_seconds(gpu: str) -> int:
    """How long one call may run on a card. Raises KeyError for a card without a price row, ValueError for one that
    holds no job. Cached: it prices the whole menu, and each submit needs it."""
    return round(longest_seconds(GPUS[gpu]) * TIME_MARGIN) + TIME_EXTRA_SECONDS
