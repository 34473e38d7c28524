"""What a caller's clips cost: today, a month, and the month by day, preset, card and scene table.

Integer micro-won. Days and months are those of Asia/Seoul; a job counts for the day of its request.
"""

from typing import Annotated

from pydantic import Field

from gpu.core.contract.fields import Count, MicroWon, Wire
from gpu.core.contract.prices import Caps, Spending

Month = Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]


class UsageSums(Wire):
    """Sums over jobs. The billed amount has three parts: delivered clips, their starts, and canceled jobs. A failed job
    is billed nothing. Texts of prompt help count in the money, and in the numbers of jobs of their own preset alone."""

    jobs: Count
    delivered: Count
    failed: Count
    canceled: Count
    estimate_micro_won: MicroWon
    """Of the delivered jobs: the warm price that was named before each."""
    clips_micro_won: MicroWon
    """Billed for the delivered jobs, their starts left out: the amount to compare with the estimate."""
    start_micro_won: MicroWon
    """Billed for starting containers, of the delivered jobs."""
    canceled_micro_won: MicroWon
    """Billed for canceled jobs, for the seconds that they used."""
    billed_micro_won: MicroWon
    """The sum of the three."""
    per_delivered_micro_won: MicroWon | None
    """Everything billed, divided by the delivered clips; None where none was delivered."""


class NamedSums(UsageSums):
    name: str
    """A day, a preset, or a card."""


class ProjectSums(UsageSums):
    project_id: str | None
    """A scene table; None: the jobs of no table."""
    title: str | None
    """None also where the table is gone for good: what its clips cost stays in the month."""


class MonthUsage(Wire):
    """A month's jobs as a whole, and the same jobs grouped four ways. Groups without a job are left out."""

    sums: UsageSums
    days: tuple[NamedSums, ...]
    presets: tuple[NamedSums, ...]
    cards: tuple[NamedSums, ...]
    projects: tuple[ProjectSums, ...]
    """By title; then tables that are gone, and the jobs of no table. Of everybody's jobs no table is known."""


class OwnLimits(Wire):
    """`/api/me/limits`: caps that a person sets for themselves. None: the site's alone. The lower of the two holds."""

    job_micro_won: MicroWon | None
    owner_day_micro_won: MicroWon | None


class Usage(Wire):
    """`GET /api/usage`: the caller's spending, and the caps."""

    day: Day
    month: Month
    """The one that was asked for, or else the present one."""
    first_month: Month
    """The earliest that has a job, or else the present one."""
    today: Spending
    this_month: Spending
    """Of `month`."""
    usage_today: UsageSums
    usage: MonthUsage
    """Of `month`."""
    limits: Caps
    """The site's."""
    own_limits: OwnLimits
    left_today_micro_won: MicroWon
    """What jobs may still reserve today, by every cap of the day."""
