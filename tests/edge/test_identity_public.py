"""A public site: a session begins with a check that a human asks, ends by itself, and has limits by the hour."""

import time
from collections.abc import Iterator

import httpx
import pytest

from gpu.core.contract import Me, Session
from infra.dev.ports import free_port
from tests.edge.asking import at_once, problem, read, submit
from tests.edge.bodies import clip, png
from tests.edge.edge import Edge, serving
from tests.edge.identity_provider import IdentityProvider

SITE_KEY = "1x00000000000000000000AA"
HOME = {"cf-connecting-ip": "203.0.113.7"}
"""In front of a real site Cloudflare writes it, whatever a caller sends. It is not stored."""
SUBMITS, UPLOADS = 60, 120
"""What one session may do in an hour (functions/_lib/hourly-limits.ts)."""


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(free_port()) as provider:
        yield provider


@pytest.fixture(scope="module")
def site(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    settings = {
        "ACCESS_MODE": "PUBLIC",
        "TURNSTILE_SITE_KEY": SITE_KEY,
        "TURNSTILE_SECRET": "turnstile-secret",
        "TURNSTILE_VERIFY_URL": provider.verify_url,
    }
    with serving(tmp_path_factory.mktemp("public"), settings) as site:
        yield site


@pytest.fixture(autouse=True)
def full_hour(site: Edge) -> None:
    """Each test begins with its limits untouched."""
    site.rows("DELETE FROM hourly_calls")


def begin(person: httpx.Client, provider: IdentityProvider) -> Session:
    token = f"good-{time.monotonic_ns()}"
    provider.accepted.add(token)
    answer = person.post("/api/session", json={"token": token})
    assert answer.status_code == 201, answer.text
    return Session.model_validate_json(answer.content)


def test_nothing_that_costs_works_without_a_session(site: Edge) -> None:
    with site.person() as stranger:
        for answer in (
            stranger.post("/api/jobs", json=clip()),
            stranger.post("/api/jobs/0123456789/rerun", json={"seed": "new"}),
            stranger.put("/api/uploads", content=png()),
            stranger.get("/api/jobs"),
            stranger.post("/api/whatever-comes"),
        ):
            problem(answer, "session-needed")
            assert "set-cookie" not in answer.headers
        assert stranger.get("/api/presets").status_code == 200
        asked = Me.model_validate_json(stranger.get("/api/me").content)
        assert (asked.owner, asked.mode, asked.turnstile_site_key) == (None, "PUBLIC", SITE_KEY)
    assert site.rows("SELECT * FROM uploads") == []


def test_a_check_that_was_passed_opens_a_session(site: Edge, provider: IdentityProvider) -> None:
    with site.person(**HOME) as person, site.person() as other:
        session = begin(person, provider)
        assert provider.forms[-1]["secret"] == ["turnstile-secret"]
        job_id = submit(person)["id"]
        assert read(person, job_id)["id"] == job_id
        asked = Me.model_validate_json(person.get("/api/me").content)
        assert (asked.owner, asked.role, asked.via) == (session.owner, "member", "session")
        begin(other, provider)
        problem(other.get(f"/api/jobs/{job_id}"), "job-not-found")


def test_a_token_that_is_wrong_used_or_for_another_site_opens_none(site: Edge, provider: IdentityProvider) -> None:
    with site.person() as person:
        problem(person.post("/api/session", json={"token": "made-up"}), "challenge-failed")
        provider.accepted.add("twice")
        assert person.post("/api/session", json={"token": "twice"}).status_code == 201
        problem(person.post("/api/session", json={"token": "twice"}), "challenge-failed")
        for verdict in ({"hostname": "evil.example"}, {"action": "login"}):
            before, provider.verdict = provider.verdict, provider.verdict | verdict
            provider.accepted.add("elsewhere")
            problem(person.post("/api/session", json={"token": "elsewhere"}), "challenge-failed")
            provider.verdict = before
        problem(person.post("/api/session", json={"token": "x" * 3_000}), "invalid-job")
        problem(person.post("/api/session", json={}), "invalid-job")
        problem(
            person.post("/api/session", json={"token": "t"}, headers={"origin": "https://e.example"}),
            "cross-site-refused",
        )


def test_a_judge_that_is_away_can_be_asked_again(site: Edge, provider: IdentityProvider) -> None:
    provider.answering = False
    try:
        with site.person() as person:
            answer = person.post("/api/session", json={"token": "t"})
            assert problem(answer, "challenge-unreachable")["retryable"]
    finally:
        provider.answering = True


def test_a_session_ends_and_the_same_browser_goes_on_after_a_new_check(site: Edge, provider: IdentityProvider) -> None:
    with site.person() as person:
        owner = begin(person, provider).owner
        job_id = submit(person)["id"]
        ended = str(int(time.time() * 1_000) - 1)
        person.cookies.clear()
        # Its own signature, of an end that has passed.
        signature = site.signed(f"session:{owner}.{ended}").rsplit(".", 1)[1]
        person.cookies.set("clipwright_session", f"{owner}.{ended}.{signature}", domain="127.0.0.1", path="/")
        problem(person.post("/api/jobs", json=clip()), "session-needed")
        assert begin(person, provider).owner == owner
        assert read(person, job_id)["id"] == job_id


def test_the_end_and_the_owner_of_a_session_cannot_be_chosen(site: Edge, provider: IdentityProvider) -> None:
    with site.person() as person:
        begin(person, provider)
        owner, end, signature = person.cookies["clipwright_session"].split(".")
    later = str(int(end) + 1)
    another = owner[:-1] + ("y" if owner.endswith("x") else "x")
    old = site.signed(owner).rsplit(".", 1)[1]
    for forged in (
        f"{owner}.{later}.{signature}",
        f"{another}.{end}.{signature}",
        f"{owner}.{end}",
        f"{owner}.{end}.",
        f"{owner}.{end}.{old}",
        f"{owner}..{signature}",
    ):
        with site.person(cookie=f"clipwright_session={forged}") as other:
            problem(other.get("/api/jobs"), "session-needed")
    with site.person(cookie=f"clipwright_owner={site.signed(owner)}") as other:
        problem(other.get("/api/jobs"), "session-needed")
    with site.person(cookie=f"clipwright_session={owner}.{end}.{signature}") as same:
        assert same.get("/api/jobs").status_code == 200


def test_parallel_submits_cannot_pass_the_limit_together(site: Edge, provider: IdentityProvider) -> None:
    with site.person(**HOME) as person:
        begin(person, provider)
        submit(person)
        left = 3
        site.rows(
            "UPDATE hourly_calls SET calls = ?1 WHERE counted = 'submit' AND caller NOT LIKE 'address:%'",
            SUBMITS - left,
        )
        asked = person.build_request("POST", "/api/jobs", json=clip())
        answers = at_once(site, asked, 12)
        assert sorted(status for status, _ in answers) == [202] * left + [429] * (12 - left)
        refused = person.post("/api/jobs", json=clip())
        assert problem(refused, "rate-limited")["retryable"]
        assert 0 < int(refused.headers["retry-after"]) <= 3_600
        assert person.get("/api/jobs").status_code == 200, "reading has no limit"
        counted = site.rows("SELECT calls FROM hourly_calls WHERE counted = 'submit' AND caller LIKE 'address:%'")
        assert counted == [{"calls": 1 + left}], "what is refused is not counted"


def test_a_new_session_does_not_renew_the_limit_of_an_address(site: Edge, provider: IdentityProvider) -> None:
    with site.person(**HOME) as person:
        begin(person, provider)
        assert person.put("/api/uploads", content=png()).status_code == 201
        site.rows(
            "UPDATE hourly_calls SET calls = ?1 WHERE counted = 'upload' AND caller LIKE 'address:%'", 2 * UPLOADS
        )
    with site.person(**HOME) as again:
        begin(again, provider)
        problem(again.put("/api/uploads", content=png()), "rate-limited")
    with site.person(**{"cf-connecting-ip": "198.51.100.4"}) as neighbour:
        begin(neighbour, provider)
        assert neighbour.put("/api/uploads", content=png()).status_code == 201
    site.rows("UPDATE hourly_calls SET calls = 1000 WHERE counted = 'session'")
    with site.person(**HOME) as person:
        provider.accepted.add("good")
        problem(person.post("/api/session", json={"token": "good"}), "rate-limited")
        assert "good" in provider.accepted, "nobody was asked"


def test_addresses_are_stored_as_digests_alone(site: Edge, provider: IdentityProvider) -> None:
    for address in ("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", "2001:0DB8:0001:0002:3::", "2001:db8:1:3::7"):
        with site.person(**{"cf-connecting-ip": address}) as person:
            begin(person, provider)
    rows = site.rows("SELECT caller, calls FROM hourly_calls WHERE counted = 'session'")
    assert sorted(row["calls"] for row in rows) == [1, 3], "a customer's whole /64 is one"
    assert not [row for row in rows if "2001" in row["caller"] or "db8" in row["caller"]]


def test_the_counts_of_hours_before_go(site: Edge, provider: IdentityProvider) -> None:
    site.rows("INSERT INTO hourly_calls VALUES ('2026-01-01T00', 'submit', 'somebody', 7)")
    with site.person() as person:
        begin(person, provider)
    assert site.rows("SELECT * FROM hourly_calls WHERE caller = 'somebody'") == []
