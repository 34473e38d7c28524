"""Gemma writes an answer token by token, each step a replayed CUDA graph.

transformers' `generate` leaves the card waiting: on an H100 a token takes 160 ms with it, of which the card computes 17
(measured, 2026-11-27, Gemma 3 12B in bf16). Here the prompt goes through the stock model once. Then one step, over keys
and values of a fixed size, is captured once and replayed for every token; without a card, or where that fails, the same
step runs plainly.
Sampling draws from the same generator in the same order as `generate`, so that equal seeds give equal answers.

Knows transformers' Gemma 3 by its modules' names and imports nothing of it. Knows no tokenizer.
"""

# torch and transformers come with gaps in their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

_FIRST_STEPS = 2
"""Steps before a capture, in which libraries set up what a graph may not contain."""


def write(
    model: Any,
    inputs: Mapping[str, Any],
    *,
    most_tokens: int,
    temperature: float,
    before_token: Callable[[], None] = lambda: None,
) -> Tensor:
    """The prompt's tokens and those of an answer, (1, tokens), drawn as `generate(do_sample=True)` draws them.

    `model`: a `Gemma3ForConditionalGeneration`. `inputs`: what its processor gives: `input_ids` and `attention_mask`,
    perhaps `token_type_ids` and `pixel_values`, of one prompt. The answer ends with the model's end of text, or after
    `most_tokens`. `before_token` may raise to stop. Draws from torch's default generator.
    """
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    assert ids.shape[0] == 1
    settings = model.generation_config
    ends = _ends(settings.eos_token_id)
    before_token()
    logits, keys, values = _read(model, inputs)
    written = [_drawn(logits, temperature, settings.top_k)]
    if most_tokens > 1 and not _is_over(written[-1], ends):
        step = _Step(model, mask, keys, values, most_tokens)
        del keys, values
        while len(written) < most_tokens and not _is_over(written[-1], ends):
            before_token()
            written.append(_drawn(step(written[-1]), temperature, settings.top_k))
    return torch.cat([ids, *written], dim=1)


def _read(model: Any, inputs: Mapping[str, Any]) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """The prompt through the stock model, prepared as `generate` prepares it: the next token's logits, (1, vocabulary),
    and each layer's keys and values."""
    kept = _Growing()
    ids = inputs["input_ids"]
    places = torch.arange(ids.shape[1], device=ids.device)
    asked = model.prepare_inputs_for_generation(**inputs, cache_position=places, use_cache=True)
    asked |= {"past_key_values": kept, "use_cache": True, "logits_to_keep": 1}
    logits = model(**asked, return_dict=True).logits[:, -1]
    return logits, kept.keys, kept.values


class _Growing:
    """Keeps what each layer computes for the prompt: the part of transformers' `Cache` that its layers call."""

    is_initialized = False
    is_compileable = False

    def __init__(self) -> None:
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []

    def update(self, keys: Tensor, values: Tensor, layer: int, _: Any = None) -> tuple[Tensor, Tensor]:
        assert layer == len(self.keys)
        self.keys.append(keys)
        self.values.append(values)
        return keys, values

    def get_seq_length(self, layer: int = 0) -> int:
        del layer
        return 0

    def get_mask_sizes(self, places: Tensor, layer: int) -> tuple[int, int]:
        del layer
        return places.shape[0], 0


class _Fixed:
    """Keys and values of all layers with room for the answer; a step writes at its place."""

    def __init__(self, keys: list[Tensor], values: list[Tensor], room: int) -> None:
        self._kept = [tuple(_with_room(each, room) for each in pair) for pair in zip(keys, values, strict=True)]
        self.place = torch.tensor([keys[0].shape[2]], device=keys[0].device)

    def update(self, keys: Tensor, values: Tensor, layer: int, _: Any = None) -> tuple[Tensor, Tensor]:
        known_keys, known_values = self._kept[layer]
        known_keys.index_copy_(2, self.place, keys)
        known_values.index_copy_(2, self.place, values)
        return known_keys, known_values


class _Step:
    """One token in, the next one's logits out, (1, vocabulary)."""

    def __init__(self, model: Any, mask: Tensor, keys: list[Tensor], values: list[Tensor], most_tokens: int) -> None:
        self._model, self._language = model, model.model.language_model
        prompt = mask.shape[1]
        room = prompt + most_tokens
        device = mask.device
        self._cache = _Fixed(keys, values, room)
        # The answer's positions follow the last real token, its places the filled-up prompt.
        self._position = mask.sum().reshape(1)
        self._token = torch.zeros((1, 1), dtype=torch.long, device=device)
        self._places = torch.arange(room, device=device)
        self._real = torch.cat([mask[0].bool(), torch.ones(most_tokens, dtype=torch.bool, device=device)])
        like = keys[0][:, :1, :1]
        positions = self._places[None]
        self._rotations = [
            tuple(table[0] for table in rotary(like, positions))
            for rotary in (self._language.rotary_emb, self._language.rotary_emb_local)
        ]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._logits = torch.empty(0)
        if _has_graphs(device):
            self._tried(self._capture)

    def __call__(self, token: Tensor) -> Tensor:
        self._token.copy_(token)
        if self._graph is not None:
            self._tried(self._graph.replay)
        logits = self._evaluated() if self._graph is None else self._logits
        self._cache.place.add_(1)
        self._position.add_(1)
        return logits

    def _tried(self, work: Callable[[], None]) -> None:
        """Work with the graph. Where it fails, the answer goes on without one: slower, but it does not fail."""
        try:
            work()
        except RuntimeError:
            log.exception("a step of Gemma cannot be replayed here; an answer takes several times as long without that")
            self._graph = None

    def _capture(self) -> None:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_FIRST_STEPS):  # the first real step writes the same places anew
                self._evaluated()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):  # other threads may use the card
            self._logits = self._evaluated()
        self._graph = graph

    def _evaluated(self) -> Tensor:
        language, cache = self._language, self._cache
        seen = self._real & (self._places <= cache.place)
        near = seen & (self._places > cache.place - language.config.sliding_window)
        masks = {"full_attention": seen[None, None, None], "sliding_attention": near[None, None, None]}
        whole, local = (
            tuple(table.index_select(0, self._position)[None] for table in tables) for tables in self._rotations
        )
        x = language.embed_tokens(self._token)
        for layer in language.layers:
            x = layer(
                x,
                position_embeddings_global=whole,
                position_embeddings_local=local,
                attention_mask=masks[layer.attention_type],
                past_key_values=cache,
                use_cache=True,
                cache_position=cache.place,
            )[0]
        return self._model.lm_head(language.norm(x))[:, -1]


def _has_graphs(device: torch.device) -> bool:
    return device.type == "cuda"


def _with_room(known: Tensor, room: int) -> Tensor:
    wider = known.new_zeros((*known.shape[:2], room, known.shape[3]))
    wider[:, :, : known.shape[2]] = known
    return wider


def _drawn(logits: Tensor, temperature: float, top_k: int | None) -> Tensor:
    """One token, (1, 1): transformers' warping by temperature and the likeliest tokens, in its order."""
    scores = logits.float() / temperature
    if top_k:
        least = torch.topk(scores, min(top_k, scores.shape[-1]))[0][..., -1, None]
        scores = scores.masked_fill(scores < least, float("-inf"))
    return torch.multinomial(scores.softmax(dim=-1), num_samples=1)


def _ends(tokens: int | list[int] | None) -> frozenset[int]:
    if tokens is None:
        return frozenset()
    return frozenset([tokens] if isinstance(tokens, int) else tokens)


def _is_over(token: Tensor, ends: Collection[int]) -> bool:
    return bool(ends) and int(token) in ends
