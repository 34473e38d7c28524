"""Tickets to rented cards: one call for one attempt, whoever asks and however often. The platform is a double: it is
the one thing here that costs money."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Lock

import pytest

from gpu.core.contract import Call, Fault, Ticket
from gpu.core.hardware import GPUS, Gpu
from gpu.core.pricing import longest_seconds
from gpu.core.problems import GpuUnreachable, InvalidJob
from gpu.serve.events import timestamp
from gpu.serve.modal import dispatcher
from gpu.serve.modal.dispatcher import INTENT_SECONDS, PlatformState, RentedDispatcher, time_limit_seconds
from gpu.serve.storage import Claim, KeptCall, Storage, call_key
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.gpu.serve.surroundings import MakeTicket


class Platform:
    """Remembers what it was told; `states` says where a call stands."""

    def __init__(self) -> None:
        self.spawned: list[tuple[str, str]] = []
        self.canceled: list[str] = []
        self.states: dict[str, PlatformState | Fault] = {}
        self.reachable = True
        self.while_spawning: Callable[[Ticket], None] = lambda _: None
        self._lock = Lock()

    def spawn(self, ticket: Ticket) -> str:
        if not self.reachable:
            raise GpuUnreachable
        self.while_spawning(ticket)
        with self._lock:
            call = f"fc-{len(self.spawned)}"
            self.spawned.append((call, ticket.gpu))
        return call

    def state(self, platform_id: str) -> PlatformState | Fault:
        return self.states.get(platform_id, "pending")

    def cancel(self, platform_id: str) -> None:
        self.canceled.append(platform_id)


def rented(bucket: Storage, platform: Platform) -> RentedDispatcher:
    return RentedDispatcher(bucket, platform, "deploy-of-these-tests")


@pytest.fixture
def ticket(make_ticket: MakeTicket) -> Ticket:
    return make_ticket().model_copy(update={"gpu": "H200"})


def test_the_same_attempt_is_the_same_call_also_from_another_container(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    first = rented(bucket, platform).submit(ticket)
    again = rented(bucket, platform).submit(ticket)
    assert again == first
    assert first.state == "pending"
    assert platform.spawned == [("fc-0", "H200")]


def test_submits_that_overlap_make_one_call(bucket: Storage, ticket: Ticket) -> None:
    """The site gives up waiting for an answer and asks again, while the first one is still being made."""
    platform = Platform()
    dispatcher = rented(bucket, platform)
    together = Barrier(4)

    def submit(_: int) -> Call:
        together.wait(STALLED_AFTER_SECONDS)
        return dispatcher.submit(ticket)

    with ThreadPoolExecutor(4) as pool:
        calls = list(pool.map(submit, range(4)))
    assert len({call.call_id for call in calls}) == len(platform.spawned) == 1
    assert platform.canceled == []


def test_a_submit_that_takes_too_long_is_asked_for_later(
    bucket: Storage, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "OVERLAP_SECONDS", 0.1)
    intent = KeptCall(token="of another container", at=timestamp())
    assert bucket.keep_call(ticket.job_id, 1, intent)
    platform = Platform()
    with pytest.raises(GpuUnreachable):
        rented(bucket, platform).submit(ticket)
    assert platform.spawned == []


def test_a_submit_that_died_before_it_made_its_call_is_taken_over(bucket: Storage, ticket: Ticket) -> None:
    died = datetime.now(UTC) - timedelta(seconds=INTENT_SECONDS + 1)
    assert bucket.keep_call(ticket.job_id, 1, KeptCall(token="of a dead container", at=timestamp(died)))
    platform = Platform()
    assert rented(bucket, platform).submit(ticket).call_id.endswith("fc-0")
    assert len(platform.spawned) == 1


def test_a_submit_that_was_taken_for_dead_stops_nobody_elses_call(bucket: Storage, ticket: Ticket) -> None:
    """Its call and the other one are both there: the claim lets one of them work."""
    platform = Platform()

    def taken_over(_: Ticket) -> None:
        record = bucket.call(ticket.job_id, 1)
        assert record is not None
        assert bucket.keep_call(ticket.job_id, 1, KeptCall(platform_id="fc-other", token="other"), record[1])

    platform.while_spawning = taken_over
    rented(bucket, platform).submit(ticket)
    platform.while_spawning = lambda _: None
    assert platform.canceled == []
    assert rented(bucket, platform).submit(ticket).call_id.endswith("fc-other")


def claim_of(ticket: Ticket) -> Claim:
    return Claim(job_id=ticket.job_id, attempt=ticket.attempt, token="t", at="2026-11-23T00:00:00.000Z")


def test_a_call_that_is_gone_before_anybody_began_is_replaced_under_the_same_attempt(
    bucket: Storage, ticket: Ticket
) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    for number in range(3):
        call = dispatcher.submit(ticket)
        assert (call.call_id, call.state) == (f"{ticket.job_id}.1.fc-{number}", "pending")
        platform.states[f"fc-{number}"] = "gone"
    assert platform.canceled == []


def test_a_call_that_is_gone_with_a_claim_is_not_replaced(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    dispatcher.submit(ticket)
    claim = claim_of(ticket)
    assert bucket.claim(claim, claim.at) == claim
    platform.states["fc-0"] = "gone"
    assert dispatcher.submit(ticket).state == "gone"
    bucket.release(claim)  # the machine was taken away: the attempt is free
    assert dispatcher.submit(ticket).state == "pending"
    assert len(platform.spawned) == 2


def test_a_call_that_is_at_work_is_not_interrupted(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    call = dispatcher.submit(ticket)
    claim = claim_of(ticket)
    assert bucket.claim(claim, claim.at) == claim
    known = dispatcher.cancel(call.call_id)
    assert known is not None
    assert (known.state, platform.canceled) == ("running", [])


def test_the_record_of_an_earlier_release_is_read(bucket: Storage, ticket: Ticket) -> None:
    bucket.write(call_key(ticket.job_id, 1), KeptCall(platform_id="fc-earlier"))
    platform = Platform()
    assert rented(bucket, platform).submit(ticket).call_id.endswith("fc-earlier")
    assert platform.spawned == []


def test_another_attempt_is_another_call(bucket: Storage, ticket: Ticket) -> None:
    dispatcher = rented(bucket, Platform())
    second = ticket.model_copy(update={"attempt": 2, "gpu": "B200"})
    assert dispatcher.submit(second).call_id != dispatcher.submit(ticket).call_id


def test_a_call_id_says_whose_it_is_without_a_table(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    call = dispatcher.submit(ticket)
    assert dispatcher.state(call.call_id) == call
    platform.states["fc-0"] = "finished"
    known = dispatcher.state(call.call_id)
    assert known is not None
    assert (known.job_id, known.attempt, known.state) == (ticket.job_id, 1, "finished")


def test_a_fault_that_a_container_hands_over_is_told_with_the_call(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    call = dispatcher.submit(ticket)
    assert call.fault is None
    fault = Fault(type="settings-incomplete", detail="R2_ENDPOINT must be set.")
    platform.states["fc-0"] = fault
    ended = dispatcher.state(call.call_id)
    assert ended is not None
    assert (ended.state, ended.fault) == ("gone", fault)


def test_a_claimed_attempt_runs_and_a_released_one_waits_again(bucket: Storage, ticket: Ticket) -> None:
    dispatcher = rented(bucket, Platform())
    call_id = dispatcher.submit(ticket).call_id
    claim = Claim(job_id=ticket.job_id, attempt=1, token="t", at="2026-11-23T00:00:00.000Z", turn=1, released=False)
    assert bucket.claim(claim, "2026-11-23T00:00:00.000Z") == claim
    running = dispatcher.state(call_id)
    bucket.release(claim)
    waiting = dispatcher.state(call_id)
    assert running is not None
    assert waiting is not None
    assert (running.state, waiting.state) == ("running", "pending")


@pytest.mark.parametrize("call_id", ["", "fc-1", "job.1.fc-1", "0123456789.0.fc-1", "0123456789.1.fc-1/../x"])
def test_a_call_id_of_another_form_is_not_known(bucket: Storage, call_id: str) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    assert dispatcher.state(call_id) is None
    assert dispatcher.cancel(call_id) is None
    assert platform.canceled == []


def test_canceling_reaches_the_platform(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    call = dispatcher.submit(ticket)
    assert dispatcher.cancel(call.call_id) is not None
    assert platform.canceled == ["fc-0"]


def test_a_platform_out_of_reach_leaves_no_record_so_the_next_try_spawns(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = rented(bucket, platform)
    platform.reachable = False
    with pytest.raises(GpuUnreachable):
        dispatcher.submit(ticket)
    platform.reachable = True
    assert dispatcher.submit(ticket).state == "pending"
    assert len(platform.spawned) == 1


@pytest.mark.parametrize("gpu", ["H999", "A10G"])
def test_a_card_unknown_or_too_small_is_refused_before_anything_is_rented(
    bucket: Storage, ticket: Ticket, gpu: str
) -> None:
    platform = Platform()
    with pytest.raises(InvalidJob):
        rented(bucket, platform).submit(ticket.model_copy(update={"gpu": gpu}))
    assert platform.spawned == []


def test_the_menu_is_priced_once_for_a_card_however_many_tickets_come(
    bucket: Storage, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced: list[str] = []

    def counted(gpu: Gpu) -> float:
        priced.append(gpu.name)
        return longest_seconds(gpu)

    monkeypatch.setattr(dispatcher, "longest_seconds", counted)
    time_limit_seconds.cache_clear()
    dispatching = rented(bucket, Platform())
    dispatching.submit(ticket)
    dispatching.submit(ticket.model_copy(update={"attempt": 2}))
    assert priced == ["H200"]


def test_a_time_limit_leaves_room_above_the_longest_job() -> None:
    assert time_limit_seconds("H200") > longest_seconds(GPUS["H200"]) * 1.5
    with pytest.raises(ValueError, match="no job fits"):
        time_limit_seconds("A10G")
