"""Peaks and seconds of each phase of a render on this machine's card, through `Renderer` itself.

A cell is one clip: its settings, its plan, and the card whose memory limit is simulated. The rows have the form of
`gpu/core/measured_memory.py`, with the predictions of `gpu/core/memory.py` beside them. Without a card the same path
runs on the tiny models, as a rehearsal: then there are seconds but no peaks. It writes no file and judges no result."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from gpu.core import presets
from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import PresetName, Resolved, Stage
from gpu.core.geometry import Geometry, Ratio, Scale, Seconds, Tier, geometry
from gpu.core.hardware import GIB, GPUS
from gpu.core.memory import fit
from gpu.core.placement import PLANS, Phase
from gpu.core.presets import PRESETS
from gpu.core.problems import OutOfGpuMemory
from gpu.core.render_job import Conditioning, Follower, Shot
from gpu.render.pipelines import Renderer
from tools.measure.clip_inputs import ClipInputs, frames_read

PHASE_OF_STAGE: dict[Stage, Phase] = {
    "encode_image": "encode_image",
    "stage_1": "stage_1",
    "upsample": "upsample",
    "stage_2": "stage_2",
    "decode": "decode",
}
"""`encode_prompt` covers two phases of the arithmetic; its row carries the larger prediction."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One clip to measure. `steps` of stage 1 may be few: peaks do not depend on it, seconds are given per step."""

    preset: PresetName = "aggressive_quality"
    ratio: Ratio = "9:16"
    tier: Tier = "1088p"
    seconds: Seconds = 8
    plan: str = "resident"
    checkpoint: str = "ltx-2-19b"
    steps: int | None = 2
    capped_to: str | None = None
    """The card whose usable memory is the limit."""
    prompts_known: bool = False
    """Whether prompts that an earlier clip encoded need not be encoded again."""


@dataclass(slots=True)
class Row:
    """One phase. GiB of `max_memory_allocated`; None without a card."""

    stage: str
    seconds: float
    before_gib: float | None
    peak_gib: float | None
    predicted_peak_gib: float | None


@dataclass(slots=True)
class Result:
    """One cell: its settings, its rows, and whether it fitted as the arithmetic predicted."""

    cell: Cell
    device: str
    fitted: bool
    predicted_to_fit: bool
    rows: list[Row] = field(default_factory=list[Row])

    @property
    def verdict_right(self) -> bool:
        return self.fitted == self.predicted_to_fit

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict_right": self.verdict_right}


class Meter:
    """Follows the stages of one render and closes a row at each change."""

    def __init__(self, predicted: dict[Stage, float]) -> None:
        self.rows: list[Row] = []
        self._predicted = predicted
        self._stage: Stage | None = None
        self._began = 0.0
        self._before: float | None = None

    def __call__(self, stage: Stage, _step: int | None, _steps: int | None) -> None:
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._began = time.perf_counter()
            if torch.cuda.is_available():
                torch.cuda.reset_peak_memory_stats()
                self._before = torch.cuda.memory_allocated() / GIB

    def close(self) -> None:
        if self._stage is None:
            return
        peak: float | None = None
        if torch.cuda.is_available():
            torch.cuda.synchronize()
            peak = torch.cuda.max_memory_allocated() / GIB
        seconds = time.perf_counter() - self._began
        self.rows.append(Row(self._stage, round(seconds, 3), self._before, peak, self._predicted.get(self._stage)))
        self._stage = None


def measure(renderer: Renderer, cell: Cell, scale: Scale, inputs: ClipInputs, scratch: Path) -> Result:
    """Renders the cell's clip once and returns its rows."""
    preset = PRESETS[cell.preset]
    shape = geometry(cell.ratio, cell.tier, cell.seconds, scale)
    card = GPUS[cell.capped_to or "H200"]
    verdict = fit(preset, shape, CHECKPOINTS[cell.checkpoint], card, PLANS[cell.plan])
    gib = {phase: peak / GIB for phase, peak in verdict.allocated.items()}
    predicted: dict[Stage, float] = {stage: gib[phase] for stage, phase in PHASE_OF_STAGE.items() if phase in gib}
    predicted["encode_prompt"] = max(gib["encode_text"], gib["connect_text"])
    meter = Meter(predicted if scale == "full" else {})
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    result = Result(cell, device, fitted=True, predicted_to_fit=verdict.fits if scale == "full" else True)
    _cap(card.usable_bytes if cell.capped_to else None)
    pictures = [Conditioning(inputs.picture, index, 0.85) for index in _places(cell.preset, shape)]
    try:
        if not cell.prompts_known:
            renderer.models.prompts.clear()
        shot = Shot(
            settings(cell, shape),
            pictures,
            inputs.source,
            scratch / "clip.mp4",
            scratch / "poster.jpg",
            sound=inputs.sound,
        )
        renderer.render(shot, Follower(on_progress=meter))
    except OutOfGpuMemory:
        result.fitted = False
    finally:
        _cap(None)
    meter.close()
    result.rows = meter.rows
    return result


def settings(cell: Cell, shape: Geometry) -> Resolved:
    """A worker's resolved settings for this cell, at the given shape."""
    preset = PRESETS[cell.preset]
    part: dict[str, Any] = {}
    if preset.inputs == "clip_part":
        read = frames_read(cell.preset, cell.seconds, shape)
        part = {"remade": "both", "remade_from": read % shape.num_frames, "remade_until": shape.num_frames}
    if preset.inputs == "sound":
        part = {"sound": "own"}
    whole = Resolved(
        **presets.sampler_of(preset, CHECKPOINTS[cell.checkpoint]),
        quantization=PLANS[cell.plan].quantization,
        gpu=cell.capped_to or "H200",
        seed=1,
        num_frames=shape.num_frames,
        width=shape.width,
        height=shape.height,
        frame_rate=shape.frame_rate,
        prompt_sent=presets.prompt_sent(preset, "A woman turns her head and smiles."),
        negative_prompt=presets.NEGATIVE_PROMPT if preset.guided else None,
        build="measure",
        **part,
    )
    if cell.steps is None or not preset.guided:
        return whole
    return whole.model_copy(update={"steps": cell.steps, "guided_steps": None})


def _places(preset: PresetName, shape: Geometry) -> Sequence[int]:
    last = shape.num_frames - 1
    return {"keyframes": (0, last // 2, last), "restyle": (), "retake": (), "extend": ()}.get(preset, (0,))


def _cap(usable_bytes: int | None) -> None:
    """Simulates a smaller card; None removes the limit."""
    if torch.cuda.is_available():
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(1.0 if usable_bytes is None else min(1.0, usable_bytes / total))
