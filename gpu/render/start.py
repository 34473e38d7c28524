"""The first seconds of a process that renders: weights are read while libraries are imported.

Reading begins before torch is there, in the order in which a first clip needs the models. Knows the plan; builds no
model.
"""

# pyright: reportUnusedImport=false

import gc
import importlib
import logging
from collections.abc import Callable

from gpu.core.placement import ALL, Plan
from gpu.render.model_files import ModelFiles, gemma_files
from gpu.render.weight_loader import (
    AUDIO_DECODER,
    GEMMA,
    PROCESSOR,
    TRANSFORMER,
    VIDEO_DECODER,
    VIDEO_ENCODER,
    VOCODER,
    WeightLoader,
)
from gpu.render.weight_stream import WeightStream
from gpu.render.without_transformers import without_transformers

log = logging.getLogger(__name__)


def begin(files: ModelFiles, plan: Plan, *, pace: Callable[[int], None] | None = None) -> WeightLoader:
    """A loader that reads ahead, with torch and LTX imported meanwhile. `pace` is called with the bytes about to be
    read."""
    gc.disable()  # until `Renderer.prepare`: imports leave little to collect, and searching them takes a tenth as long
    loader = WeightLoader(WeightStream(pace=pace))
    read_ahead(loader, files, plan)
    import torch

    log.info("torch is imported")
    loader.attach(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    with without_transformers():
        importlib.import_module("ltx_pipelines")
    log.info("LTX is imported")
    return loader


def read_ahead(loader: WeightLoader, files: ModelFiles, plan: Plan) -> None:
    """Begins to read the default preset's models, where the plan keeps all models on the card. A transformer that is
    rounded while it is loaded takes another way."""
    if plan.resident != ALL:
        return
    for file in gemma_files(files.gemma_root):
        loader.read_ahead(file, GEMMA)
    loader.read_ahead(files.checkpoint, PROCESSOR)
    loader.read_ahead(files.checkpoint, VIDEO_ENCODER)
    if plan.quantization == "bf16":
        loader.read_ahead(files.checkpoint, TRANSFORMER)
    loader.read_ahead(files.spatial_upsampler)
    loader.read_ahead(files.distilled_lora)
    for prefixes in (VIDEO_DECODER, AUDIO_DECODER, VOCODER):
        loader.read_ahead(files.checkpoint, prefixes)
