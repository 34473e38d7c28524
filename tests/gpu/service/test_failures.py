"""Failures by kind on rented cards: each ends a job with its reason, or leaves it to another worker."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import modal
import pytest

from gpu.contract import Outcome, Resolved
from gpu.events import Site, timestamp
from gpu.rendering import Conditioning, OnProgress, Rendered
from gpu.settings import Settings
from gpu.storage import Claim, Storage
from gpu.worker import MAX_TURNS, Worker
from tests.gpu.service.surroundings import EventSite, MakeTicket, ToldRenderer


def never() -> bool:
    return False


def fault(outcome: Outcome | None) -> str:
    assert outcome is not None
    assert outcome.fault is not None
    return outcome.fault.type


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


@pytest.mark.parametrize(("limit_seconds", "status"), [(0.05, "failed"), (600.0, "canceled")])
def test_an_interruption_means_a_cancellation_unless_time_was_up(
    worker: Worker,
    bucket: Storage,
    renderer_told: ToldRenderer,
    make_ticket: MakeTicket,
    limit_seconds: float,
    status: str,
) -> None:
    ticket = make_ticket()
    renderer_told.step_seconds = 0.05
    renderer_told.fails_with = modal.exception.InputCancellation()
    if status == "canceled":
        with pytest.raises(modal.exception.InputCancellation):
            worker.run(ticket, is_canceled=never, limit_seconds=limit_seconds)
    else:
        assert fault(worker.run(ticket, is_canceled=never, limit_seconds=limit_seconds)) == "deadline-exceeded"
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


class OutOfMemory:
    """A card that turns out too small in stage 2."""

    def render(
        self,
        resolved: Resolved,
        pictures: Sequence[Conditioning],
        source_video: Path | None,
        *,
        video_path: Path,
        poster_path: Path,
        on_progress: OnProgress,
        is_canceled: Callable[[], bool],
    ) -> Rendered:
        del resolved, pictures, source_video, video_path, poster_path, is_canceled

        class OutOfMemoryError(RuntimeError):
            pass

        on_progress("stage_2", 1, 3)
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
