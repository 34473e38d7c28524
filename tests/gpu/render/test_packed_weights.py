"""Weights in twelve bits come back to the bit, whatever they are; a twin that does not fit its source is not read."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gpu.render import packed_weights, weight_files, weight_stream
from gpu.render.packed_weights import pack_beside
from gpu.render.twelve_bits import frame_bytes, pack, unpack
from gpu.render.weight_files import packed_path, read_header
from gpu.render.weight_loader import WeightLoader
from gpu.render.weight_stream import WeightStream

CPU = torch.device("cpu")
PIECE = 16 * 1024


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of 8,192 numbers, so that tensors have several."""
    monkeypatch.setattr(weight_files, "PIECE_BYTES", PIECE)
    monkeypatch.setattr(weight_stream, "PIECE_BYTES", PIECE)
    monkeypatch.setattr(packed_weights, "LEAST_NUMBERS", 2_000)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).bfloat16()


def every_number() -> torch.Tensor:
    """All 65,536 bit patterns: infinities, each NaN, denormals, both zeros."""
    return torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)


def with_strays() -> torch.Tensor:
    """Weights as a model has them, with a few numbers of every other kind among them."""
    weights = (drawn(40_001) / 64).view(torch.int16).clone()
    weights[::20] = every_number()[::32][: len(weights[::20])]
    return weights


def outlying() -> torch.Tensor:
    return (drawn(100, 100) * (1 + 1e30 * (torch.arange(100) == 7))).bfloat16()


BITS: dict[str, Callable[[], torch.Tensor]] = {
    "weights": lambda: drawn(30_000).view(torch.int16),
    "one exponent": lambda: torch.full((4_099,), 0x3F80, dtype=torch.int16),
    "zeros of both signs": lambda: torch.tensor([0, -(2**15)] * 4_000, dtype=torch.int16),
    "NaN and infinity": lambda: torch.tensor([0x7F80, -0x80, 0x7FC1, -1, 0x7F81] * 1_001, dtype=torch.int16),
    "denormals": lambda: torch.arange(-4_000, 4_000, dtype=torch.int16) % 128,
    "strays among weights": with_strays,
    "an outlier in each row": lambda: outlying().flatten().view(torch.int16),
}


@pytest.mark.parametrize("name", BITS)
def test_packed_numbers_come_back_to_the_bit(name: str) -> None:
    numbers = BITS[name]()
    frame, packed = pack(numbers)
    assert frame.is_packed
    assert frame.length == len(packed) == frame_bytes(len(numbers), frame.apart)
    again = torch.full((2 * len(numbers),), 0xAA, dtype=torch.uint8)
    unpack(frame, packed, again)
    assert torch.equal(again.view(torch.int16), numbers)


def test_numbers_of_every_exponent_stay_as_they_are() -> None:
    numbers = every_number()
    frame, packed = pack(numbers)
    assert not frame.is_packed
    assert torch.equal(packed.view(torch.int16), numbers)


def test_a_model_s_weights_take_three_quarters() -> None:
    numbers = (drawn(2_000_000) * (1 + torch.arange(2_000_000) % 5)).bfloat16().view(torch.int16)
    frame, _ = pack(numbers)
    assert frame.length / (2 * len(numbers)) < 0.76


def many_tensors() -> dict[str, torch.Tensor]:
    kinds = [torch.bfloat16, torch.float32, torch.float8_e4m3fn, torch.int64]
    shapes = [(), (3,), (0, 4), (129, 33), (2_000,), (8_192,), (8_193,), (61, 1, 671), (1_999,)]
    tensors = {f"{kind}.{shape}": drawn(*shape, seed=9).to(kind) for kind in kinds for shape in shapes}
    wild = {"a.wild": every_number().view(torch.bfloat16), "m.half wild": with_strays().view(torch.bfloat16)}
    return {**tensors, **wild, "z.large": drawn(300, 1_000, seed=1), "z.also large": drawn(123_457, seed=2)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "무게 weights.safetensors"
    save_file(many_tensors(), path, {"config": json.dumps({"a": 1})})
    return path


def bits(tensor: torch.Tensor) -> bytes:
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def counting() -> tuple[WeightLoader, list[int]]:
    counted: list[int] = []
    loader = WeightLoader(WeightStream(pace=counted.append))
    loader.attach(CPU)
    return loader, counted


def test_a_twin_is_read_in_place_of_its_source_and_holds_the_same(file: Path) -> None:
    known = load_file(file)
    twin = pack_beside(file)
    assert twin is not None
    loader, counted = counting()
    found = loader.tensors(file, read_header(file).tensors)
    assert found.keys() == known.keys()
    for key, tensor in known.items():
        assert (found[key].dtype, found[key].shape) == (tensor.dtype, tensor.shape)
        assert bits(found[key]) == bits(tensor)
    assert sum(counted) <= twin.stat().st_size < 0.92 * file.stat().st_size
    assert loader.metadata(str(file)) == {"a": 1}
    with safe_open(twin, framework="pt") as opened:  # any reader of safetensors can open it
        assert set(opened.keys()) == known.keys()


def test_some_tensors_of_a_twin_alone_leave_the_others_unread(file: Path) -> None:
    known, asked = load_file(file), ["z.large", "torch.bfloat16.(8193,)", "torch.int64.(8193,)"]
    pack_beside(file)
    loader, counted = counting()
    found = loader.tensors(file, asked)
    assert all(bits(found[key]) == bits(known[key]) for key in asked)
    assert sum(counted) < sum(known[key].nbytes for key in asked)


def test_a_twin_is_made_once_and_again_where_its_source_changed(file: Path) -> None:
    first = pack_beside(file)
    assert first is not None
    written = first.stat().st_mtime_ns
    assert pack_beside(file) == first
    assert first.stat().st_mtime_ns == written
    other = many_tensors() | {"z.large": drawn(300, 1_000, seed=3)}
    save_file(other, file, {"config": json.dumps({"a": 1})})  # as large as before
    assert read_header(file).path == file
    pack_beside(file)
    assert read_header(file).path == first
    loader, _ = counting()
    assert bits(loader.tensors(file, ["z.large"])["z.large"]) == bits(other["z.large"])


@pytest.mark.parametrize("kept", [0, 100, 200_000])
def test_a_twin_that_is_cut_off_is_not_read(file: Path, kept: int) -> None:
    twin = pack_beside(file)
    assert twin is not None
    twin.write_bytes(twin.read_bytes()[:kept])
    assert read_header(file).path == file


def test_a_disk_that_returns_other_bytes_leaves_no_twin(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_weights, "_digest", lambda _path: "another")
    with pytest.raises(ValueError, match="does not read as it was written"):
        pack_beside(file)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_that_packing_hardly_shrinks_gets_no_twin(tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    save_file({"a": drawn(5_000), "b": torch.zeros(200_000, dtype=torch.uint8)}, path)
    assert pack_beside(path) is None
    assert not packed_path(path).exists()
