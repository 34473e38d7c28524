"""Whether a job fits on a card: peak bytes, phase by phase, from workload, weights and placement. Pure arithmetic.

A phase's peak is the weights that its plan keeps on the card, plus the phase's own allocations. The formulas for the
allocations are fitted to a run on an H200 (`measurements.py`) and name their basis. This module knows no price, calls
no driver and builds no model."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from gpu.core.checkpoints import Checkpoint
from gpu.core.geometry import RATIOS, SECONDS, Geometry, geometry
from gpu.core.hardware import GIB, Gpu
from gpu.core.placement import ALL, FROM_CHECKPOINT, PLANS, RESIDENT, ROUNDING, Component, Phase, Plan, Quantization
from gpu.core.presets import HQ_PIPELINE, PRESETS, Preset, guided_evaluations
from gpu.core.workload import evaluations_at_once, phases_of, tokens, uses_lora

TOKEN_TENSOR_BYTES = 8_192
"""One bf16 row of the picture's stream: width 4,096 times two bytes. Source: LTX-2 19B configuration."""
FORWARD_TENSORS: dict[Quantization, float] = {"bf16": 9.2, "fp8": 9.7}
"""Token tensors alive at the peak of a compiled evaluation, rotary tables among them.
Basis: measured, 2026-11-23, H200, 5,500 to 57,120 tokens; the stock code needs 23.6."""
TEXT_KEYS_BYTES = 48 * 1_024 * (4_096 + 2_048) * 2 * 2
"""A prompt's keys and values for picture and sound in all blocks, kept while a transformer runs. Basis: derived."""
ROTARY_BYTES_PER_TOKEN = (2_048 + 1_024) * 2 * 2
"""Kept for a stage: cosines and sines of the token's own attention and of that with the sound. Basis: derived."""

# Basis: measured, 2026-11-23, H200, three sizes; linear, so inside that range only.
_IMAGE_ENCODE_GIB, _IMAGE_ENCODE_GIB_PER_MEGAPIXEL = 0.21, 0.15
_UPSAMPLE_GIB, _UPSAMPLE_BYTES_PER_TOKEN = 0.065, 41_600
_SOURCE_GIB_PER_MEGAPIXEL_FRAME = 0.1105
"""Encoding a clip to restyle, at half size: 4.8 GiB at 704p, 11.1 at 1088p, 193 frames."""
_PART_GIB_PER_MEGAPIXEL, _PART_GIB_PER_MEGAPIXEL_FRAME = 0.671, 0.1229
"""Decoding whole frames at a time: 11.6 GiB for 40 frames at 1088p, 18.2 for 64, 25.8 for 96, 30.0 for 112."""
_TILES_GIB, _TILES_GIB_PER_MEGAPIXEL, _TILES_GIB_PER_MEGAPIXEL_FRAME = 1.0, 0.47, 0.00755
"""Small tiles: a tile with its workspace, output buffers, and buffers that grow with the clip."""
_UNCUT_GIB, _UNCUT_GIB_PER_MEGAPIXEL_FRAME = 0.13, 0.1035
"""The one-stage pipeline decodes without tiles: 4.6 GiB for the draft's 640x352, 193 frames. The slope is the stock
decoder's."""

HIDDEN_STATES_BYTES = 49 * 1_024 * 3_840 * 2
"""Of one prompt, all layers of Gemma, bf16. Basis: derived."""
TEXT_ENCODE_BYTES = 2 * HIDDEN_STATES_BYTES + 200_000_000
"""While Gemma runs. Basis: derived; the next phase needs more, so no run has shown it alone."""
CONNECT_TEXT_BYTES = int(2.33 * GIB)
"""Beside the prompts' hidden states. Basis: measured, 2026-11-23, H200, one and two prompts."""

CONTEXT_BYTES = 900_000_000
"""CUDA context and library workspaces. Basis: assumed."""
FRAGMENTATION = 1.05
"""Reserved over allocated, with expandable segments. Basis: assumed."""

MERGED_BLOCK_BYTES = 2 * 385_924_656 + 50_000_000
"""A bf16 block's layers with a LoRA added, beside the plain ones. Basis: derived; 0.75 to 0.79 GiB measured."""

# A transformer in 8 bits, counted from its modules. Basis: derived, 2026-11-23; 71.45 GiB resident measured for two.
EIGHT_BIT_LAYERS_BYTES = 14_507_704_320
"""The picture's layers with their scales."""
SOUND_LAYERS_BYTES = 8_053_063_680
"""They stay in bf16, and a LoRA changes them too."""
SHARED_BYTES = 708_256_256
"""Embeddings, norms and tables, the same with LoRAs and without."""


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """The verdict for one job on one card under one plan.

    `allocated` maps a phase to the peak of torch's allocator; `phases` adds the CUDA context and fragmentation, which
    is what the card must hold. Both in bytes, weights included.
    """

    plan: Plan
    allocated: dict[Phase, int]
    usable_bytes: int

    @property
    def phases(self) -> dict[Phase, int]:
        """What the card must hold in each phase."""
        return {phase: int((peak + CONTEXT_BYTES) * FRAGMENTATION) for phase, peak in self.allocated.items()}

    @property
    def fits(self) -> bool:
        """Whether the card holds the largest phase."""
        return self.peak_bytes <= self.usable_bytes

    @property
    def peak_phase(self) -> Phase:
        """The phase with the highest peak."""
        return max(self.allocated, key=lambda phase: self.allocated[phase])

    @property
    def peak_bytes(self) -> int:
        """The largest phase."""
        return self.phases[self.peak_phase]


def component_bytes(checkpoint: Checkpoint, plan: Plan = RESIDENT) -> dict[Component, int]:
    """Bytes of each component on the card. Raises ValueError for a checkpoint without sizes.

    In 8 bits a LoRA is a second set of layers, merged before the rounding. Where a transformer does not stay, only one
    set is there at a time.
    """
    parts = checkpoint.components
    if parts is None:
        raise ValueError(f"{checkpoint.name} has no planned sizes")
    transformer, lora = parts.transformer, parts.distilled_lora
    if plan.quantization == "fp8":
        layers = EIGHT_BIT_LAYERS_BYTES + SOUND_LAYERS_BYTES
        transformer, lora = layers + SHARED_BYTES, layers if "transformer" in plan.resident else 0
    return {
        "transformer": transformer,
        "distilled_lora": lora,
        "text_encoder": parts.text_encoder,
        "embeddings_processor": parts.embeddings_processor,
        "video_encoder": parts.video_encoder,
        "video_decoder": parts.video_decoder,
        "audio": parts.audio_decoder_and_vocoder,
        "spatial_upsampler": parts.spatial_upsampler,
    }


def resident_bytes(checkpoint: Checkpoint, plan: Plan = RESIDENT) -> int:
    """Weights that stay on the card between phases. Raises ValueError for a checkpoint without sizes."""
    sizes = component_bytes(checkpoint, plan)
    others = (plan.checkpoints - 1) * sum(sizes[component] for component in FROM_CHECKPOINT & plan.resident)
    return others + sum(sizes[component] for component in ALL & plan.resident)


def fit(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu, plan: Plan = RESIDENT) -> MemoryFit:
    """Peak bytes of each phase and whether the card holds them, with workspace and fragmentation counted."""
    sizes = component_bytes(checkpoint, plan)
    working = activations(preset, shape, plan)
    allocated: dict[Phase, int] = {}
    # In 8 bits each strength of a LoRA is a set of layers, and the second-order sampler has two of its own.
    own_sets = 2 * sizes["distilled_lora"] if plan.quantization == "fp8" and preset.pipeline == HQ_PIPELINE else 0
    for phase in phases_of(preset):
        weights = resident_bytes(checkpoint, plan) + own_sets
        weights += sum(sizes[component] for component in plan.on_card(phase) - plan.resident)
        allocated[phase] = weights + working[phase]
    return MemoryFit(plan, allocated, gpu.usable_bytes)


def best_fit(
    preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu, *, exact: bool = not ROUNDING
) -> MemoryFit | None:
    """The job under the plan of this card's containers, or under the first that fits where no container may run; None
    where it does not fit. `exact` excludes plans that change frames."""
    plans = _plans(gpu, exact=exact)
    if exact != ROUNDING:  # what production may run has one plan a card, which its containers follow for every job
        with suppress(ValueError):
            plans = [plan_for(gpu, checkpoint)]
    rows = (fit(preset, shape, checkpoint, gpu, plan) for plan in plans)
    return next((row for row in rows if row.fits), None)


@cache
def plan_for(gpu: Gpu, checkpoint: Checkpoint) -> Plan:
    """The plan of a container on this card: the first one that production may use and that holds the longest clip of
    every preset at its smaller size. A larger clip that it does not hold goes to another card. Raises ValueError where
    no plan fits."""
    for plan in _plans(gpu, exact=not ROUNDING):
        if all(
            fit(preset, geometry(ratio, preset.tiers[0], SECONDS[-1]), checkpoint, gpu, plan).fits
            for preset in PRESETS.values()
            for ratio in RATIOS
        ):
            return plan
    raise ValueError(f"no plan holds every preset on {gpu.name}")


EIGHT_BIT_ATTENTION_SINCE = (9, 0)
"""Compute capability from which cuDNN attends in 8 bits. Source: cuDNN's notes on `sdpa_fp8`."""


def _plans(gpu: Gpu, *, exact: bool) -> list[Plan]:
    able = gpu.compute_capability >= EIGHT_BIT_ATTENTION_SINCE
    plans = [plan for plan in PLANS.values() if (plan.exact or not exact) and (plan.attention == "bf16" or able)]
    # Where production may round, it does; otherwise a plan that rounds is the last resort.
    return sorted(plans, key=lambda plan: plan.exact) if ROUNDING else plans


def activations(preset: Preset, shape: Geometry, plan: Plan = RESIDENT) -> dict[Phase, int]:
    """Bytes that each phase allocates above the weights, including memory that an earlier phase still holds."""
    megapixels = shape.width * shape.height / 1e6
    prompts = 2 if preset.guided else 1
    denoising = tokens(preset, shape)
    encoded = megapixels / 4 if preset.stage_2_steps else megapixels
    working: dict[Phase, int] = {
        "encode_text": TEXT_ENCODE_BYTES,
        "connect_text": CONNECT_TEXT_BYTES + prompts * HIDDEN_STATES_BYTES,
        "encode_image": int((_IMAGE_ENCODE_GIB + _IMAGE_ENCODE_GIB_PER_MEGAPIXEL * encoded) * GIB),
    }
    if preset.inputs == "video":
        working["encode_image"] = int(_SOURCE_GIB_PER_MEGAPIXEL_FRAME * encoded * shape.num_frames * GIB)
    kept = 0
    for phase, count in denoising.items():
        rows = count * evaluations_at_once(preset, phase, count)
        keys = (guided_evaluations(preset) if phase == "stage_1" else 1) * TEXT_KEYS_BYTES
        merged = MERGED_BLOCK_BYTES if plan.quantization == "bf16" and uses_lora(preset, phase) else 0
        working[phase] = keys + int(FORWARD_TENSORS[plan.quantization] * TOKEN_TENSOR_BYTES * rows) + merged
        kept = keys + ROTARY_BYTES_PER_TOKEN * rows
        if phase == "stage_1" and preset.stage_2_steps:
            upsampling = _UPSAMPLE_BYTES_PER_TOKEN * shape.video_tokens(half_size=True)
            working["upsample"] = kept + int(_UPSAMPLE_GIB * GIB) + upsampling
    working["decode"] = kept + int(_decode_gib(preset, shape, plan) * GIB)
    return working


def _decode_gib(preset: Preset, shape: Geometry, plan: Plan) -> float:
    megapixels = shape.width * shape.height / 1e6
    if not preset.stage_2_steps:
        return _UNCUT_GIB + _UNCUT_GIB_PER_MEGAPIXEL_FRAME * megapixels * shape.num_frames
    frames = min(plan.frames_at(shape.width * shape.height), shape.num_frames)
    if frames:
        return megapixels * (_PART_GIB_PER_MEGAPIXEL + _PART_GIB_PER_MEGAPIXEL_FRAME * frames)
    tile = _TILES_GIB + _TILES_GIB_PER_MEGAPIXEL * megapixels
    return tile + _TILES_GIB_PER_MEGAPIXEL_FRAME * megapixels * shape.num_frames
