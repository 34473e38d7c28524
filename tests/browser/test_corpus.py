"""The browser on every file of the corpus: the page shows what the table says, and so does the service."""

import base64
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import QUIET
from tests.corpus.cases import CASES, Case

READ = """async data => {
  const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0));
  let bitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]));
  } catch {
    return null;
  }
  const { width, height } = bitmap;
  const pen = new OffscreenCanvas(width, height).getContext("2d", { colorSpace: "srgb" });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0);
  const middles = side => [Math.floor(side / 4), Math.floor(side / 4) + Math.floor(side / 2)];
  const colour = (x, y) => [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
  const corners = middles(height).flatMap(y => middles(width).map(x => colour(x, y)));
  return { size: [width, height], corners };
}"""


@pytest.fixture(scope="module")
def bare_page(chromium: Path) -> Generator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False, args=list(QUIET))
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize("case", [case for case in CASES if case.browser_agrees], ids=lambda case: case.name)
def test_a_picture_is_shown_as_it_was_meant(bare_page: Page, case: Case) -> None:
    shown: dict[str, Any] | None = bare_page.evaluate(READ, base64.b64encode(case.make()).decode("ascii"))
    if case.corners is None:
        assert shown is None
        return
    assert shown is not None, "the browser cannot open it"
    assert tuple(shown["size"]) == case.size
    off = max(
        abs(a - b)
        for one, right in zip(shown["corners"], case.corners, strict=True)
        for a, b in zip(one, right, strict=True)
    )
    assert off <= case.within, f"{shown['corners']}, wanted {case.corners}"
