"""A real browser on the real stack: each test is a visitor with an empty profile. Console errors fail the test.

It does not know what the page shows; `visitor.py` does.
"""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from infra.dev.stack import Stack
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from tests.browser.visitor import LAPTOP, PATIENCE_MS, PHONE, Visitor

expect.set_options(timeout=PATIENCE_MS)

# Chromium calls home otherwise, and a test that waits for the internet is slow or wrong.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


@pytest.fixture(scope="module")
def browser(chromium: Path, stack: Stack) -> Generator[Browser]:
    """One for each file: while Playwright is open its event loop counts as running, for whatever is tested next too."""
    until_known_what_renders(stack)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium,
            chromium_sandbox=False,  # containers have no user namespaces
            args=list(QUIET),
        )
        yield running
        running.close()


def until_known_what_renders(stack: Stack) -> None:
    """The site waits a second for the GPU service to say it, not longer, and remembers it. A page that is opened before
    shows the prices of a rented card until it asks again."""

    def known() -> str | None:
        menu = httpx.get(f"{stack.url}/api/presets", timeout=STALLED_AFTER_SECONDS, trust_env=False)
        return menu.json()["checkpoint"]

    wait_until(known, what="the site to know what renders", moved=stack.gpu_activity)


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Generator[Visitor]:
    with Visitor(browser, stack) as one:
        yield one
        assert one.complaints == []


@pytest.fixture(
    params=[
        pytest.param((size, theme), id=f"{name}-{theme}")
        for name, size in (("laptop", LAPTOP), ("phone", PHONE))
        for theme in ("light", "dark")
    ]
)
def each_look(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Generator[Visitor]:
    """A visitor at each size and in each theme."""
    size, theme = request.param
    with Visitor(browser, stack, size=size, theme=theme, touch=size == PHONE) as one:
        yield one
        assert one.complaints == []
