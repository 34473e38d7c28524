"""Taking one's own data away, and having it deleted."""

import httpx

from gpu.core.contract import Erased, Job
from tests.edge.asking import finish, ledger_of, problem, submit
from tests.edge.bodies import png
from tests.edge.edge import Edge

CONFIRMED = {"confirm": "delete everything of mine"}
BESIDE_A_JOB = ("ledger",)


def test_the_export_holds_every_job_picture_and_won(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    submit(stranger)
    picture = person.put("/api/uploads", content=png(81, 97)).json()["id"]
    ids = [submit(person, upload_id=picture)["id"] for _ in range(3)]
    finish(edge, ids[0])
    person.delete(f"/api/jobs/{ids[0]}")
    answer = person.get("/api/export")
    assert answer.headers["content-disposition"].startswith('attachment; filename="clipwright-')
    document = answer.json()
    assert [job["id"] for job in document["jobs"]] == ids
    for job in document["jobs"]:
        Job.model_validate({name: job[name] for name in job if name not in BESIDE_A_JOB}, strict=False)
        assert {row["kind"]: row["micro_won"] for row in job["ledger"]} == ledger_of(edge, job["id"])
    assert [job["deleted_at"] is None for job in document["jobs"]] == [False, True, True]
    (upload,) = document["uploads"]
    assert person.get(upload["links"]["picture"]).status_code == 200


def test_a_long_export_is_one_document(person: httpx.Client, edge: Edge) -> None:
    first = submit(person)["id"]
    edge.rows(
        """WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 225)
        INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
          reserved_micro_won, price_rev, lease_until)
        SELECT substr(id, 1, 20) || i, owner, 'failed', created_at, expires_at, day, input, inputs, seed, gpu, 1, 1,
          price_rev, lease_until FROM jobs, n WHERE id = ?1""",
        first,
    )
    ids = [job["id"] for job in person.get("/api/export").json()["jobs"]]
    assert len(ids) == 127 and ids == sorted(set(ids))


def test_an_empty_export_is_a_document_too(person: httpx.Client) -> None:
    document = person.get("/api/export").json()
    assert (document["jobs"], document["uploads"]) == ([], [])


def test_everything_of_mine_goes_and_nothing_of_others(
    person: httpx.Client, stranger: httpx.Client, edge: Edge
) -> None:
    mine, theirs = submit(person)["id"], submit(stranger)["id"]
    for job_id in (mine, theirs):
        finish(edge, job_id)
    picture = person.put("/api/uploads", content=png(83, 97)).json()["id"]
    key = edge.picture_key(picture)
    answer = person.request("DELETE", "/api/me/data", json=CONFIRMED)
    assert Erased.model_validate_json(answer.content) == Erased(jobs=1, pictures=1)
    edge.sweep()
    assert edge.keys(f"jobs/{mine}/") == edge.keys(key) == []
    assert person.get("/api/jobs").json()["jobs"] == []
    problem(person.post(f"/api/jobs/{mine}/restore"), "job-not-found")
    assert stranger.get(f"/api/jobs/{theirs}/video").status_code == 200
    assert len(ledger_of(edge, mine)) == 3, "the money stays"


def test_nothing_is_deleted_without_the_confirmation_or_while_a_job_runs(person: httpx.Client, edge: Edge) -> None:
    ended = submit(person)["id"]
    finish(edge, ended)
    for body in ({}, {"confirm": "yes"}, {"confirm": True}):
        problem(person.request("DELETE", "/api/me/data", json=body), "invalid-job")
    submit(person)
    problem(person.request("DELETE", "/api/me/data", json=CONFIRMED), "job-not-finished")
    assert person.get(f"/api/jobs/{ended}/video").status_code == 200
