"""Predicted peaks against the figures an H200 showed."""

import pytest

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.families import FAMILIES
from gpu.core.geometry import geometry
from gpu.core.hardware import GPUS
from gpu.core.memory import TOKEN_TENSOR_BYTES, activations, fit, resident_bytes
from gpu.core.placement import PLANS
from gpu.core.presets import PRESETS
from gpu.core.workload import PAIRED_UP_TO, evaluations_at_once, guided_forwards

REAL = CHECKPOINTS["ltx-2-19b"]


def test_a_24_gib_card_cannot_hold_the_models_and_an_h200_can() -> None:
    shape = geometry("9:16", "704p", 2)
    assert not fit(PRESETS["aggressive_quality"], shape, REAL, GPUS["A10G"]).fits
    assert fit(PRESETS["aggressive_quality"], geometry("9:16", "1088p", 10), REAL, GPUS["H200"]).fits


def test_whole_frames_make_decoding_the_peak_and_tiles_do_not() -> None:
    quality, clip = PRESETS["aggressive_quality"], geometry("9:16", "1088p", 8)
    verdict = fit(quality, clip, REAL, GPUS["H200"])
    assert verdict.peak_phase == "decode"
    assert verdict.peak_bytes == verdict.phases["decode"] == max(verdict.phases.values())
    assert fit(quality, clip, REAL, GPUS["H200"], PLANS["in_turns"]).peak_phase == "stage_2"
    assert "stage_2" not in fit(PRESETS["draft"], geometry("9:16", "352p", 8), REAL, GPUS["H200"]).phases


def test_both_evaluations_of_a_guided_step_count_and_nothing_else_does() -> None:
    quality, small, large = PRESETS["aggressive_quality"], geometry("9:16", "704p", 8), geometry("9:16", "1088p", 8)
    tokens = small.video_tokens(half_size=True)
    guided, unguided = (activations(preset, small)["stage_1"] for preset in (quality, PRESETS["fast"]))
    family = FAMILIES["19b"]
    forward = family.forward_tensors["bf16"] * TOKEN_TENSOR_BYTES * tokens
    assert guided - unguided == pytest.approx(family.text_keys_bytes + forward)
    assert evaluations_at_once(quality, "stage_1", tokens) == 2
    assert evaluations_at_once(quality, "stage_1", large.video_tokens(half_size=True)) == 2
    assert evaluations_at_once(quality, "stage_1", PAIRED_UP_TO + 1) == 1
    assert evaluations_at_once(quality, "stage_2", small.video_tokens()) == 1
    assert evaluations_at_once(PRESETS["fast"], "stage_1", 100) == 1
    strong, finest = PRESETS["expressive_strong"], PRESETS["hq"]
    assert guided_forwards(strong, tokens) == (4,)
    assert guided_forwards(strong, large.video_tokens(half_size=True)) == (2, 2)
    assert guided_forwards(finest, large.video_tokens(half_size=True)) == (2, 1)
    assert guided_forwards(finest, PAIRED_UP_TO + 1) == (1, 1, 1)
    assert fit(quality, small, REAL, GPUS["H200"]).peak_phase == "decode"


def test_the_tiny_set_has_no_planned_sizes() -> None:
    with pytest.raises(ValueError, match="no planned sizes"):
        resident_bytes(CHECKPOINTS["tiny-19b"])
