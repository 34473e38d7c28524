"""A database that is locked for seconds: a client that asks again gets each of its jobs once, and nobody sees a fault
of the site's own."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.drills.conftest import Size
from tests.drills.figures import Figures
from tests.drills.invariants import faults_now
from tests.edge.bodies import clip
from tests.edge.edge import Edge

TRIES = 40
PAUSE_SECONDS = 0.5
WHEN = "retry-after"


def database_of(edge: Edge) -> sqlite3.Connection:
    """The file that the local D1 keeps its tables in."""
    for path in sorted(edge.state.glob("**/*.sqlite")):
        connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'idempotency_keys'").fetchone():
            return connection
        connection.close()
    raise AssertionError("the database has no file")


def asked_until_accepted(person: httpx.Client, key: str) -> list[httpx.Response]:
    answers: list[httpx.Response] = []
    for _ in range(TRIES):
        answers.append(person.post("/api/jobs", json=clip(), headers={"Idempotency-Key": key}))
        if answers[-1].status_code < 500:
            break
        time.sleep(PAUSE_SECONDS)
    return answers


def test_a_locked_database_is_a_pause_and_no_fault(drilled_edge: Edge, size: Size, figures: Figures) -> None:
    with drilled_edge.person() as person, ThreadPoolExecutor(16) as pool:
        person.get("/api/jobs")
        locked = database_of(drilled_edge)
        try:
            locked.execute("BEGIN EXCLUSIVE")
            asking = [pool.submit(asked_until_accepted, person, f"locked-{number}") for number in range(size.of(8, 32))]
            reading = pool.submit(person.get, "/api/jobs")
            time.sleep(size.of(4, 12))
            locked.execute("ROLLBACK")
        finally:
            locked.close()
        answers = [answer for each in asking for answer in each.result()] + [reading.result()]
        statuses = [answer.status_code for answer in answers]
        accepted = {answer.json()["id"] for answer in answers if answer.status_code == 202}
        figures.count(requests=len(answers), accepted=len(accepted), told_to_wait=statuses.count(503))
        broken = [answer.text[:120] for answer in answers if answer.status_code == 500]
        curt = [answer.text[:120] for answer in answers if answer.status_code == 503 and WHEN not in answer.headers]
        figures.look_for("500", broken)
        figures.look_for("503 that do not say when to come back", curt)
        listed = {job["id"] for job in person.get("/api/jobs", params={"limit": 100}).json()["jobs"]}
        figures.look_for("lost or doubled", sorted(accepted ^ listed))
        figures.look_for("given up", ["a submit"] * (len(asking) - len(accepted)))
        figures.look_for("wrong in the database", faults_now(drilled_edge))
    figures.judge()
