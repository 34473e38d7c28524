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

from gpu.render.model_files import ModelFiles
from gpu.tiny import build as tiny
from tools.measure import real_size
from tools.measure.real_size import Shapes

LORA_RANK = 175

GEMMA_12B = {
    "text_config": {
        "model_type": "gemma3_text",
        "hidden_size": 3840,
        "intermediate_size": 15360,
        "num_hidden_layers": 48,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "query_pre_attn_scalar": 256,
        "sliding_window": 1024,
        "vocab_size": 262_208,
    },
    "vision_config": {
        "model_type": "siglip_vision_model",
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 27,
        "num_attention_heads": 16,
        "image_size": 896,
        "patch_size": 14,
        "vision_use_head": False,
    },
    "mm_tokens_per_image": 256,
}
GEMMA_PARAMETERS = 12_187_325_040


def write(directory: Path) -> ModelFiles:
    """Writes the set and returns its paths. Raises AssertionError when a module is not of the real size."""
    modules = real_size.modules()
    for name, known in real_size.COUNTS.items():
        assert real_size.count(modules[name]) == known, f"the {name} does not have the real size"
    files = tiny.model_files(directory, "19b")
    files.gemma_root.mkdir(parents=True)
    metadata = {"config": json.dumps(real_size.checkpoint()), "model_version": "2.0.0"}
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
    real_size.write_hollow(files.spatial_upsampler, plain, {"config": json.dumps(real_size.upsampler())})
    delta = _lora(modules["transformer"])
    real_size.write_hollow(files.distilled_lora, delta, {})
    assert files.ic_lora is not None
    real_size.write_hollow(files.ic_lora, delta, {"reference_downscale_factor": "1"})
    _write_gemma(files.gemma_root)
    return files


def _lora(transformer: torch.nn.Module) -> Shapes:
    shapes: Shapes = {}
    for path, module in transformer.named_modules():
        if isinstance(module, torch.nn.Linear) and path.startswith("transformer_blocks."):
            shapes[f"diffusion_model.{path}.lora_A.weight"] = (LORA_RANK, module.in_features)
            shapes[f"diffusion_model.{path}.lora_B.weight"] = (module.out_features, LORA_RANK)
    return shapes


def _write_gemma(root: Path) -> None:
    tiny._write_gemma(root, 0)  # tokenizer and processor; its ids are small enough for any vocabulary
    with torch.device("meta"):
        model = Gemma3ForConditionalGeneration(Gemma3Config.from_dict(GEMMA_12B))
    shapes: Shapes = {}
    for name, tensor in model.state_dict().items():
        if not name.startswith("lm_head."):
            key = name.removeprefix("model.").replace("language_model.", "language_model.model.", 1)
            shapes[key] = tuple(tensor.shape)
    parameters = sum(torch.Size(shape).numel() for shape in shapes.values())
    assert parameters == GEMMA_PARAMETERS, f"Gemma has {parameters:,} parameters"
    (root / "model.safetensors").unlink()
    real_size.write_hollow(root / "model.safetensors", shapes, {"format": "pt"})
    # Only values that differ from LTX's constant: none, at 12B.
    (root / "config.json").write_text("{}\n", encoding="utf-8", newline="\n")
