"""LTX-2's transformer as the pipelines call it, with repeated work done once per clip.

Replaces ltx-core's `X0Model` and gives the same denoised latents from the same weights. Done once per clip, not for
each of some 43 evaluations: rotary tables, projected captions, each block's keys and values of the text. Done once for
all tokens: the embedding of a timestep. On a GPU the block is compiled, one graph for all blocks.

LoRAs are applied, never merged into the stored weights: in bf16 a block's merged weights exist while that block
computes; in 8 bits they were merged before rounding and are stored beside the plain ones.
Does not know files, plans or jobs. One evaluation at a time.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

import torch
from ltx_core.model.transformer import Modality
from ltx_core.model.transformer.rope import LTXRopeType
from ltx_core.utils import to_denoised
from torch import Tensor
from torch.nn import functional

from gpu.core.workload import in_forwards
from gpu.speed.block import BlockShape, BlockWeights, Stream, Text, read_block, run_block, text_of
from gpu.speed.layers import Layer, can_be_narrow, in_eight_bits
from gpu.speed.repeated import Repeated, once


class MergesLoras(Protocol):
    """LoRAs: returns a layer's weight with them added, by the layer's name, and applies them outside the blocks."""

    def __call__(self, name: str, weight: Tensor) -> Tensor: ...

    def applied_outside_blocks(self) -> AbstractContextManager[None]: ...


Asked = tuple[Modality, Modality]
"""The inputs of one evaluation: picture and sound."""
Denoised = tuple[Tensor, Tensor]
"""Its result: picture and sound, shaped like their latents."""


class LeftOut(NamedTuple):
    """What an evaluation leaves out, for guidance away from its result: the self-attention of the picture's tokens or
    of the sound's in the blocks named, or in every block the attention between picture and sound."""

    picture_blocks: tuple[int, ...] = ()
    sound_blocks: tuple[int, ...] = ()
    between: bool = False


WHOLE = LeftOut()

_STREAMS = 2
_PROMPTS_KEPT = 2
"""The prompt and the negative prompt, which a guided clip alternates between."""
_MODULATIONS = 4
"""Minimum number of distinct timesteps in the table: one for free tokens, others for tokens that pictures fix. It is a
constant, so that one graph serves all clips."""


@dataclasses.dataclass(frozen=True, slots=True)
class Switches:
    """Allowed differences to the stock arithmetic. The first and the last are reorderings; the others round."""

    compiled: bool = False
    eight_bit_layers: bool = False
    eight_bit_attention: bool = False
    paired_up_to: int = 0
    """Picture tokens up to which two evaluations of a guided step are made in one forward; of three or four, where they
    have no more tokens together than two of so many."""


@dataclasses.dataclass(frozen=True, slots=True)
class Watched:
    """Called before every evaluation and before every block; both may raise to stop."""

    evaluation: Callable[[], None] = lambda: None
    block: Callable[[], None] = lambda: None


class QuickTransformer:
    """A transformer, perhaps with LoRAs, ready to denoise."""

    def __init__(
        self,
        base: Any,
        *,
        merge: MergesLoras | None = None,
        switches: Switches,
        watched: Watched,
        repeated: Repeated,
        blocks: list[BlockWeights] | None = None,
    ) -> None:
        """`base`: a stock `X0Model` on its device. `blocks`: its weights in 8 bits, LoRAs included, where `switches`
        ask for that (`narrowed`)."""
        assert (blocks is not None) == switches.eight_bit_layers
        self.base = base
        self._model = model = base.velocity_model
        self.merge = merge
        self._switches = switches
        self._watched = watched
        self._repeated = repeated
        self._blocks = blocks
        self._shape = BlockShape(
            model.num_attention_heads,
            model.audio_num_attention_heads,
            model.rope_type,
            model.transformer_blocks[0].norm_eps,
            switches.eight_bit_attention,
        )
        self._run = _compiled(self._shape) if switches.compiled else partial(run_block, self._shape)

    def __call__(self, video: Modality, audio: Modality, perturbations: None = None) -> Denoised:
        """One evaluation. What it leaves out is said to `together` alone."""
        assert perturbations is None
        return self.together([(video, audio)])[0]

    def together(self, asked: Sequence[Asked], left_out: Sequence[LeftOut] | None = None) -> list[Denoised]:
        """The evaluations of a guided step, which differ in their prompts and in what they leave out (by default
        nothing): in as few forwards as `paired_up_to` allows where their tokens can be concatenated, otherwise one
        after the other."""
        left_out = left_out or [WHOLE] * len(asked)
        tokens = asked[0][0].latent.shape[1]
        can_be_mates = all(_are_mates(asked[0], other) for other in asked[1:])
        sizes = in_forwards(len(asked), tokens, self._switches.paired_up_to if can_be_mates else 0)
        found: list[Denoised] = []
        for size in sizes:
            chosen = slice(len(found), len(found) + size)
            found += self._evaluated(asked[chosen], left_out[chosen], max(sizes) * len(sizes))
        return found

    def _evaluated(self, asked: Sequence[Asked], left_out: Sequence[LeftOut], kept: int) -> list[Denoised]:
        """`kept`: the evaluations of the step whose repeated results stay."""
        for video, audio in asked:
            assert video.enabled and audio.enabled
            assert video.context_mask is None and audio.context_mask is None
            self._watched.evaluation()
        self._repeated.of(self)
        with nullcontext() if self.merge is None else self.merge.applied_outside_blocks():
            return self._denoised(asked, left_out, kept)

    def _denoised(self, asked: Sequence[Asked], left_out: Sequence[LeftOut], kept: int) -> list[Denoised]:
        """Evaluations of the same latents at the same noise level, in one forward."""
        model, count = self._model, len(asked)
        video, audio = asked[0]
        texts = self._texts_of(asked, kept)
        connected = [not each.between for each in left_out]
        picture, vx, v_time = self._stream(video, audio, model.video_args_preprocessor, connected, kept)
        sound, ax, a_time = self._stream(audio, video, model.audio_args_preprocessor, connected, kept)
        if self._switches.compiled:  # the check itself would load the whole compiler
            for stream, text, x in zip((picture, sound), texts[0], (vx, ax), strict=True):
                _sizes_vary(stream, text, x)
        for index, (picture_text, sound_text) in enumerate(texts):
            self._watched.block()
            seen = _passing(picture, index, [each.picture_blocks for each in left_out])
            heard = _passing(sound, index, [each.sound_blocks for each in left_out])
            vx, ax = self._run(self._weights(index), seen, heard, picture_text, sound_text, vx, ax)
        velocity = _leave(vx, v_time, picture.which, model.scale_shift_table, model.norm_out, model.proj_out)
        sounded = _leave(
            ax, a_time, sound.which, model.audio_scale_shift_table, model.audio_norm_out, model.audio_proj_out
        )
        return [
            (to_denoised(video.latent, seen, video.timesteps), to_denoised(audio.latent, heard, audio.timesteps))
            for seen, heard in zip(velocity.chunk(count, dim=1), sounded.chunk(count, dim=1), strict=True)
        ]

    def eight_bit_layers(self) -> list[Layer]:
        """Every layer kept in 8 bits."""
        layers = [each for block in self._blocks or () for each in _layers(block)]
        return [layer for layer in layers if layer.scale is not None]

    def _weights(self, index: int) -> BlockWeights:
        return self._blocks[index] if self._blocks is not None else _read(self._model, index, self.merge)

    def _stream(
        self, own: Modality, other: Modality, stock: Any, connected: Sequence[bool], kept: int
    ) -> tuple[Stream, Tensor, Tensor]:
        """A stream's inputs, its embedded tokens (repeated per evaluation), and each distinct timestep's embedding.
        `connected`: for each evaluation whether the streams attend to each other."""
        simple, count = stock.simple_preprocessor, len(connected)
        times, index = _distinct(own.timesteps, self._rows(own))
        dtype = own.latent.dtype
        modulation, embedded = simple._prepare_timestep(times[None], simple.adaln, 1, dtype)
        cross_modulation, cross_gate = stock._prepare_cross_attention_timestep(
            timestep=other.sigma.view(1, 1),
            timestep_scale_multiplier=simple.timestep_scale_multiplier,
            batch_size=1,
            hidden_dtype=dtype,
        )
        text_modulation = None
        if simple.prompt_adaln is not None:
            prompt_time, _ = simple._prepare_timestep(own.sigma, simple.prompt_adaln, 1, dtype)
            text_modulation = prompt_time.unflatten(-1, (2, -1))[:, 0]
        rope, cross_rope = self._rope(own, stock, count, kept)
        width = simple.inner_dim
        stream = Stream(
            modulation[0].unflatten(-1, (-1, width)),
            index.repeat(count),
            rope,
            cross_rope,
            cross_modulation.unflatten(-1, (-1, width))[:, 0],
            cross_gate,
            simple._prepare_self_attention_mask(own.attention_mask, dtype),
            text_modulation,
            own.latent.new_empty(count + 1),
            own.latent.new_empty(_NONE_PASSES),
            _connected(own, connected),
        )
        return stream, simple.patchify_proj(own.latent.repeat(1, count, 1)), embedded[0]

    def _rows(self, own: Modality) -> int:
        """Number of rows for the distinct timesteps of this clip's tokens, the same at every step."""

        def counted() -> int:
            return max(_MODULATIONS, len(torch.unique(own.timesteps)))

        return once(self._repeated.rows, (own.positions,), counted, kept=_STREAMS)

    def _rope(self, own: Modality, stock: Any, count: int, kept: int) -> Any:
        def tables() -> Any:
            simple = stock.simple_preprocessor
            settings = {"num_attention_heads": simple.num_attention_heads, "x_dtype": own.latent.dtype}
            whole = simple._prepare_positional_embeddings(
                own.positions, simple.inner_dim, simple.max_pos, simple.use_middle_indices_grid, **settings
            )
            times = own.positions[:, 0:1, :]
            between = simple._prepare_positional_embeddings(
                times,
                stock.audio_cross_attention_dim,
                [stock.cross_pe_max_pos],
                True,
                **settings,
            )
            by_halves = simple.rope_type is LTXRopeType.SPLIT
            return [
                tuple(
                    torch.cat([table.transpose(1, 2) if by_halves else table] * count, dim=1).contiguous()
                    for table in tables
                )
                for tables in (whole, between)
            ]

        return once(self._repeated.ropes, (own.positions,) * count, tables, kept=_STREAMS * kept)

    def _texts_of(self, asked: Sequence[Asked], kept: int) -> list[tuple[Text, Text]]:
        videos, audios = zip(*asked, strict=True)

        def texts() -> list[tuple[Text, Text]]:
            model = self._model
            words = [
                stock.simple_preprocessor._prepare_context(
                    torch.cat([each.context for each in stream], dim=1),
                    stream[0].latent[..., :1].expand(-1, -1, width),
                )
                for stock, stream, width in (
                    (model.video_args_preprocessor, videos, model.inner_dim),
                    (model.audio_args_preprocessor, audios, model.audio_inner_dim),
                )
            ]
            return [self._block_texts(index, *words) for index in range(len(model.transformer_blocks))]

        return once(self._repeated.texts, [each.context for each in videos], texts, kept=max(_PROMPTS_KEPT, kept))

    def _block_texts(self, index: int, picture_words: Tensor, sound_words: Tensor) -> tuple[Text, Text]:
        if self._model.cross_attention_adaln:
            return Text(picture_words, picture_words), Text(sound_words, sound_words)
        weights = self._weights(index)
        return (
            text_of(weights.picture.text, picture_words, self._shape),
            text_of(weights.sound.text, sound_words, self._shape),
        )


def narrowed(
    base: Any, merges: Mapping[Any, MergesLoras | None], device: torch.device
) -> dict[Any, list[BlockWeights]]:
    """Every block's layers in 8 bits on `device`, once for each way to merge LoRAs, which are added before the
    rounding.

    `base` may be in host memory: blocks are copied one at a time, and their layers are freed once they have been read,
    so that the peak is one block above the result. All other modules move to `device` unchanged; the sound's layers
    stay in bf16.
    """
    model = base.velocity_model
    found: dict[Any, list[BlockWeights]] = {key: [] for key in merges}
    for index, block in enumerate(model.transformer_blocks):
        block.to(device)
        for key, merge in merges.items():
            found[key].append(_read(model, index, merge, eight_bits=True))
        for module in block.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight = torch.nn.Parameter(module.weight.new_empty(0), requires_grad=False)
    base.to(device)
    return found


_ON_PICTURE_TOKENS = (
    "attn1.", "attn2.", "ff.", "audio_to_video_attn.to_q", "audio_to_video_attn.to_out",
    "video_to_audio_attn.to_k", "video_to_audio_attn.to_v",
)  # fmt: skip
"""Layers whose input is the picture's tokens, or their text: nearly all of the arithmetic."""


def _read(model: Any, index: int, merge: MergesLoras | None, *, eight_bits: bool = False) -> BlockWeights:
    def layer(name: str, stock: Any) -> Layer:
        weight = stock.weight.detach()  # a parameter beside a merged tensor would be two graphs to the compiler
        if merge is not None:
            weight = merge(f"transformer_blocks.{index}.{name}", weight)
        picture = name.startswith(_ON_PICTURE_TOKENS) and not name.endswith("to_gate_logits")
        if eight_bits and picture and can_be_narrow(weight):
            return in_eight_bits(weight, stock.bias)
        return Layer(weight, stock.bias)

    return read_block(model.transformer_blocks[index], layer)


def _layers(weights: Any) -> Iterator[Layer]:
    if isinstance(weights, Layer):
        yield weights
    elif isinstance(weights, tuple):
        for each in weights:
            yield from _layers(each)


def _distinct(timesteps: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """The distinct timesteps of a stream's tokens, in a fixed number of rows of which the last may be unused, and each
    token's row. Unlike `torch.unique` it does not synchronise: the host queues work ahead of the card."""
    ordered, places = timesteps.flatten().sort()
    rank = functional.pad((ordered[1:] != ordered[:-1]).cumsum(0), (1, 0))
    times = ordered.new_zeros(rows).scatter_(0, rank, ordered)
    return times, torch.empty_like(rank).scatter_(0, places, rank)


def _leave(x: Tensor, embedded: Tensor, index: Tensor, table: Tensor, norm: Any, project: Any) -> Tensor:
    """Tokens (1, tokens, width) to velocities (1, tokens, channels)."""
    shift, scale = (table.to(x.dtype) + embedded[:, None]).unbind(1)
    return project(norm(x) * (1 + scale[index]) + shift[index])


def _are_mates(one: Asked, other: Asked) -> bool:
    """Whether the tokens of two evaluations can follow one another in a forward."""
    return all(
        mine.latent is its.latent
        and mine.positions is its.positions
        and mine.attention_mask is None
        and mine.context.shape == its.context.shape
        for mine, its in zip(one, other, strict=True)
    )


def _connected(own: Modality, connected: Sequence[bool]) -> Tensor:
    """1 for every token of an evaluation whose streams attend to each other, else 0; nothing is copied to the card."""
    found = own.latent.new_ones(1, len(connected), own.latent.shape[1], 1)
    for place, is_connected in enumerate(connected):
        if not is_connected:
            found[:, place] = 0
    return found.flatten(1, 2)


_NONE_PASSES = 2
"""Sizes of 0 and 1 are constants to the compiler."""


def _passing(stream: Stream, block: int, skipped: Sequence[tuple[int, ...]]) -> Stream:
    """The stream's inputs to this block, where some evaluations skip its self-attention."""
    passing = sum(1 << place for place, blocks in enumerate(skipped) if block in blocks)
    if not passing:
        return stream
    marker = stream.passing.new_empty(_NONE_PASSES + passing)
    return stream._replace(passing=marker)


def _sizes_vary(stream: Stream, text: Text, x: Tensor) -> None:
    """Marks the sizes that differ between forwards as dynamic, so that the compiler does not compile twice."""
    for each in (stream.which, stream.evaluations, stream.passing):
        torch._dynamo.maybe_mark_dynamic(each, 0)
    for each in (x, stream.connected, *text, *stream.rope, *stream.cross_rope):
        torch._dynamo.maybe_mark_dynamic(each, 1)


@cache
def _compiled(shape: BlockShape) -> Callable[..., tuple[Tensor, Tensor]]:
    """One graph for all blocks and all sizes of clip."""
    return torch.compile(partial(run_block, shape), fullgraph=True)
