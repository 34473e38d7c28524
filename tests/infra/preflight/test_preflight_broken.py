"""Preflight on a checkout that is broken where preflight itself needs it, and on programs that do not answer."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from infra.platforms.files import UnreadableError, json_of, text_of, toml_of
from infra.platforms.git import SourceFile
from infra.platforms.ground import Ground
from infra.platforms.targets import pick
from infra.preflight.checks import dependencies, syntax
from infra.preflight.findings import Check, Finding
from infra.preflight.runner import Request, examine
from infra.process.shell import capture
from infra.settings import ROOT
from tests.infra.release.rehearsal import Rehearsal

MENDABLE = Finding("error", "wrong", "mend it", mendable=True)


def ground(root: Path) -> Ground:
    return Ground(root, pick(ROOT, "production"), {}, date(2026, 11, 23))


def check(name: str) -> Check[None]:
    return Check(name, "Group", "title", "제목", lambda _: None, lambda _: ())


def only(checked: Check[None], root: Path, *, fix: bool = False) -> Sequence[Finding]:
    return examine(ground(root), Request(fix=fix), [checked]).results[0].findings


def test_a_program_that_is_too_slow_is_a_time_out_and_no_crash(tmp_path: Path) -> None:
    def wait(_: Ground) -> None:
        capture([sys.executable, "-c", "import time; time.sleep(600)"], timeout_seconds=0.5)

    found = only(replace(check("slow"), probe=wait), tmp_path)
    assert "exceeded its limit of 0.5 s" in found[0].message
    assert "this check itself failed" not in found[0].message
    assert found[0].commands == ("python run.py preflight --only slow",)


def test_the_scanner_of_imports_that_is_too_slow_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "LIMIT_SECONDS", 0.01)
    result = examine(ground(ROOT), Request(), dependencies.IMPORT_CHECKS).results[0]
    assert "exceeded its limit of 0.01 s" in result.findings[0].message


def test_what_cannot_be_mended_is_a_finding_and_the_others_are_mended(tmp_path: Path) -> None:
    mended = tmp_path / "mended.txt"

    def fail(_: Ground, __: Sequence[Finding]) -> list[str]:
        raise StopIteration

    def work(at: Ground, _: Sequence[Finding]) -> list[str]:
        (at.root / mended.name).touch()
        return [mended.name]

    checks = [
        replace(check("fails"), evaluate=lambda _: (MENDABLE,), mend=fail),
        replace(check("works"), evaluate=lambda _: () if mended.exists() else (MENDABLE,), mend=work),
    ]
    report = examine(ground(tmp_path), Request(fix=True), checks)
    assert report.mended == (("works", mended.name),)
    words = [finding.message for finding in report.results[0].findings]
    assert words[0] == "wrong"
    assert words[1].startswith("could not be corrected: ")
    assert not any(finding.mendable for finding in report.results[0].findings)
    assert report.results[1].findings == ()


@pytest.mark.parametrize(
    ("name", "content", "read", "where"),
    [
        ("a.json", b'{\n"x": ,\n}', json_of, "a.json:2"),
        ("a.toml", b"x = 1\ny =\n", toml_of, "a.toml:2"),
        ("a.txt", b"one\n\xb9\xe8\xc6\xf7\n", text_of, "a.txt:2"),
        ("absent.txt", None, text_of, "absent.txt"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding_at_its_line(
    tmp_path: Path, name: str, content: bytes | None, read: object, where: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    def probe(at: Ground) -> None:
        assert callable(read)
        read(at.root, name)

    found = only(replace(check("reads"), probe=probe), tmp_path)
    assert found[0].where == where
    with pytest.raises(UnreadableError):
        probe(ground(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.ts", "<" * 7 + " ours\n" + "=" * 7 + "\n" + ">" * 7 + " theirs\n", ["a.ts:1", "a.ts:3"]),
        ("a.md", "Title\n" + "=" * 7 + "\n", []),
        ("a.py", "x = 1\ndef y(:\n", ["a.py:2"]),
        ("a.json", "{\n,}", ["a.json:2"]),
        ("a/tsconfig.json", "{ // why\n}", []),
        ("a.toml", "x = 1\n= 2\n", ["a.toml:2"]),
    ],
)
def test_markers_and_what_does_not_parse_are_found_at_their_lines(name: str, text: str, expected: list[str]) -> None:
    found = syntax.evaluate([SourceFile(name, text.encode("utf-8"))])
    assert [finding.where for finding in found] == expected


def test_a_card_that_holds_nothing_ends_in_findings_also_while_mending(rehearsal: Rehearsal) -> None:
    rehearsal.change("gpu/core/checkpoints.py", "transformer=37_752_349_184", "transformer=437_752_349_184")
    only = ("--only", "vram", "--only", "cost-cap", "--only", "generated-files", "--only", "caps")
    code, output = rehearsal.infra("preflight", "--offline", "--fix", *only)
    assert code == 1
    assert "Traceback" not in output
    assert "this check itself failed" not in output
    assert output.count("no card") >= 4
    code, output = rehearsal.infra("quote", "--all")
    assert code == 0, output


def test_preflight_says_where_it_cannot_be_loaded_and_mends_what_it_may(another: Rehearsal) -> None:
    another.write(
        "gpu/core/pricing.py", another.read("gpu/core/pricing.py").replace('"""', '"""배포 ', 1), encoding="cp949"
    )
    found = another.findings("--offline")
    assert {check: findings[0]["where"] for check, findings in found.items()} == {
        "text-encoding": "gpu/core/pricing.py:1"
    }
    code, output = another.infra("preflight", "--offline", "--fix", "--only", "text-encoding")
    assert code == 0, output
    assert another.findings("--offline", "--only", "cost-cap") == {}
