"""Files as phones and programs give them: without a name, too large, in formats that the service does not read."""

from pathlib import Path

import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Browser, FilePayload, expect

from infra.dev.stack import Stack
from tests.browser.visitor import PHONE, SAMPLES, Visitor
from tests.corpus import files


def taken(visitor: Visitor) -> None:
    expect(visitor.page.locator("cw-picture-slot progress")).to_have_count(0)
    expect(visitor.page.locator("cw-picture-slot [role=alert]")).to_have_count(0)
    expect(visitor.page.locator(".slot-facts")).to_contain_text("×")


def named(name: str, kind: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


@pytest.mark.parametrize(
    ("name", "kind"), [("IMG_1234", ""), ("image:1641", "application/octet-stream"), ("a.jpg", "image/jpg")]
)
def test_a_picture_is_taken_for_its_bytes(visitor: Visitor, name: str, kind: str) -> None:
    visitor.open().page.locator("#file-picture").set_input_files(named(name, kind, files.jpeg()))
    taken(visitor)


def test_a_photo_of_48_million_pixels_is_made_smaller_upright_and_off_the_page(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    photo, exif = tmp_path / "IMG_4800.jpg", Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = Image.new("RGB", (8000, 6000), "teal")
    lying.paste("orange", (0, 0, 4000, 6000))  # the upper half of what was photographed
    lying.save(photo, exif=exif)
    with Visitor(browser, stack, size=PHONE, touch=True) as visitor:
        page = visitor.page
        page.add_init_script("delete window.createImageBitmap")  # on the page's own thread it would stand still
        visitor.open().give_picture(photo)
        taken(visitor)
        expect(page.locator(".slot-facts")).to_contain_text("큰 사진이라 3464×4618로 줄여서 올려요.")
        answer = visitor.context.request.get(visitor.url + uploaded(visitor)).body()
        made = tmp_path / "made.png"
        made.write_bytes(answer)
        with Image.open(made) as image:
            assert abs(image.width / image.height - 6000 / 8000) < 0.001
            upper, lower = (pixel(image, image.width // 2, image.height * at // 4) for at in (1, 3))
            assert upper[0] > 200 > upper[2], upper
            assert lower[0] < 50 < lower[2], lower
        assert visitor.complaints == []


def uploaded(visitor: Visitor) -> str:
    """Where the picture lies that models see of the one in the form."""
    draft = "JSON.parse(localStorage.getItem('clipwright.draft.1')).uploads.picture"
    return f"/api/uploads/{visitor.page.evaluate(draft)}/picture"


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, int, int]:
    red, green, blue = image.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes()
    return red, green, blue


def test_a_format_that_the_browser_reads_is_sent_as_another(visitor: Visitor, tmp_path: Path) -> None:
    picture = tmp_path / "그림.avif"
    with Image.open(SAMPLES / "portrait.png") as image:
        image.convert("RGB").save(picture)
    visitor.open().give_picture(picture)
    taken(visitor)
    expect(visitor.page.locator(".slot-facts")).to_contain_text("AVIF 이미지라 JPEG로 바꿔서 올려요.")


def test_a_photo_that_the_browser_cannot_read_is_named_with_what_to_do(visitor: Visitor) -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400)
    page = visitor.open().page
    page.locator("#file-picture").set_input_files(named("IMG_0001.HEIC", "image/heic", heic))
    alert = page.locator("cw-picture-slot [role=alert]")
    expect(alert).to_contain_text("HEIC 사진이에요")
    expect(alert).to_contain_text("설정 > 카메라 > 포맷 > 높은 호환성")
    page.get_by_role("button", name="English").click()
    page.locator("#file-picture").set_input_files(named("IMG_0001.HEIC", "image/heic", heic))
    expect(alert).to_contain_text("This is a HEIC photo")
