"""Failures by kind on rented cards: each ends a job with its reason, or leaves it to another worker."""

import dataclasses
import hashlib
import logging
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import modal
import pytest

from gpu.core.contract import Outcome
from gpu.core.hardware import GPUS
from gpu.core.pricing import all_estimates, longest_seconds
from gpu.core.render_job import Follower, Rendered, Shot
from gpu.serve import patience
from gpu.serve import worker as worker_module
from gpu.serve.events import ENDED_PATIENCE_SECONDS, TIMEOUT_SECONDS, Courier, Site, timestamp
from gpu.serve.job_log import name_the_job
from gpu.serve.modal.dispatcher import REPORT_SECONDS, time_limit_seconds
from gpu.serve.settings import Settings
from gpu.serve.storage import Claim, Storage
from gpu.serve.worker import MAX_TURNS, Worker
from tests.gpu.serve.surroundings import LASTING_SECONDS, EventSite, MakeTicket, Refusing, ToldRenderer, fault, until
from tests.hand_clock import HandClock


def never() -> bool:
    return False


def claimed(job_id: str, *, turn: int, at: datetime, released: bool) -> Claim:
    return Claim(job_id=job_id, attempt=1, token=f"worker {turn}", at=timestamp(at), turn=turn, released=released)


def test_an_attempt_that_keeps_losing_its_workers_ends(
    worker: Worker, bucket: Storage, site: EventSite, renderer_told: ToldRenderer, make_ticket: MakeTicket
) -> None:
    """Preempted again and again: each worker gives its claim back, and the platform delivers to the next."""
    ticket = make_ticket()
    renderer_told.fails_with = KeyboardInterrupt()
    for _ in range(MAX_TURNS):
        with pytest.raises(KeyboardInterrupt):
            worker.run(ticket, is_canceled=never)
    outcome = worker.run(ticket, is_canceled=never)
    assert fault(outcome) == "worker-lost"
    assert len(renderer_told.seen) == MAX_TURNS
    assert bucket.failed(ticket.job_id) == outcome
    assert site.outcome() == outcome


def test_workers_that_died_holding_the_claim_count_too(
    worker: Worker, bucket: Storage, renderer_told: ToldRenderer, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    first = claimed(ticket.job_id, turn=1, at=long_ago, released=False)
    assert bucket.claim(first, timestamp(long_ago)) == first
    for turn in range(2, MAX_TURNS + 1):
        again = bucket.claim(first.model_copy(update={"token": f"worker {turn}"}), timestamp())
        assert again is not None
        assert again.turn == turn
    bucket.release(first.model_copy(update={"turn": MAX_TURNS}))
    assert fault(worker.run(ticket, is_canceled=never)) == "worker-lost"
    assert renderer_told.seen == []


@pytest.mark.parametrize(("went_by", "status"), [(51.0, "failed"), (49.0, "canceled")])
def test_an_interruption_is_the_owners_wish_if_the_site_says_so_unless_time_was_up(
    worker: Worker,
    bucket: Storage,
    site: EventSite,
    renderer_told: ToldRenderer,
    make_ticket: MakeTicket,
    worker_clock: HandClock,
    went_by: float,
    status: str,
) -> None:
    ticket = make_ticket()

    def go_on(_: int) -> None:
        until(lambda: "started" in site.types())
        site.cancel_requested = True  # heard only by who asks: no heartbeat is due
        worker_clock.sleep(went_by)

    renderer_told.steps, renderer_told.in_step = 1, go_on
    renderer_told.fails_with = modal.exception.InputCancellation()
    if status == "canceled":
        with pytest.raises(modal.exception.InputCancellation):
            worker.run(ticket, is_canceled=never, limit_seconds=50.0)
    else:
        assert fault(worker.run(ticket, is_canceled=never, limit_seconds=50.0)) == "deadline-exceeded"
    ended = bucket.failed(ticket.job_id)
    assert ended is not None
    assert ended.status == status


def test_a_site_that_is_down_costs_nothing_but_the_news(
    bucket: Storage, settings: Settings, renderer_told: ToldRenderer, make_ticket: MakeTicket
) -> None:
    deaf = Site(dataclasses.replace(settings, site_url="http://127.0.0.1:9"))
    deaf.silent = True  # its patience is tested elsewhere
    ticket = make_ticket()
    try:
        outcome = Worker(bucket, deaf, renderer_told, settings).run(ticket, is_canceled=never)
    finally:
        deaf.close()
    assert bucket.done(ticket.job_id) == outcome


def test_a_bucket_that_refuses_the_clip_is_asked_again_and_nothing_is_rendered_twice(
    bucket: Storage,
    settings: Settings,
    site: EventSite,
    renderer_told: ToldRenderer,
    make_ticket: MakeTicket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.01)
    told, ticket = Site(settings), make_ticket()
    outcome = Worker(Refusing(settings, 3), told, renderer_told, settings).run(ticket, is_canceled=never)
    told.close()
    assert outcome is not None
    assert outcome.status == "succeeded"
    assert bucket.done(ticket.job_id) == outcome == site.outcome()
    assert len(renderer_told.seen) == 1


def test_a_bucket_that_goes_on_refusing_ends_the_job_with_that_reason(
    bucket: Storage,
    settings: Settings,
    site: EventSite,
    renderer_told: ToldRenderer,
    make_ticket: MakeTicket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(worker_module, "BUCKET_PATIENCE_SECONDS", 0.1)
    told, ticket = Site(settings), make_ticket()
    outcome = Worker(Refusing(settings, 1_000_000), told, renderer_told, settings).run(ticket, is_canceled=never)
    told.close()
    assert fault(outcome) == "storage-refused"
    assert bucket.failed(ticket.job_id) == outcome == site.outcome()


def test_waiting_for_the_bucket_can_be_canceled(
    settings: Settings, renderer_told: ToldRenderer, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.01)
    refusing, told = Refusing(settings, 1_000_000), Site(settings)
    worker = Worker(refusing, told, renderer_told, settings)
    outcome = worker.run(make_ticket(), is_canceled=lambda: refusing.refusals < 999_998)
    told.close()
    assert outcome is not None
    assert outcome.status == "canceled"


def test_a_signal_that_takes_the_machine_away_leaves_the_attempt_to_the_next(
    worker: Worker, bucket: Storage, renderer_told: ToldRenderer, make_ticket: MakeTicket
) -> None:
    """The real signal, in the middle of a step: Python turns it into KeyboardInterrupt wherever the render stands."""
    ticket, earlier = make_ticket(), signal.signal(signal.SIGINT, signal.default_int_handler)
    renderer_told.in_step = lambda _: signal.raise_signal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            worker.run(ticket, is_canceled=never)
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert not bucket.is_claimed(ticket.job_id, 1)
    assert bucket.failed(ticket.job_id) is None
    renderer_told.in_step = None
    again = worker.run(ticket, is_canceled=never)
    assert again is not None
    assert again.status == "succeeded"


def test_the_ladder_of_time_limits() -> None:
    """Each step gives the one below it time to stop by itself and to say so: the longest clip, the worker's own limit,
    the platform's. Waiting for the bucket ends with the worker's limit. The last leaves time to tell the site."""
    for gpu in {gpu for row in all_estimates() for gpu in (row.gpu, row.larger_gpu) if gpu}:
        stops_itself = time_limit_seconds(gpu) - REPORT_SECONDS
        assert longest_seconds(GPUS[gpu]) < stops_itself, gpu
    assert REPORT_SECONDS > ENDED_PATIENCE_SECONDS + TIMEOUT_SECONDS


class OutOfMemory:
    """A card that turns out too small in stage 2."""

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        del shot

        class OutOfMemoryError(RuntimeError):
            pass

        follower.on_progress("stage_2", 1, 3)
        raise OutOfMemoryError


def test_attempt_2_on_a_larger_card_delivers_after_attempt_1_ran_out_of_memory(
    worker: Worker, bucket: Storage, site: EventSite, settings: Settings, make_ticket: MakeTicket
) -> None:
    first = make_ticket()
    told = Site(settings)
    outcome = Worker(bucket, told, OutOfMemory(), settings).run(first, is_canceled=never)
    told.close()
    assert fault(outcome) == "out-of-gpu-memory"
    assert outcome is not None
    assert outcome.cost.micro_won > 0  # known to the operator; a failed attempt is never billed
    second = worker.run(first.model_copy(update={"attempt": 2, "gpu": "B200"}), is_canceled=never)
    assert second is not None
    assert (second.status, second.attempt) == ("succeeded", 2)
    assert bucket.done(first.job_id) == second
    assert site.outcome() == second


class PlatformCancellation(BaseException):
    """How a platform stops a function: no Exception, so that nothing swallows it by mistake."""


@pytest.mark.parametrize("answers", [[], [200, 409]])
def test_an_interruption_that_nobody_wished_for_leaves_the_attempt_to_the_next_worker(
    worker: Worker,
    bucket: Storage,
    site: EventSite,
    make_ticket: MakeTicket,
    renderer_told: ToldRenderer,
    answers: list[int],
) -> None:
    """Somebody stops the container, or the platform does. The owner waits for a clip, and must not pay for none."""
    site.answers = answers
    renderer_told.fails_with = PlatformCancellation()
    ticket = make_ticket()
    with pytest.raises(PlatformCancellation):
        worker.run(ticket, is_canceled=never)
    assert bucket.failed(ticket.job_id) is bucket.done(ticket.job_id) is None
    assert not bucket.is_claimed(ticket.job_id, 1)
    assert "ended" not in site.types()
    renderer_told.fails_with = None
    site.answers = []
    again = worker.run(ticket, is_canceled=never)
    assert again is not None
    assert again.status == "succeeded"


@pytest.mark.parametrize(("went_by", "status"), [(500.0, "canceled"), (700.0, "failed")])
def test_a_platforms_cancellation_is_reported_and_passed_on(
    worker: Worker,
    bucket: Storage,
    site: EventSite,
    make_ticket: MakeTicket,
    renderer_told: ToldRenderer,
    worker_clock: HandClock,
    went_by: float,
    status: str,
) -> None:
    def be_canceled_late(_: int) -> None:
        site.cancel_requested = True
        worker_clock.sleep(went_by)
        raise PlatformCancellation

    renderer_told.in_step = be_canceled_late
    ticket = make_ticket(deadline_seconds=600.0)
    with pytest.raises(PlatformCancellation):
        worker.run(ticket, is_canceled=never)
    marker = bucket.failed(ticket.job_id)
    assert marker is not None
    assert marker.status == status
    assert site.outcome() == marker


@pytest.mark.parametrize("moment", ["before the marker", "after the marker", "while it is told"])
def test_an_interruption_of_a_canceled_attempts_end_leaves_it_recorded_and_told(
    worker: Worker,
    bucket: Storage,
    site: EventSite,
    make_ticket: MakeTicket,
    renderer_told: ToldRenderer,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """The site answers an event that the owner canceled, and the platform stops the call for the same reason."""
    interruptions = [PlatformCancellation()]

    def interrupted(of: Callable[[Any, Outcome], Any], *, late: bool) -> Callable[[Any, Outcome], Any]:
        def once(self: Any, outcome: Outcome) -> Any:
            answer = of(self, outcome) if late else None
            if interruptions:
                raise interruptions.pop()
            return answer if late else of(self, outcome)

        return once

    owner, name, late = {
        "before the marker": (Storage, "mark_failed", False),
        "after the marker": (Storage, "mark_failed", True),
        "while it is told": (Courier, "ended", False),
    }[moment]
    monkeypatch.setattr(owner, name, interrupted(getattr(owner, name), late=late))
    site.cancel_requested = True
    renderer_told.step_seconds = LASTING_SECONDS
    ticket = make_ticket()
    with pytest.raises(PlatformCancellation):
        worker.run(ticket, is_canceled=never)
    marker = bucket.failed(ticket.job_id)
    assert marker is not None
    assert marker.status == "canceled"
    assert site.outcome() == marker
    assert worker.jobs_cost.micro_won == marker.cost.micro_won


def test_a_machine_taken_away_while_it_tells_the_end_keeps_its_claim(
    worker: Worker,
    bucket: Storage,
    make_ticket: MakeTicket,
    renderer_told: ToldRenderer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end is in the bucket: nobody shall render the attempt once more."""

    def leaves(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Courier, "ended", leaves)
    renderer_told.fails_with = RuntimeError("it failed")
    ticket = make_ticket()
    with pytest.raises(KeyboardInterrupt):
        worker.run(ticket, is_canceled=never)
    assert fault(bucket.failed(ticket.job_id)) == "render-failed"
    assert bucket.is_claimed(ticket.job_id, 1)


def test_the_marker_names_the_hash_of_the_stored_file_and_each_turn_its_own_key(
    worker: Worker, bucket: Storage, renderer_told: ToldRenderer, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    renderer_told.fails_with = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        worker.run(ticket, is_canceled=never)
    renderer_told.fails_with = None
    outcome = worker.run(ticket, is_canceled=never)
    assert outcome is not None
    assert outcome.video is not None
    key = f"jobs/{ticket.job_id}/video-1-2.mp4"
    assert outcome.video_key == key
    stored = bucket.read(key, 1_000_000)
    assert stored is not None
    assert outcome.video.sha256 == hashlib.sha256(stored).hexdigest()


def test_each_line_of_a_job_names_it(
    worker: Worker, renderer_told: ToldRenderer, make_ticket: MakeTicket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(name_the_job)
    caplog.set_level(logging.INFO)
    ticket = make_ticket().model_copy(update={"request_id": "request-1"})
    renderer_told.fails_with = ValueError("a fault")
    worker.run(ticket, is_canceled=never)
    logging.getLogger("gpu").info("between two jobs")
    named, between = [vars(record)["job"] for record in caplog.records if record.name.startswith("gpu")][-2:]
    assert named == f" job_id={ticket.job_id} attempt=1 request_id=request-1"
    assert between == ""
