"""The verb `weights`, from empty pins to verified files: the real program and client, on a hub of this machine."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from gpu.core.weight_sources import GEMMA, LTX_2, MARKERS, SOURCES
from infra.bootstrap.weights import MARK, reports_in
from infra.platforms import weight_files
from tests.gpu.serve.local_hub import COMMIT, Hub
from tests.infra.bootstrap.model_hub import ACCEPT, model_hub
from tests.infra.release.rehearsal import Rehearsal, git


@pytest.fixture
def hub() -> Generator[Hub]:
    with model_hub() as server:
        yield server


def test_files_are_pinned_accepted_fetched_and_verified(another: Rehearsal, hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "모델 파일"

    def weights(*words: str) -> tuple[int, str]:
        return another.infra("weights", *words, "--folder", str(folder), CLIPWRIGHT_HUB=hub.url, HF_TOKEN="hub-token")

    code, said = weights("fetch")
    assert (code, "nothing is pinned for 19b" in said) == (1, True), said
    code, said = weights("pin", "--accept", LTX_2)
    assert (code, f"the licence was not accepted: {GEMMA}" in said) == (1, True), said
    code, said = weights("pin", *ACCEPT)
    assert code == 0, said
    assert f'+            revision="{COMMIT}",' in said
    assert git(another.root, "status", "--porcelain").strip() == f"M {weight_files.FILE}"
    found = weight_files.read(another.root)
    assert [each.licence for each in found.accepted] == [LTX_2, GEMMA]
    assert {pin.role for pin in found.pins["19b"]} == {source.role for source in SOURCES["19b"]}
    assert found.pins["22b"] == ()
    assert "not all are fetched yet" in weights("where")[1]
    text = another.read(weight_files.FILE)
    assert weight_files.with_rows(text, found) == text
    code, said = weights("fetch")
    assert code == 0, said
    assert len(json.loads((folder / MARKERS["19b"]).read_text(encoding="utf-8"))) == len(found.pins["19b"])
    code, said = weights("verify")
    assert code == 0, said
    damaged = folder / found.pins["19b"][0].path
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    code, said = weights("verify")
    assert code == 1
    assert f"ERROR {found.pins['19b'][0].path}" in said
    assert weights("fetch")[0] == 0
    code, said = weights("where")
    assert (code, f"Lightricks/LTX-2@{COMMIT[:12]}" in said, "all are there" in said) == (0, True, True), said
    asked, hub.large = len(hub.ranges), set(hub.files)  # of a large file the listing says the hash
    for words in (("pin",), ("fetch",), ("verify",)):  # the licences are accepted, and Gemma is there
        code, said = weights(*words, "--family", "22b")
        assert code == 0, said
    both = weight_files.read(another.root).pins
    shared = {pin.path for pin in both["19b"]} & {pin.path for pin in both["22b"]}
    assert {Path(path).parts[0] for path in shared} == {"gemma"}
    assert len(hub.ranges) - asked == len(both["22b"]) - len(shared)
    assert {MARKERS["19b"], MARKERS["22b"]} <= {path.name for path in folder.iterdir()}
    another.change("infra/targets.toml", "ltx-2-19b", "tiny-trained")
    assert "weights-pinned" not in another.findings("--only", "weights-pinned")


def test_a_licence_that_the_hub_wants_first_is_named(another: Rehearsal, hub: Hub, tmp_path: Path) -> None:
    another.write(weight_files.FILE, another.read(weight_files.FILE))
    hub.gated = True
    code, said = another.infra(
        "weights", "pin", *ACCEPT, "--folder", str(tmp_path), CLIPWRIGHT_HUB=hub.url, HF_TOKEN="hub-token"
    )
    assert code == 1
    assert "requires the" in said
    assert "huggingface.co" in said


@pytest.mark.parametrize(
    ("line", "reports"),
    [
        ("some other text", []),
        (f'{MARK}{{"bytes": 1, "of": 2}}', [{"bytes": 1, "of": 2}]),
        (f'{MARK}{{"bytes": 1, "of": 2}}{MARK}{{"bytes": 2, "of": 2}}', [{"bytes": 1, "of": 2}, {"bytes": 2, "of": 2}]),
        (f'{MARK}{{"bytes": 1, "of": 2}}Runner terminated.', [{"bytes": 1, "of": 2}]),
        (f'{MARK}{{"bytes": 1, "o{MARK}{{"fetched": 3}}', [{"fetched": 3}]),
        (f"{MARK}", []),
    ],
)
def test_a_log_that_is_cut_says_what_is_whole_in_it(line: str, reports: list[dict[str, int]]) -> None:
    assert list(reports_in(line)) == reports
