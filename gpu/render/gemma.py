"""Gemma 3's language layers as LTX uses them: a prompt in, the hidden states of every layer out.

The same arithmetic on the same weights as `Gemma3TextModel` of transformers 4.57, to the bit on a CPU, without that
library: importing it takes four to eight seconds of a container's start, and half of Gemma is not needed (the picture
tower, the cache for generating, the output layer). Knows no prompt cache and no file of weights.
"""

# torch and ltx come with gaps in their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from pathlib import Path
from typing import Any

import torch
from ltx_core.text_encoders.gemma.config import GEMMA3_CONFIG_FOR_LTX
from torch import Tensor, nn
from torch.nn import functional

PROMPT_TOKENS = 1024
"""Tokens of a prompt that LTX reads; hard-coded in its Gemma tokenizer. The rest is cut off."""


class Gemma(nn.Module):
    """The language model, of the sizes that LTX's configuration holds. `tokenizer` is set once the files are known."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.tokenizer: PromptTokenizer | None = None
        self._config = config
        self._scale = config.hidden_size**0.5
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        pattern = config.sliding_window_pattern
        self.layers = nn.ModuleList(
            _Layer(config, sliding=bool((index + 1) % pattern)) for index in range(config.num_hidden_layers)
        )
        self.norm = _Norm(config.hidden_size, config.rms_norm_eps)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Gemma":
        """As LTX's builder calls it. The sizes are LTX's own, not the file's."""
        del config
        return cls(GEMMA3_CONFIG_FOR_LTX.text_config)

    def encode(self, text: str) -> tuple[tuple[Tensor, ...], Tensor]:
        """The embedding and every layer's hidden states, (1, 1024, width) each, and the mask of real tokens,
        (1, 1024)."""
        assert self.tokenizer is not None
        ids, mask = self.tokenizer.padded(text)
        device = self.norm.weight.device
        return self(torch.tensor([ids], device=device), torch.tensor([mask], device=device))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        x = self.embed_tokens(ids)
        x = x * torch.tensor(self._scale).to(x.dtype).to(x.device)
        config, count = self._config, ids.shape[1]
        stretched = _rotation(config.rope_theta, config.head_dim, count, x, config.rope_scaling.factor)
        plain = _rotation(config.rope_local_base_freq, config.head_dim, count, x)
        places = torch.arange(count, device=x.device)
        distance = places[:, None] - places[None, :]
        seen = (distance >= 0) & mask.bool()[:, None, None, :]
        near = seen & (distance < config.sliding_window)
        whole = None if bool(mask.all()) else seen  # a prompt that fills every place needs no mask
        states: list[Tensor] = []
        for layer in self.layers:
            states.append(x)
            x = layer(x, *((plain, near) if layer.sliding else (stretched, whole)))
        states.append(self.norm(x))
        return tuple(states), mask


class _Layer(nn.Module):
    def __init__(self, config: Any, *, sliding: bool) -> None:
        super().__init__()
        self.sliding = sliding
        self.self_attn = _Attention(config)
        self.mlp = _FeedForward(config)
        width, eps = config.hidden_size, config.rms_norm_eps
        self.input_layernorm, self.post_attention_layernorm = _Norm(width, eps), _Norm(width, eps)
        self.pre_feedforward_layernorm, self.post_feedforward_layernorm = _Norm(width, eps), _Norm(width, eps)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], seen: Tensor | None) -> Tensor:
        x = x + self.post_attention_layernorm(self.self_attn(self.input_layernorm(x), rotation, seen))
        return x + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x)))


class _Attention(nn.Module):
    def __init__(self, config: Any) -> None:
        super().__init__()
        self._width = config.head_dim
        self._shared_by = config.num_attention_heads // config.num_key_value_heads
        self._scale = config.query_pre_attn_scalar**-0.5
        queries, keys = (count * self._width for count in (config.num_attention_heads, config.num_key_value_heads))
        self.q_proj = nn.Linear(config.hidden_size, queries, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, keys, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, keys, bias=False)
        self.o_proj = nn.Linear(queries, config.hidden_size, bias=False)
        self.q_norm = _Norm(self._width, config.rms_norm_eps)
        self.k_norm = _Norm(self._width, config.rms_norm_eps)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], seen: Tensor | None) -> Tensor:
        q, k, v = (
            project(x).unflatten(-1, (-1, self._width)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = _rotated(self.q_norm(q), rotation), _rotated(self.k_norm(k), rotation)
        if seen is None:
            out = functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=self._scale, enable_gqa=True)
        else:
            k, v = (_repeated(each, self._shared_by) for each in (k, v))
            out = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=self._scale)
        return self.o_proj(out.transpose(1, 2).reshape(*x.shape[:-1], -1))


class _FeedForward(nn.Module):
    def __init__(self, config: Any) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class _Norm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self._eps = eps
        self.weight = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self._eps)
        return (wide * (1.0 + self.weight.float())).type_as(x)


def _rotation(base: float, width: int, count: int, like: Tensor, stretch: float = 1.0) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotary embedding, (1, 1, tokens, width) each. The frequencies are computed on the CPU,
    as in LTX's builder."""
    steps = torch.arange(0, width, 2, dtype=torch.int64).to(dtype=torch.float)
    frequencies = (1.0 / (base ** (steps / width)) / stretch).to(like.device)
    places = torch.arange(count, device=like.device)[None, None, :].float()
    angles = (frequencies[None, :, None].float() @ places).transpose(1, 2)
    whole = torch.cat((angles, angles), dim=-1)
    return whole.cos().to(like.dtype)[:, None], whole.sin().to(like.dtype)[:, None]


def _rotated(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * rotation[0] + torch.cat((-second, first), dim=-1) * rotation[1]


def _repeated(heads: Tensor, times: int) -> Tensor:
    """Each head of keys or values as often as queries share it."""
    return heads if times == 1 else heads[:, :, None].expand(-1, -1, times, -1, -1).flatten(1, 2)


class PromptTokenizer:
    """Gemma's tokens of a prompt, from `tokenizer.json` and the names of two special tokens beside it."""

    def __init__(self, root: Path) -> None:
        """`root`: the folder that holds the tokenizer, or one above it. Raises FileNotFoundError, KeyError."""
        from tokenizers import Tokenizer

        file = next(iter(sorted(root.rglob("tokenizer.json"))), None)
        if file is None:
            raise FileNotFoundError(f"no tokenizer.json in {root}")
        names = json.loads((file.parent / "tokenizer_config.json").read_text(encoding="utf-8"))
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._filling = (self._special(names[name]) for name in ("bos_token", "pad_token"))

    def ids(self, text: str) -> list[int]:
        """Every token of the text, the first one that begins each prompt included."""
        return [self._first, *self._tokenizer.encode(text.strip(), add_special_tokens=False).ids]

    def padded(self, text: str) -> tuple[list[int], list[int]]:
        """As many tokens as LTX reads, filled up from the left, and 1 for each that is real."""
        ids = self.ids(text)[:PROMPT_TOKENS]
        missing = PROMPT_TOKENS - len(ids)
        return [self._filling] * missing + ids, [0] * missing + [1] * len(ids)

    def _special(self, name: Any) -> int:
        text = name["content"] if isinstance(name, dict) else name
        found = self._tokenizer.token_to_id(text)
        if found is None:
            raise KeyError(text)
        return found
