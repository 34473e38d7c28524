"""The models that settings name, ready to render: real weights on a card, or a tiny set anywhere.

torch is imported when models are opened, so that a serving process stays light until then. This module knows no job,
no bucket and no platform.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gpu.core.checkpoints import CHECKPOINTS, Checkpoint
from gpu.core.hardware import Gpu
from gpu.core.memory import plan_for
from gpu.core.placement import Plan
from gpu.core.problems import OutOfGpuMemory
from gpu.core.render_job import Renders
from gpu.core.weight_pins import PINS
from gpu.serve import weights
from gpu.serve.settings import Settings

if TYPE_CHECKING:
    from gpu.render.model_files import ModelFiles
    from gpu.render.pipelines import Renderer

log = logging.getLogger(__name__)

Pace = Callable[[int], None]


def open_models(settings: Settings, weights_folder: Path, gpu: Gpu | None) -> Renders:
    """The renderer on real weights, placed for this card, or on the tiny set that settings name, which needs no
    placement. The real weights are still being read: the first job builds each model when it comes to it, and waits for
    what has not arrived. Raises WeightsUnusable, OutOfGpuMemory for a card that no plan fits, OSError."""
    checkpoint = CHECKPOINTS[settings.checkpoint]
    if checkpoint.scale == "tiny":
        return open_tiny_models(settings)
    from gpu.render.model_files import ModelFiles

    pins = PINS[checkpoint.flavour]
    found = weights.paths(pins, weights_folder, checkpoint.flavour)
    files = ModelFiles(
        checkpoint=found["checkpoint"],
        distilled_checkpoint=found["distilled_checkpoint"],
        distilled_lora=found["distilled_lora"],
        distilled_lora_strength=checkpoint.lora_strength,
        ic_lora=found.get("ic_lora"),
        spatial_upsampler=found["spatial_upsampler"],
        gemma_root=found["gemma"],
        version=weights.revision(pins),
    )
    return open_files(files, _plan(gpu, checkpoint), visible_mark=settings.visible_mark)


def open_files(files: "ModelFiles", plan: Plan, *, visible_mark: bool = False, pace: Pace | None = None) -> "Renderer":
    """A renderer whose weights are being read, ready for a job. `pace` is called with the bytes about to be read."""
    from gpu.render import start

    loader = start.begin(files, plan, pace=pace)
    from gpu.render.pipelines import Renderer  # imports LTX, which `begin` does first in its own way

    renderer = Renderer(files, plan=plan, visible_mark=visible_mark, loader=loader)
    renderer.prepare()
    return renderer


def open_tiny_models(settings: Settings) -> Renders:
    """The tiny set that settings name, built under `state/models` at first use. Raises WeightsUnusable, OSError, and
    ValueError for any other checkpoint."""
    from gpu.render.without_transformers import without_transformers

    with without_transformers():
        from gpu.render.pipelines import Renderer
    from gpu.tiny.sets import model_set

    checkpoint = CHECKPOINTS[settings.checkpoint]
    files = model_set(checkpoint, settings.state / "models" / checkpoint.name)
    renderer = Renderer(files, visible_mark=settings.visible_mark)
    renderer.warm()
    return renderer


def _plan(gpu: Gpu | None, checkpoint: Checkpoint) -> Plan:
    try:
        if gpu is not None:
            return plan_for(gpu, checkpoint)
    except ValueError:
        log.info("no plan fits %s", gpu)
    raise OutOfGpuMemory(f"No plan places these models on {gpu.name if gpu else 'no card'}.")
