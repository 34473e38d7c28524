"""The smoke test of a release: makes one clip through the public API and measures its cost and time.

It calls the site as a script does, with a token (`infra.release.smoke_token`). A rerun after an interruption follows
the same job, so nothing is paid twice. The reflection log compares the figures with the predicted ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from gpu.core.contract import Estimate
from infra.language import localized
from infra.platforms.site_client import Job, SiteClient
from infra.platforms.targets import Target
from infra.process.shell import InfraError

MICRO = 1_000_000
ASK_SECONDS = 30.0


def over_cap_fix() -> str:
    return localized(
        ko="배포가 올라가 있으니 먼저 되돌려 주세요. 그다음 영상 값을 낮추거나(python run.py quote --seconds 8 "
        "--tier 704p), 그 값이 맞다면 infra/targets.toml의 cap_won을 올려 커밋하고 다시 배포해 주세요",
        en="the release is live, so roll back now. Then make the clip cheaper (python run.py quote --seconds 8 "
        "--tier 704p). Or, if the price is right, raise cap_won in infra/targets.toml, commit it and release again",
    )


def again() -> str:
    return localized(
        ko="네트워크와 GPU 서비스의 로그를 확인하고 deploy를 다시 돌려 주세요. 같은 작업을 이어서 지켜봐요",
        en="check the network and the GPU service's log, then run deploy again; it follows the same job",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds without progress after which a job counts as failed, and seconds between two polls."""

    stalled_after_seconds: float
    pause_seconds: float


def upload(http: httpx.Client) -> str:
    """Uploads the sample picture; returns its id."""
    return SiteClient(http, again()).upload_sample()


def submit(http: httpx.Client, release: str, upload_id: str) -> str:
    """Requests the clip at the defaults; returns the job's address. A second request by the same owner with the same
    picture returns the same job, so nothing is paid twice."""
    job = SiteClient(http, again()).submit_sample(upload_id, key=f"release-{release}-{upload_id}")
    return str(job["links"]["self"])


def follow(http: httpx.Client, address: str, limits: Limits, tell: Callable[[str], None]) -> Job:
    """The job at its end; `tell` receives each stage once. Raises NotMadeError when the job ends without a clip,
    InfraError when there is no progress or the site does not answer."""
    stage = ""

    def tell_stage(job: Job) -> None:
        nonlocal stage
        if (now := job["stage"] or job["status"]) != stage:
            stage = now
            tell(now)

    site = SiteClient(http, again())
    job = site.follow(address, seen=tell_stage, stalled_after=limits.stalled_after_seconds, every=limits.pause_seconds)
    site.check_made(job)
    return job


def clip_path(root: Path, release: str) -> Path:
    """Where a release's clip is kept on this machine."""
    return root / "out" / f"release-{release}.mp4"


def save(http: httpx.Client, job: Job, path: Path) -> None:
    """Downloads the clip. Raises InfraError when it does not arrive whole."""
    try:
        answer = http.get(job["links"]["video"])
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise InfraError(
            localized(
                ko=f"영상을 내려받지 못했어요: {type(error).__name__}",
                en=f"the clip cannot be downloaded: {type(error).__name__}",
            ),
            again(),
        ) from error
    if len(answer.content) != job["video"]["bytes"]:
        found, said = len(answer.content), job["video"]["bytes"]
        raise InfraError(
            localized(
                ko=f"영상 크기가 달라요: {found} / {said}",
                en=f"the clip has another size than the job says: {found} / {said}",
            ),
            again(),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(answer.content)


def predicted(estimate: Estimate) -> dict[str, float]:
    """The estimate's figures under the names of the reflection log."""
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
        # As a worker measures it: allocated memory, without the CUDA context and the allocator's reserve.
        "peak_vram_gib": round(max(room.allocated.values()) / GIB, 2),
        "cold_start_seconds": COLD_START_SECONDS,
    }


def above_cap(target: Target, predicted: Mapping[str, float], measured: Mapping[str, float]) -> str | None:
    """A message with both prices if the clip cost more than the environment's cap; cold start excluded."""
    won = measured.get("won")
    if won is None or won <= target.cap_won:
        return None
    before = (
        localized(ko=f" (예측은 {predicted['won']:.1f}원)", en=f"; the predicted cost was {predicted['won']:.1f} won")
        if "won" in predicted
        else ""
    )
    return localized(
        ko=f"확인 영상이 {won:.1f}원 들었어요. {target.name} 환경의 한도는 {target.cap_won}원이에요{before}",
        en=f"the smoke clip cost {won:.1f} won, the cap of {target.name} is {target.cap_won} won{before}",
    )


def measured(job: Job) -> dict[str, float]:
    """Figures of a finished job. `won` excludes the cold start, as the estimate does. A figure that the job does not
    report is absent, as is the cold start of a warm container."""
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
