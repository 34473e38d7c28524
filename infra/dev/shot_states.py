"""The pages and states of the site that are photographed, and how each is reached. A further picture is a row of
`STATES`.

It does not know the sizes, themes and languages that each is taken in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

from infra.dev.shot_history import SAMPLES

STEP_LIMIT_MS = 60_000
PROMPT = "등대 위로 갈매기가 날아간다. 카메라는 천천히 위로 올라간다."
LITTLE_WON, USUAL_WON = 30_000_000, 60_000_000_000
"""A day's cap in micro-won that stops the next clip, and the one that a site begins with."""

Reach = Callable[[Page], None]


def nothing(_page: Page) -> None:
    """The state that an address has by itself."""


def filled(page: Page) -> None:
    page.locator("#field-prompt").fill(PROMPT)
    page.locator("#file-picture").set_input_files(SAMPLES / "harbor.png")
    page.locator(".slot-facts").first.wait_for()


def several(page: Page) -> None:
    page.locator("#field-prompt").fill(PROMPT)
    page.locator("#file-picture").set_input_files([SAMPLES / f"{name}.png" for name in ("cat", "harbor", "portrait")])
    page.locator(".strip-item img").nth(1).wait_for()
    page.locator("cw-cost-bar").scroll_into_view_if_needed()


def tuned(page: Page) -> None:
    page.locator(".drawer summary").click()
    page.locator(".drawer[open] label").last.scroll_into_view_if_needed()


def keyframes(page: Page) -> None:
    page.locator("input[name=mode]").nth(1).check()
    page.locator("#file-first").wait_for(state="attached")


def restyle(page: Page) -> None:
    page.locator("input[name=mode]").nth(2).check()
    page.locator("cw-source-picker img").first.wait_for()


def unwritten(page: Page) -> None:
    page.locator("cw-cost-bar button[type=submit]").click()
    page.locator(".composer-foot [role=alert]").wait_for()


def offline(page: Page) -> None:
    page.context.set_offline(True)
    page.locator("cw-banners :is(p, div)").first.wait_for()


def cap_of(micro_won: int) -> Reach:
    def change(page: Page) -> None:
        caps = {"caps": [{"name": "owner_day", "most": micro_won}]}
        page.request.put(f"{page.evaluate('location.origin')}/api/caps", data=caps)

    return change


def over_cap(page: Page) -> None:
    cap_of(LITTLE_WON)(page)
    page.reload()
    page.locator(".fault").wait_for()
    page.locator(".fault").scroll_into_view_if_needed()


def work_open(page: Page) -> None:
    page.locator(".work").click()
    page.locator(".job-drawer cw-live-card").first.wait_for()


def menu_open(page: Page) -> None:
    page.locator("cw-clip-card summary").first.click()
    page.locator("cw-clip-card details[open] .action").first.wait_for()


def dialog_open(page: Page) -> None:
    page.locator("cw-clip-card .poster").first.click()
    page.locator("dialog[open] video").first.wait_for()


def selected(page: Page) -> None:
    page.locator(".to-select").click()
    for place in (0, 2):
        page.locator(".shelf-link").nth(place).click()
    page.locator(".selection .small").nth(1).wait_for()


def deleted(page: Page) -> None:
    page.locator(".to-select").click()
    page.locator(".shelf-link").first.click()
    page.locator(".selection .small").last.click()
    page.locator(".note").wait_for()


def bin_open(page: Page) -> None:
    deleted(page)
    page.goto(f"{page.url}?deleted=1")
    page.locator(".shelf-ending").first.wait_for()


def restored(page: Page) -> None:
    jobs = f"{page.evaluate('location.origin')}/api/jobs"
    ids = [job["id"] for job in page.request.get(f"{jobs}?deleted=1").json()["jobs"]]
    page.request.post(f"{jobs}/bulk", data={"action": "restore", "ids": ids})


def brought_back(page: Page) -> None:
    page.locator(".note-action").click()
    page.locator(".shelf-link").nth(4).wait_for()


def compared(page: Page) -> None:
    choice = page.locator(".compare-choice select")
    choice.select_option("picture")
    page.locator(".over-film img").first.wait_for()


def both(page: Page) -> None:
    page.locator(".compare-choice select").select_option(index=2)
    page.locator(".compare-other video[poster]").wait_for()
    page.wait_for_load_state("networkidle")


def releases_unfolded(page: Page) -> None:
    for entry in page.locator(".releases summary").all():
        entry.click()
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")


def unfolded(page: Page) -> None:
    for part in page.locator("details.settings summary, details.share summary").all():
        part.click()


def scene_list(page: Page) -> None:
    page.locator("[data-cell=quality]").nth(1).click()
    page.locator(".scene-list").wait_for()


def scene_dialog(page: Page) -> None:
    page.locator("[data-cell=more]").first.click()
    page.locator("dialog .versions").wait_for()


def scene_helped(page: Page) -> None:
    page.locator("[data-cell=more]").first.click()
    page.locator("dialog cw-prompt-help .small").first.click()
    page.locator("dialog .help-use").wait_for()


def scene_import(page: Page) -> None:
    page.locator(".scenes-tools .small").first.click()
    page.locator("dialog textarea").fill(
        "prompt,subtitle,duration\n문을 천천히 연다,문이 열려요,4\n비가 내린다,비가 와요,6\n"
    )
    page.locator("dialog .import-columns").wait_for()


def scene_foot(page: Page) -> None:
    if page.locator(".foot-unfold").is_visible():
        page.locator(".foot-unfold").click()
    page.locator("#scene-range").fill("1~2, 5")
    page.locator(".foot-price strong").wait_for()


def scene_settings(page: Page) -> None:
    page.locator(".scenes-tools [aria-haspopup=dialog]").first.click()
    page.locator("dialog select").first.wait_for()


def retaken(page: Page) -> None:
    page.locator("[data-part=retake]").click()
    page.locator("cw-clip-part form").wait_for()


def extended(page: Page) -> None:
    page.locator("[data-part=extend]").click()
    page.locator("cw-clip-part form").wait_for()


def helped(page: Page) -> None:
    filled(page)
    page.locator("cw-prompt-help .small").first.click()
    page.locator(".help-use").wait_for()


@dataclass(frozen=True, slots=True)
class State:
    """One picture: where it is, what has to be there first, how it is reached and left."""

    name: str
    address: str
    """`{language}` in it, and the places of the history: `{clip}`, `{failed}`, `{table}` and others."""
    shown: str
    """A selector: what is there once the page can be looked at."""
    reach: Reach = nothing
    leave: Reach = nothing
    person: Literal["newcomer", "owner", "busy"] = "owner"
    """Who has no clip yet; who has some; who has some on the way."""
    is_whole: bool = False
    """The page from top to bottom, and not the screen alone."""


MAKE, LIBRARY, TABLE = "{language}/", "{language}/library/", "{language}/scenes/{table}/"
PRICED, LISTED = ".cost strong", ".shelf-link img"
STATES = (
    State("make-first", MAKE, ".idea img", person="newcomer"),
    State("make-unwritten", MAKE, PRICED, unwritten, person="newcomer"),
    State("library-first", LIBRARY, ".library-empty", person="newcomer"),
    State("usage-first", "{language}/usage/", ".figures, .spent-total", person="newcomer"),
    State("missing", "{language}/nothing/here", ".plain h1", person="newcomer"),
    State("make", MAKE, "cw-clip-card .poster img", is_whole=True),
    State("make-filled", MAKE, PRICED, filled),
    State("make-helped", MAKE, PRICED, helped),
    State("make-several", MAKE, PRICED, several),
    State("make-tuned", MAKE, PRICED, tuned),
    State("make-keyframes", MAKE, PRICED, keyframes),
    State("make-restyle", MAKE, PRICED, restyle),
    State("make-offline", MAKE, PRICED, offline),
    State("make-over-cap", MAKE, PRICED, over_cap, cap_of(USUAL_WON)),
    State("make-menu", MAKE, "cw-clip-card .poster img", menu_open),
    State("make-clip", MAKE, "cw-clip-card .poster img", dialog_open),
    State("library", LIBRARY, LISTED),
    State("library-all", LIBRARY + "?status=all", LISTED, is_whole=True),
    State("library-none", LIBRARY + "?q=없는 장면", ".library-empty"),
    State("library-selected", LIBRARY, LISTED, selected),
    State("library-deleted", LIBRARY, LISTED, deleted, brought_back),
    State("library-bin", LIBRARY, LISTED, bin_open, restored),
    State("scenes", "{language}/scenes/", "cw-scenes-room h1"),
    State("scenes-dialog-helped", TABLE, "cw-scene-row", scene_helped),
    State("clip", LIBRARY + "?clip={picture_clip}", ".clip-view video", unfolded, is_whole=True),
    State("clip-retake", LIBRARY + "?clip={picture_clip}", ".clip-view video", retaken, is_whole=True),
    State("clip-extend", LIBRARY + "?clip={picture_clip}", ".clip-view video", extended, is_whole=True),
    State("clip-original", LIBRARY + "?clip={picture_clip}", ".compare-choice", compared),
    State("clip-versions", LIBRARY + "?clip={clip}", ".compare-choice", both),
    State("clip-failed", LIBRARY + "?clip={failed}", ".clip-view cw-problem"),
    State("clip-canceled", LIBRARY + "?clip={canceled}", ".clip-view .ending"),
    State("shared", "{shared}", "video"),
    State("usage", "{language}/usage/", ".figures", is_whole=True),
    State("settings", "{language}/settings/", "cw-settings-room h1", is_whole=True),
    State("operator", "{language}/operator/", ".releases", releases_unfolded, is_whole=True),
    State("limits", "{language}/limits/", ".caps", is_whole=True),
    State("api-tokens", "{language}/api-tokens/", "cw-api-tokens form", is_whole=True),
    State("make-work", MAKE, PRICED, work_open, person="busy"),
    State("library-work", LIBRARY, LISTED, work_open, person="busy"),
    State("scenes-stopped", TABLE, ".is-paused", person="busy"),
    State("scenes-list", TABLE, ".is-paused", scene_list, person="busy"),
    State("scenes-dialog", TABLE, ".is-paused", scene_dialog, person="busy"),
    State("scenes-import", TABLE, ".is-paused", scene_import, person="busy"),
    State("scenes-foot", TABLE, ".is-paused", scene_foot, person="busy"),
    State("scenes-settings", TABLE, ".is-paused", scene_settings, person="busy"),
    State("operator-work", "{language}/operator/", ".figures", person="busy", is_whole=True),
)
