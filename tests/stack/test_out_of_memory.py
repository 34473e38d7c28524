"""A render that runs out of memory goes on as a second attempt, and its owner pays no more than was named before."""

from tests.stack.conftest import Person, Product


def test_a_clip_comes_from_the_second_attempt_and_the_first_is_the_sites_loss(product: Product, person: Person) -> None:
    submitted = person.submit(prompt="run out of memory at stage_1. 웃는다")
    job = person.wait(submitted["id"])
    assert job["status"] == "succeeded", job["problem"]
    first, second = job["attempts"]
    assert (first["outcome"], first["problem_type"]) == ("failed", "/problems/out-of-gpu-memory")
    assert (second["outcome"], second["problem_type"]) == ("succeeded", None)
    assert job["resolved"]["seed"] == submitted["seed"]
    assert job["cost"]["billed_micro_won"] <= job["cost"]["estimate_micro_won"]
    ledger = product.ledger(job["id"])
    assert ledger["release"] == -ledger["reserve"]
    assert ledger["settle"] == job["cost"]["billed_micro_won"]
    costs = product.cloud.rows("SELECT micro_won FROM attempts WHERE job_id = ?", job["id"])
    assert ledger["loss"] == sum(row["micro_won"] for row in costs) - ledger["settle"] > 0
    names = [key.rsplit("/", 1)[1] for key in product.cloud.keys(f"jobs/{job['id']}/")]
    assert [name for name in names if name.endswith(".mp4")] == ["video-2.mp4"]
