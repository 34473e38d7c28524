"""One clip through the public API after a release: what it cost and took, beside what was predicted.

The site is used as a browser uses it. A rerun after an interruption follows the same job instead of paying for another.
What the figures mean is for the reflection log.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from gpu.core.contract import Estimate
from infra.platforms.site_client import Job, SiteClient
from infra.platforms.targets import Target

MICRO = 1_000_000
ASK_SECONDS = 30.0
OWNER_COOKIE = "clipwright_owner"
"""By it the site knows whose clip it is."""
OVER_CAP_FIX = (
    "the release is live: go back now; then make the clip cheaper (python run.py quote --seconds 8), or raise cap_won "
    "in infra/targets.toml if that price is right, commit it and release again"
)
AGAIN = "look at the network and at the GPU service's log, then run deploy again; it follows the same job"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long nothing of a job may move before it is given up, and how often it is looked at."""

    stalled_after_seconds: float
    pause_seconds: float


def upload(http: httpx.Client) -> str:
    """Sends the sample picture; returns its id. The client's cookie is from now on its owner's."""
    return SiteClient(http, AGAIN).upload_sample()


def submit(http: httpx.Client, release: str, upload_id: str) -> str:
    """Asks for the clip at the defaults; returns the job's address. Asking again, as the same owner with the same
    picture, returns the same job: nothing is paid twice."""
    job = SiteClient(http, AGAIN).submit_sample(upload_id, key=f"release-{release}-{upload_id}")
    return str(job["links"]["self"])


def follow(http: httpx.Client, address: str, limits: Limits, tell: Callable[[str], None]) -> Job:
    """The job at its end; `tell` gets each stage once. Raises NotMadeError when it has no clip, InfraError when nothing
    moves any more or the site does not answer."""
    stage = ""

    def tell_stage(job: Job) -> None:
        nonlocal stage
        if (now := job["stage"] or job["status"]) != stage:
            stage = now
            tell(now)

    site = SiteClient(http, AGAIN)
    job = site.follow(address, seen=tell_stage, stalled_after=limits.stalled_after_seconds, every=limits.pause_seconds)
    site.check_made(job)
    return job


def predicted(estimate: Estimate) -> dict[str, float]:
    """Figures of the estimate, by the names of the reflection log."""
    from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
    from gpu.core.geometry import geometry
    from gpu.core.hardware import GIB, GPUS
    from gpu.core.memory import best_fit, fit
    from gpu.core.presets import PRESETS
    from gpu.core.pricing import COLD_START_SECONDS

    shape = geometry(estimate.ratio, estimate.tier, estimate.seconds)
    job = (PRESETS[estimate.preset], shape, CHECKPOINTS[PRODUCTION_CHECKPOINT], GPUS[estimate.gpu])
    room = best_fit(*job) or fit(*job)
    return {
        "won": estimate.micro_won / MICRO,
        "gpu_seconds": estimate.gpu_seconds,
        # As a worker measures it: what is given out, without the context and the allocator's reserve.
        "peak_vram_gib": round(max(room.allocated.values()) / GIB, 2),
        "cold_start_seconds": COLD_START_SECONDS,
    }


def above_cap(target: Target, predicted: Mapping[str, float], measured: Mapping[str, float]) -> str | None:
    """Both prices in words where the clip cost more than the environment allows with a warm container."""
    won = measured.get("won")
    if won is None or won <= target.cap_won:
        return None
    before = f"; {predicted['won']:.1f} won were predicted" if "won" in predicted else ""
    return f"the smoke clip cost {won:.1f} won, the cap of {target.name} is {target.cap_won} won{before}"


def measured(job: Job) -> dict[str, float]:
    """Figures of a finished job. The cold start is billed apart, so the won here are those of the warm part, which is
    what the estimate names. A figure that nobody reports is absent, and so is the cold start of a warm container."""
    cost = job["cost"]
    figures: dict[str, float] = {"video_bytes": float(job["video"]["bytes"])}
    for name in ("gpu_seconds", "peak_vram_gib"):
        if cost[name] is not None:
            figures[name] = float(cost[name])
    if cost["cold_start_seconds"]:
        figures["cold_start_seconds"] = float(cost["cold_start_seconds"])
    if (parts := cost["parts"]) is not None:
        figures["won"] = (parts["gpu"] + parts["cpu"] + parts["memory"]) / MICRO
    return figures
