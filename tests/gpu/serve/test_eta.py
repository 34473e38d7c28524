"""How much longer a render takes: each preset by its own clips and its own pace."""

from typing import Any, get_args

import pytest

from gpu.core.contract import JOB_REQUEST, Resolved, Stage
from gpu.core.geometry import geometry
from gpu.core.presets import PRESETS, resolve
from gpu.core.pricing import h200_seconds
from gpu.serve.eta import StageTimes, progress

STAGES: tuple[Stage, ...] = get_args(Stage)
LATER = STAGES[STAGES.index("stage_1") + 1 :]


def settings(preset: str) -> Resolved:
    request = JOB_REQUEST.validate_python({"preset": preset, "prompt": "a lamp", "upload_id": "0" * 12})
    return resolve(request, seed=1, checkpoint="ltx-2-19b", gpu="H200", build="test")


def test_a_clip_with_less_guidance_does_not_tell_how_long_one_with_all_of_it_takes() -> None:
    times = StageTimes()
    times.remember(settings("quality_light"), {"stage_1": 30.0})
    assert times.medians(settings("aggressive_quality")) == {}
    assert times.medians(settings("quality_light"))["stage_1"] == 30.0


# Guided steps take two evaluations, the ten after them one: 40 in all with guidance everywhere, 30 with half of it.
@pytest.mark.parametrize(
    ("preset", "step", "left"),
    [("aggressive_quality", 11, 20 / 40), ("quality_light", 4, 24 / 30), ("quality_light", 11, 10 / 30),
     ("quality_light", 20, 1 / 30)],
)  # fmt: skip
@pytest.mark.parametrize("known", [True, False], ids=["measured", "by pace"])
def test_what_is_left_of_stage_1_is_counted_in_evaluations(preset: Any, step: int, left: float, known: bool) -> None:
    resolved, times = settings(preset), StageTimes()
    predicted = h200_seconds(PRESETS[preset], geometry("9:16", "704p", 8))
    if known:
        times.remember(resolved, {stage: predicted.get(stage, 0.0) for stage in STAGES})
    spent: dict[Stage, float] = {"stage_1": predicted["stage_1"] * (1 - left)}
    told = progress(times, resolved, "stage_1", step, 20, spent)
    assert told.eta_basis == ("measured" if known else "estimated")
    after = sum(predicted.get(stage, 0.0) for stage in LATER)
    assert told.eta_seconds == pytest.approx(predicted["stage_1"] * left + after, abs=0.06)
