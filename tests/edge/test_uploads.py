"""Pictures on their way in: judged by content, bounded by their header, whole or not at all."""

import socket
from contextlib import suppress

import httpx
import pytest

from gpu.core.contract import Upload
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.edge.asking import problem, until
from tests.edge.bodies import jpeg, png, webp
from tests.edge.edge import Edge

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("content", "kind", "size"),
    [
        (png(64, 96), "image/png", (64, 96)),
        (jpeg(640, 480), "image/jpeg", (640, 480)),
        (webp("VP8X", 300, 200), "image/webp", (300, 200)),
        (webp("VP8L", 300, 200), "image/webp", (300, 200)),
        (webp("VP8 ", 300, 200), "image/webp", (300, 200)),
    ],
)
def test_a_picture_is_kept_as_it_came(
    person: httpx.Client, edge: Edge, content: bytes, kind: str, size: tuple[int, int]
) -> None:
    # The name of a type is only what somebody says; the bytes decide.
    answer = person.put("/api/uploads", content=content, headers={"content-type": "text/plain"})
    assert answer.status_code == 201, answer.text
    upload = Upload.model_validate_json(answer.content)
    assert (upload.content_type, (upload.width, upload.height), upload.bytes) == (kind, size, len(content))
    stored = edge.s3.get_object(Bucket=edge.bucket_name, Key=f"inputs/{upload.id}")
    assert (stored["Body"].read(), stored["ContentType"]) == (content, kind)


def test_a_large_picture_streams_through(person: httpx.Client, edge: Edge) -> None:
    content = jpeg(4_000, 3_000, scan_bytes=19 * MIB)
    upload = person.put("/api/uploads", content=content).json()
    stored = edge.s3.get_object(Bucket=edge.bucket_name, Key=f"inputs/{upload['id']}")
    assert stored["Body"].read() == content


def test_what_follows_the_end_of_a_picture_is_tolerated(person: httpx.Client) -> None:
    # Phones append a short film to their JPEGs.
    assert person.put("/api/uploads", content=jpeg() + b"\x00ftypmp42" * 100).status_code == 201


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "picture-refused"),
        (b"x", "picture-unsupported"),
        ("그림이 아니라 글이에요. ".encode() * 20, "picture-unsupported"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj" * 50, "picture-unsupported"),
        (b"GIF89a" + b"\x00" * 100, "picture-unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 3, "picture-unsupported"),
        (b"RIFF\x10\x00\x00\x00WAVE" + b"\x00" * 40, "picture-unsupported"),
        (png()[:8], "picture-unsupported"),
        (png()[:20], "picture-refused"),
        (png(600, 600)[:-1], "picture-refused"),
        (png(600, 600)[:-12], "picture-refused"),
        (png(600, 600)[:80], "picture-refused"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "picture-refused"),
        (jpeg()[:-2], "picture-refused"),
        (jpeg()[:30_000], "picture-refused"),
        (b"\xff\xd8\xff\xd9" + b"\x00" * 40, "picture-refused"),
        (webp()[:-1], "picture-refused"),
        (webp()[:20], "picture-refused"),
        (png(63, 600), "picture-refused"),
        (png(600, 63), "picture-refused"),
        (png(declared=(0, 0)), "picture-refused"),
        (png(declared=(12_001, 100)), "picture-refused"),
        (png(declared=(10_000, 5_000)), "picture-refused"),
        (png(declared=(2**31, 2**31)), "picture-refused"),
        (png(declared=(50_000, 50_000)) + b"\x00" * MIB, "picture-refused"),
    ],
)
def test_what_is_no_usable_picture(person: httpx.Client, edge: Edge, content: bytes, slug: str) -> None:
    before = len(edge.keys("inputs/"))
    problem(person.put("/api/uploads", content=content), slug)
    assert len(edge.keys("inputs/")) == before, "nothing of it is kept"


def test_thirty_megabytes(person: httpx.Client) -> None:
    problem(person.put("/api/uploads", content=jpeg(scan_bytes=30 * MIB)), "body-too-large")


def test_a_body_without_a_length(person: httpx.Client) -> None:
    problem(person.put("/api/uploads", content=iter([png()])), "picture-refused")


def test_a_sender_that_stops_halfway_leaves_nothing(edge: Edge) -> None:
    content = jpeg(scan_bytes=2 * MIB)
    before = len(edge.keys("inputs/"))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=STALLED_AFTER_SECONDS) as line:
        head = f"PUT /api/uploads HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\nContent-Length: {len(content)}\r\n\r\n"
        line.sendall(head.encode("ascii") + content[: len(content) // 2])
        line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while line.recv(65_536):
                """Until the edge has seen that no more comes, and hangs up."""
    with edge.person() as person:
        assert person.put("/api/uploads", content=png()).status_code == 201, "the edge goes on"
    until(lambda: len(edge.keys("inputs/")) == before + 1)
