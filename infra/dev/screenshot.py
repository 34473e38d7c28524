"""Takes the README's and the guides' screenshots of the page, for `python run.py shots --guides`.

It starts a stack, requests one clip from the first sample idea, and takes a screenshot while the clip is made, and one
of the clip's own page. It does not know how the page is built.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from infra.dev.browser import ensure_chromium
from infra.dev.stack import Stack
from infra.settings import ROOT

PICTURE = ROOT / "docs" / "site.png"
FIRST_CLIP = ROOT / "docs" / "first-clip.png"
WIDTH, HEIGHT = 1440, 900
STEP_LIMIT_MS = 60_000
PAUSED_LATER = """player => new Promise(done => {
  player.pause();
  player.addEventListener("seeked", done, { once: true });
  player.currentTime = 0.7;
})"""


def take(url: str, making: Path, made: Path) -> None:
    """Writes a PNG of the Korean page at `url` with a running job, and one of the finished clip."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=ensure_chromium(), chromium_sandbox=False, args=["--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="ko-KR", color_scheme="light")
        page.set_default_timeout(STEP_LIMIT_MS)
        page.goto(f"{url}/ko/")
        page.locator(".cost strong").wait_for()
        with page.expect_response(lambda answer: "/api/uploads" in answer.url and answer.request.method == "PUT"):
            page.locator(".idea").first.click()
        page.locator("cw-cost-bar button[type=submit]:focus").wait_for()
        page.keyboard.press("Enter")
        page.locator("cw-live-card .stage.is-now").wait_for()
        page.locator("#field-prompt").evaluate("one => one.blur()")
        page.evaluate("scrollTo(0, 0)")
        making.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=making)
        page.locator("cw-clip-card .poster:has(img)").first.wait_for()
        job = page.request.get(f"{url}/api/jobs").json()["jobs"][0]["id"]
        page.goto(f"{url}/ko/library/?clip={job}")
        page.locator("cw-clip-page video").wait_for()
        page.locator("cw-clip-page video").evaluate(PAUSED_LATER)
        page.screenshot(path=made)
        browser.close()


def main() -> int:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Stack(Path(folder), gpu_env={"CLIPWRIGHT_HEARTBEAT_SECONDS": "0.2"}) as stack,
    ):
        take(stack.url, PICTURE, FIRST_CLIP)
    return 0
