"""Texts as inputs of the trained set's transformer: through the tiny Gemma, the feature extractor and the connector.

`TextBank` runs the frozen Gemma once over many texts and keeps its normalised states; `contexts` runs the trainable
rest for a batch of them. LTX's own connector takes one text at a time (it finds padding by one mask); here the
registers are inserted for a whole batch, and the same blocks run. A test compares the result with LTX's path.

Does not know the texts' motions.
"""

# LTX and transformers come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ltx_core.loader.single_gpu_model_builder import SingleGPUModelBuilder
from ltx_core.model.transformer.rope import generate_freq_grid_np, generate_freq_grid_pytorch, precompute_freqs_cis
from ltx_core.text_encoders.gemma import (
    GEMMA_LLM_KEY_OPS,
    GEMMA_MODEL_OPS,
    GemmaTextEncoderConfigurator,
    module_ops_from_gemma_root,
)
from ltx_core.text_encoders.gemma.feature_extractor import _norm_and_concat_padded_batch  # pyright: ignore[reportPrivateUsage]
from ltx_core.utils import rms_norm
from torch import Tensor

CONTEXT_TOKENS = 1024
_TEXTS_AT_ONCE = 32


def load_gemma(root: Path, device: torch.device) -> Any:
    """LTX's text encoder over a Gemma root, in bfloat16. `use_gemma_config(root)` must have been called."""
    builder = SingleGPUModelBuilder(
        model_path=tuple(str(path) for path in root.glob("*.safetensors")),
        model_class_configurator=GemmaTextEncoderConfigurator,
        model_sd_ops=GEMMA_LLM_KEY_OPS,
        module_ops=(GEMMA_MODEL_OPS, *module_ops_from_gemma_root(str(root))),
    )
    return builder.build(device=device, dtype=torch.bfloat16).to(device).eval()


class TextBank:
    """Gemma's normalised states of many texts: `states` [texts, longest, hidden x layers] and `lengths` [texts]."""

    @torch.no_grad()
    def __init__(self, gemma: Any, texts: Sequence[str], longest: int = 192) -> None:
        device = gemma.model.device
        states: list[Tensor] = []
        lengths: list[Tensor] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            batch = [text.strip() for text in texts[start : start + _TEXTS_AT_ONCE]]
            encoded = gemma.tokenizer.tokenizer(
                batch, padding="max_length", max_length=CONTEXT_TOKENS, truncation=True, return_tensors="pt"
            ).to(device)
            output = gemma.model.model(**_inputs(encoded), output_hidden_states=True)
            length = encoded.attention_mask.sum(dim=-1)
            stacked = torch.stack(output.hidden_states, dim=-1)
            normed = _norm_and_concat_padded_batch(stacked, length, "left")
            shifted = torch.stack([row.roll(int(n), dims=0)[:longest] for row, n in zip(normed, length, strict=True)])
            states.append(shifted.to(stacked.dtype))
            lengths.append(length.clamp(max=longest))
        self.states, self.lengths = torch.cat(states), torch.cat(lengths)


def _inputs(encoded: Any) -> dict[str, Tensor]:
    return {"input_ids": encoded.input_ids, "attention_mask": encoded.attention_mask}


def contexts(processor: Any, states: Tensor, lengths: Tensor) -> Tensor:
    """The video stream's text context, [texts, 1024, width], for rows of a `TextBank`; differentiable."""
    connector = processor.video_connector
    features = processor.feature_extractor.aggregate_embed(states)
    registers = connector.learnable_registers
    tiled = registers.tile(CONTEXT_TOKENS // len(registers), 1).to(features.dtype)
    padded = torch.nn.functional.pad(features, (0, 0, 0, CONTEXT_TOKENS - features.shape[1]))
    is_text = torch.arange(CONTEXT_TOKENS, device=states.device) < lengths.unsqueeze(1)
    hidden = torch.where(is_text.unsqueeze(-1), padded, tiled)
    cos, sin = _rotation(connector, hidden.dtype, states.device)
    rotary = (cos.expand(len(hidden), -1, -1, -1), sin.expand(len(hidden), -1, -1, -1))
    for block in connector.transformer_1d_blocks:
        hidden = block(hidden, pe=rotary)
    return rms_norm(hidden)


@functools.lru_cache(maxsize=4)
def _rotation(connector: Any, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the connector's rotary positions, for one text."""
    return precompute_freqs_cis(
        torch.arange(CONTEXT_TOKENS, dtype=torch.float32, device=device).view(1, 1, -1),
        dim=connector.inner_dim,
        out_dtype=dtype,
        theta=connector.positional_embedding_theta,
        max_pos=connector.positional_embedding_max_pos,
        num_attention_heads=connector.num_attention_heads,
        rope_type=connector.rope_type,
        freq_grid_generator=generate_freq_grid_np if connector.double_precision_rope else generate_freq_grid_pytorch,
    )
