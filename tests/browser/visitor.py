"""A person at the page, as the browser tests see one: what they open, press and find.

It does not judge: the tests do.
"""

import json
import re
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import psutil
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Locator, Page, Route, ViewportSize

from infra.dev.stack import Stack
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until

SAMPLES = Path(__file__).parents[2] / "frontend" / "public" / "samples"
LAPTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
PATIENCE_MS = STALLED_AFTER_SECONDS * 1_000
"""For what a page does by itself, where Playwright knows no other end of a wait."""

# A note goes after some seconds, unless the pointer rests on it. Here it always does: what a page has said must still
# be there when a slow machine comes to look.
NOTES_STAY = """
const find = Document.prototype.querySelector;
Document.prototype.querySelector = function (selectors) {
  return selectors.includes(".notes:hover") ? this.body : find.call(this, selectors);
};
"""


# In one turn of the page: it opens the drawer by itself once a press is answered, and a press would close it again.
PRESSED_WHERE_CLOSED = """button => {
  if (button.ariaExpanded === "true") return;
  button.focus();
  button.click();
}"""


class PageClock:
    """Time as it passes beside a page: whoever sleeps by it lets the page's requests reach the test meanwhile."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        self._page.wait_for_timeout(seconds * 1_000)


class Visitor:
    """An empty browser profile with one tab, or the first tab of a browser on a kept profile. `complaints` collects
    what the console calls an error."""

    def __init__(
        self,
        browser: Browser | BrowserContext,
        stack: Stack,
        *,
        size: ViewportSize = LAPTOP,
        theme: Literal["light", "dark"] = "light",
        touch: bool = False,
        reduced_motion: Literal["reduce", "no-preference"] = "no-preference",
    ) -> None:
        self.url = stack.url
        self._stack = stack
        self.context = (
            browser
            if isinstance(browser, BrowserContext)
            else browser.new_context(
                viewport=size, color_scheme=theme, has_touch=touch, reduced_motion=reduced_motion, locale="ko-KR"
            )
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(NOTES_STAY)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self._provoked: list[str] = []
        self._protocol: CDPSession | None = None
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for page in self.context.pages:  # a page asks to the last: an answer that is under way is no error
            page.unroute_all(behavior="ignoreErrors")
        self.context.close()

    def open(self, language: str = "ko", room: str = "") -> Self:
        """Opens a room by its address, `library/` say. The first room is there once it knows its prices."""
        self.page.goto(f"{self.url}/{language}/{room}")
        self.page.locator(f"cw-{room.partition('/')[0]}-room h1" if room else ".cost strong").wait_for()
        return self

    def go(self, name: str) -> None:
        """Goes to another room by its link."""
        self.page.locator(".rooms").get_by_role("link", name=name, exact=True).click()

    def work(self) -> Locator:
        """The drawer of what is under way, opened where it is not."""
        drawer = self.page.locator(".job-drawer")
        self.page.locator(".work").evaluate(PRESSED_WHERE_CLOSED)
        drawer.wait_for()
        return drawer

    def until_answered(self) -> None:
        """Waits until the site has accepted what was asked for."""
        self.page.locator(".work.is-busy, cw-clip-card").first.wait_for()

    def choose_quick(self) -> None:
        """The smallest clip: a draft of two seconds."""
        self.page.get_by_role("radio", name="초안").check()
        self.page.get_by_role("radio", name="2초").check()

    def write(self, prompt: str) -> None:
        self.page.locator("#field-prompt").fill(prompt)

    def give_picture(self, path: Path | str = SAMPLES / "portrait.png", slot: str = "picture") -> None:
        self.page.locator(f"#file-{slot}").set_input_files(path)

    def press_make(self) -> None:
        self.page.locator("cw-cost-bar button[type=submit]").click()

    def clip(self) -> Locator:
        """The newest card beside the form, once its poster is there."""
        card = self.page.locator("cw-clip-card").first
        poster = card.locator(".poster img")
        self.until_made(poster.is_visible)
        return card

    def until_made(self, is_shown: Callable[[], bool]) -> None:
        """Waits for what a page shows once something has been rendered: as long as jobs or the GPU service move."""
        self._wait(is_shown, "a clip", lambda: (self.jobs(), self._stack.gpu_activity()))

    def until_posters(self, count: int) -> None:
        """The same for so many finished clips."""
        posters = self.page.locator("cw-clip-card .poster img")
        self.until_made(lambda: posters.count() == count)

    @contextmanager
    def nothing_renders(self) -> Generator[None]:
        """The worker stands still meanwhile: what is asked for stays in line for as long as a test looks at it."""
        worker = psutil.Process(self._stack.gpu_worker_pid())
        worker.suspend()
        try:
            yield
        finally:
            worker.resume()

    def set_offline(self, is_offline: bool) -> None:
        """What the page asks for meanwhile fails, and the console says so."""
        self._provoked.append("ERR_INTERNET_DISCONNECTED")
        self.context.set_offline(is_offline)

    def make_clip(self, prompt: str = "빠르게 하나") -> Locator:
        self.choose_quick()
        self.write(prompt)
        self.press_make()
        return self.clip()

    def submit(self, *bodies: dict[str, Any]) -> list[str]:
        """Submits straight to the API as this visitor. Returns the jobs' ids."""
        ids: list[str] = []
        for body in bodies:
            answer = self.context.request.post(f"{self.url}/api/jobs", data=body)
            assert answer.status == 202, answer.text()
            ids.append(answer.json()["id"])
        return ids

    def jobs(self) -> list[dict[str, Any]]:
        """The newest hundred."""
        return self._get("/api/jobs?limit=100")["jobs"]

    def act(self, card: Locator, action: str) -> None:
        """Opens a card's menu and presses one of its actions, whose price may stand behind its name."""
        card.locator("summary").click()
        card.get_by_role("button", name=re.compile(rf"^{re.escape(action)}( · ₩|$)")).click()

    def until(self, expression: str) -> None:
        """Waits until a JavaScript expression is true. (The page's policy forbids Playwright's own way: it evals.)"""
        self._wait(lambda: self.page.evaluate(expression), expression)

    def let_pass(self, milliseconds: int) -> None:
        """So much time by the page's own clock: timers that were set before and are shorter have run out by then."""
        self.page.evaluate("time => new Promise(done => setTimeout(done, time))", milliseconds)

    def devtools(self, method: str, **parameters: object) -> None:
        """A call of the DevTools protocol, for what a test cannot do otherwise: an input method's composition."""
        self._protocol = self._protocol or self.context.new_cdp_session(self.page)
        self._protocol.send(method, parameters)  # pyright: ignore[reportUnknownMemberType]  # untyped by Playwright

    def submissions(self) -> Sequence[str]:
        """A list that grows by one address for each job sent from now on."""
        sent: list[str] = []
        self.page.on(
            "request",
            lambda request: (
                sent.append(request.url) if request.method == "POST" and "/api/jobs" in request.url else None
            ),
        )
        return sent

    def hold(self, pattern: str, method: str | None = None) -> list[Route]:
        """Keeps the first request to such an address, of this method if one is named, from leaving until the test lets
        it go; later ones pass."""
        held: list[Route] = []

        def keep(route: Route) -> None:
            if held or method not in (None, route.request.method):
                route.continue_()
            else:
                held.append(route)

        self.page.route(pattern, keep)
        return held

    def tell_jobs(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Lets the page be told of each job what `change` makes of it, from the next look on."""

        def changed(route: Route) -> None:
            answer = route.fetch()
            if answer.status == 304:  # nothing new: what the page was told before still holds
                route.fulfill(response=answer)
                return
            body = answer.json()
            for job in body.get("jobs", [body]):
                change(job)
            route.fulfill(response=answer, json=body)

        def active(route: Route) -> None:
            """All that runs as `change` tells it. A stream has one event: the page asks for the next by itself."""
            told = self._get("/api/jobs/active")
            every = self.jobs()
            for job in every:
                change(job)
            runs = [job for job in every if job["status"] in ("queued", "running")]
            rest = [job for job in every if job not in runs and job["id"] in route.request.url]
            told |= {"open": [job["id"] for job in reversed(runs)], "jobs": runs, "ended": rest}
            if route.request.resource_type == "eventsource":
                event = f"retry: 200\nid: -\ndata: {json.dumps(told)}\n\n"
                route.fulfill(status=200, content_type="text/event-stream", body=event)
            else:
                route.fulfill(status=200, json=told)

        self.page.route("**/api/jobs?*", changed)
        self.page.route("**/api/jobs/*", changed)
        self.page.route("**/api/jobs/active*", active)

    def let_go(self, held: Sequence[Route]) -> None:
        """Waits for the request that is to be held and lets it leave."""
        self.until_some(held)
        held[0].continue_()

    def until_some(self, collected: Sequence[object], count: int = 1) -> None:
        """Waits until a list that is filled meanwhile, by what the page asks for say, is so long."""
        self._wait(lambda: len(collected) >= count, "what a page asks for")

    def expect_complaint(self, part: str) -> None:
        """Waits for a console error that the test provoked, and takes it off the list with all that are like it: what
        stops one request may stop the page's others too, before or after."""
        self._wait(lambda: any(part in one for one in self.complaints), f"a complaint about {part}")
        self._provoked.append(part)
        self.complaints = [one for one in self.complaints if part not in one]

    def _get(self, path: str) -> dict[str, Any]:
        return self.context.request.get(self.url + path).json()

    def _wait(self, ready: Callable[[], bool], what: str, moved: Callable[[], object] = lambda: None) -> None:
        wait_until(ready, what=what, moved=moved, every=0.05, clock=PageClock(self.page))

    def _listen(self, message: ConsoleMessage) -> None:
        said = f"{message.text} ({message.location['url']})"
        if message.type in {"error", "warning"} and not any(part in said for part in self._provoked):
            self.complaints.append(said)
