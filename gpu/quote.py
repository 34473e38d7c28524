"""What a clip takes: seconds on each card that fits, and won. The one place where money is computed.

Before a job, `estimate` prices every legal choice; the table goes to the edge, which only looks prices up. After an
attempt, `settle` prices the seconds it used. Both round once, at the end, to integer micro-won.
This module knows no request, no clock and no ledger.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from gpu.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT, Checkpoint
from gpu.contract import CostParts, Estimate, JobCost
from gpu.geometry import RATIOS, SECONDS, Geometry, Ratio, Seconds, Tier, geometry
from gpu.hardware import (
    CONTAINER_CORES,
    CONTAINER_GIB,
    CPU_USD_PER_CORE_SECOND,
    GPUS,
    LOCAL_GPU,
    MEMORY_USD_PER_GIB_SECOND,
    PRICE_REV,
    Gpu,
    micro_won_per_second,
)
from gpu.presets import PRESETS, Preset
from gpu.vram import fit

# Seconds on an H200, stock 1.0.0 code in eager bf16, models resident. Basis: measured, 2026-11-22, one H200.
FORWARD_FIXED_SECONDS = 0.032
LINEAR_FLOPS_PER_SECOND = 486e12
ATTENTION_FLOPS_PER_SECOND = 559e12
"""Least squares over six measured shapes, 3,520 to 51,000 video tokens; the largest miss is 2.6 %."""
DECODE_SECONDS_PER_MEGAPIXEL = 5.3 / (1088 * 1920 * 193 / 1e6)
UPSAMPLE_SECONDS = 0.09
IMAGE_ENCODE_SECONDS = 0.3
# Not measured yet. Basis: assumed, 2026-11-22.
TEXT_ENCODE_SECONDS = 1.0
ENCODE_AND_UPLOAD_SECONDS = 3.0
COLD_START_SECONDS = 60.0
SPREAD = Decimal("0.15")
"""Half-width of the range shown around an estimate. Basis: assumed, until a median of real jobs replaces it."""

# Closed form of LTX-2's forward, checked against torch's FLOP counter on the meta device. Basis: derived, 2026-11-22.
_LINEAR_FLOPS_PER_VIDEO_TOKEN = 25.77e9 + 0.237e9
_LINEAR_FLOPS_PER_AUDIO_TOKEN = 7.25e9
_TEXT_FLOPS = 4.2e12
_LAYERS, _VIDEO_WIDTH, _AUDIO_WIDTH, _TEXT_TOKENS = 48, 4_096, 2_048, 1_024


@dataclass(frozen=True, slots=True)
class Candidate:
    """One card for one job: how long, how much, and whether it holds the models."""

    gpu: Gpu
    fits: bool
    gpu_seconds: float
    parts: CostParts
    cold_start_micro_won: int

    @property
    def micro_won(self) -> int:
        """Price with a warm container."""
        return self.parts.gpu + self.parts.cpu + self.parts.memory


def forward_seconds(video_tokens: int, audio_tokens: int) -> float:
    """One transformer evaluation on an H200, in seconds."""
    linear = (
        _LINEAR_FLOPS_PER_VIDEO_TOKEN * video_tokens + _LINEAR_FLOPS_PER_AUDIO_TOKEN * audio_tokens + _TEXT_FLOPS
    )
    video_keys = video_tokens + _TEXT_TOKENS
    audio_keys = audio_tokens + _TEXT_TOKENS + 2 * video_tokens
    attention = 4 * _LAYERS * (video_tokens * video_keys * _VIDEO_WIDTH + audio_tokens * audio_keys * _AUDIO_WIDTH)
    return FORWARD_FIXED_SECONDS + linear / LINEAR_FLOPS_PER_SECOND + attention / ATTENTION_FLOPS_PER_SECOND


def h200_seconds(preset: Preset, shape: Geometry) -> dict[str, float]:
    """Seconds of each stage of a warm job on an H200."""
    two_stage = preset.stage_2_steps > 0
    megapixels = shape.width * shape.height * shape.num_frames / 1e6
    stage_1 = forward_seconds(shape.video_tokens(half_size=two_stage), shape.audio_tokens)
    seconds = {
        "encode_prompt": TEXT_ENCODE_SECONDS,
        "encode_image": IMAGE_ENCODE_SECONDS,
        "stage_1": preset.stage_1_forwards * stage_1,
    }
    if two_stage:
        stage_2 = forward_seconds(shape.video_tokens(), shape.audio_tokens)
        seconds |= {"upsample": UPSAMPLE_SECONDS, "stage_2": preset.stage_2_steps * stage_2}
    seconds["decode"] = DECODE_SECONDS_PER_MEGAPIXEL * megapixels
    seconds["upload"] = ENCODE_AND_UPLOAD_SECONDS
    return seconds


def candidates(preset: Preset, shape: Geometry, checkpoint: Checkpoint) -> list[Candidate]:
    """Every card for this job, cheapest first, those that do not fit included and marked."""
    base = sum(h200_seconds(preset, shape).values())
    rows: list[Candidate] = []
    for gpu in GPUS.values():
        seconds = base / gpu.relative_speed
        rows.append(
            Candidate(
                gpu=gpu,
                fits=fit(preset, shape, checkpoint, gpu).fits,
                gpu_seconds=seconds,
                parts=price(gpu.name, seconds),
                cold_start_micro_won=price(gpu.name, 0.0, COLD_START_SECONDS).cold_start,
            )
        )
    return sorted(rows, key=lambda row: row.micro_won)


def price(gpu: str, busy_seconds: float, cold_start_seconds: float = 0.0) -> CostParts:
    """Micro-won for seconds on a card, container included. A laptop rents nothing, so there all parts are zero.

    Raises KeyError for a GPU without a price row.
    """
    if gpu == LOCAL_GPU:
        return CostParts(gpu=0, cpu=0, memory=0, cold_start=0)
    card = GPUS[gpu].usd_per_second
    cpu = CPU_USD_PER_CORE_SECOND * CONTAINER_CORES
    memory = MEMORY_USD_PER_GIB_SECOND * CONTAINER_GIB
    return CostParts(
        gpu=_micro_won(card, busy_seconds),
        cpu=_micro_won(cpu, busy_seconds),
        memory=_micro_won(memory, busy_seconds),
        cold_start=_micro_won(card + cpu + memory, cold_start_seconds),
    )


def settle(gpu: str, gpu_seconds: float, cold_start_seconds: float) -> JobCost:
    """The price of what an attempt used."""
    parts = price(gpu, gpu_seconds, cold_start_seconds)
    return JobCost(
        gpu=gpu,
        gpu_seconds=round(gpu_seconds, 3),
        cold_start_seconds=round(cold_start_seconds, 3),
        micro_won=parts.gpu + parts.cpu + parts.memory + parts.cold_start,
        parts=parts,
        price_rev=PRICE_REV,
    )


def estimate(preset: Preset, ratio: Ratio, seconds: Seconds, tier: Tier) -> Estimate:
    """The price of one legal choice in production: the cheapest card that holds the models and has been measured.

    A card whose speed is only derived is not offered: prices that were never measured are how trust was lost before.
    """
    shape = geometry(ratio, tier, seconds)
    rows = candidates(preset, shape, CHECKPOINTS[PRODUCTION_CHECKPOINT])
    best = next(row for row in rows if row.fits and row.gpu.speed.basis == "measured")
    spread = round(best.micro_won * SPREAD)
    too_small = sum(not row.fits for row in rows)
    return Estimate(
        preset=preset.name,
        ratio=ratio,
        seconds=seconds,
        tier=tier,
        width=shape.width,
        height=shape.height,
        num_frames=shape.num_frames,
        gpu=best.gpu.name,
        gpu_seconds=round(best.gpu_seconds, 1),
        micro_won=best.micro_won,
        low_micro_won=best.micro_won - spread,
        high_micro_won=best.micro_won + spread + best.cold_start_micro_won,
        parts=best.parts,
        cold_start_micro_won=best.cold_start_micro_won,
        basis="measured",
        reason_ko=f"모델을 올릴 수 있고 속도를 잰 GPU 중 가장 싸요. 메모리가 모자란 GPU {too_small}종은 뺐어요.",
        reason_en=f"The cheapest measured GPU that holds the models; {too_small} others are too small.",
        price_rev=PRICE_REV,
    )


def all_estimates() -> tuple[Estimate, ...]:
    """A price for every legal choice, in a fixed order."""
    return tuple(
        estimate(preset, ratio, seconds, tier)
        for preset in PRESETS.values()
        for tier in preset.tiers
        for ratio in RATIOS
        for seconds in SECONDS
    )


def _micro_won(usd_per_second: Decimal, seconds: float) -> int:
    amount = micro_won_per_second(usd_per_second) * Decimal(repr(seconds))
    return int(amount.to_integral_value(rounding=ROUND_HALF_EVEN))
