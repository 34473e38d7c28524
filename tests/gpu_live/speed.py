"""Stock and ours side by side on one card: seconds of a transformer evaluation in each stage, and of each phase.

Every variant renders the default clip through `Renderer` with two guided steps: four evaluations in stage 1, three in
stage 2. The median stands for all of a stage, without the last, whose end is only seen when the next stage begins. A
first clip at the small tier compiles; if the large tier then needed another graph, the count of graphs shows it.
Knows no price; decides nothing about what is right.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false, reportMissingTypeStubs=false

import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch._dynamo.utils import counters

from gpu.geometry import Tier, geometry
from gpu.hardware import GIB
from gpu.pipelines import Renderer, tiling
from gpu.residency import PLANS
from gpu.resident import ModelFiles
from gpu.speed.transformer import Watched
from tests.gpu_live.phases import Cell, measure


@dataclass(frozen=True, slots=True)
class Variant:
    """`stock`: ltx-core's own transformer, and its small decoder tiles."""

    name: str
    plan: str
    compiled: bool = True
    stock: bool = False


VARIANTS = (
    Variant("stock", "resident", compiled=False, stock=True),
    Variant("once", "resident", compiled=False),
    Variant("compiled", "resident"),
    Variant("fp8", "resident_fp8"),
    Variant("8-bit", "resident_8_bit"),
)


def side_by_side(
    files: ModelFiles, variants: Sequence[Variant], folder: Path, stir: Callable[[Renderer], None], *, rehearse: bool
) -> Iterator[dict[str, Any]]:
    """One row for each variant and tier."""
    for variant in variants:
        began = time.perf_counter()
        renderer = Renderer(files, plan=PLANS[variant.plan], compiled=variant.compiled and not rehearse)
        evaluations = _Stopwatch(renderer)
        if variant.stock:
            _as_shipped(renderer)
        if not rehearse:
            renderer.warm(["TI2VidTwoStagesPipeline"])
            stir(renderer)
        yield {"variant": variant.name, "loaded_seconds": round(time.perf_counter() - began, 1)}
        tiers: list[Tier] = ["704p", "704p", "1088p"] if variant.compiled else ["704p", "1088p"]
        for number, tier in enumerate(tiers):
            cell = Cell(tier=tier, plan=variant.plan)
            shape = geometry(cell.ratio, cell.tier, cell.seconds, "tiny" if rehearse else "full")
            evaluations.by_stage.clear()
            result = measure(
                renderer,
                cell,
                "tiny" if rehearse else "full",
                _picture(shape.width, shape.height, folder),
                None,
                folder,
            )
            evaluations.stop()
            yield {
                "variant": variant.name,
                "tier": tier,
                "warming": variant.compiled and number == 0,
                "graphs": counters["stats"]["unique_graphs"],
                "evaluation_seconds": {
                    stage: [round(each, 4) for each in found] for stage, found in evaluations.by_stage.items()
                },
                "fitted": result.fitted,
                "median_seconds": {
                    stage: round(statistics.median(found[:-1]), 4) for stage, found in evaluations.by_stage.items()
                },
                "phase_seconds": {row.stage: row.seconds for row in result.rows},
                "peak_gib": {row.stage: row.peak_gib and round(row.peak_gib, 2) for row in result.rows},
                "before_gib": {row.stage: row.before_gib and round(row.before_gib, 2) for row in result.rows},
            }
        if variant.name == "compiled":
            yield {"decode_seconds_and_peak_gib": dict(_decoding(renderer, rehearse=rehearse))}
        renderer.models.built.clear()
        del renderer, evaluations
        let_go()


class _Stopwatch:
    """Waits for the card before every evaluation and notes how long the last one took."""

    def __init__(self, renderer: Renderer) -> None:
        self.by_stage: defaultdict[str, list[float]] = defaultdict(list)
        self._renderer = renderer
        self._began: tuple[str, float] | None = None
        watch = renderer.models.watch
        renderer.models._watched = Watched(self._before, watch.check)

    def _before(self) -> None:
        self.stop()
        self._renderer.models.watch.evaluation()
        run = self._renderer.models.watch._run
        assert run is not None
        self._began = str(run.stage), time.perf_counter()

    def stop(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        if self._began is not None:
            stage, began = self._began
            self.by_stage[stage].append(time.perf_counter() - began)
            self._began = None


def _as_shipped(renderer: Renderer) -> None:
    """The resident stock transformer for both stages: a LoRA that LTX merged when loading costs no time later."""
    models = renderer.models

    class Stock:
        def __init__(self, base: Any) -> None:
            self.base = base

        def __call__(self, **arguments: Any) -> Any:
            models._watched.evaluation()
            return self.base(**arguments)

    models.transformer = lambda ledger: Stock(models.once(("transformer", ledger.checkpoint), ledger.stock_transformer))  # type: ignore[method-assign]


def _decoding(renderer: Renderer, *, rehearse: bool) -> Iterator[tuple[str, tuple[float, float]]]:
    from ltx_core.model.video_vae import decode_video

    decoder = renderer.pipeline("TI2VidTwoStagesPipeline").stage_2_model_ledger.video_decoder()
    device = next(decoder.parameters()).device
    shape = (1, 128, 3, 2, 2) if rehearse else (1, 128, 25, 60, 34)
    tilings = {"tiles": tiling(0)} | {f"{frames} whole frames": tiling(frames) for frames in (112, 96, 64)}
    with torch.inference_mode():
        latent = torch.randn(shape, device=device, dtype=torch.bfloat16)
        for name, cut in tilings.items():
            taken: list[float] = []
            before = 0
            if torch.cuda.is_available():
                torch.cuda.reset_peak_memory_stats()
                before = torch.cuda.memory_allocated()
            for _ in range(3):
                began = time.perf_counter()
                for chunk in decode_video(latent, decoder, cut, None):
                    del chunk
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                taken.append(round(time.perf_counter() - began, 3))
            peak = (torch.cuda.max_memory_allocated() - before) / GIB if torch.cuda.is_available() else 0.0
            yield name, (statistics.median(taken), round(peak, 2))


def _picture(width: int, height: int, folder: Path) -> Path:
    path = folder / f"{width}x{height}.png"
    y, x = np.mgrid[0:height, 0:width]
    Image.fromarray(np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8)).save(path)
    return path


def let_go() -> None:
    """Frees what nobody holds any more, also what was hidden from the collector."""
    gc.unfreeze()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
