"""The site's figures: a library of 2,000 clips on a slow machine, requests a minute, and what a person must do to find
something. Prints a table of what is reached beside what must be.

The edge is the real one, with a fake GPU service behind it; the browser is Chromium, whose processor is slowed down for
the library. Times depend on the machine and on what else runs there; requests and actions do not. Nothing here is a
test.
"""

import io
import os
import statistics
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from infra.dev.browser import ensure_chromium
from tests.edge.bodies import clip
from tests.edge.edge import Edge, serving
from tools.bench.site_work import requests_a_minute

CLIPS = 2_000
DAYS = 28
SCENES = 72
"""Of one evening: every day has a scene 17."""
SLOWER = 4
WHEELS = 120
WHEEL_PIXELS = 120
LAPTOP, PHONE = (1280, 860), (390, 844)

# Ids begin with the time at which they were made, so that later ones are listed first.
JOBS = """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {clips})
  INSERT INTO jobs (id, owner, status, created_at, finished_at, expires_at, day, input, inputs, seed, gpu,
    picture_name, search, estimate_micro_won, reserved_micro_won, billed_micro_won, price_rev, lease_until, video,
    video_key, poster, poster_key)
  SELECT '0' || printf('%08d', i) || 'abcdefghijklmnopqrst', owner, 'succeeded', {past}, {past},
    '2099-01-01T00:00:00.000Z', substr({past}, 1, 10), input, '[]', 7, gpu, '장면_' || (i % {scenes} + 1) || '.png',
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
# What the page does to its reader: how far things move by themselves, and how long each press waits for its frame.
WATCH = """
window.seen = { shifts: 0, presses: new Map() };
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.seen.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver(list => {
  for (const { interactionId: id, duration } of list.getEntries())
    if (id) window.seen.presses.set(id, Math.max(duration, window.seen.presses.get(id) ?? 0));
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    reached: float
    most: float
    unit: str
    about: str = ""

    def line(self) -> str:
        outcome = "reached" if self.reached <= self.most else "MISSED"
        is_small = self.most < 1
        reached, most = (f"{one:.3f}" if is_small else f"{one:,.0f}" for one in (self.reached, self.most))
        return f"{self.what:52} {reached:>7} {self.unit:8} at most {most:>6}  {outcome}  {self.about}".rstrip()


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serving(Path(folder), {}) as edge,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), chromium_sandbox=False)
        print(f"load of this machine at the beginning: {_load()}", flush=True)
        with edge.person() as person:
            fill(edge, person)
            for name, size in (("laptop", LAPTOP), ("phone", PHONE)):
                with opened(browser, edge, person, size) as page:
                    show(library(page, edge.url, name))
            with opened(browser, edge, person, LAPTOP) as page:
                show(actions(page, edge.url))
        for jobs in (30, 180, 0):
            with edge.person() as person, opened(browser, edge, person, LAPTOP) as page:
                found = requests_a_minute(edge, person, page, jobs)
                name = f"requests a minute, {jobs} jobs under way" if jobs else "requests a minute, nothing under way"
                show([Figure(name, found.requests, 20 if jobs else 2, "requests", found.about)])
        browser.close()
        print(f"load of this machine at the end: {_load()}", flush=True)


def show(figures: list[Figure]) -> None:
    for figure in figures:
        print(figure.line(), flush=True)


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
    page.add_init_script(WATCH)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})  # pyright: ignore[reportUnknownMemberType]
    page.goto(f"{url}/ko/library/", wait_until="commit")
    page.locator(".shelf-name").first.wait_for()
    paint: float = page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")
    page.wait_for_timeout(1_000)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # pyright: ignore[reportUnknownMemberType]
    before = processor_ms(session)
    frames: list[float] = page.evaluate(FRAMES, [WHEELS, WHEEL_PIXELS])
    busy = (processor_ms(session) - before) / WHEELS
    press(page)
    shifts, presses = cast(
        "tuple[float, list[float]]", page.evaluate("[window.seen.shifts, [...window.seen.presses.values()]]")
    )
    slowest = statistics.quantiles(frames, n=20)[-1]
    of = f"{CLIPS:,} clips at {SLOWER}x, {name}"
    return [
        Figure(f"{of}: first clips painted", paint, 1_500, "ms"),
        Figure(f"{of}: frame while scrolling, p95", slowest, 50, "ms", f"the page's own thread {busy:.1f} ms a frame"),
        Figure(f"{of}: slowest of {len(presses)} presses", max(presses, default=0), 200, "ms"),
        Figure(f"{of}: layout shift", shifts, 0.05, ""),
    ]


def press(page: Page) -> None:
    """What somebody does in the library: types, chooses a day, opens a clip, goes back, selects."""
    page.evaluate("scrollTo(0, 0)")
    page.locator(".filter-search").press_sequentially("17", delay=80)
    page.locator(".library-head [role=status]").filter(has_text="28").wait_for()
    page.locator(".filter-search").fill("")
    page.locator(".library-head [role=status]").filter(has_text=f"{CLIPS:,}").wait_for()
    page.locator(".shelf-link").first.click()
    page.locator("cw-clip-page h1").wait_for()
    page.go_back()
    page.locator(".to-select").click()
    page.locator(".shelf-link").nth(1).click()
    page.locator(".shelf-link").nth(2).click()
    page.wait_for_timeout(500)


def actions(page: Page, url: str) -> list[Figure]:
    """Counted by doing them."""
    page.goto(f"{url}/ko/library/")
    day = page.locator("select[name=day] option").nth(6).get_attribute("value") or ""  # ranges, then the last days
    page.locator(".filter-search").fill("장면_17")
    page.locator("select[name=day]").select_option(day)
    page.locator(".shelf-name").nth(1).wait_for(state="detached")
    page.locator(".shelf-name").filter(has_text="장면_17").wait_for()
    page.goto(f"{url}/ko/")
    month = page.locator(".spent").filter(has_text="이번 달").inner_text().splitlines()[0]
    return [
        Figure("actions to find scene 17 of a certain day", 2, 2, "actions", "a word, a day"),
        Figure("actions to read what this month has cost", 0, 0, "actions", f"in the bar: {month}"),
    ]


def processor_ms(session: CDPSession) -> float:
    """Of the page's thread, since it began."""
    told = cast("Any", session.send("Performance.getMetrics"))  # pyright: ignore[reportUnknownMemberType]
    return next(one["value"] for one in told["metrics"] if one["name"] == "TaskDuration") * 1_000


def fill(edge: Edge, person: httpx.Client) -> None:
    """The clips of one person over some weeks. All of them have one poster."""
    poster = io.BytesIO()
    Image.radial_gradient("L").resize((352, 640)).save(poster, "JPEG")
    edge.put("jobs/p.jpg", poster.getvalue(), "image/jpeg")
    pattern = person.post("/api/jobs", json=clip()).raise_for_status().json()["id"]
    edge.rows(JOBS.format(clips=CLIPS, scenes=SCENES, past=PAST, id=pattern))
    person.post(f"/api/jobs/{pattern}/cancel").raise_for_status()


def _load() -> str:
    if sys.platform == "win32":
        return "unknown"
    return " ".join(f"{one:.1f}" for one in os.getloadavg())


if __name__ == "__main__":
    main()
