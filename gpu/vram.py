"""Will it fit: peak bytes of a job on a card, phase by phase, from geometry, weights and residency. Pure arithmetic.

A phase's peak is the weights that its plan keeps on the card then, plus what the phase allocates on top. The formulas
for the latter are fitted to a run on an H200 (`measured.py`) and name their basis. This module knows no price, asks no
driver and builds no model.
"""

import math
from dataclasses import dataclass

from gpu.checkpoints import Checkpoint, ComponentBytes
from gpu.geometry import RATIOS, SECONDS, Geometry, geometry
from gpu.hardware import GIB, Gpu
from gpu.presets import PRESETS, Preset
from gpu.residency import ALL, FROM_CHECKPOINT, PLANS, RESIDENT, Component, Phase, Plan, Quantization

TOKEN_TENSOR_BYTES = 8_192
"""One bf16 row of the video stream: width 4,096 times two bytes. Source: LTX-2 19B configuration."""
FORWARD_TENSORS = 23.6
"""Token tensors alive at a forward's peak. Basis: measured, 2026-11-22, H200, 14,080 to 51,000 tokens."""
FP8_UPCAST_BYTES = 270_000_000
"""The widest linear layer, brought back to bf16 for its product. Basis: derived from the layer's shape."""

# Image encode, upsample, decode. Basis: measured, 2026-11-22, H200, three sizes; linear, so inside that range only.
_IMAGE_ENCODE_GIB, _IMAGE_ENCODE_GIB_PER_MEGAPIXEL = 0.12, 0.17
_UPSAMPLE_GIB, _UPSAMPLE_BYTES_PER_TOKEN = 0.065, 41_600
_DECODE_GIB, _DECODE_GIB_PER_MEGAPIXEL, _DECODE_GIB_PER_MEGAPIXEL_FRAME = 1.09, 0.47, 0.00755
"""Default tiles: a tile with its workspace, output buffers, and what grows with the clip."""
_UNTILED_DECODE_GIB_PER_MEGAPIXEL_FRAME = 0.1047
"""Basis: measured, one size, 1088x1920x193: 42.2 GiB above the weights. The one-stage pipeline never tiles."""

HIDDEN_STATES_BYTES = 49 * 1_024 * 3_840 * 2
"""Of one prompt, all layers of Gemma, bf16. Basis: derived."""
TEXT_ENCODE_BYTES = 2 * HIDDEN_STATES_BYTES + 200_000_000
CONNECT_TEXT_BYTES = 7 * HIDDEN_STATES_BYTES
"""Two prompts' hidden states, and five of that size while one is projected. Basis: derived; not measured yet."""

CONTEXT_BYTES = 900_000_000
"""CUDA context and library workspaces. Basis: assumed."""
FRAGMENTATION = 1.05
"""Reserved over allocated, with expandable segments. Basis: assumed."""

MERGED_BLOCK_BYTES = 2 * 386_074_624 + 2 * 4_096 * 16_384
"""A block's weights with a LoRA added, beside the plain ones, and one product on its way. Basis: derived."""
FP8_SHARE = (18_876_174_592 * 2 - 19_230_000_000) / (18_876_174_592 * 2)
"""What `fp8_cast` saves. Basis: derived: 18.53 of 18.88 billion parameters take one byte, not two."""
BLOCKS: dict[Component, int] = {"transformer": 48, "text_encoder": 48}
"""Layers of the two models that can be streamed. Source: LTX-2 19B and Gemma 3 12B configurations."""
BLOCKS_ON_CARD = 2
"""While streaming: the one that computes and the next."""
OUTSIDE_BLOCKS: dict[Component, int] = {"transformer": 690_000_000, "text_encoder": 2_850_000_000}
"""Of each, what is no block and stays: embeddings and heads, Gemma's vocabulary and vision tower. Basis: derived."""

MIDDLE_AND_ENDS = 3
"""Keyframes carry up to three pictures, each a latent frame more for the transformer."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The verdict for one job on one card under one plan.

    `allocated` maps a phase to what torch's allocator will have given out at its peak; `phases` adds the CUDA context
    and fragmentation, and is what the card must hold. Both in bytes, weights included.
    """

    fits: bool
    plan: Plan
    weights_bytes: int
    allocated: dict[Phase, int]
    phases: dict[Phase, int]
    usable_bytes: int

    @property
    def peak_phase(self) -> Phase:
        """The phase that decides."""
        return max(self.phases, key=lambda phase: self.phases[phase])

    @property
    def peak_bytes(self) -> int:
        """The largest phase."""
        return self.phases[self.peak_phase]


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
            pictures = min(MIDDLE_AND_ENDS, shape.latent_frames)
            half += pictures * half // shape.latent_frames
            full += pictures * full // shape.latent_frames
        case "video":
            half *= 2
        case "picture":
            pass
    return {"stage_1": half, "stage_2": full}


def component_bytes(parts: ComponentBytes, quantization: Quantization = "bf16") -> dict[Component, int]:
    """Bytes of each component's weights."""
    transformer = parts.transformer
    if quantization == "fp8":
        transformer = round(transformer * (1 - FP8_SHARE))
    return {
        "transformer": transformer,
        "distilled_lora": parts.distilled_lora,
        "text_encoder": parts.text_encoder,
        "embeddings_processor": parts.embeddings_processor,
        "video_encoder": parts.video_encoder,
        "video_decoder": parts.video_decoder,
        "audio": parts.audio_decoder_and_vocoder,
        "spatial_upsampler": parts.spatial_upsampler,
    }


def resident_bytes(checkpoint: Checkpoint, plan: Plan = RESIDENT) -> int:
    """Weights that stay on the card between phases. Raises ValueError for a checkpoint without sizes."""
    sizes = component_bytes(_parts(checkpoint), plan.quantization)
    others = (plan.checkpoints - 1) * sum(sizes[component] for component in FROM_CHECKPOINT & plan.resident)
    return others + sum(sizes[component] for component in ALL & plan.resident)


def fit(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu, plan: Plan = RESIDENT) -> Fit:
    """Peak bytes of each phase and whether the card holds them, with workspace and fragmentation counted."""
    sizes = component_bytes(_parts(checkpoint), plan.quantization)
    working = activations(preset, shape, plan.quantization)
    allocated: dict[Phase, int] = {}
    for phase in phases_of(preset):
        weights = resident_bytes(checkpoint, plan)
        weights += sum(sizes[component] for component in plan.on_card(phase) - plan.resident)
        weights += sum(streamed_bytes(sizes, component) for component in plan.streamed)
        allocated[phase] = weights + working[phase] + (MERGED_BLOCK_BYTES if _wears_lora(preset, phase) else 0)
    phases: dict[Phase, int] = {phase: int((peak + CONTEXT_BYTES) * FRAGMENTATION) for phase, peak in allocated.items()}
    return Fit(
        fits=max(phases.values()) <= gpu.usable_bytes,
        plan=plan,
        weights_bytes=resident_bytes(checkpoint, plan),
        allocated=allocated,
        phases=phases,
        usable_bytes=gpu.usable_bytes,
    )


def best_fit(
    preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu, *, exact: bool = True, built: bool = True
) -> Fit | None:
    """The first plan that fits this card, or None. `exact` leaves out plans that change frames, `built` those that
    are arithmetic only."""
    for plan in PLANS.values():
        if (plan.exact or not exact) and (plan.built or not built):
            verdict = fit(preset, shape, checkpoint, gpu, plan)
            if verdict.fits:
                return verdict
    return None


def plan_for(gpu: Gpu, checkpoint: Checkpoint) -> Plan:
    """How a container on this card places the models: the first exact plan that holds the longest, largest clip of
    every preset. Raises ValueError for a card that none fits."""
    for plan in PLANS.values():
        if (
            plan.exact
            and plan.built
            and all(
                fit(preset, geometry(ratio, tier, SECONDS[-1]), checkpoint, gpu, plan).fits
                for preset in PRESETS.values()
                for tier in preset.tiers
                for ratio in RATIOS
            )
        ):
            return plan
    raise ValueError(f"no plan holds every preset on {gpu.name}")


def activations(preset: Preset, shape: Geometry, quantization: Quantization = "bf16") -> dict[Phase, int]:
    """What each phase allocates above the weights, in bytes."""
    megapixels = shape.width * shape.height / 1e6
    megapixel_frames = megapixels * shape.num_frames
    denoising = tokens(preset, shape)
    working: dict[Phase, int] = {
        "encode_text": TEXT_ENCODE_BYTES,
        "connect_text": CONNECT_TEXT_BYTES,
        "encode_image": int((_IMAGE_ENCODE_GIB + _IMAGE_ENCODE_GIB_PER_MEGAPIXEL * megapixels) * GIB),
        "upsample": int(_UPSAMPLE_GIB * GIB) + _UPSAMPLE_BYTES_PER_TOKEN * shape.video_tokens(half_size=True),
    }
    for phase, count in denoising.items():
        working[phase] = int(FORWARD_TENSORS * TOKEN_TENSOR_BYTES * count)
        if quantization == "fp8":
            working[phase] += FP8_UPCAST_BYTES
    if preset.stage_2_steps:
        tiled = _DECODE_GIB + _DECODE_GIB_PER_MEGAPIXEL * megapixels
        working["decode"] = int((tiled + _DECODE_GIB_PER_MEGAPIXEL_FRAME * megapixel_frames) * GIB)
    else:
        working["decode"] = int(_UNTILED_DECODE_GIB_PER_MEGAPIXEL_FRAME * megapixel_frames * GIB)
    return working


def streamed_bytes(sizes: dict[Component, int], component: Component) -> int:
    """What a streamed component takes on the card: the blocks there at one time."""
    outside = OUTSIDE_BLOCKS[component]
    return outside + math.ceil((sizes[component] - outside) * BLOCKS_ON_CARD / BLOCKS[component])


def _wears_lora(preset: Preset, phase: Phase) -> bool:
    """The guided two-stage pipelines wear the distilled LoRA in stage 2, restyling its own in stage 1."""
    return phase == "stage_1" if preset.inputs == "video" else phase == "stage_2" and preset.guided


def _parts(checkpoint: Checkpoint) -> ComponentBytes:
    if checkpoint.components is None:
        raise ValueError(f"{checkpoint.name} has no planned sizes")
    return checkpoint.components
