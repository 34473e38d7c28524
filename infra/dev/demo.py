"""`demo`: one clip through the public HTTP API, as a browser would ask for it, with its progress in the terminal.

It starts the stack, uploads the sample picture, submits a Korean prompt, waits, saves the MP4 under `out/` and prints
what ran and what it would cost on the real GPU. It knows the API of the site and nothing of the GPU service.
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
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from infra.settings import DEFAULT_SITE_PORT, ENGLISH, OUT, ROOT, SAMPLE_PICTURE, SAMPLE_PROMPT

POLL_SECONDS = 0.2
MICRO_WON_PER_WON = 1_000_000
READ_LOGS = "read the logs in the state folder (.clipwright)"
ENDED = ("succeeded", "failed", "canceled")

Job = dict[str, Any]


def run(state: Path, port: int, *, once: bool) -> int:
    """Returns 0 when the clip was made. Raises InfraError with the job's problem when it was not."""
    console.note("starting the site and the GPU service on this machine (tiny model)")
    with opened(state, port_for(port), OUT) as stack:
        with visitor(stack.url) as client:
            began = time.monotonic()
            job = submit(client)
            console.note("the GPU service loads the tiny model set, then makes the clip")
            job = follow(client, job, stack.gpu_activity)
            path = save(client, job)
            report(job, path, time.monotonic() - began)
        if not once:
            console.note(f"the site is open at {stack.url}  (Ctrl-C ends it)")
            serve(stack)
    return 0


def port_for(port: int) -> int:
    """The default one gives way when it is taken; one that the person named does not (InfraError)."""
    if port == DEFAULT_SITE_PORT and not is_free(port):
        console.note(f"port {port} is in use by {holder(port)}, so the site takes another one")
        return free_port()
    check_can_serve(port, "python run.py demo")
    return port


def visitor(url: str) -> httpx.Client:
    """Somebody who uses the site at `url` on this machine."""
    return httpx.Client(base_url=url, headers=ENGLISH, timeout=STALLED_AFTER_SECONDS, trust_env=False)


def submit(client: httpx.Client) -> Job:
    """Uploads the sample picture and submits the job. The client's cookie jar makes both the same owner's."""
    console.note(f"picture  {SAMPLE_PICTURE.relative_to(ROOT).as_posix()}")
    console.note(f"prompt   {SAMPLE_PROMPT}")
    picture = SAMPLE_PICTURE.read_bytes()
    upload = answer(client.put("/api/uploads", content=picture, headers={"Content-Type": "image/png"}))
    request = {"preset": "aggressive_quality", "prompt": SAMPLE_PROMPT, "upload_id": upload["id"]}
    return answer(client.post("/api/jobs", json=request))


def follow(client: httpx.Client, job: Job, gpu_activity: Callable[[], object]) -> Job:
    """Polls until the job has ended, showing stage, step and time left. `gpu_activity` differs from look to look while
    the GPU service works. Raises InfraError when the job failed, or when neither moves any more."""
    with console.progress() as show:

        def has_ended() -> bool:
            nonlocal job
            show(*progress_of(job))
            job = answer(client.get(job["links"]["self"]))
            return job["status"] in ENDED

        wait_until(
            has_ended,
            what="the clip",
            moved=lambda: (progress_of(job), len(job["attempts"]), gpu_activity()),
            fix=READ_LOGS,
            every=POLL_SECONDS,
        )
    if job["status"] != "succeeded":
        problem = job["problem"] or {"title": job["status"], "detail": "", "fix": READ_LOGS}
        raise InfraError(f"the job ended {job['status']}: {problem['title']}. {problem['detail']}", problem["fix"])
    return job


def progress_of(job: Job) -> tuple[str, float | None, str]:
    """A job as a line: its stage, the share of steps done (None: unknown), and step and time left in words."""
    progress: dict[str, Any] = job["progress"] or {}
    step, steps, left = progress.get("step"), progress.get("steps"), progress.get("eta_seconds")
    words: list[str] = []
    if step is not None and steps:
        words.append(f"step {step} of {steps}")
    if left is not None:
        words.append(f"about {left:.0f} s left ({progress.get('eta_basis')})")
    return job["stage"] or job["status"], step / steps if step is not None and steps else None, ", ".join(words)


def save(client: httpx.Client, job: Job) -> Path:
    """Writes the MP4 to `out/<job id>.mp4`."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{job['id']}.mp4"
    with client.stream("GET", job["links"]["video"]) as response:
        if not response.is_success:
            response.read()
            answer(response)
        with path.open("wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
    if path.stat().st_size != job["video"]["bytes"]:
        raise InfraError(
            f"{path.name} has {path.stat().st_size} bytes, the job says {job['video']['bytes']}", "run the demo again"
        )
    return path


def report(job: Job, path: Path, seconds: float) -> None:
    resolved, video, cost = job["resolved"], job["video"], job["cost"]
    won = cost["estimate_micro_won"] / MICRO_WON_PER_WON
    size = f"{video['width']}x{video['height']}, {video['num_frames']} frames at {video['frame_rate']} fps"
    console.note(f"done in {seconds:.1f} s")
    console.rows(
        [
            ("clip", path.relative_to(ROOT).as_posix()),
            ("what ran", f"{resolved['pipeline']} on {resolved['checkpoint']}: a tiny model that knows a few motions"),
            ("size", f"{size}; seed {resolved['seed']}"),
            ("real GPU", f"{job['input']['seconds']} s in {job['input']['tier']} would cost about {won:,.1f} won"),
            ("prices of", cost["price_rev"]),
        ]
    )


def answer(response: httpx.Response) -> Any:
    """The JSON of a success. Raises InfraError with the problem's words otherwise."""
    if response.is_success:
        return response.json()
    try:
        problem = response.json()
        raise InfraError(f"{response.status_code} {problem['title']}. {problem['detail']}", problem["fix"])
    except (ValueError, KeyError):
        raise InfraError(
            f"{response.request.method} {response.request.url.path} answered {response.status_code}",
            READ_LOGS,
        ) from None
