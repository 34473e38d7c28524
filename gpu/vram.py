"""Will it fit: peak bytes of a job on a card, phase by phase, from geometry and weights. Pure arithmetic.

The plan assumed here is "resident": all models stay on the card between jobs, one transformer with the distilled LoRA
beside it. A phase's peak is then the weights plus what that phase allocates on top. This module knows no price and asks
no driver.
"""

from dataclasses import dataclass

from gpu.checkpoints import Checkpoint
from gpu.geometry import Geometry
from gpu.hardware import GIB, Gpu
from gpu.presets import Preset

TOKEN_TENSOR_BYTES = 8_192
"""One bf16 row of the video stream: width 4,096 times two bytes. Source: LTX-2 19B configuration."""
FORWARD_TENSORS = 23.6
"""Token tensors alive at a forward's peak. Basis: measured, 2026-11-22, H200: one slope fits 14,080 to 51,000 tokens."""
DECODE_BYTES = int(5.1 * GIB)
"""Above the weights, default tiles, 1088x1920x193. Basis: measured, 2026-11-22, H200. Smaller sizes need less."""
TEXT_ENCODE_BYTES = 2 * 385_000_000 + 200_000_000
"""Hidden states of two prompts, 49 x 1,024 x 3,840 in bf16, and working space. Basis: derived."""
CONTEXT_BYTES = 900_000_000
"""CUDA context and library workspaces. Basis: assumed."""
FRAGMENTATION = 1.05
"""Reserved over allocated, with expandable segments. Basis: assumed."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The verdict for one job on one card. `phases` maps a phase to its peak in bytes, weights included."""

    fits: bool
    weights_bytes: int
    phases: dict[str, int]
    usable_bytes: int

    @property
    def peak_bytes(self) -> int:
        """The largest phase."""
        return max(self.phases.values())


def resident_bytes(checkpoint: Checkpoint) -> int:
    """Weights of every model, kept on the card at once. Raises ValueError for a checkpoint without sizes."""
    parts = checkpoint.components
    if parts is None:
        raise ValueError(f"{checkpoint.name} has no planned sizes")
    return (
        parts.transformer
        + parts.embeddings_processor
        + parts.video_encoder
        + parts.video_decoder
        + parts.audio_decoder_and_vocoder
        + parts.spatial_upsampler
        + parts.text_encoder
        + parts.distilled_lora
    )


def fit(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu) -> Fit:
    """Peak bytes of each phase and whether the card holds them, with workspace and fragmentation counted."""
    weights = resident_bytes(checkpoint) + CONTEXT_BYTES
    two_stage = preset.stage_2_steps > 0
    phases = {
        "encode_prompt": weights + TEXT_ENCODE_BYTES,
        "stage_1": weights + _forward_bytes(shape.video_tokens(half_size=two_stage)),
        "decode": weights + DECODE_BYTES,
    }
    if two_stage:
        phases["stage_2"] = weights + _forward_bytes(shape.video_tokens())
    phases = {phase: int(peak * FRAGMENTATION) for phase, peak in phases.items()}
    return Fit(max(phases.values()) <= gpu.usable_bytes, weights, phases, gpu.usable_bytes)


def _forward_bytes(tokens: int) -> int:
    return int(FORWARD_TENSORS * TOKEN_TENSOR_BYTES * tokens)
