"""An operator reads and changes the caps, and stops new jobs; nobody else does."""

from collections.abc import Iterator

import httpx
import pytest

from gpu.core.contract import SiteCaps
from tests.edge.asking import finish, problem, submit
from tests.edge.bodies import clip
from tests.edge.edge import Edge


@pytest.fixture(autouse=True)
def unchanged(edge: Edge) -> Iterator[None]:
    """The caps as they were, after each test."""
    with edge.person() as operator:
        before = SiteCaps.model_validate_json(operator.get("/api/caps").content)
        yield
        caps = [{"name": cap.name, "most": cap.most} for cap in before.caps]
        operator.put("/api/caps", json={"accepts_jobs": True, "caps": caps}).raise_for_status()


def test_every_cap_is_shown_with_its_use(person: httpx.Client) -> None:
    price = submit(person)["cost"]["reserved_micro_won"]
    state = SiteCaps.model_validate_json(person.get("/api/caps").content)
    assert state.accepts_jobs
    caps = {cap.name: cap for cap in state.caps}
    assert (caps["owner_day"].unit, caps["owner_day"].used) == ("micro_won", price)
    assert (caps["owner_open_jobs"].unit, caps["owner_open_jobs"].used) == ("number", 1)
    assert caps["site_day"].used >= price


def test_a_changed_cap_holds_at_once(person: httpx.Client) -> None:
    submit(person)
    change = {"caps": [{"name": "owner_open_jobs", "most": 1}]}
    changed = SiteCaps.model_validate_json(person.put("/api/caps", json=change).content)
    assert {cap.name: cap.most for cap in changed.caps}["owner_open_jobs"] == 1
    body = problem(person.post("/api/jobs", json=clip()), "too-many-open-jobs")
    assert body["errors"] == [{"pointer": "", "detail": "cap: owner_open_jobs"}]


def test_the_switch_stops_new_jobs_and_loses_nothing(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    assert person.put("/api/caps", json={"accepts_jobs": False}).json()["accepts_jobs"] is False
    body = problem(person.post("/api/jobs", json=clip()), "paused-by-operator")
    assert body["retryable"]
    problem(person.post(f"/api/jobs/{job_id}/rerun", json={"seed": "same"}), "paused-by-operator")
    finish(edge, job_id)
    assert person.get(f"/api/jobs/{job_id}").json()["status"] == "succeeded"
    person.put("/api/caps", json={"accepts_jobs": True})
    submit(person)


def test_a_refusal_offers_what_fits(person: httpx.Client) -> None:
    asked = clip(preset="aggressive_quality", seconds=10, tier="1088p")
    price = person.post("/api/estimate", json={"ratio": "9:16"} | {k: asked[k] for k in ("preset", "seconds", "tier")})
    most = price.json()["high_micro_won"] - 1
    person.put("/api/caps", json={"caps": [{"name": "job", "most": most}]})
    choices = problem(person.post("/api/jobs", json=asked), "cap-exceeded")["choices"]
    assert len(choices) == 2
    for choice in choices:
        assert choice["high_micro_won"] <= most
        submit(person, **{name: choice[name] for name in ("preset", "ratio", "seconds", "tier")})


@pytest.mark.parametrize(
    "change",
    [
        {"caps": [{"name": "nobody_day", "most": 1}]},
        {"caps": [{"name": "job", "most": -1}]},
        {"caps": [{"name": "job"}]},
        {"accepts_jobs": "no"},
        {"stop": True},
    ],
)
def test_a_malformed_change_changes_nothing(person: httpx.Client, change: dict[str, object]) -> None:
    before = person.get("/api/caps").json()
    problem(person.put("/api/caps", json=change), "invalid-job")
    assert person.get("/api/caps").json() == before
