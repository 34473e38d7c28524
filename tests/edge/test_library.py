"""The library over HTTP: file names, search, many at once, and links for people without a session."""

from urllib.parse import quote

import httpx
import pytest

from gpu.core.contract.library import BulkChanged, LibraryDays, Share
from tests.edge.asking import finish, job_in, problem, submit
from tests.edge.bodies import png
from tests.edge.edge import Edge

PAST = "2001-01-01T00:00:00.000Z"


def clip_of(edge: Edge, person: httpx.Client, **fields: object) -> str:
    job_id = str(submit(person, **fields)["id"])
    finish(edge, job_id)
    return job_id


def found(person: httpx.Client, query: str) -> list[str]:
    answer = person.get(f"/api/jobs?{query}")
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["jobs"]]


def test_a_scene_is_found_by_its_picture_and_its_day(person: httpx.Client, edge: Edge) -> None:
    uploaded = person.put("/api/uploads", content=png(), headers={"x-file-name": quote("장면_17.png")}).json()
    assert uploaded["name"] == "장면_17.png"
    scene = clip_of(edge, person, upload_id=uploaded["id"])
    other = clip_of(edge, person)
    assert found(person, "q=17") == [scene]
    answer = person.put(f"/api/jobs/{other}", json={"title": "둘째 장면", "favorite": True})
    assert (job_in(answer)["title"], answer.json()["favorite"]) == ("둘째 장면", True)
    assert found(person, f"q={quote('둘째')}&favorite=1") == [other]
    days = LibraryDays.model_validate_json(person.get("/api/jobs/days").content)
    assert [(day.jobs, day.clips) for day in days.days] == [(2, 2)]
    assert days.favorites.clips == 1
    assert found(person, f"from={days.days[0].day}&to={days.days[0].day}&sort=oldest") == [scene, other]
    problem(person.get("/api/jobs/days?status=done"), "invalid-job")
    problem(person.put(f"/api/jobs/{other}", json={"title": "줄\n바꿈"}), "invalid-job")


def test_many_go_and_come_back_in_one_request_each(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    mine = [clip_of(edge, person) for _ in range(3)]
    theirs = clip_of(edge, stranger)

    def bulk(action: str) -> BulkChanged:
        answer = person.post("/api/jobs/bulk", json={"action": action, "ids": [*mine, theirs]})
        return BulkChanged.model_validate_json(answer.content)

    for _ in range(2):
        assert bulk("delete") == BulkChanged(done=tuple(mine), left=(theirs,))
    assert found(person, "") == []
    assert sorted(found(person, "deleted=1")) == sorted(mine)
    assert bulk("restore").done == tuple(mine)
    assert sorted(found(person, "")) == sorted(mine)
    assert found(stranger, "") == [theirs]
    problem(person.post("/api/jobs/bulk", json={"action": "delete", "ids": []}), "invalid-job")


def test_what_was_deleted_can_be_restored_for_a_day(person: httpx.Client, edge: Edge) -> None:
    kept, late = clip_of(edge, person), clip_of(edge, person)
    for job_id in (kept, late):
        assert person.delete(f"/api/jobs/{job_id}").status_code == 204
    assert sorted(found(person, "deleted=1")) == sorted((kept, late))
    edge.rows("UPDATE jobs SET deleted_at = ?1 WHERE id = ?2", PAST, late)
    assert found(person, "deleted=1") == [kept]
    assert LibraryDays.model_validate_json(person.get("/api/jobs/days").content).deleted == 1
    problem(person.post(f"/api/jobs/{late}/restore"), "job-not-found")
    assert person.post(f"/api/jobs/{kept}/restore").status_code == 200
    assert found(person, "") == [kept]
    edge.sweep()
    assert edge.rows("SELECT purged_at IS NOT NULL AS gone FROM jobs WHERE id = ?1", late) == [{"gone": 1}]


@pytest.fixture
def shared(person: httpx.Client, edge: Edge) -> tuple[str, str]:
    """A clip that is shared for a week: its id, and the path of its link."""
    job_id = clip_of(edge, person, prompt="아무도 모르는 문장")
    answer = person.post(f"/api/jobs/{job_id}/share", json={"days": 7})
    assert answer.status_code == 201, answer.text
    return job_id, Share.model_validate_json(answer.content).path


def test_a_link_opens_the_clip_for_anybody_and_nothing_else(
    person: httpx.Client, edge: Edge, shared: tuple[str, str]
) -> None:
    job_id, path = shared
    with edge.person(accept="text/html") as elsewhere:
        page = elsewhere.get(path)
        assert page.status_code == 200, page.text
        assert f'src="{path}/video"' in page.text
        assert "문장" not in page.text
        assert job_id not in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex, nofollow"
        assert "no-store" in page.headers["cache-control"]
        part = elsewhere.get(f"{path}/video", headers={"range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, b"v" * 10)
        assert elsewhere.get(f"{path}/poster").content == b"p" * 100
        download = elsewhere.get(f"{path}/video?download=1")
        assert 'attachment; filename="clipwright.mp4"' in download.headers["content-disposition"]
        assert "set-cookie" not in page.headers, "whoever opens it becomes nobody here"
        problem(elsewhere.get(f"/api/jobs/{job_id}"), "job-not-found")
    assert path.split("/")[-1] not in edge.process.log_tail(), "the log does not hold the key"
    assert person.get(f"/api/jobs/{job_id}").json()["shared_until"] is not None


def test_a_link_ends_by_its_owner_and_by_its_time(
    person: httpx.Client, stranger: httpx.Client, edge: Edge, shared: tuple[str, str]
) -> None:
    job_id, path = shared
    problem(stranger.delete(f"/api/jobs/{job_id}/share"), "job-not-found")
    problem(stranger.post(f"/api/jobs/{job_id}/share", json={"days": 7}), "job-not-found")
    problem(person.post(f"/api/jobs/{job_id}/share", json={"days": 31}), "invalid-job")
    assert stranger.get(path).status_code == 200
    assert person.delete(f"/api/jobs/{job_id}/share").status_code == 204
    assert person.delete(f"/api/jobs/{job_id}/share").status_code == 204
    for gone in (path, f"{path}/video", f"{path}/poster"):
        problem(stranger.get(gone), "job-not-found")
    page = stranger.get(path, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    again = person.post(f"/api/jobs/{job_id}/share", json={"days": 1}).json()["path"]
    assert stranger.get(f"{again}/video").status_code == 200
    edge.rows("UPDATE jobs SET shared_until = ?1 WHERE id = ?2", PAST, job_id)
    problem(stranger.get(f"{again}/video"), "job-not-found")
