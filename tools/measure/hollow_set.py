"""The whole model set at real size as sparse files, for `Renderer` on a card without the weights.

The files take a few MB of disk. The real loader reads them, so caching, quantisation and LoRAs are the real code too;
only the numbers are noise. Knows no card.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import json
from pathlib import Path

import torch
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

from gpu.core.checkpoints import Flavour
from gpu.render.model_files import ModelFiles
from gpu.tiny import build as tiny
from tools.measure import real_size, released
from tools.measure.real_size import Shapes

VERSIONS: dict[Flavour, str] = {"19b": "2.0.0", "22b": "2.3.0"}


def write(directory: Path, flavour: Flavour = "19b") -> ModelFiles:
    """Writes the set and returns its paths. Raises AssertionError when a module is not of the real size."""
    modules = real_size.modules(flavour)
    for name, known in released.COUNTS[flavour].items():
        assert real_size.count(modules[name]) == known, f"the {name} does not have the real size"
    files = tiny.model_files(directory, flavour)
    files.gemma_root.mkdir(parents=True)
    metadata = {"config": json.dumps(released.checkpoint(flavour)), "model_version": VERSIONS[flavour]}
    prefixes = {
        "model.diffusion_model.": "transformer",
        "embeddings.": "embeddings processor",
        "vae.encoder.": "video encoder",
        "vae.decoder.": "video decoder",
        "audio_vae.encoder.": "audio encoder",
        "audio_vae.decoder.": "audio decoder",
        "vocoder.": "vocoder",
    }
    shapes: Shapes = {
        tiny._file_key(prefix, key): tuple(tensor.shape)
        for prefix, name in prefixes.items()
        for key, tensor in modules[name].state_dict().items()
    }
    real_size.write_hollow(files.checkpoint, shapes, metadata)
    plain = {key: tuple(tensor.shape) for key, tensor in modules["upsampler"].state_dict().items()}
    real_size.write_hollow(files.spatial_upsampler, plain, {"config": json.dumps(released.upsampler(flavour))})
    delta = _lora(modules["transformer"], flavour)
    real_size.write_hollow(files.distilled_lora, delta, {})
    assert files.ic_lora is not None
    real_size.write_hollow(files.ic_lora, delta, {"reference_downscale_factor": "1"})
    _write_gemma(files.gemma_root)
    return files


def _lora(transformer: torch.nn.Module, flavour: Flavour) -> Shapes:
    """19b: every layer of the blocks. 22b: every layer of the model; with ranks no larger than a layer's sides, this is
    the published file to its header's size."""
    shapes: Shapes = {}
    for path, module in transformer.named_modules():
        if isinstance(module, torch.nn.Linear) and (flavour == "22b" or path.startswith("transformer_blocks.")):
            rank = min(released.LORA_RANKS[flavour], module.in_features, module.out_features)
            shapes[f"diffusion_model.{path}.lora_A.weight"] = (rank, module.in_features)
            shapes[f"diffusion_model.{path}.lora_B.weight"] = (module.out_features, rank)
    return shapes


def _write_gemma(root: Path) -> None:
    tiny._write_gemma(root, 0)  # tokenizer and processor; its ids are small enough for any vocabulary
    with torch.device("meta"):
        model = Gemma3ForConditionalGeneration(Gemma3Config.from_dict(released.GEMMA_12B))
    shapes: Shapes = {}
    for name, tensor in model.state_dict().items():
        if not name.startswith("lm_head."):
            key = name.removeprefix("model.").replace("language_model.", "language_model.model.", 1)
            shapes[key] = tuple(tensor.shape)
    parameters = sum(torch.Size(shape).numel() for shape in shapes.values())
    assert parameters == released.GEMMA_PARAMETERS, f"Gemma has {parameters:,} parameters"
    (root / "model.safetensors").unlink()
    real_size.write_hollow(root / "model.safetensors", shapes, {"format": "pt"})
    # Only values that differ from LTX's constant: none, at 12B.
    (root / "config.json").write_text("{}\n", encoding="utf-8", newline="\n")
