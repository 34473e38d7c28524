"""The site's figures: a library of 2,000 clips and a table of 180 scenes on a slow machine, requests a minute, and what
a person must do to find something. Prints what is reached beside what must be.

The edge is the real one, with a fake GPU service behind it; the browser is Chromium, whose processor is slowed down for
the library. Times depend on the machine and on what else runs there; requests and actions do not. Nothing here is a
test.
"""

import io
import statistics
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from infra.dev.browser import ensure_chromium
from infra.language import localized
from tests.edge.bodies import clip
from tests.edge.edge import Edge, serving
from tools.bench import scene_table
from tools.bench.felt import Felt
from tools.bench.figures import Figure, show
from tools.bench.site_work import requests_a_minute

CLIPS = 2_000
DAYS = 28
SCENES = 72
"""Of one evening: every day has a scene 17."""
SLOWER = 4
WHEELS = 120
WHEEL_PIXELS = 120
LAPTOP, PHONE = (1280, 860), (390, 844)
SEOUL = timezone(timedelta(hours=9))
TUESDAY = 1
"""As `date.weekday` has it."""

# Ids begin with the time at which they were made, so that later ones are listed first.
JOBS = """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {clips})
  INSERT INTO jobs (id, owner, status, created_at, finished_at, expires_at, day, input, inputs, seed, gpu,
    picture_name, search, estimate_micro_won, reserved_micro_won, billed_micro_won, price_rev, lease_until, video,
    video_key, poster, poster_key)
  SELECT '0' || printf('%08d', i) || 'abcdefghijklmnopqrst', owner, 'succeeded', {past}, {past},
    '2099-01-01T00:00:00.000Z', strftime('%Y-%m-%d', {past}, '+9 hours'), input, '[]', 7, gpu,
    '장면_' || (i % {scenes} + 1) || '.png',
    '장면_' || (i % {scenes} + 1) || '.png', 5, 9, 37000000, price_rev, {past},
    '{{"bytes":9,"seconds":8,"num_frames":193,"frame_rate":24}}', 'jobs/v.mp4', '{{"bytes":9}}', 'jobs/p.jpg'
  FROM jobs, n WHERE id = '{id}'"""
PAST = f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (({CLIPS} - i) * {DAYS} / {CLIPS}) || ' days')"

FRAMES = """([wheels, pixels]) => new Promise(done => {
  const times = [];
  let last = performance.now();
  const next = now => {
    times.push(now - last);
    last = now;
    if (times.length < wheels) { scrollBy(0, pixels); requestAnimationFrame(next); } else done(times);
  };
  requestAnimationFrame(next);
})"""


def main() -> None:
    devices = ((localized(ko="노트북", en="laptop"), LAPTOP), (localized(ko="휴대폰", en="phone"), PHONE))
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serving(Path(folder), {}) as edge,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), chromium_sandbox=False)
        with edge.person() as person:
            fill(edge, person)
            for name, size in devices:
                with opened(browser, edge, person, size) as page:
                    show(library(page, edge.url, name))
            with opened(browser, edge, person, LAPTOP) as page:
                show(actions(page, edge.url))
        with edge.person() as person:
            table = scene_table.begin(person)
            for name, size in devices:
                with opened(browser, edge, person, size) as page:
                    show(scene_table.keys(page, edge.url, table, SLOWER, name))
            with opened(browser, edge, person, LAPTOP) as page:
                show(scene_table.requests(edge, person, page, table))
        for jobs in (30, 180, 0):
            with edge.person() as person, opened(browser, edge, person, LAPTOP) as page:
                found = requests_a_minute(edge, person, page, jobs)
                name = localized(
                    ko=f"1분 동안의 요청, 작업 {jobs}개가 진행 중", en=f"requests a minute, jobs under way: {jobs}"
                )
                unit = localized(ko="번", en="requests")
                show([Figure(name, found.requests, 20 if jobs else 2, unit, found.about)])
        browser.close()


@contextmanager
def opened(browser: Browser, edge: Edge, person: httpx.Client, size: tuple[int, int]) -> Generator[Page]:
    """A tab of this person's, without anything in it."""
    person.get("/api/jobs").raise_for_status()  # a first question brings the cookie
    cookie = person.cookies["clipwright_owner"]
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ko-KR")
    context.add_cookies([{"name": "clipwright_owner", "value": cookie, "url": edge.url}])
    yield context.new_page()
    context.close()


def library(page: Page, url: str, name: str) -> list[Figure]:
    page.goto(f"{url}/ko/library/")  # once, so that the site's files are in the browser as they are on a second visit
    page.locator(".shelf-name").first.wait_for()
    felt = Felt(page, SLOWER)
    page.goto(f"{url}/ko/library/", wait_until="commit")
    page.locator(".shelf-name").first.wait_for()
    paint: float = page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")
    page.wait_for_timeout(1_000)
    before = felt.busy_ms()
    frames: list[float] = page.evaluate(FRAMES, [WHEELS, WHEEL_PIXELS])
    busy = (felt.busy_ms() - before) / WHEELS
    use(page, felt)
    slowest = felt.slowest()
    worst = ", ".join(
        localized(
            ko=f"{one.what} {one.frame_ms:.0f} (작업 {one.busy_ms:.0f})",
            en=f"{one.what} {one.frame_ms:.0f} ({one.busy_ms:.0f} busy)",
        )
        for one in sorted(felt.presses, key=lambda one: -one.frame_ms)[:4]
    )
    of = localized(ko=f"영상 {CLIPS:,}개, {SLOWER}배 느리게, {name}", en=f"clips: {CLIPS:,}, at {SLOWER}x, {name}")
    first = localized(ko="첫 영상들이 보이기까지", en="first clips painted")
    scrolling = localized(ko="스크롤할 때 한 프레임, p95", en="frame while scrolling, p95")
    presses = len(felt.presses)
    pressed = localized(ko=f"{presses}번 누른 것 가운데 가장 느린 것", en=f"slowest press of {presses}")
    shifted = localized(ko="레이아웃 이동", en="layout shift")
    return [
        Figure(f"{of}: {first}", paint, 1_500, "ms"),
        Figure(
            f"{of}: {scrolling}",
            statistics.quantiles(frames, n=20)[-1],
            50,
            "ms",
            localized(
                ko=f"페이지 스레드는 한 프레임에 {busy:.1f} ms",
                en=f"the page's own thread {busy:.1f} a frame, in ms",
            ),
        ),
        Figure(f"{of}: {pressed}", slowest.frame_ms, 200, "ms", worst),
        Figure(f"{of}: {shifted}", felt.shifts(), 0.05, ""),
    ]


def use(page: Page, felt: Felt) -> None:
    """What somebody does in a long library, each press by itself."""
    page.evaluate("scrollTo(0, 0)")
    search = page.locator(".filter-search")
    count = page.locator(".library-head [role=status]")
    felt.press(localized(ko="검색", en="search"), lambda: search.press_sequentially("17", delay=80))
    count.filter(has_text="28").wait_for()
    felt.press(localized(ko="검색 끝내기", en="end of search"), lambda: search.fill(""))
    count.filter(has_text=f"{CLIPS:,}").wait_for()
    felt.press(localized(ko="하루만 보기", en="a day"), lambda: page.locator("select[name=day]").select_option(index=6))
    felt.press(
        localized(ko="모든 날 보기", en="all days"), lambda: page.locator("select[name=day]").select_option(index=0)
    )
    count.filter(has_text=f"{CLIPS:,}").wait_for()
    for visit in (localized(ko="영상 하나", en="a clip"), localized(ko="영상 다시", en="a clip again")):
        felt.press(visit, page.locator(".shelf-link").first.click)
        page.locator("cw-clip-page video").wait_for()
        felt.press(localized(ko="다음 영상", en="next clip"), page.locator(".clip-steps a").last.click)
        felt.press(localized(ko="뒤로", en="back"), page.go_back)
    felt.press(localized(ko="고르기 시작", en="begin to select"), page.locator(".to-select").click)
    felt.press(localized(ko="고르기", en="select"), page.locator(".shelf-link").nth(1).click)
    felt.press(localized(ko="하나 더 고르기", en="select another"), page.locator(".shelf-link").nth(2).click)
    felt.press(localized(ko="작업 서랍 열기", en="open the drawer"), page.locator(".work").click)
    felt.press(localized(ko="작업 서랍 닫기", en="close the drawer"), lambda: page.keyboard.press("Escape"))
    felt.press(localized(ko="다른 방", en="another room"), page.locator(".rooms a").first.click)
    felt.press(localized(ko="보관함으로", en="back to the library"), page.locator(".rooms a[href*=library]").click)


def actions(page: Page, url: str) -> list[Figure]:
    """From the library's page on, by the hands of somebody who counts them."""
    hands = Hands(page)
    page.goto(f"{url}/ko/library/")
    names = page.locator(".shelf-name")
    names.first.wait_for()
    day = last_tuesday()
    hands.write(".filter-search", "장면_17")
    hands.choose("select[name=day]", f"{day}/{day}")
    names.nth(1).wait_for(state="detached")
    found = names.filter(has_text="장면_17")
    found.wait_for()
    if names.count() != 1 or page.locator(".shelf-head h2").count() != 1 or f"from={day}" not in page.url:
        raise RuntimeError(f"{names.count()} clips are found, at {page.url}")
    what = localized(ko="지난 화요일의 장면 17을 찾는 동작", en="actions to find scene 17 of last Tuesday")
    unit = localized(ko="동작", en="actions")
    to_find = Figure(what, hands.count, 2, unit, ", ".join(hands.done))
    hands = Hands(page)
    page.goto(f"{url}/ko/")
    month = page.locator(".spent").filter(has_text="이번 달").inner_text().splitlines()[0]
    return [
        to_find,
        Figure(
            localized(ko="이번 달 금액을 읽는 동작", en="actions to read what this month has cost"),
            hands.count,
            0,
            unit,
            localized(ko=f"위 막대에: {month}", en=f"in the bar: {month}"),
        ),
    ]


class Hands:
    """Each press and each field that is filled in counts as one action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done: list[str] = []

    @property
    def count(self) -> int:
        return len(self.done)

    def write(self, selector: str, text: str) -> None:
        self.done.append(localized(ko=f"{text} 입력", en=f"write {text}"))
        self.page.locator(selector).fill(text)

    def choose(self, selector: str, value: str) -> None:
        self.done.append(localized(ko=f"{value} 고르기", en=f"choose {value}"))
        self.page.locator(selector).select_option(value)


def last_tuesday() -> str:
    """The day in Seoul, as the site's days are."""
    today = datetime.now(SEOUL).date()
    return str(today - timedelta(days=(today.weekday() - TUESDAY - 1) % 7 + 1))


def fill(edge: Edge, person: httpx.Client) -> None:
    """The clips of one person over some weeks. All of them have one poster."""
    poster = io.BytesIO()
    Image.radial_gradient("L").resize((352, 640)).save(poster, "JPEG")
    edge.put("jobs/p.jpg", poster.getvalue(), "image/jpeg")
    pattern = person.post("/api/jobs", json=clip()).raise_for_status().json()["id"]
    edge.rows(JOBS.format(clips=CLIPS, scenes=SCENES, past=PAST, id=pattern))
    person.post(f"/api/jobs/{pattern}/cancel").raise_for_status()


if __name__ == "__main__":
    main()
