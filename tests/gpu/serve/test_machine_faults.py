"""A machine, a disk or a bucket at fault: the attempt waits or goes back, and no job fails by it."""

import errno

import pytest

from gpu.core.contract import Outcome
from gpu.core.problems import StorageRefused
from gpu.core.render_job import MachineFault, Renders
from gpu.serve import patience, scratch
from gpu.serve.events import Site
from gpu.serve.local import worker_process
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from gpu.serve.worker import Worker
from tests.gpu.serve.surroundings import EventSite, MakeTicket, Refusing, ToldRenderer, fault
from tests.hand_clock import HandClock


def never() -> bool:
    return False


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENOMEM], ids=errno.errorcode.get
)
def test_a_machine_that_fails_hands_the_attempt_back_and_fails_no_job(
    worker: Worker, bucket: Storage, site: EventSite, renderer_told: ToldRenderer, make_ticket: MakeTicket, code: int
) -> None:
    renderer_told.fails_with = OSError(code, "of this machine")
    ticket = make_ticket()
    with pytest.raises(MachineFault):
        worker.run(ticket, is_canceled=never)
    assert bucket.failed(ticket.job_id) is None
    assert not bucket.is_claimed(ticket.job_id, 1)
    assert "ended" not in site.types()
    renderer_told.fails_with = None
    again = worker.run(ticket, is_canceled=never)
    assert again is not None
    assert again.status == "succeeded"


def test_another_error_of_the_system_is_the_clips(
    worker: Worker, renderer_told: ToldRenderer, make_ticket: MakeTicket
) -> None:
    renderer_told.fails_with = OSError(errno.EINVAL, "of this file")
    assert fault(worker.run(make_ticket(), is_canceled=never)) == "render-failed"


def test_without_room_for_a_clip_an_attempt_is_not_begun(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "NEEDED_BYTES", 2**60)
    ticket = make_ticket()
    with pytest.raises(MachineFault):
        worker.run(ticket, is_canceled=never)
    assert not bucket.is_claimed(ticket.job_id, 1)
    assert site.events == []


def test_a_laptop_whose_disk_is_full_waits_with_its_ticket_and_takes_no_other(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "MACHINE_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(scratch, "NEEDED_BYTES", 2**60)
    looks: list[str] = []

    def not_canceled() -> bool:
        looks.append("while it waits" if bucket.done(ticket.job_id) is None else "afterwards")
        monkeypatch.setattr(scratch, "NEEDED_BYTES", 0)
        return False

    ticket = make_ticket()
    assert worker_process.run(worker, ticket, not_canceled) == "finished"
    assert looks[0] == "while it waits"
    assert bucket.done(ticket.job_id) is not None


def test_a_laptop_that_cannot_build_its_models_says_why_instead_of_waiting_for_another_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Settings) -> Renders:
        raise MachineFault("The transformer could not be built.") from RuntimeError("a fault of a library")

    monkeypatch.setattr(worker_process, "open_tiny_models", breaks)
    with pytest.raises(RuntimeError, match="of a library"):
        worker_process.TinyRenderer(settings).open()


class Away(Storage):
    """A bucket that is out of reach at first, for so many requests."""

    def __init__(self, settings: Settings, refusals: int) -> None:
        super().__init__(settings)
        self.refusals = refusals

    def done(self, job_id: str) -> Outcome | None:
        if self.refusals > 0:
            self.refusals -= 1
            raise StorageRefused("The storage failed while reading.")
        return super().done(job_id)


def test_a_worker_out_of_reach_of_its_bucket_waits_with_its_ticket(
    bucket: Storage,
    settings: Settings,
    site: EventSite,
    renderer_told: ToldRenderer,
    make_ticket: MakeTicket,
    worker_clock: HandClock,
) -> None:
    """Three minutes, as an outage lasts: nothing is begun meanwhile, and nobody pays for them."""
    told, ticket = Site(settings), make_ticket()
    outcome = Worker(Away(settings, 90), told, renderer_told, settings).run(ticket, is_canceled=never)
    told.close()
    assert worker_clock.now - 1_000.0 == 180.0
    assert outcome is not None
    assert (outcome.status, outcome.cost.gpu_seconds) == ("succeeded", 0.0)
    assert bucket.done(ticket.job_id) == outcome == site.outcome()


def test_a_canceled_job_is_not_waited_for(
    settings: Settings, site: EventSite, renderer_told: ToldRenderer, make_ticket: MakeTicket, worker_clock: HandClock
) -> None:
    told = Site(settings)
    with pytest.raises(StorageRefused):
        Worker(Away(settings, 90), told, renderer_told, settings).run(make_ticket(), is_canceled=lambda: True)
    told.close()
    assert (worker_clock.sleeps, site.events) == (0, [])


def test_waiting_for_the_bucket_is_not_billed(
    bucket: Storage,
    settings: Settings,
    site: EventSite,
    renderer_told: ToldRenderer,
    make_ticket: MakeTicket,
    worker_clock: HandClock,
) -> None:
    renderer_told.in_step = lambda _: worker_clock.sleep(1.0)
    told, ticket = Site(settings), make_ticket()
    outcome = Worker(Refusing(settings, 20), told, renderer_told, settings).run(ticket, is_canceled=never)
    told.close()
    assert outcome is not None
    assert worker_clock.now - 1_000.0 == 3.0 + 20 * patience.PAUSE_SECONDS
    assert outcome.cost.gpu_seconds == 3.0
    assert site.outcome() == bucket.done(ticket.job_id)
