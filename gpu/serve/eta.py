"""How much longer a render takes, and a step of it: from the last clips of the same settings, or from the steps so far.

It keeps the median seconds of each stage, per settings, for the life of the process, and uses them once one clip is
done. Before that, the speed of the steps and the predicted proportions of the stages give a rougher figure. Pure
arithmetic: the caller passes the time. Does not know queues, so waiting time is not included.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import get_args

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import Progress, Resolved, Stage
from gpu.core.geometry import Geometry
from gpu.core.guidance import guided_evaluations
from gpu.core.presets import PRESETS, Preset
from gpu.core.pricing import h200_seconds

CLIPS_KEPT = 5
STEPS_BEFORE_ESTIMATE = 3
"""Number of recent steps whose speed predicts the rest; the first steps are slower, because they warm up."""

_ORDER: tuple[Stage, ...] = get_args(Stage)
_PACED: tuple[Stage, ...] = ("stage_1", "stage_2")
"""Stages that count steps."""

TimingKey = tuple[str, str, str, int, int, int, int, int | None, int]


def timing_key(resolved: Resolved) -> TimingKey:
    """The settings that determine how long a clip takes; text, seed and strengths do not matter."""
    return (
        resolved.pipeline,
        resolved.checkpoint,
        resolved.gpu,
        resolved.num_frames,
        resolved.width,
        resolved.height,
        resolved.steps,
        resolved.guided_steps,
        guided_evaluations(resolved),
    )


@dataclass(slots=True)
class StageTimes:
    """Seconds of each stage of the last clips, by settings. One per process; not thread-safe."""

    _clips: defaultdict[TimingKey, deque[Mapping[Stage, float]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=CLIPS_KEPT))
    )

    def remember(self, resolved: Resolved, seconds: Mapping[Stage, float]) -> None:
        self._clips[timing_key(resolved)].append(dict(seconds))

    def medians(self, resolved: Resolved) -> dict[Stage, float]:
        """Empty before the first clip of these settings."""
        clips = self._clips.get(timing_key(resolved), ())
        return {stage: median(clip.get(stage, 0.0) for clip in clips) for stage in _ORDER} if clips else {}


def progress(
    times: StageTimes,
    resolved: Resolved,
    stage: Stage,
    step: int | None,
    steps: int | None,
    spent: Mapping[Stage, float],
) -> Progress:
    """The progress of the render and its remaining seconds. `step` is the current one, from 1; `spent` holds the
    seconds of each stage so far, the current one included."""
    done = _done(resolved, stage, step - 1, steps) if step and steps else None
    measured = times.medians(resolved)
    seconds = _from_medians(measured, stage, done, spent) if measured else _from_pace(resolved, stage, done, spent)
    if seconds is None:
        return Progress(step=step, steps=steps, eta_seconds=None, eta_basis=None)
    return Progress(
        step=step, steps=steps, eta_seconds=round(seconds, 1), eta_basis="measured" if measured else "estimated"
    )


@dataclass(slots=True)
class StepPace:
    """How long the steps of one clip take, as measured. `now` on any clock that only goes forward."""

    _stage: Stage | None = None
    _began: float = 0.0
    _evaluation_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=STEPS_BEFORE_ESTIMATE))

    def begun(
        self, times: StageTimes, resolved: Resolved, stage: Stage, step: int, steps: int, now: float
    ) -> float | None:
        """The seconds that the step which begins now takes: as the last ones of this clip did, before that as those of
        the last clips. None where none was measured."""
        if stage != self._stage:
            self._stage = stage
            self._evaluation_seconds.clear()
        elif step > 1:
            self._evaluation_seconds.append((now - self._began) / _evaluations(resolved, stage, step - 1))
        self._began = now
        own = _evaluations(resolved, stage, step)
        if self._evaluation_seconds:
            return median(self._evaluation_seconds) * own or None
        whole = times.medians(resolved).get(stage, 0.0)
        return whole * own / sum(_evaluations(resolved, stage, one) for one in range(1, steps + 1)) or None


def _made_alike(preset: Preset, resolved: Resolved) -> bool:
    """Whether clips of this preset take as long."""
    kinds = [(each.pipeline, each.guided_steps, guided_evaluations(each)) for each in (preset, resolved)]
    return kinds[0] == kinds[1]


def _from_medians(
    medians: Mapping[Stage, float], stage: Stage, done: float | None, spent: Mapping[Stage, float]
) -> float:
    left = max(0.0, medians[stage] - spent.get(stage, 0.0)) if done is None else medians[stage] * (1 - done)
    return left + sum(medians[later] for later in _after(stage))


def _from_pace(resolved: Resolved, stage: Stage, done: float | None, spent: Mapping[Stage, float]) -> float | None:
    """Predicted proportions of the stages, scaled by the measured speed of the steps. None until enough steps ran."""
    preset = next(row for row in PRESETS.values() if _made_alike(row, resolved))
    shape = Geometry(resolved.width, resolved.height, resolved.num_frames, resolved.frame_rate)
    predicted = h200_seconds(preset, shape, flavour=CHECKPOINTS[resolved.checkpoint].flavour)
    run: list[tuple[Stage, float]] = [(paced, 1.0) for paced in _PACED if stage in _after(paced)]
    if done:
        run.append((stage, done))
    if sum(part for paced, part in run if paced == "stage_1") * preset.steps < STEPS_BEFORE_ESTIMATE:
        return None
    pace = sum(spent.get(paced, 0.0) for paced, _ in run) / sum(part * predicted.get(paced, 0.0) for paced, part in run)
    left = pace * sum(predicted.get(later, 0.0) for later in _after(stage))
    if done is not None:
        return left + pace * (1 - done) * predicted.get(stage, 0.0)
    return left + max(0.0, pace * predicted.get(stage, 0.0) - spent.get(stage, 0.0))


def _done(resolved: Resolved, stage: Stage, made: int, steps: int) -> float:
    """The share of a stage's evaluations that its first `made` of `steps` steps make. A guided step takes more of them,
    so steps differ where guidance stops before the last step."""
    guided, more = _guided(resolved, stage), guided_evaluations(resolved) - 1
    return (made + more * min(made, guided)) / (steps + more * guided)


def _evaluations(resolved: Resolved, stage: Stage, step: int) -> int:
    return guided_evaluations(resolved) if step <= _guided(resolved, stage) else 1


def _guided(resolved: Resolved, stage: Stage) -> int:
    return resolved.guided_steps if stage == "stage_1" and resolved.guided_steps else 0


def _after(stage: Stage) -> tuple[Stage, ...]:
    return _ORDER[_ORDER.index(stage) + 1 :]
