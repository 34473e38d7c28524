"""A clock that tests set, so that hours pass in no time. It does not know what waits by it."""


class HandClock:
    """A clock that goes on only while somebody sleeps, and by `oversleeps` further than they meant to."""

    def __init__(self, *, oversleeps: float = 0.0) -> None:
        self.now = 1_000.0
        self.sleeps = 0
        self._oversleeps = oversleeps

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds + self._oversleeps
        self.sleeps += 1
