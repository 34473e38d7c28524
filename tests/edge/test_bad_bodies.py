"""Bad input is answered with a problem of a stable type: no charge, no row, never a 500."""

import json

import httpx
import pytest

from tests.contract.cases import ACCEPTED, REFUSED
from tests.edge.asking import pointers, problem
from tests.edge.bodies import clip

JSON = {"content-type": "application/json"}
NOT_JSON = {"empty body", "not JSON", "cut off", "trailing comma", "two bodies", "byte order mark"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"prompt": ""}, "/prompt"),
        ({"prompt": " \u3000\n"}, "/prompt"),
        ({"prompt": "가" * 2_001}, "/prompt"),
        ({"prompt": 7}, "/prompt"),
        ({"negative_prompt": ""}, "/negative_prompt"),
        ({"preset": "turbo"}, "/preset"),
        ({"ratio": "4:3"}, "/ratio"),
        ({"seconds": 7}, "/seconds"),
        ({"seconds": "8"}, "/seconds"),
        ({"tier": "4k"}, "/tier"),
        ({"seed": -1}, "/seed"),
        ({"seed": 2**32}, "/seed"),
        ({"seed": 1.5}, "/seed"),
        ({"image_strength": 1.01}, "/image_strength"),
        ({"upload_id": "../../etc/passwd"}, "/upload_id"),
        ({"fps": 24}, "/fps"),
        ({"a~b/c": 1}, "/a~0b~1c"),
    ],
)
def test_a_wrong_field_is_named(person: httpx.Client, fields: dict[str, object], pointer: str) -> None:
    body = problem(person.post("/api/jobs", json=clip(**fields)), "invalid-job")
    assert pointers(body) == {pointer}
    assert all(error["detail"] for error in body["errors"])


def test_all_faults_are_named_at_once(person: httpx.Client) -> None:
    wrong = {"preset": "keyframes", "seconds": 3, "colour": "red", "prompt": ""}
    body = problem(person.post("/api/jobs", json=wrong), "invalid-job")
    assert pointers(body) == {"/seconds", "/colour", "/prompt", "/first_upload_id", "/last_upload_id"}


def test_the_words_come_in_the_readers_language(person: httpx.Client) -> None:
    korean = person.post("/api/jobs?lang=ko", json=clip(seconds=3)).json()
    english = person.post("/api/jobs", json=clip(seconds=3)).json()
    assert korean["errors"][0]["detail"] == "다음 중 하나여야 해요: 2, 4, 6, 8, 10"
    assert english["errors"][0]["detail"] == "It must be one of: 2, 4, 6, 8, 10"
    assert korean["type"] == english["type"]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_edge_refuses_what_python_refuses(person: httpx.Client, name: str) -> None:
    content = REFUSED[name].encode("utf-8", "surrogatepass")
    answer = person.post("/api/jobs", content=content, headers=JSON)
    assert answer.status_code in (400, 413, 422), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert person.get("/api/jobs").json()["jobs"] == []


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_the_edge_accepts_what_python_accepts(person: httpx.Client, name: str) -> None:
    answer = person.post("/api/jobs", content=ACCEPTED[name].encode("utf-8"), headers=JSON)
    # A body may be right and still name a picture that is not there.
    assert answer.status_code in (202, 404), answer.text


@pytest.mark.parametrize("content", [b"", b"{", b"prompt=a", b'{"preset":"fast"}{}', b"\xff\xfe{}", b'{"a": NaN}'])
def test_what_is_not_json(person: httpx.Client, content: bytes) -> None:
    problem(person.post("/api/jobs", content=content, headers=JSON), "not-json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_wrong_content_type(person: httpx.Client, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    problem(person.post("/api/jobs", content=json.dumps(clip()).encode(), headers=headers), "wrong-content-type")


def test_a_charset_beside_the_content_type_is_fine(person: httpx.Client) -> None:
    headers = {"content-type": "Application/JSON; charset=UTF-8"}
    assert person.post("/api/jobs", content=json.dumps(clip()).encode(), headers=headers).status_code == 202


def test_two_megabytes_of_json(person: httpx.Client) -> None:
    problem(person.post("/api/jobs", json=clip(prompt="가" * 700_000)), "body-too-large")


def test_two_megabytes_of_json_without_a_length(person: httpx.Client) -> None:
    pieces = (b" " * 65_536 for _ in range(32))
    problem(person.post("/api/jobs", content=pieces, headers=JSON), "body-too-large")


def test_absurd_nesting(person: httpx.Client) -> None:
    content = b'{"preset":"fast","prompt":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    answer = person.post("/api/jobs", content=content, headers=JSON)
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize(
    ("method", "path", "slug", "allow"),
    [
        ("GET", "/api/nope", "route-not-found", None),
        ("GET", "/api", "route-not-found", None),
        ("GET", "/api/jobs/01abcdefgh/nope", "route-not-found", None),
        ("PUT", "/api/jobs", "method-not-allowed", "GET, HEAD, POST"),
        ("PATCH", "/api/jobs/01abcdefgh", "method-not-allowed", "GET, HEAD, PUT, DELETE"),
        ("POST", "/api/jobs/active", "method-not-allowed", "GET, HEAD, DELETE"),
        ("GET", "/api/uploads/01abcdefgh", "method-not-allowed", "DELETE"),
        ("POST", "/api/caps", "method-not-allowed", "GET, HEAD, PUT"),
        ("GET", "/api/me/data", "method-not-allowed", "DELETE"),
        ("GET", "/api/jobs/01abcdefgh/cancel", "method-not-allowed", "POST"),
        ("POST", "/api/jobs/01abcdefgh/video", "method-not-allowed", "GET, HEAD"),
        ("POST", "/api/uploads", "method-not-allowed", "PUT"),
        ("GET", "/api/estimate", "method-not-allowed", "POST"),
        ("DELETE", "/api/presets", "method-not-allowed", "GET, HEAD"),
        ("GET", "/api/internal/jobs/01abcdefgh/events", "method-not-allowed", "POST"),
        ("GET", "/api/jobs/01abcdefgh", "job-not-found", None),
        ("GET", "/api/jobs/%00", "job-not-found", None),
        ("GET", "/api/jobs/..%2F..%2Fetc", "job-not-found", None),
        ("DELETE", "/api/jobs/01abcdefgh", "job-not-found", None),
        ("POST", "/api/jobs/01abcdefgh/cancel", "job-not-found", None),
        ("POST", "/api/jobs/01abcdefgh/restore", "job-not-found", None),
        ("GET", "/api/jobs/01abcdefgh/video", "job-not-found", None),
        ("GET", "/api/jobs?limit=0", "invalid-job", None),
        ("GET", "/api/jobs?limit=101", "invalid-job", None),
        ("GET", "/api/jobs?limit=ten", "invalid-job", None),
        ("GET", "/api/jobs?cursor=%27%20OR%201%3D1", "invalid-job", None),
    ],
)
def test_unknown_addresses_and_methods(
    person: httpx.Client, method: str, path: str, slug: str, allow: str | None
) -> None:
    answer = person.request(method, path)
    problem(answer, slug)
    assert answer.headers.get("allow") == allow
