"""What an operator sees at a glance: versions, releases, containers, the queue, failures, money, caps, prices.

Owners appear by a part of their id alone. Integer micro-won; days and months are those of Asia/Seoul.
"""

from typing import Literal

from gpu.core.contract.caps import SiteCaps
from gpu.core.contract.fields import AcrossReleases, Count, Id, MicroWon, SecondsUsed, Timestamp, Wire
from gpu.core.contract.usage import Day, Month, MonthUsage, UsageSums


class PartVersion(Wire):
    part: Literal["site", "sweeper", "gpu"]
    build: str | None
    """None: it has not answered, or was never heard of."""
    contract: str | None
    """Digest of the schema. Parts with the same one understand each other's bodies whole."""


class ReleaseFigure(AcrossReleases):
    """A figure of a release's smoke clip. `name` is one of the log of releases: `won`, `gpu_seconds`, …"""

    name: str = ""
    predicted: float | None = None
    measured: float | None = None


class ReleaseEntry(AcrossReleases):
    """An entry of the log of releases, as the release itself told the site. Long texts are cut."""

    id: str = ""
    at: str = ""
    commit: str = ""
    outcome: Literal["live", "failed", "rolled_back"] = "failed"
    why: str = ""
    failed_step: str = ""
    trouble: str = ""
    found: tuple[str, ...] = ()
    """What its preflight found."""
    fixed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What its preflight found and did not correct."""
    figures: tuple[ReleaseFigure, ...] = ()
    lessons: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    """To the five questions before it, and what was mended by itself; in Korean, as the log keeps them."""
    choices: tuple[str, ...] = ()
    """What a person chose between cost and quality, with both prices; in Korean."""


class ContainerAtWork(Wire):
    """A container that has not closed, by its last report."""

    container_id: str
    gpu: str
    opened_at: Timestamp
    ready_at: Timestamp | None
    """None while it loads."""
    at: Timestamp
    """Of its last report."""
    busy_seconds: SecondsUsed
    idle_seconds: SecondsUsed
    total_micro_won: MicroWon
    minute_micro_won: MicroWon
    """What a minute of it costs, at work or not."""


class Queue(Wire):
    held: Count
    """Accepted, and not yet handed to the GPU service."""
    handed: Count
    """At the GPU service, and not begun."""
    running: Count
    oldest_at: Timestamp | None
    """When the job was asked for that waits the longest."""


class FailureCount(Wire):
    problem_type: str
    title: str
    """In the caller's language."""
    jobs: Count
    last_at: Timestamp
    last_job_id: Id


class SiteDay(Wire):
    """A day's or a month's money of the whole site. What nobody pays for is the site's own."""

    usage: UsageSums
    held_micro_won: MicroWon
    """Reserved by jobs that have not ended."""
    loss_micro_won: MicroWon
    """What attempts cost beyond their job's bill."""
    unassigned_micro_won: MicroWon
    """What containers cost beyond every attempt: starts, idle time, lost work."""


class OwnerSpending(Wire):
    owner: str
    """The first characters of an id."""
    is_you: bool
    jobs: Count
    """Of the month."""
    today_micro_won: MicroWon
    month_micro_won: MicroWon


class CardPrice(Wire):
    gpu: str
    second_micro_won: MicroWon
    """Of a container with this card, cores and memory included."""
    start_micro_won: MicroWon


class PricesInForce(Wire):
    price_rev: str
    prices_as_of: str
    """Day of the oldest of the platform's prices that are charged."""
    won_per_usd: float
    rate_as_of: str
    cards: tuple[CardPrice, ...]


class OperatorView(Wire):
    """`GET /api/operator`, for an operator."""

    at: Timestamp
    day: Day
    month: Month
    versions: tuple[PartVersion, ...]
    releases: tuple[ReleaseEntry, ...]
    """The newest first, at most ten."""
    containers: tuple[ContainerAtWork, ...]
    minute_micro_won: MicroWon
    """What all of them cost in a minute."""
    queue: Queue
    failures: tuple[FailureCount, ...]
    """Of the last 24 hours, the most frequent first."""
    caps: SiteCaps
    today: SiteDay
    this_month: SiteDay
    usage: MonthUsage
    """The whole site's, of the month."""
    owners: tuple[OwnerSpending, ...]
    """The twenty who were billed most this month."""
    prices: PricesInForce
