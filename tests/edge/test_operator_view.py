"""What an operator sees: health by part, metrics, and one id for a request from the page to the job's row."""

import re
from typing import Any

import httpx
import pytest

from gpu.core.contract import Health
from tests.edge.asking import finish, problem, row_of, submit, until
from tests.edge.bodies import clip
from tests.edge.edge import Edge
from tests.edge.test_tokens import make, with_token

Json = dict[str, Any]
SAMPLE = re.compile(r'^(\w+)(?:\{(\w+="[^"]*"(?:,\w+="[^"]*")*)\})? (-?\d+(?:\.\d+)?)$')


def health(person: httpx.Client) -> Json:
    answer = person.get("/api/health")
    found = Health.model_validate_json(answer.content)
    assert answer.status_code == (200 if found.status == "ok" else 503)
    return answer.json()


def test_health_names_each_part(person: httpx.Client, edge: Edge) -> None:
    edge.sweep()
    until(lambda: health(person)["status"] == "ok")
    found = health(person)
    assert set(found["parts"]) == {"database", "bucket", "gpu", "sweeper", "migrations"}
    assert set(found["parts"].values()) == {"ok"}
    assert found["last_sweep_at"] is not None
    secrets = edge.secrets
    told = person.get("/api/health").text
    for secret in (secrets.gpu_key, secrets.gpu_secret, secrets.event_secret, secrets.cookie_secret):
        assert secret not in told


def test_a_sweeper_that_stopped_is_seen_and_told_once(person: httpx.Client, edge: Edge) -> None:
    edge.sweep()
    edge.rows("DELETE FROM signals WHERE name = 'alarm:sweep-late'")
    edge.rows("UPDATE signals SET at = '2020-01-01T00:00:00.000Z' WHERE name = 'sweep'")
    until(lambda: health(person)["parts"]["sweeper"] == "failed")
    told = "SELECT count FROM signals WHERE name = 'alarm:sweep-late'"
    until(lambda: edge.rows(told) == [{"count": 1}])
    edge.sweep()
    until(lambda: health(person)["status"] == "ok")


def test_metrics_are_the_operators(person: httpx.Client, edge: Edge) -> None:
    finish(edge, submit(person)["id"])
    edge.sweep()
    made = make(person)
    with with_token(edge, made["token"]) as monitor:
        edge.rows("UPDATE tokens SET role = 'member' WHERE id = ?", made["id"])
        problem(monitor.get("/api/metrics"), "operator-only")
        edge.rows("UPDATE tokens SET role = 'operator' WHERE id = ?", made["id"])
        answer = monitor.get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    samples = [SAMPLE.match(line) for line in lines]
    assert all(samples), lines
    values = {(found[1], found[2] or ""): float(found[3]) for found in samples if found}
    assert values["clipwright_jobs_today", 'status="succeeded",preset="fast"'] >= 1
    assert values["clipwright_won_today", 'kind="billed"'] > 0
    assert values["clipwright_sweeps_total", ""] >= 1
    named = {name for name, _ in values}
    assert {"clipwright_jobs_open", "clipwright_queue_age_seconds", "clipwright_webhook_failures_total"} <= named
    assert made["token"] not in answer.text


def test_one_id_names_a_request_from_the_page_to_the_row(person: httpx.Client, edge: Edge) -> None:
    given = "page-0f8fad5b-d9cb"
    answer = person.post("/api/jobs", json=clip(), headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given
    assert row_of(edge, answer.json()["id"])["request_id"] == given
    refused = person.post("/api/jobs", json=clip(seconds=3), headers={"x-request-id": given})
    assert problem(refused, "invalid-job")["instance"] == given


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g h", "<script>alert(1)", '{"a": 1, "b": 2}'])
def test_an_odd_id_is_replaced(person: httpx.Client, given: str) -> None:
    made = person.get("/api/version", headers={"x-request-id": given}).headers["x-request-id"]
    assert made != given
    assert re.fullmatch(r"[0-9a-z]{29}", made)
