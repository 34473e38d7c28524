"""Reading, deleting and bringing back; whose jobs they are; and what every answer carries."""

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode

import httpx
import pytest

from gpu.core.contract import ActiveJobs, JobList, Version
from gpu.core.contract.schema import contract_digest
from tests.edge.asking import finish, job_in, ledger_of, problem, read, row_of, submit
from tests.edge.bodies import clip, event, outcome, png
from tests.edge.edge import Edge

PAST = "2020-01-01T00:00:00.000Z"


def test_the_list_is_paged_newest_first(person: httpx.Client, stranger: httpx.Client) -> None:
    submit(stranger)
    ids = [submit(person)["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = JobList.model_validate_json(person.get("/api/jobs", params=query).content)
        seen += [job.id for job in page.jobs]
        assert all(job.attempts for job in page.jobs)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ids[::-1]


def test_an_etag_saves_the_body_until_something_changes(person: httpx.Client, edge: Edge) -> None:
    path = f"/api/jobs/{submit(person)['id']}"
    etag = person.get(path).headers["etag"]
    again = person.get(path, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert person.get(path, headers={"if-none-match": etag, "accept-language": "ko"}).status_code == 200
    edge.send_event(event(path.rsplit("/", 1)[1], 1, "started"))
    changed = person.get(path, headers={"if-none-match": etag})
    assert (changed.status_code, changed.json()["status"]) == (200, "running")


def test_one_poll_follows_all_that_runs(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    submit(stranger)
    ended, running, waiting = (submit(person)["id"] for _ in range(3))
    finish(edge, ended)
    edge.send_event(event(running, 1, "started"))
    answer = person.get("/api/jobs/active")
    active = ActiveJobs.model_validate_json(answer.content)
    assert active.open == (running, waiting)
    assert [(job.id, job.status) for job in active.jobs] == [(running, "running"), (waiting, "queued")]
    known = {"if-none-match": answer.headers["etag"]}
    again = person.get("/api/jobs/active", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert person.get("/api/jobs/active", headers=known | {"accept-language": "ko"}).status_code == 200
    edge.send_event(event(running, 2))
    assert person.get("/api/jobs/active", headers=known).status_code == 200
    finish_running = outcome(running)
    edge.put(finish_running["video_key"], b"v" * 1_000, "video/mp4")
    edge.send_event(event(running, 3, "ended", outcome=finish_running))
    assert person.get("/api/jobs/active").json()["open"] == [waiting]


@pytest.mark.parametrize("path", ["jobs", "jobs/active", "presets", "usage", "version", "caps", "export"])
def test_head_is_a_get_without_its_body(person: httpx.Client, path: str) -> None:
    person.get("/api/jobs")
    got, asked = person.get(f"/api/{path}"), person.head(f"/api/{path}")
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("content-type", "etag", "cache-control"):
        assert asked.headers.get(name) == got.headers.get(name)


def test_head_of_a_job_tells_its_state_by_tag(person: httpx.Client) -> None:
    path = f"/api/jobs/{submit(person)['id']}"
    etag = person.get(path).headers["etag"]
    assert person.head(path).headers["etag"] == etag
    assert person.head(path, headers={"if-none-match": etag}).status_code == 304
    assert person.head("/api/jobs/01abcdefgh").status_code == 404


def test_a_key_answers_its_job_also_after_that_was_deleted(person: httpx.Client, edge: Edge) -> None:
    key = {"idempotency-key": "key-of-a-deleted-job"}
    job_id = job_in(person.post("/api/jobs", json=clip(), headers=key))["id"]
    finish(edge, job_id)
    person.delete(f"/api/jobs/{job_id}")
    again = person.post("/api/jobs", json=clip(), headers=key)
    assert (again.status_code, job_in(again)["id"], again.json()["status"]) == (202, job_id, "succeeded")


def test_a_deleted_clip_can_be_brought_back(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    problem(person.delete(f"/api/jobs/{job_id}"), "job-not-finished")
    finish(edge, job_id)
    problem(stranger.delete(f"/api/jobs/{job_id}"), "job-not-found")
    assert person.delete(f"/api/jobs/{job_id}").status_code == 204
    for path in ("", "/video"):
        problem(person.get(f"/api/jobs/{job_id}{path}"), "job-not-found")
    assert person.get("/api/jobs").json()["jobs"] == []
    assert person.get(f"/api/jobs/{job_id}/poster").content == b"p" * 100, "what lies in the bin is told apart by it"
    problem(stranger.get(f"/api/jobs/{job_id}/poster"), "job-not-found")
    problem(stranger.post(f"/api/jobs/{job_id}/restore"), "job-not-found")
    assert job_in(person.post(f"/api/jobs/{job_id}/restore"))["status"] == "succeeded"
    assert person.get(f"/api/jobs/{job_id}/video").status_code == 200


def test_the_sweep_clears_a_deleted_clip_and_keeps_the_money(person: httpx.Client, edge: Edge) -> None:
    kept, gone = submit(person)["id"], submit(person)["id"]
    for job_id in (kept, gone):
        finish(edge, job_id)
        person.delete(f"/api/jobs/{job_id}")
    edge.rows("UPDATE jobs SET deleted_at = ?1 WHERE id = ?2", PAST, gone)
    edge.sweep()
    assert edge.keys(f"jobs/{gone}/") == []
    assert len(edge.keys(f"jobs/{kept}/")) == 2, "its day is not over"
    assert "고개" not in row_of(edge, gone)["input"], "the words are gone too"
    assert len(ledger_of(edge, gone)) == 3
    problem(person.post(f"/api/jobs/{gone}/restore"), "job-not-found")
    assert person.post(f"/api/jobs/{kept}/restore").status_code == 200


def test_the_sweep_clears_what_has_expired(person: httpx.Client, edge: Edge) -> None:
    ended, queued = submit(person)["id"], submit(person)["id"]
    finish(edge, ended)
    picture = person.put("/api/uploads", content=png(65, 97)).json()["id"]
    key = edge.picture_key(picture)
    person.post("/api/jobs", json=clip(), headers={"idempotency-key": "of-yesterday"})
    edge.rows("UPDATE jobs SET expires_at = ?1 WHERE id IN (?2, ?3)", PAST, ended, queued)
    edge.rows("UPDATE uploads SET expires_at = ?1 WHERE id = ?2", PAST, picture)
    edge.rows("UPDATE idempotency_keys SET created_at = ?1 WHERE key = ?2", PAST, "of-yesterday")
    edge.sweep()
    assert edge.keys(f"jobs/{ended}/") == []
    problem(person.get(f"/api/jobs/{ended}"), "job-not-found")
    assert read(person, queued)["status"] == "queued", "what has not ended does not expire"
    assert edge.keys(key) == []
    assert edge.rows("SELECT * FROM uploads WHERE id = ?", picture) == []
    assert edge.rows("SELECT * FROM idempotency_keys WHERE key = ?", "of-yesterday") == []


def test_the_version_names_the_contract(person: httpx.Client) -> None:
    version = Version.model_validate_json(person.get("/api/version").content)
    assert (version.service, version.build, version.contract) == ("site", "test", contract_digest())


def test_every_answer_carries_the_security_headers(person: httpx.Client) -> None:
    for answer in (person.get("/api/jobs"), person.get("/api/nope"), person.post("/api/jobs", content=b"{")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert len(answer.headers["x-request-id"]) > 20


def test_the_owner_is_in_a_signed_cookie(edge: Edge) -> None:
    with edge.person() as person:
        cookie = person.get("/api/jobs").headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
        assert "set-cookie" not in person.get("/api/jobs").headers, "once is enough"
        job_id = submit(person)["id"]
        value = person.cookies["clipwright_owner"]
    owner, signature = value.split(".")
    another = owner[:-1] + ("y" if owner.endswith("x") else "x")
    for forged in (owner, f"{owner}.", f"{owner}.{'A' * 43}", f"{another}.{signature}", f"{value}x", "💥"):
        headers = {b"cookie": f"clipwright_owner={forged}".encode()}
        with edge.person() as other:
            answer = other.get(f"/api/jobs/{job_id}", headers=headers)
            problem(answer, "job-not-found")
            assert "set-cookie" in answer.headers
    with edge.person(cookie=f"other=1; clipwright_owner={value}") as same:
        assert same.get(f"/api/jobs/{job_id}").status_code == 200


def test_the_cookie_of_somebody_who_keeps_coming_does_not_run_out(edge: Edge) -> None:
    # Ids begin with the time at which they were made, in milliseconds and base 36.
    for days, is_renewed in ((10, False), (250, True), (2_000, True)):
        owner = base36(int((time.time() - days * 86_400) * 1_000)).rjust(9, "0") + "k" * 20
        mac = hmac.new(edge.secrets.cookie_secret.encode(), owner.encode(), hashlib.sha256).digest()
        value = f"{owner}.{urlsafe_b64encode(mac).decode().rstrip('=')}"
        with edge.person(cookie=f"clipwright_owner={value}") as person:
            brought = person.get("/api/jobs").headers.get("set-cookie", "")
            assert brought.startswith(f"clipwright_owner={value}; ") == is_renewed, (days, brought)


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_cannot_act_for_the_owner(person: httpx.Client, headers: dict[str, str]) -> None:
    person.get("/api/jobs")
    problem(person.post("/api/jobs", json=clip(), headers=headers), "cross-site-refused")
    problem(person.put("/api/uploads", content=png(), headers=headers), "cross-site-refused")
    assert person.get("/api/jobs", headers=headers).json()["jobs"] == []


def test_our_own_page_can(person: httpx.Client, edge: Edge) -> None:
    own = {"origin": edge.url, "sec-fetch-site": "same-origin"}
    assert person.post("/api/jobs", json=clip(), headers=own).status_code == 202


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ({"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"}, "없는 주소예요"),
        ({"accept-language": "en-US,en;q=0.9,ko;q=0.1"}, "There is nothing at this address"),
        ({"accept-language": "ko;q=0.1, en;q=0.9"}, "There is nothing at this address"),
        ({"accept-language": "fr-FR, *;q=0.1"}, "없는 주소예요"),
        ({"accept-language": "en", "cookie": "lang=ko"}, "없는 주소예요"),
    ],
)
def test_the_language(edge: Edge, asked: dict[str, str], title: str) -> None:
    with edge.person(**asked) as person:
        assert person.get("/api/nope").json()["title"] == title
        assert person.get("/api/nope?lang=en").json()["title"] == "There is nothing at this address"
