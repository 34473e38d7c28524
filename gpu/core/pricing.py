"""Seconds and won of a clip on each card that fits. The one place where money is computed.

Before a job, `estimate` prices every legal choice; the table goes to the edge, which only looks prices up. After an
attempt, `attempt_cost` prices the seconds it used. Both round once, at the end, to integer micro-won.
This module knows no request, no clock and no ledger.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT, Checkpoint, Flavour
from gpu.core.contract import CostParts, Estimate, JobCost
from gpu.core.families import FAMILIES, Rates
from gpu.core.geometry import RATIOS, SECONDS, Geometry, Ratio, Seconds, Tier, geometry
from gpu.core.hardware import (
    CONTAINER_CORES,
    CONTAINER_GIB,
    CPU_USD_PER_CORE_SECOND,
    GPUS,
    LOAD_BYTES_PER_SECOND,
    LOCAL_GPU,
    MEMORY_USD_PER_GIB_SECOND,
    PRICE_REV,
    STORAGE_USD_PER_GB_MONTH,
    Gpu,
    micro_won_per_second,
)
from gpu.core.memory import best_fit, component_bytes, fit
from gpu.core.placement import RESIDENT, Phase, Plan
from gpu.core.presets import ONE_STAGE_PIPELINE, Preset, denoisings, presets_of
from gpu.core.workload import guided_forwards, phases_of, source_frames, tokens, uses_lora

FLASH_ATTENTION_ON = (9, 0)
"""Compute capability of the cards that `gpu.speed.flash` serves."""
EIGHT_BIT_LAYERS_SINCE = (8, 9)
"""Compute capability from which a card multiplies in 8 bits; below, 8-bit layers are widened and save memory only."""

# Basis: measured, 2026-11-23, one H200.
PICTURE_SECONDS_PER_MEGAPIXEL = 0.067
"""Reading a picture and encoding it, for each stage; stage 2 also upsamples the latents: 0.062 and 0.072 s at 704p,
0.126 and 0.138 at 1088p."""
ENCODE_SECONDS_PER_MEGAPIXEL = 3.25 / 173.9
"""Hash, measures, colours, x264 and the poster on a container's four cores, one frame's megapixel, with the decoding
that runs beside them. Basis: measured, 2026-11-26, four virtual cores: 8 s of 704p took 2.63, 3.25 and 3.63 s in three
processes on an H200, where decoding alone takes 0.44, and 2.66, 2.80 and 3.05 on an H100, where it takes 0.93. Calm
pictures; moving ones take longer to encode."""
SOURCE_READ_SECONDS_PER_MEGAPIXEL = 0.006
"""H.264 of a clip of which most stays, decoded to pixels, by a frame's megapixel. Basis: assumed for a container's four
cores; 16 took 0.003 to 0.007 for calm pictures (measured, 2026-11-27)."""
UPLOAD_SECONDS = 1.0
COLD_START_SECONDS = 30.0
"""Basis: derived, 2026-11-26: from a new process to a first step 23.7 and 25.7 s at the 2.5 GB/s that a volume gives at
best, with packed weights (`docs/lab/speed.md`), and some 29 at 2.0; a second more is the platform's own boot. No real
container has been timed."""
SPREAD = Decimal("0.15")
"""Half-width of the range shown around an estimate. Basis: assumed, until a median of real jobs replaces it."""

# Closed form of LTX-2's forward, checked against torch's FLOP counter on the meta device. Basis: derived, 2026-11-22.
# Work that is done once per clip (the text's keys, the embedding of timesteps) is left out.
_LINEAR_FLOPS_PER_VIDEO_TOKEN = 25.77e9
_LINEAR_FLOPS_PER_AUDIO_TOKEN = 7.25e9
_LAYERS, _VIDEO_WIDTH, _AUDIO_WIDTH, _TEXT_TOKENS = 48, 4_096, 2_048, 1_024


@dataclass(frozen=True, slots=True)
class Candidate:
    """One card for one job: how long, how much, and whether it holds the models.

    `plan` places the models: the first exact one that fits, or the plain one where none does. `moving_seconds`, part of
    `gpu_seconds`, is the time for loading weights to the card during the job.
    """

    gpu: Gpu
    fits: bool
    plan: Plan
    gpu_seconds: float
    moving_seconds: float
    parts: CostParts
    cold_start_micro_won: int

    @property
    def micro_won(self) -> int:
        """Price with a warm container."""
        return self.parts.gpu + self.parts.cpu + self.parts.memory


def forward_seconds(
    video_tokens: int, audio_tokens: int, rates: Rates, *, merging: bool = False, together: int = 1
) -> float:
    """One transformer evaluation on an H200, in seconds. `together`: evaluations in one forward, of which this is one's
    share. `merging`: a LoRA is added, once a forward."""
    linear = _LINEAR_FLOPS_PER_VIDEO_TOKEN * video_tokens + _LINEAR_FLOPS_PER_AUDIO_TOKEN * audio_tokens
    video_keys = video_tokens + _TEXT_TOKENS
    audio_keys = audio_tokens + _TEXT_TOKENS + 2 * video_tokens
    attention = 4 * _LAYERS * (video_tokens * video_keys * _VIDEO_WIDTH + audio_tokens * audio_keys * _AUDIO_WIDTH)
    seconds = rates.fixed_seconds / together + linear / rates.linear + attention / rates.attention
    return seconds + rates.merging_seconds / together if merging else seconds


def rates_of(plan: Plan, capability: tuple[int, int], flavour: Flavour = "19b") -> Rates:
    """The rates of an H200 that computes like a card of this compute capability."""
    family = FAMILIES[flavour]
    exact = family.rates["bf16", "bf16"] if capability == FLASH_ATTENTION_ON else family.without_flash
    if plan.quantization == "bf16" or capability < EIGHT_BIT_LAYERS_SINCE:
        return exact
    rates = family.rates[plan.quantization, plan.attention]
    has_torch_s = plan.attention == "bf16" and capability != FLASH_ATTENTION_ON
    return replace(rates, attention=exact.attention) if has_torch_s else rates


def gpu_seconds(
    preset: Preset,
    shape: Geometry,
    plan: Plan = RESIDENT,
    capability: tuple[int, int] = FLASH_ATTENTION_ON,
    flavour: Flavour = "19b",
) -> dict[str, float]:
    """Seconds of each GPU stage on a warm H200 that computes like a card of this compute capability."""
    family, rates = FAMILIES[flavour], rates_of(plan, capability, flavour)
    megapixels = shape.width * shape.height * shape.num_frames / 1e6
    video_tokens = tokens(preset, shape)

    def forward(phase: Phase, together: int = 1) -> float:
        merging = uses_lora(preset, phase)
        return forward_seconds(video_tokens[phase], shape.audio_tokens, rates, merging=merging, together=together)

    guided = preset.stage_1_guided_denoisings
    plain = denoisings(preset.pipeline, preset.steps) - guided
    together = guided_forwards(preset, video_tokens["stage_1"])
    picture = PICTURE_SECONDS_PER_MEGAPIXEL * shape.width * shape.height / 1e6
    if preset.inputs == "clip_part":
        read = shape.width * shape.height * source_frames(preset, shape) / 1e6
        picture = (SOURCE_READ_SECONDS_PER_MEGAPIXEL + family.source_seconds_per_megapixel) * read
    seconds = {
        "encode_prompt": family.text_seconds * (2 if preset.guided else 1),
        "encode_image": picture,
        "stage_1": guided * sum(each * forward("stage_1", each) for each in together) + plain * forward("stage_1"),
    }
    if preset.stage_2_steps:
        again = denoisings(preset.pipeline, preset.stage_2_steps)
        seconds |= {"upsample": picture, "stage_2": again * forward("stage_2")}
    seconds["decode"] = family.decode_seconds[plan.frames_at(shape.width * shape.height)] * megapixels
    return seconds


def cpu_seconds(preset: Preset, shape: Geometry, decoding: float) -> float:
    """Seconds in which the card waits while the container encodes and uploads the clip. `decoding`: seconds that
    decoding takes on this card. Frames are encoded beside it, except in the one-stage pipeline, which decodes all
    frames at once."""
    megapixels = shape.width * shape.height * shape.num_frames / 1e6
    beside = 0.0 if preset.pipeline == ONE_STAGE_PIPELINE else decoding
    return max(0.0, ENCODE_SECONDS_PER_MEGAPIXEL * megapixels - beside) + UPLOAD_SECONDS


def h200_seconds(preset: Preset, shape: Geometry, plan: Plan = RESIDENT, flavour: Flavour = "19b") -> dict[str, float]:
    """Seconds of each stage of a warm job on an H200."""
    seconds = gpu_seconds(preset, shape, plan, flavour=flavour)
    return seconds | {"upload": cpu_seconds(preset, shape, seconds["decode"])}


def candidates(preset: Preset, shape: Geometry, checkpoint: Checkpoint) -> list[Candidate]:
    """Every card for this job, cheapest first. Cards that are too small are included and marked."""
    rows: list[Candidate] = []
    for gpu in GPUS.values():
        verdict = best_fit(preset, shape, checkpoint, gpu)
        plan = verdict.plan if verdict else RESIDENT
        rows.append(candidate(preset, shape, checkpoint, gpu, plan, fits=verdict is not None))
    return sorted(rows, key=lambda row: row.micro_won)


def candidate(
    preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu, plan: Plan, *, fits: bool | None = None
) -> Candidate:
    """One card under one plan. `fits`: the memory result, where the caller knows it already."""
    moving = moving_seconds(preset, checkpoint, plan)
    working = gpu_seconds(preset, shape, plan, gpu.compute_capability, checkpoint.flavour)
    waiting = cpu_seconds(preset, shape, working["decode"] / gpu.relative_speed)
    seconds = sum(working.values()) / gpu.relative_speed + waiting + moving
    return Candidate(
        gpu=gpu,
        fits=fit(preset, shape, checkpoint, gpu, plan).fits if fits is None else fits,
        plan=plan,
        gpu_seconds=seconds,
        moving_seconds=moving,
        parts=price(gpu.name, seconds),
        cold_start_micro_won=price(gpu.name, 0.0, COLD_START_SECONDS).cold_start,
    )


def moving_seconds(preset: Preset, checkpoint: Checkpoint, plan: Plan) -> float:
    """Seconds of a job in which the card waits for weights from the volume; 0 when all are resident. Basis: derived
    from an assumed rate."""
    sizes = component_bytes(checkpoint)  # the volume holds bf16, also for weights that are rounded later
    return sum(sizes[each] for each in plan.loaded(phases_of(preset))) / LOAD_BYTES_PER_SECOND


def longest_seconds(gpu: Gpu) -> float:
    """Predicted seconds of the longest legal job on a card: the basis of the time limit.

    Raises ValueError for a card that holds no job at all.
    """
    production = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    seconds = [
        candidate(preset, shape, production, gpu, verdict.plan, fits=True).gpu_seconds
        for preset in presets_of(production.flavour)
        for tier in preset.tiers
        for ratio in RATIOS
        if (verdict := best_fit(preset, shape := geometry(ratio, tier, SECONDS[-1]), production, gpu, exact=False))
    ]
    if not seconds:
        raise ValueError(f"no job fits on {gpu.name}")
    return max(seconds)


def price(
    gpu: str, busy_seconds: float, cold_start_seconds: float = 0.0, *, container_gib: int = CONTAINER_GIB
) -> CostParts:
    """Micro-won for seconds on a card, container included. All parts are zero on a laptop, which rents no card.

    Raises KeyError for a GPU without a price row.
    """
    if gpu == LOCAL_GPU:
        return CostParts(gpu=0, cpu=0, memory=0, cold_start=0)
    card = GPUS[gpu].usd_per_second
    cpu = CPU_USD_PER_CORE_SECOND * CONTAINER_CORES
    memory = MEMORY_USD_PER_GIB_SECOND * container_gib
    return CostParts(
        gpu=_micro_won(card, busy_seconds),
        cpu=_micro_won(cpu, busy_seconds),
        memory=_micro_won(memory, busy_seconds),
        cold_start=_micro_won(card + cpu + memory, cold_start_seconds),
    )


def container_cost(gpu: str, seconds: float) -> int:
    """Micro-won for a container's life, in whichever way it spent it, however long: `price` is bounded to what one
    attempt can cost. Raises KeyError for a GPU without a price row."""
    if gpu == LOCAL_GPU:
        return 0
    cpu, memory = CPU_USD_PER_CORE_SECOND * CONTAINER_CORES, MEMORY_USD_PER_GIB_SECOND * CONTAINER_GIB
    return sum(_micro_won(usd, seconds) for usd in (GPUS[gpu].usd_per_second, cpu, memory))


def attempt_cost(gpu: str, gpu_seconds: float, cold_start_seconds: float) -> JobCost:
    """The price of an attempt's recorded milliseconds, so that anybody can recompute it."""
    gpu_seconds, cold_start_seconds = round(gpu_seconds, 3), round(cold_start_seconds, 3)
    parts = price(gpu, gpu_seconds, cold_start_seconds)
    return JobCost(
        gpu=gpu,
        gpu_seconds=gpu_seconds,
        cold_start_seconds=cold_start_seconds,
        micro_won=parts.gpu + parts.cpu + parts.memory + parts.cold_start,
        parts=parts,
        price_rev=PRICE_REV,
    )


@dataclass(frozen=True, slots=True)
class CardPrice:
    """What a container with this card costs, in micro-won: a second of it, and a start."""

    card: str
    micro_won_per_second: int
    cold_start_micro_won: int


def storage_micro_won_per_gb_month() -> int:
    """Of clips that are kept, by the GB of 10^9 bytes."""
    return _micro_won(STORAGE_USD_PER_GB_MONTH, 1.0)


def card_prices() -> tuple[CardPrice, ...]:
    """Every card that can be rented, in the order of `GPUS`."""
    return tuple(
        CardPrice(card, price(card, 0.0, 1.0).cold_start, price(card, 0.0, COLD_START_SECONDS).cold_start)
        for card in GPUS
    )


class NoCardError(LookupError):
    """A choice that is too large for every card whose speed was measured."""


def estimate(
    preset: Preset, ratio: Ratio, seconds: Seconds, tier: Tier, models: str = PRODUCTION_CHECKPOINT
) -> Estimate:
    """The price of one legal choice, with production's models unless others are named: the cheapest card that holds the
    models and has been measured.

    Only cards with a measured speed are offered, so that a price can be trusted. Raises NoCardError when none of them
    holds it.
    """
    shape = geometry(ratio, tier, seconds)
    rows = candidates(preset, shape, CHECKPOINTS[models])
    best = next((row for row in rows if row.fits and row.gpu.speed.basis == "measured"), None)
    if best is None:
        raise NoCardError(f"no card whose speed was measured holds {preset.name} {tier} {ratio} {seconds} s")
    spread = round(best.micro_won * SPREAD)
    too_small = sum(not row.fits for row in rows)
    next_one = larger(rows, best.gpu)
    return Estimate(
        preset=preset.name,
        ratio=ratio,
        seconds=seconds,
        tier=tier,
        width=shape.width,
        height=shape.height,
        num_frames=shape.num_frames,
        gpu=best.gpu.name,
        larger_gpu=next_one.gpu.name if next_one else None,
        gpu_seconds=round(best.gpu_seconds, 1),
        micro_won=best.micro_won,
        low_micro_won=best.micro_won - spread,
        high_micro_won=best.micro_won + spread + best.cold_start_micro_won,
        parts=best.parts,
        cold_start_micro_won=best.cold_start_micro_won,
        basis=preset.basis,
        reason_ko=f"이 영상을 만들 수 있는 GPU 가운데 가장 싸요. 메모리가 모자란 GPU {too_small}종은 뺐어요.",
        reason_en=f"The cheapest GPU that can make this clip; {too_small} others have too little memory.",
        price_rev=PRICE_REV,
    )


def larger(rows: list[Candidate], gpu: Gpu) -> Candidate | None:
    """The card for one more try after a job ran out of memory on `gpu`: the cheapest larger one that holds it.

    `rows` are all its candidates, cheapest first. The speed may be only derived: the quoted price stands, and the
    operator pays any cost above it.
    """
    return next((row for row in rows if row.fits and row.gpu.usable_bytes > gpu.usable_bytes), None)


def batch_micro_won(row: Candidate, clips: int, end_seconds: float) -> int:
    """Micro-won per clip, when one container makes this many, one after another. They share its start and its end,
    which takes so many seconds."""
    idle = price(row.gpu.name, end_seconds)
    once = row.cold_start_micro_won + idle.gpu + idle.cpu + idle.memory
    return row.micro_won + once // clips


@cache
def all_estimates(models: str = PRODUCTION_CHECKPOINT) -> tuple[Estimate, ...]:
    """A price for every legal choice, in a fixed order. Raises NoCardError as `estimate` does."""
    return tuple(
        estimate(preset, ratio, seconds, tier, models)
        for preset in presets_of(CHECKPOINTS[models].flavour)
        for tier in preset.tiers
        for ratio in RATIOS
        for seconds in SECONDS
    )


def _micro_won(usd_per_second: Decimal, seconds: float) -> int:
    amount = micro_won_per_second(usd_per_second) * Decimal(repr(seconds))
    return int(amount.to_integral_value(rounding=ROUND_HALF_EVEN))
