"""What people see when something goes wrong: no network, an outdated page, a refused job, a lost answer."""

import json
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.visitor import Visitor


def test_without_network_the_page_says_so_and_keeps_the_draft(visitor: Visitor) -> None:
    page = visitor.open().page
    with page.expect_response("**/api/presence"), page.expect_response("**/api/offers"):
        visitor.write("끊겨도 남아요")
    visitor.set_offline(True)
    expect(page.locator("cw-banners")).to_contain_text("인터넷이 끊겼어요")
    expect(page.locator("cw-cost-bar button[type=submit]")).to_be_disabled()
    visitor.set_offline(False)
    expect(page.locator("cw-banners")).not_to_contain_text("인터넷이 끊겼어요")
    expect(page.locator("cw-cost-bar button[type=submit]")).to_be_enabled()
    expect(page.locator("#field-prompt")).to_have_value("끊겨도 남아요")


def test_a_page_of_another_contract_asks_for_a_reload(visitor: Visitor) -> None:
    page = visitor.page

    def newer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "contract": "000000000000"})

    page.route("**/api/version", newer)
    visitor.open()
    expect(page.locator("cw-banners")).to_contain_text("새 버전이 나왔어요")
    expect(page.get_by_role("button", name="새로고침")).to_be_visible()


def test_page_and_server_of_one_build_agree(visitor: Visitor) -> None:
    page = visitor.open().page
    version = visitor.context.request.get(f"{visitor.url}/api/version").json()
    assert page.locator("html").get_attribute("data-contract") == version["contract"]
    expect(page.locator("cw-banners")).not_to_contain_text("새 버전이 나왔어요")
    expect(page.locator("cw-menu-banner")).to_contain_text("연습용 모델")


def test_a_refused_job_says_why_what_to_do_and_that_nothing_was_spent(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.give_picture()
    expect(page.get_by_role("button", name="빼기")).to_be_visible()
    visitor.write("없어진 그림으로")

    def forget_picture(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        route.continue_(post_data=json.dumps({**body, "upload_id": "0" * 29}))

    page.route("**/api/jobs", forget_picture)
    visitor.press_make()
    problem = page.locator(".composer-foot cw-problem")
    expect(problem).to_contain_text("올린 이미지를 찾을 수 없어요")
    expect(problem).to_contain_text("이미지를 다시 올려 주세요.")
    expect(problem).to_contain_text("돈은 들지 않았어요.")
    expect(problem.get_by_role("button", name="오류 번호 복사")).to_be_visible()
    visitor.expect_complaint("404")


def test_a_lost_answer_and_a_second_press_make_one_job(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("한 번만")

    def lose_answer(route: Route) -> None:
        route.fetch()  # the server gets it
        route.abort()  # the page never hears

    page.route("**/api/jobs", lose_answer)
    visitor.press_make()
    problem = page.locator(".composer-foot cw-problem")
    expect(problem).to_contain_text("서버에 연결하지 못했어요")
    expect(problem).not_to_contain_text("돈은 들지 않았어요")  # the page cannot know: the job was made
    page.unroute("**/api/jobs")
    visitor.press_make()
    visitor.until_answered()
    assert len(visitor.jobs()) == 1
    visitor.expect_complaint("ERR_FAILED")


def test_what_to_start_from_is_never_shown_as_another(visitor: Visitor) -> None:
    page = visitor.page
    held = visitor.hold("**/api/presets")
    page.goto(f"{visitor.url}/ko/")
    # Before the page knows what is offered.
    page.locator(".modes label", has_text="첫·끝 이미지").dispatch_event("click")
    expect(page.get_by_role("radio", name="이미지로", exact=True)).to_be_checked()
    expect(page.locator("cw-picture-slot")).to_have_count(1)
    visitor.let_go(held)
    page.locator(".cost strong").wait_for()
    page.locator(".modes label", has_text="첫·끝 이미지").click()
    expect(page.get_by_role("radio", name="첫·끝 이미지", exact=True)).to_be_checked()
    expect(page.locator("cw-picture-slot")).to_have_count(3)


def test_a_list_that_comes_late_hides_no_job_made_meanwhile(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.make_clip("먼저 만든 것")
    visitor.write("늦은 목록에도 그대로")
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/api/jobs?*", lambda route: late.append((route, route.fetch())))
    page.get_by_role("button", name="English").click()  # asks for the list anew
    expect(page.get_by_role("button", name="Make")).to_be_enabled()
    visitor.until_some(late)
    visitor.press_make()
    mine = page.locator("cw-clip-card", has_text="늦은 목록에도 그대로")
    mine.wait_for()
    ((route, answer),) = late
    told = answer.json()
    told["jobs"][0]["input"]["prompt"] = "der Liste nach"
    route.fulfill(response=answer, json=told)
    expect(page.locator("cw-clip-card", has_text="der Liste nach")).to_have_count(1)  # the late list has been taken
    expect(mine).to_have_count(1)
    visitor.clip()


def test_an_error_from_a_server_between_and_a_second_press_make_one_job(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("그래도 한 번만")

    def break_answer(route: Route) -> None:
        route.fetch()  # the job is made
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")

    page.route("**/api/jobs", break_answer)
    visitor.press_make()
    problem = page.locator(".composer-foot cw-problem")
    expect(problem).to_contain_text("요청을 처리하지 못했어요")
    expect(problem).not_to_contain_text("돈은 들지 않았어요")
    page.unroute("**/api/jobs")
    visitor.press_make()
    visitor.until_answered()
    assert len(visitor.jobs()) == 1
    visitor.expect_complaint("502")


def test_a_lost_answer_and_a_second_press_run_a_clip_again_once(visitor: Visitor) -> None:
    action = "다르게 다시 만들기"
    page = visitor.open().page
    card = visitor.make_clip("다시도 한 번만")

    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/jobs/*/rerun", lose_answer)
    visitor.act(card, action)
    expect(page.locator("cw-notes")).to_contain_text("두 번 만들지 않아요")
    page.unroute("**/api/jobs/*/rerun")
    visitor.act(card, action)
    expect(page.locator("cw-notes")).to_contain_text("다시 만들기 시작했어요")
    assert len(visitor.jobs()) == 2
    visitor.act(page.locator("cw-clip-card", has_text="다시도 한 번만").last, action)
    expect(page.locator("cw-notes .note", has_text="다시 만들기 시작했어요")).to_have_count(2)
    assert len(visitor.jobs()) == 3, "once it is answered, another press means another clip"
    visitor.expect_complaint("ERR_FAILED")


@pytest.mark.parametrize("asked", ["**/api/presets", "**/api/jobs?*", "**/api/jobs/*"])
def test_a_strangers_page_in_place_of_an_answer_stops_nothing(visitor: Visitor, asked: str) -> None:
    # What a hotel's network does until somebody has logged in: a page, and the status of a success.
    page = visitor.open().page
    visitor.submit({"preset": "fast", "prompt": "그동안에도", "seconds": 2, "tier": "704p"})
    asking: list[str] = []

    def answer(route: Route) -> None:
        asking.append(route.request.url)
        if len(asking) == 1:
            route.fulfill(status=200, content_type="text/html", body="<title>Log in</title>")
        else:
            route.continue_()

    page.route(asked, answer)
    page.clock.install()
    with page.expect_response(asked):
        page.goto(f"{visitor.url}/ko/")
    visitor.let_pass(200)  # it has been read
    page.clock.fast_forward(30_000)  # the longest that the page waits before it asks again
    page.locator(".cost strong").wait_for()
    visitor.clip()
    assert len(asking) > 1


def test_a_failed_job_shows_its_problem_and_its_number(visitor: Visitor) -> None:
    visitor.open().make_clip("실패한 모습")
    page = visitor.page
    problem: dict[str, Any] = {
        "type": "/problems/worker-lost",
        "title": "작업하던 GPU가 두 번 사라졌어요",
        "status": 503,
        "detail": "",
        "instance": None,
        "errors": [],
        "retryable": True,
        "charged_micro_won": 0,
        "fix": "다시 만들기를 눌러 주세요. 이 작업의 비용은 받지 않아요.",
    }

    def fail(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for job in body["jobs"]:
            job |= {"status": "failed", "problem": problem, "video": None, "poster": None}
        route.fulfill(response=answer, json=body)

    page.route("**/api/jobs?*", fail)
    page.reload()
    page.locator("cw-clip-card .poster").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("작업하던 GPU가 두 번 사라졌어요")
    expect(dialog).to_contain_text("돈은 들지 않았어요.")
    expect(dialog.get_by_role("button", name="오류 번호 복사")).to_be_visible()
