"""What people see when something goes wrong: no network, an outdated page, a refused job, a lost answer."""

import json
from typing import Any

from playwright.sync_api import Route, expect

from tests.browser.visitor import Visitor


def test_without_network_the_page_says_so_and_keeps_the_draft(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.write("끊겨도 남아요")
    visitor.context.set_offline(True)
    expect(page.locator("cw-banners")).to_contain_text("인터넷이 끊겼어요")
    expect(page.locator("cw-cost-bar button[type=submit]")).to_be_disabled()
    visitor.context.set_offline(False)
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
    expect(page.locator("cw-banners")).to_contain_text("사이트가 새로워졌어요")
    expect(page.get_by_role("button", name="새로고침")).to_be_visible()


def test_page_and_server_of_one_build_agree(visitor: Visitor) -> None:
    page = visitor.open().page
    version = visitor.context.request.get(f"{visitor.url}/api/version").json()
    assert page.locator("html").get_attribute("data-contract") == version["contract"]
    expect(page.locator("cw-banners")).not_to_contain_text("사이트가 새로워졌어요")
    expect(page.locator("cw-banners")).to_contain_text("시험용 모델")


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
    expect(problem).to_contain_text("올린 그림을 찾을 수 없어요")
    expect(problem).to_contain_text("그림을 다시 올려 주세요.")
    expect(problem).to_contain_text("비용은 들지 않았어요.")
    expect(problem.get_by_role("button", name="번호 복사")).to_be_visible()
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
    expect(page.locator(".composer-foot cw-problem")).to_contain_text("서버에 연결하지 못했어요")
    page.unroute("**/api/jobs")
    visitor.press_make()
    page.locator("cw-live-card, cw-clip-card").first.wait_for()
    assert len(visitor.jobs()) == 1
    visitor.expect_complaint("ERR_FAILED")


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
    expect(dialog).to_contain_text("비용은 들지 않았어요.")
    expect(dialog.get_by_role("button", name="번호 복사")).to_be_visible()
