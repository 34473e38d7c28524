"""Preflight on a copy of this repository as it is, then with one fault planted for every check that works offline."""

import json

from infra.doctor.registry import CHECKS
from infra.findings import Check
from tests.infra.release.rehearsal import Rehearsal, git

# Put together here, so that no file of the repository holds anything that looks like a key.
AWS_KEY = "AKIA" + "Q3EGTN5XH7K2WB4L"
GITHUB_TOKEN = "gh" + "p_" + "a8Fh2kLm9PqRs4TvWx6Yz1Bc3Df5Gh7Jk0Mn"
MODAL_TOKEN = "a" + "k-" + "Zx81LmQp03RtYv52NcKd7B"

MENDABLE = {
    "vram", "text-encoding", "open-encoding", "windows-scripts", "image-imports", "generated-files",
}  # fmt: skip
OTHERS = {
    "console-cp949", "pins", "routes", "pages-config", "bindings", "d1-migrations", "d1-applied", "secrets-tree",
    "secrets-staged", "secrets-messages", "git-branch", "git-clean", "cost-cap", "price-age",
    "prediction-drift", "ai-label", "target-names", "signing-key",
}  # fmt: skip


def offline_checks() -> list[Check[object]]:
    return [check for check in CHECKS if check.needs == "nothing"]


def test_every_offline_check_has_its_fault_below() -> None:
    assert {check.id for check in offline_checks()} == MENDABLE | OTHERS
    assert {check.id for check in offline_checks() if check.mend is not None} == MENDABLE


def test_the_repository_as_it_is_has_no_error(rehearsal: Rehearsal) -> None:
    rehearsal.set_cap(10_000)  # today's price is no matter of this test
    rehearsal.commit("A cap")
    code, output = rehearsal.infra("preflight", "--offline")
    assert code == 0, output
    assert "\n0 errors" in output
    assert "not checked (--offline)" in output


def test_one_fault_for_every_check_and_all_are_caught(rehearsal: Rehearsal) -> None:
    plant_what_can_be_mended(rehearsal)
    plant_the_rest(rehearsal)
    found = rehearsal.findings("--offline", CLIPWRIGHT_SIGNING_KEY_FILE="gone.pem")
    assert set(found) == MENDABLE | OTHERS
    places = {check: findings[0]["where"] for check, findings in found.items()}
    assert places["text-encoding"] == "docs/배포 안내.md:1"
    assert places["open-encoding"] == "infra/planted.py:5"
    assert places["image-imports"] == "gpu/storage.py:1"
    assert places["routes"].startswith("frontend/src/api.ts:")
    assert places["secrets-tree"] == "docs/notes.md:1"
    assert {finding["where"] for finding in found["secrets-staged"]} == {"docs/staged.md"}
    text = json.dumps(found)
    assert AWS_KEY not in text
    assert GITHUB_TOKEN not in text
    assert MODAL_TOKEN not in text
    assert all(finding["fix"] for findings in found.values() for finding in findings)


def test_what_can_be_mended_is_mended_and_clean_after(another: Rehearsal) -> None:
    plant_what_can_be_mended(another)
    only = [word for check in sorted(MENDABLE | {"pins"}) for word in ("--only", check)]
    code, output = another.infra("preflight", "--offline", "--fix", *only)
    assert code == 0, output
    mended = {line.split()[1] for line in output.splitlines() if line.startswith("mended") and "배포" not in line}
    assert "functions/_generated/quotes.json" in mended
    assert "infra/planted.py" in mended
    assert "infra/windows/deploy.ps1" in mended
    assert {"pyproject.toml", "infra/locks/render.txt"} <= mended
    assert another.read("docs/배포 안내.md") == "# 배포 안내\n"
    assert 'open("x.txt", encoding="utf-8")' in another.read("infra/planted.py")
    assert 'stdout=-1, encoding="utf-8", errors="replace")' in another.read("infra/planted.py")
    assert '"gpu": "A10G"' not in another.read("functions/_generated/quotes.json")


def test_an_unknown_check_is_an_error_that_names_the_known_ones(rehearsal: Rehearsal) -> None:
    code, output = rehearsal.infra("preflight", "--only", "no-such-check")
    assert code == 1
    assert "git-clean" in output


def plant_what_can_be_mended(rehearsal: Rehearsal) -> None:
    quotes = "functions/_generated/quotes.json"
    rehearsal.change(quotes, '"gpu": "H200"', '"gpu": "A10G"')
    rehearsal.write("docs/배포 안내.md", "# 배포 안내\n", encoding="cp949")
    rehearsal.write(
        "infra/planted.py",
        '"""Planted."""\n\nimport subprocess\n\nfile = open("x.txt")\n'
        'run = subprocess.run(["x"], text=True, stdout=-1)\n',
    )
    rehearsal.change("infra/windows/deploy.ps1", "exit $code", "Write-Host '배포 끝'\nexit $code")
    rehearsal.write("gpu/storage.py", "import tomlkit\n" + rehearsal.read("gpu/storage.py"))
    rehearsal.write(
        "functions/_generated/problems.ts", rehearsal.read("functions/_generated/problems.ts") + "// by hand\n"
    )


def plant_the_rest(rehearsal: Rehearsal) -> None:
    rehearsal.change("infra/console.py", 'stream.reconfigure(errors="replace")', 'stream.reconfigure(errors="strict")')
    rehearsal.change("package.json", '"wrangler": "4.164.0"', '"wrangler": "4.164.1"')
    rehearsal.change("frontend/src/api.ts", '"/api/uploads"', '"/api/uploadz"')
    rehearsal.change("wrangler.toml", "[vars]", '[triggers]\ncrons = ["* * * * *"]\n\n[vars]')
    rehearsal.change("functions/_sweeper/wrangler.toml", 'binding = "MEDIA"', 'binding = "MEDIUM"')
    rehearsal.write("functions/migrations/0009_tidy.sql", "DROP TABLE ledger;\n")
    rehearsal.write("docs/notes.md", f"the key is {AWS_KEY}\n")
    rehearsal.write("docs/staged.md", f"token {MODAL_TOKEN}\n")
    git(rehearsal.root, "add", "docs/staged.md")
    (rehearsal.root / "docs" / "staged.md").unlink()
    rehearsal.write("docs/added.md", "x\n")
    git(rehearsal.root, "add", "docs/added.md")
    git(rehearsal.root, "commit", "--quiet", "-m", f"Use {GITHUB_TOKEN}", "--", "docs/added.md")
    git(rehearsal.root, "switch", "--quiet", "--create", "elsewhere")
    rehearsal.set_cap(1)
    rehearsal.change("infra/targets.toml", 'bucket = "clipwright-media"', 'bucket = "clipwright-clips"')
    rehearsal.change("gpu/hardware.py", '"2026-07-01"', '"2024-07-01"')
    rehearsal.change("frontend/messages.json", '"ai_made": {', '"ai_made_once": {')
    rehearsal.write("infra/reflections.jsonl", drifted(rehearsal.head()) + "\n")
    jobs = "functions/migrations/0001_jobs.sql"
    rehearsal.write(jobs, rehearsal.read(jobs) + "-- an afterthought\n")


def drifted(commit: str) -> str:
    row: dict[str, object] = {
        "kind": "release", "id": "20261101-000000-abcdef1", "at": "2026-11-01T00:00:00Z", "environment": "production",
        "commit": commit, "outcome": "live", "why": "", "found": [], "fixed": [], "left": [],
        "predicted": {"won": 100.0}, "measured": {"won": 130.0}, "versions": {}, "failed_step": "", "trouble": "",
    }  # fmt: skip
    return json.dumps(row)
