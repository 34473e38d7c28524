"""Whether a job fits on a card: peak bytes, phase by phase, from workload, weights and placement. Pure arithmetic.

A phase's peak is the weights that its plan keeps on the card, plus the phase's own allocations. The formulas for the
allocations are fitted to runs on cards (`measured_memory.py`); what differs between families of models is in
`families.py`. This module knows no price, calls no driver and builds no model."""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from gpu.core.checkpoints import Checkpoint, Flavour
from gpu.core.families import FAMILIES, Family
from gpu.core.geometry import RATIOS, SECONDS, Geometry, geometry
from gpu.core.guidance import guided_evaluations
from gpu.core.hardware import GIB, Gpu
from gpu.core.placement import ALL, FROM_CHECKPOINT, PLANS, RESIDENT, ROUNDING, Component, Phase, Plan
from gpu.core.presets import HQ_PIPELINE, ONE_STAGE_PIPELINE, Preset, presets_of
from gpu.core.workload import SOURCE_FRAMES_ENCODED, evaluations_at_once, phases_of, source_frames, tokens, uses_lora

TOKEN_TENSOR_BYTES = 8_192
"""One bf16 row of the picture's stream: width 4,096 times two bytes. Source: LTX-2's configuration, both families."""
ROTARY_BYTES_PER_TOKEN = (2_048 + 1_024) * 2 * 2
"""Kept for a stage: cosines and sines of the token's own attention and of that with the sound. Forwards of different
sizes have tables of their own. Basis: derived, and measured with two and one evaluations in a step."""
PASSING_TENSORS = 0.5
"""Token tensors more where some evaluations of a forward pass an attention, which copies those of the others. Basis:
measured, 2026-11-27, one H100, four evaluations of which one passes: 0.47."""

_UPSAMPLE_GIB, _UPSAMPLE_BYTES_PER_TOKEN = 0.065, 41_600
"""The upsampler is the same in both families. Basis: measured, 2026-11-23, H200, three sizes, and again 2026-11-27."""
_UNCUT_GIB = 0.13
"""Beside what grows with a clip that is decoded without tiles. Basis: measured, 2026-11-23, H200."""

PIXEL_BYTES = 3 * 2
"""Of a source clip on the card, while its parts are encoded: three colours in bf16. Basis: derived."""

SOUND_BYTES_PER_SECOND = 11_750_000
"""Encoding a sound of a person's own: spectrum and the encoder's tensors, the same in both families. Basis: measured,
2026-11-27, one H100, the encoder alone: 22.8, 89.5 and 111.7 MiB for 2, 8 and 10 s."""
HIDDEN_STATES_BYTES = 49 * 1_024 * 3_840 * 2
"""Of one prompt, all layers of Gemma, bf16. Basis: derived."""
TEXT_ENCODE_BYTES = 2 * HIDDEN_STATES_BYTES + 200_000_000
"""While Gemma runs. Basis: derived; the next phase needs more, so no run has shown it alone."""
PICTURE_TOWER_BYTES = 846_000_000
"""Gemma's picture tower with its projector, in bf16; read for one answer. Basis: derived, 2026-11-27: 0.42 billion
parameters of the released configuration. The tower alone was 0.776 GiB on an H100."""
WRITING_BYTES = 2 * 48 * 2 * 8 * 256 * 2 * 2_560 + 480_000_000
"""While Gemma writes: keys and values of 48 layers, 8 heads of 256, bf16, twice while the step is prepared, for the
2,560 places that system prompt, picture, the longest words and the answer stay below; and reading them. Basis: derived,
2026-11-27; reading was measured on an H100, 0.45 GiB for 856 tokens with a picture."""
CONTEXT_BYTES = 900_000_000
"""CUDA context and library workspaces. Basis: measured, 2026-11-27, one H100, beside torch's allocator: 0.82e9."""
FRAGMENTATION = 1.05
"""Reserved over allocated, with expandable segments. Basis: measured, 2026-11-27, one H100, each phase of 17 clips: up
to 1.03, and to 1.06 where whole frames are decoded; where memory gets short the allocator gives that back."""


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
        family = FAMILIES[checkpoint.flavour]
        layers = family.eight_bit_layers_bytes + family.sound_layers_bytes
        transformer, lora = layers + family.shared_bytes, layers if "transformer" in plan.resident else 0
    return {
        "transformer": transformer,
        "distilled_lora": lora,
        "text_encoder": parts.text_encoder,
        "embeddings_processor": parts.embeddings_processor,
        "video_encoder": parts.video_encoder,
        "video_decoder": parts.video_decoder,
        "audio": parts.audio_encoder + parts.audio_decoder_and_vocoder,
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
    working = activations(preset, shape, plan, checkpoint.flavour)
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
    every preset at its smaller size; or one that is the same but for larger sizes, if it alone holds those as well. A
    larger clip that neither holds goes to another card. Raises ValueError where no plan fits."""
    plans = _plans(gpu, exact=not ROUNDING)
    first = next((plan for plan in plans if _holds_every_preset(gpu, checkpoint, plan, 0)), None)
    if first is None:
        raise ValueError(f"no plan holds every preset on {gpu.name}")
    alike = [plan for plan in plans if replace(plan, name="", large_frames_decoded=None) == replace(first, name="")]
    return next((plan for plan in (first, *alike) if _holds_every_preset(gpu, checkpoint, plan, -1)), first)


def _holds_every_preset(gpu: Gpu, checkpoint: Checkpoint, plan: Plan, tier: int) -> bool:
    """Whether a plan holds the longest clip of every preset at its smallest (0) or largest (-1) size."""
    return all(
        fit(preset, geometry(ratio, preset.tiers[tier], SECONDS[-1]), checkpoint, gpu, plan).fits
        for preset in presets_of(checkpoint.flavour)
        for ratio in RATIOS
    )


def holds_writing(gpu: Gpu, checkpoint: Checkpoint) -> bool:
    """Whether Gemma can write on a card, beside the models that its container keeps there."""
    try:
        plan = plan_for(gpu, checkpoint)
    except ValueError:
        return False
    apart = 0 if "text_encoder" in plan.resident else component_bytes(checkpoint, plan)["text_encoder"]
    allocated = resident_bytes(checkpoint, plan) + apart + PICTURE_TOWER_BYTES + WRITING_BYTES
    return int((allocated + CONTEXT_BYTES) * FRAGMENTATION) <= gpu.usable_bytes


EIGHT_BIT_ATTENTION_SINCE = (9, 0)
"""Compute capability from which cuDNN attends in 8 bits. Source: cuDNN's notes on `sdpa_fp8`."""


def _plans(gpu: Gpu, *, exact: bool) -> list[Plan]:
    able = gpu.compute_capability >= EIGHT_BIT_ATTENTION_SINCE
    plans = [plan for plan in PLANS.values() if (plan.exact or not exact) and (plan.attention == "bf16" or able)]
    # Where production may round, it does; otherwise a plan that rounds is the last resort.
    return sorted(plans, key=lambda plan: plan.exact) if ROUNDING else plans


def activations(preset: Preset, shape: Geometry, plan: Plan = RESIDENT, flavour: Flavour = "19b") -> dict[Phase, int]:
    """Bytes that each phase allocates above the weights, including memory that an earlier phase still holds."""
    family = FAMILIES[flavour]
    megapixels = shape.width * shape.height / 1e6
    prompts = 2 if preset.guided else 1
    denoising = tokens(preset, shape)
    encoded = megapixels / 4 if preset.stage_2_steps else megapixels
    working: dict[Phase, int] = {
        "encode_text": TEXT_ENCODE_BYTES,
        "connect_text": family.connect_text_bytes + prompts * HIDDEN_STATES_BYTES,
        "encode_image": int(family.encoding_gib.at(encoded) * GIB),
    }
    if preset.inputs == "sound":
        sound = int(SOUND_BYTES_PER_SECOND * shape.num_frames / shape.frame_rate)
        working["encode_image"] = max(working["encode_image"], sound)
    if preset.inputs in ("video", "clip_part"):
        read = source_frames(preset, shape)
        at_once = read if preset.inputs == "video" else min(SOURCE_FRAMES_ENCODED + 1, read)
        pixels = 0 if preset.inputs == "video" else PIXEL_BYTES * shape.width * shape.height * read
        working["encode_image"] = int(family.source_gib_per_megapixel_frame * encoded * at_once * GIB) + pixels
    kept = 0
    for phase, count in denoising.items():
        sizes = evaluations_at_once(preset, phase, count)
        rows, in_tables = count * max(sizes), count * sum(sizes)
        keys = (guided_evaluations(preset) if phase == "stage_1" else 1) * family.text_keys_bytes
        merged = 0
        if uses_lora(preset, phase):
            merged = family.merged_around_bytes + (family.merged_block_bytes if plan.quantization == "bf16" else 0)
        tensors = family.forward_tensors[plan.quantization, plan.attention]
        if phase == "stage_1" and preset.stg_scale:
            tensors += PASSING_TENSORS
        forward = int(tensors * TOKEN_TENSOR_BYTES * rows) + ROTARY_BYTES_PER_TOKEN * (in_tables - rows)
        working[phase] = max(kept, keys + forward + merged)  # a stage begins with what the one before has kept
        kept = keys + ROTARY_BYTES_PER_TOKEN * in_tables
        if phase == "stage_1" and preset.stage_2_steps:
            upsampling = _UPSAMPLE_BYTES_PER_TOKEN * shape.video_tokens(half_size=True)
            working["upsample"] = kept + int(_UPSAMPLE_GIB * GIB) + upsampling
    working["decode"] = kept + int(_decode_gib(preset, shape, plan, family) * GIB)
    return working


def _decode_gib(preset: Preset, shape: Geometry, plan: Plan, family: Family) -> float:
    megapixels = shape.width * shape.height / 1e6
    if preset.pipeline == ONE_STAGE_PIPELINE:
        return _UNCUT_GIB + family.uncut_gib_per_megapixel_frame * megapixels * shape.num_frames
    frames = min(plan.frames_at(shape.width * shape.height), shape.num_frames)
    if frames:
        return megapixels * family.part_gib.at(frames)
    return family.tiles_gib.at(megapixels) + family.tiles_gib_per_megapixel_frame * megapixels * shape.num_frames
