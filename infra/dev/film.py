"""The film of an evening: `python run.py shots --film` plays it on the local stack in a real browser and records the
window, for a laptop and a phone, to out/film.

Thirty lines and pictures become clips in the scene table; one is watched, the library is searched, the costs are looked
at. It pauses as somebody who reads does. It judges nothing: the film is to be looked at.
"""

import base64
import io
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from infra import console
from infra.dev.browser import ensure_chromium
from infra.dev.shot_history import SAMPLES
from infra.dev.shots import LANGUAGES, SIZES
from infra.dev.stack import Stack
from infra.settings import OUT

FOLDER = OUT / "film"
SCENES = 30
READING_MS, GLANCE_MS = 2_500, 900
MADE_MS = 600_000
"""Thirty clips of the tiny model, on a machine that does much else."""
TICK = Fraction(1, 1_000)
LINES = (
    "새벽 항구에 안개가 내려앉고 등대가 천천히 돈다",
    "고양이가 창밖의 눈을 보다가 고개를 돌린다",
    "소녀가 편지를 펼치고 조용히 웃는다",
)
SUBTITLES = ("그날 항구는 조용했다", "고양이는 알고 있었다", "편지에는 한 줄뿐이었다")
PICTURES = ("harbor", "cat", "portrait")


def run(sizes: Sequence[str] = ()) -> int:
    """Records the evening for these sizes, for all without one. Returns the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=ensure_chromium(), chromium_sandbox=False, args=["--disable-gpu"]
        )
        for size in sizes or tuple(SIZES):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Stack(Path(folder)) as stack:
                record(browser, stack.url, size, FOLDER / f"evening-{size}.mp4")
        browser.close()
    console.note(f"{FOLDER}")
    return 0


def record(browser: Browser, url: str, size: str, film: Path) -> None:
    context = browser.new_context(
        viewport=SIZES[size], locale=LANGUAGES[0], has_touch=size == "phone", is_mobile=size == "phone"
    )
    page = context.new_page()
    window = Window(page)
    for part in EVENING:
        part(page, url)
    window.write(film)
    context.close()


class Window:
    """What a page shows from now on, picture by picture: the browser tells of each one that differs. Playwright's own
    recording needs a program that it would fetch; PyAV is here already."""

    def __init__(self, page: Page) -> None:
        self.pictures: list[tuple[float, bytes]] = []
        self._session = page.context.new_cdp_session(page)
        self._session.on("Page.screencastFrame", self._shown)
        self._send("Page.startScreencast", {"format": "jpeg", "quality": 80, "everyNthFrame": 2})

    def _shown(self, picture: dict[str, Any]) -> None:
        self.pictures.append((picture["metadata"]["timestamp"], base64.b64decode(picture["data"])))
        self._send("Page.screencastFrameAck", {"sessionId": picture["sessionId"]})

    def _send(self, method: str, parameters: dict[str, Any]) -> None:
        self._session.send(method, parameters)  # pyright: ignore[reportUnknownMemberType]

    def write(self, film: Path) -> None:
        """As an MP4 in which each picture stays as long as it stood."""
        self._send("Page.stopScreencast", {})
        (began, first), *_ = self.pictures
        with Image.open(io.BytesIO(first)) as picture:
            width, height = (length - length % 2 for length in picture.size)
        with cast("Any", av).open(str(film), "w") as file:  # its declarations leave types out
            stream: Any = file.add_stream("libx264", rate=30, options={"crf": "26", "preset": "veryfast"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.time_base = stream.codec_context.time_base = TICK
            last = -1
            for at, data in self.pictures:
                ticks = round((at - began) / TICK)
                if ticks <= last:
                    continue
                with Image.open(io.BytesIO(data)) as picture:
                    frame = cast("Any", av.VideoFrame).from_image(picture.convert("RGB").resize((width, height)))
                frame.pts, frame.time_base, last = ticks, TICK, ticks
                file.mux(stream.encode(frame))
            file.mux(stream.encode())


def first_visit(page: Page, url: str) -> None:
    page.goto(f"{url}/ko/")
    page.locator(".cost strong").wait_for()
    page.wait_for_timeout(READING_MS)


def script(page: Page, _url: str) -> None:
    page.get_by_role("link", name="장면 표").click()
    page.wait_for_timeout(GLANCE_MS)
    page.get_by_role("button", name="대본 파일로 시작").click()
    page.wait_for_timeout(GLANCE_MS)
    page.locator("#script-file").set_input_files(
        FilePayload(name="항구의 밤.csv", mimeType="text/csv", buffer=table().encode("cp949"))
    )
    page.locator("#script-take").wait_for()
    page.wait_for_timeout(READING_MS)
    page.locator("#script-take").click()
    page.locator("cw-scene-row").first.wait_for()
    page.wait_for_timeout(READING_MS)


def table() -> str:
    """As a sheet in Korea saves it."""
    rows = ["번호,장면 설명,자막,길이,화질,이미지"]
    for n in range(1, SCENES + 1):
        kind = (n - 1) % len(LINES)
        rows.append(f"{n:03},{LINES[kind]},{SUBTITLES[kind]},2,draft,장면_{n:02}.png")
    return "\r\n".join(rows)


def pictures(page: Page, _url: str) -> None:
    files = [
        FilePayload(
            name=f"장면_{n:02}.png",
            mimeType="image/png",
            buffer=(SAMPLES / f"{PICTURES[(n - 1) % len(PICTURES)]}.png").read_bytes(),
        )
        for n in range(1, SCENES + 1)
    ]
    page.locator("#scene-files").set_input_files(files)
    page.locator(".foot-make").filter(has_text=f"{SCENES}개").wait_for(timeout=MADE_MS)
    page.wait_for_timeout(READING_MS)


def make(page: Page, _url: str) -> None:
    page.locator(".foot-make").click()
    page.locator(".foot-batch").wait_for()
    page.wait_for_timeout(READING_MS)
    page.locator(".work").click()
    page.wait_for_timeout(READING_MS)
    page.keyboard.press("Escape")
    page.locator(".scenes-sums").filter(has_text=f"완성 {SCENES}").wait_for(timeout=MADE_MS)
    page.wait_for_timeout(READING_MS)


def watch(page: Page, _url: str) -> None:
    page.locator(".scene-play").first.click()
    page.locator("dialog video").wait_for()
    page.wait_for_timeout(2 * READING_MS)
    page.keyboard.press("Escape")
    page.locator(".hand-over summary").click()
    page.wait_for_timeout(READING_MS)
    page.locator(".hand-over summary").click()


def library(page: Page, _url: str) -> None:
    page.locator(".rooms a[href*=library]").click()
    page.locator(".shelf-name").nth(3).wait_for()
    page.wait_for_timeout(READING_MS)
    page.locator(".filter-search").press_sequentially("고양이", delay=120)
    page.wait_for_timeout(READING_MS)
    page.locator(".shelf-link").first.click()
    page.locator("cw-clip-page video").wait_for()
    page.wait_for_timeout(2 * READING_MS)


def costs(page: Page, _url: str) -> None:
    page.locator(".rooms a[href*=usage]").click()
    page.locator(".spent-total").first.wait_for()
    page.wait_for_timeout(READING_MS)
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(READING_MS)


EVENING: tuple[Callable[[Page, str], None], ...] = (first_visit, script, pictures, make, watch, library, costs)
