"""Would a clip fit a smaller card if the two largest models were streamed, and what would it cost? Arithmetic only.

A streamed model stays in the container's memory. Its blocks are copied to the card one after another, each while the
previous one computes. This version does not render that way: the figures help an operator choose a card, and no shown
price depends on them. Basis of every figure here: derived, nothing measured.
"""

import math
from dataclasses import replace

from gpu.core.checkpoints import Checkpoint, Flavour
from gpu.core.families import FAMILIES
from gpu.core.geometry import Geometry
from gpu.core.hardware import CONTAINER_GIB, GIB, HOST_TO_CARD_BYTES_PER_SECOND, Gpu
from gpu.core.memory import MemoryFit, component_bytes, fit
from gpu.core.placement import Component, Plan
from gpu.core.presets import Preset, denoisings
from gpu.core.pricing import Candidate, candidate, forward_seconds, price, rates_of
from gpu.core.workload import tokens

BLOCKS: dict[Component, int] = {"transformer": 48, "text_encoder": 48}
"""Layers of the models that can be streamed. Source: LTX-2 19B and Gemma 3 12B configurations."""
BLOCKS_ON_CARD = 2
"""Blocks on the card: the one that computes and the next."""
OUTSIDE_BLOCKS: dict[Component, int] = {"transformer": 690_000_000, "text_encoder": 2_850_000_000}
"""Bytes of each model outside its blocks, which stay: embeddings and heads, Gemma's vocabulary and vision tower."""

STREAMED = Plan("streamed", "bf16", frozenset(BLOCKS))
"""Only the streamed models stay; the others are loaded for their phase."""


def streamed_fit(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu) -> MemoryFit:
    """Peak bytes of each phase. Raises ValueError for a checkpoint without sizes."""
    sizes = component_bytes(checkpoint, STREAMED)
    absent = sum(sizes[each] - bytes_on_card(sizes, each) for each in BLOCKS)
    whole = fit(preset, shape, checkpoint, gpu, STREAMED)
    return replace(
        whole,
        allocated={phase: peak - absent for phase, peak in whole.allocated.items()},
    )


def streamed_candidate(preset: Preset, shape: Geometry, checkpoint: Checkpoint, gpu: Gpu) -> Candidate:
    """Seconds and price on a card, whether or not the clip fits there."""
    sizes = component_bytes(checkpoint, STREAMED)
    waiting = waiting_seconds(preset, shape, sizes, gpu, checkpoint.flavour)
    fits = streamed_fit(preset, shape, checkpoint, gpu).fits
    row = candidate(preset, shape, checkpoint, gpu, STREAMED, fits=fits)
    seconds = row.gpu_seconds + waiting
    memory_gib = CONTAINER_GIB + math.ceil(sum(sizes[each] for each in BLOCKS) / GIB)
    return replace(
        row,
        gpu_seconds=seconds,
        moving_seconds=row.moving_seconds + waiting,
        parts=price(gpu.name, seconds, container_gib=memory_gib),
    )


def bytes_on_card(sizes: dict[Component, int], component: Component) -> int:
    """Bytes of a streamed model on the card: the blocks that are there at one time."""
    outside = OUTSIDE_BLOCKS[component]
    return outside + math.ceil((sizes[component] - outside) * BLOCKS_ON_CARD / BLOCKS[component])


def waiting_seconds(preset: Preset, shape: Geometry, sizes: dict[Component, int], gpu: Gpu, flavour: Flavour) -> float:
    """Seconds in which the card waits for blocks: the copy time that computing does not hide."""
    text = sizes["text_encoder"] / HOST_TO_CARD_BYTES_PER_SECOND
    prompts = 2 if preset.guided else 1
    seconds = max(0.0, prompts * (text - FAMILIES[flavour].text_seconds / gpu.relative_speed))
    rates = rates_of(STREAMED, gpu.compute_capability, flavour)
    transformer = sizes["transformer"] / HOST_TO_CARD_BYTES_PER_SECOND
    forwards = {"stage_1": preset.stage_1_forwards, "stage_2": denoisings(preset.pipeline, preset.stage_2_steps)}
    for phase, count in tokens(preset, shape).items():
        computing = forward_seconds(count, shape.audio_tokens, rates) / gpu.relative_speed
        seconds += forwards[phase] * max(0.0, transformer - computing)
    return seconds
