"""The room of costs: a month at a glance, its plot and the table behind it, other months, one's own caps, the file."""

from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Route, expect

from gpu.core.contract import Caps, MonthUsage, NamedSums, OwnLimits, ProjectSums, Spending, Usage, UsageSums
from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import NARROW, PHONE, Visitor

WON = 1_000_000


def sums(clips: int, starts: int, canceled: int, delivered: int, failed: int = 0) -> dict[str, Any]:
    """Of a bill of so many won in three parts."""
    billed = clips + starts + canceled
    made = UsageSums(
        jobs=delivered + failed + (1 if canceled else 0),
        delivered=delivered,
        failed=failed,
        canceled=1 if canceled else 0,
        estimate_micro_won=clips * WON,
        clips_micro_won=clips * WON,
        start_micro_won=starts * WON,
        canceled_micro_won=canceled * WON,
        billed_micro_won=billed * WON,
        per_delivered_micro_won=billed * WON // delivered,
    )
    return made.model_dump()


DAYS = (
    NamedSums(name="2026-11-01", **sums(11, 50, 0, 1)),
    NamedSums(name="2026-11-10", **sums(55, 10, 12, 2, failed=1)),
)
TABLES = (
    ProjectSums(project_id="ramen", title="라면 이야기", **sums(40, 50, 12, 2, failed=1)),
    ProjectSums(project_id=None, title=None, **sums(26, 10, 0, 1)),
)
MONTH = UsageSums(**sums(66, 60, 12, 3, failed=1))


def usage(month: str) -> Usage:
    """That of November, or an earlier month without a clip; the day's cap is the site's."""
    here = month == "2026-11"
    nothing = UsageSums.model_validate(dict.fromkeys(UsageSums.model_fields, 0) | {"per_delivered_micro_won": None})
    spent = Spending(jobs=5, estimate_micro_won=66 * WON, billed_micro_won=138 * WON, held_micro_won=9 * WON)
    return Usage(
        day="2026-11-10",
        month=month,
        first_month="2026-10",
        today=spent,
        this_month=spent,
        usage_today=UsageSums(**sums(55, 10, 12, 2, failed=1)),
        usage=MonthUsage(
            sums=MONTH if here else nothing,
            days=DAYS if here else (),
            presets=(NamedSums(name="fast", **sums(66, 60, 12, 3, failed=1)),) if here else (),
            cards=(NamedSums(name="H100", **sums(66, 60, 12, 3, failed=1)),) if here else (),
            projects=TABLES if here else (),
        ),
        limits=Caps(job_micro_won=1_000 * WON, owner_day_micro_won=60_000 * WON, site_day_micro_won=100_000 * WON),
        own_limits=OwnLimits(job_micro_won=None, owner_day_micro_won=None),
        left_today_micro_won=59_853 * WON,
    )


def tell(route: Route) -> None:
    month = route.request.url.partition("month=")[2] or "2026-11"
    route.fulfill(json=usage(month).model_dump(mode="json"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_month_is_told_in_numbers_a_plot_and_a_table(
    browser: Browser, stack: Stack, theme: Literal["light", "dark"]
) -> None:
    with Visitor(browser, stack, theme=theme, size=PHONE) as visitor:
        page = visitor.page
        page.route("**/api/usage*", tell)
        page.goto(f"{visitor.url}/ko/usage/")
        expect(page.get_by_role("region", name="이 달에 쓴 금액")).to_contain_text("₩138")
        expect(page.locator(".figures")).to_contain_text("영상 1개당 실제 금액 ₩46")
        plot = page.get_by_role("img", name="돈을 쓴 날 2일, 가장 많이 쓴 날은 11월 10일 (화)(₩77)")
        expect(plot.locator("rect")).to_have_count(5)
        page.get_by_text("표로 보기").click()
        table = page.get_by_role("table", name="날짜별 금액")
        expect(table.get_by_role("row", name="합계 3 ₩66 ₩60 ₩12 ₩138")).to_be_visible()
        expect(page.get_by_role("row", name="표준 3 ₩46 ₩138")).to_be_visible()
        tables = page.get_by_role("table", name="장면 표별 금액")
        expect(tables.get_by_role("row")).to_have_text(
            ["장면 표 완성 1개당 실제 금액", "라면 이야기 2 ₩51 ₩102", "표 없이 만든 영상 1 ₩36 ₩36"]
        )
        assert violations(page) == []
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("link", name="이전 달: 2026년 10월").click()
        expect(page).to_have_url(f"{visitor.url}/ko/usage/?month=2026-10")
        expect(page.locator("cw-usage-room")).to_contain_text("이 달에는 만든 영상이 없어요")
        page.go_back()
        expect(plot).to_be_visible()
        assert visitor.complaints == []


def test_ones_own_cap_stays_below_the_sites_and_the_month_is_a_file(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/en/usage/")
    day = page.get_by_role("textbox", name="Spending in a day (won)")
    day.fill("999999999")
    page.get_by_role("button", name="Save the caps").click()
    expect(page.get_by_role("alert")).to_contain_text("Write a whole amount")
    expect(day).to_be_focused()
    assert violations(page) == []
    day.fill("5,000")
    page.get_by_role("button", name="Save the caps").click()
    expect(page.locator("cw-notes")).to_contain_text("Your caps are saved")
    own = visitor.context.request.get(f"{visitor.url}/api/me/limits").json()
    assert own == {"job_micro_won": None, "owner_day_micro_won": 5_000 * WON}
    expect(page.get_by_role("region", name="Spent today")).to_contain_text("Daily cap ₩5,000")
    with page.expect_download() as loading:
        page.get_by_role("link", name="Download CSV").click()
    assert loading.value.suggested_filename.endswith(".csv")
    assert loading.value.path().read_bytes().startswith(b"\xef\xbb\xbfday,preset")
