"""A database that is locked, and a sender that goes away: no fault of ours, no trace of ours, nothing made twice."""

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.edge.asking import ledger_of, problem, submit, until
from tests.edge.bodies import clip, event, png
from tests.edge.edge import Edge

SHORT_SECONDS = 0.6
"""Shorter than the edge's patience; the long lock lasts until the test lets go."""


def database_of(edge: Edge) -> Path:
    """The file of the local D1; beside it lies one that the simulator keeps for itself."""
    for path in sorted(edge.state.rglob("*.sqlite")):
        with sqlite3.connect(f"file:{path.as_posix()}?mode=ro", uri=True) as reader:
            if reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
                return path
    raise AssertionError("no database was found")


@contextmanager
def locked(edge: Edge) -> Generator[None]:
    """Nobody else can write."""
    holder = sqlite3.connect(database_of(edge), isolation_level=None, timeout=10)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        holder.rollback()
        holder.close()


def test_a_long_lock_is_busy_and_the_same_key_makes_one_job(person: httpx.Client, edge: Edge) -> None:
    submit(person)
    keys = [f"locked-key-{number}" for number in range(8)]

    def send(key: str) -> httpx.Response:
        return person.post("/api/jobs", json=clip(), headers={"idempotency-key": key})

    with locked(edge), ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(send, keys))
        read = person.get("/api/jobs")
    for answer in refused:
        body = problem(answer, "busy")
        assert body["retryable"]
        assert int(answer.headers["retry-after"]) > 0
    assert read.status_code == 200
    made = {send(key).json()["id"] for key in keys} | {send(key).json()["id"] for key in keys}
    assert len(made) == len(keys)
    listed = [job["id"] for job in person.get("/api/jobs").json()["jobs"]]
    assert len(listed) == len(keys) + 1
    assert all(list(ledger_of(edge, job_id)) == ["reserve"] for job_id in made)


def test_a_short_lock_is_waited_for(person: httpx.Client, edge: Edge) -> None:
    submit(person)
    started, answers = threading.Event(), list[httpx.Response]()

    def send() -> None:
        started.set()
        answers.append(person.post("/api/jobs", json=clip()))

    sender = threading.Thread(target=send)
    with locked(edge):
        sender.start()
        started.wait()
        time.sleep(SHORT_SECONDS)
    sender.join()
    assert answers[0].status_code == 202


@pytest.mark.parametrize("what", ["upload", "cancel", "event", "token", "usage"])
def test_no_route_calls_a_lock_a_fault_of_its_own(person: httpx.Client, edge: Edge, what: str) -> None:
    job_id = submit(person)["id"]
    with locked(edge):
        if what == "upload":
            answer = person.put("/api/uploads", content=png())
        elif what == "cancel":
            answer = person.post(f"/api/jobs/{job_id}/cancel")
        elif what == "event":
            answer = edge.send_event(event(job_id, 1, "started"))
        elif what == "token":
            body = {"name": "x", "scopes": ["read"], "cap_won": 1, "days": 1}
            answer = person.post("/api/tokens", json=body)
        else:
            answer = person.get("/api/usage")
    assert answer.status_code in (200, 503), answer.text
    if answer.status_code == 503:
        problem(answer, "busy")
    assert not edge.keys("inputs/raw/")


def test_a_sender_that_goes_away_is_no_fault_of_ours(person: httpx.Client, edge: Edge) -> None:
    log = edge.process.log
    before = len(log.read_bytes())
    body = json.dumps(clip()).encode("utf-8")
    head = (
        f"POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    for sent in (0, 1, len(body) - 1):
        with socket.create_connection(("127.0.0.1", edge.port)) as line:
            line.sendall(head.encode("ascii") + body[:sent])
            time.sleep(0.2)  # so that the edge has begun to read
    until(lambda: log.read_bytes()[before:].count(b"Network connection lost") >= 3)  # the simulator's own words
    assert person.get("/api/version").status_code == 200
    assert b'"trace"' not in log.read_bytes()[before:]
