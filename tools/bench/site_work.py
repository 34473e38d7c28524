"""How often a page asks the site while many jobs go through it. The jobs are rows of D1, moved by the events that a
worker sends; nothing is rendered. It knows no page but by its requests.
"""

import json
import time
from dataclasses import dataclass

import httpx
from playwright.sync_api import Page, Request

from infra.language import localized
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
# The same for jobs that were ordered: what the fake GPU service was given comes back to the line.
STAND_STILL = (
    """UPDATE jobs SET lease_until = '2099-01-01T00:00:00.000Z' WHERE id IN (SELECT value FROM json_each(?1))"""
)
OPEN_ATTEMPTS = """INSERT OR IGNORE INTO attempts (job_id, attempt, gpu, outcome)
  SELECT id, 1, gpu, 'open' FROM jobs WHERE id IN (SELECT value FROM json_each(?1))"""


@dataclass(frozen=True, slots=True)
class Asked:
    requests: int
    about: str


def requests_a_minute(edge: Edge, person: httpx.Client, page: Page, count: int) -> Asked:
    """A minute with the drawer open, while so many jobs are under way."""
    ids = held(edge, person, count) if count else []
    page.goto(f"{edge.url}/ko/")
    page.locator(".cost strong").wait_for()
    page.locator(".work").click()
    if ids:
        page.locator(".work.is-busy").wait_for()
    found = asked_a_minute(edge, page, ids)
    standing = page.locator(".job-drawer-standing")
    return Asked(found.requests, f"{found.about}; {standing.inner_text()}") if standing.count() else found


def asked_a_minute(edge: Edge, page: Page, ids: list[str]) -> Asked:
    """What this page asks of the site in a minute, in which jobs end one after another. Pictures and clips that come to
    be seen are no questions and do not count."""
    asked: list[str] = []

    def heard(request: Request) -> None:
        if "/api/" in request.url and request.resource_type not in ("image", "media"):
            asked.append(request.url)

    page.wait_for_timeout(1_000)
    page.on("request", heard)
    until = time.monotonic() + MINUTE_SECONDS
    left = list(ids)
    while time.monotonic() < until:
        if left:
            end_one(edge, left.pop(0), page)
        else:
            page.wait_for_timeout(END_EVERY_SECONDS * 1_000)
    page.remove_listener("request", heard)
    ended = len(ids) - len(left)
    return Asked(len(asked), localized(ko=f"{ended}개 끝남", en=f"{ended} ended"))


def hold(edge: Edge, ids: list[str]) -> None:
    """Jobs that were ordered stand still until an event moves them."""
    for statement in (STAND_STILL, OPEN_ATTEMPTS):
        edge.rows(statement, json.dumps(ids))


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
