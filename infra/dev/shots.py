"""Pictures of the site to look at: `python run.py shots` writes each page and state to out/shots, for a phone and a
laptop, in both themes and languages.

What is photographed stands in `shot_states.py`, whose clips are there in `shot_history.py`. It does not judge what it
sees.
"""

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from infra import console
from infra.dev.browser import ensure_chromium
from infra.dev.shot_history import History
from infra.dev.shot_states import STATES, STEP_LIMIT_MS, State
from infra.dev.stack import Stack
from infra.settings import OUT

FOLDER = OUT / "shots"
SIZES: dict[str, ViewportSize] = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}
THEMES = ("light", "dark")
LANGUAGES = ("ko", "en")
WAITS_FOREVER = {"LEASE_SECONDS": "3600"}
"""What runs stands still while it is photographed, and no attempt is given up meanwhile."""


def run(names: list[str]) -> int:
    """Takes the pictures that are named: states, sizes, themes and languages, of all where none of a kind is named.
    Returns the exit code."""
    kinds = (tuple(SIZES), THEMES, LANGUAGES)
    known = [state.name for state in STATES]
    unknown = set(names) - {*known, *itertools.chain(*kinds)}
    if unknown:
        console.error(f"nothing is called {', '.join(sorted(unknown))}", f"states: {', '.join(known)}")
        return 1
    states = [state for state in STATES if state.name in names] or list(STATES)
    wanted = [[one for one in kind if one in names] or list(kind) for kind in kinds]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Stack(Path(folder), site_vars=WAITS_FOREVER) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=ensure_chromium(), chromium_sandbox=False, args=["--disable-gpu"]
        )
        history = History(stack, browser)
        take(browser, history, [state for state in states if state.person == "newcomer"], wanted)
        if any(state.person != "newcomer" for state in states):
            history.make()
            take(browser, history, [state for state in states if state.person == "owner"], wanted)
        busy = [state for state in states if state.person == "busy"]
        if busy:
            history.begin_work()
            worker = psutil.Process(stack.gpu_worker_pid())
            worker.suspend()
            try:
                take(browser, history, busy, wanted)
            finally:
                worker.resume()
        browser.close()
    console.note(f"pictures of {len(states)} states in {FOLDER}")
    return 0


def take(browser: Browser, history: History, states: Sequence[State], wanted: Sequence[Sequence[str]]) -> None:
    """Writes a PNG of each state for each size, theme and language."""
    if not states:
        return
    for size, theme, language in itertools.product(*wanted):
        for state in states:
            profile = None if state.person == "newcomer" else history.profile
            with visit(browser, size, theme, language, profile) as context:
                page = context.new_page()
                page.goto(f"{history.url}/{state.address.format(language=language, **history.places)}")
                page.locator(state.shown).first.wait_for()
                state.reach(page)
                page.evaluate("document.fonts.ready")
                page.screenshot(path=FOLDER / f"{state.name}-{size}-{theme}-{language}.png", full_page=state.is_whole)
                state.leave(page)


def visit(browser: Browser, size: str, theme: str, language: str, profile: Any) -> BrowserContext:
    """A browser profile with the cookies of `profile`; an empty one without."""
    context = browser.new_context(
        viewport=SIZES[size],
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
        storage_state=profile,
        reduced_motion="reduce",
        has_touch=size == "phone",
        is_mobile=size == "phone",
    )
    context.set_default_timeout(STEP_LIMIT_MS)
    return context
