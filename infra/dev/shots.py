"""Pictures of the site to look at: `python run.py shots` writes each page and state to out/shots, for a phone and a
laptop, in both themes and languages.

It does not judge what it sees. A further state is a row of `STATES`.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from infra import console
from infra.dev.browser import ensure_chromium
from infra.dev.stack import Stack
from infra.settings import OUT

FOLDER = OUT / "shots"
SIZES: dict[str, ViewportSize] = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}
THEMES = ("light", "dark")
LANGUAGES = ("ko", "en")
STEP_LIMIT_MS = 120_000
CLIP = {"preset": "draft", "prompt": "등대 위로 갈매기가 날아간다", "seconds": 2, "tier": "352p"}


def nothing(_page: Page) -> None:
    """The state that an address has by itself."""


def filled(page: Page) -> None:
    page.locator(".idea, cw-clip-card").first.wait_for()
    page.locator("#field-prompt").fill(str(CLIP["prompt"]))


def work_open(page: Page) -> None:
    page.locator(".work").click()
    page.locator(".job-drawer").wait_for()


def clip_open(page: Page) -> None:
    page.locator("cw-clip-card .poster").first.click()
    page.locator("dialog[open]").first.wait_for()


@dataclass(frozen=True, slots=True)
class State:
    """One picture: where it is, what has to be there first, how it is reached."""

    name: str
    address: str
    """Behind the language: `library/`."""
    shown: str
    """A selector: what is there once the page can be looked at."""
    reach: Callable[[Page], None] = nothing


STATES = (
    State("make", "", ".cost strong"),
    State("make-filled", "", ".cost strong", filled),
    State("make-work", "", ".cost strong", work_open),
    State("make-clip", "", "cw-clip-card .poster", clip_open),
    State("library", "library/", "cw-library-room h1"),
    State("usage", "usage/", "cw-usage-room h1"),
    State("settings", "settings/", "cw-settings-room h1"),
    State("operator", "operator/", "cw-operator-room h1"),
    State("limits", "limits/", ".caps"),
    State("api-tokens", "api-tokens/", "cw-api-tokens form"),
    State("missing", "nothing/here", ".plain h1"),
)


def run(names: list[str]) -> int:
    """Takes the pictures of the states that are named, of all without a name. Returns the exit code."""
    unknown = set(names) - {state.name for state in STATES}
    if unknown:
        console.error(f"no state is called {', '.join(sorted(unknown))}", f"{', '.join(one.name for one in STATES)}")
        return 1
    chosen = [state for state in STATES if not names or state.name in names]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Stack(Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=ensure_chromium(), chromium_sandbox=False, args=["--disable-gpu"]
        )
        for size in SIZES:
            for theme in THEMES:
                for language in LANGUAGES:
                    take(browser, stack.url, chosen, (size, theme, language))
        browser.close()
    console.note(f"{len(chosen) * 8} pictures in {FOLDER}")
    return 0


def take(browser: Browser, url: str, states: list[State], kind: tuple[str, str, str]) -> None:
    """Writes a PNG of each state for one visitor, who has a finished clip. `kind`: size, theme, language."""
    size, theme, language = kind
    context = browser.new_context(
        viewport=SIZES[size], color_scheme="dark" if theme == "dark" else "light", locale=language
    )
    context.set_default_timeout(STEP_LIMIT_MS)
    page = context.new_page()
    page.goto(f"{url}/{language}/")
    page.locator(".cost strong").wait_for()
    context.request.post(f"{url}/api/jobs", data=CLIP)
    page.reload()
    page.locator("cw-clip-card .poster img").first.wait_for()
    for state in states:
        page.goto(f"{url}/{language}/{state.address}")
        page.locator(state.shown).first.wait_for()
        state.reach(page)
        page.screenshot(path=FOLDER / f"{state.name}-{size}-{theme}-{language}.png")
    context.close()
