"""Pictures on their way in: read before they are accepted, whole or not at all, kept as models see them."""

import io
import json
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from PIL import Image

from gpu.core.contract import Upload
from gpu.core.retention import UNUSED_PICTURE_HOURS
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.corpus import files, portrait
from tests.corpus.cases import CASES, Case
from tests.edge.asking import at_once, finish, problem, read, submit, until
from tests.edge.bodies import clip
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu

MIB = 1024 * 1024


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_edge_takes_what_a_browser_shows_and_refuses_the_rest(person: httpx.Client, edge: Edge, case: Case) -> None:
    before = len(edge.keys("inputs/"))
    answer = person.put("/api/uploads", content=case.make())
    if case.corners is None:
        problem(answer, "picture-refused")
        assert len(edge.keys("inputs/")) == before, "nothing of it is kept"
        return
    assert answer.status_code == 201, answer.text
    upload = Upload.model_validate_json(answer.content)
    assert (upload.width, upload.height) == case.size
    assert edge.keys("inputs/raw/") == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [(files.png(), "image/png"), (files.jpeg(), "image/jpeg"), (files.webp(), "image/webp")],
    ids=["PNG", "JPEG", "WebP"],
)
def test_bytes_decide_what_a_file_is(person: httpx.Client, content: bytes, kind: str) -> None:
    # The name of a type is only what somebody says.
    answer = person.put("/api/uploads", content=content, headers={"content-type": "text/plain"})
    assert answer.status_code == 201, answer.text
    upload = Upload.model_validate_json(answer.content)
    assert (upload.content_type, upload.bytes) == (kind, len(content))


def test_the_faces_in_a_picture_are_told_and_kept(person: httpx.Client, edge: Edge) -> None:
    answer = person.put("/api/uploads", content=portrait.FILE.read_bytes())
    upload = Upload.model_validate_json(answer.content)
    (face,) = upload.faces
    assert max(abs(one - other) for one, other in zip(face.model_dump().values(), portrait.FACE, strict=True)) < 0.05
    (row,) = edge.rows("SELECT faces FROM uploads WHERE id = ?1", upload.id)
    assert json.loads(row["faces"]) == [face.model_dump()]


def test_a_gpu_service_that_looks_for_no_faces_reads_pictures(
    person: httpx.Client, edge: Edge, gpu: FakeGpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(key: str) -> tuple[int, dict[str, object]]:
        status, body = edge.read_picture(key)
        return status, {name: value for name, value in body.items() if name != "faces"}

    monkeypatch.setattr(gpu, "read_picture", read)
    answer = person.put("/api/uploads", content=portrait.FILE.read_bytes())
    assert (answer.status_code, answer.json()["faces"]) == (201, [])


def test_its_owner_sees_the_picture_as_models_will(person: httpx.Client, stranger: httpx.Client) -> None:
    upload = person.put("/api/uploads", content=files.with_segments(files.exif_segment(6))).json()
    address = f"/api/uploads/{upload['id']}/picture"
    answer = person.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert seen.size == (files.HEIGHT, files.WIDTH)
    assert person.head(address).headers["content-length"] == str(len(answer.content))
    problem(stranger.get(address), "upload-not-found")


def test_equal_pictures_are_one_object_until_nobody_has_one(
    person: httpx.Client, stranger: httpx.Client, edge: Edge
) -> None:
    picture = files.saved(Image.new("RGB", (77, 99), files.GREEN))
    before = set(edge.keys("inputs/"))
    one = person.put("/api/uploads", content=picture).json()["id"]
    other = stranger.put("/api/uploads", content=picture).json()["id"]
    (key,) = set(edge.keys("inputs/")) - before

    edge.rows("UPDATE uploads SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ?1", one)
    edge.sweep()
    assert key in edge.keys("inputs/")
    assert stranger.get(f"/api/uploads/{other}/picture").status_code == 200
    problem(person.get(f"/api/uploads/{one}/picture"), "upload-not-found")
    edge.rows("UPDATE uploads SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ?1", other)
    edge.sweep()
    assert key not in edge.keys("inputs/")


def test_a_picture_is_deleted_by_its_owner_unless_a_job_needs_it(
    person: httpx.Client, stranger: httpx.Client, edge: Edge
) -> None:
    upload = person.put("/api/uploads", content=files.saved(Image.new("RGB", (71, 99), files.GREEN))).json()["id"]
    key = edge.picture_key(upload)
    problem(stranger.delete(f"/api/uploads/{upload}"), "upload-not-found")
    job = submit(person, upload_id=upload)["id"]
    problem(person.delete(f"/api/uploads/{upload}"), "upload-in-use")
    finish(edge, job)
    assert person.delete(f"/api/uploads/{upload}").status_code == 204
    problem(person.delete(f"/api/uploads/{upload}"), "upload-not-found")
    edge.sweep()
    assert edge.keys(key) == []
    problem(person.post(f"/api/jobs/{job}/rerun", json={"seed": "same"}), "upload-not-found")


def test_an_unused_picture_lives_for_hours(person: httpx.Client, edge: Edge) -> None:
    upload = Upload.model_validate_json(person.put("/api/uploads", content=files.png()).content)
    lifetime = datetime.fromisoformat(upload.expires_at) - datetime.now(UTC)
    assert timedelta(hours=UNUSED_PICTURE_HOURS - 1) < lifetime <= timedelta(hours=UNUSED_PICTURE_HOURS)
    job = read(person, submit(person, upload_id=upload.id)["id"])
    (row,) = edge.rows("SELECT expires_at FROM uploads WHERE id = ?1", upload.id)
    assert row["expires_at"] > job["expires_at"]


def test_a_picture_whose_object_is_gone_books_no_card(person: httpx.Client, edge: Edge) -> None:
    upload = person.put("/api/uploads", content=files.saved(Image.new("RGB", (73, 99), files.GREEN))).json()["id"]
    job = submit(person, upload_id=upload)["id"]
    edge.s3.delete_object(Bucket=edge.bucket_name, Key=edge.picture_key(upload))
    problem(person.post(f"/api/jobs/{job}/rerun", json={"seed": "same"}), "upload-not-found")
    problem(person.post("/api/jobs", json=clip(upload_id=upload)), "upload-not-found")
    assert len(person.get("/api/jobs").json()["jobs"]) == 1


@pytest.mark.parametrize(
    ("cap", "most"),
    [("owner_uploads", 1), ("owner_uploads_hour", 1), ("owner_upload_bytes", 1), ("owner_upload_bytes_hour", 1)],
)
def test_pictures_are_bounded_before_a_byte_is_stored(edge: Edge, cap: str, most: int) -> None:
    with edge.person() as person, caps_set(edge, **{cap: most}):
        content = files.png()
        if cap.endswith("uploads") or "uploads_" in cap:
            assert person.put("/api/uploads", content=content).status_code == 201
        before = edge.keys("inputs/")
        body = problem(person.put("/api/uploads", content=content), "too-many-uploads")
        assert body["errors"] == [{"pointer": "", "detail": f"cap: {cap}"}]
        assert edge.keys("inputs/") == before


def test_the_last_place_is_shared_by_nobody(edge: Edge) -> None:
    with edge.person() as person, caps_set(edge, owner_uploads=3):
        person.get("/api/jobs")
        answers = at_once(edge, person.build_request("PUT", "/api/uploads", content=files.png()), 8)
        assert sorted(status for status, _ in answers) == [201] * 3 + [429] * 5


def test_a_refused_file_gives_its_place_back(edge: Edge) -> None:
    with edge.person() as person, caps_set(edge, owner_uploads=1):
        for _ in range(2):
            problem(person.put("/api/uploads", content=b"x"), "picture-unsupported")
        assert person.put("/api/uploads", content=files.png()).status_code == 201


@contextmanager
def caps_set(edge: Edge, **caps: int) -> Generator[None]:
    """Those caps of numbers while the block runs."""
    before = {row["name"]: row["most"] for row in edge.rows("SELECT name, most FROM count_limits")}
    for name, most in caps.items():
        edge.rows("UPDATE count_limits SET most = ?1 WHERE name = ?2", most, name)
    try:
        yield
    finally:
        for name in caps:
            edge.rows("UPDATE count_limits SET most = ?1 WHERE name = ?2", before[name], name)


def test_a_large_picture_streams_through(person: httpx.Client) -> None:
    answer = person.put("/api/uploads", content=files.jpeg() + bytes(19 * MIB))
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "picture-refused"),
        (b"x", "picture-unsupported"),
        ("그림이 아니라 글이에요. ".encode() * 20, "picture-unsupported"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj" * 50, "picture-unsupported"),
        (b"GIF89a" + b"\x00" * 100, "picture-unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 3, "picture-unsupported"),
        (b"RIFF\x10\x00\x00\x00AVI " + b"\x00" * 40, "picture-unsupported"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "picture-unsupported"),
        (files.png()[:8], "picture-refused"),
        (files.png()[:20], "picture-refused"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "picture-refused"),
        (files.jpeg()[:1_000], "picture-refused"),
        (b"\xff\xd8\xff\xd9" + b"\x00" * 40, "picture-refused"),
        (files.webp()[:-1], "picture-refused"),
        (files.webp()[:20], "picture-refused"),
        (files.saved(Image.new("L", (12_001, 64))), "picture-refused"),
        (files.raw_png(10_000, 5_000, 1, 0, bytes(5_000)), "picture-refused"),
    ],
)
def test_what_is_no_usable_picture(person: httpx.Client, edge: Edge, content: bytes, slug: str) -> None:
    before = len(edge.keys("inputs/"))
    problem(person.put("/api/uploads", content=content), slug)
    assert len(edge.keys("inputs/")) == before, "nothing of it is kept"


def test_the_reason_is_said_in_the_readers_language(edge: Edge) -> None:
    small = files.saved(Image.new("RGB", (63, 640)))
    with edge.person() as english, edge.person(**{"accept-language": "ko"}) as korean:
        assert "63x640" in english.put("/api/uploads", content=small).json()["detail"]
        detail = korean.put("/api/uploads", content=small).json()["detail"]
        assert detail == "63×640픽셀이에요. 한 변이 64픽셀은 되어야 해요."


def test_a_service_that_cannot_be_asked_keeps_nothing(person: httpx.Client, edge: Edge, gpu: FakeGpu) -> None:
    before = len(edge.keys("inputs/"))
    gpu.answering = False
    try:
        problem(person.put("/api/uploads", content=files.png()), "gpu-unreachable")
    finally:
        gpu.answering = True
    assert len(edge.keys("inputs/")) == before


def test_thirty_megabytes(person: httpx.Client) -> None:
    problem(person.put("/api/uploads", content=files.jpeg() + bytes(30 * MIB)), "body-too-large")


def test_a_body_without_a_length(person: httpx.Client) -> None:
    problem(person.put("/api/uploads", content=iter([files.png()])), "length-required")


def test_a_sender_that_stops_halfway_leaves_nothing(edge: Edge) -> None:
    content = files.jpeg() + bytes(2 * MIB)
    before = len(edge.keys("inputs/"))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=STALLED_AFTER_SECONDS) as line:
        head = f"PUT /api/uploads HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\nContent-Length: {len(content)}\r\n\r\n"
        line.sendall(head.encode("ascii") + content[: len(content) // 2])
        line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while line.recv(65_536):
                """Until the edge has seen that no more comes, and hangs up."""
    with edge.person() as person:
        assert person.put("/api/uploads", content=files.webp()).status_code == 201, "the edge goes on"
    until(lambda: len(edge.keys("inputs/")) <= before + 1)
