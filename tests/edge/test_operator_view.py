"""What an operator sees: health by part, metrics, and one id for a request from the page to the job's row."""

import re
from typing import Any

import httpx
import pytest

from gpu.core.contract import Health, OperatorView, ReleaseEntry, Usage
from infra.release.site_record import statement
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


def test_the_operator_s_view_is_the_operators(person: httpx.Client, edge: Edge) -> None:
    finish(edge, submit(person)["id"])
    edge.sweep()
    entry = ReleaseEntry(
        id="20261126-010203-abcdef1",
        at="2026-11-26T01:02:03Z",
        outcome="live",
        why="‘첫’ 배포 😀",
        answers=("빠진 라이브러리가 없나요? 예.",),
    )
    for part in statement([entry]).split("; "):
        edge.rows(part)
    made = make(person)
    with with_token(edge, made["token"]) as monitor:
        edge.rows("UPDATE tokens SET role = 'member' WHERE id = ?", made["id"])
        problem(monitor.get("/api/operator"), "operator-only")
        edge.rows("UPDATE tokens SET role = 'operator' WHERE id = ?", made["id"])
        view = OperatorView.model_validate_json(monitor.get("/api/operator").content)
        owner = str(edge.rows("SELECT owner FROM tokens WHERE id = ?", made["id"])[0]["owner"])
        assert owner not in monitor.get("/api/operator").text
    assert view.releases[0] == entry
    builds = {version.part: version.build for version in view.versions}
    assert builds["site"] == "test"
    assert builds["sweeper"] is not None
    assert [spender for spender in view.owners if spender.is_you and spender.month_micro_won > 0]
    assert view.today.usage.delivered >= 1


def test_a_month_is_one_file_for_a_spreadsheet(person: httpx.Client, edge: Edge) -> None:
    finish(edge, submit(person)["id"])
    usage = Usage.model_validate_json(person.get("/api/usage").content)
    answer = person.get("/api/usage.csv", params={"month": usage.month, "lang": "ko"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, row = answer.content.decode("utf-8-sig").split("\r\n")[:2]
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert cells["완성"] == "1"
    assert float(cells["실제 금액(원)"]) * 1e6 == pytest.approx(usage.usage.sums.billed_micro_won)
    problem(person.get("/api/usage.csv?month=2026-13"), "invalid-job")


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
