"""Modes of access and key rings: what a site without a mode does, where LOCAL works, and secrets that are replaced."""

from collections.abc import Iterator

import httpx
import pytest

from gpu.core.contract import Me
from infra.platforms.cloudflare import SITE, effective, read
from infra.settings import ROOT
from tests.edge.asking import problem, submit
from tests.edge.asking import read as read_job
from tests.edge.bodies import clip, event, png
from tests.edge.edge import Edge, serving

OLD, NEW = "o" * 64, "n" * 64
OLD_EVENTS, NEW_EVENTS = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk", "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3"


@pytest.fixture(scope="module")
def rings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    settings = {"COOKIE_SECRET": f"{NEW}, {OLD}", "EVENT_SECRET": f"{NEW_EVENTS} {OLD_EVENTS}"}
    with serving(tmp_path_factory.mktemp("rings"), settings) as site:
        yield site


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with serving(tmp_path_factory.mktemp("closed"), {"ACCESS_MODE": ""}) as site:
        yield site


def test_a_site_that_is_not_configured_answers_nobody(closed: Edge) -> None:
    with closed.person() as person:
        for answer in (
            person.get("/api/jobs"),
            person.post("/api/jobs", json=clip()),
            person.put("/api/uploads", content=png()),
            person.get("/api/me"),
            person.get("/api/presets"),
            person.get(f"/api/shared/{'a' * 32}"),
            person.post("/api/session", json={"token": "t"}),
            closed.send_event(event("0123456789", 1, "started")),
        ):
            assert "ACCESS_MODE" in problem(answer, "access-not-configured")["detail"]
            assert "set-cookie" not in answer.headers
        assert person.get("/api/version").status_code == 200
        assert closed.rows("SELECT * FROM uploads") == closed.rows("SELECT * FROM jobs") == []


def test_local_works_on_this_machine_alone(edge: Edge) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        with edge.person(host=f"{host}:{edge.port}") as person:
            asked = Me.model_validate_json(person.get("/api/me").content)
            assert (asked.mode, asked.role, asked.via, asked.sign_in) == ("LOCAL", "operator", "local", None)
    for host in ("clips.example.com", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7"):
        with edge.person(host=host) as person:
            problem(person.get("/api/jobs"), "access-not-configured")
            problem(person.post("/api/jobs", json=clip()), "access-not-configured")


def test_local_has_nothing_to_sign_in_to(person: httpx.Client) -> None:
    problem(person.post("/api/session", json={"token": "t"}), "route-not-found")
    problem(person.post("/api/me/claim"), "nothing-to-claim")


def test_a_bearer_that_this_site_did_not_give_out_is_refused(person: httpx.Client) -> None:
    answer = person.get("/api/jobs", headers={"authorization": "Bearer cw_" + "0" * 32})
    assert answer.status_code == 401, answer.text


def test_owners_survive_a_new_secret(rings: Edge) -> None:
    owner = "0mwxjzb4l" + "k" * 20
    with rings.person(cookie=f"clipwright_owner={rings.signed(owner, OLD)}") as person:
        answer = person.get("/api/jobs")
        assert answer.headers["set-cookie"].startswith(f"clipwright_owner={rings.signed(owner, NEW)}; ")
        job_id = submit(person)["id"]
    with rings.person(cookie=f"clipwright_owner={rings.signed(owner, NEW)}") as person:
        assert read_job(person, job_id)["id"] == job_id
        assert "set-cookie" not in person.get("/api/jobs").headers
    with rings.person(cookie=f"clipwright_owner={rings.signed(owner, 'f' * 64)}") as forger:
        problem(forger.get(f"/api/jobs/{job_id}"), "job-not-found")


def test_events_of_workers_with_either_secret_are_taken(rings: Edge) -> None:
    with rings.person() as person:
        job_id = submit(person)["id"]
        assert rings.send_event(event(job_id, 1, "started"), secret=OLD_EVENTS).status_code == 200
        assert rings.send_event(event(job_id, 2), secret=NEW_EVENTS).status_code == 200
        another = "whsec_" + "YWFh" * 8
        problem(rings.send_event(event(job_id, 3), secret=another), "event-unsigned")
        problem(rings.send_event(event(job_id, 3), secret=NEW_EVENTS, at=1_700_000_000), "event-stale")
        problem(rings.send_event(event(job_id, 3), secret=OLD_EVENTS, at=1_700_000_000), "event-stale")


def test_a_real_site_is_closed_until_it_is_configured_and_a_preview_holds_nothing_of_it() -> None:
    config = read(ROOT / SITE)
    production, preview = effective(config, "production"), effective(config, "preview")
    for environment in (production, preview):
        assert environment["vars"]["ACCESS_MODE"] == "ACCESS"
    assert set(production["vars"]) == set(preview["vars"])
    for key, member in (
        ("d1_databases", "database_id"),
        ("d1_databases", "database_name"),
        ("r2_buckets", "bucket_name"),
    ):
        assert production[key][0]["binding"] == preview[key][0]["binding"]
        assert production[key][0][member] != preview[key][0][member]


SPELLINGS = (
    "/API/jobs",
    "/Api/jobs",
    "/api/JOBS",
    "//api/jobs",
    "/api//jobs",
    "/api/%6aobs",
    "/api/internal/%2e%2e/jobs",
)


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_of_an_address_leads_past_the_question_who_asks(closed: Edge, path: str) -> None:
    with closed.person() as person:
        for method in ("GET", "POST"):
            answer = person.request(method, path)
            if answer.status_code not in (404, 405):  # no Function has seen those
                problem(answer, "access-not-configured")
