"""Predicted peaks against the figures an H200 showed."""

from typing import get_args

import pytest

from gpu.core.checkpoints import CHECKPOINTS, Flavour
from gpu.core.families import FAMILIES
from gpu.core.geometry import Seconds, geometry
from gpu.core.hardware import GPUS
from gpu.core.memory import (
    SOUND_BYTES_PER_SECOND,
    TOKEN_TENSOR_BYTES,
    activations,
    component_bytes,
    fit,
    resident_bytes,
)
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
    forward = family.forward_tensors["bf16", "bf16"] * TOKEN_TENSOR_BYTES * tokens
    assert guided - unguided == pytest.approx(family.text_keys_bytes + forward)
    assert evaluations_at_once(quality, "stage_1", tokens) == (2,)
    assert evaluations_at_once(quality, "stage_1", large.video_tokens(half_size=True)) == (2,)
    assert evaluations_at_once(quality, "stage_1", PAIRED_UP_TO + 1) == (1,)
    assert evaluations_at_once(quality, "stage_2", small.video_tokens()) == (1,)
    assert evaluations_at_once(PRESETS["fast"], "stage_1", 100) == (1,)
    strong, finest = PRESETS["expressive_strong"], PRESETS["hq"]
    assert guided_forwards(strong, tokens) == (4,)
    assert guided_forwards(strong, large.video_tokens(half_size=True)) == (2, 2)
    assert guided_forwards(finest, large.video_tokens(half_size=True)) == (2, 1)
    assert set(evaluations_at_once(finest, "stage_1", large.video_tokens(half_size=True))) == {2, 1}
    assert guided_forwards(finest, PAIRED_UP_TO + 1) == (1, 1, 1)
    assert fit(quality, small, REAL, GPUS["H200"]).peak_phase == "decode"


@pytest.mark.parametrize("seconds_and_mib", [(2, 22.8), (8, 89.5), (10, 111.7)])
def test_a_sound_of_a_person_s_own_is_encoded_in_what_a_card_showed(seconds_and_mib: tuple[Seconds, float]) -> None:
    """LTX-2.3's pictures take less than a long sound, LTX-2's more: the larger of the two is predicted."""
    seconds, mib = seconds_and_mib
    shape = geometry("9:16", "704p", seconds)
    of_sound = SOUND_BYTES_PER_SECOND * shape.num_frames / shape.frame_rate
    assert of_sound / 1024**2 == pytest.approx(mib, rel=0.05)
    for flavour in get_args(Flavour):
        with_picture, with_sound = (
            activations(PRESETS[name], shape, flavour=flavour)["encode_image"] for name in ("expressive", "lip_sync")
        )
        assert with_sound == max(with_picture, int(of_sound))


def test_the_encoder_of_sounds_stays_beside_the_decoder() -> None:
    for checkpoint in (each for each in CHECKPOINTS.values() if each.components):
        assert checkpoint.components is not None
        encoder = checkpoint.components.audio_encoder
        assert encoder == pytest.approx(43e6, rel=0.02)
        assert component_bytes(checkpoint)["audio"] == encoder + checkpoint.components.audio_decoder_and_vocoder


def test_the_tiny_set_has_no_planned_sizes() -> None:
    with pytest.raises(ValueError, match="no planned sizes"):
        resident_bytes(CHECKPOINTS["tiny-19b"])
