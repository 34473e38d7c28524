"""How often a page asks the site while many jobs go through it. The jobs are rows of D1, moved by the events that a
worker sends; nothing is rendered. It knows no page but by its requests.
"""

import time
from dataclasses import dataclass

import httpx
from playwright.sync_api import Page, Request

from tests.edge.bodies import clip, event, outcome
from tests.edge.edge import Edge

MINUTE_SECONDS = 60.0
END_EVERY_SECONDS = 4.0
"""Fifteen clips end in a minute: four cards (`MAX_CONTAINERS`) make twelve of the default ones."""

# Jobs that wait at the site for a card, and of which no sweep asks.
HELD = """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 <= {count})
  INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
    reserved_micro_won, price_rev, lease_until)
  SELECT substr(id, 1, 20) || printf('%06d', i), owner, 'queued', created_at, expires_at, day, input, '[]', seed, gpu,
    estimate_micro_won, 1000000, price_rev, '2099-01-01T00:00:00.000Z'
  FROM jobs, n WHERE id = '{id}'"""
ATTEMPTS = """INSERT INTO attempts (job_id, attempt, gpu, outcome)
  SELECT id, 1, gpu, 'open' FROM jobs WHERE owner = (SELECT owner FROM jobs WHERE id = '{id}') AND id <> '{id}'"""


@dataclass(frozen=True, slots=True)
class Asked:
    requests: int
    about: str


def requests_a_minute(edge: Edge, person: httpx.Client, page: Page, count: int) -> Asked:
    """A minute with the drawer open. Pictures and clips that come to be seen are no questions and do not count."""
    ids = held(edge, person, count) if count else []
    asked: list[str] = []

    def heard(request: Request) -> None:
        if "/api/" in request.url and request.resource_type not in ("image", "media"):
            asked.append(request.url)

    page.goto(f"{edge.url}/ko/")
    page.locator(".cost strong").wait_for()
    page.locator(".work").click()
    if ids:
        page.locator(".work.is-busy").wait_for()
    page.wait_for_timeout(1_000)
    page.on("request", heard)
    until = time.monotonic() + MINUTE_SECONDS
    ended = 0
    while time.monotonic() < until:
        if ids:
            end_one(edge, ids.pop(0), page)
            ended += 1
        else:
            page.wait_for_timeout(END_EVERY_SECONDS * 1_000)
    standing = page.locator(".job-drawer-standing")
    return Asked(len(asked), f"{ended} ended; {standing.inner_text()}" if standing.count() else f"{ended} ended")


def held(edge: Edge, person: httpx.Client, count: int) -> list[str]:
    """So many jobs in line, the first one first."""
    pattern = str(person.post("/api/jobs", json=clip()).raise_for_status().json()["id"])
    edge.rows(HELD.format(count=count, id=pattern))
    edge.rows(ATTEMPTS.format(id=pattern))
    person.post(f"/api/jobs/{pattern}/cancel").raise_for_status()
    rows = edge.rows("SELECT id FROM jobs WHERE id LIKE ?1 || '%' ORDER BY id", pattern[:20])
    return [str(row["id"]) for row in rows if row["id"] != pattern]


def end_one(edge: Edge, job_id: str, page: Page) -> None:
    """What a worker tells of one clip, in the time that a clip has here."""
    edge.send_event(event(job_id, 1, "started")).raise_for_status()
    page.wait_for_timeout(END_EVERY_SECONDS * 500)
    edge.send_event(event(job_id, 2)).raise_for_status()
    page.wait_for_timeout(END_EVERY_SECONDS * 500)
    edge.send_event(event(job_id, 3, "ended", outcome=outcome(job_id))).raise_for_status()
