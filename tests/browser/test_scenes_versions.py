"""A scene's clips and settings: a part of a picture chosen by hand, versions, drafts that become final ones, one film,
the last frame of the scene before, and a channel's settings."""

import hashlib
import re
from pathlib import Path
from typing import Any

import av
from playwright.sync_api import Locator, expect

from tests.browser.test_access import violations
from tests.browser.test_scenes import choice_of, choose, go_to, lines_of, open_table
from tests.browser.visitor import SAMPLES, Visitor

FINAL = "fast 704p"


def project_of(visitor: Visitor) -> dict[str, Any]:
    table = visitor.page.url.rstrip("/").rpartition("/")[2]
    return visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()


def versions_of(visitor: Visitor, place: int) -> list[dict[str, Any]]:
    """Newest first."""
    return project_of(visitor)["scenes"][place]["versions"]


def until_made(visitor: Visitor, *counts: int) -> None:
    """Waits until the scenes have so many clips each."""

    def are_there() -> bool:
        scenes = project_of(visitor)["scenes"]
        return [sum(one["status"] == "succeeded" for one in scene["versions"]) for scene in scenes] == list(counts)

    visitor.until_made(are_there)


def opened(visitor: Visitor, n: str) -> Locator:
    """The dialog of a scene."""
    visitor.page.get_by_role("button", name=f"장면 {n} 자세히").click()
    dialog = visitor.page.get_by_role("dialog", name=f"장면 {n}", exact=True)
    expect(dialog).to_be_visible()
    return dialog


def test_the_part_of_a_picture_is_chosen_by_hand_and_kept_with_its_row(visitor: Visitor) -> None:
    rows = open_table(visitor, ["문을 연다", "비가 내린다"])
    page = visitor.page
    dialog = opened(visitor, "001")
    for frame, name in ((0, "portrait.png"), (1, "cat.png")):
        with page.expect_file_chooser() as chooser:
            dialog.get_by_role("button", name="고르기", exact=True).first.click()
        chooser.value.set_files(SAMPLES / name)
        dialog.get_by_role("button", name="보일 곳 고르기").nth(frame).wait_for()
    lines_of(visitor)
    usual = project_of(visitor)["scenes"][0]["cells"]["last_crop"]
    dialog.get_by_role("button", name="보일 곳 고르기").first.click()
    tool = page.get_by_role("dialog", name="장면 001 · 보일 곳 고르기")
    tool.get_by_role("application").focus()
    for key in ("+", "+", "+", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(tool.get_by_role("slider", name="확대")).to_have_attribute("aria-valuetext", "1.3배")
    tool.get_by_text("모델이 보는 이미지").first.click()
    expect(tool.locator("cw-model-picture img")).to_be_visible()
    assert violations(page) == []
    tool.get_by_role("button", name="완료").click()
    dialog.get_by_role("button", name="보일 곳 고르기").nth(1).click()
    tool.get_by_role("application").press("+")
    tool.get_by_role("button", name="완료").click()
    dialog.get_by_role("button", name="닫기").click()
    lines_of(visitor)
    cells = project_of(visitor)["scenes"][0]["cells"]
    chosen = cells["first_crop"]
    assert abs(chosen["width"] - 1 / 1.331) < 0.01
    assert abs(cells["last_crop"]["height"] - 1 / 1.1) < 0.01
    go_to(visitor, rows, 0)
    page.keyboard.press("Control+z")  # all that was done to one picture is one step
    lines_of(visitor)
    undone = project_of(visitor)["scenes"][0]["cells"]
    assert (undone["first_crop"], undone["last_crop"]) == (chosen, usual)
    page.keyboard.press("Control+y")

    page.get_by_role("button", name="채널 기본값").click()  # another ratio keeps the middle of what was chosen
    page.get_by_role("radio", name="1:1").check()
    page.get_by_role("button", name="닫기").click()
    lines_of(visitor)
    page.reload()
    rows.first.locator(".scene-thumb img").wait_for()
    now = project_of(visitor)["scenes"][0]["cells"]["first_crop"]
    middle = [part["top"] + part["height"] / 2 for part in (chosen, now)]
    assert abs(middle[0] - middle[1]) < 0.15
    assert abs(now["height"] * 16 / 9 - now["width"]) < 0.02
    opened(visitor, "001").get_by_role("button", name="보일 곳 고르기").first.click()
    expect(tool.get_by_role("button", name="처음으로")).to_have_attribute("aria-disabled", "false")


def test_variants_are_chosen_drafts_become_final_with_their_seeds_and_all_are_one_film(
    visitor: Visitor, tmp_path: Path
) -> None:
    rows = open_table(visitor, ["문을 연다", "비가 내린다"], subtitle="한 줄")
    page = visitor.page
    page.locator(".foot-left summary").click()
    page.get_by_role("checkbox", name="이미지 없는 장면도").check()
    page.get_by_role("combobox", name="장면마다").select_option("2")
    page.get_by_role("button", name=re.compile("^4개 만들기")).click()
    until_made(visitor, 2, 2)
    dialog = opened(visitor, "001")
    dialog.get_by_role("button", name="v1 고르기").click()
    expect(dialog.get_by_role("button", name="고른 영상")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("Escape")
    lines_of(visitor)
    drafts = [versions_of(visitor, place) for place in (0, 1)]
    chosen = [drafts[0][1], drafts[1][0]]
    assert project_of(visitor)["scenes"][0]["clip"] == chosen[0]["job_id"]
    assert len({one["seed"] for scene in drafts for one in scene}) == 4

    rows.first.locator("[data-cell=state]").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")  # plays the chosen one
    expect(page.locator(f"[src*='{chosen[0]['job_id']}']").first).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="초안을 본편으로").click()
    page.get_by_role("combobox", name="화질").last.select_option(FINAL)
    page.get_by_role("button", name=re.compile("^2개 만들기")).click()
    until_made(visitor, 3, 3)
    for place in (0, 1):
        expect(rows.nth(place).locator(".is-delivered")).to_be_visible()  # the page knows it, too
    finals = [versions_of(visitor, place)[0] for place in (0, 1)]
    assert [one["quality"]["preset"] for one in finals] == ["fast", "fast"]
    assert [one["seed"] for one in finals] == [one["seed"] for one in chosen]

    dialog = opened(visitor, "002")  # begins where the scene before ends
    dialog.get_by_role("button", name="앞 장면의 마지막 프레임으로").click()
    dialog.get_by_role("group", name="첫 이미지").locator("img").wait_for()
    page.keyboard.press("Escape")
    rows.nth(1).locator(".scene-thumb img").wait_for()
    lines_of(visitor)
    assert project_of(visitor)["scenes"][1]["cells"]["first_upload_id"] is not None

    clips = [scene["clip"] for scene in project_of(visitor)["scenes"]]
    page.locator(".hand-over summary").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="한 편으로 잇기").click()
    assert coming.value.suggested_filename == "저녁 쇼츠.mp4"
    film = tmp_path / "film.mp4"
    coming.value.save_as(film)
    parts: list[str] = []
    for clip in clips:
        part = tmp_path / f"{clip}.mp4"
        part.write_bytes(visitor.context.request.get(f"{visitor.url}/api/jobs/{clip}/video").body())
        parts += packets_of(part)
    assert packets_of(film) == parts, "nothing is encoded anew"
    saved: list[str] = []
    page.on("download", lambda download: saved.append(download.suggested_filename))
    page.locator(".hand-over summary").click()
    page.get_by_role("button", name="하나씩").click()
    visitor.until_some(saved, 2)
    assert saved == ["001_한 줄.mp4", "002_한 줄.mp4"]
    srt = f"{visitor.url}/api/projects/{page.url.rstrip('/').rpartition('/')[2]}/subtitles.srt"
    cues = visitor.context.request.get(srt).text()
    hours, minutes, rest = re.findall(r"--> (\d+):(\d+):(\d+,\d+)", cues)[-1]
    end = int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    assert abs(end - seconds_of(film)) < 0.01


def packets_of(film: Path) -> list[str]:
    """Hashes of the picture's packets, in their order."""
    with av.open(film, "r") as opened_film:
        packets = [bytes(packet) for packet in opened_film.demux(video=0)]
    return [hashlib.sha256(packet).hexdigest() for packet in packets if packet]


def seconds_of(film: Path) -> float:
    with av.open(film, "r") as opened_film:
        stream = opened_film.streams.video[0]
        return float(stream.frames / (stream.average_rate or 1))


def test_a_channels_settings_hold_for_each_of_its_tables(visitor: Visitor) -> None:
    open_table(visitor, ["문을 연다"])
    page = visitor.page
    page.get_by_role("button", name="채널 기본값").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="16:9").check()
    dialog.get_by_role("combobox", name="길이").select_option("4")
    dialog.get_by_role("textbox", name="설명 앞에 붙일 말").fill("수채화,")
    dialog.get_by_role("textbox", name="이름").fill("라면 채널")
    dialog.get_by_role("button", name="이 기본값 저장").click()
    expect(dialog.locator(".notes")).to_contain_text("기본값을 저장했어요")
    dialog.locator(".dialog-head").get_by_role("button", name="닫기").click()
    lines_of(visitor)

    rows = open_table(visitor, ["비가 내린다", "해가 뜬다"])
    choose(rows.first, "길이", "8초")
    page.get_by_role("button", name="채널 기본값").click()
    dialog.get_by_role("combobox", name="저장한 기본값").select_option(label="라면 채널")
    expect(dialog.get_by_role("radio", name="16:9")).to_be_checked()
    assert violations(page) == []
    dialog.get_by_role("button", name="닫기").click()
    expect(rows.first.locator(".scene-dot")).to_have_attribute("title", "채널 기본값과 달라요")
    expect(rows.nth(1).locator(".scene-dot")).to_have_count(0)
    expect(choice_of(rows.nth(1), "길이")).to_have_accessible_name(re.compile(r": 4초 \(기본\)$"))
    lines_of(visitor)
    settings = project_of(visitor)["settings"]
    assert (settings["ratio"], settings["seconds"], settings["words_in_front"]) == ("16:9", 4, "수채화,")
    choose(rows.first, "길이", "4초 (기본)")
    expect(rows.first.locator(".scene-dot")).to_have_count(0)
    opened(visitor, "002").get_by_role("combobox", name="소리").select_option("off")
    page.keyboard.press("Escape")
    expect(rows.nth(1).locator(".scene-more .scene-dot")).to_be_visible()  # said where the table has no column
