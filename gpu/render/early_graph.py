"""Compiles the transformer's block before its weights are there, on a model with one block of the same sizes.

One graph serves all blocks, sizes of clip and prompts (`gpu.speed.transformer`), so what is compiled here is what a
clip runs. The block's numbers are whatever lies in memory. Knows no file but the checkpoint's configuration.
"""

# LTX and torch come with gaps in their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import os
from pathlib import Path
from typing import Any

import torch
from ltx_core.model.transformer import LTXModelConfigurator, Modality, X0Model

from gpu.render.gemma import PROMPT_TOKENS
from gpu.render.without_initial_values import without_initial_values
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import QuickTransformer, Switches, Watched, narrowed

PICTURE_TOKENS, SOUND_TOKENS = 1_430, 51
"""Of the default clip of 2 seconds in its first stage. Sizes that differ stay open in the graph."""


def compile_early(config: dict[str, Any], switches: Switches, device: torch.device, dtype: torch.dtype) -> None:
    """`config`: the checkpoint's. Leaves nothing behind but the compiled graph."""
    _start_no_compilers_for_nothing()
    one_block = config | {"transformer": config["transformer"] | {"num_layers": 1}}
    configurator: Any = LTXModelConfigurator  # declared as a classmethod of the model, which it is not
    with torch.device("meta"), without_initial_values():
        model = configurator.from_config(one_block)
    base = X0Model(model.to(dtype).to_empty(device=device)).eval()
    blocks = narrowed(base, {(): None}, device)[()] if switches.eight_bit_layers else None
    quick = QuickTransformer(base, switches=switches, watched=Watched(), repeated=Repeated(), blocks=blocks)
    evaluation = _evaluation(base.velocity_model, device, dtype)
    picture, sound = (dataclasses.replace(each, context=each.context.clone()) for each in evaluation)
    quick.together([evaluation, (picture, sound)])


def _start_no_compilers_for_nothing() -> None:
    """Inductor starts a process for each core, which imports torch, before it knows whether there is anything to
    compile. Where an earlier container has left its kernels, there is not."""
    folder = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    if folder and Path(folder, "fxgraph").is_dir():
        os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")


def _evaluation(model: Any, device: torch.device, dtype: torch.dtype) -> tuple[Modality, Modality]:
    sigma = torch.ones((), device=device)

    def modality(tokens: int, channels: int, axes: int, width: int) -> Modality:
        places = torch.arange(tokens, device=device, dtype=torch.float32).expand(1, axes, -1)
        return Modality(
            latent=torch.zeros(1, tokens, channels, device=device, dtype=dtype),
            sigma=sigma,
            timesteps=torch.ones(1, tokens, 1, device=device),
            positions=torch.stack([places, places + 1], dim=-1),
            context=torch.zeros(1, PROMPT_TOKENS, width, device=device, dtype=dtype),
        )

    picture = modality(PICTURE_TOKENS, model.patchify_proj.in_features, 3, _words(model, "", model.inner_dim))
    sound = modality(
        SOUND_TOKENS, model.audio_patchify_proj.in_features, 1, _words(model, "audio_", model.audio_inner_dim)
    )
    return picture, sound


def _words(model: Any, stream: str, width: int) -> int:
    projection = getattr(model, f"{stream}caption_projection", None)
    return width if projection is None else projection.linear_1.in_features
