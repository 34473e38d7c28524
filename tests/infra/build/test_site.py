"""The built site: the commit that it names, the changes that make it out of date, and the steps to add a page."""

import re
import shutil
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from gpu.core.contract.schema import contract_digest
from infra.build.site import FRONTEND, LANGUAGES, SHARED_WITH_EDGE, build
from infra.platforms.commit_name import BUILDER, SHORT, commit_name
from infra.platforms.live import NAMED
from infra.process.shell import check
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT
from tests.infra.release.rehearsal import link

FIRST, SECOND = "a" * 40, "b" * 40
ABOUT = """<!doctype html>
<html lang="{{ language }}">
<link rel="stylesheet" href="{{ asset("styles/about.css") }}">
<script type="module" src="{{ asset('src/about.ts') }}"></script>
<h1>{{ messages["room_library"][language] }}</h1>
"""


def named(out: Path) -> set[tuple[str, str]]:
    """Contract and commit of each language's page, read as a release reads them."""
    pages = [(out / language / "index.html").read_text(encoding="utf-8") for language in LANGUAGES]
    found = [NAMED.search(page) for page in pages]
    return {(match[1], match[2]) for match in found if match is not None}


def test_the_commit_is_the_builders_or_gits(monkeypatch: pytest.MonkeyPatch) -> None:
    head = check(["git", "rev-parse", "HEAD"], timeout_seconds=STALLED_AFTER_SECONDS, cwd=ROOT).strip()
    assert commit_name() == head[:SHORT]
    monkeypatch.setenv(BUILDER, FIRST)
    assert commit_name() == FIRST[:SHORT]


def test_the_pages_name_the_commit_they_were_built_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for commit in (FIRST, SECOND):
        monkeypatch.setenv(BUILDER, commit)
        assert build(tmp_path)
        assert named(tmp_path) == {(contract_digest(), commit[:SHORT])}
        assert not build(tmp_path), "up to date"


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """A copy of the page's folder, with what its scripts import from outside of it."""
    checkout = tmp_path / "새 checkout"
    shutil.copytree(FRONTEND, checkout / "frontend", ignore=shutil.ignore_patterns("dist"))
    shutil.copytree(ROOT / "functions" / "_generated", checkout / "functions" / "_generated")
    for path in SHARED_WITH_EDGE:
        copy = checkout / path.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    link(checkout / "node_modules", ROOT / "node_modules")
    return checkout / "frontend"


def test_the_build_knows_what_the_page_shares_with_the_edge() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (FRONTEND / "src").rglob("*.ts")]
    imported = {name for text in texts for name in re.findall(r"functions/_lib/([\w-]+)\"", text)}
    assert imported == {path.stem for path in SHARED_WITH_EDGE}


def test_a_page_is_a_template_and_what_it_asks_for(frontend: Path, tmp_path: Path) -> None:
    (frontend / "src" / "about.ts").write_text(
        'import { t } from "./state/language";\n\ndocument.title = t("page_title");\n', encoding="utf-8"
    )
    (frontend / "styles" / "about.css").write_text("p { color: var(--about); }\n", encoding="utf-8")
    page = frontend / "pages" / "[language]" / "about.html.j2"
    page.write_text(ABOUT, encoding="utf-8")
    out = tmp_path / "site"
    assert build(out, frontend=frontend)
    for language, heading in (("ko", "보관함"), ("en", "Library")):
        text = (out / language / "about.html").read_text(encoding="utf-8")
        assert f"<h1>{heading}</h1>" in text
        style, script = re.findall(r'(?:href|src)="(/assets/about-[^"]+)"', text)
        assert "--about" in (out / style.lstrip("/")).read_text(encoding="utf-8")
        assert "document.title" in (out / script.lstrip("/")).read_text(encoding="utf-8")


def test_a_page_that_is_gone_leaves_the_site(frontend: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    assert build(out, frontend=frontend)
    assert (out / "404.html").is_file()
    (frontend / "pages" / "404.html.j2").unlink()
    assert build(out, frontend=frontend), "one page less makes it out of date"
    assert not (out / "404.html").exists()


@pytest.mark.parametrize("name", ["[colour].html.j2", "broken.html.j2"])
def test_a_page_that_cannot_be_rendered_ends_the_build(frontend: Path, tmp_path: Path, name: str) -> None:
    (frontend / "pages" / name).write_text('{{ messages["no such message"]["ko"] }}', encoding="utf-8")
    with pytest.raises((KeyError, UndefinedError)):
        build(tmp_path / "site", frontend=frontend)
