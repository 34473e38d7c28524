"""Builds the trained tiny set from the repository's weights: the same files and classes as `build.py` writes.

The untrained parts are constructed: the byte-level Gemma with one token per motion word (synonyms share one embedding),
the sound (silent: the last layers of its path are zero) and both LoRAs (deltas of zero: the trained transformer serves
every stage and task itself).

Does not know how the weights were trained; tools/tiny_training does.
"""

# LTX and safetensors come with gaps in their types; the builder's parts are shared by this one sibling.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001

import dataclasses
import hashlib
import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from ltx_core.model.audio_vae import AudioDecoderConfigurator, AudioEncoderConfigurator, VocoderConfigurator
from ltx_core.model.transformer import LTXModelConfigurator
from ltx_core.model.upsampler import LatentUpsamplerConfigurator
from ltx_core.model.video_vae import VideoDecoderConfigurator, VideoEncoderConfigurator
from ltx_core.text_encoders.gemma import EmbeddingsProcessorConfigurator
from safetensors.torch import load_file

from gpu.render.ltx_patches import use_gemma_config
from gpu.render.model_files import ModelFiles
from gpu.tiny import build as random_set
from gpu.tiny import sizes, trained_sizes
from gpu.tiny.motions import MOTIONS
from gpu.tiny.packing import WEIGHTS, unpack

_SEED = 0
_WORD_NORM = 1.5
_EMBEDDING = "language_model.model.embed_tokens.weight"


_VERSION = "2.0.0-tiny-trained"
_BUILDER = 4
"""Raise it with every change that alters the written bytes, so that a set on disk is rebuilt."""


def build_trained(directory: Path) -> ModelFiles:
    """Writes the trained set under `directory` and returns its paths; a set already there from these weights is kept.

    Built beside `directory` and renamed into place. Raises OSError when the place cannot be written or the
    repository's weights are missing.
    """
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    stamp = json.dumps({"builder": _BUILDER, "trained": digest}) + "\n"
    files = trained_files(directory)
    if random_set._is_current(directory, stamp):
        return files
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        _write_all(trained_files(building))
        (building / "set.json").write_text(stamp, encoding="utf-8", newline="\n")
        if directory.exists() and not random_set._is_current(directory, stamp):
            shutil.rmtree(directory)
        with suppress(OSError):  # another process was faster; its set is checked below
            building.rename(directory)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    if not random_set._is_current(directory, stamp):
        raise OSError(f"the trained model set could not be put in place at {directory}")
    return files


def trained_files(directory: Path) -> ModelFiles:
    """The paths of the set's parts under `directory`; touches no file."""
    return dataclasses.replace(random_set.model_files(directory, "19b"), version=_VERSION)


def _write_all(files: ModelFiles) -> None:
    files.gemma_root.mkdir()
    write_text_root(files.gemma_root)
    use_gemma_config(files.gemma_root)
    config = trained_sizes.checkpoint()
    modules = {
        "model.diffusion_model.": random_set._module(LTXModelConfigurator, config),
        "embeddings.": random_set._module(EmbeddingsProcessorConfigurator, config),
        "vae.encoder.": random_set._module(VideoEncoderConfigurator, config),
        "vae.decoder.": random_set._module(VideoDecoderConfigurator, config),
        "audio_vae.encoder.": random_set._module(AudioEncoderConfigurator, config),
        "audio_vae.decoder.": random_set._module(AudioDecoderConfigurator, config),
        "vocoder.": random_set._module(VocoderConfigurator, config),
        "upsampler.": random_set._module(LatentUpsamplerConfigurator, trained_sizes.upsampler()),
    }
    like = {prefix + name: each for prefix, module in modules.items() for name, each in module.state_dict().items()}
    trained = unpack({key: each.shape for key, each in like.items()})
    checkpoint: dict[str, torch.Tensor] = {}
    upsampler: dict[str, torch.Tensor] = {}
    for prefix, module in modules.items():
        for name in module.state_dict():
            key = prefix + name
            weight = trained.get(key)
            if weight is None:
                is_gain = random_set._is_norm_gain(module, name)
                weight = random_set._fill(key, like[key], _SEED, is_gain=is_gain)
                if _is_muted(key):
                    weight = torch.zeros_like(weight)
            if prefix == "upsampler.":
                upsampler[name] = weight
            else:
                checkpoint[random_set._file_key(prefix, name)] = weight
    random_set._save(checkpoint, files.checkpoint, {"config": json.dumps(config), "model_version": _VERSION})
    random_set._save(upsampler, files.spatial_upsampler, {"config": json.dumps(trained_sizes.upsampler())})
    transformer = modules["model.diffusion_model."]
    assert files.ic_lora is not None
    for path, name, metadata in (
        (files.distilled_lora, "distilled", {}),
        (files.ic_lora, "ic", {"reference_downscale_factor": "1"}),
    ):
        deltas = random_set._lora(transformer, name, _SEED)
        still = {key: torch.zeros_like(each) if ".lora_B." in key else each for key, each in deltas.items()}
        random_set._save(still, path, metadata)


def _is_muted(key: str) -> bool:
    """The tensors that must be zero, so that the clip is silent and the sound does not change the picture."""
    return "audio_to_video_attn.to_out" in key or "audio_proj_out" in key or key.startswith("vocoder.conv_post")


def write_text_root(root: Path) -> None:
    """Writes the Gemma root: `build.py`'s random one with the word tokens added. `root` must exist."""
    random_set._write_gemma(root, _SEED)
    config = trained_sizes.gemma()
    random_set._write_json(root / "config.json", config)
    weights = load_file(root / "model.safetensors")
    weights[_EMBEDDING] = _embedding(weights[_EMBEDDING].float())
    random_set._save(weights, root / "model.safetensors", {"format": "pt"})
    tokenizer = random_set._tokenizer()
    # Like Gemma's tokenizer it does not compose Unicode: the input must be composed already.
    tokenizer["normalizer"] = {"type": "Lowercase"}
    for index, (word, _) in enumerate(trained_sizes.WORD_TOKENS):
        tokenizer["added_tokens"].append(
            {
                "id": sizes.VOCABULARY + index,
                "content": word,
                # "wind" must not be found in "window"; Hangul words carry their endings.
                "single_word": word.isascii(),
                "lstrip": False,
                "rstrip": False,
                "normalized": True,
                "special": False,
            }
        )
    random_set._write_json(root / "tokenizer.json", tokenizer)


def _embedding(of_bytes: torch.Tensor) -> torch.Tensor:
    """Rows for bytes and words: each motion has its own direction, which no byte shares."""
    noise = np.random.Generator(np.random.PCG64(_SEED)).standard_normal((of_bytes.shape[1], len(MOTIONS)))
    directions, _ = np.linalg.qr(noise)
    # LAPACK and matrix products differ in their last digits from one CPU to another; the set's bytes must not.
    axes = torch.from_numpy(directions.T.copy()).round(decimals=6)
    of_bytes = of_bytes.double() - of_bytes.double() @ axes.T @ axes
    rows = [
        axes[len(MOTIONS) - 1 if motion is None else MOTIONS.index(motion)] for _, motion in trained_sizes.WORD_TOKENS
    ]
    return torch.cat([of_bytes, torch.stack(rows) * _WORD_NORM]).to(torch.bfloat16)
