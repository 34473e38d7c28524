"""A person's own sound on its way in, into a job, out again, and what refuses it."""

from pathlib import Path

import httpx
import pytest

from gpu.core.contract import Job, Upload
from tests.edge.asking import problem, submit_and_dispatch
from tests.edge.bodies import clip, png
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu
from tests.gpu.conftest import spoken


@pytest.fixture
def wav(tmp_path: Path) -> bytes:
    return spoken(tmp_path / "말소리.wav", seconds=2.5).read_bytes()


def test_a_sound_is_read_given_to_its_job_and_goes_with_it(
    person: httpx.Client, stranger: httpx.Client, edge: Edge, gpu: FakeGpu, wav: bytes
) -> None:
    named = {"x-file-name": "%EB%A7%90.wav", "content-type": "text/plain"}
    answer = person.put("/api/uploads", content=wav, headers=named)
    assert answer.status_code == 201, answer.text
    upload = Upload.model_validate_json(answer.content)
    assert (upload.content_type, upload.sound_seconds, upload.name) == ("audio/wav", 2.5, "말.wav")
    assert (upload.width, upload.height, upload.faces) == (0, 0, ())
    assert edge.keys("inputs/raw/") == []

    picture = person.put("/api/uploads", content=png(87, 97)).json()["id"]
    asked = {"preset": "lip_sync", "upload_id": picture, "sound_upload_id": upload.id, "loudness": "even"}
    job = submit_and_dispatch(person, gpu, edge, **asked)
    (ticket,) = gpu.tickets_of(job["id"])
    inputs = [(item["frame"], item.get("is_sound", False)) for item in ticket["inputs"]]
    assert inputs == [("first", False), (None, True)]
    assert ticket["inputs"][1]["key"] == edge.picture_key(upload.id)
    assert (ticket["request"]["sound_upload_id"], ticket["request"]["loudness"]) == (upload.id, "even")
    assert Job.model_validate(job, strict=False).input.preset == "lip_sync"

    heard = person.get(f"/api/uploads/{upload.id}/sound")
    assert (heard.headers["content-type"], heard.content[:4]) == ("audio/wav", b"RIFF")
    assert stranger.get(f"/api/uploads/{upload.id}/sound").status_code == 404
    links = {one["id"]: one["links"] for one in person.get("/api/export").json()["uploads"]}
    assert links[upload.id] == {"picture": None, "sound": f"/api/uploads/{upload.id}/sound"}
    problem(person.delete(f"/api/uploads/{upload.id}"), "upload-in-use")


def test_a_sound_is_no_picture_and_a_picture_no_sound(
    person: httpx.Client, stranger: httpx.Client, edge: Edge, wav: bytes
) -> None:
    sound = person.put("/api/uploads", content=wav).json()["id"]
    picture = person.put("/api/uploads", content=png(89, 97)).json()["id"]
    theirs = stranger.put("/api/uploads", content=wav).json()["id"]
    for asked, pointer in (
        (clip(upload_id=sound), "/upload_id"),
        (clip(preset="lip_sync", sound_upload_id=picture), "/sound_upload_id"),
        (clip(preset="lip_sync", sound_upload_id=theirs), "/sound_upload_id"),
    ):
        refused = problem(person.post("/api/jobs", json=asked), "upload-not-found")
        assert [error["pointer"] for error in refused["errors"]] == [pointer]
    problem(person.get(f"/api/uploads/{sound}/picture"), "upload-not-found")
    problem(person.get(f"/api/uploads/{picture}/sound"), "upload-not-found")
    assert person.delete(f"/api/uploads/{sound}").status_code == 204
    edge.sweep()


def test_refusals_say_in_korean_what_is_wrong_with_a_sound(person: httpx.Client, wav: bytes, tmp_path: Path) -> None:
    korean = {"accept-language": "ko"}
    short = spoken(tmp_path / "짧게.wav", seconds=0.2).read_bytes()
    refused = problem(person.put("/api/uploads", content=short, headers=korean), "sound-refused")
    assert "0.5초" in refused["detail"]
    problem(person.put("/api/uploads", content=wav[:40], headers=korean), "sound-refused")
    heard_as = korean | {"content-type": "audio/ogg"}
    problem(person.put("/api/uploads", content=b"OggS" + bytes(100), headers=heard_as), "sound-unsupported")
