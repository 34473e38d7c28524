"""The built site as files: small, self-contained, made again only when something changed."""

import os
import re
from pathlib import Path

import pytest

from infra.build.script_weight import FIRST_ROOM_LIMIT_BYTES, LIMIT_BYTES, TooHeavyError, refuse_heavy, script_bytes
from infra.build.site import build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("새 사이트") / "dist"
    assert build(out) is True
    return out


def test_an_up_to_date_site_is_left_alone(site: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    assert build(site) is False
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before


def test_a_forced_build_is_the_same_and_leaves_nothing_behind(site: Path) -> None:
    before = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    (site / "assets" / "main-OLD.js").write_text("old", encoding="utf-8")
    assert build(site, force=True) is True
    assert {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


def test_each_page_asks_for_all_its_scripts_at_once_and_stays_within_its_weight(site: Path) -> None:
    weights = {
        path.relative_to(site).as_posix(): script_bytes(path.read_text(encoding="utf-8"), site / "assets")
        for path in site.rglob("*.html")
    }
    assert weights["ko/index.html"] <= FIRST_ROOM_LIMIT_BYTES, weights
    assert max(weights.values()) <= LIMIT_BYTES, weights
    page = (site / "ko" / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r"/assets/([^\"]+\.js)", page))
    for name in named:
        script = (site / "assets" / name).read_text(encoding="utf-8")
        assert set(re.findall(r'(?:from|import)"\./([^"]+)"', script)) <= named, name


def test_a_page_that_loads_too_much_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_bytes(os.urandom(LIMIT_BYTES))
    page = '<script type="module" src="/assets/main.js"></script>'
    with pytest.raises(TooHeavyError, match=r"ko/library/index\.html loads"):
        refuse_heavy("ko/library/index.html", page, tmp_path)


def test_pages_hold_no_inline_script_or_style_and_no_foreign_address(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", text), page
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), page


def test_only_the_api_is_a_function_and_pages_carry_a_strict_policy(site: Path) -> None:
    assert '"/api/*"' in (site / "_routes.json").read_text(encoding="utf-8")
    headers = (site / "_headers").read_text(encoding="utf-8")
    assert "default-src 'none'" in headers
    assert "unsafe" not in headers
