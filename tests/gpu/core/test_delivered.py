"""Won per delivered clip: an evening priced by hand, exact sums, and presses where they are said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu.core.delivered import (
    BY_PLATFORM,
    CLOSING_SECONDS,
    EVENING_SECONDS,
    HANDOVER_SECONDS,
    PLATFORM_IDLE_SECONDS,
    SITUATIONS,
    Presses,
    by_deadline,
    card_named,
    cards_for,
    chances_of_loss,
    delivered,
    priced,
    work_for,
    work_of,
)
from gpu.core.evening import PARTS, Part, Policy, Work, play
from gpu.core.geometry import geometry
from gpu.core.hardware import GPUS, LOCAL_GPU, MAX_CONTAINERS
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import COLD_START_SECONDS, NoCardError, container_cost, estimate, price

PRESET = PRESETS[DEFAULT_PRESET]
SHAPE = geometry("9:16", "704p", 8)
OFFERED = card_named(PRESET, SHAPE, None)


def test_by_hand_won_of_an_evening_on_an_h200() -> None:
    """Three clips at one press: 60 s of start and 20 s a clip, two cards at most, which stay 60 s.

    A: start 60, clips 20 + 20, idle 60 = 160 s. B: start 60, clip 20, idle 60 = 140 s.
    An hour is 4.54 dollars of card + 4 x 0.0473 of CPU + 32 x 0.008 of memory = 4.9852 dollars, at 1450 won
    7,228.54 won; 60 s are a sixtieth of it, 120.475667 won.
    start 120 s = 240.951333 won, clips 60 s = 120.475667, idle 120 s = 240.951333; together 300 s = 602.378333 won.
    """
    evening = play([0, 0, 0], Work(60_000, 20_000), Policy(2, "each", 60_000))
    spent: dict[Part, float] = {part: evening.ms_of(part) for part in PARTS}
    assert priced("H200", spent) == {"start": 240_951_333, "clip": 120_475_667, "idle": 240_951_333, "lost": 0}


def test_by_hand_won_of_a_day_with_two_presses_and_a_lost_attempt_in_seven() -> None:
    """Three clips at one press, three an hour later; one card, which goes 10 s after the work. One attempt in seven is
    lost in its middle: in a day of six clips the 1st, the 2nd … the 6th, or none, each once in seven days.

    none lost, each press: a start, three clips, 10 idle seconds.
    one lost, whichever it is: half a clip is lost with its card; one start more, for what is left. No idle second less:
    the lost card was at work, and each press still ends with one card that has nothing to do.

    on average: starts 2 + 6/7, clips 6, idle 20 s, lost 6/7 of half a clip.
    An hour of an H100 is 3.95 + 4 x 0.0473 + 32 x 0.008 = 4.3952 dollars, at 1450 won 6,373.04 won; a second 1.770289.
    """
    card, policy = card_named(PRESET, SHAPE, "H100"), Policy(4, "deadline", 10_000, follows=True)
    work = work_of(card)
    day = delivered(card, Presses(6, 2, 3600), policy, lost_every=7)
    seconds: dict[Part, float] = {
        "start": (2 + 6 / 7) * work.start_ms / 1000,
        "clip": 6 * work.clip_ms / 1000,
        "idle": 20,
        "lost": 6 / 7 * work.clip_ms / 2000,
    }
    for part, spent in seconds.items():
        assert day.micro_won[part] == pytest.approx(spent * 1_770_289, abs=5_000), part
    assert day.micro_won_per_clip == pytest.approx(sum(seconds.values()) * 1_770_289 / 6, abs=5_000)
    assert day.evening.cards_at_once == 1


def test_one_cold_clip_is_a_start_a_clip_and_the_idle_time_that_the_policy_leaves() -> None:
    second = container_cost(OFFERED.gpu.name, 1.0)
    quoted = estimate(PRESET, "9:16", 8, "704p")
    for policy, idle_seconds in ((BY_PLATFORM, PLATFORM_IDLE_SECONDS), (by_deadline(), CLOSING_SECONDS)):
        row = delivered(OFFERED, Presses(1), policy, lost_every=0)
        assert row.micro_won["start"] == quoted.cold_start_micro_won
        with_handover = quoted.micro_won + HANDOVER_SECONDS * second
        assert row.micro_won["clip"] == pytest.approx(with_handover, abs=second / 500)
        assert row.micro_won["idle"] == pytest.approx(container_cost(OFFERED.gpu.name, idle_seconds), abs=2)
        assert row.micro_won_per_clip == row.total_micro_won == sum(row.micro_won.values())


def test_a_card_takes_the_times_that_its_price_is_made_of() -> None:
    work = work_of(OFFERED)
    assert work.start_ms == COLD_START_SECONDS * 1000
    assert work.clip_ms == pytest.approx((OFFERED.gpu_seconds + HANDOVER_SECONDS) * 1000, abs=1)
    assert work == work_for(estimate(PRESET, "9:16", 8, "704p"))


@pytest.mark.parametrize("presses", SITUATIONS, ids=str)
@pytest.mark.parametrize("warm_cards", [0, 1])
def test_one_card_with_an_idle_time_that_follows_the_work_is_never_dearer(presses: Presses, warm_cards: int) -> None:
    today = delivered(OFFERED, presses, BY_PLATFORM, warm_cards=warm_cards)
    decided = delivered(OFFERED, presses, by_deadline(), warm_cards=warm_cards)
    assert decided.total_micro_won < today.total_micro_won
    assert decided.evening.cards_at_once == 1 <= today.evening.cards_at_once <= MAX_CONTAINERS


@pytest.mark.parametrize(("clips", "most_won"), [(1, 110), (30, 44), (180, 40)])
def test_a_delivered_clip_costs_no_more_than_it_may(clips: int, most_won: int) -> None:
    """From cold cards, at one press, everything counted."""
    row = delivered(OFFERED, Presses(clips), by_deadline())
    assert row.micro_won_per_clip <= most_won * 1_000_000


def test_a_shorter_deadline_is_met_by_more_cards_or_said_to_be_missed() -> None:
    rows = {minutes: delivered(OFFERED, Presses(30), by_deadline(minutes * 60)) for minutes in (60, 7, 1)}
    assert [rows[minutes].evening.cards_at_once for minutes in (60, 7, 1)] == [1, 2, MAX_CONTAINERS]
    assert [rows[minutes].is_late for minutes in (60, 7, 1)] == [False, False, True]
    assert rows[60].total_micro_won < rows[7].total_micro_won < rows[1].total_micro_won
    assert not delivered(OFFERED, Presses(30), BY_PLATFORM).is_late


def test_by_hand_one_clip_in_ten_is_lost() -> None:
    """In nine evenings of ten a cold clip is a start, the clip, the idle time. In the tenth half a clip is lost, and
    another card starts: on average a tenth of a start and a twentieth of a clip more."""
    none, some = (delivered(OFFERED, Presses(1), BY_PLATFORM, lost_every=every) for every in (0, 10))
    assert some.micro_won["start"] == pytest.approx(none.micro_won["start"] * 1.1, abs=3_000)
    assert some.micro_won["lost"] == pytest.approx(none.micro_won["clip"] / 20, abs=3_000)
    assert some.micro_won["clip"] == pytest.approx(none.micro_won["clip"], abs=3_000)
    assert some.micro_won["idle"] == pytest.approx(none.micro_won["idle"], abs=3_000)
    assert none.micro_won["lost"] == 0


@given(st.integers(1, 400), st.integers(2, 300))
def test_each_place_of_the_first_lost_attempt_is_counted_once(clips: int, lost_every: int) -> None:
    rows = chances_of_loss(clips, lost_every)
    assert sum(chance for _, chance in rows) == lost_every
    assert all(chance > 0 and 1 <= at <= lost_every for at, chance in rows)
    assert len({at for at, _ in rows}) == len(rows)
    assert sum(chance for at, chance in rows if at <= clips) == min(clips, lost_every)


@pytest.mark.parametrize("presses", SITUATIONS, ids=str)
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


@pytest.mark.parametrize("wrong", [(0, 1, 0), (1, 2, 60), (2, -1, 60), (2, 2, 0), (2, 2, -1), (2, 1, 60)])
def test_presses_that_cannot_be_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="presses"):
        Presses(*wrong)


def test_a_card_is_taken_by_its_name_if_it_holds_the_clip() -> None:
    assert OFFERED.gpu.name == estimate(PRESET, "9:16", 8, "704p").gpu
    assert [card_named(PRESET, SHAPE, row.gpu.name) for row in cards_for(PRESET, SHAPE)] == cards_for(PRESET, SHAPE)
    with pytest.raises(NoCardError):
        card_named(PRESET, SHAPE, "A10G")


@pytest.mark.parametrize("gpu", [*GPUS, LOCAL_GPU])
def test_a_container_costs_what_its_attempts_would_and_may_live_for_days(gpu: str) -> None:
    parts = price(gpu, 1_234.567)
    assert container_cost(gpu, 1_234.567) == parts.gpu + parts.cpu + parts.memory
    assert container_cost(gpu, 48 * 3600.0) == pytest.approx(48 * 3600 * container_cost(gpu, 1.0), abs=48 * 3600 * 1.5)


SPENT = st.fixed_dictionaries({part: st.integers(0, 10_000_000) for part in PARTS})


@given(st.sampled_from(list(GPUS)), SPENT)
def test_parts_are_together_the_price_of_all_seconds(gpu: str, spent_ms: dict[Part, int]) -> None:
    parts = priced(gpu, spent_ms)
    assert sum(parts.values()) == container_cost(gpu, sum(spent_ms.values()) / 1000)
    assert all(isinstance(won, int) and won >= 0 for won in parts.values())
    assert [part for part in PARTS if parts[part]] == [part for part in PARTS if spent_ms[part]]
