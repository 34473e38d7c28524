"""A real browser on the real stack: each test is a visitor with an empty profile. Console errors fail the test.

It does not know what the page shows; `visitor.py` does.
"""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra.stack import Stack
from tests.browser.visitor import Visitor

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
def browser(chromium: Path) -> Generator[Browser]:
    """One for each file: while Playwright is open its event loop counts as running, for whatever is tested next too."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium,
            chromium_sandbox=False,  # containers have no user namespaces
            args=list(QUIET),
        )
        yield running
        running.close()


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Generator[Visitor]:
    with Visitor(browser, stack.url) as one:
        yield one
        assert one.complaints == []
