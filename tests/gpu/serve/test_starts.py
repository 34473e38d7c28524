"""Containers that start together, and containers that are lost while they load: no job ends because of either."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from gpu.core.contract import Ticket
from gpu.core.hardware import GPUS, STARTUP_LIMIT_SECONDS
from gpu.core.problems import StartsFailing, WeightsUnusable
from gpu.core.render_job import Renders
from gpu.render.given_card import Card
from gpu.serve.events import timestamp
from gpu.serve.modal.container import Container, OpenRenderer
from gpu.serve.modal.crash_loop import FIRST_HOLD_SECONDS, LAPSE_SECONDS, MAX_LOST_STARTS, StartNote, Starts
from gpu.serve.modal.dispatcher import RentedDispatcher
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.gpu.serve.surroundings import MakeTicket, ToldRenderer, secret_values
from tests.gpu.serve.test_dispatcher import Platform

H200 = Card("NVIDIA H200", GPUS["H200"].usable_bytes)


@pytest.fixture
def told(settings: Settings, make_ticket: MakeTicket) -> dict[str, str]:
    """The environment of a container, of a deploy of this test's own."""
    return secret_values(settings) | {
        "CLIPWRIGHT_CHECKPOINT": "tiny-19b",
        "CLIPWRIGHT_STATE": str(settings.state),
        "CLIPWRIGHT_GPU": "H200",
        "CLIPWRIGHT_DEPLOY": make_ticket().job_id,
    }


def opened(told: Mapping[str, str], open_renderer: OpenRenderer) -> Container:
    container = Container(Path("no weights here"))
    container.open(told, open_renderer, lambda: H200)
    return container


def starts_of(told: Mapping[str, str], bucket: Storage, container_id: str = "another") -> Starts:
    return Starts(bucket, told["CLIPWRIGHT_GPU"], told["CLIPWRIGHT_DEPLOY"], container_id)


def quick(*_: object) -> Renders:
    return ToldRenderer(steps=1)


def faulty(*_: object) -> Renders:
    raise RuntimeError("a fault of a library")


# ---------------------------------------------------------------- a crowd


class Crowd:
    """A platform's line of inputs and the containers that take from it. What a container hands back waits again."""

    def __init__(self, told: Mapping[str, str], tickets: list[Ticket]) -> None:
        self._told = told
        self._line: SimpleQueue[Ticket] = SimpleQueue()
        self._left = len(tickets)
        self._lock = threading.Lock()
        for ticket in tickets:
            self._line.put(ticket)

    def work(self, open_renderer: OpenRenderer) -> int:
        """One container after another in one place. Returns how many were used."""
        used = 0
        while self._left:
            container = opened(self._told, open_renderer)
            used += 1
            try:
                self._serve(container)
            finally:
                container.close()
        return used

    def _serve(self, container: Container) -> None:
        while self._left:
            try:
                ticket = self._line.get(timeout=0.02)
            except Empty:
                continue
            if container.run(ticket) == "finished":
                with self._lock:
                    self._left -= 1
            else:
                self._line.put(ticket)
            if container.is_spent:
                return


def tickets(make_ticket: MakeTicket, count: int) -> list[Ticket]:
    first = make_ticket(seconds=2)
    return [first.model_copy(update={"job_id": f"{first.job_id[:-4]}{number:04d}"}) for number in range(count)]


@pytest.mark.parametrize(("containers", "jobs"), [(4, 30), (10, 300)])
def test_containers_that_start_together_deliver_every_job(
    told: dict[str, str], bucket: Storage, make_ticket: MakeTicket, containers: int, jobs: int
) -> None:
    """All of them load at the same time, for as long as the slowest needs: more than the limit of lost starts."""
    all_load = threading.Barrier(containers)

    def loads(*_: object) -> Renders:
        all_load.wait(STALLED_AFTER_SECONDS)
        return ToldRenderer(steps=1)

    line = tickets(make_ticket, jobs)
    crowd = Crowd(told, line)
    with ThreadPoolExecutor(containers) as places:
        used = list(places.map(crowd.work, [loads] * containers))
    assert used == [1] * containers
    assert [ticket.job_id for ticket in line if bucket.done(ticket.job_id) is None] == []
    assert bucket.keys(f"service/starts/H200-{told['CLIPWRIGHT_DEPLOY']}/") == []


def test_bad_machines_in_a_crowd_fail_no_job(told: dict[str, str], bucket: Storage, make_ticket: MakeTicket) -> None:
    """Two places break at each start until a good container is ready; the two others load meanwhile."""
    broke = threading.Semaphore(0)

    def breaks_once(broken: list[int]) -> OpenRenderer:
        def opens(*_: object) -> Renders:
            if not broken:
                broken.append(1)
                broke.release()
                raise OSError("the disk cannot be read")
            return ToldRenderer(steps=1)

        return opens

    def loads_long(*_: object) -> Renders:
        assert broke.acquire(timeout=STALLED_AFTER_SECONDS)
        return ToldRenderer(steps=1)

    line = tickets(make_ticket, 12)
    crowd = Crowd(told, line)
    with ThreadPoolExecutor(4) as places:
        used = list(places.map(crowd.work, [breaks_once([]), breaks_once([]), loads_long, loads_long]))
    assert used[2:] == [1, 1]
    outcomes = [(bucket.done(ticket.job_id), bucket.failed(ticket.job_id)) for ticket in line]
    assert all(done is not None and failed is None for done, failed in outcomes)


# ---------------------------------------------------------------- lost starts


def written(bucket: Storage, told: Mapping[str, str], name: str, began: datetime, *, failed: bool = False) -> None:
    """The note of a start that began then."""
    overdue = timestamp(began + timedelta(seconds=STARTUP_LIMIT_SECONDS + 60))
    note = StartNote(
        container_id=name,
        began_at=timestamp(began),
        overdue_at=overdue,
        failed_at=timestamp(began) if failed else None,
        why="OSError" if failed else None,
    )
    bucket.write(f"service/starts/H200-{told['CLIPWRIGHT_DEPLOY']}/{name}.json", note)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_starts_under_way_are_not_lost_however_many(told: dict[str, str], bucket: Storage) -> None:
    for number in range(2 * MAX_LOST_STARTS):
        assert starts_of(told, bucket, f"ta-{number}").begin() is None


def test_starts_that_hang_are_lost_once_their_time_is_over(told: dict[str, str], bucket: Storage) -> None:
    """The platform kills each of them only then."""
    for number in range(MAX_LOST_STARTS):
        assert starts_of(told, bucket).hold() is None
        written(bucket, told, f"ta-{number}", ago(STARTUP_LIMIT_SECONDS + 90))
    hold = starts_of(told, bucket).begin()
    assert hold is not None
    assert (hold.lost, "without an error" in hold.words) == (MAX_LOST_STARTS, True)


def test_a_container_that_starts_anew_has_lost_its_earlier_start(told: dict[str, str], bucket: Storage) -> None:
    for _ in range(MAX_LOST_STARTS):
        assert starts_of(told, bucket, "ta-1").begin() is None
    assert starts_of(told, bucket, "ta-1").begin() is not None
    assert starts_of(told, bucket, "ta-2").begin() is None  # another one knows only that they are under way


def test_starts_that_are_lost_for_an_unknown_cause_hold_jobs_and_end_none(
    told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    loaded: list[object] = []

    def loads(*what: object) -> Renders:
        loaded.append(what)
        return ToldRenderer(steps=1)

    ticket, platform = make_ticket(seconds=2), Platform()
    dispatcher = RentedDispatcher(bucket, platform, told["CLIPWRIGHT_DEPLOY"])
    for _ in range(MAX_LOST_STARTS):
        container = opened(told, faulty)
        assert (container.is_spent, container.run(ticket)) == (True, "gone")
        container.close()
    held = opened(told, loads)
    assert (held.is_spent, held.run(ticket), loaded) == (True, "gone", [])
    held.close()
    with pytest.raises(StartsFailing, match="RuntimeError"):
        dispatcher.submit(ticket)
    assert platform.spawned == []
    assert bucket.failed(ticket.job_id) is bucket.done(ticket.job_id) is None
    mended = told | {"CLIPWRIGHT_DEPLOY": "mended-" + told["CLIPWRIGHT_DEPLOY"]}  # the same commit, deployed anew
    again = opened(mended, loads)
    assert again.run(ticket) == "finished"
    again.close()
    assert bucket.done(ticket.job_id) is not None


def test_a_call_that_is_known_is_told_while_starts_are_held(
    told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    ticket, dispatcher = make_ticket(), RentedDispatcher(bucket, Platform(), told["CLIPWRIGHT_DEPLOY"])
    call = dispatcher.submit(ticket)
    for number in range(MAX_LOST_STARTS):
        written(bucket, told, f"ta-{number}", ago(1), failed=True)
    assert dispatcher.submit(ticket) == call


def test_after_a_while_one_start_is_let_through_and_its_success_closes_the_case(
    told: dict[str, str], bucket: Storage
) -> None:
    for number in range(MAX_LOST_STARTS):
        written(bucket, told, f"ta-{number}", ago(FIRST_HOLD_SECONDS + 5), failed=True)
    trying = starts_of(told, bucket, "ta-try")
    assert trying.begin() is None
    assert starts_of(told, bucket, "ta-next").begin() is not None  # while that one tries
    trying.ready()
    assert starts_of(told, bucket, "ta-next").begin() is None


def test_each_further_loss_holds_starts_for_longer(told: dict[str, str], bucket: Storage) -> None:
    for number in range(MAX_LOST_STARTS + 1):
        written(bucket, told, f"ta-{number}", ago(FIRST_HOLD_SECONDS + 5), failed=True)
    hold = starts_of(told, bucket).hold()
    assert hold is not None
    assert hold.until > timestamp(datetime.now(UTC) + timedelta(seconds=FIRST_HOLD_SECONDS / 2))


def test_old_losses_count_no_more_and_leave_no_note(told: dict[str, str], bucket: Storage) -> None:
    for number in range(MAX_LOST_STARTS):
        written(bucket, told, f"ta-{number}", ago(LAPSE_SECONDS + STARTUP_LIMIT_SECONDS + 90))
    assert starts_of(told, bucket).hold() is None
    assert bucket.keys(f"service/starts/H200-{told['CLIPWRIGHT_DEPLOY']}/") == []


def without_weights(*_: object) -> Renders:
    raise WeightsUnusable("They are not all there.")


def interrupted(*_: object) -> Renders:
    raise KeyboardInterrupt


@pytest.mark.parametrize("open_renderer", [quick, without_weights])
def test_a_start_that_succeeds_or_whose_fault_is_proven_is_not_lost(
    told: dict[str, str], bucket: Storage, open_renderer: Callable[..., Renders]
) -> None:
    for _ in range(MAX_LOST_STARTS + 1):
        container = opened(told, open_renderer)
        assert not container.is_spent
        container.close()
    assert bucket.keys(f"service/starts/H200-{told['CLIPWRIGHT_DEPLOY']}/") == []


def test_a_start_that_the_platform_interrupts_is_not_lost(told: dict[str, str], bucket: Storage) -> None:
    with pytest.raises(KeyboardInterrupt):
        opened(told, interrupted)
    assert bucket.keys(f"service/starts/H200-{told['CLIPWRIGHT_DEPLOY']}/") == []


def test_cards_and_deploys_are_counted_apart(told: dict[str, str], bucket: Storage) -> None:
    for number in range(MAX_LOST_STARTS):
        written(bucket, told, f"ta-{number}", ago(1), failed=True)
    assert starts_of(told, bucket).hold() is not None
    assert starts_of(told | {"CLIPWRIGHT_GPU": "B200"}, bucket).hold() is None
    assert starts_of(told | {"CLIPWRIGHT_DEPLOY": "later"}, bucket).hold() is None
