"""API tokens: shown once, kept as a hash, limited to scopes, won and time."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gpu.core.contract import NewToken, TokenList
from tests.edge.asking import pointers, problem, read, row_of, submit
from tests.edge.bodies import clip, png
from tests.edge.edge import Edge

Json = dict[str, Any]
ELSEWHERE = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}


def make(person: httpx.Client, **fields: object) -> Json:
    body = {"name": "밤샘 렌더", "scopes": ["read", "create"], "cap_won": 5_000, "days": 30} | fields
    answer = person.post("/api/tokens", json=body)
    assert answer.status_code == 201, answer.text
    NewToken.model_validate_json(answer.content)
    return answer.json()


@pytest.fixture
def script(edge: Edge, person: httpx.Client) -> Iterator[httpx.Client]:
    """A program with a token of `person`, and no cookie."""
    with edge.person(authorization=f"Bearer {make(person)['token']}") as client:
        yield client


def with_token(edge: Edge, token: str) -> httpx.Client:
    return edge.person(authorization=f"Bearer {token}")


def test_a_token_is_shown_once_and_kept_as_a_hash(person: httpx.Client, edge: Edge) -> None:
    made = make(person)
    listed = TokenList.model_validate_json(person.get("/api/tokens").content)
    assert [token.id for token in listed.tokens] == [made["id"]]
    assert made["token"] not in person.get("/api/tokens").text
    (row,) = edge.rows("SELECT * FROM tokens WHERE id = ?", made["id"])
    assert row["hash"] == hashlib.sha256(made["token"].encode("ascii")).hexdigest()
    assert made["token"] not in str(row)


def test_a_script_works_for_its_owner_without_a_cookie(script: httpx.Client, person: httpx.Client, edge: Edge) -> None:
    picture = script.put("/api/uploads", content=png(), headers=ELSEWHERE)
    answer = script.post("/api/jobs", json=clip(upload_id=picture.json()["id"]), headers=ELSEWHERE)
    assert answer.status_code == 202, "the rules about other sites are for browsers"
    assert "set-cookie" not in answer.headers
    job = answer.json()
    assert read(person, job["id"])["id"] == job["id"]
    assert row_of(edge, job["id"])["token_id"] is not None
    mine = submit(person)
    assert row_of(edge, mine["id"])["token_id"] is None
    assert read(script, mine["id"])["id"] == mine["id"]


@pytest.mark.parametrize("header", ["Bearer cw_", "Bearer cw_" + "0" * 38, "Basic YTpi", "Bearer", "cw_" + "0" * 38])
def test_what_is_no_token_is_refused(edge: Edge, header: str) -> None:
    with edge.person(authorization=header) as client:
        answer = client.get("/api/jobs")
        problem(answer, "token-invalid")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
def test_a_token_that_ended_is_refused(script: httpx.Client, edge: Edge, person: httpx.Client, change: str) -> None:
    assert script.get("/api/jobs").status_code == 200
    (token,) = person.get("/api/tokens").json()["tokens"]
    edge.rows(f"UPDATE tokens SET {change} = '2020-01-01T00:00:00.000Z' WHERE id = ?", token["id"])  # noqa: S608
    problem(script.get("/api/jobs"), "token-invalid")


def test_revoking_is_at_once_and_for_the_owner_alone(
    script: httpx.Client, person: httpx.Client, stranger: httpx.Client
) -> None:
    (token,) = person.get("/api/tokens").json()["tokens"]
    problem(stranger.delete(f"/api/tokens/{token['id']}"), "token-not-found")
    assert script.get("/api/jobs").status_code == 200
    assert person.delete(f"/api/tokens/{token['id']}").status_code == 204
    problem(script.get("/api/jobs"), "token-invalid")
    assert person.get("/api/tokens").json()["tokens"][0]["revoked_at"] is not None


def test_a_scope_allows_its_part_alone(person: httpx.Client, edge: Edge) -> None:
    choice = {"preset": "fast", "ratio": "9:16", "seconds": 2, "tier": "704p"}
    with with_token(edge, make(person, scopes=["read"])["token"]) as reader:
        assert reader.get("/api/jobs").status_code == 200
        assert reader.post("/api/estimate", json=choice).status_code == 200
        problem(reader.post("/api/jobs", json=clip()), "token-not-allowed")
        problem(reader.put("/api/uploads", content=png()), "token-not-allowed")
    with with_token(edge, make(person, scopes=["create"])["token"]) as maker:
        assert maker.post("/api/jobs", json=clip()).status_code == 202
        problem(maker.get("/api/jobs"), "token-not-allowed")


@pytest.mark.parametrize("path", ["/api/tokens", "/api/webhooks", "/api/Tokens/", "/api/webhooks/abcdefgh/rotate"])
def test_a_token_makes_no_tokens_and_no_webhooks(script: httpx.Client, path: str) -> None:
    body = {"name": "more", "scopes": ["read"], "cap_won": 1, "days": 1}
    problem(script.post(path, json=body), "token-not-allowed")
    problem(script.get(path), "token-not-allowed")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"days": 366}, "/days"),
        ({"days": 0}, "/days"),
        ({"cap_won": 0}, "/cap_won"),
        ({"cap_won": 10_000_001}, "/cap_won"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["admin"]}, "/scopes/0"),
        ({"name": "\u3000"}, "/name"),
        ({"owner": "somebody"}, "/owner"),
    ],
)
def test_a_token_has_an_end_a_cap_and_a_name(person: httpx.Client, fields: Json, pointer: str) -> None:
    body = {"name": "x", "scopes": ["read"], "cap_won": 1, "days": 1} | fields
    assert pointers(problem(person.post("/api/tokens", json=body), "invalid-job")) == {pointer}


def test_parallel_submits_stay_within_the_tokens_cap(person: httpx.Client, edge: Edge) -> None:
    price = submit(person)["cost"]["reserved_micro_won"]
    made = make(person)
    edge.rows("UPDATE tokens SET cap_micro_won = ? WHERE id = ?", 3 * price, made["id"])
    with with_token(edge, made["token"]) as script:
        with ThreadPoolExecutor(10) as pool:
            sent = [pool.submit(script.post, "/api/jobs", json=clip()) for _ in range(10)]
            answers = [future.result() for future in sent]
        assert sorted(answer.status_code for answer in answers) == [202] * 3 + [402] * 7
        refused = next(answer for answer in answers if answer.status_code == 402)
        assert problem(refused, "cap-exceeded")["errors"] == [{"pointer": "", "detail": "cap: token"}]
        canceled = next(answer.json()["id"] for answer in answers if answer.status_code == 202)
        assert script.post(f"/api/jobs/{canceled}/cancel").json()["status"] == "canceled"
        assert script.post("/api/jobs", json=clip()).status_code == 202, "what is not spent comes back"
    assert person.post("/api/jobs", json=clip()).status_code == 202, "the cap is the token's alone"


def test_the_last_use_is_noted_once_a_minute(script: httpx.Client, person: httpx.Client, edge: Edge) -> None:
    script.get("/api/jobs")
    (token,) = person.get("/api/tokens").json()["tokens"]
    assert token["last_used_at"] is not None
    script.get("/api/jobs")
    assert person.get("/api/tokens").json()["tokens"] == [token]
    edge.rows("UPDATE tokens SET last_used_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", token["id"])
    script.get("/api/jobs")
    assert person.get("/api/tokens").json()["tokens"][0]["last_used_at"] > token["created_at"]


def test_tokens_are_not_without_number(person: httpx.Client) -> None:
    for _ in range(20):
        make(person)
    body = {"name": "one more", "scopes": ["read"], "cap_won": 1, "days": 1}
    problem(person.post("/api/tokens", json=body), "too-many")
