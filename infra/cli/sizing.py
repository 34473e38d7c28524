"""Tables for choosing a card: what fits on each card under each plan, and the seconds and won of a clip on it.

Every figure comes from `gpu.core.memory` and `gpu.core.pricing`. This module formats them, with basis and date. It
knows no account and uses no card."""

from collections.abc import Sequence

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT, Checkpoint
from gpu.core.delivered import CLOSING_SECONDS
from gpu.core.geometry import DEFAULT_TIER, Geometry, Ratio, Seconds, Tier, geometry
from gpu.core.hardware import FX, GIB, GPUS, MODAL_PRICES, PRICE_REV, WON_PER_USD, Gpu
from gpu.core.measured_memory import PEAKS
from gpu.core.measurements import NOT_MEASURED
from gpu.core.memory import EIGHT_BIT_ATTENTION_SINCE, MemoryFit, best_fit, fit
from gpu.core.placement import PLANS, RESIDENT, ROUNDING
from gpu.core.presets import PRESETS, Preset, presets_of
from gpu.core.pricing import Candidate, NoCardError, batch_micro_won, candidate, candidates, estimate
from gpu.core.streaming import streamed_candidate, streamed_fit
from gpu.core.workload import phases_of
from infra import console
from infra.cli.table_heads import heads, shown
from infra.language import localized
from infra.process.shell import InfraError

MICRO = 1_000_000
BATCHES = (1, 10, 100)


def vram_report(
    gpu_name: str,
    preset_name: str,
    ratio: Ratio,
    tier: Tier | None,
    seconds: Seconds,
    models: str = PRODUCTION_CHECKPOINT,
) -> str:
    """Peak of each phase under each plan, and the answer in three parts. Raises KeyError for unknown names,
    InfraError for a tier that the preset does not offer."""
    gpu, preset, shape = chosen(gpu_name, preset_name, ratio, tier, seconds, models)
    checkpoint = CHECKPOINTS[models]
    phases = phases_of(preset)
    table: list[list[str]] = [heads(["plan", *phases, "verdict"])]
    streamed = streamed_fit(preset, shape, checkpoint, gpu)
    for peaks in (*(fit(preset, shape, checkpoint, gpu, plan) for plan in PLANS.values()), streamed):
        verdict = (
            shown("fits")
            if peaks.fits
            else localized(
                ko=f"{(peaks.peak_bytes - gpu.usable_bytes) / GIB:.1f} GiB 모자람",
                en=f"{(peaks.peak_bytes - gpu.usable_bytes) / GIB:.1f} GiB short",
            )
        )
        cells = [f"{peaks.phases[phase] / GIB:.1f}" for phase in phases]
        table.append(
            [
                peaks.plan.name,
                *cells,
                localized(ko=f"{verdict}, 만들지 않음", en=f"{verdict}, not built") if peaks is streamed else verdict,
            ]
        )
    head = [
        f"{gpu.name}, {preset.name}: {_words(shape)}, {checkpoint.name}, {checkpoint.lora}",
        localized(
            ko=f"단계마다 가장 많이 쓸 때의 GiB. 프로세스 하나가 쓸 수 있는 것은 {gpu.usable_bytes / GIB:.1f}",
            en=f"GiB at the peak of each phase, of {gpu.usable_bytes / GIB:.1f} that a process can allocate there",
        ),
    ]
    return "\n".join([*head, "", *columns(table), "", *_three_parts(preset, shape, checkpoint, gpu), "", *basis()])


def quote_report(
    preset_name: str, ratio: Ratio, tier: Tier | None, seconds: Seconds, models: str = PRODUCTION_CHECKPOINT
) -> str:
    """Seconds and won on every card, cheapest first; without a tier, of what the site makes by itself. Raises KeyError
    for unknown names, InfraError for a tier that the preset does not offer."""
    tier = tier or usual_tier(preset_name)
    _, preset, shape = chosen(next(iter(GPUS)), preset_name, ratio, tier, seconds, models)
    table: list[list[str]] = [
        heads(["card", "plan", "seconds", "won", "gpu", "cpu", "memory", "cold start", "speed", "basis", "as of", ""])
    ]
    rows = candidates(preset, shape, CHECKPOINTS[models])
    offered = next((row for row in rows if row.fits and row.gpu.speed.basis == "measured"), None)
    for row in rows:
        speed = row.gpu.speed
        table.append([
            row.gpu.name, row.plan.name if row.fits else shown("none fits"), f"{row.gpu_seconds:.1f}",
            _won(row.micro_won), _won(row.parts.gpu), _won(row.parts.cpu), _won(row.parts.memory),
            _won(row.cold_start_micro_won), f"{row.gpu.relative_speed:g} H200", shown(speed.basis), speed.as_of,
            shown("offered") if row is offered else "",
        ])  # fmt: skip
    head = [
        f"{preset.name}: {_words(shape)}, {models}",
        localized(
            ko="켜져 있는 GPU의 값(원). 컨테이너를 켤 때마다 켜는 값이 한 번 들어요",
            en="won for a warm card; a cold start is added once for each container",
        ),
        "",
    ]
    return "\n".join([*head, *columns(table), "", *basis()])


def quote_all_report(seconds: Seconds, models: str = PRODUCTION_CHECKPOINT) -> str:
    """Won a clip for every preset, tier and card that holds it, alone and in batches, exactly and in 8 bits."""
    checkpoint = CHECKPOINTS[models]
    batches = [localized(ko=f"{n}개 묶음", en=f"of {n}") for n in BATCHES]
    names = heads(["preset", "size", "card", "plan", "seconds", "gpu", "cpu", "memory", "won"])
    table = [[*names, *batches, shown("basis"), ""]]
    for preset in presets_of(checkpoint.flavour):
        for tier in preset.tiers:
            shape = geometry("9:16", tier, seconds)
            offered = _offered(preset, seconds, tier, models)
            for gpu in GPUS.values():
                fits = [
                    best_fit(preset, shape, checkpoint, gpu, exact=True),
                    _rounded_fit(preset, shape, checkpoint, gpu),
                ]
                for verdict in filter(None, fits):
                    row = candidate(preset, shape, checkpoint, gpu, verdict.plan, fits=True)
                    is_offered = offered == (gpu.name, row.micro_won)
                    table.append([
                        preset.name, tier, gpu.name, row.plan.name, f"{row.gpu_seconds:.1f}", _won(row.parts.gpu),
                        _won(row.parts.cpu), _won(row.parts.memory), _won(row.micro_won),
                        *(_won(batch_micro_won(row, clips, CLOSING_SECONDS)) for clips in BATCHES),
                        shown(gpu.speed.basis), shown("offered") if is_offered else "",
                    ])  # fmt: skip
    head = [
        localized(
            ko=f"{seconds}초, 9:16. 켜져 있는 GPU의 값(원)과, 한 번 켜고 끄는 묶음에서 영상 하나의 몫",
            en=f"{seconds} s, 9:16; won for a warm card, and a clip's share in a batch with one start and one end",
        ),
        rounding_words(),
        "",
    ]
    return "\n".join([*head, *columns(table), "", *basis()])


def _offered(preset: Preset, seconds: Seconds, tier: Tier, models: str) -> tuple[str, int] | None:
    """Card and micro-won that production asks for; None where no card that it may rent holds the choice."""
    try:
        offered = estimate(preset, "9:16", seconds, tier, models)
    except NoCardError:
        return None
    return offered.gpu, offered.micro_won


def _rounded_fit(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu) -> MemoryFit | None:
    able = gpu.compute_capability >= EIGHT_BIT_ATTENTION_SINCE
    plans = [PLANS[name] for name in ("resident_8_bit", "text_apart_8_bit")] if able else []
    verdicts = (fit(preset, shape, checkpoint, gpu, plan) for plan in plans)
    return next((verdict for verdict in verdicts if verdict.fits), None)


def usual_tier(preset_name: str) -> Tier | None:
    """The site's default, where the preset has it."""
    return DEFAULT_TIER if DEFAULT_TIER in PRESETS[preset_name].tiers else None  # type: ignore[index]


def chosen(
    gpu_name: str,
    preset_name: str,
    ratio: Ratio,
    tier: Tier | None,
    seconds: Seconds,
    models: str = PRODUCTION_CHECKPOINT,
) -> tuple[Gpu, Preset, Geometry]:
    preset = PRESETS[preset_name]  # type: ignore[index]
    made_by = presets_of(CHECKPOINTS[models].flavour)
    if preset not in made_by:
        offered = ", ".join(f"--preset {each.name}" for each in made_by)
        raise InfraError(
            localized(
                ko=f"{models} 모델로는 {preset.name} 방식을 만들 수 없어요", en=f"{models} cannot make {preset.name}"
            ),
            localized(ko=f"{offered} 가운데에서 골라 주세요", en=f"use one of {offered}"),
        )
    if tier and tier not in preset.tiers:
        offered = ", ".join(f"--tier {each}" for each in preset.tiers)
        raise InfraError(
            localized(ko=f"{preset.name} 방식은 {tier} 화질이 없어요", en=f"{preset.name} does not support {tier}"),
            localized(ko=f"{offered} 가운데에서 골라 주세요", en=f"use one of {offered}"),
        )
    return GPUS[gpu_name], preset, geometry(ratio, tier or preset.tiers[-1], seconds)


def rounding_words() -> str:
    if ROUNDING:
        return localized(ko="실서비스는 8비트로 반올림해요", en="production rounds to 8 bits: yes")
    return localized(ko="실서비스는 8비트로 반올림하지 않아요", en="production rounds to 8 bits: no")


def _three_parts(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu) -> list[str]:
    resident = fit(preset, shape, checkpoint, gpu, RESIDENT)
    if resident.fits:
        here = candidate(preset, shape, checkpoint, gpu, RESIDENT, fits=True)
        return [
            localized(ko="1. 모델을 모두 올려 두기: 돼요", en="1. all models resident: yes"),
            localized(ko="2. 나누거나 흘려 보내기: 필요 없어요", en="2. split or streamed: not needed"),
            _costs(preset, shape, checkpoint, here),
        ]
    short = (resident.peak_bytes - gpu.usable_bytes) / GIB
    lines = [
        localized(
            ko=f"1. 모델을 모두 올려 두기: 안 돼요. {resident.peak_phase} 단계에서 {short:.1f} GiB 모자라요",
            en=f"1. all models resident: no, {short:.1f} GiB short in {resident.peak_phase}",
        )
    ]
    best = best_fit(preset, shape, checkpoint, gpu, exact=False)
    streamed = streamed_fit(preset, shape, checkpoint, gpu)
    chosen = best or streamed
    if not chosen.fits:
        return [
            *lines,
            localized(
                ko="2. 나누거나 흘려 보내기: 안 돼요. 들어가는 배치가 없어요",
                en="2. split or streamed: no, no plan fits",
            ),
            localized(ko="3. 값: 돌릴 수 없어서 없어요", en="3. cost: none, because it cannot run"),
        ]
    changes = localized(
        ko=". 가중치가 8비트라 화면이 조금 달라져요", en=", with 8-bit weights, which change the frames a little"
    )
    missing = localized(ko=". 이 버전은 돌리지 못해요", en=", but this version cannot run it")
    more = ("" if chosen.plan.exact else changes) + (missing if chosen is streamed else "")
    room = (gpu.usable_bytes - chosen.peak_bytes) / GIB
    lines.append(
        localized(
            ko=f"2. 나누거나 흘려 보내기: {chosen.plan.name} 배치로 돼요. {room:.1f} GiB 남아요{more}",
            en=f"2. split or streamed: yes, as {chosen.plan.name} with {room:.1f} GiB to spare{more}",
        )
    )
    here = (
        candidate(preset, shape, checkpoint, gpu, best.plan, fits=True)
        if best
        else streamed_candidate(preset, shape, checkpoint, gpu)
    )
    return [*lines, _costs(preset, shape, checkpoint, here)]


def _costs(preset: Preset, shape: Geometry, checkpoint: Checkpoint, here: Candidate) -> str:
    there = candidate(preset, shape, checkpoint, GPUS["H200"], RESIDENT, fits=True)
    return localized(
        ko=f"3. 값: {_cost(here)}. 같은 영상이 H200에서는 {_cost(there)}",
        en=f"3. cost: {_cost(here)}; the same clip on an H200: {_cost(there)}",
    )


def _cost(row: Candidate) -> str:
    waiting = localized(
        ko=f" (그중 {row.moving_seconds:.0f}초는 가중치를 기다려요)",
        en=f" ({row.moving_seconds:.0f} s of it waits for weights)",
    )
    more = waiting if row.moving_seconds else ""
    return localized(
        ko=f"{row.gpu_seconds:.0f}초에 {_won(row.micro_won)}원{more} (속도 근거: {shown(row.gpu.speed.basis)})",
        en=f"{_won(row.micro_won)} won in {row.gpu_seconds:.0f} s{more} ({shown(row.gpu.speed.basis)} speed)",
    )


def basis() -> list[str]:
    days = ", ".join(sorted({row.source.as_of for row in PEAKS}))
    open_points = "; ".join(map(shown, NOT_MEASURED))
    rent = MODAL_PRICES
    return [
        localized(
            ko=f"메모리: {days}에 측정한 최댓값 {len(PEAKS)}개에 맞춘 식, 가중치는 모듈에서 셌어요",
            en=f"memory: formulas fitted to measured peaks ({len(PEAKS)}, {days}); weights counted from modules",
        ),
        localized(ko=f"아직 측정하지 않은 것: {open_points}", en=f"not measured yet: {open_points}"),
        localized(
            ko=f"단가: {shown(rent.source)}, {rent.as_of} ({shown(rent.basis)}), 가격표 {PRICE_REV}",
            en=f"prices: {shown(rent.source)}, {rent.as_of} ({shown(rent.basis)}), revision {PRICE_REV}",
        ),
        localized(
            ko=f"환율: 1달러에 {WON_PER_USD}원, {FX.as_of} ({shown(FX.basis)})",
            en=f"exchange: {WON_PER_USD} won a dollar, {FX.as_of} ({shown(FX.basis)})",
        ),
    ]


def _words(shape: Geometry) -> str:
    size = f"{shape.width}x{shape.height}"
    return localized(ko=f"{size}, {shape.num_frames}프레임", en=f"{size}, frames: {shape.num_frames}")


def _won(micro_won: int) -> str:
    return f"{micro_won / MICRO:.1f}"


def columns(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(console.columns(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [
        "  ".join(console.left(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]
    return [lines[0], "-" * max(len(line) for line in lines), *lines[1:]]
