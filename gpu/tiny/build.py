"""Builds the tiny model set: random weights in the real LTX-2 file formats, 5 to 7 MB, in under a second.

The real configurators build the real modules from `sizes.py`; their state dicts are filled with scaled noise and saved
under the key names that the released files use. Each tensor has its own generator seeded from its name, so the bytes
depend on the seed and the sizes alone, on any machine and in any order.

Does not know good pictures: a clip from these weights is noise that obeys every setting. Does not know the pipelines;
it only writes files.
"""

# LTX, torch and safetensors come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import json
import shutil
import struct
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ltx_core.model.audio_vae import AudioDecoderConfigurator, AudioEncoderConfigurator, VocoderConfigurator
from ltx_core.model.transformer import LTXModelConfigurator
from ltx_core.model.upsampler import LatentUpsamplerConfigurator
from ltx_core.model.video_vae import VideoDecoderConfigurator, VideoEncoderConfigurator
from ltx_core.text_encoders.gemma import EmbeddingsProcessorConfigurator
from safetensors.torch import save

from gpu.render.ltx_patches import use_gemma_config
from gpu.render.model_files import ModelFiles
from gpu.tiny import sizes
from gpu.tiny.gemma_shapes import gemma_shapes
from gpu.tiny.sizes import Flavour

Tensors = dict[str, torch.Tensor]

_BUILDER = 3
"""Raise it with every change that alters the written bytes, so that a set on disk is rebuilt."""

_DISTILLED_LORA_STRENGTH = 0.6

_CHAT_TEMPLATE = (
    "{{ bos_token }}{% for each in messages %}<start_of_turn>{{ each['role'] }}\n"
    "{% if each['content'] is string %}{{ each['content'] }}{% else %}{% for part in each['content'] %}"
    "{% if part['type'] == 'image' %}<start_of_image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
"""Turns, pictures and the model's beginning in the released template's words. Its rules about who speaks when are left
out."""


def build(directory: Path, flavour: Flavour = "19b", seed: int = 0) -> ModelFiles:
    """Writes the set under `directory` and returns its paths; a set already there with the same settings is kept.

    The set is built beside `directory` and renamed into place, so that a reader never sees half of it and two
    processes may build at once. Raises OSError when the place cannot be written.
    """
    files = model_files(directory, flavour)
    stamp = _stamp(flavour, seed)
    if _is_current(directory, stamp):
        return files
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        _write_all(model_files(building, flavour), flavour, seed)
        (building / "set.json").write_text(stamp, encoding="utf-8", newline="\n")
        if directory.exists() and not _is_current(directory, stamp):
            shutil.rmtree(directory)
        with suppress(OSError):  # another process was faster; its set is checked below
            building.rename(directory)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    if not _is_current(directory, stamp):
        raise OSError(f"the tiny model set could not be put in place at {directory}")
    return files


def model_files(directory: Path, flavour: Flavour) -> ModelFiles:
    """The paths of a set's parts under `directory`; touches no file."""
    checkpoint = directory / "checkpoint.safetensors"
    return ModelFiles(
        checkpoint=checkpoint,
        distilled_checkpoint=checkpoint,
        distilled_lora=directory / "distilled-lora.safetensors",
        distilled_lora_strength=_DISTILLED_LORA_STRENGTH,
        ic_lora=directory / "ic-lora.safetensors",
        spatial_upsampler=directory / "spatial-upsampler.safetensors",
        gemma_root=directory / "gemma",
        version=sizes.MODEL_VERSION[flavour],
    )


def _stamp(flavour: Flavour, seed: int) -> str:
    shape = json.dumps([sizes.checkpoint(flavour), sizes.upsampler(flavour), sizes.gemma(), sizes.LORA_RANK])
    digest = hashlib.sha256(shape.encode()).hexdigest()[:16]
    return json.dumps({"builder": _BUILDER, "flavour": flavour, "seed": seed, "sizes": digest}) + "\n"


def _is_current(directory: Path, stamp: str) -> bool:
    try:
        return (directory / "set.json").read_text(encoding="utf-8") == stamp
    except OSError:
        return False


def _write_all(files: ModelFiles, flavour: Flavour, seed: int) -> None:
    files.gemma_root.mkdir()
    _write_gemma(files.gemma_root, seed)
    # The feature extractor takes its width from the process-wide Gemma configuration.
    use_gemma_config(files.gemma_root)
    config = sizes.checkpoint(flavour)
    modules: dict[str, torch.nn.Module] = {
        "model.diffusion_model.": _module(LTXModelConfigurator, config),
        "embeddings.": _module(EmbeddingsProcessorConfigurator, config),
        "vae.encoder.": _module(VideoEncoderConfigurator, config),
        "vae.decoder.": _module(VideoDecoderConfigurator, config),
        "audio_vae.encoder.": _module(AudioEncoderConfigurator, config),
        "audio_vae.decoder.": _module(AudioDecoderConfigurator, config),
        "vocoder.": _module(VocoderConfigurator, config),
    }
    weights: Tensors = {}
    for prefix, module in modules.items():
        for name, tensor in module.state_dict().items():
            key = _file_key(prefix, name)
            weights[key] = _fill(key, tensor, seed, is_gain=_is_norm_gain(module, name))
    _save(weights, files.checkpoint, {"config": json.dumps(config), "model_version": sizes.MODEL_VERSION[flavour]})

    upsampler = _module(LatentUpsamplerConfigurator, sizes.upsampler(flavour))
    _save(
        {
            name: _fill(f"upsampler.{name}", tensor, seed, is_gain=_is_norm_gain(upsampler, name))
            for name, tensor in upsampler.state_dict().items()
        },
        files.spatial_upsampler,
        {"config": json.dumps(sizes.upsampler(flavour))},
    )
    transformer = modules["model.diffusion_model."]
    _save(_lora(transformer, "distilled", seed), files.distilled_lora, {})
    assert files.ic_lora is not None
    _save(_lora(transformer, "ic", seed), files.ic_lora, {"reference_downscale_factor": "1"})


def _module(configurator: Any, config: sizes.Config) -> torch.nn.Module:
    """A module as the loader would build it. On the CPU: the vocoder's resampling filters are computed, not loaded."""
    return configurator.from_config(config)


def _file_key(prefix: str, name: str) -> str:
    """The key under which the released files keep a module's tensor."""
    if name.startswith("per_channel_statistics."):
        return prefix.split(".", maxsplit=1)[0] + "." + name
    if prefix != "embeddings.":
        return prefix + name
    for module, key in (
        ("feature_extractor.", "text_embedding_projection."),
        ("video_connector.", "model.diffusion_model.video_embeddings_connector."),
        ("audio_connector.", "model.diffusion_model.audio_embeddings_connector."),
    ):
        if name.startswith(module):
            return key + name.removeprefix(module)
    raise KeyError(name)


def _is_norm_gain(module: torch.nn.Module, name: str) -> bool:
    parent, _, leaf = name.rpartition(".")
    return leaf == "weight" and "norm" in type(module.get_submodule(parent)).__name__.lower()


def _fill(key: str, like: torch.Tensor, seed: int, *, is_gain: bool) -> torch.Tensor:
    """Noise for one tensor: scaled by fan-in where it multiplies, small where it adds; computed filters stay."""
    if key.endswith(".filter") or not like.is_floating_point():
        return like.to(torch.bfloat16) if like.is_floating_point() else like.clone()
    if is_gain or key.endswith("std-of-means"):
        return torch.ones(like.shape, dtype=torch.bfloat16)
    if key.endswith("mean-of-means"):
        return torch.zeros(like.shape, dtype=torch.bfloat16)
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    noise = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "little"))).standard_normal(
        tuple(like.shape), dtype=np.float32
    )
    multiplies = like.ndim >= 2 and "table" not in key
    scale = 1.0 / float(np.sqrt(np.prod(like.shape[1:]))) if multiplies else 0.02
    if key.endswith("mel_basis"):
        noise = np.abs(noise)
    return torch.from_numpy(noise * np.float32(scale)).to(torch.bfloat16)


def _lora(transformer: torch.nn.Module, name: str, seed: int) -> Tensors:
    """A low-rank delta for every linear inside the transformer's blocks, keyed as the released LoRAs are."""
    tensors: Tensors = {}
    for path, module in transformer.named_modules():
        if not (isinstance(module, torch.nn.Linear) and path.startswith("transformer_blocks.")):
            continue
        key = f"diffusion_model.{path}"
        down = torch.empty(sizes.LORA_RANK, module.in_features, device="meta")
        up = torch.empty(module.out_features, sizes.LORA_RANK, device="meta")
        for half, like in (("lora_A", down), ("lora_B", up)):
            full = f"{key}.{half}.weight"
            tensors[full] = _fill(f"{name}.{full}", like, seed, is_gain=False)
    return tensors


def _write_gemma(root: Path, seed: int) -> None:
    config = sizes.gemma()
    weights: Tensors = {}
    for key, shape in gemma_shapes(config).items():
        # Gemma's norms multiply by 1 + weight, so a small number is a gain of about one; SigLIP's are plain.
        is_gain = key.startswith("vision_tower.") and key.endswith(("norm.weight", "norm1.weight", "norm2.weight"))
        weights[key] = _fill(f"gemma.{key}", torch.empty(shape, device="meta"), seed, is_gain=is_gain)
    _save(weights, root / "model.safetensors", {"format": "pt"})
    _write_json(root / "config.json", config)
    _write_json(root / "tokenizer.json", _tokenizer())
    # Only the folder of this file is asked for; tokenizer.json holds the vocabulary.
    (root / "tokenizer.model").write_bytes(b"")
    names = dict(zip(("pad", "eos", "bos", "unk"), sizes.SPECIAL_TOKENS, strict=False))
    _write_json(
        root / "tokenizer_config.json",
        {
            "tokenizer_class": "GemmaTokenizerFast",
            "add_bos_token": True,
            "add_eos_token": False,
            "model_max_length": 8192,
            "extra_special_tokens": {
                "boi_token": "<start_of_image>",
                "eoi_token": "<end_of_image>",
                "image_token": "<image_soft_token>",
            },
            **{f"{name}_token": token for name, token in names.items()},
            "chat_template": _CHAT_TEMPLATE,
        },
    )
    vision = config["vision_config"]
    _write_json(
        root / "preprocessor_config.json",
        {
            "image_processor_type": "Gemma3ImageProcessor",
            "processor_class": "Gemma3Processor",
            "do_resize": True,
            "size": {"height": vision["image_size"], "width": vision["image_size"]},
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        },
    )


def _tokenizer() -> dict[str, Any]:
    """A byte-level BPE without merges: one token a byte, so every script and emoji encodes."""
    # The printable stand-ins that byte-level tokenizers use for the 256 byte values.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(printable)))
    first_byte = len(sizes.SPECIAL_TOKENS)
    vocabulary = {token: i for i, token in enumerate(sizes.SPECIAL_TOKENS)}
    vocabulary |= {letters[byte]: first_byte + byte for byte in range(256)}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    bos = sizes.SPECIAL_TOKENS.index("<bos>")
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": token, **flags} for i, token in enumerate(sizes.SPECIAL_TOKENS)],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<bos>": {"id": "<bos>", "ids": [bos], "tokens": ["<bos>"]}},
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": [],
        },
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _save(tensors: Tensors, path: Path, metadata: dict[str, str]) -> None:
    """Writes a safetensors file whose bytes depend on its content alone.

    The library keeps metadata in a hash map and writes it in another order each time, so the header is written anew.
    """
    data = save({key: tensors[key].contiguous() for key in sorted(tensors)}, metadata or None)
    (length,) = struct.unpack("<Q", data[:8])
    header = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True, separators=(",", ":"))
    padded = header.encode().ljust(-(-len(header.encode()) // 8) * 8)
    path.write_bytes(struct.pack("<Q", len(padded)) + padded + data[8 + length :])
