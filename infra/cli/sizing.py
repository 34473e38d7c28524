"""Tables for choosing a card: what fits on each card under each plan, and the seconds and won of a clip on it.

Every figure comes from `gpu.core.memory` and `gpu.core.pricing`. This module formats them, with basis and date. It
knows no account and uses no card."""

from collections.abc import Sequence

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT, Checkpoint
from gpu.core.delivered import CLOSING_SECONDS
from gpu.core.geometry import Geometry, Ratio, Seconds, Tier, geometry
from gpu.core.hardware import FX, GIB, GPUS, MODAL_PRICES, PRICE_REV, WON_PER_USD, Gpu
from gpu.core.measurements import NOT_MEASURED, PEAKS
from gpu.core.memory import EIGHT_BIT_ATTENTION_SINCE, MemoryFit, best_fit, fit
from gpu.core.placement import PLANS, RESIDENT, ROUNDING
from gpu.core.presets import PRESETS, Preset
from gpu.core.pricing import Candidate, NoCardError, batch_micro_won, candidate, candidates, estimate
from gpu.core.streaming import streamed_candidate, streamed_fit
from gpu.core.workload import phases_of
from infra.process.shell import InfraError

MICRO = 1_000_000
BATCHES = (1, 10, 100)


def vram_report(gpu_name: str, preset_name: str, ratio: Ratio, tier: Tier | None, seconds: Seconds) -> str:
    """Peak of each phase under each plan, and the answer in three parts. Raises KeyError for unknown names,
    InfraError for a tier that the preset does not offer."""
    gpu, preset, shape = chosen(gpu_name, preset_name, ratio, tier, seconds)
    checkpoint = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    phases = phases_of(preset)
    table: list[list[str]] = [["plan", *phases, "verdict"]]
    streamed = streamed_fit(preset, shape, checkpoint, gpu)
    for peaks in (*(fit(preset, shape, checkpoint, gpu, plan) for plan in PLANS.values()), streamed):
        verdict = "fits" if peaks.fits else f"{(peaks.peak_bytes - gpu.usable_bytes) / GIB:.1f} GiB short"
        cells = [f"{peaks.phases[phase] / GIB:.1f}" for phase in phases]
        table.append([peaks.plan.name, *cells, f"{verdict}, not built" if peaks is streamed else verdict])
    head = [
        f"{preset.name} on {gpu.name}: {_words(shape)}, {checkpoint.name}, {checkpoint.lora}",
        f"GiB at the peak of each phase, of {gpu.usable_bytes / GIB:.1f} that a process can allocate there",
    ]
    return "\n".join([*head, "", *columns(table), "", *_three_parts(preset, shape, checkpoint, gpu), "", *basis()])


def quote_report(preset_name: str, ratio: Ratio, tier: Tier | None, seconds: Seconds) -> str:
    """Seconds and won on every card, cheapest first. Raises KeyError for unknown names, InfraError for a tier that
    the preset does not offer."""
    _, preset, shape = chosen(next(iter(GPUS)), preset_name, ratio, tier, seconds)
    table: list[list[str]] = [
        ["card", "plan", "seconds", "won", "card", "cpu", "memory", "cold start", "speed", "basis", "as of", ""]
    ]
    rows = candidates(preset, shape, CHECKPOINTS[PRODUCTION_CHECKPOINT])
    offered = next((row for row in rows if row.fits and row.gpu.speed.basis == "measured"), None)
    for row in rows:
        speed = row.gpu.speed
        table.append([
            row.gpu.name, row.plan.name if row.fits else "none fits", f"{row.gpu_seconds:.1f}", _won(row.micro_won),
            _won(row.parts.gpu), _won(row.parts.cpu), _won(row.parts.memory), _won(row.cold_start_micro_won),
            f"{row.gpu.relative_speed:g} H200", speed.basis, speed.as_of, "offered" if row is offered else "",
        ])  # fmt: skip
    head = [f"{preset.name}: {_words(shape)}", "won for a warm card; a cold start is added once for each container", ""]
    return "\n".join([*head, *columns(table), "", *basis()])


def quote_all_report(seconds: Seconds) -> str:
    """Won a clip for every preset, tier and card that holds it, alone and in batches, exactly and in 8 bits."""
    checkpoint = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    heads = ["preset", "size", "card", "plan", "seconds", "gpu", "cpu", "memory", "won", *(f"of {n}" for n in BATCHES)]
    table = [[*heads, "basis", ""]]
    for preset in PRESETS.values():
        for tier in preset.tiers:
            shape = geometry("9:16", tier, seconds)
            offered = _offered(preset, seconds, tier)
            for gpu in GPUS.values():
                fits = [best_fit(preset, shape, checkpoint, gpu, exact=True), _rounded_fit(preset, shape, gpu)]
                for verdict in filter(None, fits):
                    row = candidate(preset, shape, checkpoint, gpu, verdict.plan, fits=True)
                    is_offered = offered == (gpu.name, row.micro_won)
                    table.append([
                        preset.name, tier, gpu.name, row.plan.name, f"{row.gpu_seconds:.1f}", _won(row.parts.gpu),
                        _won(row.parts.cpu), _won(row.parts.memory), _won(row.micro_won),
                        *(_won(batch_micro_won(row, clips, CLOSING_SECONDS)) for clips in BATCHES), gpu.speed.basis,
                        "offered" if is_offered else "",
                    ])  # fmt: skip
    head = [
        f"{seconds} s, 9:16; won for a warm card, and a clip's share in a batch with one start and one end",
        f"production rounds to 8 bits: {'yes' if ROUNDING else 'no'}",
        "",
    ]
    return "\n".join([*head, *columns(table), "", *basis()])


def _offered(preset: Preset, seconds: Seconds, tier: Tier) -> tuple[str, int] | None:
    """Card and micro-won that production asks for; None where no card that it may rent holds the choice."""
    try:
        offered = estimate(preset, "9:16", seconds, tier)
    except NoCardError:
        return None
    return offered.gpu, offered.micro_won


def _rounded_fit(preset: Preset, shape: Geometry, gpu: Gpu) -> MemoryFit | None:
    checkpoint = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    able = gpu.compute_capability >= EIGHT_BIT_ATTENTION_SINCE
    plans = [PLANS[name] for name in ("resident_8_bit", "text_apart_8_bit")] if able else []
    verdicts = (fit(preset, shape, checkpoint, gpu, plan) for plan in plans)
    return next((verdict for verdict in verdicts if verdict.fits), None)


def chosen(
    gpu_name: str, preset_name: str, ratio: Ratio, tier: Tier | None, seconds: Seconds
) -> tuple[Gpu, Preset, Geometry]:
    preset = {preset.name: preset for preset in PRESETS.values()}[preset_name]  # type: ignore[index]
    if tier and tier not in preset.tiers:
        offered = " or ".join(f"--tier {each}" for each in preset.tiers)
        raise InfraError(f"{preset.name} does not support {tier}", f"use {offered}")
    return GPUS[gpu_name], preset, geometry(ratio, tier or preset.tiers[-1], seconds)


def _three_parts(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu) -> list[str]:
    resident = fit(preset, shape, checkpoint, gpu, RESIDENT)
    short = (resident.peak_bytes - gpu.usable_bytes) / GIB
    first = "yes" if resident.fits else f"no, {short:.1f} GiB short in {resident.peak_phase}"
    lines = [f"1. all models resident: {first}"]
    best = None if resident.fits else best_fit(preset, shape, checkpoint, gpu, exact=False)
    streamed = streamed_fit(preset, shape, checkpoint, gpu)
    chosen = best or streamed
    if resident.fits:
        lines.append("2. split or streamed: not needed")
    elif not chosen.fits:
        lines.append("2. split or streamed: no, no plan fits")
    else:
        changes = "" if chosen.plan.exact else ", with 8-bit weights, which change the frames a little"
        missing = ", but this version cannot run it" if chosen is streamed else ""
        room = (gpu.usable_bytes - chosen.peak_bytes) / GIB
        lines.append(f"2. split or streamed: yes, as {chosen.plan.name} with {room:.1f} GiB to spare{changes}{missing}")
    if not resident.fits and not chosen.fits:
        return [*lines, "3. cost: none, because it cannot run"]
    if resident.fits:
        here = candidate(preset, shape, checkpoint, gpu, RESIDENT, fits=True)
    elif best:
        here = candidate(preset, shape, checkpoint, gpu, best.plan, fits=True)
    else:
        here = streamed_candidate(preset, shape, checkpoint, gpu)
    there = candidate(preset, shape, checkpoint, GPUS["H200"], RESIDENT, fits=True)
    lines.append(f"3. cost: {_cost(here)}; the same clip on an H200: {_cost(there)}")
    return lines


def _cost(row: Candidate) -> str:
    waiting = f" ({row.moving_seconds:.0f} s of it waits for weights)" if row.moving_seconds else ""
    return f"{_won(row.micro_won)} won in {row.gpu_seconds:.0f} s{waiting} ({row.gpu.speed.basis} speed)"


def basis() -> list[str]:
    days = sorted({row.source.as_of for row in PEAKS})
    return [
        f"memory: formulas fitted to {len(PEAKS)} peaks measured on {', '.join(days)}; weights counted from modules",
        f"not measured yet: {'; '.join(NOT_MEASURED)}",
        f"prices: {MODAL_PRICES.source}, {MODAL_PRICES.as_of} ({MODAL_PRICES.basis}), revision {PRICE_REV}",
        f"exchange: {WON_PER_USD} won a dollar, {FX.as_of} ({FX.basis})",
    ]


def _words(shape: Geometry) -> str:
    return f"{shape.width}x{shape.height}, {shape.num_frames} frames"


def _won(micro_won: int) -> str:
    return f"{micro_won / MICRO:.1f}"


def columns(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return [lines[0], "-" * max(len(line) for line in lines), *lines[1:]]
