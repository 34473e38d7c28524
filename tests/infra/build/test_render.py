"""Generated files: fresh on disk, equal at every run, and TypeScript that says what the contract says."""

import json
import re
from pathlib import Path

import pytest

from gpu.core.contract import JOB_REQUEST
from gpu.core.problems import PROBLEMS
from infra.build import codegen, render
from infra.build.locks import platform_of, refuse
from infra.cli.main import main
from infra.process.shell import InfraError


def test_generated_files_on_disk_are_fresh() -> None:
    assert render.stale() == ""


def test_generating_twice_gives_the_same_text() -> None:
    assert render.generated_files() == render.generated_files()


def test_a_stale_file_is_shown_as_a_diff_and_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "GENERATED", tmp_path)
    monkeypatch.setattr(render, "ROOT", tmp_path)
    assert {path.parent for path in render.write()} == {tmp_path, tmp_path / "docs", tmp_path / "tests" / "functions"}
    assert render.write() == []
    quotes = tmp_path / "quotes.json"
    quotes.write_text(quotes.read_text(encoding="utf-8").replace("H200", "H300"), encoding="utf-8", newline="\n")
    difference = render.stale()
    assert "quotes.json" in difference
    assert "H300" in difference
    assert main(["render", "--check"]) == 1
    assert [path.name for path in render.write()] == ["quotes.json"]
    assert main(["render", "--check"]) == 0


def test_every_generated_file_says_that_it_is_generated() -> None:
    for path, text in render.generated_files().items():
        assert codegen.MARK in text, path.name


def test_types_are_clean_unions_with_required_fields() -> None:
    types = codegen.types()
    union = re.search(r"export type JobRequest =\s*([^;]*);", types)
    assert union
    names = [name for name in re.split(r"[\s|]+", union[1]) if name]
    assert names == [
        "PictureClip",
        "DraftClip",
        "LipSyncClip",
        "KeyframesClip",
        "RestyleClip",
        "RetakeClip",
        "ExtendClip",
    ]
    assert re.search(r"export interface Job \{\n  id: string;\n  status: JobStatus;", types)
    # Aliases such as `Status3` are what field titles or two shapes of one name would leave behind.
    assert re.findall(r"export (?:type|interface) \w+\d\b", types) == []
    assert "unknown" not in types
    assert "EveryBody" not in types


def test_what_a_person_may_leave_out_is_optional_only_in_the_received_shape() -> None:
    types = codegen.types()
    received = re.search(r"export interface PictureClipBody \{(.*?)\}", types, re.DOTALL)
    complete = re.search(r"export interface PictureClip \{(.*?)\}", types, re.DOTALL)
    assert received and complete
    assert "ratio?: Ratio;" in received[1]
    assert "ratio: Ratio;" in complete[1]
    assert "?:" not in complete[1]


def test_the_request_schema_is_the_one_pydantic_judges_by() -> None:
    document = json.loads(codegen.request_schema())
    variants = {reference["$ref"].rsplit("/", 1)[1] for reference in document["$defs"]["JobRequest"]["oneOf"]}
    mapping = JOB_REQUEST.json_schema()["discriminator"]["mapping"]
    assert variants == {reference.rsplit("/", 1)[1] for reference in mapping.values()}
    assert all(document["$defs"][name]["additionalProperties"] is False for name in variants)


def test_every_problem_reaches_typescript_in_both_languages() -> None:
    table = json.loads(codegen.problem_table().split("PROBLEMS = ", 1)[1].split(" as const;", 1)[0])
    assert set(table) == {problem.slug for problem in PROBLEMS}
    assert all(row["title_ko"] and row["title_en"] and row["fix_ko"] and row["fix_en"] for row in table.values())


@pytest.mark.parametrize(
    "line", ["torch==2.13.0 \\", "nvidia-cublas==1 \\", "cuda-toolkit==13 \\", "triton==3 \\", "--index-url x"]
)
def test_a_lock_with_cuda_or_an_index_is_refused(line: str) -> None:
    with pytest.raises(InfraError):
        refuse("render", f"numpy==2.4.6 \\\n    --hash=sha256:00\n{line}\n")


def test_a_lock_with_torchaudio_is_not() -> None:
    refuse("render", "torchaudio==2.11.0 \\\n    --hash=sha256:00\n")


def test_the_tests_may_have_triton_and_nothing_of_cuda() -> None:
    refuse("test", "triton==3 \\\n    --hash=sha256:00\n")
    with pytest.raises(InfraError, match="pytorch-triton"):
        refuse("test", "triton==3 \\\npytorch-triton==3 \\\n")


def test_a_platform_package_tells_its_platform() -> None:
    assert platform_of("@cloudflare/workerd-windows-64") == {"os": ["win32"], "cpu": ["x64"]}
    assert platform_of("@cloudflare/workerd-darwin-arm64") == {"os": ["darwin"], "cpu": ["arm64"]}
    with pytest.raises(InfraError, match="does not tell the platform"):
        platform_of("@someone/thing-beos-9")
