"""The library with 2,000 clips on a slow machine: until its clips are painted, and frames while it is scrolled.

The edge is the real one, with a fake GPU service behind it; the browser is Chromium, whose processor is slowed down
four times. What it prints depends on the machine and on what else runs there, but for the processor time of the page's
own thread. Nothing here is a test.
"""

import io
import statistics
import tempfile
from pathlib import Path
from typing import Any, cast

import httpx
from PIL import Image
from playwright.sync_api import CDPSession, Page, sync_playwright

from infra.dev.browser import ensure_chromium
from tests.edge.bodies import clip
from tests.edge.edge import Edge, serving

CLIPS = 2_000
DAYS = 28
SLOWER = 4
WHEELS = 120
WHEEL_PIXELS = 120
MOST_PAINT_MS = 1_500
MOST_FRAME_MS = 50

# Ids begin with the time at which they were made, so that later ones are listed first.
JOBS = """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {clips})
  INSERT INTO jobs (id, owner, status, created_at, finished_at, expires_at, day, input, inputs, seed, gpu,
    picture_name, estimate_micro_won, reserved_micro_won, billed_micro_won, price_rev, lease_until, video, video_key,
    poster, poster_key)
  SELECT '0' || printf('%08d', i) || 'abcdefghijklmnopqrst', owner, 'succeeded', {past}, {past},
    '2099-01-01T00:00:00.000Z', substr({past}, 1, 10), input, '[]', 7, gpu, '장면_' || i || '.png', 5, 9, 37000000,
    price_rev, {past},
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
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, serving(Path(folder), {}) as edge:
        with edge.person() as person:
            fill(edge, person)
            cookie = person.cookies["clipwright_owner"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=ensure_chromium(), chromium_sandbox=False)
            for name, width, height in (("laptop", 1280, 860), ("phone", 390, 844)):
                context = browser.new_context(viewport={"width": width, "height": height})
                context.add_cookies([{"name": "clipwright_owner", "value": cookie, "url": edge.url}])
                measure(context.new_page(), edge.url, name)
            browser.close()


def measure(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/ko/library/")  # once, so that the site's files are in the browser as they are on a second visit
    page.locator(".shelf-name").first.wait_for()
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
    nodes: int = page.evaluate("document.querySelectorAll('*').length")
    slowest = statistics.quantiles(frames, n=20)[-1]
    print(
        f"{name:8} {CLIPS:,} clips at {SLOWER}x: painted after {paint:,.0f} ms (at most {MOST_PAINT_MS:,}); frames "
        f"{statistics.median(frames):.0f} ms, p95 {slowest:.0f} ms (at most {MOST_FRAME_MS}), {busy:.1f} ms of them "
        f"the page's own thread; {nodes:,} elements",
        flush=True,
    )


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
    edge.rows(JOBS.format(clips=CLIPS, past=PAST, id=pattern))


if __name__ == "__main__":
    main()
