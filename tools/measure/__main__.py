"""Measures phases on this machine's card and prints rows for `gpu/core/measurements.py`. Without a card: a rehearsal.

    python -m tools.measure                         every cell, on a card with random weights at real size
    python -m tools.measure --preset fast --tier 704p --plan resident_fp8
    python -m tools.measure --caps                  the cells, limited to the memory of an A10G, an L40S and an H100
    python -m tools.measure --speed                 stock code and ours: seconds of each evaluation and phase
    python -m tools.measure --errors                the error of each switch: in an evaluation and a tiny trained clip
    python -m tools.measure --kernels               our kernels compared with plain torch
    python -m tools.measure --clip                  one clip from ticket to marker through the worker, decoded after
    python -m tools.measure --start                 timelines from a new process to a job's first step; --read-gbps 2.5
                                                    adds a volume's rate, --cores 4 a container's
    python -m tools.measure --rehearse              the same path on the tiny models, no peaks
    python -m tools.measure.several_cards           a step on one card and on several: decision 35

A rented machine needs a CUDA build of torch besides the packages of infra/locks; `run.py` installs a CPU build.
Progress goes to stderr, one JSON line per cell to stdout. Only lines that were printed on a card may become rows.
"""

# pyright: reportUnknownMemberType=false

import argparse
import dataclasses
import itertools
import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gpu.core.contract import PresetName
from gpu.core.geometry import Geometry, Tier, geometry
from gpu.core.placement import PLANS
from gpu.core.presets import PRESETS
from gpu.media.encode import write_clip
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer
from gpu.speed.transformer import QuickTransformer
from gpu.tiny.build import build as build_tiny
from tools.measure import errors, hollow_set, kernels, real_size, speed, start
from tools.measure.phases import Cell, Result, measure
from tools.measure.whole_clip import make

CAPS = ("A10G", "L40S", "H100")
CAP_PLANS = {"A10G": ("resident", "one_at_a_time_fp8"), "L40S": ("resident", "in_turns_fp8"), "H100": ("text_apart",)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python run.py measure", description="Peaks and seconds of each phase.")
    parser.add_argument("--rehearse", action="store_true", help="tiny models on the CPU; measures nothing")
    parser.add_argument("--preset", choices=PRESETS, action="append")
    parser.add_argument("--tier", choices=("704p", "1088p"), action="append")
    parser.add_argument("--plan", choices=PLANS, action="append")
    parser.add_argument("--caps", action="store_true")
    parser.add_argument("--clip", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--kernels", action="store_true")
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--read-gbps", type=float, help="with --start: also a run whose files are read at this rate")
    parser.add_argument("--cores", type=int, help="with --start: CPU cores that the process may use")
    parser.add_argument("--variant", choices=[each.name for each in speed.VARIANTS], action="append")
    parser.add_argument("--full-steps", action="store_true", help="all steps of the preset: a whole clip's seconds")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    rehearse = options.rehearse or not torch.cuda.is_available()
    if rehearse:
        say("a rehearsal: no card is present, nothing is measured")
    wrong = 0
    if options.kernels:
        for row in kernels.beside_their_twins("cpu" if rehearse else "cuda"):
            print(json.dumps(row), flush=True)
            wrong += row["error"] > kernels.tolerance(row["kernel"])
        return 1 if wrong else 0
    with tempfile.TemporaryDirectory() as folder:
        if options.errors:
            for row in itertools.chain(
                errors.of_a_clip(Path(folder), rehearse=rehearse), errors.of_an_evaluation(rehearse=rehearse)
            ):
                print(json.dumps(row), flush=True)
            return 0
        files = build_tiny(Path(folder) / "set") if rehearse else hollow(Path(folder) / "set")
        if options.speed:
            chosen_variants = [each for each in speed.VARIANTS if each.name in (options.variant or [each.name])]
            for row in speed.side_by_side(files, chosen_variants, Path(folder), stir_models, rehearse=rehearse):
                print(json.dumps(row), flush=True)
            return 0
        if options.start:
            for plan in options.plan or ["resident"]:
                for row in start.timelines(files, plan, read_gbps=options.read_gbps, cores=options.cores):
                    print(json.dumps(row), flush=True)
                    say(f"{row['state']}: first step after {row['first_step_seconds']} s")
            return 0
        if options.clip:
            for plan in options.plan or ["resident"]:
                clip_through_worker(files, Path(folder), plan, rehearse=rehearse)
                speed.let_go()
            return 0
        for plan, cells in itertools.groupby(chosen(options), key=lambda cell: cell.plan):
            for result in run(files, plan, list(cells), Path(folder), rehearse=rehearse):
                wrong += not result.verdict_right
                print(json.dumps(result.as_json()), flush=True)
                for row in result.rows:
                    peaks = f"{gib(row.peak_gib)} predicted {gib(row.predicted_peak_gib)}"
                    say(f"  {row.stage:14} {row.seconds:8.2f} s  {peaks}")
    return 1 if wrong else 0


def chosen(options: argparse.Namespace) -> list[Cell]:
    """The cells of the command line, grouped by plan."""
    if options.caps:
        return sorted(
            (
                Cell(plan=plan, capped_to=card)
                for card in CAPS
                for plan in CAP_PLANS[card]
                if plan in (options.plan or [plan])
            ),
            key=lambda cell: cell.plan,
        )
    names: list[PresetName] = options.preset or ["aggressive_quality", "keyframes", "draft", "fast"]
    tiers: list[Tier] = options.tier or ["704p", "1088p"]
    steps = None if options.full_steps else 2
    return [
        Cell(preset=name, tier=tier, plan=plan, steps=steps)
        for plan in options.plan or ["resident", "resident_fp8"]
        for name in names
        for tier in (PRESETS[name].tiers if name == "draft" else tiers)
    ]


def run(files: ModelFiles, plan: str, cells: list[Cell], folder: Path, *, rehearse: bool) -> Iterator[Result]:
    """One renderer for all cells of a plan; it is freed before the next one."""
    renderer = Renderer(files, plan=PLANS[plan])
    scale = "tiny" if rehearse else "full"
    for cell in cells:
        say(f"{cell}")
        pipeline = PRESETS[cell.preset].pipeline
        if not rehearse:
            renderer.warm([pipeline])
            stir_models(renderer)
        shape = geometry(cell.ratio, cell.tier, cell.seconds, scale)
        source = clip(shape, folder / "source.mp4") if cell.preset == "restyle" else None
        yield measure(renderer, cell, scale, picture(shape, folder / "picture.png"), source, folder)
    renderer.models.built.clear()
    torch.cuda.empty_cache()


def clip_through_worker(files: ModelFiles, folder: Path, plan: str, *, rehearse: bool) -> None:
    """The default clip, whole: 1088x1920, 193 frames, all steps. A rehearsal makes the tiny one."""
    renderer = Renderer(files, plan=PLANS[plan])
    if not rehearse:
        renderer.warm(["TI2VidTwoStagesPipeline"])
        stir_models(renderer)
    checkpoint = "tiny-19b" if rehearse else "ltx-2-19b"
    shape = geometry("9:16", "1088p", 8, "tiny" if rehearse else "full")
    shown = picture(shape, folder / "picture.png")
    made = make(renderer, folder / plan, "aggressive_quality", "1088p", 8, shown, checkpoint)
    row: dict[str, object] = {"plan": plan, "seconds": round(made.seconds, 2), "peak_gib": made.peak_gib}
    row |= {"video": made.video, "phases": [dataclasses.asdict(each) for each in made.phases]}
    print(json.dumps(row | {"outcome": made.outcome.model_dump(mode="json")}), flush=True)
    say(f"{made.video} in {made.seconds:.1f} s")


def stir_models(renderer: Renderer) -> None:
    """Fills all loaded models with noise."""
    with torch.inference_mode():
        for model in renderer.models.built.values():
            if isinstance(model, QuickTransformer):
                real_size.stir([model.base])
                real_size.stir_eight_bits(model.eight_bit_layers())
            elif isinstance(model, torch.nn.Module):
                real_size.stir([model])


def hollow(directory: Path) -> ModelFiles:
    say("writing sparse files of the real sizes")
    directory.mkdir(parents=True)
    return hollow_set.write(directory)


def picture(shape: Geometry, path: Path) -> Path:
    y, x = np.mgrid[0 : shape.height, 0 : shape.width]
    Image.fromarray(np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8)).save(path)
    return path


def clip(shape: Geometry, path: Path) -> Path:
    frames = np.zeros((shape.num_frames, shape.height, shape.width, 3), np.uint8)
    frames += np.arange(shape.num_frames, dtype=np.uint8)[:, None, None, None]
    write_clip((part for part in [frames]), None, path, num_frames=shape.num_frames, frame_rate=shape.frame_rate)
    return path


def gib(value: float | None) -> str:
    return "      -    " if value is None else f"{value:7.2f} GiB"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
