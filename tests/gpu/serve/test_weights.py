"""Fetching weights from a hub on this machine: whole, resumed, checked, and never half there."""

import dataclasses
import hashlib
import logging
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.problems import WeightsUnusable
from gpu.core.weight_pins import PINS
from gpu.core.weight_sources import LICENCE_TEXTS, MARKERS, SOURCES, Pin, Role, Source
from gpu.render.weight_files import packed_path
from gpu.serve import weights
from gpu.serve.hub import downloader
from gpu.serve.hub import pin as asked_pins
from gpu.serve.weights import fetch, installed, is_complete, pack, paths, revision
from tests.gpu.serve.local_hub import COMMIT, Hub

MARKER = MARKERS["19b"]


@pytest.fixture
def hub() -> Generator[Hub]:
    server = Hub()
    yield server
    server.shutdown()
    server.server_close()


def pinned(hub: Hub, name: str, data: bytes, role: Role = "checkpoint") -> Pin:
    hub.files[name] = data
    digest = hashlib.sha256(data).hexdigest()
    folder = "gemma" if role == "gemma" else "ltx-2"
    return Pin(role, "maker/model", COMMIT, name, f"{folder}/{name}", len(data), digest, "some licence")


def test_every_pin_is_fetched_and_the_marker_is_written_last(hub: Hub, tmp_path: Path) -> None:
    pins = [pinned(hub, "model.safetensors", b"m" * 5000), pinned(hub, "tokenizer.json", b"{}", "gemma")]
    folder = tmp_path / "무게 파일"
    commits: list[bool] = []
    fetch(pins, folder, downloader(None, hub.url), lambda: commits.append((folder / MARKER).exists()))
    assert commits == [False, False, True]
    assert paths(pins, folder) == {"checkpoint": folder / "ltx-2" / "model.safetensors", "gemma": folder / "gemma"}
    fetched = len(hub.ranges)
    fetch(pins, folder, downloader(None, hub.url))
    assert len(hub.ranges) == fetched  # nothing is fetched twice


def test_a_download_that_broke_off_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    data = bytes(range(256)) * 100_000  # more than two of the 10 MB that the client writes at once
    pin = pinned(hub, "model.safetensors", data)
    hub.break_after = len(data) // 2
    with pytest.raises(OSError, match="IncompleteRead"):
        fetch([pin], tmp_path, downloader(None, hub.url))
    assert not is_complete([pin], tmp_path)
    fetch([pin], tmp_path, downloader(None, hub.url))
    assert hub.ranges[0] is None
    assert hub.ranges[1] is not None
    assert (tmp_path / pin.path).read_bytes() == data


def test_a_file_that_is_not_what_its_pin_says_is_removed_and_named(hub: Hub, tmp_path: Path) -> None:
    pin = pinned(hub, "model.safetensors", b"right")
    hub.files["model.safetensors"] = b"wrong"
    with pytest.raises(WeightsUnusable, match=r"model\.safetensors has a SHA-256 that differs from its pin; it was"):
        fetch([pin], tmp_path, downloader(None, hub.url))
    assert not (tmp_path / pin.path).exists()
    assert not is_complete([pin], tmp_path)


def test_a_file_changed_on_the_volume_is_found_and_fetched_again(hub: Hub, tmp_path: Path) -> None:
    pins = [pinned(hub, "model.safetensors", b"m" * 100)]
    fetch(pins, tmp_path, downloader(None, hub.url))
    (tmp_path / pins[0].path).write_bytes(b"short")
    with pytest.raises(WeightsUnusable, match="Weight files are missing"):
        paths(pins, tmp_path)
    fetch(pins, tmp_path, downloader(None, hub.url))
    assert paths(pins, tmp_path)


def test_a_folder_for_other_pins_is_not_complete(hub: Hub, tmp_path: Path) -> None:
    pin = pinned(hub, "model.safetensors", b"m" * 100)
    fetch([pin], tmp_path, downloader(None, hub.url))
    newer = dataclasses.replace(pin, revision="f" * 40)
    assert not is_complete([newer], tmp_path)
    assert revision([newer]) != revision([pin])


def test_the_revision_told_is_that_of_what_lies_on_the_volume(hub: Hub, tmp_path: Path) -> None:
    production = CHECKPOINTS["ltx-2-19b"]
    pin = pinned(hub, "model.safetensors", b"m" * 100)
    assert installed(production, tmp_path) == "absent"
    fetch([pin], tmp_path, downloader(None, hub.url))
    assert installed(production, tmp_path) == revision([pin])
    (tmp_path / MARKER).write_text("[", encoding="utf-8", newline="\n")
    assert installed(production, tmp_path) == "absent"
    assert installed(CHECKPOINTS["tiny-trained"], tmp_path) == "tiny-trained"
    assert installed(CHECKPOINTS["tiny-22b"], tmp_path) == "random"


def test_a_volume_without_room_is_refused_before_the_first_byte(hub: Hub, tmp_path: Path) -> None:
    huge = dataclasses.replace(pinned(hub, "model.safetensors", b"m"), bytes=10**18)
    with pytest.raises(WeightsUnusable, match="The volume is too full"):
        fetch([huge], tmp_path, downloader(None, hub.url))
    assert hub.ranges == []


def test_a_file_that_takes_another_s_place_needs_no_room_beside_it(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newer weights, on a volume that holds one of the two."""
    fetch([pinned(hub, "model.safetensors", b"a" * 1_000)], tmp_path, downloader(None, hub.url))
    newer = pinned(hub, "model.safetensors", b"b" * 1_500)

    def nearly_full(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=weights.SPARE_BYTES + 500)

    monkeypatch.setattr(weights.shutil, "disk_usage", nearly_full)
    fetch([newer], tmp_path, downloader(None, hub.url))
    assert is_complete([newer], tmp_path)


def test_a_volume_that_fills_up_on_the_way_says_so(hub: Hub, tmp_path: Path) -> None:
    def full(pin: Pin, folder: Path) -> Path:
        raise OSError(28, "No space left on device", str(folder / pin.path))

    with pytest.raises(WeightsUnusable, match="The volume is full"):
        fetch([pinned(hub, "model.safetensors", b"m")], tmp_path, full)


def test_without_pins_nothing_is_fetched_and_nothing_is_usable(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnusable, match="No weights are pinned"):
        fetch([], tmp_path, downloader(None))
    with pytest.raises(WeightsUnusable):
        paths([], tmp_path)


def test_each_file_is_fetched_with_its_licence_said(hub: Hub, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pins = [
        dataclasses.replace(pinned(hub, "model.safetensors", b"m" * 10), licence="LTX licence"),
        dataclasses.replace(pinned(hub, "tokenizer.json", b"{}", "gemma"), licence="Gemma terms"),
    ]
    with caplog.at_level(logging.INFO):
        fetch(pins, tmp_path, downloader(None, hub.url))
    for pin in pins:
        assert any(pin.name in line and pin.licence in line for line in caplog.messages)


def test_a_licence_that_was_not_accepted_is_named_and_the_folder_stays_unusable(hub: Hub, tmp_path: Path) -> None:
    pin = dataclasses.replace(pinned(hub, "model.safetensors", b"m" * 10), licence="Gemma Terms of Use")
    hub.gated = True
    with pytest.raises(WeightsUnusable, match="maker/model requires the Gemma Terms of Use"):
        fetch([pin], tmp_path, downloader("token", hub.url))
    assert not is_complete([pin], tmp_path)


def test_pinning_asks_for_revision_size_and_hash_and_what_is_pinned_can_be_fetched(hub: Hub, tmp_path: Path) -> None:
    """The hub states the hash of large files alone; small ones are fetched and hashed."""
    hub.files = {"ltx-dev.safetensors": b"m" * 1_000, "tokenizer.json": b'{"a": 1}', "README.md": b"not wanted"}
    hub.large = {"ltx-dev.safetensors"}
    sources = (
        Source("checkpoint", "maker/model", ("ltx-dev.safetensors",), "ltx-2", "LTX licence"),
        Source("gemma", "maker/model", ("*.json",), "gemma", "Gemma terms"),
    )
    rows = asked_pins(sources, None, hub.url)
    assert [(row.role, row.name, row.path, row.bytes, row.licence) for row in rows] == [
        ("checkpoint", "ltx-dev.safetensors", "ltx-2/ltx-dev.safetensors", 1_000, "LTX licence"),
        ("gemma", "tokenizer.json", "gemma/tokenizer.json", 8, "Gemma terms"),
    ]
    assert {row.revision for row in rows} == {COMMIT}
    assert [row.sha256 for row in rows] == [hashlib.sha256(hub.files[row.name]).hexdigest() for row in rows]
    assert eval(repr(rows[0]), {"Pin": Pin}) == rows[0]  # noqa: S307 (what is printed is what is committed)
    fetch(rows, tmp_path, downloader(None, hub.url))
    assert is_complete(rows, tmp_path)
    absent = Source("ic_lora", "maker/model", ("lora.safetensors",), "ic-lora", "LTX licence")
    with pytest.raises(WeightsUnusable, match=r"has no file lora\.safetensors"):
        asked_pins((absent,), None, hub.url)


def test_fetched_files_get_a_packed_twin_where_it_saves_bytes(hub: Hub, tmp_path: Path) -> None:
    data = save({"weight": torch.randn(200, 1_000).bfloat16()})
    pins = [
        pinned(hub, "model.safetensors", data),
        pinned(hub, "broken.safetensors", b"m" * 5_000),
        pinned(hub, "tokenizer.json", b"{}", "gemma"),
    ]
    fetch(pins, tmp_path, downloader(None, hub.url))
    commits: list[None] = []
    pack(pins, tmp_path, lambda: commits.append(None))
    twin = packed_path(tmp_path / "ltx-2" / "model.safetensors")
    assert twin.stat().st_size < 0.8 * len(data)
    assert [each.name for each in tmp_path.rglob("*.12bit*")] == [twin.name]
    assert len(commits) == 2
    assert is_complete(pins, tmp_path)


def test_every_source_names_its_licence_and_the_gated_one_is_gemma() -> None:
    for sources in SOURCES.values():
        assert {source.licence for source in sources} <= set(LICENCE_TEXTS)
        assert {source.role for source in sources if source.gated} == {"gemma"}
    assert any("rank_175_fp8" in name for source in SOURCES["19b"] for name in source.names)
    for pin in (pin for pins in PINS.values() for pin in pins):
        assert len(pin.revision) == 40
        assert len(pin.sha256) == 64


def test_two_families_lie_in_one_folder_and_share_gemma(hub: Hub, tmp_path: Path) -> None:
    gemma = pinned(hub, "tokenizer.json", b"{}", "gemma")
    older = [pinned(hub, "ltx-2.safetensors", b"2" * 100), gemma]
    newer = [pinned(hub, "ltx-2.3.safetensors", b"3" * 100), gemma]
    fetch(older, tmp_path, downloader(None, hub.url))
    fetched = len(hub.ranges)
    fetch(newer, tmp_path, downloader(None, hub.url), flavour="22b")
    assert len(hub.ranges) == fetched + 1
    assert is_complete(older, tmp_path)
    assert is_complete(newer, tmp_path, "22b")
    assert not is_complete(newer, tmp_path)


def test_a_volume_that_cannot_be_read_is_no_proof_that_weights_are_missing(hub: Hub, tmp_path: Path) -> None:
    """Another machine may read it: the cause is not known, so no job may end because of it."""
    pin = pinned(hub, "model.safetensors", b"m" * 100)
    (tmp_path / MARKER).mkdir()
    with pytest.raises(OSError, match=r"(?i)directory|denied"):
        paths([pin], tmp_path)
    assert installed(CHECKPOINTS["ltx-2-19b"], tmp_path) == "absent"
