"""The quick transformer gives the stock one's bits, from caches that belong to the clip, through one compiled graph."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import dataclasses
import logging
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, NoReturn

import pytest
import torch
from torch._dynamo.utils import counters

from gpu.speed import transformer as quick_module
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import Asked, Switches, Watched, narrowed
from tests.gpu.speed.evaluations import LEFT_OUT, asked, at, in_other_words, with_keyframe, with_mask
from tests.gpu.speed.tiny_transformer import BF16_STEP, CPU, PAIRED, Tiny, far, in_float32, louder, quick, same, stock


@pytest.mark.parametrize(
    "held",
    [(), ((12, 0.15),), ((12, 0.15), (8, 0.5), (4, 0.0)), ((6, 0.0), (6, 0.1), (6, 0.2), (6, 0.3), (6, 0.4))],
    ids=["one timestep", "a first picture", "three pictures", "more pictures than the table has rows"],
)
def test_one_evaluation_has_the_stock_model_s_bits(tiny: Tiny, held: tuple[tuple[int, float], ...]) -> None:
    clip = asked(tiny.model, held=held)
    assert same(quick(tiny.plain)(*clip), stock(tiny.plain, clip))


@pytest.mark.parametrize("change", [with_keyframe, with_mask, lambda clip: with_mask(with_keyframe(clip))])
def test_appended_tokens_and_masks_have_the_stock_model_s_bits(tiny: Tiny, change: Callable[[Asked], Asked]) -> None:
    clip = asked(tiny.model)
    changed = change(clip)
    expected = stock(tiny.plain, changed)
    assert same(quick(tiny.plain)(*changed), expected)
    assert not torch.equal(expected[0][:, :60], stock(tiny.plain, clip)[0])  # the change counts for something


def test_steps_of_guided_clips_one_after_another_never_see_each_other_s_caches(tiny: Tiny) -> None:
    ours = quick(tiny.plain)
    clips = [asked(tiny.model), asked(tiny.model, tokens=90, sounds=17, seed=2), asked(tiny.model, seed=3)]
    for clip in clips:
        halves = clip, in_other_words(clip)
        for sigma in (0.9, 0.5, 0.2):
            for half in halves:
                assert same(ours(*at(half, sigma)), stock(tiny.plain, at(half, sigma)))
    assert not same(ours(*clips[0]), ours(*in_other_words(clips[0])))


@pytest.mark.parametrize(("switches", "contexts"), [(Switches(), 4), (PAIRED, 2)], ids=["apart", "in pairs"])
def test_what_repeats_is_computed_once_a_clip(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, switches: Switches, contexts: int
) -> None:
    made: list[str] = []
    simple = type(tiny.model.video_args_preprocessor.simple_preprocessor)
    for name in ("_prepare_positional_embeddings", "_prepare_context"):
        own = getattr(simple, name)

        def counted(self: Any, *args: Any, _own: Any = own, _name: str = name, **kwargs: Any) -> Any:
            made.append(_name)
            return _own(self, *args, **kwargs)

        monkeypatch.setattr(simple, name, counted)
    ours, clip = quick(tiny.plain, switches=switches), asked(tiny.model)
    wished, refused = clip, in_other_words(clip)
    for sigma in (0.9, 0.5, 0.2):
        ours.together([at(wished, sigma), at(refused, sigma)])
    assert made.count("_prepare_positional_embeddings") == 4  # both streams, whole and between
    assert made.count("_prepare_context") == contexts  # both streams, both prompts one by one or together


def test_after_the_first_evaluation_of_a_clip_nothing_asks_what_its_timesteps_are(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a card the answer to such a question comes when all work handed over is done, and the card is idle then."""
    ours, clip = quick(tiny.plain, switches=PAIRED), asked(tiny.model)
    wished, refused = clip, in_other_words(clip)
    ours.together([at(wished, 0.9), at(refused, 0.9)])
    ours(*at(wished, 0.9))

    def asking(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the host waits")

    for question in ("item", "tolist", "unique", "nonzero", "__bool__", "__int__", "__float__"):
        monkeypatch.setattr(torch.Tensor, question, asking)
    monkeypatch.setattr(torch, "unique", asking)
    for half in (wished, refused):
        ours(*at(half, 0.5))
    ours.together([at(wished, 0.5), at(refused, 0.5)])


def test_a_worn_lora_has_the_bits_of_one_that_ltx_fused(tiny: Tiny) -> None:
    clip = asked(tiny.model)
    plain = stock(tiny.plain, clip)
    for chosen in (
        tiny.loras((tiny.files.distilled_lora, 0.6)),
        tiny.loras((tiny.files.distilled_lora, 0.6), (tiny.files.ic_lora, 1.0)),
    ):
        fused = stock(tiny.ledger.with_loras(chosen).transformer(), clip)
        assert same(quick(tiny.plain, merge=tiny.merge(chosen))(*clip), fused)
        assert far(fused, plain) > 0.01
    assert same(stock(tiny.plain, clip), plain)


def test_transformers_that_share_a_cache_take_turns_without_a_trace(tiny: Tiny) -> None:
    chosen = tiny.loras((tiny.files.distilled_lora, 0.6))
    fused = tiny.ledger.with_loras(chosen).transformer()
    shared = Repeated()
    first, refined = quick(tiny.plain, shared), quick(tiny.plain, shared, merge=tiny.merge(chosen))
    clip = asked(tiny.model)
    for _ in range(2):
        assert same(first(*clip), stock(tiny.plain, clip))
        assert same(refined(*clip), stock(fused, clip))


def test_every_block_and_evaluation_is_announced(tiny: Tiny) -> None:
    seen: list[str] = []
    watched = Watched(lambda: seen.append("evaluation"), lambda: seen.append("block"))
    quick(tiny.plain, watched=watched)(*asked(tiny.model))
    assert seen == ["evaluation", *["block"] * len(tiny.model.transformer_blocks)]


def forwards(tiny: Tiny, switches: Switches, wished: Asked, refused: Asked) -> int:
    """How many times a guided step of this clip goes through the blocks."""
    seen: list[str] = []
    watched = Watched(lambda: seen.append("evaluation"), lambda: seen.append("block"))
    quick(tiny.plain, switches=switches, watched=watched).together([wished, refused])
    assert seen.count("evaluation") == 2
    return seen.count("block") // len(tiny.model.transformer_blocks)


def test_a_pair_is_one_forward_announced_as_two_evaluations(tiny: Tiny) -> None:
    for clip in (asked(tiny.model), with_keyframe(asked(tiny.model))):
        assert forwards(tiny, PAIRED, clip, in_other_words(clip)) == 1


@pytest.mark.parametrize("why", ["off", "too many tokens", "a mask", "another latent", "prompts of two lengths"])
def test_what_cannot_lie_side_by_side_is_evaluated_one_after_the_other(tiny: Tiny, why: str) -> None:
    wished = asked(tiny.model, tokens=101 if why == "too many tokens" else 60)
    wished = with_mask(wished) if why == "a mask" else wished
    refused = in_other_words(wished)
    if why == "another latent":
        refused = refused[0], dataclasses.replace(refused[1], latent=refused[1].latent.clone())
    if why == "prompts of two lengths":
        refused = dataclasses.replace(refused[0], context=refused[0].context[:, :20]), refused[1]
    switches = Switches() if why == "off" else PAIRED
    assert forwards(tiny, switches, wished, refused) == 2
    found = quick(tiny.plain, switches=switches).together([wished, refused])
    assert all(same(ours, stock(tiny.plain, half)) for ours, half in zip(found, (wished, refused), strict=True))


@pytest.mark.parametrize("held", [((12, 0.15),), ((6, 0.0), (6, 0.1), (6, 0.2), (6, 0.3), (6, 0.4))])
def test_a_pair_is_the_stock_model_s_two_evaluations(tiny: Tiny, held: tuple[tuple[int, float], ...]) -> None:
    """In float32, so that what is left is the order of sums."""
    exact = copy.deepcopy(tiny.plain).float()
    wished = in_float32(asked(tiny.model, held=held))
    refused = in_other_words(wished)
    ours = quick(exact, switches=PAIRED)
    for sigma in (0.9, 0.2):
        halves = at(wished, sigma), at(refused, sigma)
        for found, half in zip(ours.together(halves), halves, strict=True):
            assert far(found, stock(exact, half)) < 1e-5
        assert far(*ours.together(halves)) > 0.01  # the words count for something


def test_neither_half_of_a_pair_sees_the_other_s_words(tiny: Tiny) -> None:
    ours, clip = quick(tiny.plain, switches=PAIRED), asked(tiny.model)
    one, other = (ours.together([clip, in_other_words(clip, seed=seed)]) for seed in (5, 6))
    assert same(one[0], other[0])
    assert not same(one[1], other[1])
    for half, alone in zip(one, (clip, in_other_words(clip, seed=5)), strict=True):
        assert far(half, stock(tiny.plain, alone)) < BF16_STEP


@pytest.mark.parametrize("layers", [False, True])
def test_a_pair_in_eight_bits_is_the_two_evaluations(tiny: Tiny, *, layers: bool) -> None:
    """But for rounding: values share one scale in a pair, so that the smaller half is rounded a little differently. The
    words are loud, so that the halves differ by a half after the first block and a look at the wrong one would show."""
    base = tiny.ledger.transformer()
    blocks = narrowed(base, {"plain": None}, CPU)["plain"] if layers else None
    clip = asked(tiny.model)
    halves = clip, louder(in_other_words(clip))
    apart, paired = (
        quick(base, switches=Switches(False, layers, True, tokens), blocks=blocks).together(halves)
        for tokens in (0, 100)
    )
    for one, other in zip(apart, paired, strict=True):
        assert far(one, other) < BF16_STEP


def test_a_pair_wears_a_lora(tiny: Tiny) -> None:
    chosen = tiny.loras((tiny.files.distilled_lora, 0.6))
    fused = tiny.ledger.with_loras(chosen).transformer()
    clip = asked(tiny.model)
    halves = clip, in_other_words(clip)
    found = quick(tiny.plain, merge=tiny.merge(chosen), switches=PAIRED).together(halves)
    for ours, half in zip(found, halves, strict=True):
        assert far(ours, stock(fused, half)) < BF16_STEP


def test_no_more_than_two_prompts_are_kept(tiny: Tiny) -> None:
    repeated = Repeated()
    ours, clip = quick(tiny.plain, repeated, switches=PAIRED), asked(tiny.model)
    halves = clip, in_other_words(clip)
    for _ in range(2):
        for asking in (lambda: ours.together(halves), lambda: ours(*clip)):  # as where guidance stops early
            asking()
            assert sum(len(sources) for sources, _ in repeated.texts.values()) <= 2
    assert far(ours(*clip), stock(tiny.plain, clip)) < BF16_STEP


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[], int]]:
    """Compiles as on a card, but leaves each operation to torch's own kernels; says how many graphs there are."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    monkeypatch.setattr(logging.getLogger("torch.__trace"), "disabled", True)  # pytest would collect every graph's text
    torch._dynamo.reset()
    counters.clear()
    quick_module._compiled.cache_clear()
    yield lambda: counters["stats"]["unique_graphs"]
    quick_module._compiled.cache_clear()
    torch._dynamo.reset()


SIZES = ((60, 11, 1), (90, 17, 2), (123, 7, 1), (61, 30, 3))
"""Picture tokens, sound tokens, pictures held in place."""


@pytest.mark.parametrize(
    ("tiny", "switches"),
    [("19b", PAIRED), ("19b", Switches(False, True, True, 100)), ("22b", Switches(False, True, True, 100))],
    indirect=["tiny"],
)
@pytest.mark.parametrize("first", ["a pair", "an evaluation"])
def test_one_graph_serves_every_block_size_prompt_lora_and_pair(
    tiny: Tiny, traced: Callable[[], int], switches: Switches, first: str
) -> None:
    merges = {"plain": None, "refined": tiny.merge(tiny.loras((tiny.files.distilled_lora, 0.6)))}
    blocks: dict[Any, Any] = dict.fromkeys(merges)
    base = tiny.plain
    if switches.eight_bit_layers:
        base = tiny.ledger.transformer()
        blocks = narrowed(base, merges, CPU)
    for key, merge in merges.items():
        settings: dict[str, Any] = {"merge": merge, "blocks": blocks[key]}
        eager = quick(base, switches=switches, **settings)
        compiled = quick(base, switches=dataclasses.replace(switches, compiled=True), **settings)
        for tokens, sounds, pictures in SIZES:
            clip = asked(tiny.model, tokens=tokens, sounds=sounds, held=[(5, 0.1 * each) for each in range(pictures)])
            halves = clip, in_other_words(clip)
            for pair in (True, False) if first == "a pair" else (False, True):
                found, known = (
                    each.together(halves) if pair else [each(*half) for half in halves] for each in (compiled, eager)
                )
                assert all(far(*each) < 0.005 for each in zip(found, known, strict=True))
            found, known = (each.together([*halves, clip, clip], LEFT_OUT) for each in (compiled, eager))
            assert all(far(*each) < 0.005 for each in zip(found, known, strict=True))
    assert traced() == 1
