"""Seconds and won of prompt help, before it is written: of the longest text that Gemma may write.

After an attempt it is priced as a clip's is, by `pricing.attempt_cost`. Knows no request, clock or ledger.
"""

from functools import cache

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT, Checkpoint
from gpu.core.contract import TextEstimate
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import GPUS, LOAD_BYTES_PER_SECOND, PRICE_REV, Gpu
from gpu.core.memory import PICTURE_TOWER_BYTES, component_bytes, holds_writing, plan_for
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import COLD_START_SECONDS, NoCardError, estimate, price
from gpu.core.prompt_help import MOST_TOKENS, writing_seconds


@cache
def text_estimate(models: str = PRODUCTION_CHECKPOINT) -> TextEstimate:
    """The price of one text by Gemma, with a picture and of as many tokens as it may have. On the card of the usual
    clip, so that one start serves both. Raises NoCardError where that card does not hold it."""
    checkpoint = CHECKPOINTS[models]
    usual = GPUS[estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER, models).gpu]
    holding = [gpu for gpu in GPUS.values() if holds_writing(gpu, checkpoint)]
    if usual not in holding:
        raise NoCardError(f"{usual.name} does not hold Gemma's writing")
    seconds = text_seconds(usual, checkpoint)
    parts = price(usual.name, seconds, COLD_START_SECONDS)
    working = parts.gpu + parts.cpu + parts.memory
    more = sorted(
        (gpu for gpu in holding if gpu.usable_bytes > usual.usable_bytes), key=lambda gpu: text_price(gpu, checkpoint)
    )
    return TextEstimate(
        gpu=usual.name,
        larger_gpu=more[0].name if more else None,
        gpu_seconds=round(seconds, 1),
        micro_won=working,
        high_micro_won=working + parts.cold_start,
        cold_start_micro_won=parts.cold_start,
        basis="derived",
        price_rev=PRICE_REV,
    )


def text_seconds(gpu: Gpu, checkpoint: Checkpoint) -> float:
    """Seconds of the longest text on a card, Gemma's way there included where the card's plan does not keep it."""
    gemma = component_bytes(checkpoint)["text_encoder"]
    loaded = PICTURE_TOWER_BYTES + (0 if "text_encoder" in plan_for(gpu, checkpoint).resident else gemma)
    return loaded / LOAD_BYTES_PER_SECOND + writing_seconds(MOST_TOKENS)


def text_price(gpu: Gpu, checkpoint: Checkpoint) -> int:
    """Micro-won of the longest text on a warm card."""
    parts = price(gpu.name, text_seconds(gpu, checkpoint))
    return parts.gpu + parts.cpu + parts.memory
