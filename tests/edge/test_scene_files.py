"""Scene files over HTTP, by real workerd: what is read of a file, which picture goes where, and clips as one ZIP."""

import csv
import io
import unicodedata
import zipfile
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu.core.contract.scene_files import PairedPictures, SceneFile
from tests.edge.asking import finish, problem, submit
from tests.edge.bodies import png
from tests.edge.edge import Edge

CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r\"',;=+-@ 가똠"), max_size=40)


def read(person: httpx.Client, body: bytes, query: str = "name=a.csv") -> SceneFile:
    answer = person.post(f"/api/scenes/read?{query}", content=body)
    assert answer.status_code == 200, answer.text
    return SceneFile.model_validate_json(answer.content)


def table(*rows: tuple[str, ...], delimiter: str = ",") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_table_is_read_in_every_encoding_that_korean_windows_writes(person: httpx.Client, encoding: str) -> None:
    text = table(("장면 설명", "자막", "길이(초)"), ("똠방각하가 웃는다,\r\n뷁", '"펲시" 콜라', "6"))
    found = read(person, text.encode(encoding))
    assert found.encoding == encoding.removesuffix("-sig")
    assert [(row.line, row.subtitle, row.seconds) for row in found.rows] == [
        ("똠방각하가 웃는다,\r\n뷁", '"펲시" 콜라', 6),
    ]
    assert [(column.heading, column.field) for column in found.columns] == [
        ("장면 설명", "line"), ("자막", "subtitle"), ("길이(초)", "seconds"),
    ]  # fmt: skip


def test_every_table_that_another_program_writes_reads_to_its_cells(edge: Edge) -> None:
    with edge.person() as person:

        @settings(max_examples=60, deadline=None, derandomize=True, database=None)
        @given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t"))
        def check(rows: list[tuple[str, str]], delimiter: str) -> None:
            text = table(("prompt", "subtitle"), *rows, delimiter=delimiter)
            found = read(person, text.encode())
            # An apostrophe that keeps a spreadsheet from running a cell is no part of the text.
            shown = [tuple(without_guard(cell) for cell in row) for row in rows if any(cell.strip() for cell in row)]
            assert [(row.line, row.subtitle) for row in found.rows] == shown

        check()


def without_guard(cell: str) -> str:
    guarded = cell.startswith("'") and cell.lstrip("'").startswith(tuple("=+-@\t\r＝＋－＠"))
    return cell[1:] if guarded else cell


def test_a_file_that_cannot_be_taken_says_why_and_where(person: httpx.Client) -> None:
    def refused(body: bytes, slug: str, query: str = "name=a.csv") -> dict[str, object]:
        return problem(person.post(f"/api/scenes/read?{query}", content=body), slug)

    broken = refused(b'prompt\nfine\n"never closed\n', "scene-file-unreadable")
    assert broken["errors"][0]["pointer"] == "/line/3"  # type: ignore[index]
    assert "line 3" in str(broken["detail"]).lower()
    assert "1,000" in str(refused(b"a line\n" * 1_000, "too-many-scenes", "name=a.txt")["detail"])
    refused(b"x" * (2 * 1024 * 1024 + 1), "body-too-large")
    refused(b"a,b", "invalid-job", "columns=line,nonsense")
    assert read(person, b"", "").rows == ()


def test_pictures_find_their_scenes_by_name(person: httpx.Client) -> None:
    names = [unicodedata.normalize("NFD", "장면_02.png"), "S01.png", "밤.png"]
    scenes = [{}, {}, {"picture_name": "밤.PNG"}, {}]
    answer = person.post("/api/scenes/pictures", json={"pictures": names, "scenes": scenes})
    paired = PairedPictures.model_validate_json(answer.content)
    assert [(pair.scene, pair.picture, pair.by) for pair in paired.pairs] == [
        (0, 1, "number"), (1, 0, "number"), (2, 2, "name"),
    ]  # fmt: skip
    assert (paired.pictures_left, paired.scenes_left) == ((), (3,))
    problem(person.post("/api/scenes/pictures", json={"pictures": names}), "invalid-job")


def test_several_clips_are_one_zip_that_windows_reads(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    clips = {'문을: "연다"?': b"first" * 50_000, unicodedata.normalize("NFD", "강아지 🐶"): b"2", "셋": b"third"}
    ids: list[str] = []
    for title, video in clips.items():
        ids.append(str(submit(person)["id"]))
        finish(edge, ids[-1], video=video)
        assert person.put(f"/api/jobs/{ids[-1]}", json={"title": title}).status_code == 200
    path = f"/api/jobs/clips.zip?ids={','.join(reversed(ids))}"
    whole = person.get(path)
    assert whole.headers["content-type"] == "application/zip"
    assert whole.headers["content-length"] == str(len(whole.content))
    assert "attachment" in whole.headers["content-disposition"]
    head = person.head(path)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
    with zipfile.ZipFile(io.BytesIO(whole.content)) as file:
        assert file.testzip() is None
        assert file.namelist() == ["001_문을 연다.mp4", "002_강아지 🐶.mp4", "003_셋.mp4"]
        for entry, video in zip(file.infolist(), clips.values(), strict=True):
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.flag_bits & 0x800, "the name is marked as UTF-8"
            assert file.read(entry) == video
    problem(stranger.get(path), "job-not-found")
    problem(person.get("/api/jobs/clips.zip"), "invalid-job")


def test_a_zip_whose_clip_is_gone_is_cut_off_and_never_looks_whole(person: httpx.Client, edge: Edge) -> None:
    ids = [str(submit(person)["id"]) for _ in range(2)]
    for job_id in ids:
        finish(edge, job_id, video=b"v" * 100_000)
    edge.s3.delete_object(Bucket=edge.bucket_name, Key=f"jobs/{ids[1]}/video-1.mp4")
    with pytest.raises(httpx.HTTPError):
        person.get(f"/api/jobs/clips.zip?ids={','.join(ids)}")


def test_a_download_that_broke_off_goes_on_where_it_stopped(person: httpx.Client, edge: Edge) -> None:
    clips = [b"first" * 60_000, b"2", b"third" * 30_000]
    ids: list[str] = []
    for video in clips:
        ids.append(str(submit(person)["id"]))
        finish(edge, ids[-1], video=video)
    path = f"/api/jobs/clips.zip?ids={','.join(ids)}"
    whole = person.get(path)
    size, etag = len(whole.content), whole.headers["etag"]
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")

    with person.stream("GET", path) as broken:
        began = next(broken.iter_raw(100_000))
    rest = person.get(path, headers={"range": f"bytes={len(began)}-", "if-range": etag})
    assert (rest.status_code, rest.headers["content-range"]) == (206, f"bytes {len(began)}-{size - 1}/{size}")
    with zipfile.ZipFile(io.BytesIO(began + rest.content)) as file:
        assert file.testzip() is None
        assert [file.read(name) for name in file.namelist()] == clips

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(st.integers(0, size - 1), st.integers(1, size))
    def check(first: int, length: int) -> None:
        part = person.get(path, headers={"range": f"bytes={first}-{first + length - 1}"})
        assert part.status_code == 206
        assert part.content == whole.content[first : first + length]

    check()
    assert person.get(path, headers={"range": "bytes=-30"}).content == whole.content[-30:]
    assert person.get(path, headers={"if-none-match": etag}).status_code == 304
    beyond = problem(person.get(path, headers={"range": f"bytes={size}-"}), "range-not-satisfiable")
    assert beyond["status"] == 416

    assert person.delete(f"/api/jobs/{ids[1]}").status_code == 204
    other = person.get(path, headers={"range": f"bytes={len(began)}-", "if-range": etag})
    assert other.status_code == 200, "another ZIP begins anew, in place of being joined to the first one's beginning"
    assert other.headers["etag"] != etag


def test_a_scene_table_hands_over_files_that_read_again_to_the_same_table(person: httpx.Client, edge: Edge) -> None:
    upload = person.put("/api/uploads", content=png(), headers={"x-file-name": quote("장면_01.png")}).json()
    cells: list[dict[str, object]] = [
        {"line": '=HYPERLINK("x")', "subtitle": "안녕,\n\n둘째 줄", "first_upload_id": upload["id"], "seconds": 4},
        {"line": "+82 전화", "title": "둘째: 전화?", "seed": 7, "sound": False},
        {"line": "만들지 않는 장면", "quality": {"preset": "fast", "tier": "1088p"}},
    ]
    project = person.post("/api/projects", json={"title": "라면 이야기"}).json()
    rows = [{"id": f"scene-{index}".replace("-", "0") + "0" * 8, "cells": each} for index, each in enumerate(cells)]
    changed = person.patch(f"/api/projects/{project['id']}", json={"base_revision": project["revision"], "rows": rows})
    assert changed.status_code == 200, changed.text
    path = f"/api/projects/{project['id']}/clips.zip"
    problem(person.get(path), "job-not-found")

    choice = {"project_id": project["id"], "range": "1~2", "without_pictures": True}
    batch = person.post("/api/batches", json=choice, headers={"idempotency-key": "one-press-of-two"})
    assert batch.status_code == 202, batch.text
    for made in batch.json()["jobs"]:
        finish(edge, made["job_id"], video=b"v" * made["number"])

    whole = person.get(path)
    assert whole.status_code == 200, whole.text
    with zipfile.ZipFile(io.BytesIO(whole.content)) as file:
        assert file.testzip() is None
        names = ["001_안녕, 둘째 줄.mp4", "002_둘째 전화.mp4", "subtitles.srt", "scenes.csv"]
        assert file.namelist() == names
        table, subtitles = file.read("scenes.csv"), file.read("subtitles.srt").decode()
    assert person.get(f"/api/projects/{project['id']}/scenes.csv").content == table
    assert person.get(f"/api/projects/{project['id']}/subtitles.srt").text == subtitles
    assert subtitles.startswith("1\r\n00:00:00,000 --> 00:00:0") and subtitles.endswith("\r\n안녕,\r\n둘째 줄\r\n")
    assert table.startswith(b"\xef\xbb\xbf")
    assert not any(
        cell.startswith(("=", "+")) for row in csv.reader(io.StringIO(table.decode("utf-8-sig"))) for cell in row
    )

    found = read(person, table)
    again = [row.model_dump(exclude_none=True, exclude={"at", "number", "picture_name"}) for row in found.rows]
    assert again == [{"line": "", "subtitle": ""} | each for each in cells]
    assert [row.picture_name for row in found.rows] == ["장면_01.png", None, None]

    assert zip_names(person, f"{path}?scenes={rows[1]['id']}")[0] == "002_둘째 전화.mp4"
    with edge.person() as stranger:
        problem(stranger.get(path), "project-not-found")


def zip_names(person: httpx.Client, path: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(person.get(path).content)) as file:
        return file.namelist()
