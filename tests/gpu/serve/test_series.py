"""A card works through the tickets that the site gives it, in one call, and goes or stays as the site says.

The container, its worker, the signatures and the bucket are real; the site is a double that hands out tickets."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from gpu.core.contract import CardOrder, Ticket
from gpu.core.hardware import GPUS
from gpu.render.given_card import Card
from gpu.serve import series as series_module
from gpu.serve.modal import container as container_module
from gpu.serve.modal.container import Container, OpenRenderer
from gpu.serve.modal.dispatcher import RentedDispatcher
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from tests.gpu.serve.surroundings import EventSite, MakeTicket, ToldRenderer, secret_values, until
from tests.gpu.serve.test_dispatcher import Platform

CARD = "card0000000001"
H200 = Card("NVIDIA H200", GPUS["H200"].usable_bytes)


class Rented:
    """A container, and what the platform was told about it."""

    def __init__(self, told: dict[str, str], site: EventSite, open_renderer: OpenRenderer) -> None:
        self.stopped_after: list[int] = []
        """How many asks had come when the container stopped taking calls."""
        self.container = Container(Path("no weights"), stop=lambda: self.stopped_after.append(len(site.asks)))
        self.container.open(told, open_renderer, lambda: H200)

    def run(self, ticket: Ticket) -> object:
        return self.container.run(ticket)


class Presets(ToldRenderer):
    """A renderer that knows which presets it has in memory."""

    def loaded_presets(self) -> tuple[str, ...]:
        return ("fast", "restyle") if self.seen else ()


@pytest.fixture
def told(settings: Settings, make_ticket: MakeTicket) -> dict[str, str]:
    return secret_values(settings) | {
        "CLIPWRIGHT_CHECKPOINT": "tiny-19b",
        "CLIPWRIGHT_STATE": str(settings.state),
        "CLIPWRIGHT_GPU": "H200",
        "CLIPWRIGHT_DEPLOY": make_ticket().job_id,  # starts of this test's own
        "CLIPWRIGHT_HEARTBEAT_SECONDS": "0.1",
    }


@pytest.fixture
def renderer() -> ToldRenderer:
    return Presets(steps=1)


@pytest.fixture
def rent(told: dict[str, str], site: EventSite, renderer: ToldRenderer) -> Generator[Callable[..., Rented]]:
    made: list[Rented] = []

    def start(open_renderer: OpenRenderer = lambda *_: renderer) -> Rented:
        made.append(Rented(told, site, open_renderer))
        return made[-1]

    yield start
    for each in made:
        each.container.close()


Rent = Callable[..., Rented]


@pytest.fixture
def tickets(make_ticket: MakeTicket) -> list[Ticket]:
    """Three jobs; the first one brings the card's number."""
    one = make_ticket()
    return [one.model_copy(update={"job_id": f"{one.job_id}{number}", "card": CARD}) for number in range(3)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as in production, but shorter ones."""
    for name in ("ASK_PATIENCE_SECONDS", "IMPATIENCE_SECONDS", "SHORTEST_REST_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(series_module, name, 0.05)
    monkeypatch.setattr(container_module, "RETURNED_SECONDS", 0.05)


def delivered(bucket: Storage, tickets: list[Ticket]) -> list[bool]:
    return [bucket.done(ticket.job_id) is not None for ticket in tickets]


def leaves(site: EventSite) -> list[bool]:
    return [ask.is_leaving for ask in site.asks]


# ---------------------------------------------------------------- as the site says


def test_one_call_makes_what_the_site_gives_and_ends_the_container(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    site.gives(*tickets[1:])
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert delivered(bucket, tickets) == [True] * 3
    assert leaves(site) == [False] * 3  # the site has said itself that this card goes
    assert rented.stopped_after == [3]
    assert site.unsigned == 0
    assert {(ask.card, ask.gpu, ask.loaded) for ask in site.asks} == {(CARD, "H200", ("fast", "restyle"))}
    costs = [outcome.cost for ticket in tickets if (outcome := bucket.done(ticket.job_id))]
    assert [cost.cold_start_seconds > 0 for cost in costs] == [True, False, False]


def test_a_ticket_without_a_card_is_one_call_and_the_container_stays(
    rent: Rent, site: EventSite, tickets: list[Ticket]
) -> None:
    rented = rent()
    assert rented.run(tickets[0].model_copy(update={"card": None})) == "finished"
    assert (site.asks, rented.stopped_after) == ([], [])


@pytest.mark.usefixtures("quick")
def test_waiting_for_somebody_is_idle_time_and_ends_with_a_ticket(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    site.orders = [CardOrder(ask_again_seconds=0.1), CardOrder(ask_again_seconds=0.0), CardOrder(ticket=tickets[1])]
    rented = rent()
    before = time.monotonic()
    assert rented.run(tickets[0]) == "finished"
    took = time.monotonic() - before
    assert delivered(bucket, tickets[:2]) == [True, True]
    waited = [ask.waited_seconds for ask in site.asks]
    assert waited[0] < waited[1] < waited[2]
    assert waited[3] < waited[2]  # since its last ticket
    rented.container.close()
    assert site.reports[-1].busy_seconds <= took - waited[2]
    assert site.reports[-1].idle_seconds >= 0.1


@pytest.mark.usefixtures("quick")
def test_a_card_is_not_kept_for_longer_than_a_start_whatever_the_site_says(
    rent: Rent, site: EventSite, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series_module, "LONGEST_WAIT_SECONDS", 0.2)
    site.orders = [CardOrder(ask_again_seconds=0.0)] * 1_000
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert leaves(site)[-2:] == [False, True]
    assert rented.stopped_after == [len(site.asks) - 1]


@pytest.mark.usefixtures("quick")
def test_a_series_whose_time_is_over_leaves_its_container_warm_for_the_next_call(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series_module, "SERIES_SECONDS", 0.0)
    monkeypatch.setattr(container_module, "RETURNED_SECONDS", 0.5)
    rented, order = rent(), list[str]()
    site.on_ask = lambda _: order.append("leaves")
    assert rented.run(tickets[0]) == "finished"
    order.append("has returned")
    until(lambda: len(order) == 2)
    assert order == ["has returned", "leaves"]  # else the platform would start another container for the next call
    assert (leaves(site), rented.stopped_after) == ([True], [])
    monkeypatch.setattr(series_module, "SERIES_SECONDS", 600.0)
    assert rented.run(tickets[1].model_copy(update={"card": "card0000000002"})) == "finished"
    assert delivered(bucket, tickets[:2]) == [True, True]


# ---------------------------------------------------------------- a site that is away, or makes no sense


@pytest.mark.usefixtures("quick")
def test_without_the_site_the_card_goes(rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]) -> None:
    site.orders = [(503, b"")] * 1_000
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert delivered(bucket, tickets[:1]) == [True]
    assert rented.stopped_after == [len(site.asks) - 1]


def test_an_answer_that_is_lost_is_asked_for_again(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    site.orders = [(503, b""), CardOrder(ticket=tickets[1])]
    assert rent().run(tickets[0]) == "finished"
    assert delivered(bucket, tickets[:2]) == [True, True]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "nonsense",
    [
        (200, b"<!doctype html>"),
        (200, b'{"ticket": {"job_id": "0123456789"}}'),
        (200, b'{"ask_again_seconds": -1}'),
        (404, b"{}"),
        (401, b"{}"),
    ],
)
def test_an_answer_that_is_no_order_ends_the_card_which_says_so(
    rent: Rent, site: EventSite, tickets: list[Ticket], nonsense: tuple[int, bytes]
) -> None:
    site.orders = [nonsense]
    rented = rent()
    assert rented.run(tickets[0]) == "finished"
    assert (leaves(site), rented.stopped_after) == ([False, True], [1])


@pytest.mark.usefixtures("quick")
def test_a_ticket_for_another_card_is_left_to_that_one(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    site.gives(tickets[1].model_copy(update={"gpu": "B200"}))
    assert rent().run(tickets[0]) == "finished"
    assert not bucket.is_claimed(tickets[1].job_id, 1)
    assert leaves(site) == [False, True]


@pytest.mark.usefixtures("quick")
def test_a_ticket_that_somebody_holds_is_not_asked_for_without_end(
    rent: Rent, site: EventSite, tickets: list[Ticket]
) -> None:
    site.gives(*[tickets[0]] * 100)
    assert rent().run(tickets[0]) == "finished"
    assert leaves(site) == [False] * (series_module.MOST_REPEATS + 1) + [True]


# ---------------------------------------------------------------- look-ups


def test_a_later_ticket_is_looked_up_by_its_card_s_call_and_canceling_it_stops_nobody(
    rent: Rent, site: EventSite, bucket: Storage, tickets: list[Ticket]
) -> None:
    platform = Platform()
    dispatcher = RentedDispatcher(bucket, platform, "deploy")
    first = dispatcher.submit(tickets[0])
    later, lost = (f"{ticket.job_id}.1.{first.call_id.rpartition('.')[2]}" for ticket in tickets[1:])

    def state(call_id: str) -> str:
        call = dispatcher.state(call_id)
        assert call is not None
        return call.state

    assert [state(later), state(lost)] == ["pending", "pending"]
    canceled = dispatcher.cancel(later)
    assert canceled is not None
    assert (canceled.state, platform.canceled) == ("pending", [])
    site.gives(tickets[1])
    assert rent().run(tickets[0]) == "finished"
    platform.states["fc-0"] = "finished"
    assert [state(first.call_id), state(later), state(lost)] == ["finished", "finished", "gone"]
