"""Weights read by threads are those in the file to the bit, whatever their shapes, and a fault reaches who waits."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads

import pytest
import torch
from safetensors.torch import load_file, save_file

from gpu.core.placement import PLANS
from gpu.render import start, weight_files, weight_stream
from gpu.render.model_files import ModelFiles
from gpu.render.weight_files import laid_out, read_header
from gpu.render.weight_loader import TRANSFORMER, WeightLoader
from gpu.render.weight_stream import WeightStream
from infra.process.waiting import wait_until

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of one page, so that tensors lie across them."""
    monkeypatch.setattr(weight_files, "PIECE_BYTES", 4096)
    monkeypatch.setattr(weight_stream, "PIECE_BYTES", 4096)
    monkeypatch.setattr(weight_stream, "BUFFERS", 3)
    monkeypatch.setattr(weight_stream, "EARLY_BUFFERS", 2)


def odd_tensors() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    shapes = [(), (1,), (3,), (7, 5), (1, 1, 1), (129, 33), (0, 4), (2048,), (2049,), (61, 1, 67)]
    kinds = [torch.bfloat16, torch.float32, torch.float16, torch.float8_e4m3fn, torch.int64, torch.uint8]
    return {f"{kind}.{shape}": (torch.randn(shape, generator=draw) * 9).to(kind) for kind in kinds for shape in shapes}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "무게 weights.safetensors"
    save_file(odd_tensors(), path, {"config": json.dumps({"a": 1})})
    return path


def bits(tensor: torch.Tensor) -> bytes:
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def test_tensors_of_odd_shapes_arrive_to_the_bit_and_aligned(file: Path) -> None:
    found, known = WeightLoader.to(CPU).tensors(file, read_header(file).tensors), load_file(file)
    assert found.keys() == known.keys()
    for key, tensor in known.items():
        assert (found[key].dtype, found[key].shape) == (tensor.dtype, tensor.shape)
        assert bits(found[key]) == bits(tensor)
        assert found[key].storage_offset() * found[key].element_size() % weight_files.ALIGNMENT == 0


def test_some_tensors_alone_leave_gaps_unread(file: Path) -> None:
    known, asked = load_file(file), ["torch.bfloat16.(129, 33)", "torch.int64.(2049,)"]
    counted: list[int] = []
    loader = WeightLoader(WeightStream(pace=counted.append))
    loader.attach(CPU)
    found = loader.tensors(file, asked)
    assert all(bits(found[key]) == bits(known[key]) for key in asked)
    assert sum(counted) == sum(known[key].nbytes for key in asked)


def test_reading_begins_before_there_is_a_card(file: Path) -> None:
    counted: list[int] = []
    stream = WeightStream(pace=counted.append)
    header = read_header(file)
    group = stream.read(header, header.tensors)
    every_buffer = 5  # the early ones too
    wait_until(lambda: len(counted) >= every_buffer, what="full buffers", moved=lambda: len(counted), every=0.005)
    stream.attach(CPU)
    group.wait()
    known = load_file(file)
    assert all(bits(tensor) == bits(known[key]) for key, tensor in group.views(CPU).items())


def test_a_file_that_shrinks_is_told_to_who_waits(file: Path) -> None:
    header = read_header(file)
    os.truncate(file, file.stat().st_size - 1)
    stream = WeightStream()
    stream.attach(CPU)
    with pytest.raises(ValueError, match="ended before"):
        stream.read(header, header.tensors).wait()


def test_a_disk_that_fails_is_told_as_it_is(file: Path) -> None:
    header = read_header(file)
    file.unlink()
    stream = WeightStream()
    stream.attach(CPU)
    with pytest.raises(FileNotFoundError):
        stream.read(header, header.tensors).wait()


def test_what_was_read_ahead_is_not_read_again_and_only_once_given(file: Path) -> None:
    counted: list[int] = []
    loader = WeightLoader(WeightStream(pace=counted.append))
    loader.read_ahead(file)
    loader.attach(CPU)
    keys = read_header(file).tensors
    loader.tensors(file, keys)
    once = sum(counted)
    loader.tensors(file, keys)  # the first block went with its model, so it is read anew
    assert sum(counted) == 2 * once


def waiting_for(event: Event) -> Callable[[int], None]:
    def wait(_count: int) -> None:
        event.wait()

    return wait


def test_a_process_that_ends_waits_for_the_copying_thread(file: Path) -> None:
    """An interpreter that stops a thread inside torch aborts the process."""
    header = read_header(file)
    for attached in (True, False):
        going = Event()
        stream = WeightStream(pace=waiting_for(going))
        if attached:
            stream.attach(CPU)
        stream.read(header, header.tensors)
        (copier,) = [each for each in enumerate_threads() if each.name == "weights-copier"]
        stream._end(copier)  # as at exit
        copier.join()
        going.set()


def test_all_files_of_a_first_clip_are_read_once(tiny_files: ModelFiles) -> None:
    from gpu.render.pipelines import Renderer

    counted: list[int] = []
    loader = WeightLoader(WeightStream(pace=counted.append))
    start.read_ahead(loader, tiny_files, PLANS["resident"])
    loader.attach(CPU)
    ahead = sum(
        each.length
        for group in loader._ahead.values()
        for each in group.pieces  # pyright: ignore[reportPrivateUsage]
    )
    renderer = Renderer(tiny_files, threads=1, plan=PLANS["resident"], loader=loader)
    renderer.warm(["TI2VidTwoStagesPipeline"])
    assert sum(counted) == ahead  # nothing that a model asked for was missing, and nothing was read twice


def test_a_plan_that_loads_for_each_phase_reads_nothing_ahead(tiny_files: ModelFiles) -> None:
    loader = WeightLoader()
    start.read_ahead(loader, tiny_files, PLANS["text_apart"])
    assert not loader._ahead  # pyright: ignore[reportPrivateUsage]


def test_the_transformer_is_read_without_the_connectors_among_its_keys(tiny_files: ModelFiles) -> None:
    loader = WeightLoader()
    loader.read_ahead(tiny_files.checkpoint, TRANSFORMER)
    ((_, keys),) = loader._ahead  # pyright: ignore[reportPrivateUsage]
    assert keys
    assert not [key for key in keys if "embeddings_connector" in key]


def test_neighbours_are_copied_together(file: Path) -> None:
    header = read_header(file)
    layout = laid_out(header, ["torch.float32.(2048,)"])
    assert [(piece.length, len(piece.spans)) for piece in layout.pieces] == [(4096, 1), (4096, 1)]
