"""Where each model of a clip is kept: on the card all the time, or only during its phase.

A plan is a row. `memory.py` works out each plan's peaks, `pricing.py` what it costs in seconds, `model_cache.py`
follows it. This module knows no card, no size in bytes and no tensor."""

from dataclasses import dataclass
from typing import Literal

Component = Literal[
    "transformer",
    "distilled_lora",
    "text_encoder",
    "embeddings_processor",
    "video_encoder",
    "video_decoder",
    "audio",
    "spatial_upsampler",
]
"""`audio` is the sound's encoder, decoder and vocoder; the encoder is read for a sound of a person's own."""

Quantization = Literal["bf16", "fp8"]
"""The format of the transformer's layers on the picture's tokens: bf16, or 8 bits with a scale for each row of a weight
and each token. For its attention: bf16, or 8-bit copies of queries, keys and values."""

Phase = Literal["encode_text", "connect_text", "encode_image", "stage_1", "upsample", "stage_2", "decode"]
"""`encode_text` runs Gemma, `connect_text` the embeddings processor; the other phases are stages of a job."""

ALL: frozenset[Component] = frozenset((
    "transformer", "distilled_lora", "text_encoder", "embeddings_processor",
    "video_encoder", "video_decoder", "audio", "spatial_upsampler",
))  # fmt: skip

NEEDS: dict[Phase, frozenset[Component]] = {
    "encode_text": frozenset({"text_encoder"}),
    "connect_text": frozenset({"embeddings_processor"}),
    "encode_image": frozenset({"video_encoder"}),
    "stage_1": frozenset({"transformer", "video_encoder"}),
    "upsample": frozenset({"video_encoder", "spatial_upsampler"}),
    "stage_2": frozenset({"transformer", "distilled_lora", "video_encoder"}),
    "decode": frozenset({"video_decoder", "audio"}),
}
"""The models that a phase needs. The pipelines of LTX 1.0.0 hold the video encoder until stage 2 is over."""


LARGE_PIXELS = 1_000_000
"""Frames of 1088p have more, those of 704p fewer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to place the models. A model that is not resident is loaded for its phase and freed after it."""

    name: str
    quantization: Quantization
    resident: frozenset[Component]
    attention: Quantization = "bf16"
    """The format of the picture's self-attention, the largest part of stage 2."""
    checkpoints: int = 1
    """Checkpoint files whose models may be on the card at once: guided presets use one, distilled presets another."""
    frames_decoded: int = 0
    """Whole frames that the decoder takes at a time; 0 for small tiles. Whole frames are twice as fast and have no
    seams, for some 20 GiB more (64 frames at 1088p) or 30 (112)."""
    large_frames_decoded: int | None = None
    """The same for frames of more than `LARGE_PIXELS`, where it differs."""

    @property
    def exact(self) -> bool:
        """True when the plan keeps all layers and attention in bf16."""
        return self.quantization == self.attention == "bf16"

    @property
    def rounded(self) -> str | None:
        """The parts computed in 8 bits, in the words of a clip's record; None where there are none."""
        kinds = {"linear layers": self.quantization, "attention": self.attention}
        parts = [part for part, kind in kinds.items() if kind != "bf16"]
        return f"fp8 {' and '.join(parts)}" if parts else None

    def frames_at(self, pixels: int) -> int:
        """Whole frames that the decoder takes at a time in a clip of so many pixels a frame; 0 for small tiles."""
        if self.large_frames_decoded is not None and pixels > LARGE_PIXELS:
            return self.large_frames_decoded
        return self.frames_decoded

    def on_card(self, phase: Phase) -> frozenset[Component]:
        """The models on the card during a phase."""
        return self.resident | NEEDS[phase]

    def loaded(self, phases: tuple[Phase, ...]) -> tuple[Component, ...]:
        """The loads of one job, in order. A component comes twice if a phase that does not need it lies between."""
        loads: list[Component] = []
        held: frozenset[Component] = frozenset()
        for phase in phases:
            needed = NEEDS[phase] - self.resident
            loads += sorted(needed - held)
            held = needed
        return tuple(loads)


FROM_CHECKPOINT: frozenset[Component] = frozenset({
    "transformer", "embeddings_processor", "video_encoder", "video_decoder", "audio",
})  # fmt: skip
"""The components in each checkpoint file."""

_SMALL = ALL - {"transformer", "text_encoder"}

RESIDENT = Plan("resident", "bf16", ALL, frames_decoded=112)
"""All models stay. One transformer serves both stages: the distilled LoRA is kept beside it, not merged into it."""

ROUNDING = False
"""`True` lets production run the transformer in 8 bits. A clip then costs about a third less, and its frames differ
slightly. Compare real clips first. Then run `python run.py render` to update the prices."""

PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("resident_twice", "bf16", ALL, checkpoints=2, frames_decoded=64),
        Plan("resident_twice_in_parts", "bf16", ALL, checkpoints=2, frames_decoded=64, large_frames_decoded=40),
        RESIDENT,
        Plan("resident_on_80_gib", "bf16", ALL, frames_decoded=40, large_frames_decoded=0),
        Plan("text_apart", "bf16", ALL - {"text_encoder"}, frames_decoded=64),
        Plan("in_turns", "bf16", _SMALL),
        Plan("one_at_a_time", "bf16", frozenset()),
        Plan("resident_8_bit", "fp8", ALL, attention="fp8", frames_decoded=112),
        Plan("resident_fp8", "fp8", ALL, frames_decoded=112),
        Plan("text_apart_8_bit", "fp8", ALL - {"text_encoder"}, attention="fp8", frames_decoded=64),
        Plan("text_apart_fp8", "fp8", ALL - {"text_encoder"}),
        Plan("in_turns_fp8", "fp8", _SMALL),
        Plan("one_at_a_time_fp8", "fp8", frozenset()),
    )
}
"""From the fastest to the one with the least memory, exact plans first. A card gets the first plan that fits
(`memory.plan_for`)."""
