"""Helpers for most tests: submit, wait, read a job, and check a problem against the contract."""

import json
import socket
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any

import httpx

from gpu.core.contract import Job, Problem
from gpu.core.problems import PROBLEM_BY_SLUG, type_uri
from infra.process.waiting import wait_until
from tests.edge.bodies import clip, event, outcome
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu

Json = dict[str, Any]


def submit(person: httpx.Client, **fields: object) -> Json:
    """A job that was accepted."""
    answer = person.post("/api/jobs", json=clip(**fields))
    assert answer.status_code == 202, answer.text
    return job_in(answer)


def leave_cards(edge: Edge) -> None:
    """As if the cards so far were of a release that has none: their jobs stay as they are, and the next job opens a
    card."""
    edge.rows(
        "UPDATE cards SET closed_at = opened_at WHERE closed_at IS NULL;"
        "UPDATE jobs SET card = NULL WHERE card IS NOT NULL AND status IN ('queued', 'running')"
    )


def submit_and_dispatch(person: httpx.Client, gpu: FakeGpu, edge: Edge, **fields: object) -> Json:
    """A job whose ticket opened a card: the GPU service holds it, and the job's row knows the call."""
    leave_cards(edge)
    job = submit(person, **fields)
    until(lambda: bool(gpu.tickets_of(job["id"])))
    until(lambda: row_of(edge, job["id"])["call_id"] is not None)
    return job


def finish(edge: Edge, job_id: str, video: bytes = b"v" * 1_000, poster: bytes = b"p" * 100) -> None:
    """The worker's last steps: objects first, then the event."""
    edge.put(f"jobs/{job_id}/video-1.mp4", video, "video/mp4")
    edge.put(f"jobs/{job_id}/poster-1.jpg", poster, "image/jpeg")
    done = outcome(job_id, video_bytes=len(video))
    assert edge.send_event(event(job_id, 1, "started")).status_code == 200
    assert edge.send_event(event(job_id, 2, "ended", outcome=done)).status_code == 200


def put_marker(edge: Edge, name: str, body: Json) -> None:
    """What a worker leaves in the bucket at an attempt's end: `done` or `failed`."""
    edge.put(f"jobs/{body['job_id']}/{name}.json", json.dumps(body).encode("utf-8"), "application/json")


def job_in(answer: httpx.Response) -> Json:
    """The body, which must be a whole job of the contract."""
    Job.model_validate_json(answer.content)
    return answer.json()


def read(person: httpx.Client, job_id: str) -> Json:
    answer = person.get(f"/api/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return job_in(answer)


def problem(answer: httpx.Response, slug: str) -> Json:
    """The answer must be exactly this problem, free of charge, with words."""
    assert answer.headers["content-type"].startswith("application/problem+json"), (answer.status_code, answer.text)
    # A problem may have members of its own beside those of all.
    common = {name: value for name, value in answer.json().items() if name in Problem.model_fields}
    body = Problem.model_validate_json(json.dumps(common))
    expected = PROBLEM_BY_SLUG[slug]
    assert (body.type, body.status, answer.status_code) == (type_uri(slug), expected.status, expected.status)
    assert body.title in (expected.title_ko, expected.title_en)
    assert body.detail and body.fix and body.charged_micro_won == 0
    assert body.instance == answer.headers["x-request-id"]
    return answer.json()


def refused(answer: httpx.Response, reason: str) -> None:
    """An event that changed nothing, for that reason."""
    assert problem(answer, "event-conflict")["reason"] == reason


def pointers(body: Json) -> set[str]:
    return {error["pointer"] for error in body["errors"]}


def row_of(edge: Edge, job_id: str) -> Json:
    (row,) = edge.rows("SELECT * FROM jobs WHERE id = ?", job_id)
    return row


def ledger_of(edge: Edge, job_id: str) -> dict[str, int]:
    """Micro-won by kind; the primary key allows one row of each."""
    rows = edge.rows("SELECT kind, micro_won FROM ledger WHERE job_id = ?", job_id)
    return {row["kind"]: row["micro_won"] for row in rows}


def at_once(edge: Edge, request: httpx.Request, times: int) -> list[tuple[int, bytes]]:
    """Sends one request `times` times in the same instant; returns (status, body) of each.

    Every copy goes out on its own connection but for its last byte; then the last bytes follow together.
    """
    head = f"{request.method} {request.url.raw_path.decode('ascii')} HTTP/1.1\r\n".encode("ascii")
    kept = [
        (name, value) for name, value in request.headers.raw if name.lower() not in (b"connection", b"accept-encoding")
    ]
    head += b"".join(b"%s: %s\r\n" % pair for pair in kept) + b"Connection: close\r\n\r\n"
    message = head + request.read()
    lines = [socket.create_connection(("127.0.0.1", edge.port)) for _ in range(times)]
    try:
        for line in lines:
            line.sendall(message[:-1])
        for line in lines:
            line.sendall(message[-1:])
        return [read_answer(line) for line in lines]
    finally:
        for line in lines:
            line.close()


def read_answer(line: socket.socket) -> tuple[int, bytes]:
    with HTTPResponse(line) as answer:
        answer.begin()
        return answer.status, answer.read()


def until(condition: Callable[[], bool]) -> None:
    """Waits for what happens after an answer has left. Nothing of it can be seen on the way."""
    wait_until(condition, what="what the edge does after its answer", moved=lambda: None, every=0.03)
