"""Pictures that the site deletes because they were not used for hours: sent again, or asked for again."""

from playwright.sync_api import expect

from tests.browser.visitor import SAMPLES, Visitor

KEEP = "JSON.parse(localStorage.getItem('clipwright.draft.1')).uploads"

LET_EXPIRE = """
new Promise((done) => {
  indexedDB.open("clipwright", 1).onsuccess = ({ target }) => {
    const store = target.result.transaction("pictures", "readwrite").objectStore("pictures");
    store.getAll().onsuccess = ({ target: { result: all } }) => {
      for (const one of all) {
        store.put({ ...one, upload: { ...one.upload, expires_at: "2020-01-01T00:00:00.000Z" } }, one.upload.id);
      }
      store.transaction.oncomplete = () => done(all.length);
    };
  };
})
"""
"""Lets the hours of this browser's copies pass; answers how many there are."""


def delete_all(visitor: Visitor) -> None:
    """As the site does after some hours."""
    for upload in visitor.page.evaluate(KEEP).values():
        assert visitor.context.request.delete(f"{visitor.url}/api/uploads/{upload}").status == 204


def test_a_picture_whose_file_is_still_here_is_sent_again(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("오래 열어 둔 화면")
    visitor.give_picture()
    expect(page.get_by_role("button", name="빼기")).to_be_visible()
    visitor.until(f"{KEEP}.picture")
    delete_all(visitor)
    visitor.press_make()
    visitor.clip()
    expect(page.locator(".composer-foot [role=alert]")).to_have_count(0)
    assert len(visitor.jobs()) == 1
    assert visitor.jobs()[0]["input"]["upload_id"]
    visitor.expect_complaint("404")


def test_of_several_each_is_sent_again_and_leaves_the_form(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("여러 장도")
    page.locator("#file-picture").set_input_files([SAMPLES / "portrait.png", SAMPLES / "cat.png"])
    visitor.until(f"Object.keys({KEEP}).length === 2")
    delete_all(visitor)
    visitor.press_make()
    visitor.until_posters(2)
    expect(page.locator(".slot-filled, .strip-item")).to_have_count(0)
    visitor.expect_complaint("404")


def test_a_picture_whose_file_is_gone_must_be_chosen_again_and_nothing_else_is_lost(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("다시 고르면 돼요")
    visitor.give_picture()
    visitor.until(f"{KEEP}.picture")
    visitor.open()  # the file went with the page
    expect(page.locator(".slot-filled")).to_be_visible()
    delete_all(visitor)
    visitor.press_make()
    slot = page.locator("cw-picture-slot")
    expect(slot.get_by_role("alert")).to_contain_text("이미지를 다시 골라 주세요. 쓴 설명과 설정은 그대로예요.")
    expect(slot.get_by_role("button", name="바꾸기")).to_be_focused()
    expect(page.locator(".composer-foot [role=alert]")).to_have_text("쓸 수 없는 이미지를 바꾸거나 빼 주세요.")
    visitor.expect_complaint("404")
    visitor.give_picture(SAMPLES / "cat.png")
    expect(slot.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#field-prompt")).to_have_value("다시 고르면 돼요")
    visitor.press_make()
    visitor.clip()


def test_a_page_that_is_opened_too_late_says_so_at_once(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.write("어제 쓰던 문장")
    visitor.give_picture()
    visitor.until(f"{KEEP}.picture")
    visitor.open()  # the page that keeps a copy forgets expired ones, too
    expect(page.locator(".slot-filled")).to_be_visible()
    visitor.until(LET_EXPIRE)
    visitor.open("en")
    alert = page.locator("cw-picture-slot").get_by_role("alert")
    expect(alert).to_contain_text("Please choose it again.")
    expect(page.locator("#field-prompt")).to_have_value("어제 쓰던 문장")
