"""The harness that measures a card, rehearsed without one: real sizes, and the path that is measured."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import struct
from pathlib import Path
from typing import get_args

import pytest
import torch
from safetensors import safe_open

from gpu.core.checkpoints import CHECKPOINTS, Flavour
from gpu.core.contract import PresetName
from gpu.core.geometry import geometry
from gpu.render.pipelines import Renderer
from gpu.tiny.build import build
from tests.gpu.speed.evaluations import asked, at
from tools.measure import errors, real_size, released, several_cards
from tools.measure.clip_inputs import frames_read, inputs_of
from tools.measure.phases import Cell, measure, settings


@pytest.mark.parametrize("flavour", get_args(Flavour))
def test_the_modules_have_the_parameters_of_the_real_models(flavour: Flavour) -> None:
    modules = real_size.modules(flavour)
    counts = {name: real_size.count(modules[name]) for name in released.COUNTS[flavour]}
    assert counts == released.COUNTS[flavour]
    row = next(each for each in CHECKPOINTS.values() if each.flavour == flavour and each.components)
    parts = row.components
    assert parts is not None
    assert parts.transformer == 2 * counts["transformer"]
    assert parts.embeddings_processor == 2 * released.PROCESSORS[flavour]
    assert parts.spatial_upsampler == 2 * counts["upsampler"]
    sizes = {name: sum(each.nbytes for each in modules[name].buffers()) for name in modules}  # statistics, filters
    for part, name in ((parts.video_encoder, "video encoder"), (parts.video_decoder, "video decoder")):
        assert 0 <= part - 2 * counts[name] <= sizes[name]
    assert 0 <= parts.audio_encoder - 2 * real_size.count(modules["audio encoder"]) <= sizes["audio encoder"]
    vocoder = (4 if flavour == "22b" else 2) * counts["vocoder"] + sizes["vocoder"]
    assert parts.audio_decoder_and_vocoder == pytest.approx(2 * counts["audio decoder"] + vocoder, abs=2_000)


def test_a_hollow_file_is_read_as_tensors_and_takes_no_room(tmp_path: Path) -> None:
    path = tmp_path / "hollow.safetensors"
    real_size.write_hollow(path, {"weight": (1000, 1000), "bias": (1000,)}, {"config": "{}"})
    assert path.stat().st_size > 2_000_000
    with safe_open(path, framework="pt") as file:
        assert file.get_tensor("weight").shape == (1000, 1000)
        assert file.get_tensor("bias").dtype == torch.bfloat16
        assert file.metadata() == {"config": "{}"}
    assert struct.unpack("<Q", path.read_bytes()[:8])[0] % 8 == 0


def test_stirring_leaves_no_weight_zero() -> None:
    layer = torch.nn.Linear(64, 64, dtype=torch.bfloat16)
    with torch.no_grad():
        layer.weight.zero_()
    real_size.stir([layer])
    assert layer.weight.std().item() == pytest.approx(64**-0.5, rel=0.2)


def test_a_cell_is_rendered_and_every_phase_gets_its_row(tmp_path: Path) -> None:
    cell = Cell(preset="draft", tier="352p", seconds=2)
    inputs = inputs_of(cell.preset, cell.seconds, geometry(cell.ratio, cell.tier, cell.seconds, "tiny"), tmp_path)
    result = measure(Renderer(build(tmp_path / "set"), threads=2), cell, "tiny", inputs, tmp_path)
    assert [row.stage for row in result.rows] == ["encode_prompt", "encode_image", "stage_1", "decode", "check"]
    assert all(row.peak_gib is None for row in result.rows)  # a rehearsal must not look like a measurement
    assert result.fitted
    assert result.device == "cpu"


@pytest.mark.parametrize(("preset", "read"), [("retake", 17), ("extend", 9)])
def test_a_part_is_measured_with_as_much_of_its_clip_as_is_read(preset: PresetName, read: int, tmp_path: Path) -> None:
    cell = Cell(preset=preset, tier="352p", seconds=4)
    shape = geometry(cell.ratio, cell.tier, cell.seconds, "tiny")
    assert frames_read(preset, cell.seconds, shape) == read
    assert settings(cell, shape).remade_from == (0 if preset == "retake" else read)
    inputs = inputs_of(preset, cell.seconds, shape, tmp_path)
    renderer = Renderer(build(tmp_path / "set"), threads=2)
    result = measure(renderer, cell, "tiny", inputs, tmp_path)
    assert result.fitted
    assert [row.stage for row in result.rows] == ["encode_image", "stage_1", "decode", "check"]


def test_a_clip_on_a_card_stays_there_from_step_to_step() -> None:
    clip = errors.on(asked(real_size.modules()["transformer"]), torch.device("meta"))
    assert {each.sigma.device.type for each in at(clip, 0.4)} == {"meta"}


def test_tokens_that_two_processes_share_give_the_result_of_one() -> None:
    """A rehearsal of the instrument for several cards: a real process group exchanges, in float32."""
    for rows in several_cards.measure(2, rehearse=True):
        assert [row["size"] for row in rows] == list(several_cards.SIZES)
        assert all(row["picture_error"] < 1e-4 and row["sound_error"] < 1e-4 for row in rows)
