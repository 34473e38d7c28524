"""Jobs wait at the site. A card's first ticket opens it; its container asks for every further one, signed."""

import httpx
import pytest

from gpu.core.contract import CardOrder, GpuNow, Offers
from tests.edge.asking import at_once, finish, job_in, ledger_of, pointers, problem, read, row_of, submit, until
from tests.edge.bodies import clip, event, outcome
from tests.edge.edge import Edge
from tests.edge.failing import ago, expire_and_sweep
from tests.edge.fake_gpu import FakeGpu


def many(person: httpx.Client, edge: Edge, number: int, **fields: object) -> list[str]:
    """That many jobs, of which the first has opened a card."""
    jobs = [submit(person, **fields)["id"] for _ in range(number)]
    until(lambda: bool(row_of(edge, jobs[0])["call_id"]))
    return jobs


def card_of(edge: Edge, job_id: str) -> str:
    return str(row_of(edge, job_id)["card"])


def handed(gpu: FakeGpu, jobs: list[str]) -> list[str]:
    """Those whose tickets opened a card."""
    return [job_id for job_id in jobs if gpu.tickets_of(job_id)]


def order_of(answer: httpx.Response) -> CardOrder:
    assert answer.status_code == 200, answer.text
    return CardOrder.model_validate_json(answer.content)


def next_job(edge: Edge, card: str, **fields: object) -> str | None:
    ticket = order_of(edge.ask(card, **fields)).ticket
    return None if ticket is None else ticket.job_id


def test_a_batch_of_thirty_is_made_by_one_card_in_turn_with_another_owners_clips(
    person: httpx.Client, stranger: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    mine = many(person, edge, 5)
    theirs = [submit(stranger)["id"] for _ in range(2)]
    edge.sweep()
    card = card_of(edge, mine[0])
    (first,) = gpu.tickets_of(mine[0])
    assert first["card"] == card
    done = [mine[0]]
    finish(edge, mine[0])
    while (following := next_job(edge, card)) is not None:
        done.append(following)
        assert row_of(edge, following)["call_id"] == f"{following}.1.{mine[0]}.1"
        finish(edge, following)
    assert done == [mine[0], theirs[0], mine[1], theirs[1], *mine[2:]]
    assert handed(gpu, [*mine, *theirs]) == [mine[0]]
    assert {read(person, job_id)["status"] for job_id in mine} == {"succeeded"}
    assert edge.rows("SELECT closed_at IS NULL AS is_open FROM cards WHERE id = ?", card) == [{"is_open": 0}]


def test_the_poll_names_held_jobs_in_their_order_and_notices_a_handover(person: httpx.Client, edge: Edge) -> None:
    jobs = many(person, edge, 3)
    before = person.get("/api/jobs/active")
    assert (before.json()["open"], before.json()["held"]) == (jobs, jobs[1:])
    finish(edge, jobs[0])
    assert next_job(edge, card_of(edge, jobs[0])) == jobs[1]
    after = person.get("/api/jobs/active", headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.json()["held"]) == (200, jobs[2:])


def test_many_submits_and_questions_at_once_start_nothing_twice(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    request = person.build_request("POST", "/api/jobs", json=clip(), headers={"cookie": cookie_of(person)})
    jobs = [job_id for status, body in at_once(edge, request, 6) if status == 202 for job_id in [ids(body)]]
    until(lambda: len(handed(gpu, jobs)) == 1)
    edge.sweep()
    (opened,) = handed(gpu, jobs)
    finish(edge, opened)
    orders = {next_job(edge, card_of(edge, opened)) for _ in range(3)}
    assert len(orders) == 1 and None not in orders, "nobody has begun it: the same ticket again"


def cookie_of(person: httpx.Client) -> str:
    person.get("/api/jobs")
    return "; ".join(f"{name}={value}" for name, value in person.cookies.items())


def ids(body: bytes) -> str:
    return str(httpx.Response(202, content=body).json()["id"])


def test_a_held_job_is_canceled_free_and_asks_no_card(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    jobs = many(person, edge, 3)
    submits, calls = gpu.submits, len(gpu.canceled)
    canceled = job_in(person.post(f"/api/jobs/{jobs[1]}/cancel"))
    assert (canceled["status"], canceled["cost"]["billed_micro_won"]) == ("canceled", 0)
    assert sum(ledger_of(edge, jobs[1]).values()) == 0
    finish(edge, jobs[0])
    assert next_job(edge, card_of(edge, jobs[0])) == jobs[2]
    assert (gpu.submits, len(gpu.canceled)) == (submits, calls)


def test_the_first_ticket_of_a_card_is_canceled_without_its_container_where_others_wait(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    jobs = many(person, edge, 2)
    card = card_of(edge, jobs[0])
    person.post(f"/api/jobs/{jobs[0]}/cancel")
    edge.sweep()
    assert f"{jobs[0]}.1" not in gpu.canceled
    assert edge.send_event(event(jobs[0], 1, "started")).status_code == 409
    assert next_job(edge, card) == jobs[1]
    assert handed(gpu, jobs) == jobs[:1]


def test_held_jobs_wait_as_long_as_their_card_works(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    jobs = many(person, edge, 2)
    edge.rows("UPDATE jobs SET created_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", jobs[1])
    expire_and_sweep(edge, jobs[1])
    assert row_of(edge, jobs[1])["status"] == "queued"
    assert not gpu.tickets_of(jobs[1])


@pytest.mark.parametrize("how", ["never asked again", "is gone in a clip", "failed its clip", "leaves"])
def test_no_held_job_waits_for_a_dead_card(person: httpx.Client, gpu: FakeGpu, edge: Edge, how: str) -> None:
    jobs = many(person, edge, 3)
    card = card_of(edge, jobs[0])
    match how:
        case "never asked again":
            finish(edge, jobs[0])
            edge.rows("UPDATE jobs SET finished_at = ?2 WHERE id = ?1", jobs[0], ago(seconds=30))
            edge.sweep()
        case "failed its clip":
            edge.send_event(event(jobs[0], 1, "ended", outcome=outcome(jobs[0], "failed")))
            assert next_job(edge, card) == jobs[1]
            return
        case "leaves":
            finish(edge, jobs[0])
            assert next_job(edge, card) == jobs[1]
            assert order_of(edge.ask(card, is_leaving=True)) == CardOrder()
        case _:
            finish(edge, jobs[0])
            assert next_job(edge, card) == jobs[1]
            gpu.set_state(jobs[1], 1, "gone")
            expire_and_sweep(edge, jobs[1])
    until(lambda: handed(gpu, jobs) == jobs[:2])
    assert row_of(edge, jobs[1])["attempt"] == 1, "nobody had begun it"
    assert card_of(edge, jobs[1]) != card


def test_a_deadline_brings_more_cards_and_each_gets_its_own_clip(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    clips = {"preset": "aggressive_quality", "seconds": 8, "within_seconds": 60}
    jobs = [submit(person, **clips)["id"] for _ in range(6)]
    until(lambda: len(handed(gpu, jobs)) == 4)
    edge.sweep()
    assert handed(gpu, jobs) == jobs[:4], "no more cards than are allowed"
    assert len({card_of(edge, job_id) for job_id in jobs[:4]}) == 4
    again = job_in(person.post(f"/api/jobs/{jobs[0]}/rerun", json={"seed": "same"}))
    assert again["input"]["within_seconds"] is None, "a deadline belongs to one press"


def test_a_card_stays_for_somebody_who_works_on_the_page(person: httpx.Client, edge: Edge) -> None:
    (job_id,) = many(person, edge, 1)
    finish(edge, job_id)
    assert person.post("/api/presence").status_code == 204
    assert order_of(edge.ask(card_of(edge, job_id), waited_seconds=1.0)).ask_again_seconds == 2.0
    (kind,) = GpuNow.model_validate_json(person.get("/api/gpu").content).kinds
    assert ([card.state for card in kind.cards], kind.held) == (["waiting"], 0)
    edge.rows("DELETE FROM presence")
    assert order_of(edge.ask(card_of(edge, job_id), waited_seconds=3.0)) == CardOrder()
    assert person.get("/api/gpu").json() == {"kinds": []}


def test_offers_know_the_cards_and_whoever_waits(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    asked = {"clips": [{name: clip()[name] for name in ("preset", "seconds", "tier")} | {"ratio": "9:16", "count": 12}]}

    def offers() -> Offers:
        return Offers.model_validate_json(person.post("/api/offers", json=asked).content)

    cold = offers()
    assert (cold.is_warm, cold.waiting, cold.offers[0].within_seconds) == (False, 0, None)
    many(stranger, edge, 3)
    warm = offers()
    assert warm.is_warm and warm.waiting == 3
    assert warm.offers[0].micro_won < cold.offers[0].micro_won
    assert warm.offers[0].seconds > cold.offers[0].seconds
    problem(person.post("/api/offers", json={"clips": []}), "invalid-job")


def test_a_question_is_refused_unless_one_of_our_containers_signed_it(person: httpx.Client, edge: Edge) -> None:
    jobs = many(person, edge, 2)
    card = card_of(edge, jobs[0])
    finish(edge, jobs[0])
    forged = "whsec_" + "A" * 44
    problem(edge.ask(card, secret=forged), "event-unsigned")
    wrong = edge.post_signed(f"/api/internal/cards/{card}/next", "1", {"card": "0123456789"})
    assert pointers(problem(wrong, "invalid-job")) >= {"/container_id", "/at"}
    other = edge.ask(card, card="0123456789")
    assert pointers(problem(other, "invalid-job")) == {"/card"}
    assert row_of(edge, jobs[1])["handed_at"] is None
