"""Before the push, the real builders detect a page or Functions that Cloudflare cannot build."""

import pytest

from tests.infra.release.rehearsal import Rehearsal, git

CHECKS = ("--offline", "--only", "page-build", "--only", "functions-build", "--only", "edge-types")


@pytest.fixture
def clean(rehearsal: Rehearsal) -> Rehearsal:
    git(rehearsal.root, "checkout", "--quiet", "--", ".")
    return rehearsal


def test_what_lies_here_can_be_built_and_leaves_nothing_behind(clean: Rehearsal) -> None:
    assert clean.findings(*CHECKS) == {}
    assert git(clean.root, "status", "--porcelain").strip() == ""


@pytest.mark.parametrize(
    ("name", "line", "check", "words"),
    [
        ("functions/api/presets.ts", 'import { gone } from "../_lib/no-such-file.ts";', "functions-build",
         "no-such-file"),
        ("functions/api/presets.ts", "export const broken = (;", "functions-build", "Unexpected"),
        ("frontend/src/main.ts", 'import "./no-such-part";', "page-build", "no-such-part"),
        ("frontend/styles/site.css", '@import "./no-such-sheet.css";', "page-build", "no-such-sheet"),
        ("functions/api/presets.ts", 'export const wrong: number = "a word";', "edge-types", "not assignable"),
    ],
)  # fmt: skip
def test_what_could_not_be_built_blocks_a_release(
    clean: Rehearsal, name: str, line: str, check: str, words: str
) -> None:
    clean.write(name, f"{line}\n{clean.read(name)}")
    found = clean.findings(*CHECKS)
    (finding, *_) = found[check]
    assert finding["severity"] == "error"
    assert words in finding["message"]
    assert (finding["where"] or "").startswith(f"{name}:1")


def test_a_broken_shell_of_the_page_is_seen_too(clean: Rehearsal) -> None:
    clean.write("frontend/pages/[language]/index.html.j2", "{% if %}")
    assert "page-build" in clean.findings("--offline", "--only", "page-build")
