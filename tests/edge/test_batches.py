"""A scene table and its batches on the real platform: over HTTP, with the cards that make the clips."""

import json
from typing import Any

import httpx

from gpu.core.contract import ActiveJobs, Batch, CardOrder, Project, ProjectChanged, ProjectList, Quote
from tests.edge.asking import at_once, finish, ledger_of, pointers, problem, read, row_of, until
from tests.edge.bodies import event, outcome, png
from tests.edge.edge import Edge

Json = dict[str, Any]
FAST = {"preset": "fast", "tier": "704p"}
KEY = {"idempotency-key": "one-press-of-scenes"}


def begin(person: httpx.Client, scenes: int) -> Json:
    """A table of so many lines without pictures."""
    answer = person.post("/api/projects", json={"title": "밤 이야기", "settings": {"seconds": 2, "quality": FAST}})
    assert answer.status_code == 201, answer.text
    project = Project.model_validate_json(answer.content)
    rows = [{"id": f"scene{number:04}", "cells": {"line": f"장면 {number}"}} for number in range(1, scenes + 1)]
    changed = change(person, project.id, base_revision=project.revision, rows=rows)
    assert len(changed.rows) == scenes
    return table(person, project.id)


def table(person: httpx.Client, project: str) -> Json:
    answer = person.get(f"/api/projects/{project}")
    Project.model_validate_json(answer.content)
    return answer.json()


def change(person: httpx.Client, project: str, **fields: object) -> ProjectChanged:
    answer = person.patch(f"/api/projects/{project}", json=fields)
    assert answer.status_code == 200, answer.text
    return ProjectChanged.model_validate_json(answer.content)


def batch_in(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    Batch.model_validate_json(answer.content)
    return answer.json()


def choice(project: str, **fields: object) -> Json:
    return {"project_id": project, "without_pictures": True} | fields


def test_an_evening_of_scenes(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    project = begin(person, 6)["id"]
    quote = Quote.model_validate_json(
        person.post(f"/api/projects/{project}/quote", json={"range": "1~4, ６", "without_pictures": True}).content
    )
    assert (quote.clips, quote.fits, quote.stopped) == (5, 5, None)

    asked = person.build_request("POST", "/api/batches", json=choice(project, range="1~4, ６"), headers=KEY)
    answers = at_once(edge, asked, 4)
    assert {status for status, _ in answers} == {202}
    (batch,) = {json.loads(body)["id"] for _, body in answers}
    jobs = [job["job_id"] for job in batch_in(person.get(f"/api/batches/{batch}"))["jobs"]]
    assert len(jobs) == 5 and sum(ledger_of(edge, job)["reserve"] for job in jobs) == quote.most_micro_won
    until(lambda: row_of(edge, jobs[0])["call_id"] is not None)
    card = str(row_of(edge, jobs[0])["card"])

    finish(edge, jobs[0])
    assert batch_in(person.post(f"/api/batches/{batch}/pause"))["paused_at"] is not None
    order = CardOrder.model_validate_json(edge.ask(card).content)
    assert order.ticket is None, "a card asks, and a paused job is not given to it"
    assert read(person, jobs[1])["paused"]
    active = ActiveJobs.model_validate_json(person.get("/api/jobs/active").content)
    assert (active.held, [now.waiting for now in active.batches]) == ((), [4])
    assert {scene["state"] for scene in table(person, project)["scenes"]} == {"delivered", "paused", "new"}

    assert batch_in(person.post(f"/api/batches/{batch}/resume"))["paused_at"] is None
    until(lambda: row_of(edge, jobs[1])["call_id"] is not None)
    edge.send_event(event(jobs[1], 1, "started"))
    edge.send_event(event(jobs[1], 2, "ended", outcome=outcome(jobs[1], "failed")))
    again = batch_in(person.post(f"/api/batches/{batch}/retry"), 202)
    assert [job["rerun_of"] for job in again["jobs"] if job["rerun_of"]] == [jobs[1]]
    canceled = batch_in(person.post(f"/api/batches/{batch}/cancel"))
    assert (canceled["delivered"], canceled["canceled"], canceled["held_micro_won"]) == (1, 4, 0)
    problem(stranger.post(f"/api/batches/{batch}/cancel"), "batch-not-found")
    problem(person.post("/api/batches", json=choice(project, range="7"), headers=KEY), "idempotency-conflict")
    problem(person.post("/api/batches", json=choice(project, which="all")), "idempotency-key-invalid")
    beyond = person.post(f"/api/projects/{project}/quote", json={"range": "7"})
    assert pointers(problem(beyond, "invalid-job")) == {"/range"}


def test_a_table_is_kept_listed_restored_and_everybodys_own(
    person: httpx.Client, stranger: httpx.Client, edge: Edge
) -> None:
    project = begin(person, 2)
    path = f"/api/projects/{project['id']}"
    first = person.get(path)
    assert person.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    other = change(person, project["id"], base_revision=0, rows=[{"id": "scene0001", "cells": {"line": "다른 글"}}])
    assert [(lost.scene, lost.cell, lost.before and lost.before.line) for lost in other.overwritten] == [
        ("scene0001", "line", "장면 1")
    ]
    assert person.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 200
    rows: list[Json] = [{"id": f"further{number:04}", "cells": {}} for number in range(200)]
    problem(person.patch(path, json={"base_revision": 2, "rows": rows}), "too-many-scenes")
    problem(stranger.get(path), "project-not-found")

    assert person.delete(path).status_code == 204
    problem(person.get(path), "project-not-found")
    deleted = ProjectList.model_validate_json(person.get("/api/projects", params={"deleted": 1}).content)
    assert [table.id for table in deleted.projects] == [project["id"]]
    assert person.post(f"{path}/restore").status_code == 200
    assert [found["id"] for found in person.get("/api/projects").json()["projects"]] == [project["id"]]

    exported = person.get("/api/export").json()
    assert [found["id"] for found in exported["projects"]] == [project["id"]]
    assert person.request("DELETE", "/api/me/data", json={"confirm": "delete everything of mine"}).status_code == 200
    problem(person.get(path), "project-not-found")
    assert edge.rows("SELECT COUNT(*) AS left FROM scenes WHERE project_id = ?", project["id"]) == [{"left": 0}]


def test_a_picture_that_a_scene_shows_is_not_deleted(person: httpx.Client) -> None:
    project = begin(person, 1)["id"]
    picture = person.put("/api/uploads", content=png(85, 97)).json()
    shown: Json = {"id": "scene0001", "cells": {"first_upload_id": picture["id"]}}
    change(person, project, base_revision=2, rows=[shown])
    problem(person.delete(f"/api/uploads/{picture['id']}"), "upload-in-use")
    change(person, project, base_revision=3, removed=["scene0001"])
    assert person.delete(f"/api/uploads/{picture['id']}").status_code == 204


def test_a_token_that_reads_asks_for_prices_and_makes_nothing(person: httpx.Client, edge: Edge) -> None:
    project = begin(person, 1)["id"]
    made = person.post("/api/tokens", json={"name": "reader", "scopes": ["read"], "cap_won": 1, "days": 1}).json()
    with edge.person(authorization=f"Bearer {made['token']}") as reader:
        quoted = reader.post(f"/api/projects/{project}/quote", json={"which": "all", "without_pictures": True})
        assert (quoted.json()["clips"], quoted.json()["fits"]) == (1, 0), "its cap of one won counts too"
        problem(reader.post("/api/batches", json=choice(project, which="all"), headers=KEY), "token-not-allowed")
        problem(reader.patch(f"/api/projects/{project}", json={"base_revision": 1}), "token-not-allowed")


def test_settings_have_a_name(person: httpx.Client, stranger: httpx.Client) -> None:
    made = person.post("/api/channel-presets", json={"name": "내 채널", "settings": {"ratio": "1:1"}})
    assert made.status_code == 201 and made.json()["settings"]["seconds"] == 8
    path = f"/api/channel-presets/{made.json()['id']}"
    problem(stranger.delete(path), "channel-preset-not-found")
    changed = person.put(path, json={"name": "쇼츠", "settings": {"words_in_front": "영화처럼,"}})
    assert (changed.json()["name"], changed.json()["settings"]["ratio"]) == ("쇼츠", "9:16")
    assert [one["name"] for one in person.get("/api/channel-presets").json()["channel_presets"]] == ["쇼츠"]
    assert person.delete(path).status_code == 204
