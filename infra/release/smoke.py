"""One clip through the public API after a release: what it cost and took, beside what was predicted.

The site is used as a browser uses it. A rerun after an interruption follows the same job instead of paying for another.
What the figures mean is for the reflection log.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gpu.core.contract import Estimate
from infra.platforms.targets import Target
from infra.process.shell import InfraError
from infra.settings import SAMPLE_PICTURE, SAMPLE_PROMPT

MICRO = 1_000_000
ASK_SECONDS = 30.0
OWNER_COOKIE = "clipwright_owner"
"""By it the site knows whose clip it is."""
OVER_CAP_FIX = (
    "the release is live: go back now; then make the clip cheaper (python run.py quote --seconds 8), or raise cap_won "
    "in infra/targets.toml if that price is right, commit it and release again"
)
ENDED = ("succeeded", "failed", "canceled")


class NotMadeError(InfraError):
    """The clip has ended, and there is none: only another one can be looked at."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a job may take from submit to end, and how often it is asked about."""

    job_seconds: float
    pause_seconds: float


def upload(client: httpx.Client) -> str:
    """Sends the sample picture; returns its id. The client's cookie is from now on its owner's."""
    picture = SAMPLE_PICTURE.read_bytes()
    return str(asked(client, "PUT", "/api/uploads", content=picture, headers={"Content-Type": "image/png"})["id"])


def submit(client: httpx.Client, release: str, upload_id: str) -> str:
    """Asks for the clip at the defaults; returns the job's address. Asking again, as the same owner with the same
    picture, returns the same job: nothing is paid twice."""
    request = {"preset": "aggressive_quality", "prompt": SAMPLE_PROMPT, "upload_id": upload_id}
    key = {"Idempotency-Key": f"release-{release}-{upload_id}"}
    job = asked(client, "POST", "/api/jobs", json=request, headers=key)
    return str(job["links"]["self"])


def follow(client: httpx.Client, address: str, limits: Limits, tell: Callable[[str], None]) -> dict[str, Any]:
    """The job at its end. Raises NotMadeError when it has no clip, InfraError when it takes too long or is not told."""
    deadline = time.monotonic() + limits.job_seconds
    told = ""
    while True:
        job = asked(client, "GET", address)
        if job["status"] in ENDED:
            break
        now = job["stage"] or job["status"]
        if now != told:
            tell(now)
            told = now
        if time.monotonic() > deadline:
            raise InfraError(
                f"the smoke clip has not ended after {limits.job_seconds:g} s; it is at {now}",
                "look at the GPU service's log, then run deploy again; it follows the same job",
            )
        time.sleep(limits.pause_seconds)
    if job["status"] != "succeeded":
        problem = job["problem"] or {"title": job["status"], "detail": "", "fix": "look at the GPU service's log"}
        raise NotMadeError(
            f"the smoke clip ended {job['status']}: {problem['title']}. {problem['detail']}", problem["fix"]
        )
    return job


def asked(client: httpx.Client, method: str, path: str, **more: Any) -> dict[str, Any]:
    """What the site answers. Raises InfraError, also when the network fails in between."""
    try:
        return answer(client.request(method, path, **more))
    except httpx.HTTPError as error:
        raise InfraError(
            f"{path} cannot be reached: {type(error).__name__}", "look at the network, then run deploy again"
        ) from error


def answer(response: httpx.Response) -> dict[str, Any]:
    """The body of a success. Raises InfraError with the problem's own words otherwise, or with the bare status."""
    if response.is_success:
        return response.json()
    try:
        problem = response.json()
        words, fix = f"{problem['title']}. {problem['detail']}", str(problem["fix"])
    except (ValueError, KeyError, TypeError):
        words, fix = "without an explanation", "look at the Functions' log"
    raise InfraError(f"{response.request.url.path} answered {response.status_code}: {words}", fix)


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


def measured(job: dict[str, Any]) -> dict[str, float]:
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
