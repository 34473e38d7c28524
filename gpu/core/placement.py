"""Where each model of a clip lives while it is made: on the card all the time, or only in its phase.

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
"""`audio` is the sound's decoder and vocoder."""

Quantization = Literal["bf16", "fp8"]
"""Of the transformer's layers on the picture's tokens: in bf16, or in 8 bits with a scale for each row of a weight and
each token. Of its attention: in bf16, or over 8-bit copies of queries, keys and values."""

Phase = Literal["encode_text", "connect_text", "encode_image", "stage_1", "upsample", "stage_2", "decode"]
"""`encode_text` runs Gemma, `connect_text` what follows it; the other phases are stages of a job."""

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
"""What a phase touches. The pipelines of LTX 1.0.0 hold the video encoder until stage 2 is over, hence its rows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to place the models. What is not resident is loaded for its phase and dropped after."""

    name: str
    quantization: Quantization
    resident: frozenset[Component]
    attention: Quantization = "bf16"
    """Of the picture's tokens among themselves, the largest part of stage 2."""
    checkpoints: int = 1
    """Checkpoint files whose models may lie there at once: the guided presets use one, the distilled ones another."""
    frames_decoded: int = 0
    """Frames that the decoder takes whole, at a time; 0 for small tiles. Whole frames are twice as quick and have no
    seams, for some 20 GiB more (64 frames at 1088p) or 30 (112)."""

    @property
    def exact(self) -> bool:
        """True when nothing is rounded that the plain plan keeps."""
        return self.quantization == self.attention == "bf16"

    @property
    def rounded(self) -> str | None:
        """What is worked out in fewer bits than the released model's, as a clip's record says it; None for nothing."""
        kinds = {"linear layers": self.quantization, "attention": self.attention}
        parts = [part for part, kind in kinds.items() if kind != "bf16"]
        return f"fp8 {' and '.join(parts)}" if parts else None

    def on_card(self, phase: Phase) -> frozenset[Component]:
        """What lies on the card during a phase."""
        return self.resident | NEEDS[phase]

    def loaded(self, phases: tuple[Phase, ...]) -> tuple[Component, ...]:
        """What has to be loaded for one job, in order. A component in two phases with another between comes twice."""
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
"""What each checkpoint file brings itself."""

_SMALL = ALL - {"transformer", "text_encoder"}

RESIDENT = Plan("resident", "bf16", ALL, frames_decoded=112)
"""Everything stays. The one transformer serves both stages: the distilled LoRA lies beside it and is not merged in."""

ROUNDING = False
"""Whether production may round a transformer to 8 bits: half as long again in the same time, and frames that differ. An
operator's decision, to be taken on real weights; `python run.py render` brings the prices after it."""

PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("resident_twice", "bf16", ALL, checkpoints=2, frames_decoded=64),
        RESIDENT,
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
"""From the quickest to the most frugal, exact ones first: the first that fits a card is the one it gets."""
