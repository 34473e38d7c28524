"""What somebody feels at the page, as the browser itself tells it: how much moved by itself, and how long the slowest
press or key took until it was seen. Nothing here judges; `site.py` prints it, and a test holds the first to its limit.
"""

from playwright.sync_api import BrowserContext, Page

MOST_SHIFT = 0.05
MOST_INTERACTION_MS = 200

WATCH = """
globalThis.felt = { shift: 0, slowest: 0, moved: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    felt.shift += entry.value;
    const name = ({ node }) => `${entry.value.toFixed(4)} ${node?.className ?? node?.nodeName}`;
    felt.moved.push(...entry.sources.map(name));
  }
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.interactionId) felt.slowest = Math.max(felt.slowest, entry.duration);
}).observe({ type: "event", buffered: true, durationThreshold: 16 });
"""


def watch(context: BrowserContext) -> None:
    """From the next page that the context loads on."""
    context.add_init_script(WATCH)


def forget(page: Page) -> None:
    """What was felt until now, while the page was loaded say, does not count."""
    page.evaluate("Object.assign(felt, { shift: 0, slowest: 0, moved: [] })")


def shift(page: Page) -> float:
    """The sum of all that moved without an input: no less than the layout shift that is usually told, which takes the
    worst five seconds."""
    return page.evaluate("felt.shift")


def moved(page: Page) -> list[str]:
    """Each move with the class of what moved."""
    return page.evaluate("felt.moved")


def slowest_ms(page: Page) -> float:
    """Of the interactions: from the press to the next frame, to 8 ms. An upper bound of INP, which leaves one of fifty
    out."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")
    return page.evaluate("felt.slowest")


def use_library(page: Page) -> None:
    """What somebody does in a long library: searches, filters, selects, opens a clip and goes back."""
    search = page.get_by_role("searchbox")
    search.press_sequentially("17", delay=120)
    page.locator(".shelf-name").first.wait_for()
    search.fill("")
    page.locator(".shelf-name").nth(3).wait_for()
    order = page.locator("select[name=ending]")
    order.select_option("all")
    page.locator(".shelf-name").nth(3).wait_for()
    page.locator(".to-select").click()
    for place in range(3):
        page.locator(".shelf-link").nth(place).click()
    page.locator(".selection > .round").click()
    page.locator(".shelf-link").first.click()
    page.locator("cw-clip-page h1").wait_for()
    page.go_back()
    page.locator(".shelf-name").first.wait_for()
