"""Which clips a comparison needs, and which folders and presets it refuses."""

import shutil
from pathlib import Path

import pytest

from infra.compare.plan import LINE, entries_of
from infra.process.shell import InfraError
from infra.settings import SAMPLE_PICTURE
from tests.corpus import portrait

SETTINGS = {"ratio": "9:16", "seconds": 2, "tier": "1088p"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SAMPLE_PICTURE, tmp_path / "가.png")
    shutil.copy(SAMPLE_PICTURE, tmp_path / "나.PNG")
    portrait.photograph().save(tmp_path / "b.jpg")
    (tmp_path / "b.txt").write_text("그녀가 웃는다\n", encoding="utf-8-sig")
    return tmp_path


def test_each_picture_is_made_by_each_preset_with_each_seed(folder: Path) -> None:
    entries = entries_of(folder, ["fast", "draft"], 2, None, SETTINGS)
    asked = [(entry.picture.name, entry.request["seed"], entry.request["preset"]) for entry in entries]
    assert asked == [
        (name, seed, preset) for name in ("b.jpg", "가.png") for seed in (1, 2) for preset in ("fast", "draft")
    ]
    assert [entry.request["prompt"] for entry in entries] == ["그녀가 웃는다"] * 4 + [LINE] * 4
    assert {entry.request["preset"]: entry.request["tier"] for entry in entries} == {"fast": "1088p", "draft": "352p"}
    assert len({entry.id for entry in entries}) == len(entries)


def test_the_same_clip_is_recognised_whatever_else_is_asked_for(folder: Path) -> None:
    few = {entry.id for entry in entries_of(folder, ["fast", "draft"], 1, None, SETTINGS)}
    (folder / "가.png").rename(folder / "renamed.png")
    assert few < {entry.id for entry in entries_of(folder, ["quality_light", "draft", "fast"], 2, None, SETTINGS)}
    longer = {entry.id for entry in entries_of(folder, ["fast", "draft"], 1, None, SETTINGS | {"seconds": 4})}
    assert not few & longer


@pytest.mark.parametrize("presets", [["fast"], ["fast", "fast"], ["fast", "restyle"], ["fast", "best"]], ids=str)
def test_what_cannot_be_compared_is_refused(folder: Path, presets: list[str]) -> None:
    with pytest.raises(InfraError):
        entries_of(folder, presets, 1, None, SETTINGS)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InfraError):
        entries_of(tmp_path, ["fast", "draft"], 1, None, SETTINGS)
