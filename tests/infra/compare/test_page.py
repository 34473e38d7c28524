"""The page of a comparison in a real browser, opened as a file: blind, by keys alone, and the file that it saves."""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from gpu.media.encode import write_clip
from infra.compare.decision import read_votes, tally
from infra.compare.kept_comparison import KeptClip, KeptComparison
from infra.compare.making import CLIPS, Making
from infra.compare.page import write_page
from infra.compare.plan import Entry, entries_of
from infra.platforms.site_client import SiteClient
from tests.corpus import portrait

PRESETS = ("aggressive_quality", "quality_light", "fast")
SETTINGS = {"ratio": "9:16", "seconds": 2, "tier": "704p"}
FACTS = {"fidelity": 0.9, "motion": 2.0, "flicker": 0.1, "expression": None, "likeness": 0.8, "won": 43.5, "bits": 16}


def film(path: Path) -> None:
    frames = np.stack([np.full((160, 96, 3), 5 * level, np.uint8) for level in range(49)])
    write_clip((chunk for chunk in [frames]), None, path, num_frames=len(frames), frame_rate=24)


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    pictures = tmp_path / "이미지"
    pictures.mkdir()
    portrait.photograph().save(pictures / "사람.png")
    Image.new("RGB", (64, 96), (200, 30, 30)).save(pictures / "b.png")
    return entries_of(pictures, PRESETS, 1, "</script><b>그녀가 웃는다", SETTINGS)


@pytest.fixture
def page(tmp_path: Path, entries: list[Entry]) -> Path:
    kept = KeptComparison(address="http://127.0.0.1", begun="0" * 24)
    making = Making(SiteClient(httpx.Client(), ""), tmp_path / "비교", kept)
    (making.folder / CLIPS).mkdir(parents=True)
    for entry in entries:
        film(making.path_of(entry))
        kept.clips[entry.id] = KeptClip(is_here=True, facts=FACTS | {"checkpoint": "ltx-2-19b"})
    return write_page(making, entries)


def test_a_person_votes_blind_by_keys_and_the_file_says_what_was_chosen(
    page: Path, chromium: Path, tmp_path: Path, entries: list[Entry]
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            chromium_sandbox=False,  # containers have no user namespaces
            args=["--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
        )
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en")
        shown = context.new_page()
        complaints: list[str] = []
        shown.on("console", lambda message: complaints.append(message.text))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("request", lambda request: complaints.append(request.url) if "://" in request.url[:5] else None)
        shown.goto(page.as_uri())
        if shown.locator("html").get_attribute("lang") == "ko":
            shown.get_by_role("button", name="English").click()

        said = shown.locator("main").inner_text()
        assert not any(name in said for name in (*PRESETS, "Quality", "Fast", "43.5"))
        is_playing = "() => [...document.querySelectorAll('video')].every((one) => !one.paused && one.currentTime > 0)"
        shown.wait_for_function(is_playing)
        at_a_time = """() => { const [a, b, c] = [...document.querySelectorAll('video')].map((one) => one.currentTime);
            return Math.abs(a - b) < 0.2 && Math.abs(a - c) < 0.2; }"""
        shown.evaluate("() => { document.querySelectorAll('video')[1].currentTime = 0 }")
        shown.wait_for_function(at_a_time)
        assert shown.evaluate("document.documentElement.scrollWidth") == 360

        shown.keyboard.press("2")
        expect(shown.get_by_role("radio", name="Clip 2")).to_be_checked()
        expect(shown.get_by_role("status")).to_have_text("Clip 2 chosen")
        shown.get_by_role("button", name="Show the result").press("Enter")
        expect(shown.get_by_role("table")).to_have_count(0)  # one comparison is left
        shown.reload()
        expect(shown.get_by_role("radio", name="Clip 2")).to_be_checked()
        shown.keyboard.press("ArrowRight")
        expect(shown.get_by_role("heading", name="Comparison 2 of 2")).to_be_focused()
        shown.keyboard.press("3")
        shown.get_by_role("button", name="Show the result").press("Enter")

        expect(shown.get_by_role("table").first).to_contain_text("43.5")
        votes = saved(shown, tmp_path / "votes.json")
        assert complaints == []
        context.close()
        browser.close()

    drawn = json.loads(page.read_text(encoding="utf-8").split('id="comparison">')[1].split("</script>")[0])
    first, second = drawn["rows"]
    chosen = sorted([first["clips"][1]["preset"], second["clips"][2]["preset"]])
    assert sorted(name for name, count in tally(read_votes(votes)) for _ in range(count)) == chosen
    assert {clip["preset"] for clip in first["clips"]} == set(PRESETS)
    assert {Path(clip["file"]).stem for row in drawn["rows"] for clip in row["clips"]} == {
        entry.id for entry in entries
    }


def saved(shown: Page, path: Path) -> Path:
    with shown.expect_download() as download:
        shown.get_by_role("link", name="Save the votes as a file").press("Enter")
    download.value.save_as(path)
    return path


def test_a_picture_that_lacks_a_clip_is_left_out(tmp_path: Path, entries: list[Entry]) -> None:
    kept = KeptComparison(address="http://127.0.0.1")
    kept.clips = {entry.id: KeptClip(is_here=entry is not entries[0], facts=FACTS) for entry in entries}
    folder = tmp_path / "half"
    folder.mkdir()
    text = write_page(Making(SiteClient(httpx.Client(), ""), folder, kept), entries).read_text(encoding="utf-8")
    rows = json.loads(text.split('id="comparison">')[1].split("</script>")[0])["rows"]
    assert [row["name"] for row in rows] == [entries[3].picture.name]
