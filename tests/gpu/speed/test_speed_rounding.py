"""Rounding to 8 bits, piece by piece: rows and layers, what a block computes between its products, attention, LoRAs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
from collections.abc import Generator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ltx_core.loader import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps
from ltx_core.model.transformer.rope import LTXRopeType, apply_rotary_emb
from ltx_core.utils import rms_norm
from torch import Tensor
from torch.nn import functional

from gpu.render.lora import LoraMerge
from gpu.render.ltx_patches import allow_cpu
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import stock_pipeline
from gpu.speed.attention import attend, attend_in_eight_bits
from gpu.speed.kernels import gelu_in_rows, in_rows, modulated_in_rows, rounded_alike, turned_in_eight_bits
from gpu.speed.layers import LARGEST, Layer, Rows, can_be_narrow, in_eight_bits, linear, takes_rows, to_rows, widened
from gpu.speed.transformer import narrowed

HALF_A_STEP = 2**-4
"""Largest relative rounding error of a value with three bits behind the point."""
SMALLEST_STEP = 2**-10
"""Half of the smallest value there is, in units of the scale."""
TYPICAL = 0.035
"""Relative L2 of a rounded tensor: half steps of 2^-4 to 2^-5, evenly spread, give 0.026."""


@pytest.fixture(autouse=True)
def without_gradients() -> Generator[None]:
    with torch.inference_mode():
        yield


def noise(*shape: int, seed: int = 3, loud: int = 0) -> Tensor:
    """Values of size one in bf16; every so many columns 20 times that."""
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    if loud:
        values[..., ::loud] *= 20
    return values.to(torch.bfloat16)


def whole(rows: Rows) -> Tensor:
    return rows.values.float() * rows.scale


def error(ours: Tensor, exact: Tensor) -> float:
    return ((ours.float() - exact.float()).norm() / exact.float().norm()).item()


def as_shape(rows: Rows, like: Tensor) -> Tensor:
    return whole(rows).reshape(like.shape)


sizes = st.floats(min_value=1e-30, max_value=1e30, allow_nan=False)


@given(st.lists(sizes, min_size=1, max_size=6), st.integers(0, 2**31 - 1))
@settings(max_examples=60, deadline=None)
def test_every_value_is_within_half_a_step_of_its_own_row(spreads: list[float], seed: int) -> None:
    matrix = torch.randn(len(spreads), 40, generator=torch.Generator().manual_seed(seed))
    matrix = (matrix * torch.tensor(spreads)[:, None]).clamp(-3e38, 3e38)
    rows = to_rows(matrix)
    assert rows.values.dtype == torch.float8_e4m3fn
    assert rows.scale.shape == (len(spreads), 1)
    assert torch.isfinite(whole(rows)).all()
    allowed = matrix.abs() * HALF_A_STEP + rows.scale * SMALLEST_STEP
    assert ((whole(rows) - matrix).abs() <= allowed * 1.001).all()
    normal = matrix.abs().amax(dim=1) > 1e-9  # smaller rows share the smallest scale
    assert torch.allclose(rows.values.float().abs().amax(dim=1)[normal], torch.tensor(LARGEST))


@given(st.integers(0, 9), st.integers(0, 6))
def test_a_row_is_rounded_alone(huge: int, power: int) -> None:
    matrix = noise(10, 64)
    louder = matrix.clone()
    louder[huge] *= 10.0**power
    others = [row for row in range(10) if row != huge]
    assert torch.equal(whole(to_rows(louder))[others], whole(to_rows(matrix))[others])


def test_one_scale_for_all_rows_would_lose_the_small_ones() -> None:
    matrix = torch.cat([noise(1, 64) * 1e6, noise(9, 64, seed=4)]).float()
    scale = matrix.abs().amax() / LARGEST
    shared = (matrix / scale).to(torch.float8_e4m3fn).float() * scale
    assert error(shared[1:], matrix[1:]) > 0.5
    assert error(whole(to_rows(matrix))[1:], matrix[1:]) < TYPICAL


def test_nothing_stays_nothing() -> None:
    rows = to_rows(torch.zeros(3, 16, dtype=torch.bfloat16))
    assert torch.equal(whole(rows), torch.zeros(3, 16))
    assert (rows.scale > 0).all()


@pytest.mark.parametrize("bias", [None, noise(48, seed=8)])
def test_a_layer_in_eight_bits_is_the_layer_but_for_rounding(bias: Tensor | None) -> None:
    x, weight = noise(1, 33, 64, loud=16), noise(48, 64, seed=5) / 8
    weight[3] *= 1000  # a loud feature
    plain, narrow = Layer(weight, bias), in_eight_bits(weight, bias)
    exact = functional.linear(x.float(), weight.float(), None if bias is None else bias.float())
    assert torch.equal(linear(x, plain), functional.linear(x, weight, bias))
    for given_ in (x, to_rows(x[0])):
        out = linear(given_, narrow)
        assert out.dtype == torch.bfloat16
        assert out.shape == (1, 33, 48)
        quiet = [feature for feature in range(48) if feature != 3]
        assert 0.005 < error(out[..., quiet], exact[..., quiet]) < 0.06
    assert error(linear(to_rows(x[0]), narrow), exact) > error(linear(x, narrow), exact)  # the tokens are rounded too


def test_only_layers_in_eight_bits_take_rows() -> None:
    weight, rows = noise(8, 8), to_rows(noise(4, 8))
    assert takes_rows(in_eight_bits(weight, None))
    assert not takes_rows(Layer(weight, None))
    with pytest.raises(AssertionError, match="need a layer in 8 bits"):
        linear(rows, Layer(weight, None))
    assert torch.equal(widened(rows, torch.bfloat16), whole(rows).to(torch.bfloat16)[None])


def test_a_layer_that_a_card_s_matrix_units_would_refuse_stays_in_bf16() -> None:
    assert can_be_narrow(noise(48, 64))
    assert not can_be_narrow(noise(24, 64))
    assert not can_be_narrow(noise(64, 40))


def test_a_tensor_in_rows_is_each_token_s_own_rounding() -> None:
    x = noise(1, 21, 96, loud=16)
    assert torch.equal(whole(in_rows(x)), whole(to_rows(x[0])))


def test_a_tensor_rounded_alike_has_one_scale_and_its_largest_value() -> None:
    x = noise(1, 21, 96, loud=16)
    rows = rounded_alike(x)
    assert rows.scale.shape == (1,)
    assert rows.values.shape == x.shape
    assert whole(rows).abs().max() == pytest.approx(x.abs().max().float().item(), rel=1e-6)
    assert error(whole(rows), x) < TYPICAL
    assert torch.equal(whole(rounded_alike(torch.zeros(1, 2, 3, dtype=torch.bfloat16))), torch.zeros(1, 2, 3))


def test_gelu_in_rows_is_gelu() -> None:
    x = noise(1, 21, 96, loud=16)
    exact = functional.gelu(x.float(), approximate="tanh")
    assert error(as_shape(gelu_in_rows(x), x), exact) < TYPICAL
    assert torch.equal(whole(gelu_in_rows(x)), whole(to_rows(exact[0])))


def test_modulation_gives_each_token_its_own_timestep_s_row() -> None:
    x, table = noise(1, 21, 96, loud=16), noise(4, 2, 96, seed=6)
    index = torch.tensor([0, 3, 1] * 7)
    shift, gain = table.float().unbind(1)
    normed = rms_norm(x.float(), eps=1e-6)
    exact = normed * (1 + gain[index]) + shift[index]
    assert error(as_shape(modulated_in_rows(x, table, index, 1e-6), x), exact) < TYPICAL
    assert error(as_shape(modulated_in_rows(x, table, index.roll(1), 1e-6), x), exact) > 0.3
    assert error(as_shape(modulated_in_rows(x, table[:0], index, 1e-6), x), normed) < TYPICAL


def angles(tokens: int, heads: int, half: int) -> Tensor:
    return torch.randn(1, heads, tokens, half, generator=torch.Generator().manual_seed(7)) * 3


def test_turning_in_eight_bits_is_ltx_core_s_norm_and_rope() -> None:
    tokens, heads, half = 21, 4, 8
    x, weight = noise(1, tokens, heads * half * 2, loud=16), noise(heads * half * 2, seed=9).abs() + 0.3
    turns = angles(tokens, heads, half)
    normed = rms_norm(x.float(), weight.float(), 1e-6)
    exact = apply_rotary_emb(normed, (turns.cos(), turns.sin()), LTXRopeType.SPLIT)
    cos, sin = (each.transpose(1, 2).contiguous() for each in (turns.cos(), turns.sin()))
    rows = turned_in_eight_bits(x, weight, cos, sin, 1e-6)
    assert rows.scale.shape == (1,)
    assert error(as_shape(rows, x), exact) < TYPICAL
    backwards = turned_in_eight_bits(x, weight, cos, -sin, 1e-6)
    assert error(as_shape(backwards, x), exact) > 0.5


@given(st.integers(0, 2**31 - 1), st.floats(1.0, 1e4))
@settings(max_examples=40, deadline=None)
def test_no_query_is_too_large_for_the_scale_known_beforehand(seed: int, loudness: float) -> None:
    x = noise(1, 5, 64, seed=seed % 2**31).float()
    x[..., seed % 64] *= loudness
    turns = angles(5, 4, 8).transpose(1, 2).contiguous()
    rows = turned_in_eight_bits(x.to(torch.bfloat16), noise(64, seed=seed), turns.cos(), turns.sin(), 1e-6)
    largest = rows.values.float().abs().amax()
    assert largest <= LARGEST * 1.0001
    unclamped = rms_norm(x.to(torch.bfloat16).float(), noise(64, seed=seed).float(), 1e-6).abs().amax() / rows.scale
    assert unclamped <= LARGEST * 1.001


def rounded(x: Tensor, scale: float = 0.01) -> Rows:
    return Rows((x.float() / scale).clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn), torch.full((1,), scale))


def test_attention_in_eight_bits_is_attention_but_for_rounding() -> None:
    heads, width = 4, 64
    q, k, v = noise(1, 40, width), noise(1, 50, width, seed=4), noise(1, 50, width, seed=5, loud=16)
    q8, k8 = rounded(q), rounded(k)
    out = attend_in_eight_bits(q8, k8, v, heads)
    assert out.values.shape == (40, width)
    assert out.scale.shape == (40, 1)
    exact = attend(q.float(), k.float(), v.float(), heads)
    assert 0.005 < error(whole(out)[None], exact) < 0.09
    # What comes in rounded and what goes out rounded account for it: nothing else is lost.
    seen = attend(whole(q8), whole(k8), v.float(), heads)
    assert error(whole(out)[None], seen) < 0.06
    assert (
        error(whole(attend_in_eight_bits(k8, k8, v, heads))[None], attend(k.float(), k.float(), v.float(), heads))
        < 0.06
    )


@pytest.mark.parametrize("keys", [40, 24])
def test_evaluations_side_by_side_attend_each_to_its_own(keys: int) -> None:
    heads, count = 4, 3
    q, k, v = noise(1, 40 * count, 64), noise(1, keys * count, 64, seed=4), noise(1, keys * count, 64, seed=5)
    parts = zip(q.chunk(count, dim=1), k.chunk(count, dim=1), v.chunk(count, dim=1), strict=True)
    apart = torch.cat([attend(*part, heads) for part in parts], dim=1)
    assert error(attend(q, k, v, heads, count), apart) < 0.005
    assert error(attend(q, k, v, heads), apart) > 0.2
    rounded_apart = attend(whole(rounded(q)), whole(rounded(k)), v.float(), heads, count)
    assert error(whole(attend_in_eight_bits(rounded(q), rounded(k), v, heads, count))[None], rounded_apart) < 0.06


def test_attention_s_values_keep_their_size() -> None:
    q = rounded(noise(1, 20, 64))
    v = noise(1, 20, 64, seed=5)
    small, large = (attend_in_eight_bits(q, q, v * size, 4) for size in (1 / 1024, 1024))
    assert torch.equal(whole(small) * 2**20, whole(large))
    nothing = attend_in_eight_bits(q, q, v * 0, 4)
    assert torch.equal(whole(nothing), torch.zeros(20, 64))


def loras(*strengths: tuple[Any, float]) -> tuple[LoraPathStrengthAndSDOps, ...]:
    return tuple(LoraPathStrengthAndSDOps(str(path), part, LTXV_LORA_COMFY_RENAMING_MAP) for path, part in strengths)


def test_narrowing_empties_the_model_and_rounds_each_lora_apart(tiny_files: ModelFiles) -> None:
    allow_cpu()
    ledger = stock_pipeline("TI2VidOneStagePipeline", tiny_files).model_ledger
    ledger.dtype = torch.bfloat16  # as on a card
    base = ledger.transformer()
    model = base.velocity_model
    before = copy.deepcopy(model)
    both = loras((tiny_files.distilled_lora, 0.6))
    strong = loras((tiny_files.distilled_lora, 1.0), (tiny_files.ic_lora, 1.0))
    merges = {
        key: LoraMerge(model, chosen, "checkpoint", torch.device("cpu")) for key, chosen in ((1, both), (2, strong))
    }
    found = narrowed(base, {0: None, **merges}, torch.device("cpu"))

    layers = [module for block in model.transformer_blocks for module in block.modules() if hasattr(module, "weight")]
    assert all(module.weight.numel() == 0 for module in layers if isinstance(module, torch.nn.Linear))
    assert torch.equal(model.proj_out.weight, before.proj_out.weight)
    for key, chosen in ((0, ()), (1, both), (2, strong)):
        fused = ledger.with_loras(chosen).transformer().velocity_model
        for index, (weights, stock) in enumerate(zip(found[key], fused.transformer_blocks, strict=True)):
            assert len(found[key]) == len(before.transformer_blocks), index
            # Added before the rounding, so it is the fused weight that was rounded, to the bit.
            for ours, theirs in (
                (weights.picture.own.q, stock.attn1.to_q),
                (weights.picture.text.v, stock.attn2.to_v),
                (weights.picture.narrow, stock.ff.net[2]),
                (weights.picture.cross.q, stock.audio_to_video_attn.to_q),
                (weights.sound.cross.k, stock.video_to_audio_attn.to_k),
            ):
                rows = to_rows(theirs.weight)
                assert torch.equal(ours.weight.float(), rows.values.float())
                assert ours.scale is not None
                assert torch.equal(ours.scale, rows.scale)
            for ours, theirs in (
                (weights.sound.own.q, stock.audio_attn1.to_q),
                (weights.sound.widen, stock.audio_ff.net[0].proj),
                (weights.picture.cross.k, stock.audio_to_video_attn.to_k),
                (weights.sound.cross.q, stock.video_to_audio_attn.to_q),
            ):
                assert ours.scale is None
                assert ours.weight.dtype == torch.bfloat16
                assert torch.equal(ours.weight, theirs.weight)
    places = {found[key][0].picture.own.q.weight.data_ptr() for key in found}
    assert len(places) == 3


def test_a_lora_added_after_the_rounding_would_be_worse() -> None:
    weight, delta = noise(64, 128, seed=5).float() / 11, noise(64, 128, seed=6).float() / 110
    exact = weight + delta
    late = whole(to_rows(whole(to_rows(weight)) + delta))
    right = in_eight_bits(exact, None)
    assert right.scale is not None
    assert error(right.weight.float() * right.scale, exact) * 1.2 < error(late, exact)
