"""A table of 180 scenes on a slow machine: how soon a key is seen, and how often the page asks while all are made.

The jobs are rows of D1, moved by the events that a worker sends; nothing is rendered. Nothing here is a test.
"""

import statistics

import httpx
from playwright.sync_api import Page

from infra.language import localized
from tests.edge.edge import Edge
from tools.bench.felt import SHORTEST_MS, Felt
from tools.bench.figures import Figure
from tools.bench.site_work import asked_a_minute, hold

SCENES = 180
SETTINGS = {"seconds": 2, "quality": {"preset": "fast", "tier": "704p"}}
LINE = "{number}번째 장면: 아이가 문을 천천히 열고, 바람이 머리를 살짝 흔든다"
WORDS = "she opens the door slowly and smiles at the snow outside "
KEY_MS = 90
"""Between two keys of somebody who types quickly."""


def begin(person: httpx.Client) -> str:
    """A table of so many lines. Returns its id."""
    made = person.post("/api/projects", json={"title": "한 달의 장면", "settings": SETTINGS}).raise_for_status().json()
    rows = [{"id": f"scene{n:04}", "cells": {"line": LINE.format(number=n)}} for n in range(1, SCENES + 1)]
    change = {"base_revision": made["revision"], "rows": rows}
    person.patch(f"/api/projects/{made['id']}", json=change).raise_for_status()
    return str(made["id"])


def keys(page: Page, url: str, table: str, slower: float, name: str) -> list[Figure]:
    """Types in a line in the middle of the table, and goes from row to row by the arrow keys."""
    felt = Felt(page, slower)
    page.goto(f"{url}/ko/scenes/{table}/")
    line = page.locator("cw-scene-row textarea").nth(3)
    line.wait_for()
    page.wait_for_timeout(1_500)
    line.click()
    page.keyboard.press("End")
    page.wait_for_timeout(500)
    figures: list[Figure] = []
    typing, arrows = localized(ko="글자 입력", en="typing"), localized(ko="화살표 키", en="arrow keys")
    for what, sent in ((typing, [*WORDS]), (arrows, ["ArrowDown"] * 40)):
        before = felt.busy_ms()
        page.evaluate("window.felt.presses.clear()")
        for key in sent:
            page.keyboard.press(key if key != " " else "Space")
            page.wait_for_timeout(KEY_MS)
        page.keyboard.press("Escape")
        page.wait_for_timeout(500)
        busy = (felt.busy_ms() - before) / len(sent)
        told = felt.frames_ms()
        frames = told + [SHORTEST_MS] * (len(sent) - len(told))
        figures.append(
            Figure(
                localized(
                    ko=f"장면 {SCENES}개, {slower:.0f}배 느리게, {name}: {what}, 화면까지 p95",
                    en=f"scenes: {SCENES}, at {slower:.0f}x, {name}: {what}, key to frame, p95",
                ),
                statistics.quantiles(frames, n=20)[-1],
                50,
                "ms",
                localized(
                    ko=f"중앙값 {statistics.median(frames):.0f}, 최대 {max(frames):.0f};"
                    f" 페이지 스레드는 키 하나에 {busy:.1f} ms",
                    en=f"median {statistics.median(frames):.0f}, slowest {max(frames):.0f};"
                    f" the page's own thread {busy:.1f} a key, in ms",
                ),
            )
        )
    return figures


def requests(edge: Edge, person: httpx.Client, page: Page, table: str) -> list[Figure]:
    """A minute with the table open while its clips are made, fifteen of them in that minute."""
    order = {"project_id": table, "which": "all", "without_pictures": True}
    made = person.post("/api/batches", json=order, headers={"idempotency-key": f"bench-{table}"})
    ids = [job["job_id"] for job in made.raise_for_status().json()["jobs"]]
    hold(edge, ids)
    page.goto(f"{edge.url}/ko/scenes/{table}/")
    page.locator(".foot-batch").wait_for()
    found = asked_a_minute(edge, page, ids)
    return [
        Figure(
            localized(
                ko=f"1분 동안의 요청, 표에서 장면 {len(ids)}개를 만드는 중",
                en=f"requests a minute, scenes of a table under way: {len(ids)}",
            ),
            found.requests,
            20,
            localized(ko="번", en="requests"),
            found.about,
        )
    ]
