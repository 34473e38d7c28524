"""One block of LTX-2's transformer as a pure function of tensors.

The stock block is a module that knows its index, so a compiler makes one graph for each of 48. Here the weights are
arguments: one graph serves them all, and a block with a LoRA is the same graph with other weights. The modulation is
stored once for each distinct timestep, not for each token: a short table and an index.

The arithmetic is that of ltx-core 1.0.0, both flavours: plain, and with gates and modulated text (LTX-2.3).
Does not know where inputs come from.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from ltx_core.model.transformer.rope import LTXRopeType, apply_rotary_emb
from ltx_core.utils import rms_norm
from torch import Tensor

from gpu.speed.attention import attend, attend_in_eight_bits
from gpu.speed.kernels import gelu_in_rows, in_rows, modulated_in_rows, turned_in_eight_bits
from gpu.speed.layers import Layer, Rows, activated, linear, takes_rows, wide_format, widened

Rope = tuple[Tensor, Tensor]
"""Cosines and sines: (1, tokens, heads, half a head) where heads turn by halves, (1, tokens, width) where by pairs."""


class AttentionWeights(NamedTuple):
    """`gate` only in LTX-2.3."""

    q: Layer
    k: Layer
    v: Layer
    out: Layer
    q_norm: Tensor
    k_norm: Tensor
    gate: Layer | None


class StreamWeights(NamedTuple):
    """A block's weights for the picture's tokens, or for the sound's. `table` (6 or 9, width): shift, scale and gate
    of self-attention, of the feed-forward, and in LTX-2.3 of text. `cross_table` (5, width): between the streams."""

    own: AttentionWeights
    text: AttentionWeights
    cross: AttentionWeights
    widen: Layer
    narrow: Layer
    table: Tensor
    cross_table: Tensor
    text_table: Tensor | None


class BlockWeights(NamedTuple):
    """`picture.cross` attends to the sound, `sound.cross` to the picture."""

    picture: StreamWeights
    sound: StreamWeights


class Text(NamedTuple):
    """Keys and values of a forward's prompts for one block, (1, words, width) each; in LTX-2.3 the words themselves,
    twice."""

    k: Tensor
    v: Tensor


class Stream(NamedTuple):
    """One stream's inputs to every block of a forward.

    A forward makes one evaluation, or several of a guided step: their tokens follow one another, and so do the words of
    their prompts. `evaluations` is a tensor whose size is their number plus one, since the compiler would treat a size
    of 1 as a constant. `passing` is one whose size less two says, bit by bit from the first evaluation, which of them
    skip self-attention in this block. `connected` (1, tokens, 1) is 0 for the tokens of an evaluation in which the
    streams do not attend to each other, else 1.

    `modulation` (distinct timesteps, 6 or 9, width) and `which` (tokens,) say which row is whose. `cross_modulation`
    (1, 4, width) and `cross_gate` (1, 1, width) hold one timestep. `mask` (1, 1, tokens, tokens) is added to the scores
    of self-attention. `text_modulation` (1, 2, width) only in LTX-2.3.
    """

    modulation: Tensor
    which: Tensor
    rope: Rope
    cross_rope: Rope
    cross_modulation: Tensor
    cross_gate: Tensor
    mask: Tensor | None
    text_modulation: Tensor | None
    evaluations: Tensor
    passing: Tensor
    connected: Tensor


@dataclass(frozen=True, slots=True)
class BlockShape:
    """The constants of a model's blocks."""

    heads: int
    sound_heads: int
    rope: LTXRopeType
    norm_eps: float
    eight_bit_attention: bool = False


LayerOf = Callable[[str, Any], Layer]
"""Gives a linear module's weights, by its name inside the block."""


def read_block(block: Any, layer_of: LayerOf) -> BlockWeights:
    """The weights of a stock block."""

    def attention(name: str) -> AttentionWeights:
        stock = getattr(block, name)
        gate = None if stock.to_gate_logits is None else layer_of(f"{name}.to_gate_logits", stock.to_gate_logits)
        return AttentionWeights(
            layer_of(f"{name}.to_q", stock.to_q),
            layer_of(f"{name}.to_k", stock.to_k),
            layer_of(f"{name}.to_v", stock.to_v),
            layer_of(f"{name}.to_out.0", stock.to_out[0]),
            stock.q_norm.weight,
            stock.k_norm.weight,
            gate,
        )

    def stream(prefix: str, cross: str, cross_table: Tensor) -> StreamWeights:
        widen, narrow = f"{prefix}ff.net.0.proj", f"{prefix}ff.net.2"
        return StreamWeights(
            attention(f"{prefix}attn1"),
            attention(f"{prefix}attn2"),
            attention(cross),
            layer_of(widen, block.get_submodule(widen)),
            layer_of(narrow, block.get_submodule(narrow)),
            getattr(block, f"{prefix}scale_shift_table"),
            cross_table,
            getattr(block, f"{prefix}prompt_scale_shift_table", None),
        )

    return BlockWeights(
        stream("", "audio_to_video_attn", block.scale_shift_table_a2v_ca_video),
        stream("audio_", "video_to_audio_attn", block.scale_shift_table_a2v_ca_audio),
    )


def text_of(weights: AttentionWeights, context: Tensor, shape: BlockShape) -> Text:
    """Keys and values of a prompt, where no timestep changes them."""
    return Text(_normed(linear(context, weights.k), weights.k_norm, shape), linear(context, weights.v))


def run_block(
    shape: BlockShape,
    weights: BlockWeights,
    picture: Stream,
    sound: Stream,
    picture_text: Text,
    sound_text: Text,
    vx: Tensor,
    ax: Tensor,
) -> tuple[Tensor, Tensor]:
    """Picture tokens (1, tokens, width) and sound tokens (1, tokens, width) after the block."""
    eight = shape.eight_bit_attention and picture.mask is None
    v, a = weights.picture, weights.sound
    vx = _own_and_text(shape, v, picture, picture_text, vx, shape.heads, eight_bits=eight)
    ax = _own_and_text(shape, a, sound, sound_text, ax, shape.sound_heads, eight_bits=False)
    asks_v, asked_a = _crossed(shape, v, picture, 0, vx, v.cross.q), _crossed(shape, a, sound, 0, ax, v.cross.k)
    asks_a, asked_v = _crossed(shape, a, sound, 2, ax, a.cross.q), _crossed(shape, v, picture, 2, vx, a.cross.k)
    to_v = _asked(shape, v.cross, asks_v, asked_a, picture, sound)
    vx = vx + to_v * ((v.cross_table[4:].to(vx.dtype) + picture.cross_gate[0]) * picture.connected)
    to_a = _asked(shape, a.cross, asks_a, asked_v, sound, picture)
    ax = ax + to_a * ((a.cross_table[4:].to(ax.dtype) + sound.cross_gate[0]) * sound.connected)
    return _feed_forward(shape, v, picture, vx), _feed_forward(shape, a, sound, ax)


def _own_and_text(
    shape: BlockShape, w: StreamWeights, stream: Stream, text: Text, x: Tensor, heads: int, *, eight_bits: bool
) -> Tensor:
    evaluations, passing = _evaluations(stream), stream.passing.shape[0] - 2
    shift, scale, gate = _modulation(w, stream, 0)
    normed = _modulated(shape, x, shift, scale, stream.which, w.own.q)
    q, k, v = linear(normed, w.own.q), linear(normed, w.own.k), linear(normed, w.own.v)
    if eight_bits and shape.rope is LTXRopeType.SPLIT:
        q8 = turned_in_eight_bits(q, w.own.q_norm, *stream.rope, shape.norm_eps)
        k8 = turned_in_eight_bits(k, w.own.k_norm, *stream.rope, shape.norm_eps)
        seen = attend_in_eight_bits(q8, k8, v, heads, evaluations, passing)
    else:
        q = _turned(_normed(q, w.own.q_norm, shape), stream.rope, shape)
        k = _turned(_normed(k, w.own.k_norm, shape), stream.rope, shape)
        seen = attend(q, k, v, heads, evaluations, stream.mask, passing)
    x = x + _leave(seen, normed, w.own, heads) * gate[stream.which]
    if w.text_table is None or stream.text_modulation is None:
        normed = _modulated(shape, x, None, None, stream.which, w.text.q)
        q = _normed(linear(normed, w.text.q), w.text.q_norm, shape)
        return x + _leave(attend(q, text.k, text.v, heads, evaluations), normed, w.text, heads)
    shift, scale, gate = _modulation(w, stream, 6)
    normed = _modulated(shape, x, shift, scale, stream.which, w.text.q)
    text_shift, text_scale = (w.text_table.to(x.dtype) + stream.text_modulation[0]).unbind(0)
    words = text_of(w.text, text.k * (1 + text_scale) + text_shift, shape)
    q = _normed(linear(normed, w.text.q), w.text.q_norm, shape)
    return x + _leave(attend(q, words.k, words.v, heads, evaluations), normed, w.text, heads) * gate[stream.which]


def _asked(
    shape: BlockShape, w: AttentionWeights, x: Tensor | Rows, other: Tensor | Rows, own: Stream, others: Stream
) -> Tensor:
    """One stream's tokens attend to the other's. Both directions have the sound's heads."""
    q = _turned(_normed(linear(x, w.q), w.q_norm, shape), own.cross_rope, shape)
    k = _turned(_normed(linear(other, w.k), w.k_norm, shape), others.cross_rope, shape)
    seen = attend(q, k, linear(other, w.v), shape.sound_heads, _evaluations(own))
    return _leave(seen, x, w, shape.sound_heads)


def _feed_forward(shape: BlockShape, w: StreamWeights, stream: Stream, x: Tensor) -> Tensor:
    shift, scale, gate = _modulation(w, stream, 3)
    normed = _modulated(shape, x, shift, scale, stream.which, w.widen)
    active = activated(normed, w.widen) if isinstance(normed, Tensor) else gelu_in_rows(linear(normed, w.widen))
    return x + linear(active, w.narrow) * gate[stream.which]


def _evaluations(stream: Stream) -> int:
    return stream.evaluations.shape[0] - 1


def _modulation(w: StreamWeights, stream: Stream, first: int) -> tuple[Tensor, Tensor, Tensor]:
    """Shift, scale and gate for each distinct timestep, (timesteps, width) each."""
    chosen = slice(first, first + 3)
    shift, scale, gate = (w.table[chosen].to(stream.modulation.dtype) + stream.modulation[:, chosen]).unbind(1)
    return shift, scale, gate


def _modulated(
    shape: BlockShape, x: Tensor, shift: Tensor | None, scale: Tensor | None, index: Tensor, into: Layer
) -> Tensor | Rows:
    """Normed tokens, shifted and scaled by their timestep's rows where these are given, in the format of the layer that
    they go `into`."""
    if takes_rows(into):
        table = x.new_empty(0) if shift is None or scale is None else torch.stack((shift, scale), dim=1)
        return modulated_in_rows(x, table, index, shape.norm_eps)
    normed = rms_norm(x, eps=shape.norm_eps)
    return normed if shift is None or scale is None else normed * (1 + scale[index]) + shift[index]


def _crossed(shape: BlockShape, w: StreamWeights, stream: Stream, first: int, x: Tensor, into: Layer) -> Tensor | Rows:
    """Normed tokens, modulated for attention between the streams. The table has scale first, and one timestep."""
    rows = w.cross_table[first : first + 2].to(x.dtype) + stream.cross_modulation[0, first : first + 2]
    if takes_rows(into):
        table = rows.flip(0).expand(stream.modulation.shape[0], -1, -1).contiguous()
        return modulated_in_rows(x, table, stream.which, shape.norm_eps)
    return rms_norm(x, eps=shape.norm_eps) * (1 + rows[0]) + rows[1]


def _normed(x: Tensor, weight: Tensor, shape: BlockShape) -> Tensor:
    return rms_norm(x, weight, shape.norm_eps)


def _turned(x: Tensor, rope: Rope, shape: BlockShape) -> Tensor:
    """Rotary embedding. By halves as ltx-core does it, without writing into slices, which a compiler cannot fuse."""
    if shape.rope is not LTXRopeType.SPLIT:
        return apply_rotary_emb(x, rope, shape.rope)
    cos, sin = rope
    a, b = x.unflatten(-1, (cos.shape[2], 2, cos.shape[3])).unbind(-2)
    return torch.stack((torch.addcmul(a * cos, -sin, b), torch.addcmul(b * cos, sin, a)), dim=-2).flatten(-3)


def _leave(seen: Tensor | Rows, x: Tensor | Rows, w: AttentionWeights, heads: int) -> Tensor:
    """The output of an attention: gates where the model has them, then its last layer."""
    if isinstance(seen, Rows) and (w.gate is not None or w.out.scale is None):
        seen = widened(seen, wide_format(w.out))
    if w.gate is not None:
        gates = 2.0 * linear(widened(x, wide_format(w.gate)) if isinstance(x, Rows) else x, w.gate).sigmoid()
        assert isinstance(seen, Tensor)
        seen = (seen.unflatten(-1, (heads, -1)) * gates.unsqueeze(-1)).flatten(2)
    return linear(in_rows(seen) if isinstance(seen, Tensor) and takes_rows(w.out) else seen, w.out)
