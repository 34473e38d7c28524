"""Predicted peaks against the figures an H200 showed."""

import pytest

from gpu.checkpoints import CHECKPOINTS
from gpu.geometry import geometry
from gpu.hardware import GIB, GPUS
from gpu.presets import PRESETS
from gpu.vram import FORWARD_TENSORS, TOKEN_TENSOR_BYTES, fit, resident_bytes

REAL = CHECKPOINTS["ltx-2-19b"]


@pytest.mark.parametrize(("tokens", "gib"), [(12_750, 2.34), (51_000, 9.22), (22_000, 3.99), (14_080, 2.56)])
def test_activations_are_within_3_percent_of_the_measured_ones(tokens: int, gib: float) -> None:
    assert FORWARD_TENSORS * TOKEN_TENSOR_BYTES * tokens / GIB == pytest.approx(gib, rel=0.03)


def test_a_24_gib_card_cannot_hold_the_models_and_an_h200_can() -> None:
    shape = geometry("9:16", "704p", 2)
    assert not fit(PRESETS["aggressive_quality"], shape, REAL, GPUS["A10G"]).fits
    assert fit(PRESETS["aggressive_quality"], geometry("9:16", "1088p", 10), REAL, GPUS["H200"]).fits


def test_the_peak_is_the_largest_phase_and_the_two_stage_peak_is_stage_2() -> None:
    verdict = fit(PRESETS["aggressive_quality"], geometry("9:16", "1088p", 8), REAL, GPUS["H200"])
    assert verdict.peak_bytes == verdict.phases["stage_2"] == max(verdict.phases.values())
    assert "stage_2" not in fit(PRESETS["draft"], geometry("9:16", "352p", 8), REAL, GPUS["H200"]).phases


def test_the_tiny_set_has_no_planned_sizes() -> None:
    with pytest.raises(ValueError, match="no planned sizes"):
        resident_bytes(CHECKPOINTS["tiny-19b"])
