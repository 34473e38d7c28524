"""A job's events to the site, signed as Standard Webhooks: started, progress, ended; a container's report, and its ask
for the next ticket.

A separate thread sends, so rendering never waits for the site. Only the latest progress is kept; `started` and
`ended` are kept until the site has answered. Each event is a write to the database, and readers count steps by the pace
that they were told: a step is an event of its own where they would count wrong. The site's answers carry the owner's
cancellation. Nothing here raises into the render: the marker in the bucket is the truth, an event only announces it
sooner.
Does not know what the job is about, nor the bucket.
"""

import base64
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, cast

import httpx
from pydantic import ValidationError
from standardwebhooks import Webhook

from gpu.core.contract import CardAsk, CardOrder, ContainerReport, JobEvent, Outcome, Progress, Resolved, Stage, Ticket
from gpu.core.contract.fields import Wire
from gpu.serve.job_log import in_job
from gpu.serve.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
ENDED_PATIENCE_SECONDS = 30.0
"""How long the last event is retried. After that the site finds the marker by itself, when the job's lease ends."""
IMPATIENCE_SECONDS = 2.0
"""The same, where the site was already unreachable for the previous job."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 4.0

READER_IS_OFF_SECONDS = 1.0
MOST_CORRECTIONS = 3
"""Events of one stage that correct its readers, beside its first one and the heartbeats."""

SEQ_PER_TURN = 100_000
"""The first event number of each worker that takes over an attempt; its predecessor's numbers are all smaller."""
RESENT_SEQ = 1_000_000
"""The number of an `ended` event sent again from a marker: above all that a worker sends while it works."""

EventAnswer = Literal["taken", "late", "refused", "unreachable"]
"""`late`: the job has ended, has a newer attempt, or has had an event of a greater number."""
_OLD_NUMBER = "old-seq"
"""The site's reason for a late event that says nothing about the attempt."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The site's answer to an event."""

    kind: EventAnswer
    wants_stop: bool = False
    """The owner asked the job to stop."""
    unwanted: bool = False
    """The job does not need this attempt any more."""


class OrderRefused(Exception):  # noqa: N818 (named like the problems, after the event)
    """The site refused an ask, or answered it with what is no order."""


def timestamp(moment: datetime | None = None) -> str:
    """A moment, by default now, in the wire's format: UTC with milliseconds."""
    utc = (moment or datetime.now(UTC)).astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def seconds_left(ticket: Ticket) -> float:
    """Seconds to the ticket's deadline; negative after it."""
    return (datetime.fromisoformat(ticket.deadline_at) - datetime.now(UTC)).total_seconds()


class Site:
    """The receiving end: signs and posts. One per process; its connections are kept."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.site_url
        self._signer = Webhook(secrets_of(settings.event_secret)[0])
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)
        self.heartbeat_seconds = settings.heartbeat_seconds
        self.silent = False
        """True where the site did not answer the last event of the previous job."""

    def post(self, event: JobEvent) -> Answer:
        """Sends one event once."""
        message = f"{event.job_id}.{event.attempt}.{event.seq}"
        answer = self._send(f"/api/internal/jobs/{event.job_id}/events", message, event)
        if answer is None or answer.status_code >= 500 or answer.status_code == 429:
            return Answer("unreachable")
        body = _members(answer)
        if answer.is_success:
            return Answer("taken", wants_stop=body.get("cancel_requested") is True)
        if answer.status_code == 409:
            # Each try has a number of its own, so a first try that arrived cannot be the reason.
            return Answer("late", unwanted=body.get("reason") != _OLD_NUMBER)
        log.error("event %s: the site refused it with %d", message, answer.status_code)
        return Answer("refused")

    def report(self, container: ContainerReport) -> bool:
        """Sends a container's report once; True when the site has taken it."""
        message = f"{container.container_id}.{container.at}"
        answer = self._send("/api/internal/containers", message, container)
        if answer is not None and not answer.is_success:
            log.warning("report %s: the site answered %d", message, answer.status_code)
        return answer is not None and answer.is_success

    def ask(self, ask: CardAsk) -> CardOrder | None:
        """Asks once for a card's next ticket. None where the site could not be reached. Raises OrderRefused."""
        message = f"{ask.card}.{ask.at}"
        answer = self._send(f"/api/internal/cards/{ask.card}/next", message, ask)
        if answer is None or answer.status_code >= 500 or answer.status_code == 429:
            return None
        if not answer.is_success:
            raise OrderRefused(f"The site answered {answer.status_code}.")
        try:
            return CardOrder.model_validate_json(answer.content)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            raise OrderRefused(f"The site's answer is no order: {faults[0]['msg']}.") from None

    def _send(self, path: str, message: str, wire: Wire) -> httpx.Response | None:
        body = wire.model_dump_json()
        now = datetime.now(UTC)  # signed anew at each try: an old signature would be refused as a replay
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message, now, body),
        }
        try:
            answer = self._client.post(self._url + path, content=body.encode("utf-8"), headers=headers)
        except httpx.HTTPError as error:
            log.warning("message %s: %s", message, type(error).__name__)
            return None
        if answer.status_code >= 500 or answer.status_code == 429:
            log.warning("message %s: the site answered %d", message, answer.status_code)
        return answer

    def close(self) -> None:
        self._client.close()


@dataclass(slots=True)
class _News:
    """The events that are still to be sent. Guarded by the sender's condition."""

    started: bool = False
    """Whether the beginning is still to be told."""
    resolved: Resolved | None = None
    stage: Stage | None = None
    progress: Progress | None = None
    fresh: bool = False
    """A stage began, or a reader counts wrong, and that has not been reported yet."""
    told: Progress | None = None
    """The last progress of the stage that was sent."""
    corrections: int = 0
    """Of the stage's readers, so far."""
    ended: Outcome | None = None
    closed: bool = False


class Courier:
    """One attempt's events. A context manager: leaving it stops the sender and drops unsent events."""

    def __init__(self, site: Site, ticket: Ticket, *, turn: int = 1) -> None:
        self._site = site
        self._ticket = ticket
        self._seq = (turn - 1) * SEQ_PER_TURN
        self._news = _News()
        self._changed = threading.Condition()
        self._last_sent = time.monotonic()
        self._cancel_requested = False
        self._unwanted = False
        self._delivered = False
        self._thread = threading.Thread(target=in_job(self._send_all), name="events", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._news.closed = True
            self._changed.notify()
        self._thread.join(TIMEOUT_SECONDS + 1.0)

    @property
    def cancel_requested(self) -> bool:
        """True once the site's answer to an event said that the owner canceled the job."""
        return self._cancel_requested

    @property
    def unwanted(self) -> bool:
        """True once the site has answered that the job no longer needs this attempt: it ended, or has a newer one."""
        return self._unwanted

    def ask(self) -> None:
        """Asks the site whether the owner wants the job to stop, or the job needs this attempt no more. Waits for the
        answer; once more only where an event of the sender's thread overtook the question."""
        for _ in range(2):
            with self._changed:
                event = self._event("progress", progress=self._news.progress)
            answer = self._site.post(event)
            self._note(answer)
            if answer.kind != "late" or answer.unwanted:
                return

    def started(self, resolved: Resolved | None) -> None:
        """`resolved`: None for a job that makes no clip."""
        with self._changed:
            self._news.started, self._news.resolved = True, resolved
            self._news.stage = "starting"
            self._changed.notify()

    def progress(self, stage: Stage, progress: Progress | None) -> None:
        """A new stage is sent at once, as is a step that readers do not expect now. Any other goes with the next
        heartbeat."""
        with self._changed:
            news = self._news
            if stage != news.stage:
                news.fresh, news.told, news.corrections = True, None, 0
                self._changed.notify()
            elif not news.fresh and news.corrections < MOST_CORRECTIONS and is_unexpected(progress, news.told):
                news.fresh = True
                news.corrections += 1
                self._changed.notify()
            news.stage, news.progress = stage, progress

    def ended(self, outcome: Outcome) -> bool:
        """Waits until the site has answered or the time limit has passed; True when it answered."""
        patience = IMPATIENCE_SECONDS if self._site.silent else ENDED_PATIENCE_SECONDS
        with self._changed:
            self._news.ended = outcome
            self._changed.notify()
        self._thread.join(patience + TIMEOUT_SECONDS)
        self._site.silent = not self._delivered
        return self._delivered

    # ------------------------------------------------------------ the sender's thread

    def _send_all(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        deadline: float | None = None
        while True:
            with self._changed:
                self._changed.wait_for(self._is_due, timeout=self._wait_seconds())
                if self._news.closed:
                    return
                if self._news.ended is not None and deadline is None:
                    patience = IMPATIENCE_SECONDS if self._site.silent else ENDED_PATIENCE_SECONDS
                    deadline = time.monotonic() + patience
                event = self._next_event()
            if event is None:
                continue
            answer = self._site.post(event)
            self._last_sent = time.monotonic()
            if answer.kind != "unreachable":
                pause = FIRST_PAUSE_SECONDS
                if event.type == "ended":
                    self._delivered = True
                    return
                self._note(answer)
                if event.type == "started":
                    with self._changed:
                        self._news.started = False
                continue
            if deadline is not None and time.monotonic() >= deadline:
                log.warning("the site did not answer the last event; its marker is in the bucket")
                return
            with self._changed:
                self._changed.wait_for(lambda: self._news.closed, timeout=pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _is_due(self) -> bool:
        news = self._news
        return news.closed or news.started or news.ended is not None or (news.fresh and not self._unwanted)

    def _wait_seconds(self) -> float | None:
        if self._unwanted:
            return None  # only the end is told
        return max(0.0, self._site.heartbeat_seconds - (time.monotonic() - self._last_sent))

    def _next_event(self) -> JobEvent | None:
        """The most urgent event. `started` goes first: the site refuses progress of a queued job."""
        news = self._news
        if news.started:
            return self._event("started", resolved=news.resolved)
        if news.ended is not None:
            return self._event("ended", outcome=news.ended)
        if news.stage is None or self._unwanted:
            return None
        news.fresh = False
        news.told = news.progress
        return self._event("progress", progress=news.progress)

    def _note(self, answer: Answer) -> None:
        self._cancel_requested = self._cancel_requested or answer.wants_stop
        self._unwanted = self._unwanted or answer.unwanted

    def _event(
        self,
        kind: Literal["started", "progress", "ended"],
        *,
        progress: Progress | None = None,
        resolved: Resolved | None = None,
        outcome: Outcome | None = None,
    ) -> JobEvent:
        # Each try takes a new number, even where the answer was lost: numbers must grow, gaps are allowed.
        self._seq += 1
        return JobEvent(
            job_id=self._ticket.job_id,
            attempt=self._ticket.attempt,
            seq=self._seq,
            type=kind,
            at=timestamp(),
            stage=None if outcome else self._news.stage,
            progress=progress,
            resolved=resolved,
            outcome=outcome,
        )


def is_unexpected(now: Progress | None, told: Progress | None) -> bool:
    """Whether a reader who was told `told`, and counts on by it as the page does, expects the step `now` at another
    time. Of a stage that was not sent yet no reader expects anything."""
    if now is None or told is None or now.step is None or now.step_began_at is None or now.step_seconds is None:
        return False
    if told.step is None or told.step_began_at is None or told.step_seconds is None:
        return True
    passed = datetime.fromisoformat(now.step_began_at) - datetime.fromisoformat(told.step_began_at)
    return abs(passed.total_seconds() - (now.step - told.step) * told.step_seconds) > READER_IS_OFF_SECONDS


def resend(site: Site, ticket: Ticket, outcome: Outcome) -> bool:
    """Sends the `ended` event of a job again, from its marker. True when the site answered."""
    event = JobEvent(
        job_id=ticket.job_id,
        attempt=ticket.attempt,
        seq=RESENT_SEQ,
        type="ended",
        at=timestamp(),
        stage=None,
        progress=None,
        resolved=None,
        outcome=outcome,
    )
    pause, deadline = FIRST_PAUSE_SECONDS, time.monotonic() + IMPATIENCE_SECONDS
    while site.post(event).kind == "unreachable":
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause *= 2
    return True


def secrets_of(ring: str) -> list[str]:
    """The secrets of a key ring, separated by blanks or commas; the first one signs. Raises ValueError where one of
    them is not base64."""
    secrets = ring.replace(",", " ").split()
    for secret in secrets:
        base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    if not secrets:
        raise ValueError("an empty key ring")
    return secrets


def _members(answer: httpx.Response) -> dict[str, Any]:
    """The members of a JSON object; none where the body is something else."""
    try:
        body: Any = answer.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
