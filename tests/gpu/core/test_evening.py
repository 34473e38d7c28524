"""Evenings of clips on cards: three worked out by hand, second by second, and what holds for every evening."""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu.core.evening import PARTS, Evening, Policy, Work, play

S = 1000
WORK = Work(start_ms=60 * S, clip_ms=20 * S)


def seconds_of(evening: Evening) -> list[list[tuple[str, float, float]]]:
    return [[(span.part, span.begin_ms / S, span.end_ms / S) for span in card] for card in evening.cards]


def test_by_hand_a_card_for_each_clip_that_waits() -> None:
    """Two cards at most, which stay 60 s. Three clips at 0 s, one at 130 s.

      0  three clips wait: cards A and B start, more are not allowed
     60  both are ready: A takes clip 1, B takes clip 2
     80  both are done: A takes clip 3, B has nothing to do
    100  clip 3 is done, A has nothing to do: it would go at 160
    130  a press: A takes clip 4
    140  B has waited for 60 s and goes
    150  clip 4 is done, A has nothing to do
    210  A has waited for 60 s and goes

    start 60 + 60 = 120, clips 4 x 20 = 80, idle A 30 + 60, B 60 = 150; together A 210 + B 140 = 350.
    """
    evening = play([0, 0, 0, 130 * S], WORK, Policy(most_cards=2, starts="each", idle_ms=60 * S))
    assert seconds_of(evening) == [
        [
            ("start", 0, 60), ("clip", 60, 80), ("clip", 80, 100), ("idle", 100, 130), ("clip", 130, 150),
            ("idle", 150, 210),
        ],
        [("start", 0, 60), ("clip", 60, 80), ("idle", 80, 140)],
    ]  # fmt: skip
    assert [evening.ms_of(part) / S for part in PARTS] == [120, 80, 150, 0]
    assert [done / S for done in evening.done_ms] == [80, 80, 100, 150]
    assert (evening.first_clip_ms / S, evening.longest_wait_ms / S, evening.cards_at_once) == (80, 100, 2)


def test_by_hand_a_second_card_for_a_deadline_and_a_card_that_is_lost() -> None:
    """Four cards at most, a deadline of 150 s, cards go 10 s after the work; each fifth attempt is lost.
    Six clips at 0 s, one at 250 s.

      0  one card would be done at 80, 100, 120, 140, 160, 180: two clips late. Two are done at 80, 80, 100, 100, 120,
         120: none late. So A and B start, and no third
     60  A takes clip 1 (attempt 1), B clip 2 (attempt 2)
     80  A takes clip 3 (attempt 3), B clip 4 (attempt 4)
    100  A takes clip 5 (attempt 5, which will be lost), B clip 6 (attempt 6)
    110  A is lost in the middle of clip 5. B is free at 120 and done with clip 5 at 140: in time, so no card starts
    120  B takes clip 5 (attempt 7)
    140  clip 5 is done. The next press is 110 s away, more than a start takes
    150  B goes
    250  a press finds no card: C starts
    310  C takes clip 7 (attempt 8)
    330  clip 7 is done
    340  C goes

    start 3 x 60 = 180, clips 7 x 20 = 140, idle 10 + 10 = 20, lost 10; together A 110 + B 150 + C 90 = 350.
    """
    policy = Policy(most_cards=4, starts="deadline", idle_ms=10 * S, deadline_ms=150 * S, follows=True)
    evening = play([0] * 6 + [250 * S], Work(60 * S, 20 * S, lost_every=5), policy)
    assert seconds_of(evening) == [
        [("start", 0, 60), ("clip", 60, 80), ("clip", 80, 100), ("lost", 100, 110)],
        [
            ("start", 0, 60), ("clip", 60, 80), ("clip", 80, 100), ("clip", 100, 120), ("clip", 120, 140),
            ("idle", 140, 150),
        ],
        [("start", 250, 310), ("clip", 310, 330), ("idle", 330, 340)],
    ]  # fmt: skip
    assert [evening.ms_of(part) / S for part in PARTS] == [180, 140, 20, 10]
    assert [done / S for done in evening.done_ms] == [80, 80, 100, 100, 140, 120, 330]


@pytest.mark.parametrize(("press", "is_kept"), [(139, True), (140, True), (141, False)])
def test_by_hand_a_card_waits_for_a_press_no_longer_than_a_start_takes(press: int, is_kept: bool) -> None:
    """One clip at 0 s is done at 80 s. A press up to 60 s later finds the card; for a later one it has gone at 90 s."""
    policy = Policy(most_cards=4, starts="deadline", idle_ms=10 * S, follows=True)
    evening = play([0, press * S], WORK, policy)
    kept = [[("start", 0, 60), ("clip", 60, 80), ("idle", 80, press), ("clip", press, press + 20)]]
    assert [[*card[:-1]] for card in seconds_of(evening)[:1]] == (kept if is_kept else [[*kept[0][:2]]])
    assert len(evening.cards) == (1 if is_kept else 2)
    assert evening.done_ms[1] == (press + 20 + (0 if is_kept else 60)) * S


def test_by_hand_a_warm_card_has_no_start() -> None:
    """One card stands ready: clips at 20, 40 and 60 s, and 60 s of waiting; the platform starts two more, of which one
    is ready too late for any clip."""
    evening = play([0, 0, 0], WORK, Policy(most_cards=3, starts="each", idle_ms=60 * S), warm_cards=1)
    assert seconds_of(evening) == [
        [("clip", 0, 20), ("clip", 20, 40), ("clip", 40, 60), ("idle", 60, 120)],
        [("start", 0, 60), ("idle", 60, 120)],
        [("start", 0, 60), ("idle", 60, 120)],
    ]


def test_a_deadline_that_no_number_of_cards_meets_gets_the_cards_that_bring_a_clip_earlier() -> None:
    policy = Policy(most_cards=8, starts="deadline", idle_ms=0, deadline_ms=S)
    assert len(play([0, 0, 0], WORK, policy).cards) == 3
    # A warm card is done with both at 40 s; a second card would be ready at 60.
    assert len(play([0, 0], WORK, policy, warm_cards=1).cards) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Work(0, 0),
        lambda: Work(-1, 1),
        lambda: Work(0, 1, lost_every=1),
        lambda: Policy(0, "each", 0),
        lambda: Policy(1, "each", -1),
        lambda: play([], WORK, Policy(1, "each", 0)),
        lambda: play([1, 0], WORK, Policy(1, "each", 0)),
        lambda: play([0], WORK, Policy(1, "each", 0), warm_cards=2),
    ],
)
def test_an_evening_that_could_never_end_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"ever|presses|warm"):
        wrong()


PRESSES = st.lists(st.integers(0, 2_000), min_size=1, max_size=25).map(sorted)
WORKS = st.builds(Work, st.integers(0, 120), st.integers(1, 60), st.sampled_from([0, 2, 3, 7]))
STARTS: st.SearchStrategy[Literal["each", "deadline"]] = st.sampled_from(["each", "deadline"])
POLICIES = st.builds(
    Policy,
    st.integers(1, 5),
    STARTS,
    st.integers(0, 150),
    st.none() | st.integers(0, 900),
    st.booleans(),
)


@given(PRESSES, WORKS, POLICIES, st.integers(0, 5))
def test_every_moment_of_every_card_is_in_exactly_one_part(
    pressed: list[int], work: Work, policy: Policy, warm: int
) -> None:
    evening = play(pressed, work, policy, warm_cards=min(warm, policy.most_cards))
    lives = [card[-1].end_ms - card[0].begin_ms for card in evening.cards]
    assert all(span.ms > 0 for card in evening.cards for span in card)
    assert all(earlier.end_ms == later.begin_ms for card in evening.cards for earlier, later in pairwise(card))
    assert sum(evening.ms_of(part) for part in PARTS) == sum(lives)
    assert evening.cards_at_once <= policy.most_cards


@given(PRESSES, WORKS, POLICIES, st.integers(0, 5))
def test_every_clip_is_delivered_once_and_costs_one_clip_of_time(
    pressed: list[int], work: Work, policy: Policy, warm: int
) -> None:
    evening = play(pressed, work, policy, warm_cards=min(warm, policy.most_cards))
    assert len(evening.done_ms) == len(pressed)
    assert evening.ms_of("clip") == len(pressed) * work.clip_ms
    assert all(done >= asked + work.clip_ms for done, asked in zip(evening.done_ms, evening.pressed_ms, strict=True))
    assert evening.longest_wait_ms >= evening.done_ms[0] - pressed[0]
    assert evening == play(pressed, work, policy, warm_cards=min(warm, policy.most_cards))


@given(
    PRESSES,
    WORKS.map(lambda work: Work(work.start_ms, work.clip_ms)),
    STARTS,
    st.none() | st.integers(0, 900),
    st.integers(1, 4),
)
def test_more_cards_are_never_later(
    pressed: list[int], work: Work, starts: Literal["each", "deadline"], deadline_ms: int | None, fewer: int
) -> None:
    """Where cards stay and none is lost: a card that has gone, because more cards had emptied the queue, is a start for
    the next press."""
    stays = 1_000_000
    few, more = (play(pressed, work, Policy(most, starts, stays, deadline_ms)) for most in (fewer, fewer + 1))
    assert all(late >= early for late, early in zip(few.done_ms, more.done_ms, strict=True))


@given(PRESSES, WORKS, st.integers(1, 5), st.integers(0, 150))
def test_without_a_deadline_there_is_one_card_at_a_time(
    pressed: list[int], work: Work, most: int, idle_ms: int
) -> None:
    evening = play(pressed, work, Policy(most, "deadline", idle_ms))
    assert evening.cards_at_once == 1
