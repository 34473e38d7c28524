"""Clips on rented cards, event by event: when cards start and go, what each of their seconds was for, when clips are
done.

Times are whole milliseconds, so that sums are exact; the same input always gives the same evening. This module knows no
price, no model and no platform: `delivered.py` brings the times of real cards and prices what comes out.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

Part = Literal["start", "clip", "idle", "lost"]
"""What a card's time is for: loading the models, a clip that is delivered, waiting, an attempt that is interrupted."""
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Work:
    """How long things take. `lost_every`: each so-many-th attempt is interrupted in its middle, and its card is gone
    with it; 0 for never. `lost_at`: the number of the first such attempt; 0 for the last it can be."""

    start_ms: int
    clip_ms: int
    lost_every: int = 0
    lost_at: int = 0

    def __post_init__(self) -> None:
        if self.start_ms < 0 or self.clip_ms < 1 or self.lost_every < 0 or self.lost_every == 1:
            raise ValueError(f"nothing would ever be done: {self}")

    def loses(self, attempt: int) -> bool:
        """Whether the attempt of this number, from 1, is interrupted."""
        return self.lost_every > 0 and (attempt - self.lost_at) % self.lost_every == 0


@dataclass(frozen=True, slots=True)
class Policy:
    """When cards start and go.

    `starts`: `each` starts a card for each clip that waits and has none, as the platform does; `deadline` has one card,
    and starts the next when a waiting clip would be late and another card helps. A deadline counts from a clip's press.
    `idle_ms`: how long a card stays when nothing waits. `follows`: the only card stays longer if the next press comes
    within the time of a start.
    """

    most_cards: int
    starts: Literal["each", "deadline"]
    idle_ms: int
    deadline_ms: int | None = None
    follows: bool = False

    def __post_init__(self) -> None:
        if self.most_cards < 1 or self.idle_ms < 0:
            raise ValueError(f"no card would ever work: {self}")


@dataclass(frozen=True, slots=True)
class Span:
    """What a card does from one moment to another."""

    part: Part
    begin_ms: int
    end_ms: int

    @property
    def ms(self) -> int:
        return self.end_ms - self.begin_ms


@dataclass(frozen=True, slots=True)
class Evening:
    """What became of it. `cards`: the spans of each card, without gaps, in the order of their starts. `pressed_ms` and
    `done_ms`: of each clip, in the order of the presses."""

    cards: tuple[tuple[Span, ...], ...]
    pressed_ms: tuple[int, ...]
    done_ms: tuple[int, ...]

    def ms_of(self, part: Part) -> int:
        """Milliseconds of all cards for this."""
        return sum(span.ms for card in self.cards for span in card if span.part == part)

    @property
    def first_clip_ms(self) -> int:
        """From the first press to the first clip."""
        return min(self.done_ms) - self.pressed_ms[0]

    @property
    def longest_wait_ms(self) -> int:
        """From a press to the last of its clips, where that took longest."""
        return max(done - pressed for done, pressed in zip(self.done_ms, self.pressed_ms, strict=True))

    @property
    def cards_at_once(self) -> int:
        """Most cards at the same time."""
        lives = [(spans[0].begin_ms, spans[-1].end_ms) for spans in self.cards]
        return max(sum(begin <= moment < end for begin, end in lives) for moment, _ in lives)


def play(pressed_ms: Sequence[int], work: Work, policy: Policy, *, warm_cards: int = 0) -> Evening:
    """Makes every clip. `pressed_ms`: one number for each clip, ascending. `warm_cards`: how many stand ready at the
    first press; their starts and earlier seconds are not counted.

    Raises ValueError for presses that are missing or out of order, and for more warm cards than are allowed.
    """
    if not pressed_ms or list(pressed_ms) != sorted(pressed_ms):
        raise ValueError("presses must be there, in their order")
    if not 0 <= warm_cards <= policy.most_cards:
        raise ValueError(f"{warm_cards} warm cards, of {policy.most_cards} that are allowed")
    run = _Run(tuple(pressed_ms), work, policy)
    run.open = [_Card("idle", pressed_ms[0], pressed_ms[0]) for _ in range(warm_cards)]
    run.all = list(run.open)
    while (now := run.next_moment()) is not None:
        run.take_presses(now)
        run.finish_what_is_due(now)
        run.hand_over(now)
        run.start_cards(now)
        run.let_cards_go(now)
    cards = tuple(tuple(card.spans) for card in run.all if card.spans)
    return Evening(cards, run.pressed, tuple(run.done[clip] for clip in range(len(run.pressed))))


@dataclass(slots=True)
class _Card:
    doing: Part
    since: int
    until: int
    clip: int = -1
    spans: list[Span] = field(default_factory=list[Span])

    def turn_to(self, doing: Part, now: int, until: int, clip: int = -1) -> None:
        self.end(now)
        self.doing, self.since, self.until, self.clip = doing, now, until, clip

    def end(self, now: int) -> None:
        if now > self.since:
            self.spans.append(Span(self.doing, self.since, now))


@dataclass(slots=True)
class _Run:
    pressed: tuple[int, ...]
    work: Work
    policy: Policy
    arrived: int = 0
    """Number of clips whose press has come; the next one's index."""
    attempts: int = 0
    waiting: deque[int] = field(default_factory=deque[int])
    open: list[_Card] = field(default_factory=list[_Card])
    all: list[_Card] = field(default_factory=list[_Card])
    done: dict[int, int] = field(default_factory=dict[int, int])

    def next_moment(self) -> int | None:
        return min([*self.pressed[self.arrived : self.arrived + 1], *(card.until for card in self.open)], default=None)

    def take_presses(self, now: int) -> None:
        while self.arrived < len(self.pressed) and self.pressed[self.arrived] <= now:
            self.waiting.append(self.arrived)
            self.arrived += 1

    def finish_what_is_due(self, now: int) -> None:
        for card in [each for each in self.open if each.doing != "idle" and each.until <= now]:
            if card.doing == "lost":
                card.end(now)
                self.open.remove(card)
                self.waiting.appendleft(card.clip)
                continue
            if card.doing == "clip":
                self.done[card.clip] = now
            card.turn_to("idle", now, now)

    def hand_over(self, now: int) -> None:
        for card in self.open:
            if card.doing == "idle" and self.waiting:
                self.attempts += 1
                is_lost = self.work.loses(self.attempts)
                lasts = self.work.clip_ms // 2 if is_lost else self.work.clip_ms
                card.turn_to("lost" if is_lost else "clip", now, now + lasts, self.waiting.popleft())

    def start_cards(self, now: int) -> None:
        while self.waiting and len(self.open) < self.policy.most_cards and self._wants_another(now):
            card = _Card("start", now, now + self.work.start_ms)
            self.open.append(card)
            self.all.append(card)

    def let_cards_go(self, now: int) -> None:
        for card in [each for each in self.open if each.doing == "idle"]:
            card.until = card.since + self.policy.idle_ms
            if self.policy.follows and len(self.open) == 1 and self.arrived < len(self.pressed):
                following = self.pressed[self.arrived]
                if following - card.since <= self.work.start_ms:
                    card.until = max(card.until, following)
            if card.until <= now:
                card.end(now)
                self.open.remove(card)

    def _wants_another(self, now: int) -> bool:
        if self.policy.starts == "each":
            return len(self.waiting) > sum(card.doing == "start" for card in self.open)
        if not self.open:
            return True
        free = [self._free_at(card, now) for card in self.open]
        return self._late_ms([*free, now + self.work.start_ms]) < self._late_ms(free)

    def _free_at(self, card: _Card, now: int) -> int:
        """When a card will take its next clip, as far as can be told: nobody foresees that an attempt is lost."""
        if card.doing == "idle":
            return now
        return card.since + (self.work.start_ms if card.doing == "start" else self.work.clip_ms)

    def _late_ms(self, free: list[int]) -> int:
        """How late the waiting clips will be, all together, with cards that are free at these moments."""
        if self.policy.deadline_ms is None:
            return 0
        free, late = sorted(free), 0
        for clip in self.waiting:
            done = free.pop(0) + self.work.clip_ms
            free = sorted([*free, done])
            late += max(0, done - self.pressed[clip] - self.policy.deadline_ms)
        return late
