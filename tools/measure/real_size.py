"""Files of the released sizes without the weights: headers for the real loader, and holes in place of the numbers.

Configuration values are those of `released.py`; parameter counts are compared with known ones before a measurement. A
hole reads as zeros, so `stir` fills the models with noise once they are on the card: speed and memory do not depend on
the values. Does not know the measurements.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from ltx_core.model.audio_vae import AudioDecoderConfigurator, AudioEncoderConfigurator, VocoderConfigurator
from ltx_core.model.transformer import LTXModelConfigurator
from ltx_core.model.upsampler import LatentUpsamplerConfigurator
from ltx_core.model.video_vae import VideoDecoderConfigurator, VideoEncoderConfigurator

from gpu.core.checkpoints import Flavour
from gpu.render.packed_weights import header_bytes, in_order, is_packed, is_worth_it, numbers_of_frames
from gpu.render.twelve_bits import frame_bytes
from gpu.render.weight_files import Frame, fingerprint, packed_path, read_header
from tools.measure import released

Shapes = dict[str, tuple[int, ...]]


def modules(flavour: Flavour = "19b") -> dict[str, torch.nn.Module]:
    """The real modules on the meta device: shapes, no memory."""
    # Here, because it needs transformers, which an instrument for the transformer alone does without.
    from ltx_core.text_encoders.gemma import EmbeddingsProcessorConfigurator

    config = released.checkpoint(flavour)
    builders: dict[str, tuple[Any, released.Config]] = {
        "transformer": (LTXModelConfigurator, config),
        "embeddings processor": (EmbeddingsProcessorConfigurator, config),
        "video encoder": (VideoEncoderConfigurator, config),
        "video decoder": (VideoDecoderConfigurator, config),
        "audio encoder": (AudioEncoderConfigurator, config),
        "audio decoder": (AudioDecoderConfigurator, config),
        "vocoder": (VocoderConfigurator, config),
        "upsampler": (LatentUpsamplerConfigurator, released.upsampler(flavour)),
    }
    with torch.device("meta"):
        return {name: configurator.from_config(settings) for name, (configurator, settings) in builders.items()}


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def write_hollow(path: Path, shapes: Shapes, metadata: dict[str, str]) -> None:
    """A safetensors file of bf16 tensors whose data is one hole: it takes no disk space and reads as zeros."""
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, shape in shapes.items():
        length = 2
        for side in shape:
            length *= side
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [end, end + length]}
        end += length
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)


def write_hollow_twin(path: Path) -> bool:
    """The packed twin of a hollow file, as large as one of trained weights, hollow as well. False where packing would
    save too little."""
    source = read_header(path)
    if not is_worth_it(source):
        return False
    frames = {
        key: [Frame(frame_bytes(numbers, 0), numbers, 0) for numbers in numbers_of_frames(stored)]
        for key, stored in in_order(source)
        if is_packed(stored)
    }
    begin = header_bytes(source, frames, {}, fingerprint(path))
    data = sum(each.length for parts in frames.values() for each in parts)
    data += sum(stored.nbytes for key, stored in source.tensors.items() if key not in frames)
    with packed_path(path).open("wb") as file:
        file.write(begin)
        file.truncate(len(begin) + data)
    return True


def stir(models: Iterable[Any], seed: int = 0) -> None:
    """Fills every weight of these models, in place, with noise as large as trained weights.

    Zeros are unsuitable: a card multiplies them faster, and norms of zeros become NaN.
    """
    generator: torch.Generator | None = None
    for model in models:
        statistics = [(name, tensor) for name, tensor in model.named_buffers() if name.endswith("of-means")]
        for name, tensor in [*model.named_parameters(), *statistics]:
            if not tensor.numel():
                continue
            if generator is None:
                generator = torch.Generator(device=tensor.device).manual_seed(seed)
            if tensor.dim() < 2:
                tensor.data.fill_(1.0 if _is_a_scale(name) else 0.0)
                continue
            spread = (tensor.numel() / tensor.shape[0]) ** -0.5 if name.endswith("weight") else 0.1
            if name.startswith("conv_out"):
                spread /= 50  # a calm picture: an encoder takes five times as long for noise, which no real clip is
            noise = torch.empty(tensor.shape, dtype=torch.bfloat16, device=tensor.device)
            tensor.data.copy_(noise.normal_(0.0, spread, generator=generator))


def stir_eight_bits(layers: Iterable[Any], seed: int = 0) -> None:
    """The same for layers kept in 8 bits."""
    for number, layer in enumerate(layers):
        generator = torch.Generator(device=layer.weight.device).manual_seed(seed + number)
        noise = torch.empty(layer.weight.shape, dtype=torch.bfloat16, device=layer.weight.device)
        layer.weight.copy_(noise.normal_(0.0, 100.0, generator=generator).clamp_(-448, 448))
        layer.scale.fill_(layer.weight.shape[1] ** -0.5 / 100)


def _is_a_scale(name: str) -> bool:
    return "std" in name or (name.endswith("weight") and "norm" in name)
