"""Sends tickets to rented GPUs: the dispatcher behind `api.py` in production.

A call's id on the wire holds the job, the attempt and the platform's own id, so that a look-up needs no table. Tickets
that a card gets later hold the platform's id of its first one. The call of an attempt is recorded in the bucket: first
the intent, put only if absent, then the platform's id. So of submits that overlap one makes the call and the others
return it. A call that is gone, or was made for another card, and whose attempt nobody has claimed, is replaced: the
same attempt may be sent again as often as need be. Should an attempt still get two calls, its claim lets one of them
work; no call is ever stopped for another. Knows the bucket and a platform with three methods, nothing about models.
"""

import logging
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal, Protocol

from gpu.core.contract import Call, Fault, Ticket
from gpu.core.hardware import GPUS, SERIES_SECONDS
from gpu.core.pricing import longest_seconds
from gpu.core.problems import GpuUnreachable, InvalidJob, StartsFailing
from gpu.serve.events import timestamp
from gpu.serve.job_log import of_job
from gpu.serve.modal.crash_loop import Starts
from gpu.serve.storage import KeptCall, Storage

log = logging.getLogger(__name__)

PlatformState = Literal["pending", "finished", "gone"]

_CALL_ID = re.compile(r"(?P<job>[0-9a-z]{8,40})\.(?P<attempt>[1-9])\.(?P<call>[A-Za-z0-9-]{1,80})")

TIME_MARGIN = 2.0
"""A time limit is this many times the longest predicted job: predictions for most cards are derived, not measured."""
TIME_EXTRA_SECONDS = 180
"""For fetching inputs, encoding, uploading and the last event, which alone is retried for half a minute."""

INTENT_SECONDS = 60
"""A submit that has not recorded its call after this long is dead: the web entry ends each request by then."""
OVERLAP_SECONDS = 5.0
"""How long a submit waits for another one of the same attempt; the site waits for an answer twice as long."""
OVERLAP_PAUSE_SECONDS = 0.2


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

    def __init__(self, storage: Storage, platform: Platform, deploy: str) -> None:
        """`deploy`: the deploy whose containers get the calls."""
        self._storage = storage
        self._platform = platform
        self._deploy = deploy

    def submit(self, ticket: Ticket) -> Call:
        """Raises InvalidJob for a card without a price row or too small for any job, StartsFailing while no container
        of the card is started, GpuUnreachable, StorageRefused."""
        with of_job(ticket):
            return self._submit(ticket)

    def _submit(self, ticket: Ticket) -> Call:
        try:
            time_limit_seconds(ticket.gpu)
        except (KeyError, ValueError):
            raise InvalidJob("", (("/gpu", f"no job can run on {ticket.gpu}"),)) from None
        give_up_at = time.monotonic() + OVERLAP_SECONDS
        while True:
            record = self._storage.call(ticket.job_id, ticket.attempt)
            kept, version = (None, None) if record is None else record
            if kept is not None and kept.platform_id is not None:
                call = self._call(ticket.job_id, ticket.attempt, kept.platform_id)
                is_left = call.state == "gone" or (call.state == "pending" and kept.card != ticket.card)
                if not is_left or self._storage.is_claimed(ticket.job_id, ticket.attempt):
                    return call
                log.info("call %s is gone, and nobody began the attempt: it gets another call", kept.platform_id)
            if kept is None or kept.platform_id is not None or _is_dead(kept):
                made = self._made(ticket, version)
                if made is not None:
                    return made
            if time.monotonic() >= give_up_at:
                raise GpuUnreachable("Another submit of this attempt is under way.")
            time.sleep(OVERLAP_PAUSE_SECONDS)

    def _made(self, ticket: Ticket, replaces: str | None) -> Call | None:
        """Makes the attempt's call; None where another submit is about to. `replaces`: the version of the record that
        is there."""
        hold = Starts(self._storage, ticket.gpu, self._deploy).hold()
        if hold is not None:
            log.error("alarm=starts-failing gpu=%s deploy=%s %s", ticket.gpu, self._deploy, hold.words)
            raise StartsFailing(hold.words)
        intent = KeptCall(token=secrets.token_hex(16), at=timestamp(), card=ticket.card)
        if not self._storage.keep_call(ticket.job_id, ticket.attempt, intent, replaces):
            return None
        record = self._storage.call(ticket.job_id, ticket.attempt)
        if record is None or record[0].token != intent.token:
            return None
        try:
            platform_id = self._platform.spawn(ticket)
        except GpuUnreachable:
            # Perhaps it was reached, and only its answer was lost: then the claim keeps two calls apart.
            self._storage.keep_call(ticket.job_id, ticket.attempt, intent.model_copy(update={"at": ""}), record[1])
            raise
        call = intent.model_copy(update={"platform_id": platform_id})
        if not self._storage.keep_call(ticket.job_id, ticket.attempt, call, record[1]):
            log.warning("the attempt was taken for abandoned while it was sent: it may have two calls")
        return self._call(ticket.job_id, ticket.attempt, platform_id)

    def state(self, call_id: str) -> Call | None:
        parts = _CALL_ID.fullmatch(call_id)
        return None if parts is None else self._call(parts["job"], int(parts["attempt"]), parts["call"])

    def cancel(self, call_id: str) -> Call | None:
        """Stops a call that waits, if it was made for this attempt. One that is at work is not interrupted: the site's
        next answer tells its worker, which then says what it has used."""
        parts = _CALL_ID.fullmatch(call_id)
        if parts is None:
            return None
        job_id, attempt, platform_id = parts["job"], int(parts["attempt"]), parts["call"]
        if self._is_made_for(job_id, attempt, platform_id) and not self._storage.is_claimed(job_id, attempt):
            self._platform.cancel(platform_id)
        return self._call(job_id, attempt, platform_id)

    def _is_made_for(self, job_id: str, attempt: int, platform_id: str) -> bool:
        """Whether this ticket is the first of its call. Later ones came to the card in an answer of the site."""
        record = self._storage.call(job_id, attempt)
        return record is not None and record[0].platform_id == platform_id

    def _call(self, job_id: str, attempt: int, platform_id: str) -> Call:
        state: Literal["pending", "running", "finished", "gone"] | Fault = self._platform.state(platform_id)
        if state == "pending" and self._storage.is_claimed(job_id, attempt):
            state = "running"
        if state == "finished" and not self._is_made_for(job_id, attempt, platform_id):
            # The call's end says how its first ticket ended; of this one the marker does.
            state = "finished" if self._has_marker(job_id, attempt) else "gone"
        stands, fault = ("gone", state) if isinstance(state, Fault) else (state, None)
        call_id = f"{job_id}.{attempt}.{platform_id}"
        return Call(call_id=call_id, job_id=job_id, attempt=attempt, state=stands, fault=fault)

    def _has_marker(self, job_id: str, attempt: int) -> bool:
        if self._storage.done(job_id) is not None:
            return True
        failed = self._storage.failed(job_id)
        return failed is not None and failed.attempt >= attempt


def _is_dead(intent: KeptCall) -> bool:
    return intent.at < timestamp(datetime.now(UTC) - timedelta(seconds=INTENT_SECONDS))


REPORT_SECONDS = 60
"""Reserved at the end of a time limit, so that a job that stops by itself can still report its end."""


@cache
def time_limit_seconds(gpu: str) -> int:
    """How long one ticket may take on a card. Raises KeyError for a card without a price row, ValueError for one that
    holds no job. Cached: it prices the whole menu, and each submit needs it."""
    return round(longest_seconds(GPUS[gpu]) * TIME_MARGIN) + TIME_EXTRA_SECONDS


def call_limit_seconds(gpu: str) -> int:
    """How long one call may run: tickets one after another, and the last of them whole. Raises as above."""
    return SERIES_SECONDS + time_limit_seconds(gpu)
