"""Preflight on a copy of this repository as it is, then with every fault of the self-test planted, then mending."""

import json
import re

import pytest

from infra.platforms import weight_files
from infra.preflight.checks.registry import CHECKS
from infra.preflight.findings import Check
from infra.preflight.self_test import rounds
from infra.preflight.self_test.copies import pinned
from infra.preflight.self_test.git_faults import KEYS
from infra.preflight.self_test.rounds import FAULTS, Outcome
from infra.settings import ROOT
from tests.infra.release.rehearsal import Rehearsal

MENDABLE = {
    "vram", "text-encoding", "open-encoding", "image-imports", "generated-files",
}  # fmt: skip


def offline_checks() -> list[Check[object]]:
    return [check for check in CHECKS if check.needs == "nothing"]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Words of a fault -> what became of it, for all of them: a copy serves many."""
    return {outcome.fault.words: outcome for outcome in rounds.run(ROOT)}


def test_every_offline_check_has_a_fault_that_it_is_tried_with() -> None:
    assert {check.id for check in offline_checks()} == {fault.check for fault in FAULTS}
    assert len({fault.words for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("words", [fault.words for fault in FAULTS])
def test_a_planted_fault_is_caught(outcomes: dict[str, Outcome], words: str) -> None:
    outcome = outcomes[words]
    assert outcome.caught, outcome.said
    assert not any(key in outcome.said for key in KEYS)


def test_the_repository_as_it_is_lacks_its_accounts_and_weights_and_nothing_else(another: Rehearsal) -> None:
    another.set_cap(10_000)  # today's price is no matter of this test
    another.commit("A cap")
    code, output = another.infra("preflight", "--offline")
    errors = set(re.findall(r"^  ERROR +([\w-]+):", output, re.MULTILINE))
    assert errors <= {"addresses", "access-variables", "weights-pinned"}, output
    assert code == (1 if errors else 0), output
    assert "not checked (--offline)" in output
    if errors:
        assert "A release is blocked" in output
        assert "python run.py setup-account --env production" in output


def test_without_accounts_and_pins_it_says_what_a_first_release_lacks(another: Rehearsal) -> None:
    another.aim("http://127.0.0.1:9")
    nothing = weight_files.PinFile({"19b": (), "22b": ()}, ())
    another.write(weight_files.FILE, weight_files.with_rows(another.read(weight_files.FILE), nothing))
    found = another.findings("--offline", "--only", "addresses", "--only", "weights-pinned")
    assert set(found) == {"weights-pinned"}
    assert "weights pin" in json.dumps(found)
    assert found["weights-pinned"][0]["severity"] == "error"
    another.write(weight_files.FILE, pinned(another.read(weight_files.FILE)).replace("19b-ic-lora", "19b-other"))
    found = another.findings("--offline", "--only", "weights-pinned")
    words = "Lightricks/LTX-2-19b-IC-LoRA-Detailer/ltx-2-19b-ic-lora-detailer.safetensors"
    assert [words in row["message"] for row in found["weights-pinned"]] == [True]
    another.change("infra/targets.toml", 'site_url = "http://127.0.0.1:9"', 'site_url = ""')
    found = another.findings("--offline", "--only", "addresses")
    assert found["addresses"][0]["message"] == "site_url of production is empty"
    assert found["addresses"][0]["commands"] == ["python run.py setup-account --env production"]


def test_what_can_be_mended_is_mended_and_clean_after(another: Rehearsal) -> None:
    plant_what_can_be_mended(another)
    only = [word for check in sorted(MENDABLE | {"pins", "line-ends"}) for word in ("--only", check)]
    code, output = another.infra("preflight", "--offline", "--fix", *only)
    assert code == 0, output
    mended = {line.split()[1] for line in output.splitlines() if line.startswith("fixed ") and "배포" not in line}
    assert "functions/_generated/quotes.json" in mended
    assert "infra/planted.py" in mended
    assert {"pyproject.toml", "infra/locks/render.txt"} <= mended
    assert another.read("docs/배포 안내.md") == "# 배포 안내\n"
    assert 'open("x.txt", encoding="utf-8")' in another.read("infra/planted.py")
    assert 'stdout=-1, encoding="utf-8", errors="replace")' in another.read("infra/planted.py")
    assert '"gpu": "A10G"' not in another.read("functions/_generated/quotes.json")
    assert (another.root / "tools" / "up.sh").read_bytes() == b"#!/bin/sh\nexit 0\n"


def test_an_unknown_check_is_an_error_that_names_the_known_ones(rehearsal: Rehearsal) -> None:
    code, output = rehearsal.infra("preflight", "--only", "no-such-check")
    assert code == 1
    assert "git-clean" in output


def plant_what_can_be_mended(rehearsal: Rehearsal) -> None:
    quotes = "functions/_generated/quotes.json"
    rehearsal.change(quotes, '"gpu": "H200"', '"gpu": "A10G"')
    rehearsal.write("docs/배포 안내.md", "# 배포 안내\n", encoding="cp949")
    rehearsal.write("tools/up.sh", "#!/bin/sh\r\nexit 0\r\n")
    rehearsal.write(
        "infra/planted.py",
        '"""Planted."""\n\nimport subprocess\n\nfile = open("x.txt")\n'
        'run = subprocess.run(["x"], text=True, stdout=-1)\n',
    )
    rehearsal.write("gpu/serve/storage.py", "import tomlkit\n" + rehearsal.read("gpu/serve/storage.py"))
    rehearsal.write(
        "functions/_generated/problems.ts", rehearsal.read("functions/_generated/problems.ts") + "// by hand\n"
    )
