"""What somebody feels at a page on a slow processor, as the browser itself tells it: how long each press waits for its
frame, and how far things move by themselves.

A time by the clock grows with whatever else the machine does. So the time that the page's own thread was busy stands
beside it: at a processor slowed down four times, it is four times what the page needs. Nothing here judges.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from playwright.sync_api import CDPSession, Page

SHORTEST_MS = 16
"""The browser tells of no shorter press, and of longer ones in steps of 8 ms."""
SETTLED_MS = 250
"""After a press, until what it has begun counts as done."""

WATCH = """
window.felt = { shifts: 0, presses: new Map() };
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.felt.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver(list => {
  for (const { interactionId: id, duration } of list.getEntries())
    if (id) window.felt.presses.set(id, Math.max(duration, window.felt.presses.get(id) ?? 0));
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


@dataclass(frozen=True, slots=True)
class Press:
    what: str
    frame_ms: float
    """From the press to its frame, by the clock. Of several presses, a word's letters say, the slowest."""
    busy_ms: float
    """Of the page's thread until all that it began was done: more than it needed for the frame."""


class Felt:
    """Watches `page` from the next address on that it opens, on a processor that is `slower` times slower."""

    def __init__(self, page: Page, slower: float) -> None:
        self.page = page
        self.presses: list[Press] = []
        page.add_init_script(WATCH)
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._send("Emulation.setCPUThrottlingRate", rate=slower)
        self._send("Performance.enable", timeDomain="threadTicks")

    def press(self, what: str, act: Callable[[], object]) -> None:
        """Does one thing, waits for its frame and for what follows, and writes down both times."""
        self.page.evaluate("window.felt.presses.clear()")
        before = self.busy_ms()
        act()
        self.page.wait_for_timeout(SETTLED_MS)
        self.presses.append(Press(what, max(self.frames_ms(), default=SHORTEST_MS), self.busy_ms() - before))

    def frames_ms(self) -> list[float]:
        """Of each press since the page was opened or `press` began, as far as the browser tells of it."""
        return cast("list[float]", self.page.evaluate("[...window.felt.presses.values()]"))

    def shifts(self) -> float:
        """The sum of all that moved without an input since the page was opened."""
        return cast("float", self.page.evaluate("window.felt.shifts"))

    def slowest(self) -> Press:
        return max(self.presses, key=lambda press: press.frame_ms)

    def busy_ms(self) -> float:
        """Of the page's thread, since it began."""
        metrics = self._send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration") * 1_000

    def _send(self, method: str, **parameters: object) -> Any:
        return cast("Any", self._session.send(method, parameters))  # pyright: ignore[reportUnknownMemberType]
