"""The built site names the commit that it was built from, and a new commit is reason enough to build it anew."""

from pathlib import Path

import pytest

from gpu.core.contract.schema import contract_digest
from infra.build.site import LANGUAGES, build
from infra.platforms.commit_name import BUILDER, SHORT, commit_name
from infra.platforms.live import NAMED
from infra.process.shell import check
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT

FIRST, SECOND = "a" * 40, "b" * 40


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
