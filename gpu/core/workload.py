"""The work of a clip: its phases, its tokens, its evaluations and its LoRA. Pure arithmetic.

Memory and prices are both computed from it. This module knows no bytes, seconds, cards or plans.
"""

from gpu.core.geometry import OVERLAP_SECONDS, Geometry, frames_for
from gpu.core.guidance import guided_evaluations
from gpu.core.placement import Phase
from gpu.core.presets import HQ_PIPELINE, Preset

PAIRED_UP_TO = 16_384
"""Up to this many picture tokens, one forward makes both evaluations of a guided step and is then twice as large: all
of 8 s at any size offered. Basis: measured, 2026-11-23, H200: at 5,500 an evaluation takes 6 % less in 8 bits and 4 %
less in bf16, at 12,750 4 % less in 8 bits; in bf16 there it fits the other rows. Above that: derived. Three or four
evaluations share a forward where together they have no more tokens than two such evaluations."""
SOURCE_FRAMES_ENCODED = 40
"""Frames of a clip of which most stays that are encoded at a time, so that a long one needs no more memory."""
SOURCE_FRAMES_SHARED = 24
"""Of two such parts, for blending: with the 16 that LTX asks for at least, latents of a tiny set were off by 6 %, with
24 by 2.5. Basis: measured, 2026-11-27."""
MAX_KEYFRAMES = 3
"""First, middle and last picture; each adds a latent frame for the transformer."""


def phases_of(preset: Preset) -> tuple[Phase, ...]:
    """The phases of a preset's pipeline, in order."""
    text: tuple[Phase, ...] = ("encode_text", "connect_text", "encode_image")
    return (*text, "stage_1", "upsample", "stage_2", "decode") if preset.stage_2_steps else (*text, "stage_1", "decode")


def tokens(preset: Preset, shape: Geometry) -> dict[Phase, int]:
    """Video tokens of each denoising phase, conditioning included.

    Keyframes are appended, a latent frame each. A clip to restyle is appended whole, at stage 1 alone. A first frame
    replaces a latent frame and adds none. Source: ltx-pipelines 1.0.0.
    """
    if not preset.stage_2_steps:
        return {"stage_1": shape.video_tokens()}
    half, full = shape.video_tokens(half_size=True), shape.video_tokens()
    match preset.inputs:
        case "keyframes":
            pictures = min(MAX_KEYFRAMES, shape.latent_frames)
            half += pictures * half // shape.latent_frames
            full += pictures * full // shape.latent_frames
        case "video":
            half *= 2
        case "picture" | "sound" | "clip_part":
            pass
    return {"stage_1": half, "stage_2": full}


def in_forwards(evaluations: int, count: int, paired_up_to: int) -> tuple[int, ...]:
    """A guided denoising's evaluations, over `count` picture tokens each, by the forwards that make them: all in one,
    else in twos, else each alone."""
    if evaluations * count <= 2 * paired_up_to:
        return (evaluations,)
    if count > paired_up_to:
        return (1,) * evaluations
    return (2,) * (evaluations // 2) + (1,) * (evaluations % 2)


def guided_forwards(preset: Preset, count: int) -> tuple[int, ...]:
    """The evaluations of each forward of a guided denoising, over `count` picture tokens each."""
    return in_forwards(guided_evaluations(preset), count, PAIRED_UP_TO)


def evaluations_at_once(preset: Preset, phase: Phase, count: int) -> tuple[int, ...]:
    """How many evaluations the forwards of a phase make, each size once."""
    return tuple(set(guided_forwards(preset, count))) if preset.guided and phase == "stage_1" else (1,)


def uses_lora(preset: Preset, phase: Phase) -> bool:
    """Whether a phase adds a LoRA to the transformer: guided two-stage pipelines in stage 2, the second-order sampler
    in both, restyling in stage 1."""
    if preset.pipeline == HQ_PIPELINE:
        return phase in ("stage_1", "stage_2")
    return phase == "stage_1" if preset.inputs == "video" else phase == "stage_2" and preset.guided


def source_frames(preset: Preset, shape: Geometry) -> int:
    """Frames that are read and encoded of a clip of which most stays: all, or the end that it goes on from."""
    return min(frames_for(OVERLAP_SECONDS), shape.num_frames) if preset.name == "extend" else shape.num_frames
