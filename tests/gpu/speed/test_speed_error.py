"""How far each switch takes the prediction from the exact one, at the real width, beside what bf16 itself takes.

The exact one is the stock model in float32; every variant gets the latents of its trajectory (teacher forced), so that
a step's error is its own. The table is logged: `pytest tests/gpu/speed/test_speed_error.py --log-cli-level=INFO`.
Random weights: nothing about how a clip looks.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import torch
from ltx_core.model.transformer import Modality
from torch import Tensor

from gpu.speed import block as block_module
from gpu.speed.block import BlockWeights
from gpu.speed.layers import Layer, Rows, linear, widened
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import Asked, QuickTransformer, Switches, Watched, narrowed
from tests.gpu.speed.evaluations import asked, in_other_words
from tests.gpu.speed.full_width import Velocities, error, loud_model, products_in_float32, trajectory, velocities

log = logging.getLogger(__name__)

BLOCKS = 1
SIGMAS = (0.975, 0.725, 0.421875)
"""Three of the distilled schedule: early, middle, late."""
PLAIN, ATTENTION, LAYERS, BOTH = (
    Switches(),
    Switches(eight_bit_attention=True),
    Switches(eight_bit_layers=True),
    Switches(eight_bit_layers=True, eight_bit_attention=True),
)
NO_MORE_THAN = {"8-bit attention": 4.5, "8-bit layers": 7.7, "both": 8.2}
"""Times the error of bf16, in either stream at any noise level. Set a quarter above what was seen: 3.6, 6.1, 6.5."""
NO_WORSE_IN_A_PAIR = 1.1
"""Times the error of the same evaluation alone. Reordered sums, and in 8 bits a scale for both halves' values."""
AT_LEAST = 1.3
"""Less would mean that the switch did nothing. The sound hears of 8-bit attention through the picture alone: 1.6."""

Errors = tuple[float, float]
"""Picture, sound: relative L2 of the velocity."""
Steps = Sequence[tuple[Asked, Velocities]]


@pytest.fixture(scope="module")
def errors() -> Generator[dict[str, list[Errors]]]:
    """Of every variant at every noise level; of a planted fault at the middle one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    found: dict[str, list[Errors]] = {}
    with torch.inference_mode():
        base = loud_model(BLOCKS)
        steps = trajectory(base, asked(base.velocity_model, tokens=64, sounds=16, words=16), SIGMAS)
        middle = steps[1:2]
        with products_in_float32():
            found["stock"] = [_error(velocities(base, base, clip), exact) for clip, exact in steps[:1]]
        found["bf16"] = _errors(base, steps, PLAIN)
        found["8-bit attention"] = _errors(base, steps, ATTENTION)
        found["bf16 in a pair"] = _errors_in_a_pair(base, steps, PLAIN)
        found["8-bit attention in a pair"] = _errors_in_a_pair(base, steps, ATTENTION)
        for name, factor in WRONG_STEPS.items():
            with _instead("turned_in_eight_bits", partial(_turned_with_another_step, factor)):
                found[name] = _errors(base, middle, ATTENTION)
        blocks = narrowed(base, {"plain": None}, torch.device("cpu"))["plain"]
        with _instead("linear", _widening_once()):
            found["8-bit layers"] = _errors(base, steps, LAYERS, blocks)
            found["both"] = _errors(base, steps, BOTH, blocks)
            found["both in a pair"] = _errors_in_a_pair(base, steps, BOTH, blocks)
            found["one scale for a tensor"] = _errors(base, middle, LAYERS, [_blurred(each) for each in blocks])
            with _instead("modulated_in_rows", _modulated_on_the_neighbour_s_scale):
                found["a neighbour's scale"] = _errors(base, middle, LAYERS, blocks)
    for name in ("bf16", *NO_MORE_THAN):
        for sigma, each, floor in zip(SIGMAS, found[name], found["bf16"], strict=True):
            times = each[0] / floor[0], each[1] / floor[1]
            # Switch, noise level, picture, sound, and the two as multiples of bf16's.
            log.info("| %s | %s | %.4f | %.4f | %.1f | %.1f |", name, sigma, *each, *times)
    yield found
    torch.set_num_threads(threads)


def _errors(base: Any, steps: Steps, switches: Switches, blocks: list[BlockWeights] | None = None) -> list[Errors]:
    ours = QuickTransformer(base, switches=switches, watched=Watched(), repeated=Repeated(), blocks=blocks)
    with products_in_float32():  # for one variant: what it widens is gone before the next
        return [_error(velocities(base, ours, clip), exact) for clip, exact in steps]


def _errors_in_a_pair(
    base: Any, steps: Steps, switches: Switches, blocks: list[BlockWeights] | None = None
) -> list[Errors]:
    """Of each evaluation beside one of other words."""
    switches = dataclasses.replace(switches, paired_up_to=64)
    ours = QuickTransformer(base, switches=switches, watched=Watched(), repeated=Repeated(), blocks=blocks)

    def both(video: Modality, audio: Modality, _: None) -> object:
        return ours.together([(video, audio), in_other_words((video, audio))])

    found: list[Errors] = []
    with products_in_float32():
        for clip, exact in steps:
            seen = velocities(base, both, clip)
            assert seen.picture.shape[1] == 2 * exact.picture.shape[1]
            found.append(_error(Velocities(*(each.chunk(2, dim=1)[0] for each in seen)), exact))
    return found


def _error(seen: Velocities, exact: Velocities) -> Errors:
    return error(seen.picture, exact.picture), error(seen.sound, exact.sound)


@contextmanager
def _instead(name: str, other: Callable[..., Any]) -> Generator[None]:
    """The block computes with `other` in place of one of its parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block_module, name, other)
        yield


def _widening_once() -> Callable[[Tensor | Rows, Layer], Tensor]:
    """`linear` as it runs without a card, but a weight once widened is remembered: half of all the time otherwise."""
    kept: dict[int, tuple[Layer, Layer]] = {}

    def remembering(x: Tensor | Rows, layer: Layer) -> Tensor:
        if layer.scale is None:
            return linear(x, layer)
        key = id(layer.scale)
        if key not in kept:
            kept[key] = layer, Layer((layer.weight.float() * layer.scale).to(torch.bfloat16), layer.bias)
        return linear(widened(x, torch.bfloat16) if isinstance(x, Rows) else x, kept[key][1])

    return remembering


# Faults, planted to see that the limits would show them.

WRONG_STEPS = {"large values cut off": 1 / 64, "small values lost": 512.0}
"""Queries and keys on a scale so many times the right one."""
_turned = block_module.turned_in_eight_bits
_modulated = block_module.modulated_in_rows


def _turned_with_another_step(factor: float, x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, eps: float) -> Rows:
    rows = _turned(x, weight, cos, sin, eps)
    values = (rows.values.float() / factor).clamp(-448, 448).to(torch.float8_e4m3fn)
    return Rows(values, rows.scale * factor)


def _modulated_on_the_neighbour_s_scale(x: Tensor, table: Tensor, index: Tensor, eps: float) -> Rows:
    rows = _modulated(x, table, index, eps)
    return rows._replace(scale=rows.scale.roll(1, 0))


def _blurred(weights: BlockWeights) -> BlockWeights:
    """The layers out of self-attention lose their rows' scales to one for the tensor."""
    out = weights.picture.own.out
    assert out.scale is not None
    own = weights.picture.own._replace(out=out._replace(scale=out.scale.mean().expand_as(out.scale)))
    return weights._replace(picture=weights.picture._replace(own=own))


def test_bf16_has_the_stock_model_s_error_and_it_is_small(errors: dict[str, list[Errors]]) -> None:
    assert errors["bf16"][:1] == errors["stock"]
    assert all(0.001 < each < 0.02 for pair in errors["bf16"] for each in pair)


@pytest.mark.parametrize("name", NO_MORE_THAN)
def test_a_switch_costs_a_known_multiple_of_what_bf16_costs(errors: dict[str, list[Errors]], name: str) -> None:
    for pair, floor in zip(errors[name], errors["bf16"], strict=True):
        for mine, least in zip(pair, floor, strict=True):
            assert AT_LEAST < mine / least < NO_MORE_THAN[name]


@pytest.mark.parametrize("name", ["bf16", "8-bit attention", "both"])
def test_an_evaluation_in_a_pair_is_as_near_as_alone(errors: dict[str, list[Errors]], name: str) -> None:
    for paired, alone in zip(errors[f"{name} in a pair"], errors[name], strict=True):
        log.info("%s: %.4f %.4f in a pair, %.4f %.4f alone", name, *paired, *alone)
        assert all(mine < NO_WORSE_IN_A_PAIR * least for mine, least in zip(paired, alone, strict=True))


def test_two_roundings_add_up_like_strangers(errors: dict[str, list[Errors]]) -> None:
    for both, *parts in zip(*(errors[name] for name in ("both", "8-bit layers", "8-bit attention")), strict=True):
        assert both[0] < 1.15 * sum(part[0] ** 2 for part in parts) ** 0.5


@pytest.mark.parametrize(
    ("fault", "switch"),
    [
        *((fault, "8-bit attention") for fault in WRONG_STEPS),
        ("one scale for a tensor", "8-bit layers"),
        ("a neighbour's scale", "8-bit layers"),
    ],
)
def test_a_fault_breaks_the_limit(errors: dict[str, list[Errors]], fault: str, switch: str) -> None:
    log.info("%s: %.3f, without it %.3f", fault, errors[fault][0][0], errors[switch][1][0])
    assert errors[fault][0][0] / errors["bf16"][1][0] > NO_MORE_THAN[switch]
