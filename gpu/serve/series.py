"""What a rented card does between two tickets: it asks the site for the next one, runs it, waits, or goes.

    the site's answer    a ticket           → run it, and ask again
                         ask_again_seconds  → wait inside the call, and ask again: no idle second that nobody decided
                         neither            → go
                         none, or nonsense  → say that this card leaves, and go

A card also leaves when its machine is at fault. It has stopped taking calls by then, so that what the site sends next
comes to another one. When its time is over it stays instead, idle and warm: it says that it leaves once its call has
returned, and the site's next call finds it. Knows the site and the clock; does not know a platform, the bucket, or what
a ticket is about.
"""

import logging
import time
from collections.abc import Callable
from typing import Literal

from gpu.core.contract import CardAsk, CardOrder, Ticket
from gpu.core.hardware import SERIES_SECONDS
from gpu.core.pricing import COLD_START_SECONDS
from gpu.serve.events import (
    FIRST_PAUSE_SECONDS,
    IMPATIENCE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    OrderRefused,
    Site,
    timestamp,
)
from gpu.serve.settings import Settings

log = logging.getLogger(__name__)

ASK_PATIENCE_SECONDS = 15.0
"""How long a site out of reach is asked again: some restarts of it are shorter, and each second costs the card."""
SHORTEST_REST_SECONDS, LONGEST_REST_SECONDS = 0.5, 10.0
"""Bounds on the pause that the site names between two asks."""
LOOK_SECONDS = 0.2
"""Between two looks at whether other work waits, while it rests."""
LONGEST_WAIT_SECONDS = COLD_START_SECONDS + LONGEST_REST_SECONDS
"""Since the last ticket, whatever the site says: by then waiting has cost as much as a start."""
MOST_REPEATS = 3
"""So often the site may give one attempt in a row: its claim is held by somebody, and only time frees it."""


def _never() -> bool:
    return False


def _nothing() -> None:
    pass


class Series:
    """The tickets of one card after its first. `run` runs one ticket, and has its own rules for how that ends."""

    def __init__(
        self,
        site: Site,
        settings: Settings,
        run: Callable[[Ticket], object],
        *,
        loaded: Callable[[], tuple[str, ...]],
        is_spent: Callable[[], bool] = _never,
        is_wanted_elsewhere: Callable[[], bool] = _never,
        stop: Callable[[], None] = _nothing,
    ) -> None:
        """`is_spent`: this machine takes no further ticket. `is_wanted_elsewhere`: other work waits for it. `stop`: no
        further call may come to it, once this one has returned."""
        self._site = site
        self._settings = settings
        self._run = run
        self._loaded = loaded
        self._is_spent = is_spent
        self._is_wanted_elsewhere = is_wanted_elsewhere
        self._stop = stop

    def follow(self, card: str, began: float) -> bool:
        """Works from the end of the card's first ticket until the card has no more to do. `began`: when its call did,
        on the monotonic clock. True: it stays warm, and the caller calls `leave` once the call has returned.

        An interruption between two tickets ends the series like an answer to go: nothing is in work, and a call that
        is broken off would start another card only to ask. Passes on one that comes during a ticket.
        """
        last, repeats = "", 0
        while not self._is_spent():
            found = self._next(card, began)
            if found == "over":
                log.info("card %s: its time is over", card)
                return True
            if found == "dismissed":
                log.info("card %s: the site has nothing for it", card)
                self._stop()
                return False
            if found is None:
                break
            what = f"{found.job_id}.{found.attempt}"
            repeats = repeats + 1 if what == last else 1
            if repeats > MOST_REPEATS:
                log.error("card %s: the site gives %s again and again", card, what)
                break
            last = what
            self._run(found)
        self._stop()
        self.leave(card)
        return False

    def leave(self, card: str) -> None:
        """Tells the site that this card takes no further ticket. Never raises: the site notices it later by itself."""
        try:
            self._asked(card, time.monotonic(), IMPATIENCE_SECONDS, is_leaving=True)
        except OrderRefused as refusal:
            log.warning("card %s leaves: %s", card, refusal)

    def _next(self, card: str, began: float) -> Ticket | Literal["over", "dismissed"] | None:
        """The next ticket, waited for as the site says, or why there is none; None where the site did not decide it."""
        free_since = time.monotonic()
        try:
            while time.monotonic() - free_since < LONGEST_WAIT_SECONDS:
                if time.monotonic() - began >= SERIES_SECONDS or self._is_wanted_elsewhere():
                    return "over"
                order = self._order(card, free_since)
                if order is None or order.ticket is not None:
                    return None if order is None else order.ticket
                if order.ask_again_seconds is None:
                    return "dismissed"
                self._rest(order.ask_again_seconds)
        except KeyboardInterrupt:
            log.warning("card %s: the platform takes this machine away between two tickets", card)
        return None

    def _order(self, card: str, free_since: float) -> CardOrder | None:
        """What the site wants next; None where it cannot be asked, or does not make sense."""
        patience = IMPATIENCE_SECONDS if self._site.silent else ASK_PATIENCE_SECONDS
        try:
            order = self._asked(card, free_since, patience)
        except OrderRefused as refusal:
            log.error("card %s: %s", card, refusal)
            return None
        if order is None:
            log.warning("card %s: the site is out of reach", card)
        return order

    def _asked(self, card: str, free_since: float, patience: float, *, is_leaving: bool = False) -> CardOrder | None:
        """The site's answer; None where none came in time. Raises OrderRefused."""
        pause, give_up_at = FIRST_PAUSE_SECONDS, time.monotonic() + patience
        while True:
            ask = CardAsk(
                card=card,
                container_id=self._settings.container,
                gpu=self._settings.bill_as,
                at=timestamp(),
                loaded=self._loaded(),
                waited_seconds=round(time.monotonic() - free_since, 3),
                is_leaving=is_leaving,
            )
            order = self._site.ask(ask)
            if order is not None or time.monotonic() + pause >= give_up_at:
                return order
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + min(max(seconds, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS)
        while (left := until - time.monotonic()) > 0 and not self._is_wanted_elsewhere():
            time.sleep(min(left, LOOK_SECONDS))
