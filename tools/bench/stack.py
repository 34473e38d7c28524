"""The whole product on this machine, measured from outside: start, submit, clip, fifty at once, range reads, memory.

What it prints depends on the machine and on what else runs there. Nothing here is a test.
"""

import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from infra import console
from infra.dev.stack import Stack
from infra.language import localized
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from infra.settings import SAMPLE_PICTURE
from tests.local_cloud import LocalCloud

Job = dict[str, Any]
SUBMITS = 20
CLIPS = 5
AT_ONCE = 50
VIDEO_BYTES = 20 * 1024 * 1024
RANGE_BYTES = 1024 * 1024


def main() -> None:
    show(localized(ko="프로세서", en="processor"), f"{processor()} x {os.cpu_count()}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with Stack(Path(folder)):
            pass  # the first start builds the site, the database and the models
        began = time.perf_counter()
        with Stack(Path(folder)) as stack:
            what = localized(
                ko="두 번째 시작, 사이트와 GPU 서비스가 답할 때까지",
                en="second start, until the site and the GPU service answer",
            )
            show(what, f"{time.perf_counter() - began:.1f} s")
            with httpx.Client(base_url=stack.url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as person:
                measure(stack, person)


def measure(stack: Stack, person: httpx.Client) -> None:
    picture = person.put("/api/uploads", content=SAMPLE_PICTURE.read_bytes()).raise_for_status().json()["id"]
    clip = {"preset": "aggressive_quality", "seconds": 8, "prompt": "천천히 미소 짓는다", "upload_id": picture}
    small = {"preset": "draft", "seconds": 2, "prompt": "천천히 미소 짓는다"}
    first = seconds_of(lambda: play(person, finish(stack, person, submit(person, clip))))
    what = localized(
        ko="주문부터 재생할 수 있을 때까지, 시작한 뒤 처음", en="submit to playable clip, the first after a start"
    )
    show(what, f"{first:.2f} s")

    playable = [seconds_of(lambda: play(person, finish(stack, person, submit(person, clip)))) for _ in range(CLIPS)]
    what = localized(
        ko="주문부터 재생할 수 있을 때까지, 20스텝 33프레임 (중앙값)",
        en="submit to playable clip, warm, 20 steps guided, 33 frames (median)",
    )
    show(what, f"{statistics.median(playable):.2f} s")

    answers: list[float] = []
    for _ in range(SUBMITS):
        began = time.perf_counter()
        job = submit(person, small)
        answers.append(time.perf_counter() - began)
        finish(stack, person, job)
    what = localized(ko="주문부터 202까지 (중앙값 / 최댓값)", en="submit to 202 (median / worst)")
    show(what, f"{statistics.median(answers) * 1000:.0f} / {max(answers) * 1000:.0f} ms")

    with peak_memory(stack) as peak:
        began = time.perf_counter()
        jobs = [submit(person, clip if number % 10 == 0 else small) for number in range(AT_ONCE)]
        ends = [finish(stack, person, job)["status"] for job in jobs]
        took = time.perf_counter() - began
    what = localized(ko=f"한꺼번에 {AT_ONCE}개 가운데 완성한 것", en=f"succeeded, of {AT_ONCE} at once")
    show(what, f"{ends.count('succeeded')}, {took:.1f} s")
    what = localized(
        ko="GPU 서비스의 최대 메모리, 프로세스 모두", en="peak memory of the GPU service, all its processes"
    )
    show(what, f"{max(peak) / 1e6:.0f} MB")
    read_ranges(stack, person, finish(stack, person, submit(person, small)))


def read_ranges(stack: Stack, person: httpx.Client, job: Job) -> None:
    """A finished clip made 20 MB long in the bucket, read through the site as a player and as a download would."""
    cloud = LocalCloud(stack.url)
    (row,) = cloud.rows("SELECT video_key FROM jobs WHERE id = ?", job["id"])
    cloud.put(row["video_key"], bytes(VIDEO_BYTES), "video/mp4")
    cloud.rows("UPDATE jobs SET video = json_set(video, '$.bytes', ?) WHERE id = ?", VIDEO_BYTES, job["id"])
    cloud.s3.close()
    address = job["links"]["video"]

    def read(start: int, end: int) -> None:
        answer = person.get(address, headers={"Range": f"bytes={start}-{end}"})
        if answer.status_code != 206 or len(answer.content) != end - start + 1:
            raise RuntimeError(f"bytes {start}-{end}: {answer.status_code} with {len(answer.content)} bytes")

    whole = min(seconds_of(lambda: read(0, VIDEO_BYTES - 1)) for _ in range(3))
    parts = seconds_of(lambda: [read(start, start + RANGE_BYTES - 1) for start in range(0, VIDEO_BYTES, RANGE_BYTES)])
    once = localized(ko="20 MB를 한 번에 읽기", en="20 MB as one open-ended range")
    show(once, f"{VIDEO_BYTES / whole / 1e6:.0f} MB/s")
    by_parts = localized(ko="20 MB를 1 MB씩 차례로 읽기", en="20 MB in ranges of 1 MB, one after another")
    show(by_parts, f"{VIDEO_BYTES / parts / 1e6:.0f} MB/s")


def submit(person: httpx.Client, body: Mapping[str, object]) -> Job:
    return person.post("/api/jobs", json=body).raise_for_status().json()


def finish(stack: Stack, person: httpx.Client, job: Job) -> Job:
    def has_ended() -> bool:
        nonlocal job
        job = person.get(job["links"]["self"]).raise_for_status().json()
        return job["status"] in ("succeeded", "failed", "canceled")

    wait_until(has_ended, what="a clip", moved=lambda: (job, stack.gpu_activity()), every=0.02)
    if job["status"] != "succeeded":
        raise RuntimeError(f"job {job['id']} ended {job['status']}: {job['problem']}")
    return job


def play(person: httpx.Client, job: Job) -> None:
    person.get(job["links"]["video"], headers={"Range": "bytes=0-65535"}).raise_for_status()


def processor() -> str:
    """The processor's name from Linux; elsewhere Python's information."""
    told = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in told.read_text(encoding="utf-8").splitlines()
             if line.startswith("model name")] if told.is_file() else []  # fmt: skip
    return names[0] if names else platform.processor()


def seconds_of(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@contextmanager
def peak_memory(stack: Stack) -> Generator[list[int]]:
    """Resident bytes of the worker process and its parent, summed, sampled ten times a second."""
    samples = [0]
    done = threading.Event()
    service = psutil.Process(stack.gpu_worker_pid()).parent()
    assert service is not None

    def sample() -> None:
        while not done.wait(0.1):
            members = [service, *service.children(recursive=True)]
            samples.append(sum(member.memory_info().rss for member in members))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def show(what: str, figure: str) -> None:
    print(console.left(what, 66), figure, flush=True)


if __name__ == "__main__":
    main()
