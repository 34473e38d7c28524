"""Progress and cancellation of one render at a time, by hooks on the models.

LTX 1.0.0 pipelines have neither callbacks nor a way to stop. Forward pre-hooks on the models serve for both: each marks
a known point of a render, and a pipeline stays usable after a hook has raised.

Does not know which pipeline runs: the caller passes the number of transformer evaluations per step. Not thread-safe:
one render at a time, and every hook runs in the rendering thread.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from gpu.core.contract import Stage
from gpu.core.problems import JobCanceled
from gpu.core.render_job import Follower

_ORDER: tuple[Stage, ...] = get_args(Stage)

# The stage that begins when a model of this kind first runs; None: the stage stays the same.
_BEGINS: dict[str, Stage | None] = {
    "text encoder": None,
    "embeddings processor": None,
    "video encoder": None,  # `before_pictures` begins it
    "spatial upsampler": "upsample",
    "video decoder": "decode",
    "audio encoder": None,  # beside the prompts
    "audio decoder": "decode",
    "vocoder": "decode",
}


@dataclass(frozen=True, slots=True)
class Pass:
    """One denoising pass: `steps` steps of `evaluations_per_step` transformer evaluations each, and `evaluations_after`
    more that belong to the last one."""

    stage: Literal["stage_1", "stage_2"]
    steps: int
    evaluations_per_step: int
    steps_before: int = 0
    """Evaluations of the same stage in the pass before this one."""
    steps_after: int = 0
    evaluations_after: int = 0

    @property
    def evaluations(self) -> int:
        """Of all steps."""
        return self.steps * self.evaluations_per_step + self.evaluations_after


@dataclass(slots=True)
class _Run:
    passes: Sequence[Pass]
    follower: Follower
    has_pictures: bool
    stage: Stage | None = None
    stage_began: float = 0.0
    evaluations: int = 0
    seconds: dict[str, float] = field(default_factory=dict[str, float])


class Watch:
    """Receives the hooks' calls. Outside `over` they have no effect."""

    def __init__(self) -> None:
        self._run: _Run | None = None

    @contextmanager
    def over(self, passes: Sequence[Pass], follower: Follower, *, has_pictures: bool) -> Generator[dict[str, float]]:
        """Watches one render; yields the seconds spent in each stage, filled as stages end."""
        run = self._run = _Run(passes, follower, has_pictures)
        try:
            yield run.seconds
        finally:
            _close_stage(run)
            self._run = None

    @property
    def evaluations(self) -> int:
        """Transformer evaluations so far in this render."""
        return self._run.evaluations if self._run else 0

    def check(self) -> None:
        """Raises JobCanceled when the owner canceled. Called thousands of times a clip: must stay cheap."""
        if self._run and self._run.follower.is_canceled():
            raise JobCanceled("Stopped while rendering.")

    def enter(self, stage: Stage) -> None:
        """Begins a stage and reports it; ignores the current and earlier stages."""
        run = self._run
        if run and (run.stage is None or _ORDER.index(stage) > _ORDER.index(run.stage)):
            _close_stage(run)
            run.stage, run.stage_began = stage, time.perf_counter()
            if not stage.startswith("stage_"):
                run.follower.on_progress(stage, None, None)
        self.check()

    def before_pictures(self) -> None:
        """Called when the pipeline requests the video encoder: next it reads pictures or a source clip, if any."""
        if self._run and self._run.has_pictures:
            self.enter("encode_image")

    def evaluation(self) -> None:
        """Counts one transformer evaluation and reports the step that it begins."""
        run = self._run
        if run is None:
            return
        before = 0
        for each in run.passes:
            index = run.evaluations - before
            if index < each.evaluations:
                step, within = divmod(index, each.evaluations_per_step)
                if within == 0 and step < each.steps:
                    self.enter(each.stage)
                    step += each.steps_before + 1
                    run.follower.on_progress(each.stage, step, each.steps_before + each.steps + each.steps_after)
                break
            before += each.evaluations
        run.evaluations += 1
        self.check()

    def hook_for(self, kind: str) -> Callable[..., None]:
        """The hook of a model of this kind, before each of its parts: begins its stage and allows a stop."""
        stage = _BEGINS[kind]

        def seen(*_: object) -> None:
            if stage is None:
                self.check()
            else:
                self.enter(stage)

        return seen

    def follow(self, kind: str) -> Callable[[Any], None]:
        """The function that hooks a model of this kind, so that its parts call `hook_for(kind)`."""
        seen = self.hook_for(kind)

        def hook(model: Any) -> None:
            for part in _parts(kind, model):
                part.register_forward_pre_hook(seen)

        return hook


def _parts(kind: str, model: Any) -> list[Any]:
    """The modules to hook. Tiled decoding calls the decoder's `forward` directly, so its parts are hooked instead."""
    match kind:
        case "text encoder":
            return list(model.layers)
        case "video encoder":
            return [model.conv_in, *model.down_blocks]
        case "video decoder":
            return [model.conv_in, *model.up_blocks]
        case "embeddings processor":
            return [model.video_connector, model.audio_connector]
        case _:
            return [model]


def _close_stage(run: _Run) -> None:
    if run.stage is not None:
        spent = time.perf_counter() - run.stage_began
        run.seconds[run.stage] = run.seconds.get(run.stage, 0.0) + spent
