"""`demo`: makes one clip through the public HTTP API, as a browser does, and shows its progress in the terminal.

It starts the stack, uploads the sample picture, submits a Korean prompt, waits, saves the MP4 under `out/` and prints
the model, the size and the price on a real GPU. It knows the site's API and nothing of the GPU service.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from infra import console
from infra.dev.opening import opened
from infra.dev.ports import check_can_serve, free_port, holder, is_free
from infra.dev.serve import serve
from infra.language import accept_language, localized
from infra.platforms.site_client import Job, SiteClient
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import DEFAULT_SITE_PORT, OUT, ROOT, SAMPLE_PICTURE, SAMPLE_PROMPT

POLL_SECONDS = 0.2
MICRO_WON_PER_WON = 1_000_000


def run(state: Path, port: int, *, once: bool) -> int:
    """Returns 0 after a clip. Raises InfraError with the job's problem when there is none."""
    console.note(
        localized(
            ko="이 컴퓨터에서 사이트와 GPU 서비스를 켜요 (작은 모델)",
            en="starting the site and the GPU service on this machine (tiny model)",
        )
    )
    with opened(state, port_for(port), OUT) as stack:
        with visitor(stack.url) as http:
            site = SiteClient(http, read_logs())
            began = time.monotonic()
            job = submit(site)
            console.note(
                localized(
                    ko="GPU 서비스가 작은 모델을 읽고 영상을 만들어요",
                    en="the GPU service loads the tiny models, then makes the clip",
                )
            )
            job = follow(site, job, stack.gpu_activity)
            path = save(site, job)
            report(job, path, time.monotonic() - began)
        if not once:
            console.note(
                localized(
                    ko=f"사이트가 {stack.url} 주소에 열려 있어요 (Ctrl-C로 멈춰요)",
                    en=f"the site is open at {stack.url}  (stop it with Ctrl-C)",
                )
            )
            serve(stack)
    return 0


def read_logs() -> str:
    return localized(
        ko="상태 폴더(.clipwright)의 로그를 읽어 보세요", en="read the logs in the state folder (.clipwright)"
    )


def port_for(port: int) -> int:
    """Another port if the default one is in use. Raises InfraError if a port chosen by the user is in use."""
    if port == DEFAULT_SITE_PORT and not is_free(port):
        console.note(
            localized(
                ko=f"{port}번 포트는 {holder(port)} 프로그램이 쓰고 있어서 다른 포트로 열어요",
                en=f"port {port} is in use by {holder(port)}, so the site uses another one",
            )
        )
        return free_port()
    check_can_serve(port, "python run.py demo")
    return port


def visitor(url: str) -> httpx.Client:
    """An HTTP client of a new visitor to the local site."""
    return httpx.Client(base_url=url, headers=accept_language(), timeout=STALLED_AFTER_SECONDS, trust_env=False)


def submit(site: SiteClient) -> Job:
    """Uploads the sample picture and submits the job."""
    console.note(
        localized(
            ko=f"이미지     {SAMPLE_PICTURE.relative_to(ROOT).as_posix()}",
            en=f"picture  {SAMPLE_PICTURE.relative_to(ROOT).as_posix()}",
        )
    )
    console.note(localized(ko=f"장면 설명  {SAMPLE_PROMPT}", en=f"prompt   {SAMPLE_PROMPT}"))
    return site.submit_sample(site.upload_sample())


def follow(site: SiteClient, job: Job, gpu_activity: Callable[[], object]) -> Job:
    """Polls the job to its end and shows stage, step and time left. `gpu_activity` changes while the GPU service works.
    Raises InfraError when the job ends without a clip, or when neither makes progress."""
    with console.progress() as show:
        ended = site.follow(
            job["links"]["self"],
            seen=lambda job: show(*progress_of(job)),
            moved=gpu_activity,
            every=POLL_SECONDS,
        )
    site.check_made(ended)
    return ended


def progress_of(job: Job) -> tuple[str, float | None, str]:
    """A job's progress: its stage, the share of steps done (None: unknown), and step and time left in words."""
    progress: dict[str, Any] = job["progress"] or {}
    step, steps, left = progress.get("step"), progress.get("steps"), progress.get("eta_seconds")
    words: list[str] = []
    if step is not None and steps:
        words.append(localized(ko=f"{steps}단계 가운데 {step}단계", en=f"step {step} of {steps}"))
    if left is not None:
        words.append(
            localized(
                ko=f"약 {left:.0f}초 남음 ({progress.get('eta_basis')})",
                en=f"about {left:.0f} s left ({progress.get('eta_basis')})",
            )
        )
    return job["stage"] or job["status"], step / steps if step is not None and steps else None, ", ".join(words)


def save(site: SiteClient, job: Job) -> Path:
    """Writes the MP4 to `out/<job id>.mp4`."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{job['id']}.mp4"
    with path.open("wb") as file:
        site.download(job["links"]["video"], file)
    if path.stat().st_size != job["video"]["bytes"]:
        raise InfraError(
            localized(
                ko=f"{path.name} 파일은 {path.stat().st_size}바이트인데 작업에는 {job['video']['bytes']}바이트예요",
                en=f"bytes of {path.name}: {path.stat().st_size}, the job says {job['video']['bytes']}",
            ),
            localized(ko="demo를 다시 돌려 주세요", en="run the demo again"),
        )
    return path


def report(job: Job, path: Path, seconds: float) -> None:
    resolved, video, cost, asked = job["resolved"], job["video"], job["cost"], job["input"]
    won = cost["estimate_micro_won"] / MICRO_WON_PER_WON
    size, frames, rate = f"{video['width']}x{video['height']}", video["num_frames"], video["frame_rate"]
    ran = f"{resolved['pipeline']}, {resolved['checkpoint']}"
    console.note(localized(ko=f"{seconds:.1f}초 만에 됐어요", en=f"done in {seconds:.1f} s"))
    console.rows(
        [
            (localized(ko="영상", en="clip"), path.relative_to(ROOT).as_posix()),
            (
                localized(ko="돌린 것", en="what ran"),
                localized(
                    ko=f"{ran}: 몇 가지 움직임을 아는 작은 모델", en=f"{ran}: a tiny model that knows a few motions"
                ),
            ),
            (
                localized(ko="크기", en="size"),
                localized(
                    ko=f"{size}, {rate} fps로 {frames}프레임, 시드 {resolved['seed']}",
                    en=f"{size}, frames: {frames}, {rate} a second; seed {resolved['seed']}",
                ),
            ),
            (
                localized(ko="실제 GPU", en="real GPU"),
                localized(
                    ko=f"{asked['tier']} 화질 {asked['seconds']}초라면 약 {won:,.1f}원",
                    en=f"{asked['seconds']} s in {asked['tier']} would cost about {won:,.1f} won",
                ),
            ),
            (localized(ko="가격표", en="prices of"), cost["price_rev"]),
        ]
    )
