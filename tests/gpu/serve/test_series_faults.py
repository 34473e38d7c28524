"""A machine, a bucket or a start at fault during a series: the card says that it leaves, and no job ends by it."""

import pytest

from gpu.core.contract import CardOrder, Ticket
from gpu.core.problems import StorageRefused, WeightsUnusable
from gpu.core.render_job import Renders
from gpu.serve import series as series_module
from gpu.serve.modal.dispatcher import RentedDispatcher
from gpu.serve.storage import Storage
from tests.gpu.serve.surroundings import EventSite, MakeTicket, ToldRenderer
from tests.gpu.serve.test_dispatcher import Platform
from tests.gpu.serve.test_series import Rent, delivered, leaves, quick, renderer, rent, tickets, told

__all__ = ["quick", "renderer", "rent", "tickets", "told"]


@pytest.mark.usefixtures("quick")
def test_a_lost_start_gives_its_ticket_back_unbegun_and_the_next_card_gets_a_call(
    rent: Rent, told: dict[str, str], site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    def faulty(*_: object) -> Renders:
        raise RuntimeError("a fault of a library")

    platform = Platform()
    dispatcher = RentedDispatcher(bucket, platform, told["CLIPWRIGHT_DEPLOY"])
    first = dispatcher.submit(tickets[0])
    site.gives(*tickets[1:])
    rented = rent(faulty)
    assert rented.run(tickets[0]) == "gone"
    assert (leaves(site), rented.stopped_after, site.events) == ([True], [0], [])
    assert not bucket.is_claimed(tickets[0].job_id, 1)
    assert dispatcher.submit(tickets[0]) == first  # the same card
    again = tickets[0].model_copy(update={"card": "card0000000002"})
    assert dispatcher.submit(again).call_id == f"{again.job_id}.1.fc-1"  # though the first call still returns
    assert rent().run(again) == "finished"


@pytest.mark.usefixtures("quick")
def test_a_container_that_cannot_render_attracts_no_jobs(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    def without_weights(*_: object) -> Renders:
        raise WeightsUnusable("They are not all there.")

    site.gives(*tickets[1:])
    rented = rent(without_weights)
    assert rented.run(tickets[0]) == "finished"
    failed = bucket.failed(tickets[0].job_id)
    assert failed is not None
    assert failed.fault is not None
    assert failed.fault.type == "weights-unusable"
    assert (leaves(site), rented.stopped_after) == ([True], [0])


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("made_before", "asks"), [(0, [True]), (1, [False, False, True])])
def test_a_container_that_fails_clip_after_clip_asks_for_no_more(
    rent: Rent, site: EventSite, renderer: ToldRenderer, tickets: list[Ticket], made_before: int, asks: list[bool]
) -> None:
    """The first failure may be the clip's own, unless nothing has ever been made here."""

    def fails(_: int) -> None:
        if len(renderer.seen) > made_before:
            raise RuntimeError("a fault of a library")

    renderer.in_step = fails
    others = [tickets[2].model_copy(update={"job_id": f"{tickets[2].job_id}{number}"}) for number in range(5)]
    site.gives(tickets[1], *others)
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert leaves(site) == asks
    assert len(rented.stopped_after) == 1


@pytest.mark.usefixtures("quick")
def test_a_clip_that_fails_by_itself_does_not_end_its_card(
    rent: Rent, site: EventSite, bucket: Storage, renderer: ToldRenderer, tickets: list[Ticket]
) -> None:
    def fails_in_the_second(_: int) -> None:
        if len(renderer.seen) == 2:
            raise RuntimeError("a broken clip")

    renderer.in_step = fails_in_the_second
    site.gives(*tickets[1:])
    assert rent().run(tickets[0]) == "finished"
    assert delivered(bucket, tickets) == [True, False, True]
    assert leaves(site) == [False] * 3


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", [OSError(28, "no space left"), KeyboardInterrupt()], ids=["machine", "preemption"])
def test_a_machine_that_goes_during_a_later_ticket_leaves_it_to_the_next_container_of_the_card(
    rent: Rent,
    site: EventSite,
    bucket: Storage,
    renderer: ToldRenderer,
    tickets: list[Ticket],
    fault: BaseException,
) -> None:
    def fails_in_the_second(_: int) -> None:
        if len(renderer.seen) == 2:
            raise fault

    renderer.in_step = fails_in_the_second
    site.gives(tickets[1], tickets[2])
    first = rent()
    if isinstance(fault, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            first.run(tickets[0])
        assert leaves(site) == [False]  # the platform delivers the call again
    else:
        assert first.run(tickets[0]) == "finished"
        assert (leaves(site), first.stopped_after) == ([False, True], [1])
    assert not bucket.is_claimed(tickets[1].job_id, 1)
    assert bucket.failed(tickets[1].job_id) is None
    site.orders.clear()
    site.gives(tickets[1], tickets[2])  # what the site had given is not over: the same attempt again
    assert rent().run(tickets[0]) == "finished"  # the same input: its clip is there
    assert delivered(bucket, tickets) == [True] * 3
    assert len(renderer.seen) == 4


@pytest.mark.usefixtures("quick")
def test_a_machine_taken_away_between_two_tickets_starts_no_other_only_to_ask(
    rent: Rent, site: EventSite, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(series_module.Series, "_rest", interrupted)
    site.orders = [CardOrder(ask_again_seconds=2.0)]
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert (leaves(site), rented.stopped_after) == ([False, True], [1])


def test_a_fault_of_the_series_itself_takes_no_end_from_the_first_ticket(
    rent: Rent, site: EventSite, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call's result would be an error, which says nothing of the clip that was delivered."""

    def breaks(*_: object) -> None:
        raise RuntimeError("of our own code")

    monkeypatch.setattr(series_module.Series, "_next", breaks)
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert (site.asks, rented.stopped_after) == ([], [0])


@pytest.mark.usefixtures("quick")
def test_a_bucket_that_goes_away_during_a_series_ends_the_card(
    rent: Rent, site: EventSite, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch, make_ticket: MakeTicket
) -> None:
    done = Storage.done

    def away(storage: Storage, job_id: str) -> object:
        if job_id == tickets[1].job_id:
            raise StorageRefused("The storage failed while reading.")
        return done(storage, job_id)

    monkeypatch.setattr(Storage, "done", away)
    late = make_ticket(deadline_seconds=-1).deadline_at  # nothing is waited for
    site.gives(tickets[1].model_copy(update={"deadline_at": late}), tickets[2])
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert (leaves(site), rented.stopped_after) == ([False, True], [1])
