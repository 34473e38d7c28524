"""A prompt written anew by the tiny Gemma, from the press to a clip made with it, also where a worker is killed."""

from typing import Any

from gpu.core.contract import TextJob
from gpu.core.text_pricing import text_estimate
from tests.stack.conftest import Json, Person, Product

WORDS = "창가에 앉은 여자가 웃는다"


def ask(person: Person, **fields: object) -> Json:
    answer = person.http.post("/api/texts", json={"prompt": WORDS, "seed": 3} | fields)
    assert answer.status_code == 202, answer.text
    return answer.json()


def written(product: Product, person: Person, text_id: str) -> Any:
    """The text once its job has ended. Reading it is also what makes a lost one found again."""
    ended = person.site.follow(
        f"/api/texts/{text_id}",
        until=lambda text: text["status"] not in ("queued", "running"),
        seen=lambda _: product.end_lease_if_lost(text_id),
        moved=product.stack.gpu_activity,
        every=0.1,
    )
    return TextJob.model_validate(ended, strict=False)


def test_words_become_a_text_and_the_text_a_clip(product: Product, person: Person) -> None:
    before = person.wait(person.submit(preset="fast", seed=7)["id"])
    picture = person.upload()
    bare, seeing = (written(product, person, ask(person, **more)["id"]) for more in ({}, {"upload_id": picture}))
    for text in (bare, seeing):
        assert text.status == "succeeded", text.problem
        assert text.text
        cost = text.cost
        assert (cost.estimate_micro_won, cost.reserved_micro_won) == (
            text_estimate().micro_won,
            text_estimate().high_micro_won,
        )
        assert 0 < cost.billed_micro_won <= cost.reserved_micro_won
        assert product.ledger(text.id) == {
            "reserve": cost.reserved_micro_won,
            "release": -cost.reserved_micro_won,
            "settle": cost.billed_micro_won,
        }
        names = [key.rsplit("/", 1)[1] for key in product.cloud.keys(f"jobs/{text.id}/")]
        assert sorted(names) == ["claim-1.json", "done.json"]
    assert bare.text != seeing.text
    again = written(product, person, ask(person)["id"])
    assert again.text == bare.text

    made = person.wait(person.submit(preset="fast", prompt=bare.text[:200], upload_id=picture)["id"])
    assert (made["status"], made["input"]["prompt"]) == ("succeeded", bare.text[:200])
    after = person.wait(person.submit(preset="fast", seed=7)["id"])
    assert after["video"]["frames_hash"] == before["video"]["frames_hash"]
    listed = [job["id"] for job in person.http.get("/api/jobs").json()["jobs"]]
    assert listed == [after["id"], made["id"], before["id"]]


def test_a_killed_worker_costs_no_text(product: Product, person: Person) -> None:
    text = written(product, person, ask(person, prompt="die at encode_prompt. 웃는다")["id"])
    assert (text.status, bool(text.text)) == ("succeeded", True)
    attempts = product.cloud.rows("SELECT outcome FROM attempts WHERE job_id = ? ORDER BY attempt", text.id)
    assert [row["outcome"] for row in attempts] == ["lost", "succeeded"]


def test_a_text_whose_worker_dies_after_the_marker_is_paid_once(product: Product, person: Person) -> None:
    text = written(product, person, ask(person, prompt="die at after done. 웃는다")["id"])
    assert text.status == "succeeded"
    assert product.ledger(text.id)["settle"] == text.cost.billed_micro_won


def test_a_running_text_is_stopped(product: Product, person: Person) -> None:
    text_id = ask(person, prompt="stay at encode_prompt. 웃는다")["id"]
    person.site.follow(
        f"/api/texts/{text_id}",
        until=lambda text: text["status"] == "running",
        moved=product.stack.gpu_activity,
        every=0.1,
    )
    person.http.post(f"/api/texts/{text_id}/cancel").raise_for_status()
    assert written(product, person, text_id).status == "canceled"
