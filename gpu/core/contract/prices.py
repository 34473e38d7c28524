"""Money: a job's estimate, an attempt's metered use, a job's cost, a caller's spending.

Integer micro-won everywhere. The arithmetic is in `gpu/core/pricing.py`.
"""

from typing import Literal

from pydantic import Field

from gpu.core.contract.fields import AcrossReleases, AttemptMicroWon, Count, MicroWon, SecondsUsed, Wire
from gpu.core.contract.requests import PresetName
from gpu.core.geometry import Ratio, Seconds, Tier


class CostParts(AcrossReleases):
    gpu: AttemptMicroWon = 0
    cpu: AttemptMicroWon = 0
    memory: AttemptMicroWon = 0
    cold_start: AttemptMicroWon = 0


class Estimate(Wire):
    """A price before the job runs: on which GPU, in how many seconds, from which facts."""

    preset: PresetName
    ratio: Ratio
    seconds: Seconds
    tier: Tier
    width: int
    height: int
    num_frames: int
    gpu: str
    larger_gpu: str | None
    """The card for a second attempt if that one runs out of memory, at no higher price; None where no card is left."""
    gpu_seconds: float
    micro_won: MicroWon
    low_micro_won: MicroWon
    high_micro_won: MicroWon
    """Reserved at submit, and the most that can be billed."""
    parts: CostParts
    cold_start_micro_won: MicroWon
    """Added in full when no GPU is warm; already inside `high_micro_won`."""
    basis: Literal["measured", "derived"]
    reason_ko: str
    reason_en: str
    price_rev: str


class CheaperChoice(Wire):
    """A choice of the menu that costs less, with what it would take."""

    preset: PresetName
    ratio: Ratio
    seconds: Seconds
    tier: Tier
    micro_won: MicroWon
    high_micro_won: MicroWon
    """Reserved at submit: the amount that a cap counts."""


class JobCost(AcrossReleases):
    """An attempt's use, metered by the worker, and its price."""

    gpu: str = ""
    gpu_seconds: SecondsUsed = 0.0
    cold_start_seconds: SecondsUsed = 0.0
    """Starting the container, and loading models that it had not loaded yet."""
    peak_vram_gib: float | None = None
    """Allocated by torch, its reserve excluded; None on a CPU and where no clip was made."""
    micro_won: AttemptMicroWon
    parts: CostParts = Field(default_factory=CostParts)
    price_rev: str = ""


class Cost(Wire):
    estimate_micro_won: MicroWon
    reserved_micro_won: MicroWon
    billed_micro_won: MicroWon | None
    gpu_seconds: float | None
    cold_start_seconds: float | None
    """This job's share of starting the container."""
    peak_vram_gib: float | None
    parts: CostParts | None
    price_rev: str


class Spending(Wire):
    """A caller's jobs by the day of their request. `held` is the reserved amount of jobs that have not ended."""

    jobs: Count
    estimate_micro_won: MicroWon
    billed_micro_won: MicroWon
    held_micro_won: MicroWon


class Caps(Wire):
    """The spending limits: per job, per owner and day, and for the whole site per day."""

    job_micro_won: MicroWon
    owner_day_micro_won: MicroWon
    site_day_micro_won: MicroWon
