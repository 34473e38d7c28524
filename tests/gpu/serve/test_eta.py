"""How much longer a render takes: each preset by its own clips and its own pace."""

from typing import Any, get_args

import pytest

from gpu.core.contract import JOB_REQUEST, Resolved, Stage
from gpu.core.geometry import geometry
from gpu.core.presets import PRESETS, resolve
from gpu.core.pricing import h200_seconds
from gpu.serve.eta import StageTimes, StepPace, progress

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


def test_a_step_takes_what_the_last_ones_took_and_before_those_what_the_last_clip_says() -> None:
    resolved, times, pace = settings("quality_light"), StageTimes(), StepPace()
    assert pace.begun(times, resolved, "stage_1", 1, 20, 100.0) is None
    assert pace.begun(times, resolved, "stage_1", 2, 20, 106.0) == 6.0  # the first one warms up
    assert pace.begun(times, resolved, "stage_1", 3, 20, 108.0) == 4.0
    assert pace.begun(times, resolved, "stage_1", 4, 20, 110.0) == 2.0
    for step in range(5, 11):
        assert pace.begun(times, resolved, "stage_1", step, 20, 102.0 + 2 * step) == 2.0
    assert pace.begun(times, resolved, "stage_1", 11, 20, 124.0) == 1.0  # one evaluation; a guided step has two
    assert pace.begun(times, resolved, "stage_2", 1, 3, 130.0) is None
    times.remember(resolved, {"stage_1": 30.0, "stage_2": 6.0})
    later = StepPace()
    assert later.begun(times, resolved, "stage_1", 1, 20, 0.0) == 2.0
    assert later.begun(times, resolved, "stage_2", 1, 3, 40.0) == 2.0
