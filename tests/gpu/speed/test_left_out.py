"""Evaluations that leave something out, for STG and modality guidance: the stock model's, alone and four at once."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import dataclasses

import pytest
from ltx_core.guidance.perturbations import (
    BatchedPerturbationConfig,
    Perturbation,
    PerturbationConfig,
    PerturbationType,
)

from gpu.speed.transformer import WHOLE, Asked, LeftOut, Switches, Watched, narrowed
from tests.gpu.speed.evaluations import APART, LEFT_OUT, STILL, asked, at, in_other_words
from tests.gpu.speed.tiny_transformer import BF16_STEP, CPU, PAIRED, Tiny, far, in_float32, louder, quick, same, stock


def perturbed(left_out: LeftOut) -> BatchedPerturbationConfig | None:
    """The same in LTX's words."""
    skipped = [
        Perturbation(PerturbationType.SKIP_VIDEO_SELF_ATTN, list(left_out.picture_blocks)),
        Perturbation(PerturbationType.SKIP_AUDIO_SELF_ATTN, list(left_out.sound_blocks)),
    ]
    if left_out.between:
        skipped += [
            Perturbation(kind, None)
            for kind in (PerturbationType.SKIP_A2V_CROSS_ATTN, PerturbationType.SKIP_V2A_CROSS_ATTN)
        ]
    return None if left_out == WHOLE else BatchedPerturbationConfig([PerturbationConfig(skipped)])


@pytest.mark.parametrize("left_out", [STILL, APART, LeftOut((0,)), LeftOut((), (0, 1)), LeftOut((0, 1), (1,), True)])
def test_an_evaluation_that_leaves_something_out_has_the_stock_model_s_bits(tiny: Tiny, left_out: LeftOut) -> None:
    clip = asked(tiny.model)
    found = quick(tiny.plain).together([clip], [left_out])[0]
    assert same(found, tiny.plain(*clip, perturbations=perturbed(left_out)))
    assert not same(found, stock(tiny.plain, clip))


@pytest.mark.parametrize(("tokens", "forwards"), [(50, 1), (60, 2), (101, 4)])
def test_four_evaluations_of_a_step_are_the_stock_model_s(tiny: Tiny, tokens: int, forwards: int) -> None:
    exact = copy.deepcopy(tiny.plain).float()
    wished = in_float32(asked(tiny.model, tokens=tokens))
    refused = in_other_words(wished)
    blocks: list[str] = []
    ours = quick(exact, switches=PAIRED, watched=Watched(block=lambda: blocks.append("block")))
    for sigma in (0.9, 0.2):
        step = [at(refused if place == 1 else wished, sigma) for place in range(4)]
        step = [(step[0][0], step[0][1]), shared(step[1], step[0]), step[0], step[0]]
        found = ours.together(step, LEFT_OUT)
        for each, clip, left_out in zip(found, step, LEFT_OUT, strict=True):
            assert far(each, exact(*clip, perturbations=perturbed(left_out))) < 1e-5
        assert all(far(each, found[0]) > 1e-3 for each in found[1:])
    assert len(blocks) == 2 * forwards * len(tiny.model.transformer_blocks)


@pytest.mark.parametrize("layers", [False, True])
def test_four_evaluations_in_eight_bits_are_those_one_by_one(tiny: Tiny, *, layers: bool) -> None:
    base = tiny.ledger.transformer()
    blocks = narrowed(base, {"plain": None}, CPU)["plain"] if layers else None
    clip = asked(tiny.model, tokens=50)
    step = [clip, louder(in_other_words(clip)), clip, clip]
    apart, paired = (
        quick(base, switches=Switches(False, layers, True, tokens), blocks=blocks).together(step, LEFT_OUT)
        for tokens in (0, 100)
    )
    for one, other in zip(apart, paired, strict=True):
        assert far(one, other) < 2 * BF16_STEP  # one scale for the values of four


def shared(clip: Asked, other: Asked) -> Asked:
    """The clip with the other's latents and places, as both evaluations of a step have them."""
    video, audio = (dataclasses.replace(its, context=mine.context) for mine, its in zip(clip, other, strict=True))
    return video, audio
