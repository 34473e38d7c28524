"""Compares the stock code and ours on one card: whole clips, the seconds of each phase and of each evaluation.

Every variant renders its clips through `Renderer` with all steps of their presets, three times each; the result is the
median of each phase. An evaluation is timed by the card's own clock, without synchronising. A first short clip
compiles; the count of graphs shows whether another size needed another graph. Decoding is also timed alone, since in a
clip the encoder runs at the same time. Knows no price; judges no result.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false, reportMissingTypeStubs=false

import dataclasses
import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch._dynamo.utils import counters

from gpu.core.contract import PresetName, Stage
from gpu.core.geometry import Tier, geometry
from gpu.core.guidance import guided_evaluations
from gpu.core.hardware import GIB
from gpu.core.placement import PLANS
from gpu.core.presets import PRESETS
from gpu.render.model_files import ModelFiles
from gpu.render.pipeline_call import tiling
from gpu.render.pipelines import Renderer
from gpu.speed.transformer import Watched
from tools.measure.clip_inputs import inputs_of
from tools.measure.phases import Cell, Result, measure

Clip = tuple[PresetName, Tier]
QUALITY: Clip = ("aggressive_quality", "1088p")
SMALL: Clip = ("aggressive_quality", "704p")
LIGHT: Clip = ("quality_light", "1088p")
FAST: Clip = ("fast", "1088p")
DENOISING: tuple[Stage, ...] = ("stage_1", "upsample", "stage_2")
TIMES = 3
"""How often each clip is made, and decoded, where nothing else is asked for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """`stock`: ltx-core's own transformer and decoder, and its small decoder tiles."""

    name: str
    plan: str
    clips: Sequence[Clip]
    compiled: bool = True
    stock: bool = False
    apart: bool = False
    """Whether the two evaluations of a guided step are always separate forwards."""


VARIANTS = (
    Variant("stock", "resident", (SMALL, QUALITY, FAST), compiled=False, stock=True),
    Variant("once", "resident", (SMALL,), compiled=False),
    Variant("bf16", "resident", (SMALL, QUALITY)),
    Variant("bf16 apart", "resident", (SMALL,), apart=True),
    Variant("8-bit layers", "resident_fp8", (SMALL,)),
    Variant("8-bit", "resident_8_bit", (SMALL, FAST, LIGHT, QUALITY)),
    Variant("8-bit apart", "resident_8_bit", (SMALL,), apart=True),
)


def side_by_side(
    files: ModelFiles,
    variants: Sequence[Variant],
    folder: Path,
    stir: Callable[[Renderer], None],
    *,
    rehearse: bool,
    checkpoint: str = "ltx-2-19b",
    times: int = TIMES,
    parts: Sequence[int] = (),
) -> Iterator[dict[str, Any]]:
    """One row for each variant's loading, its decoder and each of its clips. `parts`: further numbers of frames that
    the decoder takes at a time."""
    for variant in variants:
        began = time.perf_counter()
        renderer = Renderer(files, plan=PLANS[variant.plan], compiled=variant.compiled and not rehearse)
        stopwatch = _Stopwatch(renderer)
        if variant.stock:
            as_shipped(renderer)
        if variant.apart:
            renderer.models._switches = dataclasses.replace(renderer.models._switches, paired_up_to=0)
        if not rehearse:
            renderer.warm(["TI2VidTwoStagesPipeline"])
        loaded = time.perf_counter() - began
        if not rehearse:
            stir(renderer)
        warming = time.perf_counter()
        first = Cell(tier="704p", seconds=4, plan=variant.plan, checkpoint=checkpoint)
        _render(renderer, first, folder, rehearse=rehearse)
        yield {
            "variant": variant.name,
            "loaded_seconds": round(loaded, 1),
            "first_clip_seconds": round(time.perf_counter() - warming, 1),
            "graphs": _graphs(),
        }
        alone: dict[Tier, float] = {}
        tiers: list[Tier] = [tier for _, tier in variant.clips]
        for tier in dict.fromkeys(tiers):
            shape = geometry("9:16", tier, 8, "tiny" if rehearse else "full")
            frames = 0 if variant.stock else PLANS[variant.plan].frames_at(shape.width * shape.height)
            for count in dict.fromkeys((frames, *parts)):
                seconds, peak = _decoded(renderer, tier, count, rehearse=rehearse, times=times)
                alone.setdefault(tier, seconds)
                row = {"variant": variant.name, "tier": tier, "frames_at_a_time": count}
                yield row | {"decode_alone_seconds": seconds, "decode_peak_gib": peak}
        for preset, tier in variant.clips:
            cell = Cell(
                preset=preset, tier=tier, plan=variant.plan, checkpoint=checkpoint, steps=2 if rehearse else None
            )
            stopwatch.clear()
            results: list[Result] = []
            for _ in range(1 if rehearse else times):
                results.append(_render(renderer, cell, folder, rehearse=rehearse))
                stopwatch.end_clip(guided_evaluations(PRESETS[preset]))
            phases = {
                alike[0].stage: statistics.median(row.seconds for row in alike)
                for alike in zip(*(each.rows for each in results), strict=True)
            }
            rows = results[-1].rows
            yield {
                "variant": variant.name,
                "clip": f"{preset} {tier}",
                "made": len(results),
                "fitted": all(each.fitted for each in results),
                "graphs": _graphs(),
                "denoise_and_decode_seconds": round(sum(phases.get(each, 0.0) for each in DENOISING) + alone[tier], 2),
                "phase_seconds": phases,
                "evaluation_seconds": stopwatch.medians(),
                "peak_gib": {row.stage: row.peak_gib and round(row.peak_gib, 2) for row in rows},
                "predicted_gib": {
                    row.stage: row.predicted_peak_gib and round(row.predicted_peak_gib, 2) for row in rows
                },
                "before_gib": {row.stage: row.before_gib and round(row.before_gib, 2) for row in rows},
            }
        renderer.models.built.clear()
        del renderer, stopwatch
        let_go()


def _render(renderer: Renderer, cell: Cell, folder: Path, *, rehearse: bool) -> Result:
    scale = "tiny" if rehearse else "full"
    shape = geometry(cell.ratio, cell.tier, cell.seconds, scale)
    return measure(renderer, cell, scale, inputs_of(cell.preset, cell.seconds, shape, folder), folder)


def _graphs() -> int:
    return counters["stats"]["unique_graphs"]


class _Stopwatch:
    """Records the start of each evaluation and the end of each stage, by the card's clock where there is a card."""

    def __init__(self, renderer: Renderer) -> None:
        self._marks: defaultdict[str, list[Any]] = defaultdict(list)
        self._spans: defaultdict[str, list[float]] = defaultdict(list)
        self._watch = watch = renderer.models.watch
        renderer.models._watched = Watched(self._before, watch.check)
        self._enter = watch.enter
        watch.enter = self._entering

    def clear(self) -> None:
        self._marks.clear()
        self._spans.clear()

    def end_clip(self, guided: int) -> None:
        """The evaluations of a guided step, `guided` of them, are timed together: those of a forward begin together.
        Elsewhere two in a row are."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        for stage, marks in self._marks.items():
            span = max(2, guided if stage == "stage_1" else 1)
            self._spans[stage] += [_between(one, other) / span for one, other in zip(marks, marks[span:], strict=False)]
        self._marks.clear()

    def medians(self) -> dict[str, dict[str, float]]:
        """Median seconds of an evaluation, and of how many spans, by stage."""
        return {
            stage: {"median": round(statistics.median(each), 4), "of": len(each)}
            for stage, each in self._spans.items()
            if each
        }

    def _before(self) -> None:
        self._watch.evaluation()
        self._mark(self._stage())

    def _entering(self, stage: Stage) -> None:
        before = self._stage()
        self._enter(stage)
        if before in self._marks and self._stage() != before:
            self._mark(before)

    def _stage(self) -> str:
        run = self._watch._run
        return "" if run is None else str(run.stage)

    def _mark(self, stage: str) -> None:
        if torch.cuda.is_available():
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            self._marks[stage].append(event)
        else:
            self._marks[stage].append(time.perf_counter())


def _between(one: Any, other: Any) -> float:
    return other - one if isinstance(one, float) else one.elapsed_time(other) / 1000


def as_shipped(renderer: Renderer) -> None:
    """The cached stock transformer for both stages: a LoRA that LTX merges at loading costs no time later."""
    models = renderer.models
    models.quick_decoder = False

    class Stock:
        def __init__(self, base: Any) -> None:
            self.base = base

        def __call__(self, **arguments: Any) -> Any:
            models._watched.evaluation()
            return self.base(**arguments)

    models.transformer = lambda ledger: Stock(models.once(("transformer", ledger.checkpoint), ledger.stock_transformer))  # type: ignore[method-assign]


def _decoded(renderer: Renderer, tier: Tier, frames: int, *, rehearse: bool, times: int) -> tuple[float, float | None]:
    """Median seconds of decoding 8 s of noise alone, and its peak in GiB above the memory in use before."""
    from ltx_core.model.video_vae import decode_video

    decoder = renderer.pipeline("TI2VidTwoStagesPipeline").stage_2_model_ledger.video_decoder()
    device = next(decoder.parameters()).device
    shape = geometry("9:16", tier, 8, "tiny" if rehearse else "full")
    size = (1, 128, (shape.num_frames - 1) // 8 + 1, shape.height // 32, shape.width // 32)
    taken: list[float] = []
    peak: float | None = None
    with torch.inference_mode():
        latent = torch.randn(size, device=device, dtype=next(decoder.parameters()).dtype)
        before = torch.cuda.memory_allocated() if torch.cuda.is_available() else 0
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        for _ in range(times):
            began = time.perf_counter()
            for chunk in decode_video(latent, decoder, tiling(frames), None):
                del chunk
            if torch.cuda.is_available():
                torch.cuda.synchronize()
                peak = round((torch.cuda.max_memory_allocated() - before) / GIB, 2)
            taken.append(time.perf_counter() - began)
    return round(statistics.median(taken), 3), peak


def let_go() -> None:
    """Frees unreferenced objects, including those excluded from garbage collection."""
    gc.unfreeze()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
