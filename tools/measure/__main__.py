"""Measures phases on this machine's card, in the form of `gpu/core/measured_memory.py`. Without a card: a rehearsal.

    python -m tools.measure                         every cell, on a card with random weights at real size
    python -m tools.measure --preset fast --tier 704p --plan resident_fp8
    python -m tools.measure --caps                  the cells, limited to the memory of an A10G, an L40S and an H100
    python -m tools.measure --speed                 stock code and ours: seconds of each evaluation and phase
    python -m tools.measure --errors                the error of each switch: in an evaluation and a tiny trained clip
    python -m tools.measure --kernels               our kernels compared with plain torch
    python -m tools.measure --clip                  clips from ticket to marker through the worker, beside their quotes
    python -m tools.measure --start                 timelines from a new process to a job's first step; --read-gbps 2.5
                                                    adds a volume's rate; --cores 4, here and with --clip, is a
                                                    container's
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
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from gpu.core.checkpoints import CHECKPOINTS, Flavour
from gpu.core.contract import PresetName
from gpu.core.geometry import Tier, geometry
from gpu.core.hardware import GPUS
from gpu.core.placement import PLANS, Plan
from gpu.core.presets import PRESETS
from gpu.core.pricing import FLASH_ATTENTION_ON, UPLOAD_SECONDS, cpu_seconds, gpu_seconds
from gpu.render.model_files import ModelFiles, gemma_files
from gpu.render.packed_weights import pack_beside
from gpu.render.pipelines import Renderer
from gpu.speed import flash
from gpu.speed.transformer import QuickTransformer
from gpu.tiny.build import build as build_tiny
from infra.cli.parser import Parser
from infra.language import localized
from tools.measure import errors, hollow_set, kernels, real_size, speed, start
from tools.measure.clip_inputs import inputs_of, picture
from tools.measure.phases import Cell, Result, measure
from tools.measure.whole_clip import make

REAL = [row.name for row in CHECKPOINTS.values() if row.components is not None]
CAPS = ("A10G", "L40S", "H100")
CAP_PLANS = {"A10G": ("resident", "one_at_a_time_fp8"), "L40S": ("resident", "in_turns_fp8"), "H100": ("text_apart",)}


def main() -> int:
    options = command_line().parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    rehearse = options.rehearse or not torch.cuda.is_available()
    if rehearse:
        say(
            localized(
                ko="연습이에요. GPU가 없어서 아무것도 측정하지 않아요",
                en="a rehearsal: no card is present, nothing is measured",
            )
        )
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
        flavour = CHECKPOINTS[options.checkpoint].flavour
        files = build_tiny(Path(folder) / "set", flavour) if rehearse else hollow(Path(folder) / "set", flavour)
        if options.speed:
            for row in speed.side_by_side(
                files,
                variants(options),
                Path(folder),
                stir_models,
                rehearse=rehearse,
                checkpoint=options.checkpoint,
                times=options.times,
                parts=options.parts,
            ):
                print(json.dumps(row), flush=True)
            return 0
        if options.start:
            for plan in options.plan or ["resident"]:
                pack = pack_beside if rehearse else real_size.write_hollow_twin
                for row in start.timelines(
                    files,
                    plan,
                    pack=pack,
                    read_gbps=options.read_gbps,
                    cores=options.cores,
                    checkpoint=options.checkpoint,
                    packed_only=options.packed_only,
                ):
                    print(json.dumps(row), flush=True)
                    state, seconds = row["state"], row["first_step_seconds"]
                    say(localized(ko=f"{state}: {seconds}초 뒤 첫 단계", en=f"{state}: first step after {seconds} s"))
            return 0
        if options.clip:
            if options.cores and sys.platform == "linux":
                os.sched_setaffinity(0, set(range(options.cores)))
            names: list[PresetName] = options.preset or ["aggressive_quality"]
            tiers: list[Tier] = options.tier or ["704p"]
            wanted = list(itertools.product(names, tiers))
            for plan in options.plan or ["resident"]:
                clips_through_worker(files, Path(folder), plan, wanted, options.checkpoint, rehearse=rehearse)
                speed.let_go()
            return 0
        for plan, cells in itertools.groupby(chosen(options), key=lambda cell: cell.plan):
            for result in run(files, plan, list(cells), Path(folder), rehearse=rehearse):
                wrong += not result.verdict_right
                print(json.dumps(result.as_json()), flush=True)
                for row in result.rows:
                    peak, predicted = gib(row.peak_gib), gib(row.predicted_peak_gib)
                    peaks = localized(ko=f"{peak} 예측 {predicted}", en=f"{peak} predicted {predicted}")
                    say(f"  {row.stage:14} {row.seconds:8.2f} s  {peaks}")
    return 1 if wrong else 0


def command_line() -> argparse.ArgumentParser:
    about = localized(ko="단계마다 최대 메모리와 초를 재요.", en="Peaks and seconds of each phase.")
    parser = Parser(prog="python run.py measure", description=about)
    for name, words in (
        (
            "--rehearse",
            localized(ko="CPU에서 작은 모델로. 측정하지 않아요", en="tiny models on the CPU; measures nothing"),
        ),
        ("--caps", localized(ko="더 작은 GPU의 메모리로 제한해서", en="limited to the memory of smaller cards")),
        ("--clip", localized(ko="작업자를 거친 영상 전체", en="whole clips through the worker")),
        ("--speed", localized(ko="원래 코드와 나란히", en="beside the stock code")),
        ("--errors", localized(ko="설정마다의 오차", en="the error of each switch")),
        ("--kernels", localized(ko="커널을 torch와 나란히", en="our kernels beside torch")),
        ("--start", localized(ko="프로세스가 시작해서 첫 단계까지", en="from a new process to a first step")),
        (
            "--full-steps",
            localized(ko="방식의 모든 스텝. 영상 전체의 초", en="all steps of the preset: a whole clip's seconds"),
        ),
    ):
        parser.add_argument(name, action="store_true", help=words)
    parser.add_argument(
        "--checkpoint",
        choices=REAL,
        default=REAL[0],
        help=localized(ko="크기를 잴 모델", en="the models whose sizes are measured"),
    )
    packed = localized(ko="--start와 함께: 압축한 파일만", en="with --start: only the packed files at that rate")
    parser.add_argument("--packed-only", action="store_true", help=packed)
    several = localized(ko="여러 번 쓸 수 있어요", en="may be repeated")
    parser.add_argument("--preset", choices=PRESETS, action="append", help=several)
    parser.add_argument("--tier", choices=("704p", "1088p"), action="append", help=several)
    parser.add_argument("--plan", choices=PLANS, action="append", help=several)
    parser.add_argument("--variant", choices=[each.name for each in speed.VARIANTS], action="append", help=several)
    slow = localized(
        ko="--start와 함께: 파일을 이 속도로 읽을 때도", en="with --start: also a run whose files are read at this rate"
    )
    parser.add_argument("--read-gbps", type=float, help=slow)
    few = localized(
        ko="--start나 --clip과 함께: 프로세스가 쓸 CPU 코어 수",
        en="with --start or --clip: CPU cores that the process may use",
    )
    parser.add_argument("--cores", type=int, help=few)
    times = localized(ko="--speed와 함께: 영상마다 몇 번", en="with --speed: how often each clip is made")
    parser.add_argument("--times", type=int, default=speed.TIMES, help=times)
    parts = localized(
        ko="--speed와 함께: 한 번에 복원하는 프레임 수도", en="with --speed: frames decoded at a time, too"
    )
    parser.add_argument("--parts", type=int, nargs="*", default=(), help=parts)
    return parser


def variants(options: argparse.Namespace) -> list[speed.Variant]:
    """The ways to compare: those named, or all; with `--plan`, that plan. `--preset` and `--tier` choose the clips."""
    named = [each for each in speed.VARIANTS if each.name in (options.variant or [each.name])]
    ways = [speed.Variant(plan, plan, ()) for plan in options.plan] if options.plan else named
    if options.plan or options.preset:
        clips = list(dict.fromkeys((cell.preset, cell.tier) for cell in chosen(options)))
        ways = [dataclasses.replace(each, clips=clips) for each in ways]
    return ways


def chosen(options: argparse.Namespace) -> list[Cell]:
    """The cells of the command line, grouped by plan."""
    if options.caps:
        return sorted(
            (
                Cell(plan=plan, checkpoint=options.checkpoint, capped_to=card)
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
        Cell(preset=name, tier=tier, plan=plan, checkpoint=options.checkpoint, steps=steps)
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
        yield measure(renderer, cell, scale, inputs_of(cell.preset, cell.seconds, shape, folder), folder)
    renderer.models.built.clear()
    torch.cuda.empty_cache()


def clips_through_worker(
    files: ModelFiles,
    folder: Path,
    plan: str,
    wanted: list[tuple[PresetName, Tier]],
    checkpoint: str,
    *,
    rehearse: bool,
) -> None:
    """Each clip of 8 seconds, whole, twice: the first time compiles and checks what later clips find done."""
    if not rehearse:
        for path in (files.checkpoint, *gemma_files(files.gemma_root)):
            real_size.write_hollow_twin(path)
    renderer = Renderer(files, plan=PLANS[plan])
    if not rehearse:
        renderer.warm(sorted({PRESETS[preset].pipeline for preset, _ in wanted}))
        stir_models(renderer)
    made_with = f"tiny-{CHECKPOINTS[checkpoint].flavour}" if rehearse else checkpoint
    for preset, tier in wanted:
        shape = geometry("9:16", tier, 8, "tiny" if rehearse else "full")
        shown = picture(shape, folder / "picture.png")
        for time in ("first", "again"):
            made = make(renderer, folder / f"{plan} {preset} {tier} {time}", preset, tier, 8, shown, made_with)
            row: dict[str, object] = {
                "plan": plan,
                "preset": preset,
                "tier": tier,
                "time": time,
                "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
            }
            row |= {"seconds": round(made.seconds, 2), "peak_gib": made.peak_gib, "video": made.video}
            row |= {"stages": {each.stage: round(each.seconds, 3) for each in made.phases}}
            if not rehearse:
                row |= beside_its_quote(made.seconds, preset, tier, PLANS[plan])
            print(json.dumps(row), flush=True)
            words = f"{preset} {tier}: {made.seconds:.1f} s"
            say(localized(ko=f"{words}, 처음", en=f"{words}, first") if time == "first" else words)


def beside_its_quote(seconds: float, preset: PresetName, tier: Tier, plan: Plan) -> dict[str, object]:
    """What `gpu/core/pricing.py` says of this clip on this card, sending left out, as nothing is sent here."""
    gpu = next((row for row in GPUS.values() if row.name in torch.cuda.get_device_name()), GPUS["H200"])
    has_flash = flash.flash_for(*(torch.empty(1, 5_500, 32, 128, device="cuda", dtype=torch.bfloat16),) * 2) is not None
    shape = geometry("9:16", tier, 8)
    working = gpu_seconds(PRESETS[preset], shape, plan, FLASH_ATTENTION_ON if has_flash else (0, 0))
    quoted = {stage: round(each / gpu.relative_speed, 3) for stage, each in working.items()}
    quoted["encode and check"] = round(cpu_seconds(PRESETS[preset], shape, quoted["decode"]) - UPLOAD_SECONDS, 3)
    whole = sum(quoted.values())
    return {
        "quoted": quoted,
        "quoted_seconds": round(whole, 2),
        "measured_over_quoted": round(seconds / whole, 3),
        "torch": torch.__version__,
        "card": torch.cuda.get_device_name(),
        "flash": has_flash,
    }


def stir_models(renderer: Renderer) -> None:
    """Fills all loaded models with noise."""
    with torch.inference_mode():
        for model in renderer.models.built.values():
            if isinstance(model, QuickTransformer):
                real_size.stir([model.base])
                real_size.stir_eight_bits(model.eight_bit_layers())
            elif isinstance(model, torch.nn.Module):
                real_size.stir([model])


def hollow(directory: Path, flavour: Flavour) -> ModelFiles:
    say(localized(ko="실제 크기의 빈 파일을 만들어요", en="writing sparse files of the real sizes"))
    directory.mkdir(parents=True)
    return hollow_set.write(directory, flavour)


def gib(value: float | None) -> str:
    return "      -    " if value is None else f"{value:7.2f} GiB"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
