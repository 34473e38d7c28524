"""The rows of cards: no speed above what the datasheet allows, none offered that nobody measured, a price for each."""

import re
from decimal import Decimal

import pytest

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.geometry import Tier, geometry
from gpu.core.hardware import (
    CPU_USD_PER_CORE_SECOND,
    DATASHEETS,
    FX,
    GIB,
    GPUS,
    MEMORY_USD_PER_GIB_SECOND,
    MODAL_PRICES,
    WON_PER_USD,
    Gpu,
    fastest,
)
from gpu.core.memory import best_fit, plan_for
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.price_list import CORE, DOLLAR, MEMORY, PRICE_LIST
from gpu.core.pricing import all_estimates

REAL = CHECKPOINTS[PRODUCTION_CHECKPOINT]


@pytest.mark.parametrize("gpu", GPUS.values(), ids=lambda gpu: gpu.name)
def test_no_card_is_taken_to_be_quicker_than_its_peaks_allow(gpu: Gpu) -> None:
    card, known = DATASHEETS[gpu.name], DATASHEETS["H200"]
    shares = (card.bf16_tflops / known.bf16_tflops, card.gb_per_second / known.gb_per_second)
    assert min(shares) <= fastest(gpu.name) <= max(shares)
    assert gpu.relative_speed <= fastest(gpu.name)


def test_a_b200_is_no_more_than_2_28_h200s() -> None:
    assert fastest("B200") < 2_250 / 989 < 2.28
    assert GPUS["B200"].relative_speed < 2.28


def test_what_was_measured_on_an_h100_is_what_the_peaks_foretell() -> None:
    assert GPUS["H100"].speed.basis == "measured"
    assert GPUS["H100"].relative_speed == pytest.approx(fastest("H100"), rel=0.02)


def test_no_card_is_offered_whose_speed_is_only_derived() -> None:
    derived = {gpu.name for gpu in GPUS.values() if gpu.speed.basis != "measured"}
    assert {"RTX-PRO-6000", "B200", "B300"} <= derived
    assert not derived & {row.gpu for row in all_estimates()}


@pytest.mark.parametrize(
    ("card", "fitting"),
    [("RTX-PRO-6000", ["704p"]), ("H100", ["704p", "1088p"]), ("B200", ["704p", "1088p"]), ("B300", ["704p", "1088p"])],
)
def test_a_card_holds_the_default_clip_at_these_sizes(card: str, fitting: list[Tier]) -> None:
    """An RTX PRO 6000 keeps the plan that is quickest at 704p, which leaves no room for a 1088p clip."""
    preset = PRESETS[DEFAULT_PRESET]
    assert [tier for tier in preset.tiers if best_fit(preset, geometry("9:16", tier, 10), REAL, GPUS[card])] == fitting
    assert plan_for(GPUS[card], REAL).exact


def test_a_process_has_less_memory_than_the_driver_names() -> None:
    for name, named_mib in {"H200": 143_771, "RTX-PRO-6000": 97_887, "B200": 183_359, "B300": 275_040}.items():
        assert 0 < named_mib / 1024 - GPUS[name].usable_bytes / GIB < 1


def test_every_price_is_that_of_the_list() -> None:
    assert set(PRICE_LIST) == {*GPUS, CORE, MEMORY, DOLLAR}
    for gpu in GPUS.values():
        assert round(gpu.usd_per_second * 3600, 9) == PRICE_LIST[gpu.name].amount
    assert round(CPU_USD_PER_CORE_SECOND * 3600, 9) == PRICE_LIST[CORE].amount
    assert round(MEMORY_USD_PER_GIB_SECOND * 3600, 9) == PRICE_LIST[MEMORY].amount
    assert PRICE_LIST[DOLLAR].amount == WON_PER_USD
    assert Decimal(3) < PRICE_LIST["H100"].amount < Decimal(6)


def test_every_fact_about_the_world_is_dated() -> None:
    prices = [row.origin for row in PRICE_LIST.values()]
    for fact in (FX, MODAL_PRICES, *prices, *(gpu.speed for gpu in GPUS.values())):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", fact.as_of)
        assert fact.source
    assert min(fact.as_of for fact in prices if fact != FX) == MODAL_PRICES.as_of
