"""A creator's evening: thirty lines and thirty pictures, first twelve of them and then the rest made into numbered
files in few actions, although clips fail, the page is loaded anew, and another browser looks on."""

import base64
import csv
import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import boto3
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from infra.dev.edge_config import local_bucket
from infra.dev.stack import Stack
from tests.browser.visitor import Visitor

COUNT = 30
FIRST = 12
BROKEN = (3, 5)
"""Numbers of scenes whose pictures the worker cannot read at first."""
MOST_ACTIONS = 12
DROP = """files => {
  const dataTransfer = new DataTransfer();
  for (const { name, bytes } of files) {
    const buffer = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    dataTransfer.items.add(new File([buffer], name, { type: "image/png" }));
  }
  const grid = document.querySelector(".scene-head");
  for (const kind of ["dragover", "drop"]) {
    grid.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""


def script() -> bytes:
    """A table as a sheet in Korea saves it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["번호", "장면 설명", "자막", "길이", "화질", "이미지"])
    for n in range(1, COUNT + 1):
        writer.writerow(
            [f"{n:03}", f"아이가 {n}번째 문을, 천천히 연다", f"문이 {n}번 열린다", 2, "draft", f"장면_{n:02}.png"]
        )
    return text.getvalue().encode("cp949")


def picture(n: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (192, 320), (8 * n, 90, 200 - 5 * n)).save(made, "PNG")
    return made.getvalue()


class Evening:
    """The visitor's hands: each action is counted."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page: Page = visitor.page
        self.actions = 0

    def press(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.actions += 1
        self.page.get_by_role(role, name=name).click()

    def choose(self, selector: str, file: Any) -> None:
        self.actions += 1
        self.page.locator(selector).set_input_files(file)

    def write(self, selector: str, text: str) -> None:
        self.actions += 1
        self.page.locator(selector).fill(text)

    def drop(self, names: dict[str, bytes]) -> None:
        self.actions += 1
        self.page.evaluate(DROP, [{"name": n, "bytes": base64.b64encode(b).decode()} for n, b in names.items()])

    @property
    def table(self) -> str:
        return self.page.url.rstrip("/").rpartition("/")[2]

    def project(self) -> dict[str, Any]:
        return self.visitor.context.request.get(f"{self.visitor.url}/api/projects/{self.table}").json()

    def until(self, made: int, failed: int = 0) -> None:
        """Waits until so many scenes have a clip, and so many failed."""

        def are_there() -> bool:
            states = [scene["state"] for scene in self.project()["scenes"]]
            return (states.count("drafted"), states.count("failed")) == (made, failed)

        self.visitor.until_made(are_there)


@contextmanager
def unreadable(stack: Stack, bodies: list[bytes]) -> Generator[None]:
    """These pictures are damaged in the bucket meanwhile."""
    bucket, key_id, secret = local_bucket()
    client = cast("Any", boto3).client(
        "s3",
        endpoint_url=f"{stack.url}/cdn-cgi/local/r2/s3",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        region_name="auto",
    )
    digests = {
        hashlib.md5(body, usedforsecurity=False).hexdigest(): body for body in bodies
    }  # as the bucket names what it holds
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = {
        one["Key"]: digests[tag]
        for page in pages
        for one in page["Contents"]
        if (tag := one["ETag"].strip('"')) in digests
    }
    assert len(found) == len(bodies)
    for key in found:
        client.put_object(Bucket=bucket, Key=key, Body=b"no picture", ContentType="image/png")
    yield
    for key, body in found.items():
        client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="image/png")


def test_a_script_and_a_folder_of_pictures_become_numbered_files(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack) as visitor:
        evening = Evening(visitor.open("ko", "library/"))
        page = visitor.page
        evening.press("장면 표", "link")
        evening.press("대본 파일로 시작")
        evening.choose("#script-file", {"name": "장면.csv", "mimeType": "text/csv", "buffer": script()})
        evening.press("30장면 가져오기")
        evening.drop({f"장면_{n:02}.png": picture(n) for n in range(1, COUNT + 1)})
        expect(page.locator(".foot-make")).to_contain_text(f"{COUNT}개 만들기")
        evening.write("#scene-range", "1~6, ８, 9 - 13")
        expect(page.locator(".foot-make")).to_contain_text(f"{FIRST}개 만들기")
        expect(page.locator(".foot-price")).to_contain_text("최대 ₩")

        scenes = evening.project()["scenes"]
        uploads = [scenes[n - 1]["cells"]["first_upload_id"] for n in BROKEN]
        bodies = [visitor.context.request.get(f"{visitor.url}/api/uploads/{one}/picture").body() for one in uploads]
        with unreadable(stack, bodies):
            with visitor.nothing_renders():  # or all are made before a slow page has its button
                evening.press(re.compile(f"^{FIRST}개 만들기"))
                page.get_by_role("button", name="일시정지").click()
                expect(page.locator(".foot-batch")).to_contain_text("일시정지했어요")
            page.reload()
            page.get_by_role("button", name="이어서 만들기").click()
            evening.until(made=FIRST - len(BROKEN), failed=len(BROKEN))
        with visitor.nothing_renders():
            evening.press(f"실패만 다시 {len(BROKEN)}")
            look_from_another_browser(browser, stack, visitor)
        evening.until(made=FIRST)
        expect(page.locator(".scenes-sums")).to_contain_text(f"완성 {FIRST}")
        evening.press(re.compile(f"^{COUNT - FIRST}개 만들기"))
        evening.until(made=COUNT)

        evening.actions += 1
        page.locator(".hand-over summary").click()
        with page.expect_download() as coming:
            evening.press(f"ZIP으로 {COUNT}개", "link")
        files = zipfile.ZipFile(coming.value.path())
        assert evening.actions <= MOST_ACTIONS
        look_into(files, visitor)
        assert read_again(evening, files.read("scenes.csv")) == cells_of(scenes)
        assert visitor.complaints == []


def look_from_another_browser(browser: Browser, stack: Stack, visitor: Visitor) -> None:
    """The same person elsewhere sees the same table, and what is being made."""
    with Visitor(browser, stack) as other:
        other.context.add_cookies(visitor.context.cookies())  # pyright: ignore[reportArgumentType]
        other.page.goto(visitor.page.url)
        expect(other.page.locator(".scenes-sums")).to_contain_text(f"{COUNT}장면")
        expect(other.page.locator("cw-scene-row").first.locator("textarea")).to_have_value(
            "아이가 1번째 문을, 천천히 연다"
        )
        expect(other.page.locator("cw-scene-row").first).to_contain_text("완성")
        expect(other.page.locator(".foot-batch")).to_be_visible()


def look_into(files: zipfile.ZipFile, visitor: Visitor) -> None:
    assert files.testzip() is None
    films = [one for one in files.infolist() if one.filename.endswith(".mp4")]
    assert [one.filename[:4] for one in films] == [f"{n:03}_" for n in range(1, COUNT + 1)]
    for one in films:
        assert one.flag_bits & 0x800, "Windows shows Hangul by this flag alone"
        assert one.filename == unicodedata.normalize("NFC", one.filename)
        assert not re.search(r'[\\/:*?"<>|]', one.filename)
        assert files.read(one)[4:8] == b"ftyp"
    jobs = {job["scene_number"]: job for job in visitor.jobs() if job["status"] == "succeeded"}
    seconds = sum(job["video"]["num_frames"] / job["video"]["frame_rate"] for job in jobs.values())
    cues = files.read("subtitles.srt").decode("utf-8-sig")
    assert len(re.findall(r"-->", cues)) == COUNT
    hours, minutes, rest = re.findall(r"--> (\d+):(\d+):(\d+,\d+)", cues)[-1]
    end = int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    assert abs(end - seconds) < 0.1


def cells_of(scenes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = ("line", "subtitle", "seconds", "quality", "first_upload_id")
    return [{name: scene["cells"][name] for name in names} for scene in scenes]


def read_again(evening: Evening, table: bytes) -> list[dict[str, Any]]:
    """What a new table holds that begins with the CSV of the old one."""
    page = evening.page
    page.goto(f"{evening.visitor.url}/ko/scenes/")
    page.get_by_role("button", name="대본 파일로 시작").click()
    page.locator("#script-file").set_input_files({"name": "scenes.csv", "mimeType": "text/csv", "buffer": table})
    page.locator("#script-take").click()
    expect(page.locator(".scenes-sums")).to_contain_text(f"{COUNT}장면")
    expect(page.locator(".scenes-saving")).to_have_text("저장했어요")
    return cells_of(evening.project()["scenes"])
