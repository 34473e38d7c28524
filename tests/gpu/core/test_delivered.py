"""Won per delivered clip: an evening priced by hand, exact sums, and presses where they are said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu.core.delivered import (
    BY_PLATFORM,
    EVENING_SECONDS,
    SITUATIONS,
    Presses,
    by_deadline,
    card_named,
    cards_for,
    delivered,
    priced,
    work_of,
)
from gpu.core.evening import PARTS, Evening, Part, Policy, Span, Work, play
from gpu.core.geometry import geometry
from gpu.core.hardware import GPUS, MAX_CONTAINERS, SCALEDOWN_SECONDS
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import COLD_START_SECONDS, NoCardError, container_cost, estimate

PRESET = PRESETS[DEFAULT_PRESET]
SHAPE = geometry("9:16", "704p", 8)
OFFERED = card_named(PRESET, SHAPE, None)


def test_by_hand_won_of_an_evening_on_an_h200() -> None:
    """Three clips at one press: 60 s of start and 20 s a clip, two cards at most, which stay 60 s.

    A: start 60, clips 20 + 20, idle 60 = 160 s. B: start 60, clip 20, idle 60 = 140 s.
    A second is 0.001261 dollars of card + 4 x 0.0000131 of CPU + 32 x 0.00000222 of memory = 0.00138444 dollars,
    at 1450 won 2.007438 won.
    start 120 s = 240.89256 won, clips 60 s = 120.44628, idle 120 s = 240.89256; together 300 s = 602.2314 won.
    """
    evening = play([0, 0, 0], Work(60_000, 20_000), Policy(2, "each", 60_000))
    assert priced("H200", evening) == {"start": 240_892_560, "clip": 120_446_280, "idle": 240_892_560, "lost": 0}


def test_one_cold_clip_is_a_start_a_clip_and_the_idle_time_that_the_policy_leaves() -> None:
    second = container_cost("H200", 1.0)
    quoted = estimate(PRESET, "9:16", 8, "704p")
    for policy, idle_seconds in ((BY_PLATFORM, SCALEDOWN_SECONDS), (by_deadline(), by_deadline().idle_ms / 1000)):
        row = delivered(OFFERED, Presses(1), policy)
        assert row.micro_won["start"] == quoted.cold_start_micro_won
        assert row.micro_won["clip"] == pytest.approx(quoted.micro_won, abs=second / 500)
        assert row.micro_won["idle"] == pytest.approx(second * idle_seconds, abs=2)
        assert row.micro_won_per_clip == row.total_micro_won == sum(row.micro_won.values())


def test_a_card_takes_the_times_that_its_price_is_made_of() -> None:
    work = work_of(OFFERED)
    assert work.start_ms == COLD_START_SECONDS * 1000
    assert work.clip_ms == pytest.approx(OFFERED.gpu_seconds * 1000, abs=1)


@pytest.mark.parametrize("presses", SITUATIONS, ids=lambda presses: presses.words)
@pytest.mark.parametrize("warm_cards", [0, 1])
def test_one_card_with_an_idle_time_that_follows_the_work_is_never_dearer(presses: Presses, warm_cards: int) -> None:
    today = delivered(OFFERED, presses, BY_PLATFORM, warm_cards=warm_cards)
    planned = delivered(OFFERED, presses, by_deadline(), warm_cards=warm_cards)
    assert planned.total_micro_won < today.total_micro_won
    assert planned.evening.cards_at_once == 1 <= today.evening.cards_at_once <= MAX_CONTAINERS


def test_a_shorter_deadline_is_met_by_more_cards_or_said_to_be_missed() -> None:
    rows = {minutes: delivered(OFFERED, Presses(30), by_deadline(minutes * 60)) for minutes in (60, 6, 1)}
    assert [rows[minutes].evening.cards_at_once for minutes in (60, 6, 1)] == [1, 2, MAX_CONTAINERS]
    assert [rows[minutes].is_late for minutes in (60, 6, 1)] == [False, False, True]
    assert rows[60].total_micro_won < rows[6].total_micro_won < rows[1].total_micro_won
    assert not delivered(OFFERED, Presses(30), BY_PLATFORM).is_late


def test_lost_attempts_are_paid_and_made_again() -> None:
    none, some = (delivered(OFFERED, Presses(30), by_deadline(), lost_every=every) for every in (0, 10))
    assert none.micro_won["lost"] == 0 < some.micro_won["lost"]
    assert some.micro_won["start"] > none.micro_won["start"]
    assert some.clips == none.clips == 30


@pytest.mark.parametrize("presses", SITUATIONS, ids=lambda presses: presses.words)
def test_presses_are_as_many_and_as_far_apart_as_they_say(presses: Presses) -> None:
    moments = presses.moments_ms
    assert len(moments) == presses.clips
    assert list(moments) == sorted(moments) and moments[0] == 0
    assert moments[-1] <= presses.over_seconds * 1000
    assert moments == presses.moments_ms
    if presses.presses:
        assert len(set(moments)) == presses.presses
        assert moments[-1] == presses.over_seconds * 1000


def test_presses_of_thirty_are_of_equal_size() -> None:
    moments = Presses(180, 6, EVENING_SECONDS).moments_ms
    assert [moments.count(moment) for moment in sorted(set(moments))] == [30] * 6


@pytest.mark.parametrize("wrong", [(0, 1, 0), (1, 2, 0), (1, -1, 0), (1, 1, -1)])
def test_presses_that_cannot_be_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="presses"):
        Presses(*wrong)


def test_a_card_is_taken_by_its_name_if_it_holds_the_clip() -> None:
    assert OFFERED.gpu.name == estimate(PRESET, "9:16", 8, "704p").gpu
    assert [card_named(PRESET, SHAPE, row.gpu.name) for row in cards_for(PRESET, SHAPE)] == cards_for(PRESET, SHAPE)
    with pytest.raises(NoCardError):
        card_named(PRESET, SHAPE, "A10G")


PIECES = st.lists(st.tuples(st.sampled_from(PARTS), st.integers(1, 10_000_000)), max_size=20)


@given(st.sampled_from(list(GPUS)), PIECES)
def test_parts_are_together_the_price_of_all_seconds(gpu: str, pieces: list[tuple[Part, int]]) -> None:
    spans: list[Span] = []
    for part, lasts in pieces:
        begin = spans[-1].end_ms if spans else 0
        spans.append(Span(part, begin, begin + lasts))
    parts = priced(gpu, Evening((tuple(spans),), (), ()))
    assert sum(parts.values()) == container_cost(gpu, sum(span.ms for span in spans) / 1000)
    assert all(isinstance(won, int) and won >= 0 for won in parts.values())
