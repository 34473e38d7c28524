"""Tickets to rented cards: one call for one attempt, whoever asks and however often. The platform is a double: it is
the one thing here that costs money."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from gpu.core.contract import Fault, Ticket
from gpu.core.hardware import GPUS, Gpu
from gpu.core.pricing import longest_seconds
from gpu.core.problems import GpuUnreachable, InvalidJob
from gpu.serve.modal import dispatcher
from gpu.serve.modal.dispatcher import PlatformState, RentedDispatcher, time_limit_seconds
from gpu.serve.storage import Claim, Storage
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.gpu.serve.surroundings import MakeTicket


class Platform:
    """Remembers what it was told; `states` says where a call stands."""

    def __init__(self, *, meet: Barrier | None = None) -> None:
        self.spawned: list[tuple[str, str]] = []
        self.canceled: list[str] = []
        self.states: dict[str, PlatformState | Fault] = {}
        self.reachable = True
        self._meet = meet
        self._lock = Lock()

    def spawn(self, ticket: Ticket) -> str:
        if not self.reachable:
            raise GpuUnreachable
        if self._meet is not None:
            self._meet.wait(STALLED_AFTER_SECONDS)
        with self._lock:
            call = f"fc-{len(self.spawned)}"
            self.spawned.append((call, ticket.gpu))
        return call

    def state(self, platform_id: str) -> PlatformState | Fault:
        return self.states.get(platform_id, "pending")

    def cancel(self, platform_id: str) -> None:
        self.canceled.append(platform_id)


@pytest.fixture
def ticket(make_ticket: MakeTicket) -> Ticket:
    return make_ticket().model_copy(update={"gpu": "H200"})


def test_the_same_attempt_is_the_same_call_also_from_another_container(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    first = RentedDispatcher(bucket, platform).submit(ticket)
    again = RentedDispatcher(bucket, platform).submit(ticket)
    assert again == first
    assert first.state == "pending"
    assert platform.spawned == [("fc-0", "H200")]


def test_two_at_once_become_one_and_the_other_is_taken_back(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform(meet=Barrier(2))
    dispatcher = RentedDispatcher(bucket, platform)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(dispatcher.submit, [ticket, ticket])
    assert first.call_id == second.call_id
    assert len(platform.spawned) == 2
    assert len(platform.canceled) == 1
    assert platform.canceled[0] not in first.call_id.split(".")


def test_another_attempt_is_another_call(bucket: Storage, ticket: Ticket) -> None:
    dispatcher = RentedDispatcher(bucket, Platform())
    second = ticket.model_copy(update={"attempt": 2, "gpu": "B200"})
    assert dispatcher.submit(second).call_id != dispatcher.submit(ticket).call_id


def test_a_call_id_says_whose_it_is_without_a_table(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = RentedDispatcher(bucket, platform)
    call = dispatcher.submit(ticket)
    assert dispatcher.state(call.call_id) == call
    platform.states["fc-0"] = "finished"
    known = dispatcher.state(call.call_id)
    assert known is not None
    assert (known.job_id, known.attempt, known.state) == (ticket.job_id, 1, "finished")


def test_a_fault_that_a_container_hands_over_is_told_with_the_call(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = RentedDispatcher(bucket, platform)
    call = dispatcher.submit(ticket)
    assert call.fault is None
    fault = Fault(type="settings-incomplete", detail="R2_ENDPOINT must be set.")
    platform.states["fc-0"] = fault
    ended = dispatcher.state(call.call_id)
    assert ended is not None
    assert (ended.state, ended.fault) == ("gone", fault)


def test_a_claimed_attempt_runs_and_a_released_one_waits_again(bucket: Storage, ticket: Ticket) -> None:
    dispatcher = RentedDispatcher(bucket, Platform())
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
    dispatcher = RentedDispatcher(bucket, platform)
    assert dispatcher.state(call_id) is None
    assert dispatcher.cancel(call_id) is None
    assert platform.canceled == []


def test_canceling_reaches_the_platform(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = RentedDispatcher(bucket, platform)
    call = dispatcher.submit(ticket)
    assert dispatcher.cancel(call.call_id) is not None
    assert platform.canceled == ["fc-0"]


def test_a_platform_out_of_reach_leaves_no_record_so_the_next_try_spawns(bucket: Storage, ticket: Ticket) -> None:
    platform = Platform()
    dispatcher = RentedDispatcher(bucket, platform)
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
        RentedDispatcher(bucket, platform).submit(ticket.model_copy(update={"gpu": gpu}))
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
    rented = RentedDispatcher(bucket, Platform())
    rented.submit(ticket)
    rented.submit(ticket.model_copy(update={"attempt": 2}))
    assert priced == ["H200"]


def test_a_time_limit_leaves_room_above_the_longest_job() -> None:
    assert time_limit_seconds("H200") > longest_seconds(GPUS["H200"]) * 1.5
    with pytest.raises(ValueError, match="no job fits"):
        time_limit_seconds("A10G")
