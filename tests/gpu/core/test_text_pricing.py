"""The price of a text before it is written: on the usual clip's card, for the longest answer, with a start apart."""

import pytest

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import TextEstimate
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import GPUS
from gpu.core.memory import holds_writing, plan_for, resident_bytes
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import attempt_cost, estimate
from gpu.core.prompt_help import MOST_TOKENS, TINY_MOST_TOKENS, most_tokens, writing_seconds
from gpu.core.text_pricing import text_estimate, text_seconds

MODELS = ("ltx-2-19b", "ltx-2.3-22b")


@pytest.fixture(params=MODELS)
def models(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_runs_where_the_usual_clip_runs(models: str) -> None:
    usual = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER, models)
    text = text_estimate(models)
    assert (text.gpu, text.cold_start_micro_won) == (usual.gpu, usual.cold_start_micro_won)
    assert "text_encoder" in plan_for(GPUS[text.gpu], CHECKPOINTS[models]).resident


def test_reserved_is_the_longest_text_and_a_start(models: str) -> None:
    text = text_estimate(models)
    longest = text_seconds(GPUS[text.gpu], CHECKPOINTS[models])
    assert text.micro_won == pytest.approx(
        attempt_cost(text.gpu, longest, 0.0).micro_won, abs=2_000
    )  # half a millisecond
    assert text.high_micro_won == text.micro_won + text.cold_start_micro_won
    assert text.gpu_seconds == round(longest, 1)
    assert TextEstimate.model_validate(text.model_dump()) == text


def test_a_text_costs_less_than_the_clip_that_is_made_with_it(models: str) -> None:
    clip = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER, models)
    assert text_estimate(models).micro_won < clip.micro_won


def test_the_larger_card_is_larger_and_holds_it(models: str) -> None:
    text = text_estimate(models)
    assert text.larger_gpu is not None
    larger = GPUS[text.larger_gpu]
    assert larger.usable_bytes > GPUS[text.gpu].usable_bytes
    assert holds_writing(larger, CHECKPOINTS[models])


def test_a_card_holds_it_beside_its_models_or_not_at_all(models: str) -> None:
    checkpoint = CHECKPOINTS[models]
    for gpu in GPUS.values():
        if holds_writing(gpu, checkpoint):
            assert resident_bytes(checkpoint, plan_for(gpu, checkpoint)) < gpu.usable_bytes
    assert not holds_writing(GPUS["L4"], checkpoint)


def test_a_text_is_as_long_as_its_tokens() -> None:
    assert writing_seconds(200) - writing_seconds(100) == pytest.approx(writing_seconds(300) - writing_seconds(200))
    assert (most_tokens("full"), most_tokens("tiny")) == (MOST_TOKENS, TINY_MOST_TOKENS)
