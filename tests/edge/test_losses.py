"""What begun and lost attempts cost is in the ledger, as the site's loss, and a later report corrects it."""

import httpx
import pytest

from gpu.core.pricing import COLD_START_SECONDS, price
from tests.edge.asking import ledger_of, put_marker, read, refused, row_of, submit_and_dispatch, until
from tests.edge.bodies import event, outcome, resolved
from tests.edge.edge import Edge
from tests.edge.failing import ago, expire_and_sweep, lose, running
from tests.edge.fake_gpu import FakeGpu


def began(edge: Edge, job_id: str, attempt: int, **span: float) -> None:
    edge.rows("UPDATE attempts SET started_at = ?3 WHERE job_id = ?1 AND attempt = ?2", job_id, attempt, ago(**span))


def costs(edge: Edge, job_id: str) -> list[int | None]:
    rows = edge.rows("SELECT micro_won FROM attempts WHERE job_id = ? ORDER BY attempt", job_id)
    return [row["micro_won"] for row in rows]


def second_on(card: str) -> int:
    """Micro-won of a second of this card."""
    return price(card, 0.0, 1.0).cold_start


def cards(edge: Edge, job_id: str) -> list[str]:
    rows = edge.rows("SELECT gpu FROM attempts WHERE job_id = ? ORDER BY attempt", job_id)
    return [row["gpu"] for row in rows]


def test_each_attempt_that_began_and_was_lost_costs_its_time(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    for attempt, seconds in ((1, 20.0), (2, 5.0)):
        until(lambda attempt=attempt: row_of(edge, job_id)["call_id"] == f"{job_id}.{attempt}")
        edge.send_event(event(job_id, 2, "progress", attempt))
        began(edge, job_id, attempt, seconds=seconds)
        gpu.set_state(job_id, attempt, "gone")
        expire_and_sweep(edge, job_id)
    assert read(person, job_id)["problem"]["type"] == "/problems/worker-lost"
    first, other = costs(edge, job_id)
    assert first is not None and other is not None
    one, two = cards(edge, job_id)
    assert first >= 20 * second_on(one) and other >= 5 * second_on(two)
    assert ledger_of(edge, job_id)["loss"] == first + other
    (row,) = edge.rows("SELECT owner FROM ledger WHERE job_id = ? AND kind = 'loss'", job_id)
    assert row["owner"] == "site"


def test_a_card_of_any_name_has_a_price(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    odd = resolved() | {"gpu": "a card\"of '2031"}
    assert edge.send_event(event(job_id, 1, "started", resolved=odd)).status_code == 200
    began(edge, job_id, 1, seconds=9)
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    cost = costs(edge, job_id)[0]
    assert cost is not None and cost >= 9 * second_on(row_of(edge, job_id)["gpu"])


def test_no_guess_is_above_the_reservation(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    began(edge, job_id, 1, days=3)
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    assert costs(edge, job_id)[0] == row_of(edge, job_id)["reserved_micro_won"]


@pytest.mark.parametrize("news", ["event", "marker"])
def test_a_cost_that_comes_later_takes_the_place_of_the_guess(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str
) -> None:
    job_id = running(person, gpu, edge)
    began(edge, job_id, 1, seconds=50)
    lose(gpu, edge, job_id, 1)
    lose(gpu, edge, job_id, 2)
    before = ledger_of(edge, job_id)["loss"]
    late = outcome(job_id, "failed", 2)
    if news == "event":
        refused(edge.send_event(event(job_id, 9, "ended", 2, outcome=late)), "ended")
    else:
        put_marker(edge, "failed", late)
        edge.rows("UPDATE jobs SET look_again_at = ?2 WHERE id = ?1", job_id, ago(seconds=1))
        edge.sweep()
    first, second = costs(edge, job_id)
    assert second == late["cost"]["micro_won"]
    assert first is not None and second is not None
    assert ledger_of(edge, job_id)["loss"] == first + second != before
    ended = read(person, job_id)
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/worker-lost")
    again = edge.send_event(event(job_id, 10, "ended", 2, outcome=late | {"cost": late["cost"] | {"micro_won": 1}}))
    refused(again, "ended")
    assert costs(edge, job_id) == [first, second], "an attempt reports its cost once"


def test_a_clip_that_takes_the_place_of_a_lost_end_leaves_the_rest_to_the_site(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    job_id = running(person, gpu, edge)
    began(edge, job_id, 1, seconds=30)
    lose(gpu, edge, job_id, 1)
    lose(gpu, edge, job_id, 2)
    done = outcome(job_id, attempt=1)
    assert edge.send_event(event(job_id, 9, "ended", 1, outcome=done)).status_code == 200
    ended = read(person, job_id)
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("succeeded", done["cost"]["micro_won"])
    first, second = costs(edge, job_id)
    money = ledger_of(edge, job_id)
    assert first == money["settle"] == done["cost"]["micro_won"]
    assert money["loss"] == second
    assert money["reserve"] + money["release"] == 0


def test_a_clip_of_the_first_attempt_ends_the_second(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    lose(gpu, edge, job_id, 1)
    until(lambda: row_of(edge, job_id)["call_id"] == f"{job_id}.2")
    assert edge.send_event(event(job_id, 9, "ended", 1, outcome=outcome(job_id))).status_code == 200
    assert read(person, job_id)["status"] == "succeeded"
    until(lambda: f"{job_id}.2" in gpu.canceled)
    refused(edge.send_event(event(job_id, 1, "started", 2)), "ended")


def test_a_ticket_that_was_canceled_before_it_began_costs_at_most_a_start(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    for waited, least, most in ((10.0, 10.0, COLD_START_SECONDS), (4_000.0, COLD_START_SECONDS, COLD_START_SECONDS)):
        job_id = submit_and_dispatch(person, gpu, edge)["id"]
        card = row_of(edge, job_id)["gpu"]
        edge.rows("UPDATE jobs SET handed_at = ?2 WHERE id = ?1", job_id, ago(seconds=waited))
        person.post(f"/api/jobs/{job_id}/cancel")
        money = ledger_of(edge, job_id)
        assert money["settle"] == 0
        low, high = (price(card, 0.0, seconds).cold_start for seconds in (least, most))
        assert low <= money["loss"] <= high


def test_one_event_cannot_use_up_the_sites_day(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    dear = outcome(job_id, "failed")
    dear["cost"] |= {"micro_won": 49_999_000_000}
    assert edge.send_event(event(job_id, 2, "ended", outcome=dear)).status_code == 200
    assert ledger_of(edge, job_id)["loss"] < 10_000_000_000
